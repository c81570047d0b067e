//! Everything about a workspace that screens need at once.

use std::collections::BTreeSet;

use async_trait::async_trait;
use colibri_domain::billing::machine::Access as OrganizationAccess;
use colibri_domain::channel::{Capabilities, Channel};
use colibri_domain::people::{
    ActivityStatus, ClosingCategory, ClosingNoteMode, CustomField, OrganizationRight, Right, Role, Tag, Team,
    Visibility,
};
use colibri_domain::{TeamId, UserId, WorkspaceId};
use colibri_store::{OrganizationStore, Store};
use http::{Method, StatusCode};
use serde::Serialize;

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::problem::Problem;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[Route {
    function: "api-workspace",
    method: Method::GET,
    path: "/console/{workspace}/workspace",
    operation: "getWorkspace",
    access: Access::Member(None),
    body: None,
    status: 200,
    answer: Some("WorkspaceBundle"),
    query: &[],
}];

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
pub struct WorkspaceResource {
    /// For the organization's quota.
    pub store: Store,
}

#[async_trait]
impl Resource for WorkspaceResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, _call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
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
            closing_categories: settings.closing_categories,
            quota: QuotaView { used: quota.used, limit: quota.limit, waiting },
            standing,
            version: settings.version,
        };
        Ok(Response::json(StatusCode::OK, &bundle))
    }
}
