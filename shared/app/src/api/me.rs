//! The signed-in user himself.

use async_trait::async_trait;
use colibri_domain::people::{OrganizationRole, Role, User};
use colibri_domain::{OrganizationId, UserId, WorkspaceId};
use colibri_store::Store;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::problem::Problem;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    Route {
        function: "api-me",
        method: Method::GET,
        path: "/me",
        operation: "getMe",
        access: Access::User,
        body: None,
        status: 200,
        answer: Some("Me"),
        query: &[],
    },
    Route {
        function: "api-me",
        method: Method::PATCH,
        path: "/me",
        operation: "updateMe",
        access: Access::User,
        body: Some("MePatch"),
        status: 200,
        answer: Some("Me"),
        query: &[],
    },
];

/// The user and where he works.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Me {
    pub user: MeUser,
    pub workspaces: Vec<MeWorkspace>,
}

/// The user.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MeUser {
    pub id: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub locale: String,
    pub organization_id: OrganizationId,
    pub organization_name: String,
    pub organization_role: OrganizationRole,
    /// Whether he runs the installation.
    pub operator: bool,
}

/// A workspace of the user.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MeWorkspace {
    pub id: WorkspaceId,
    pub name: String,
    pub role: Role,
    pub organization_id: OrganizationId,
    pub organization_name: String,
}

/// What he may change about himself.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MePatch {
    #[serde(default)]
    pub first_name: Option<String>,
    #[serde(default)]
    pub last_name: Option<String>,
    /// `es` or `en`.
    #[serde(default)]
    pub locale: Option<String>,
}

/// The resource.
pub struct MeResource {
    /// All data that belongs to him.
    pub store: Store,
}

#[async_trait]
impl Resource for MeResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let user = caller.user()?;
        match call.operation {
            "getMe" => self.me((*user).clone()).await,
            "updateMe" => {
                let patch: MePatch = call.body()?;
                // Read afresh: what the gate knows may be 30 s old, and his place may have changed since.
                let people = self.store.organization(&user.organization_id);
                let mut user = people.user(&user.id).await?.ok_or_else(Problem::unauthenticated)?;
                apply(&mut user, patch)?;
                people.change_user(&user).await?;
                self.me(user).await
            }
            _ => Err(Problem::not_found()),
        }
    }
}

fn apply(user: &mut User, patch: MePatch) -> Result<(), Problem> {
    if let Some(name) = patch.first_name {
        user.first_name = checked_name("/first_name", &name)?;
    }
    if let Some(name) = patch.last_name {
        user.last_name = checked_name("/last_name", &name)?;
    }
    if let Some(locale) = patch.locale {
        if !["es", "en"].contains(&locale.as_str()) {
            return Err(Problem::invalid("/locale", "unsupported_locale", "locale is es or en"));
        }
        user.locale = locale;
    }
    Ok(())
}

/// A name: trimmed, without control characters, at most 255 characters.
pub(super) fn checked_name(pointer: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > 255 || text.chars().any(char::is_control) {
        return Err(Problem::invalid(
            pointer,
            "invalid_value",
            "at most 255 characters, no control characters",
        ));
    }
    Ok(text.to_owned())
}

impl MeResource {
    async fn me(&self, user: User) -> Result<Response, Problem> {
        let organization = self.store.organization(&user.organization_id).name().await?.unwrap_or_default();
        let mut workspaces = Vec::new();
        for id in &user.workspaces {
            let Some(settings) = self.store.workspace(id).settings().await? else { continue };
            let Some(membership) = settings.member(&user.id) else { continue };
            workspaces.push(MeWorkspace {
                id: id.clone(),
                name: settings.workspace.name.clone(),
                role: membership.role,
                organization_id: user.organization_id.clone(),
                organization_name: organization.clone(),
            });
        }
        let operator = self.store.installation().is_operator(&user.id).await?;
        let user = MeUser {
            operator,
            id: user.id,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            locale: user.locale,
            organization_id: user.organization_id,
            organization_name: organization,
            organization_role: user.organization_role,
        };
        Ok(Response::json(StatusCode::OK, &Me { user, workspaces }))
    }
}
