//! Deleting contacts, the trash, restoring from it, and erasing at once what a person asks to have erased.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::contact::Head;
use colibri_domain::message::Actor;
use colibri_domain::people::Right;
use colibri_domain::{ContactId, Millis};
use colibri_store::{Restored, Trashed, WriteContext};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::deed;
use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use super::view::{HeadAnswer, Page};
use crate::http::Response;
use crate::ports::{Clock, Ids, Invoke};
use crate::problem::Problem;

const DELETE: Access = Access::Member(Some(Right::ContactDelete));

const FUNCTION: &str = "api-contact-trash";
/// Contacts of one request at most.
const MOST: usize = 100;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/trash",
        "listTrash",
        DELETE,
        None,
        200,
        Some("TrashPage"),
        &["cursor", "limit"],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/trash",
        "deleteContacts",
        DELETE,
        Some("DeleteContactsRequest"),
        200,
        Some("DeleteContactsAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/trash/{contact}/restore",
        "restoreContact",
        DELETE,
        None,
        200,
        Some("HeadAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/trash/{contact}/erase",
        "eraseContact",
        DELETE,
        None,
        202,
        None,
        &[],
    ),
];

/// Contacts to delete.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteContactsRequest {
    /// 1 to 100.
    pub contact_ids: Vec<ContactId>,
}

/// What became of each.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeleteContactsAnswer {
    /// In the trash now.
    pub deleted: Vec<ContactId>,
    /// There was no such contact, or none that the caller may see.
    pub missing: Vec<ContactId>,
}

/// A contact in the trash.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct TrashedContact {
    pub id: ContactId,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub deleted_by: Actor,
    pub deleted_at: Millis,
    /// Gone for good from then on.
    pub purge_at: Millis,
}

impl From<Trashed> for TrashedContact {
    fn from(trashed: Trashed) -> Self {
        Self {
            id: trashed.id,
            name: trashed.head.display_name(),
            phone: trashed.head.phone.map(Into::into),
            email: trashed.head.email.map(Into::into),
            deleted_by: trashed.by,
            deleted_at: trashed.at,
            purge_at: trashed.purge_at,
        }
    }
}

/// The resource.
#[allow(missing_docs)]
pub struct TrashResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub invoke: Arc<dyn Invoke>,
}

#[async_trait]
impl Resource for TrashResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listTrash" => list(&call, &member).await,
            "deleteContacts" => self.delete(&call, &member).await,
            "restoreContact" => self.restore(&call, &member).await,
            "eraseContact" => self.erase(&call, &member).await,
            _ => Err(Problem::not_found()),
        }
    }
}

async fn list(call: &Call, member: &Member) -> Result<Response, Problem> {
    let page = member.store.trash(call.query("cursor").as_deref(), call.limit(50)?).await?;
    let items: Vec<TrashedContact> =
        page.items.into_iter().filter(|one| member.sees(&one.head)).map(Into::into).collect();
    Ok(Response::json(StatusCode::OK, &Page { items, next_cursor: page.next_cursor }))
}

impl TrashResource {
    fn context(&self, member: &Member) -> WriteContext {
        WriteContext { actor: Actor::user(member.user.id.clone()), now: self.clock.now() }
    }

    async fn delete(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: DeleteContactsRequest = call.body()?;
        if body.contact_ids.is_empty() || body.contact_ids.len() > MOST {
            return Err(Problem::invalid("/contact_ids", "length", "1 to 100 contacts"));
        }
        let organization = &member.workspace().organization_id;
        let context = self.context(member);
        let sees = |head: &Head| member.sees(head);
        let mut answer = DeleteContactsAnswer { deleted: Vec::new(), missing: Vec::new() };
        for id in body.contact_ids {
            match member.store.delete_contact(organization, id, &sees, &context).await? {
                Some(_) => answer.deleted.push(id),
                // The answer to the same request may have been lost: then it is done.
                None => match self.in_trash(member, id).await {
                    Ok(_) => answer.deleted.push(id),
                    Err(_) => answer.missing.push(id),
                },
            }
        }
        if !answer.deleted.is_empty() {
            self.note(call, member, &answer.deleted, "deleted").await?;
        }
        Ok(Response::json(StatusCode::OK, &answer))
    }

    /// The audit log tells which contacts went, by id: who they were is what was to be deleted.
    async fn note(&self, call: &Call, member: &Member, who: &[ContactId], how: &str) -> Result<(), Problem> {
        let ids: Vec<String> = who.iter().map(|id| id.0.to_string()).collect();
        let details = [(how.to_owned(), ids.join(", "))].into();
        let deed = deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::ContactsDeleted);
        Ok(member.store.audit(&AuditEntry { details, ..deed }).await?)
    }

    async fn in_trash(&self, member: &Member, contact: ContactId) -> Result<Trashed, Problem> {
        let trashed = member.store.trashed(contact).await?;
        trashed.filter(|one| member.sees(&one.head)).ok_or_else(Problem::not_found)
    }

    async fn restore(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let contact: ContactId = call.id("contact")?;
        let organization = &member.workspace().organization_id;
        if let Err(problem) = self.in_trash(member, contact).await {
            // Restored already: the answer to the same request may have been lost.
            let head = member.visible(contact).await.map_err(|_| problem)?;
            return Ok(Response::json(StatusCode::OK, &HeadAnswer { head: head.into() }));
        }
        match member.store.restore_contact(organization, contact, &self.context(member)).await? {
            Restored::Done(head) => Ok(Response::json(StatusCode::OK, &HeadAnswer { head: head.into() })),
            Restored::NotInTrash => Err(Problem::not_found()),
            Restored::Quota => Err(Problem::refused(
                "quota_reached",
                "The plan's contact quota is full: restoring needs one more place.",
            )),
        }
    }

    /// A contact, deleted or not, goes for good as soon as may be: nothing of it can be restored.
    async fn erase(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let contact: ContactId = call.id("contact")?;
        if self.in_trash(member, contact).await.is_err() {
            member.visible(contact).await?;
            let organization = &member.workspace().organization_id;
            let sees = |head: &Head| member.sees(head);
            let deleted =
                member.store.delete_contact(organization, contact, &sees, &self.context(member)).await?;
            deleted.ok_or_else(Problem::not_found)?;
        }
        member.store.erase_now(contact, self.clock.now()).await?;
        self.note(call, member, &[contact], "erased").await?;
        let job = json!({ "workspace_id": member.workspace().id, "contact_id": contact });
        // Where this call is lost, the schedule finds it.
        self.invoke.start("contact-purge", &job.to_string()).await?;
        Ok(Response::empty(StatusCode::ACCEPTED))
    }
}
