//! Roles of a workspace's own: named sets of rights for some of its agents.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::people::{CustomRole, Right};
use colibri_store::{SettingWrite, Settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Resource};
use super::route::{Access, Call, Route, route};
use super::teams::checked;
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-roles";
/// Roles of a workspace's own at most.
const MOST: usize = 50;
const WRITE: Access = Access::Member(Some(Right::RoleWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/roles",
        "listRoles",
        Access::Member(Some(Right::UserAgentWrite)),
        None,
        200,
        Some("RoleList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/roles",
        "createRole",
        WRITE,
        Some("RoleRequest"),
        201,
        Some("RoleAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/roles/{role}",
        "updateRole",
        WRITE,
        Some("RoleRequest"),
        200,
        Some("RoleAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/roles/{role}",
        "deleteRole",
        WRITE,
        None,
        204,
        None,
        &[],
    ),
];

/// A role as it shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRequest {
    /// At most 64 characters, unlike any other role's.
    pub name: String,
    /// Rights that only owners have cannot be among them.
    pub rights: Vec<Right>,
}

/// A role.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct RoleAnswer {
    pub role: CustomRole,
}

/// The roles that every workspace has, and its own.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RoleList {
    /// The presets come first; their names are the console's affair.
    pub items: Vec<CustomRole>,
    /// Rights that a role may hold.
    pub rights: Vec<Right>,
}

/// The resource.
#[allow(missing_docs)]
pub struct RolesResource {
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for RolesResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let note = |action| deed(&*self.ids, &*self.clock, &member.user, &call, action);
        let response = match call.operation {
            "listRoles" => {
                let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
                let rights = Right::ALL.iter().copied().filter(|right| CustomRole::may_hold(*right));
                let list = RoleList { items: settings.roles, rights: rights.collect() };
                return Ok(Response::json(StatusCode::OK, &list));
            }
            "createRole" => {
                let asked: RoleRequest = call.body()?;
                let role = asked.role(format!("ro_{}", self.ids.unique()))?;
                let entry = about(note(AuditAction::RoleCreated), &role);
                let judge = |settings: &Settings| {
                    if settings.roles.len() >= MOST {
                        return Err(Problem::refused("too_many_roles", "A workspace has 48 roles at most."));
                    }
                    free(settings, &role)?;
                    Ok((vec![SettingWrite::Role(role.clone())], vec![entry.clone()]))
                };
                member.store.change_settings(judge).await?;
                Response::json(StatusCode::CREATED, &RoleAnswer { role })
            }
            "updateRole" => {
                let asked: RoleRequest = call.body()?;
                let role = asked.role(call.params.get("role").cloned().unwrap_or_default())?;
                let entry = about(note(AuditAction::RoleChanged), &role);
                let judge = |settings: &Settings| {
                    changeable(settings, &role.id)?;
                    free(settings, &role)?;
                    Ok::<_, Problem>((vec![SettingWrite::Role(role.clone())], vec![entry.clone()]))
                };
                member.store.change_settings(judge).await?;
                Response::json(StatusCode::OK, &RoleAnswer { role })
            }
            "deleteRole" => {
                let id = call.params.get("role").cloned().unwrap_or_default();
                let entry = note(AuditAction::RoleDeleted);
                let judge = |settings: &Settings| {
                    let role = changeable(settings, &id)?;
                    if settings.members.iter().any(|m| m.custom_role.as_ref() == Some(&id)) {
                        return Err(Problem::refused("role_in_use", "Some users have this role."));
                    }
                    let write = SettingWrite::NoRole(id.clone());
                    Ok((vec![write], vec![about(entry.clone(), role)]))
                };
                member.store.change_settings(judge).await?;
                Response::empty(StatusCode::NO_CONTENT)
            }
            _ => return Err(Problem::not_found()),
        };
        self.gate.forget_settings(&member.workspace().id);
        Ok(response)
    }
}

impl RoleRequest {
    fn role(&self, id: String) -> Result<CustomRole, Problem> {
        let name = checked("/name", &self.name, 64)?;
        if name.is_empty() {
            return Err(Problem::invalid("/name", "required", "A role has a name."));
        }
        if let Some(place) = self.rights.iter().position(|right| !CustomRole::may_hold(*right)) {
            let detail = "Only owners have this right.";
            return Err(Problem::invalid(format!("/rights/{place}"), "owners_only", detail));
        }
        let mut rights = self.rights.clone();
        rights.sort();
        rights.dedup();
        Ok(CustomRole { id, name, rights })
    }
}

fn changeable<'a>(settings: &'a Settings, id: &str) -> Result<&'a CustomRole, Problem> {
    let role = settings.roles.iter().find(|role| role.id == id).ok_or_else(Problem::not_found)?;
    if role.is_preset() {
        return Err(Problem::refused("preset_role", "Every workspace has this role; make one of your own."));
    }
    Ok(role)
}

fn free(settings: &Settings, role: &CustomRole) -> Result<(), Problem> {
    let same =
        |other: &CustomRole| other.id != role.id && other.name.to_lowercase() == role.name.to_lowercase();
    if settings.roles.iter().any(same) {
        return Err(Problem::conflict("name_taken", "Another role has this name."));
    }
    Ok(())
}

fn about(entry: AuditEntry, role: &CustomRole) -> AuditEntry {
    AuditEntry { target: Some(role.id.clone()), target_name: role.name.clone(), ..entry }
}
