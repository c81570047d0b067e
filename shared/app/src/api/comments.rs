//! Internal comments: seen by the team, never by the contact.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::activity::{COMMENT_CHARS, Comment, mentions};
use colibri_domain::message::Actor;
use colibri_domain::people::Right;
use colibri_domain::{ContactId, MessageId};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[Route {
    function: "api-comments",
    method: Method::POST,
    path: "/console/{workspace}/comments/{contact}",
    operation: "addComment",
    access: Access::Member(Some(Right::CommentWrite)),
    body: Some("CommentRequest"),
    status: 201,
    answer: Some("CommentAnswer"),
    query: &[],
}];

/// A comment to write.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentRequest {
    /// 1 to 1,000 characters; a mention is `{{@user.<id>}}`.
    pub text: String,
}

/// The comment written.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CommentAnswer {
    pub comment: Comment,
}

/// The resource.
#[allow(missing_docs)]
pub struct CommentsResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for CommentsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let contact: ContactId = call.id("contact")?;
        let body: CommentRequest = call.body()?;
        let text = body.text.trim().replace('\0', "");
        if text.is_empty() || text.chars().count() > COMMENT_CHARS {
            return Err(Problem::invalid("/text", "length", "1 to 1,000 characters"));
        }
        let mentioned = mentions(&text);
        if mentioned.iter().any(|id| member.settings.member(id).is_none()) {
            return Err(Problem::invalid(
                "/text",
                "unknown_user",
                "a mentioned user is not in this workspace",
            ));
        }
        let head = member.visible(contact).await?;
        let now = self.clock.now();
        // The client's key makes a repeated request the same comment.
        let key = call.header("idempotency-key").map_or_else(|| self.ids.unique(), str::to_owned);
        let comment = Comment {
            id: MessageId::derive(now.seconds(), "comment", &key),
            contact_id: contact,
            conversation_id: head.conversation.map(|c| c.id),
            author: Actor::user(member.user.id.clone()),
            text,
            mentions: mentioned,
            at: now,
        };
        member.store.put_comment(&comment).await?;
        Ok(Response::json(StatusCode::CREATED, &CommentAnswer { comment }))
    }
}
