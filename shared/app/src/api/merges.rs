//! Merging two contacts, separating them again, and who may be the same person.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::ContactId;
use colibri_domain::merge::{self, Conflict, MergeError, Person, Picks, Side};
use colibri_domain::message::Actor;
use colibri_domain::people::Right;
use colibri_store::{MergeRefusal, Merging, WriteContext};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use super::view::{ContactDetail, ContactHead, HeadAnswer};
use crate::http::Response;
use crate::ports::Clock;
use crate::problem::Problem;

const MERGE: Access = Access::Member(Some(Right::ContactMerge));

const FUNCTION: &str = "api-contact-merge";

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/merges",
        "mergeContacts",
        MERGE,
        Some("MergeRequest"),
        200,
        Some("HeadAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/merges/preview",
        "previewMerge",
        MERGE,
        Some("MergeRequest"),
        200,
        Some("MergePreview"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/merges/undo",
        "unmergeContacts",
        MERGE,
        Some("UnmergeRequest"),
        200,
        Some("UnmergeAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/merges/{contact}/suggestions",
        "listMergeSuggestions",
        MERGE,
        None,
        200,
        Some("MergeSuggestions"),
        &[],
    ),
];

/// Two contacts to make one of.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The one that stays and the one that becomes a part of it.
    pub contact_ids: Vec<ContactId>,
    /// Whose value survives, by field: `name`, `phone`, `email`, `country`, `language`, `assignee`, `fields.<slug>`.
    /// What is not named keeps the primary's value, or takes the secondary's where it has none.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: std::collections::BTreeMap<String, Side>,
}

/// The contact, and the one that was merged into it last.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmergeRequest {
    /// Primary and secondary.
    pub contact_ids: Vec<ContactId>,
}

/// What a merge would make.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MergePreview {
    pub primary: ContactDetail,
    pub secondary: ContactDetail,
    /// Fields in which both have a value and the values differ.
    pub conflicts: Vec<Conflict>,
    pub result: ContactDetail,
    /// Both have an open conversation: the newer one is closed.
    pub closes_conversation: bool,
}

/// Two contacts again.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct UnmergeAnswer {
    pub primary: ContactHead,
    pub secondary: ContactHead,
}

/// Who may be the same person.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MergeSuggestions {
    /// At most 10, only those whom the caller may see.
    pub items: Vec<MergeSuggestion>,
}

/// A contact that shows the same phone or e-mail.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MergeSuggestion {
    pub contact: ContactHead,
    /// The value that both show.
    pub value: String,
}

/// The resource.
pub struct MergesResource {
    /// Time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Resource for MergesResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "mergeContacts" => self.merge(&call, &member).await,
            "previewMerge" => self.preview(&call, &member).await,
            "unmergeContacts" => self.unmerge(&call, &member).await,
            "listMergeSuggestions" => suggestions(&call, &member).await,
            _ => Err(Problem::not_found()),
        }
    }
}

fn two(ids: &[ContactId]) -> Result<(ContactId, ContactId), Problem> {
    match ids {
        [primary, secondary] => Ok((*primary, *secondary)),
        _ => Err(Problem::invalid("/contact_ids", "length", "exactly two contacts: primary and secondary")),
    }
}

async fn suggestions(call: &Call, member: &Member) -> Result<Response, Problem> {
    let head = member.visible(call.id("contact")?).await?;
    let found = member.store.merge_suggestions(&head).await?;
    let items = found
        .into_iter()
        .filter(|one| member.sees(&one.head))
        .map(|one| MergeSuggestion { contact: one.head.into(), value: one.value })
        .collect();
    Ok(Response::json(StatusCode::OK, &MergeSuggestions { items }))
}

impl MergesResource {
    fn context(&self, member: &Member) -> WriteContext {
        WriteContext { actor: Actor::user(member.user.id.clone()), now: self.clock.now() }
    }

