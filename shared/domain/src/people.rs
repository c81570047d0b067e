//! Users, memberships, rights and visibility.

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, TeamId, UserId, WorkspaceId};
pub use crate::rights::{
    COMMENT_ONLY, CustomRole, OrganizationRight, OrganizationRole, READ_ONLY, Restriction, Right, Role,
};
use crate::time::Millis;

/// Which contacts a user may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// All contacts of the workspace.
    #[default]
    All,
    /// Contacts assigned to members of his teams.
    Team,
    /// Contacts assigned to himself.
    Own,
}

/// What a user chose, or became by leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ActivityStatus {
    Online,
    Busy,
    #[default]
    Offline,
}

/// A person of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct User {
    pub id: UserId,
    pub organization_id: OrganizationId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// `es` or `en`.
    pub locale: String,
    /// Workspaces he belongs to; the membership itself lives in each workspace.
    pub workspaces: Vec<WorkspaceId>,
    /// Tokens issued before this instant are refused.
    #[serde(default)]
    pub revoked_before: Option<Millis>,
    /// His place in the organization.
    #[serde(default)]
    pub organization_role: OrganizationRole,
    /// What he accepted when he signed up or was invited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Acceptance>,
    /// Sessions that were ended from elsewhere, with the time until which their tokens would live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_sessions: Vec<EndedSession>,
    /// Grows with each change.
    #[serde(default)]
    pub version: u64,
}

impl User {
    /// First and last name, else the address.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        if name.trim().is_empty() { self.email.clone() } else { name.trim().to_owned() }
    }
}

/// A text that a person accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Acceptance {
    /// `terms`, `privacy` or `prohibited_business`.
    pub document: String,
    /// Which version of it.
    pub version: String,
    /// When.
    pub at: Millis,
}

/// Texts that everybody who signs up accepts, with the version that is in force.
pub const DOCUMENTS: &[(&str, &str)] =
    &[("terms", "2026-11-01"), ("privacy", "2026-11-01"), ("prohibited_business", "2026-11-01")];

/// A session that was ended from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct EndedSession {
    pub id: String,
    pub until: Millis,
}

/// A user's place in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Membership {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    #[serde(default)]
    pub visibility: Visibility,
    #[serde(default)]
    pub teams: Vec<TeamId>,
    #[serde(default)]
    pub status: ActivityStatus,
    /// What is taken away from the level's rights.
    #[serde(default)]
    pub restrictions: Vec<Restriction>,
    /// Id of a role of the workspace, in place of the level's rights. Agents only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_role: Option<String>,
    /// That role's rights, filled in where the settings are read; nothing without them.
    #[serde(skip)]
    pub custom_rights: Vec<Right>,
}

impl Membership {
    /// Whether this member has a right.
    pub fn may(&self, right: Right) -> bool {
        let granted = match self.custom_role {
            Some(_) => CustomRole::may_hold(right) && self.custom_rights.contains(&right),
            None => self.role.grants(right),
        };
        granted && !self.restrictions.iter().any(|restriction| restriction.takes().contains(&right))
    }

    /// Everything that this member may do.
    pub fn rights(&self) -> Vec<Right> {
        Right::ALL.iter().copied().filter(|right| self.may(*right)).collect()
    }

    /// Whether this member may see a contact with this assignee; `teammates` are the members of his teams.
    pub fn sees(&self, assignee: Option<&UserId>, teammates: &[UserId]) -> bool {
        match self.visibility {
            Visibility::All => true,
            Visibility::Own => assignee == Some(&self.user_id),
            Visibility::Team => assignee.is_some_and(|a| *a == self.user_id || teammates.contains(a)),
        }
    }
}

/// A team of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// A tag of the workspace's dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Tag {
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// One of the console's named tag colours.
    pub color: String,
    /// At most 255 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// A step on the way from a stranger to a customer, in the workspace's own words. A contact stands at one at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Stage {
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whoever stands here was lost on the way.
    #[serde(default)]
    pub lost: bool,
    /// Place among the stages, from 0.
    pub position: u32,
}

/// A custom field's definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CustomField {
    pub id: String,
    /// Letters, digits and underscore, at most 50; never changes.
    pub slug: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// At most 255 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Shown only where more is asked for.
    #[serde(default)]
    pub hidden: bool,
    /// Place among the fields, from 0.
    #[serde(default)]
    pub position: u32,
    /// Its values may be seen nowhere any more; its slug stays taken, so that they never come back as another field's.
    #[serde(default)]
    pub deleted: bool,
}

/// The eight types of custom fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FieldKind {
    Text,
    List,
    Checkbox,
    Email,
    Number,
    Url,
    Date,
    Time,
}

/// Whether closing asks for notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ClosingNoteMode {
    #[default]
    Optional,
    MandatoryCategory,
    MandatoryBoth,
    Disabled,
}

/// A category of closing notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ClosingCategory {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// A workspace's own facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub organization_id: OrganizationId,
    pub name: String,
    /// IANA name.
    pub timezone: String,
    /// ISO 3166-1 alpha-2: how national phone numbers are read.
    pub country: String,
    #[serde(default)]
    pub closing_note_mode: ClosingNoteMode,
    /// Consumers of `message.*` events that this workspace has switched on, by queue name.
    #[serde(default)]
    pub consumers: Vec<String>,
}

/// Whether an organization works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationStatus {
    /// It works.
    #[default]
    Active,
    /// The operator has stopped it: nobody of it gets past the gate.
    Suspended,
}

/// An organization's own facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    #[serde(default)]
    pub status: OrganizationStatus,
    /// ISO 3166-1 alpha-2; new workspaces take it over.
    #[serde(default)]
    pub country: String,
    /// `es` or `en`: what new workspaces are set up in.
    #[serde(default)]
    pub locale: String,
    /// Nobody works here without a second factor.
    #[serde(default)]
    pub require_mfa: bool,
    #[serde(default)]
    pub created_at: Millis,
    /// Grows with each change.
    #[serde(default)]
    pub version: u64,
}

impl Organization {
    /// One that works and has set nothing yet.
    pub fn new(id: OrganizationId, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            status: OrganizationStatus::Active,
            country: String::new(),
            locale: String::new(),
            require_mfa: false,
            created_at: Millis::default(),
            version: 0,
        }
    }
}
