//! One change of many contacts. Each succeeds or fails for itself: what went through stays, and the answer says which
//! did not and why.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::conversation::{self, ClosingNote, ConversationError};
use colibri_domain::message::Actor;
use colibri_domain::people::Right;
use colibri_domain::{ContactId, ConversationId, UserId};
use colibri_store::{ContactEdit, WriteContext};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::contacts::{known_stage, known_tags};
use super::conversations::{CloseRequest, closing_note};
use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-contact-bulk";
/// Contacts of one request at most.
const MOST: usize = 100;
/// Contacts changed at the same time.
const PARALLEL: usize = 10;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[route(
    FUNCTION,
    Method::POST,
    "/console/{workspace}/contact-bulk",
    "changeContacts",
    Access::Member(Some(Right::ContactModule)),
    Some("BulkRequest"),
    200,
    Some("BulkAnswer"),
    &[],
)];

/// What is done to whom.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// 1 to 100.
    pub contact_ids: Vec<ContactId>,
    /// The same to each.
    pub action: BulkAction,
}

/// What is done.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum BulkAction {
    /// Null: nobody answers.
    Assign {
        #[serde(deserialize_with = "Option::deserialize")]
        user_id: Option<UserId>,
    },
    Tag {
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Null: at none.
    Stage {
        #[serde(deserialize_with = "Option::deserialize")]
        stage: Option<String>,
    },
    Open,
    Close {
        #[serde(default)]
        category_id: Option<String>,
        #[serde(default)]
        summary: Option<String>,
    },
    Block,
    Unblock,
}

/// What became of each.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BulkAnswer {
    /// They are now as was asked for.
    pub done: Vec<ContactId>,
    /// They are as they were.
    pub failed: Vec<BulkFailure>,
}

/// A contact that stayed as it was.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BulkFailure {
    /// Which.
    pub id: ContactId,
    /// Why: the code of a problem.
    pub code: String,
}

/// The resource.
#[allow(missing_docs)]
pub struct BulkResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// What is done, with everything checked that is the same for all.
enum Checked {
    Edit(ContactEdit),
    Assign(Option<UserId>),
    Open,
    Close(ClosingNote),
    Block,
    Unblock,
}

#[async_trait]
impl Resource for BulkResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let body: BulkRequest = call.body()?;
        let mut ids = body.contact_ids;
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() || ids.len() > MOST {
            return Err(Problem::invalid("/contact_ids", "length", "1 to 100 contacts"));
        }
        let action = checked(&member, body.action)?;
        let context = WriteContext { actor: Actor::user(member.user.id.clone()), now: self.clock.now() };
        let mut answer = BulkAnswer { done: Vec::new(), failed: Vec::new() };
        for together in ids.chunks(PARALLEL) {
            let work: Vec<_> = together.iter().map(|id| self.one(&member, *id, &action, &context)).collect();
            for (id, result) in together.iter().zip(futures::future::join_all(work).await) {
                match result {
                    Ok(()) => answer.done.push(*id),
                    Err(problem) => {
                        answer.failed.push(BulkFailure { id: *id, code: problem.code.to_string() });
                    }
                }
            }
        }
        Ok(Response::json(StatusCode::OK, &answer))
    }
}

fn checked(member: &Member, action: BulkAction) -> Result<Checked, Problem> {
    member.require(match &action {
        BulkAction::Tag { .. } | BulkAction::Stage { .. } => Right::ContactWrite,
        BulkAction::Block | BulkAction::Unblock => Right::ContactBlock,
        _ => Right::ConversationManage,
    })?;
    Ok(match action {
        BulkAction::Assign { user_id } => {
            if user_id.as_ref().is_some_and(|id| member.settings.member(id).is_none()) {
                let detail = "no such user in this workspace";
                return Err(Problem::invalid("/action/user_id", "unknown_user", detail));
            }
            Checked::Assign(user_id)
        }
        BulkAction::Tag { add, remove } => Checked::Edit(ContactEdit {
            add_tags: known_tags(member, "/action/add", add)?,
            remove_tags: remove,
            ..ContactEdit::default()
        }),
        BulkAction::Stage { stage } => Checked::Edit(ContactEdit {
            stage: Some(stage.map(|id| known_stage(member, &id)).transpose()?),
            ..ContactEdit::default()
        }),
        BulkAction::Open => Checked::Open,
        BulkAction::Close { category_id, summary } => {
            Checked::Close(closing_note(member, CloseRequest { category_id, summary })?)
        }
        BulkAction::Block => Checked::Block,
        BulkAction::Unblock => Checked::Unblock,
    })
}

impl BulkResource {
    async fn one(
        &self,
        member: &Member,
        id: ContactId,
        action: &Checked,
        context: &WriteContext,
    ) -> Result<(), Problem> {
        let head = member.visible(id).await?;
        let (actor, now) = (&context.actor, context.now);
        let store = &member.store;
        let changed = match action {
            Checked::Edit(edit) => {
                let same = edit.add_tags.iter().all(|tag| head.tags.contains(tag))
                    && !edit.remove_tags.iter().any(|tag| head.tags.contains(tag))
                    && edit.stage.as_ref().is_none_or(|stage| *stage == head.stage);
                if !same {
                    store.edit_contact(id, edit.clone(), context).await?;
                }
                return Ok(());
            }
            Checked::Assign(user) => {
                let rule = |head| Ok::<_, ConversationError>(conversation::assign(head, user.clone()));
                store.change_head(id, context, rule).await
            }
            Checked::Open => {
                let new = ConversationId::from_unique(&self.ids.unique());
                let rule = |head| conversation::open(head, new.clone(), actor.clone(), now);
                store.change_head(id, context, rule).await
            }
            Checked::Close(note) => {
                let rule = |head| conversation::close(head, actor.clone(), note.clone(), now);
                store.change_head(id, context, rule).await
            }
            Checked::Block => {
                let rule = |head| Ok::<_, ConversationError>(conversation::block(head, actor.clone(), now));
                store.change_head(id, context, rule).await
            }
            Checked::Unblock => {
                let rule = |head| Ok::<_, ConversationError>(conversation::unblock(head));
                store.change_head(id, context, rule).await
            }
        };
        changed?.map_err(super::conversations::refused)?;
        Ok(())
    }
}
