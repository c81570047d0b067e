//! An organization: its people and their places, its workspaces, its audit log, and whom it lets in.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::grant::{Grant, MOST_HOURS};
use colibri_domain::membership::Place;
use colibri_domain::people::{
    ClosingNoteMode, Organization, OrganizationRight, OrganizationRole, Role, User, Visibility, Workspace,
};
use colibri_domain::segment::presets;
use colibri_domain::{UserId, WorkspaceId};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::{AuditList, deed, query};
use super::gate::{Caller, OrganizationCaller, Resource};
use super::route::{Access, Call, Route, route};
use super::signup::timezone;
use super::teams::checked;
use super::users::{member_of, word};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-organization";
/// Workspaces of an organization at most.
const MOST_WORKSPACES: usize = 100;
const READ: Access = Access::Organization(OrganizationRight::OrganizationRead);
const GRANT: Access = Access::Organization(OrganizationRight::SupportGrant);

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}",
        "getOrganization",
        READ,
        None,
        200,
        Some("OrganizationView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/organizations/{organization}",
        "updateOrganization",
        Access::Organization(OrganizationRight::OrganizationWrite),
        Some("OrganizationPatch"),
        200,
        Some("OrganizationView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/organizations/{organization}/people/{user}",
        "setOrganizationRole",
        Access::Organization(OrganizationRight::AdminWrite),
        Some("OrganizationRoleRequest"),
        200,
        Some("OrganizationView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/workspaces",
        "createWorkspace",
        Access::Organization(OrganizationRight::WorkspaceCreate),
        Some("WorkspaceRequest"),
        201,
        Some("WorkspaceAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}/audit",
        "listOrganizationAudit",
        Access::Organization(OrganizationRight::OrganizationAuditRead),
        None,
        200,
        Some("AuditList"),
        &["from", "until", "user", "action", "cursor", "limit"],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/grants",
        "giveGrant",
        GRANT,
        Some("GrantRequest"),
        201,
        Some("Grant"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/organizations/{organization}/grants/{grant}",
        "endGrant",
        GRANT,
        None,
        204,
        None,
        &[],
    ),
];

/// The organization as those see it who run it.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct OrganizationView {
    pub organization: Organization,
    pub people: Vec<OrganizationPerson>,
    pub workspaces: Vec<OrganizationWorkspace>,
    /// What the operator may see, and what he could lately.
    pub grants: Vec<Grant>,
}

/// A person of the organization.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct OrganizationPerson {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub organization_role: OrganizationRole,
}

/// A workspace of the organization.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct OrganizationWorkspace {
    pub id: WorkspaceId,
    pub name: String,
    pub timezone: String,
}

/// What of an organization can be changed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct OrganizationPatch {
    pub name: String,
    /// As it was read: an older one is refused.
    pub version: u64,
}

/// A person's place in the organization.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct OrganizationRoleRequest {
    pub organization_role: OrganizationRole,
}

/// A workspace to create; who creates it is its first owner.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct WorkspaceRequest {
    pub name: String,
    /// IANA name.
    pub timezone: String,
}

/// The new workspace.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct WorkspaceAnswer {
    pub id: WorkspaceId,
    pub name: String,
}

/// What to let the operator see.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct GrantRequest {
    pub workspace_id: WorkspaceId,
    /// 1 to 72.
    pub hours: u32,
    pub reason: String,
}

/// The resource.
#[allow(missing_docs)]
pub struct OrganizationResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for OrganizationResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let caller = caller.organization()?;
        match call.operation {
            "getOrganization" => view(&caller).await,
            "updateOrganization" => self.rename(&call, &caller).await,
            "setOrganizationRole" => self.set_role(&call, &caller).await,
            "createWorkspace" => self.create_workspace(&call, &caller).await,
            "listOrganizationAudit" => {
                let page = caller.store.audit_log(&query(&call)?).await?;
                Ok(Response::json(StatusCode::OK, &AuditList::from(page)))
            }
            "giveGrant" => self.grant(&call, &caller).await,
            "endGrant" => self.end_grant(&call, &caller).await,
            _ => Err(Problem::not_found()),
        }
    }
}

async fn view(caller: &OrganizationCaller) -> Result<Response, Problem> {
    let organization = caller.store.get().await?.ok_or_else(Problem::not_found)?;
    let people = caller.store.people().await?.into_iter().map(|person| OrganizationPerson {
        id: person.user_id,
        name: person.name,
        email: person.email,
        organization_role: person.organization_role,
    });
    let workspaces = caller.store.workspaces().await?.into_iter().map(|workspace| OrganizationWorkspace {
        id: workspace.id,
        name: workspace.name,
        timezone: workspace.timezone,
    });
    let grants = caller.store.grants().await?;
    let view =
        OrganizationView { organization, people: people.collect(), workspaces: workspaces.collect(), grants };
    Ok(Response::json(StatusCode::OK, &view))
}

fn named(pointer: &str, text: &str) -> Result<String, Problem> {
    let name = checked(pointer, text, 128)?;
    if name.is_empty() {
        return Err(Problem::invalid(pointer, "required", "This cannot be empty."));
    }
    Ok(name)
}

impl OrganizationResource {
    fn entry(&self, call: &Call, user: &User, action: AuditAction, id: &str, name: &str) -> AuditEntry {
        AuditEntry {
            target: Some(id.to_owned()),
            target_name: name.to_owned(),
            ..deed(&*self.ids, &*self.clock, user, call, action)
        }
    }

