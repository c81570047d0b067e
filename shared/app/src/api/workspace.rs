//! Everything about a workspace that screens need at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::billing::machine::Access as OrganizationAccess;
use colibri_domain::channel::{Capabilities, Channel};
use colibri_domain::people::{
    ActivityStatus, ClosingCategory, ClosingNoteMode, CustomField, OrganizationRight, Right, Role, Stage,
    Tag, Team, Visibility, Workspace,
};
use colibri_domain::{TeamId, UserId, WorkspaceId};
use colibri_store::{OrganizationStore, SettingWrite, Settings, Store};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Member, Resource};
use super::route::{Access, Call, Route, route};
use super::signup::{country, timezone};
use super::teams::checked;
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-workspace";

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/workspace",
        "getWorkspace",
        Access::Member(None),
        None,
        200,
        Some("WorkspaceBundle"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/workspace",
        "updateWorkspace",
        Access::Member(Some(Right::SettingsWrite)),
        Some("WorkspacePatch"),
        200,
        Some("WorkspaceBundle"),
        &[],
    ),
];

/// What may change of a workspace; what is absent stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspacePatch {
    /// 1 to 128 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// IANA name: days, hours and reports go by it.
    #[serde(default)]
    pub timezone: Option<String>,
    /// ISO 3166-1 alpha-2: national phone numbers are read by it.
    #[serde(default)]
    pub country: Option<String>,
    /// Whether closing a conversation asks for notes.
    #[serde(default)]
    pub closing_note_mode: Option<ClosingNoteMode>,
}

/// The workspace as a member sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct WorkspaceBundle {
    pub workspace: WorkspaceView,
    pub me: Membership,
    pub users: Vec<UserView>,
    pub teams: Vec<Team>,
    pub channels: Vec<ChannelView>,
    pub tags: Vec<Tag>,
    pub fields: Vec<CustomField>,
    pub stages: Vec<Stage>,
    pub closing_categories: Vec<ClosingCategory>,
    pub quota: QuotaView,
    pub standing: Standing,
    /// Grows with each change of the settings.
    pub version: u64,
}

/// The workspace's own facts.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct WorkspaceView {
    pub id: WorkspaceId,
    pub name: String,
    pub timezone: String,
    pub country: String,
    pub closing_note_mode: ClosingNoteMode,
}

/// What the caller may do here.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Membership {
    pub user_id: UserId,
    pub role: Role,
    pub rights: Vec<Right>,
    pub visibility: Visibility,
}

/// A teammate.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct UserView {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub teams: Vec<TeamId>,
    pub status: ActivityStatus,
}

/// A channel with what its kind can do.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChannelView {
    /// The channel.
    #[serde(flatten)]
    pub channel: Channel,
    /// What its kind can do.
    pub capabilities: Capabilities,
}

impl From<Channel> for ChannelView {
    fn from(channel: Channel) -> Self {
        Self { capabilities: colibri_channels::capabilities(channel.source), channel }
    }
}

/// Places for contacts.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct QuotaView {
    pub used: u64,
    pub limit: u64,
    /// People of this workspace who wait for a place.
    pub waiting: u64,
}

/// What the organization may do.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Standing {
    /// Whether anything is sent.
    pub access: OrganizationAccess,
    /// Names of who can change it, where it is not everything.
    pub ask: Vec<String>,
}

/// What keeps an organization from working, as far as it does.
async fn standing(organization: &OrganizationStore) -> Result<Standing, Problem> {
    let access = organization.access().await?;
    if access == OrganizationAccess::Full {
        return Ok(Standing { access, ask: Vec::new() });
    }
    let people = organization.people().await?.into_iter();
    let ask = people.filter(|person| person.organization_role.grants(OrganizationRight::BillingWrite));
    Ok(Standing { access, ask: ask.map(|person| person.name).collect() })
}

/// The resource.
#[allow(missing_docs)]
pub struct WorkspaceResource {
    pub gate: Arc<Gate>,
    /// For the organization's quota.
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for WorkspaceResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        if call.operation == "updateWorkspace" {
            self.update(&call, &member).await?;
        }
        self.bundle(&member).await
    }
}