    async fn merge(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: MergeRequest = call.body()?;
        let (primary, secondary) = two(&body.contact_ids)?;
        let organization = &member.workspace().organization_id;
        let merging = Merging { organization, primary, secondary, picks: &body.fields };
        let sees = |head: &_| member.sees(head);
        let merged = member.store.merge_contacts(&merging, &sees, &self.context(member)).await?;
        let head = match merged {
            Ok(head) => head,
            // The answer to the same request may have been lost: then it is done.
            Err(MergeRefusal::MergedInto(into)) if into == primary => member.visible(primary).await?,
            Err(refusal) => return Err(self.refused(member, refusal).await),
        };
        Ok(Response::json(StatusCode::OK, &HeadAnswer { head: head.into() }))
    }

    async fn preview(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: MergeRequest = call.body()?;
        let (primary, secondary) = two(&body.contact_ids)?;
        let (one, other) = match member.store.pair(primary, secondary).await? {
            Ok(pair) => pair,
            Err(refusal) => return Err(self.refused(member, refusal).await),
        };
        if !member.sees(&one.head) || !member.sees(&other.head) {
            return Err(Problem::not_found());
        }
        let picks: Picks = body.fields;
        let context = self.context(member);
        let merged = match merge::merge(&one, &other, &picks, &context.actor, context.now) {
            Ok(merged) => merged,
            Err(refused) => return Err(self.refused(member, MergeRefusal::Rule(refused)).await),
        };
        let detail = |person: Person| ContactDetail { head: person.head.into(), profile: person.profile };
        let preview = MergePreview {
            conflicts: merge::conflicts(&one, &other),
            primary: detail(one),
            secondary: detail(other),
            result: detail(Person { head: merged.change.head, profile: merged.profile }),
            closes_conversation: merged.closed.is_some(),
        };
        Ok(Response::json(StatusCode::OK, &preview))
    }

    async fn unmerge(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: UnmergeRequest = call.body()?;
        let (primary, secondary) = two(&body.contact_ids)?;
        let organization = &member.workspace().organization_id;
        let merging = Merging { organization, primary, secondary, picks: &Picks::new() };
        let sees = |head: &_| member.sees(head);
        let apart = member.store.unmerge_contacts(&merging, &sees, &self.context(member)).await?;
        match apart {
            Ok((one, other)) => Ok(Response::json(
                StatusCode::OK,
                &UnmergeAnswer { primary: one.into(), secondary: other.into() },
            )),
            Err(refusal) => Err(self.refused(member, refusal).await),
        }
    }

    async fn refused(&self, member: &Member, refusal: MergeRefusal) -> Problem {
        match refusal {
            MergeRefusal::Rule(MergeError::Same) => {
                Problem::invalid("/contact_ids", "same_contact", "a contact cannot be merged with itself")
            }
            MergeRefusal::Rule(MergeError::UnknownField(field)) => {
                let at = field.replace('~', "~0").replace('/', "~1");
                Problem::invalid(format!("/fields/{at}"), "unknown_field", "neither contact has this field")
            }
            MergeRefusal::Rule(MergeError::BlockedDiffers) => Problem::refused(
                "blocked_differs",
                "Only one of the two is blocked. Unblock it, or block the other one, first.",
            ),
            MergeRefusal::Rule(MergeError::TooMany) => Problem::refused(
                "too_many_merged",
                "One contact holds at most 20 merged ones, and 80 identities of the second.",
            ),
            MergeRefusal::NotFound => Problem::not_found(),
            // Only whoever may see the other is told of it.
            MergeRefusal::MergedInto(into) => match member.store.head(into).await {
                Ok(Some(head)) if member.sees(&head) => Problem::merged_into(head.id),
                Ok(_) => Problem::not_found(),
                Err(error) => error.into(),
            },
            MergeRefusal::NotLast(last) => Problem::conflict(
                "not_last_merged",
                format!("Contact {last} was merged later: it is separated first."),
            ),
            MergeRefusal::NotMerged => Problem::conflict("not_merged", "These two are not merged."),
            MergeRefusal::Quota => Problem::refused(
                "quota_reached",
                "The plan's contact quota is full: separating them needs one more place.",
            ),
        }
    }
}