    async fn rename(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: OrganizationPatch = call.body()?;
        let name = named("/name", &asked.name)?;
        let known = caller.store.get().await?.ok_or_else(Problem::not_found)?;
        if known.version != asked.version {
            let detail = format!("It is at version {} now.", known.version);
            return Err(Problem::conflict("changed_meanwhile", detail));
        }
        let mut entry =
            self.entry(call, &caller.user, AuditAction::OrganizationChanged, known.id.as_str(), &name);
        entry.details.insert("name".into(), format!("{} -> {name}", known.name));
        caller.store.change_audited(&Organization { name, ..known }, &entry).await?;
        view(caller).await
    }

    /// One admin always stays, and nobody changes his own place.
    async fn set_role(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: OrganizationRoleRequest = call.body()?;
        let id: UserId = call.id("user")?;
        // Read before the people: whoever comes between makes the write fail.
        let organization = caller.store.get().await?.ok_or_else(Problem::not_found)?;
        let mut user = caller.store.user(&id).await?.ok_or_else(Problem::not_found)?;
        if id == caller.user.id {
            return Err(Problem::refused("not_yourself", "Nobody changes his own place."));
        }
        if user.organization_role == asked.organization_role {
            return view(caller).await;
        }
        let people = caller.store.people().await?;
        let admin_stays =
            people.iter().any(|p| p.organization_role == OrganizationRole::Admin && p.user_id != id);
        if !admin_stays && asked.organization_role != OrganizationRole::Admin {
            return Err(Problem::refused("last_admin", "One admin must stay."));
        }
        let mut entry =
            self.entry(call, &caller.user, AuditAction::OrganizationRoleChanged, id.as_str(), &user.name());
        let change = format!("{} -> {}", word(&user.organization_role), word(&asked.organization_role));
        entry.details.insert("organization_role".into(), change);
        user.organization_role = asked.organization_role;
        caller.store.set_role(&organization, &user, &entry).await?;
        view(caller).await
    }

    async fn create_workspace(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: WorkspaceRequest = call.body()?;
        let name = named("/name", &asked.name)?;
        let timezone = timezone(&asked.timezone)?;
        if caller.store.workspaces().await?.len() >= MOST_WORKSPACES {
            return Err(Problem::refused(
                "too_many_workspaces",
                "An organization has 100 workspaces at most.",
            ));
        }
        let known = caller.store.user(&caller.user.id).await?;
        let mut user = known.ok_or_else(Problem::unauthenticated)?;
        let id = WorkspaceId::from_unique(&self.ids.unique());
        user.workspaces.push(id.clone());
        let workspace = Workspace {
            id: id.clone(),
            organization_id: user.organization_id.clone(),
            name: name.clone(),
            timezone,
            country: caller.organization.country.clone(),
            closing_note_mode: ClosingNoteMode::Optional,
            consumers: Vec::new(),
        };
        let owner = Place {
            role: Role::Owner,
            custom_role: None,
            restrictions: Vec::new(),
            visibility: Visibility::All,
            teams: Vec::new(),
        };
        let entry = self.entry(call, &user, AuditAction::WorkspaceCreated, id.as_str(), &name);
        let segments = presets(caller.organization.locale != "en");
        let owner = member_of(&user, &owner);
        caller.store.create_workspace(&workspace, &owner, &user, &segments, &entry).await?;
        Ok(Response::json(StatusCode::CREATED, &WorkspaceAnswer { id, name }))
    }

    async fn grant(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: GrantRequest = call.body()?;
        if !(1..=MOST_HOURS).contains(&asked.hours) {
            return Err(Problem::invalid("/hours", "out_of_range", "1 to 72 hours"));
        }
        let reason = checked("/reason", &asked.reason, 255)?;
        let workspaces = caller.store.workspaces().await?;
        let workspace = workspaces.into_iter().find(|w| w.id == asked.workspace_id);
        let unknown =
            || Problem::invalid("/workspace_id", "unknown_workspace", "There is no such workspace.");
        let workspace = workspace.ok_or_else(unknown)?;
        let now = self.clock.now();
        let grant = Grant {
            workspace_id: workspace.id.clone(),
            given_by: caller.user.id.clone(),
            given_by_name: caller.user.name(),
            reason,
            given_at: now,
            until: now.plus(i64::from(asked.hours) * 3_600_000),
            entered_by: None,
            entered_by_name: String::new(),
        };
        let mut entry =
            self.entry(call, &caller.user, AuditAction::GrantGiven, workspace.id.as_str(), &workspace.name);
        entry.details.insert("hours".into(), asked.hours.to_string());
        caller.store.put_grant(&grant, None, &entry).await?;
        Ok(Response::json(StatusCode::CREATED, &grant))
    }

    async fn end_grant(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let workspace: WorkspaceId = call.id("grant")?;
        let known = caller.store.grant(&workspace).await?.ok_or_else(Problem::not_found)?;
        let now = self.clock.now();
        if known.is_open(now) {
            let entry = self.entry(call, &caller.user, AuditAction::GrantEnded, workspace.as_str(), "");
            let was = Some(known.until);
            caller.store.put_grant(&Grant { until: now, ..known }, was, &entry).await?;
        }
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }
}