impl WorkspaceResource {
    async fn update(&self, call: &Call, member: &Member) -> Result<(), Problem> {
        let asked: WorkspacePatch = call.body()?;
        let name = asked.name.as_deref().map(|name| checked("/name", name, 128)).transpose()?;
        if name.as_deref() == Some("") {
            return Err(Problem::invalid("/name", "required", "A workspace has a name."));
        }
        let timezone = asked.timezone.as_deref().map(timezone).transpose()?;
        let country = asked.country.as_deref().map(country).transpose()?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::SettingsChanged);
        let rule = |settings: &Settings| {
            let was = &settings.workspace;
            let next = Workspace {
                name: name.clone().unwrap_or_else(|| was.name.clone()),
                timezone: timezone.clone().unwrap_or_else(|| was.timezone.clone()),
                country: country.clone().unwrap_or_else(|| was.country.clone()),
                closing_note_mode: asked.closing_note_mode.unwrap_or(was.closing_note_mode),
                ..was.clone()
            };
            if next == *was {
                return Ok::<_, Problem>((Vec::new(), Vec::new()));
            }
            let entry = AuditEntry {
                target: Some(was.id.to_string()),
                target_name: next.name.clone(),
                details: changes(was, &next),
                ..entry.clone()
            };
            Ok((vec![SettingWrite::Workspace(next.clone()), SettingWrite::WorkspaceRow(next)], vec![entry]))
        };
        member.store.change_settings(rule).await?;
        self.gate.forget_settings(&member.workspace().id);
        Ok(())
    }

    async fn bundle(&self, member: &Member) -> Result<Response, Problem> {
        // Read afresh: this is what a screen asks for after it was told that settings changed.
        let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
        let organization = self.store.organization(&settings.workspace.organization_id);
        let quota = organization.quota().await?;
        let standing = standing(&organization).await?;
        let waiting = if quota.used < quota.limit {
            0
        } else {
            let groups: BTreeSet<String> =
                member.store.waiting().await?.into_iter().map(|one| one.group).collect();
            u64::try_from(groups.len()).unwrap_or(u64::MAX)
        };
        let me = settings.member(&member.user.id).cloned().ok_or_else(Problem::not_found)?;
        let bundle = WorkspaceBundle {
            workspace: WorkspaceView {
                id: settings.workspace.id,
                name: settings.workspace.name,
                timezone: settings.workspace.timezone,
                country: settings.workspace.country,
                closing_note_mode: settings.workspace.closing_note_mode,
            },
            me: Membership {
                rights: me.rights(),
                user_id: me.user_id,
                role: me.role,
                visibility: me.visibility,
            },
            users: settings
                .members
                .into_iter()
                .map(|m| UserView {
                    id: m.user_id,
                    name: m.name,
                    email: m.email,
                    role: m.role,
                    teams: m.teams,
                    status: m.status,
                })
                .collect(),
            teams: settings.teams,
            channels: settings.channels.into_iter().map(ChannelView::from).collect(),
            tags: settings.tags,
            fields: settings.fields,
            stages: settings.stages,
            closing_categories: settings.closing_categories,
            quota: QuotaView { used: quota.used, limit: quota.limit, waiting },
            standing,
            version: settings.version,
        };
        Ok(Response::json(StatusCode::OK, &bundle))
    }
}

/// What is different, before and after, by name.
fn changes(was: &Workspace, next: &Workspace) -> BTreeMap<String, String> {
    let mode = |mode: ClosingNoteMode| {
        serde_json::to_value(mode).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    };
    [
        ("name", was.name.clone(), next.name.clone()),
        ("timezone", was.timezone.clone(), next.timezone.clone()),
        ("country", was.country.clone(), next.country.clone()),
        ("closing_note_mode", mode(was.closing_note_mode), mode(next.closing_note_mode)),
    ]
    .into_iter()
    .filter(|(_, before, after)| before != after)
    .map(|(name, before, after)| (name.to_owned(), format!("{before} -> {after}")))
    .collect()
}
