//! Users, memberships, rights and visibility.

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, TeamId, UserId, WorkspaceId};
use crate::time::Millis;

/// Access level of a membership: a preset over atomic rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Role {
    Owner,
    Manager,
    Agent,
}

/// An atomic right. A route names the right it needs; roles are sets of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Read the contacts that visibility allows.
    ContactRead,
    /// Edit their fields and tags, block and unblock them.
    ContactWrite,
    /// Merge two contacts that he may see, and separate them again.
    ContactMerge,
    /// Delete contacts, see the trash and restore from it.
    ContactDelete,
    /// Import contacts from a file.
    ContactImport,
    /// Export data to files.
    DataExport,
    /// Send messages.
    MessageSend,
    /// Write internal comments.
    CommentWrite,
    /// Assign, open and close.
    ConversationManage,
    /// Connect and change channels.
    ChannelWrite,
    /// Disconnect channels.
    ChannelDelete,
    /// See and change workspace settings.
    SettingsWrite,
}

impl Role {
    /// The rights of this level before restrictions.
    pub fn rights(self) -> &'static [Right] {
        use Right::{
            ChannelDelete, ChannelWrite, CommentWrite, ContactDelete, ContactImport, ContactMerge,
            ContactRead, ContactWrite, ConversationManage, DataExport, MessageSend, SettingsWrite,
        };
        match self {
            Self::Owner => &[
                ContactRead,
                ContactWrite,
                ContactMerge,
                ContactDelete,
                ContactImport,
                DataExport,
                MessageSend,
                CommentWrite,
                ConversationManage,
                ChannelWrite,
                ChannelDelete,
                SettingsWrite,
            ],
            Self::Manager => &[
                ContactRead,
                ContactWrite,
                ContactMerge,
                ContactDelete,
                ContactImport,
                DataExport,
                MessageSend,
                CommentWrite,
                ConversationManage,
                ChannelWrite,
                SettingsWrite,
            ],
            Self::Agent => {
                &[ContactRead, ContactWrite, ContactMerge, MessageSend, CommentWrite, ConversationManage]
            }
        }
    }
}

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
    /// Rights taken away from the level's preset.
    #[serde(default)]
    pub restrictions: Vec<Right>,
}

impl Membership {
    /// Whether this member has a right.
    pub fn may(&self, right: Right) -> bool {
        self.role.rights().contains(&right) && !self.restrictions.contains(&right)
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
