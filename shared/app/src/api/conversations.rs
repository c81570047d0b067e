//! Assigning, opening and closing.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::conversation::{self, ClosingNote, ConversationError};
use colibri_domain::message::Actor;
use colibri_domain::people::{ClosingNoteMode, Right};
use colibri_domain::{ContactId, ConversationId, UserId};
use colibri_store::WriteContext;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route};
use super::view::HeadAnswer;
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const fn route(path: &'static str, operation: &'static str, body: Option<&'static str>) -> Route {
    Route {
        function: "api-conversations",
        method: Method::POST,
        path,
        operation,
        access: Access::Member(Some(Right::ConversationManage)),
        body,
        status: 200,
        answer: Some("HeadAnswer"),
        query: &[],
    }
}

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route("/console/{workspace}/conversations/{contact}/assign", "assignContact", Some("AssignRequest")),
    route("/console/{workspace}/conversations/{contact}/open", "openConversation", None),
    route("/console/{workspace}/conversations/{contact}/close", "closeConversation", Some("CloseRequest")),
];

/// Longest summary in characters.
const SUMMARY_CHARS: usize = 512;

/// Who shall answer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// Null: nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    pub user_id: Option<UserId>,
}

/// Closing notes, as the workspace asks for them.
#[derive(Deserialize, Serialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CloseRequest {
    /// A category of the workspace.
    pub category_id: Option<String>,
    /// At most 512 characters.
    pub summary: Option<String>,
}

/// The resource.
#[allow(missing_docs)]
pub struct ConversationsResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for ConversationsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let contact: ContactId = call.id("contact")?;
        member.visible(contact).await?;
        let actor = Actor::user(member.user.id.clone());
        let now = self.clock.now();
        let context = WriteContext { actor: actor.clone(), now };
        let head = match call.operation {
            "assignContact" => {
                let body: AssignRequest = call.body()?;
                if body.user_id.as_ref().is_some_and(|id| member.settings.member(id).is_none()) {
                    return Err(Problem::invalid(
                        "/user_id",
                        "unknown_user",
                        "no such user in this workspace",
                    ));
                }
                let rule =
                    |head| Ok::<_, ConversationError>(conversation::assign(head, body.user_id.clone()));
                member.store.change_head(contact, &context, rule).await
            }
            "openConversation" => {
                let id = ConversationId::from_unique(&self.ids.unique());
                let rule = |head| conversation::open(head, id.clone(), actor.clone(), now);
                member.store.change_head(contact, &context, rule).await
            }
            "closeConversation" => {
                let body = if call.request.body.is_empty() { CloseRequest::default() } else { call.body()? };
                let note = closing_note(&member, body)?;
                let rule = |head| conversation::close(head, actor.clone(), note.clone(), now);
                member.store.change_head(contact, &context, rule).await
            }
            _ => return Err(Problem::not_found()),
        };
        let head = head?.map_err(refused)?;
        Ok(Response::json(StatusCode::OK, &HeadAnswer { head: head.into() }))
    }
}

pub(super) fn refused(error: ConversationError) -> Problem {
    match error {
        ConversationError::Blocked => Problem::refused("contact_blocked", "Unblock the contact first."),
    }
}

/// Checks the notes against the workspace's mode. The category is kept by name: deleting it later changes nothing.
pub(super) fn closing_note(member: &Member, body: CloseRequest) -> Result<ClosingNote, Problem> {
    let mode = member.workspace().closing_note_mode;
    let summary = body.summary.map(|s| s.trim().to_owned()).filter(|s| !s.is_empty());
    if summary.as_ref().is_some_and(|s| s.chars().count() > SUMMARY_CHARS) {
        return Err(Problem::invalid("/summary", "too_long", "at most 512 characters"));
    }
    let category = match body.category_id {
        None => None,
        Some(id) => {
            let known = member.settings.closing_categories.iter().find(|c| c.id == id);
            let known = known
                .ok_or_else(|| Problem::invalid("/category_id", "unknown_category", "no such category"))?;
            Some(known.name.clone())
        }
    };
    let wants_category = matches!(mode, ClosingNoteMode::MandatoryCategory | ClosingNoteMode::MandatoryBoth);
    if wants_category && category.is_none() {
        return Err(Problem::invalid("/category_id", "required", "this workspace asks for a category"));
    }
    if mode == ClosingNoteMode::MandatoryBoth && summary.is_none() {
        return Err(Problem::invalid("/summary", "required", "this workspace asks for a summary"));
    }
    if mode == ClosingNoteMode::Disabled {
        return Ok(ClosingNote::default());
    }
    Ok(ClosingNote { category, summary })
}
