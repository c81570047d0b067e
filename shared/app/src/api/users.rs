//! The users of a workspace: list, change of place, removal.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::membership::{self, Place, Refusal};
use colibri_domain::people::{ActivityStatus, Membership, Right, User};
use colibri_domain::{UserId, WorkspaceId};
use colibri_store::{SettingWrite, Store};
use http::{Method, StatusCode};
use serde::Serialize;

use super::audit::{csv, deed};
use super::gate::{Caller, Gate, Member, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids, Push};
use crate::problem::Problem;
use crate::realtime::end_socket;

const FUNCTION: &str = "api-users";
/// Whoever may manage agents sees the list; whom else he may change is judged by level.
const MANAGE: Access = Access::Member(Some(Right::UserAgentWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/users",
        "listUsers",
        MANAGE,
        None,
        200,
        Some("UserList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/users/export",
        "exportUsers",
        MANAGE,
        None,
        200,
        None,
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/users/{user}",
        "updateUser",
        MANAGE,
        Some("Place"),
        200,
        Some("UserDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/users/{user}",
        "removeUser",
        MANAGE,
        None,
        204,
        None,
        &[],
    ),
];

/// The users of a workspace.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct UserList {
    pub items: Vec<UserDetail>,
}

/// A user as those see him who manage users.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct UserDetail {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub status: ActivityStatus,
    pub place: Place,
    /// Whether the caller may change or remove him.
    pub manageable: bool,
}

/// The resource.
#[allow(missing_docs)]
pub struct UsersResource {
    pub store: Store,
    pub gate: Arc<Gate>,
    pub push: Arc<dyn Push>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for UsersResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listUsers" => {
                let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
                let me = settings.member(&member.user.id).ok_or_else(Problem::not_found)?;
                let items = settings.members.iter().map(|m| detail(m, me)).collect();
                Ok(Response::json(StatusCode::OK, &UserList { items }))
            }
            "exportUsers" => self.export(&call, &member).await,
            "updateUser" => {
                let after = self.change(&call, &member, &call.body()?).await?;
                Ok(Response::json(StatusCode::OK, &detail(&after, &member.membership)))
            }
            "removeUser" => {
                self.remove(&call, &member).await?;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            _ => Err(Problem::not_found()),
        }
    }
}

fn detail(member: &Membership, viewer: &Membership) -> UserDetail {
    UserDetail {
        id: member.user_id.clone(),
        name: member.name.clone(),
        email: member.email.clone(),
        status: member.status,
        place: Place::of(member),
        manageable: member.user_id != viewer.user_id && viewer.may(member.role.managed_by()),
    }
}

