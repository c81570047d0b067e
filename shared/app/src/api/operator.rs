//! What whoever runs the installation may do: organizations come, stop and go on. He reads no conversation, unless a
//! customer lets him in for a limited time; that he makes use of it stands in the customer's audit log first.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::grant::Grant;
use colibri_domain::people::{Organization, OrganizationStatus, User};
use colibri_domain::{Millis, OrganizationId, WorkspaceId};
use colibri_store::Store;
use http::{Method, StatusCode};
use serde::Serialize;

use super::audit::deed;
use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-operator";

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/operator/organizations",
        "listOrganizations",
        Access::Operator,
        None,
        200,
        Some("OrganizationList"),
        &["cursor", "limit"],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/organizations/{organization}/suspend",
        "suspendOrganization",
        Access::Operator,
        None,
        200,
        Some("Organization"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/organizations/{organization}/resume",
        "resumeOrganization",
        Access::Operator,
        None,
        200,
        Some("Organization"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/operator/organizations/{organization}/grants",
        "listGrants",
        Access::Operator,
        None,
        200,
        Some("GrantList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/organizations/{organization}/grants/{grant}/enter",
        "enterGrant",
        Access::Operator,
        None,
        200,
        Some("Grant"),
        &[],
    ),
];

/// Organizations of the installation: names and states, nothing that a customer wrote.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct OrganizationList {
    pub items: Vec<Organization>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What the operator may see of an organization.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct GrantList {
    pub items: Vec<Grant>,
}

/// The resource.
#[allow(missing_docs)]
pub struct OperatorResource {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for OperatorResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let operator = caller.operator()?;
        match call.operation {
            "listOrganizations" => {
                let cursor = call.query("cursor");
                let limit = call.limit(50)?;
                let page = self.store.installation().organizations(cursor.as_deref(), limit).await?;
                let mut items = Vec::new();
                for id in page.items {
                    items.extend(self.store.organization(&id).get().await?);
                }
                let list = OrganizationList { items, next_cursor: page.next_cursor };
                Ok(Response::json(StatusCode::OK, &list))
            }
            "suspendOrganization" => self.set(&call, &operator, OrganizationStatus::Suspended).await,
            "resumeOrganization" => self.set(&call, &operator, OrganizationStatus::Active).await,
            "listGrants" => {
                let id: OrganizationId = call.id("organization")?;
                let store = self.store.organization(&id);
                store.get().await?.ok_or_else(Problem::not_found)?;
                let items = store.grants().await?;
                Ok(Response::json(StatusCode::OK, &GrantList { items }))
            }
            "enterGrant" => self.enter(&call, &operator).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl OperatorResource {
    async fn set(&self, call: &Call, user: &User, status: OrganizationStatus) -> Result<Response, Problem> {
        let id: OrganizationId = call.id("organization")?;
        let store = self.store.organization(&id);
        let known = store.get().await?.ok_or_else(Problem::not_found)?;
        if known.status == status {
            return Ok(Response::json(StatusCode::OK, &known));
        }
        // Else he locks himself out of undoing it.
        if id == user.organization_id {
            return Err(Problem::refused("not_yourself", "Nobody stops his own organization."));
        }
        let action = match status {
            OrganizationStatus::Active => AuditAction::OrganizationResumed,
            OrganizationStatus::Suspended => AuditAction::OrganizationSuspended,
        };
        let next = Organization { status, ..known };
        store.change_audited(&next, &self.entry(call, user, action, id.as_str(), &next.name)).await?;
        Ok(Response::json(StatusCode::OK, &Organization { version: next.version + 1, ..next }))
    }

    async fn enter(&self, call: &Call, user: &User) -> Result<Response, Problem> {
        let id: OrganizationId = call.id("organization")?;
        let workspace: WorkspaceId = call.id("grant")?;
        let store = self.store.organization(&id);
        let now: Millis = self.clock.now();
        let known = store.grant(&workspace).await?.filter(|grant| grant.is_open(now));
        let known = known.ok_or_else(Problem::not_found)?;
        let entry = self.entry(call, user, AuditAction::GrantUsed, workspace.as_str(), "");
        let was = Some(known.until);
        let grant = Grant { entered_by: Some(user.id.clone()), entered_by_name: user.name(), ..known };
        store.put_grant(&grant, was, &entry).await?;
        self.store.workspace(&workspace).audit(&entry).await?;
        Ok(Response::json(StatusCode::OK, &grant))
    }

    fn entry(&self, call: &Call, user: &User, action: AuditAction, id: &str, name: &str) -> AuditEntry {
        AuditEntry {
            target: Some(id.to_owned()),
            target_name: name.to_owned(),
            ..deed(&*self.ids, &*self.clock, user, call, action)
        }
    }
}