impl UsersResource {
    async fn change(&self, call: &Call, member: &Member, place: &Place) -> Result<Membership, Problem> {
        let user: UserId = call.id("user")?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::UserChanged);
        let rule = |settings: &colibri_store::Settings| {
            let me = settings.member(&member.user.id).ok_or_else(Problem::not_found)?;
            let known = settings.member(&user);
            let after =
                membership::change(&settings.members, me, &user, place, &settings.roles, &settings.teams)
                    .map_err(refused)?;
            if known.is_some_and(|before| Place::of(before) == Place::of(&after)) {
                return Ok((Vec::new(), Vec::new()));
            }
            let mut entry = told(&entry, &after);
            if let Some(before) = known {
                entry.details = difference(&Place::of(before), &Place::of(&after));
            }
            Ok::<_, Problem>((vec![SettingWrite::Member(after)], vec![entry]))
        };
        let before = member.store.change_settings(rule).await?;
        self.gate.forget_settings(&member.workspace().id);
        let settings = member.store.settings_now().await?.ok_or_else(Problem::not_found)?;
        let after = settings.member(&user).cloned().ok_or_else(Problem::not_found)?;
        if before.member(&user).is_some_and(|before| membership::is_less(before, &after)) {
            self.close_screens(member, &user).await;
        }
        Ok(after)
    }

    async fn remove(&self, call: &Call, member: &Member) -> Result<(), Problem> {
        let user: UserId = call.id("user")?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::UserRemoved);
        let rule = |settings: &colibri_store::Settings| {
            let me = settings.member(&member.user.id).ok_or_else(Problem::not_found)?;
            let gone = membership::removal(&settings.members, me, &user).map_err(refused)?;
            Ok::<_, Problem>((vec![SettingWrite::NoMember(user.clone())], vec![told(&entry, &gone)]))
        };
        member.store.change_settings(rule).await?;
        let workspace = member.workspace();
        self.gate.forget_settings(&workspace.id);
        self.close_screens(member, &user).await;
        self.leave(workspace.organization_id.clone(), &user, &workspace.id).await
    }

    /// Takes the workspace out of his switcher. That he is no member any more decides; this only tidies up.
    async fn leave(
        &self,
        organization: colibri_domain::OrganizationId,
        user: &UserId,
        workspace: &WorkspaceId,
    ) -> Result<(), Problem> {
        let people = self.store.organization(&organization);
        if let Some(mut known) = people.user(user).await? {
            known.workspaces.retain(|id| id != workspace);
            if let Err(error) = people.change_user(&known).await {
                tracing::info!(error.cause = %error, "switcher keeps a workspace that its user has left");
            }
        }
        Ok(())
    }

    /// His sockets end at once; his next request is judged by what he is now.
    async fn close_screens(&self, member: &Member, user: &UserId) {
        let Ok(sockets) = member.store.sockets().await else { return };
        for socket in sockets.into_iter().filter(|socket| socket.user == *user) {
            end_socket(&member.store, &*self.push, &socket.connection).await;
        }
    }

    async fn export(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::UsersExported);
        member.store.audit(&entry).await?;
        let head = ["name", "email", "access_level", "role", "restrictions", "visibility", "teams"];
        let rows = settings.members.iter().map(|m| {
            let role = settings.roles.iter().find(|r| Some(&r.id) == m.custom_role.as_ref());
            let teams = settings.teams.iter().filter(|t| m.teams.contains(&t.id)).map(|t| t.name.clone());
            vec![
                m.name.clone(),
                m.email.clone(),
                word(&m.role),
                role.map(|r| if r.name.is_empty() { r.id.clone() } else { r.name.clone() })
                    .unwrap_or_default(),
                m.restrictions.iter().map(word).collect::<Vec<_>>().join(" "),
                word(&m.visibility),
                teams.collect::<Vec<_>>().join("; "),
            ]
        });
        Ok(csv("users.csv", &head, rows))
    }
}

/// A value's name in the API.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn told(entry: &AuditEntry, about: &Membership) -> AuditEntry {
    AuditEntry { target: Some(about.user_id.to_string()), target_name: about.name.clone(), ..entry.clone() }
}

/// What of a place changed.
fn difference(before: &Place, after: &Place) -> std::collections::BTreeMap<String, String> {
    let (was, is) = (serde_json::to_value(before), serde_json::to_value(after));
    let (Ok(serde_json::Value::Object(was)), Ok(serde_json::Value::Object(is))) = (was, is) else {
        return std::collections::BTreeMap::new();
    };
    let text = |value: Option<&serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    names
        .into_iter()
        .filter(|name| was.get(*name) != is.get(*name))
        .map(|name| (name.clone(), format!("{} -> {}", text(was.get(name)), text(is.get(name)))))
        .collect()
}

/// A refused change of members as a problem.
pub(super) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NoMember => Problem::not_found(),
        Refusal::Level => Problem::forbidden(),
        Refusal::Himself => {
            Problem::refused("not_yourself", "Nobody changes his own level or removes himself.")
        }
        Refusal::LastOwner => Problem::refused("last_owner", "One owner must stay."),
        Refusal::NoRole => Problem::invalid("/custom_role", "unknown_role", "There is no such role."),
        Refusal::RoleLevel => {
            Problem::invalid("/custom_role", "agents_only", "Only agents have a role of the workspace's own.")
        }
        Refusal::Restriction => {
            Problem::invalid("/restrictions", "other_level", "This restriction belongs to another level.")
        }
        Refusal::Visibility => {
            Problem::invalid("/visibility", "agents_only", "Only agents see less than all contacts.")
        }
        Refusal::NoTeam => Problem::invalid("/teams", "unknown_team", "There is no such team."),
    }
}

/// The person behind a membership that begins.
pub(super) fn member_of(user: &User, place: &Place) -> Membership {
    place.give(Membership {
        user_id: user.id.clone(),
        name: user.name(),
        email: user.email.clone(),
        role: place.role,
        visibility: place.visibility,
        teams: Vec::new(),
        status: ActivityStatus::Offline,
        restrictions: Vec::new(),
        custom_role: None,
        custom_rights: Vec::new(),
    })
}
