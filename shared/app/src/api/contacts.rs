//! Contacts as the inbox needs them: lists, search, "new message", details, editing, blocking, reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::capabilities::capabilities;
use colibri_domain::ContactId;
use colibri_domain::contact::{Head, LastMessage, NameSetBy, Profile};
use colibri_domain::conversation;
use colibri_domain::message::{Actor, MessageState, Source, StatusValue};
use colibri_domain::people::Right;
use colibri_domain::phone::{E164, Email};
use colibri_store::{
    Among, ContactEdit, CreatedContact, Inbox, InboxQuery, ListOrder, NewContact, WriteContext,
};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Member, Resource};
use super::me::checked_name;
use super::route::{Access, Call, Route, route};
use super::view::{ContactDetail, ContactHead, HeadAnswer, Page, TimelineItem};
use crate::http::Response;
use crate::ports::Clock;
use crate::problem::Problem;
use crate::receipts::ReadReceipts;

const READ: Access = Access::Member(Some(Right::ContactRead));
const WRITE: Access = Access::Member(Some(Right::ContactWrite));
const CREATE: Access = Access::Member(Some(Right::ContactCreate));
const MANAGE: Access = Access::Member(Some(Right::ConversationManage));
const BLOCK: Access = Access::Member(Some(Right::ContactBlock));

const FUNCTION: &str = "api-contacts";

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/contacts",
        "listContacts",
        READ,
        None,
        200,
        Some("ContactPage"),
        &["inbox", "status", "order", "unreplied", "failed", "search", "cursor", "limit"],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/contacts",
        "findOrCreateContact",
        CREATE,
        Some("NewContactRequest"),
        200,
        Some("NewContactAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/contacts/counts",
        "countContacts",
        READ,
        None,
        200,
        Some("InboxCounts"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/contacts/{contact}",
        "getContact",
        READ,
        None,
        200,
        Some("ContactDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/contacts/{contact}",
        "updateContact",
        WRITE,
        Some("ContactPatch"),
        200,
        Some("ContactDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/contacts/{contact}/read",
        "markRead",
        MANAGE,
        None,
        200,
        Some("HeadAnswer"),
        &["opened"],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/contacts/{contact}/unread",
        "markUnread",
        MANAGE,
        None,
        200,
        Some("HeadAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/contacts/{contact}/block",
        "blockContact",
        BLOCK,
        None,
        200,
        Some("HeadAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/contacts/{contact}/unblock",
        "unblockContact",
        BLOCK,
        None,
        200,
        Some("HeadAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/contacts/{contact}/activity",
        "getActivity",
        READ,
        None,
        200,
        Some("TimelineItemPage"),
        &["cursor", "limit"],
    ),
];

/// Somebody to write to, found or created.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContactRequest {
    /// National form of the workspace's country (or of `country`), or international form.
    #[serde(default)]
    pub phone: Option<String>,
    /// E-mail address; alone it only finds, unless the contact is added by hand.
    #[serde(default)]
    pub email: Option<String>,
    /// First name of a new contact.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Last name of a new contact.
    #[serde(default)]
    pub last_name: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<String>,
    /// Somebody is entered, not written to: needs a first name, and an e-mail address alone will do.
    #[serde(default)]
    pub by_hand: bool,
}

/// The contact found or created.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct NewContactAnswer {
    pub contact: ContactHead,
    pub created: bool,
}

/// Open conversations the caller may see, counted up to 1,000.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct InboxCounts {
    pub all: u32,
    pub mine: u32,
    pub unassigned: u32,
}

/// What to change; an empty text clears a value.
#[derive(Deserialize, Serialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct ContactPatch {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Id of a lifecycle stage.
    pub stage: Option<String>,
    /// Custom fields by slug; null clears.
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    pub tags: TagPatch,
}

/// Tags to add and to remove, by id.
#[derive(Deserialize, Serialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct TagPatch {
    pub add: Vec<String>,
    pub remove: Vec<String>,
}

/// The resource.
#[allow(missing_docs)]
pub struct ContactsResource {
    pub clock: Arc<dyn Clock>,
    pub store: colibri_store::Store,
    pub receipts: ReadReceipts,
}

#[async_trait]
impl Resource for ContactsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listContacts" => match call.query("search") {
                Some(text) => search(&call, &member, &text).await,
                None => list(&call, &member).await,
            },
            "countContacts" => counts(&member).await,
            "findOrCreateContact" => self.find_or_create(&call, &member).await,
            _ => self.one(&call, &member).await,
        }
    }
}

async fn list(call: &Call, member: &Member) -> Result<Response, Problem> {
    let query = InboxQuery {
        inbox: inbox(call.query("inbox").as_deref(), member)?,
        open: match call.query("status").as_deref() {
            None | Some("open") => true,
            Some("closed") => false,
            _ => return Err(Problem::invalid("query:status", "unknown_value", "status is open or closed")),
        },
        order: match call.query("order").as_deref() {
            None | Some("newest") => ListOrder::Newest,
            Some("oldest") => ListOrder::Oldest,
            _ => return Err(Problem::invalid("query:order", "unknown_value", "order is newest or oldest")),
        },
        unreplied: call.flag("unreplied"),
        failed: call.flag("failed"),
        limit: call.limit(50)?,
    };
    let sees = |head: &Head| member.sees(head);
    let page = member.store.inbox(&query, call.query("cursor").as_deref(), &sees).await?;
    let items = member
        .store
        .with_states(page.items, reports_more)
        .await?
        .into_iter()
        .map(ContactHead::from)
        .collect();
    Ok(Response::json(StatusCode::OK, &Page { items, next_cursor: page.next_cursor }))
}

/// Whether a channel may still report on a message: not all of them tell that one has arrived or was read.
fn reports_more(head: &Head, last: &LastMessage) -> bool {
    let channel = head.channels.iter().find(|channel| channel.channel_id == last.channel_id);
    let Some(channel) = channel else { return true };
    let statuses = capabilities(channel.source).statuses;
    let sent = matches!(last.state, Some(MessageState::Sent | MessageState::Delivered));
    !sent || [StatusValue::Delivered, StatusValue::Read].iter().any(|value| statuses.contains(value))
}

fn inbox(name: Option<&str>, member: &Member) -> Result<Inbox, Problem> {
    match name {
        None | Some("all") => Ok(everything(member)),
        Some("mine") => Ok(Inbox::Assignee(member.user.id.clone())),
        Some("unassigned") => Ok(Inbox::Unassigned),
        Some(_) => Err(Problem::invalid("query:inbox", "unknown_value", "inbox is all, mine or unassigned")),
    }
}

/// Everything that he may see. The list of all contacts hides nearly all of its rows from somebody who sees few; lists
/// of very many teammates are more to read than that one.
fn everything(member: &Member) -> Inbox {
    const TEAMMATES: usize = 16;
    match member.among() {
        Among::Of(users) if users.len() <= TEAMMATES => Inbox::AnyOf(users),
        _ => Inbox::All,
    }
}

async fn search(call: &Call, member: &Member, text: &str) -> Result<Response, Problem> {
    let limit = call.limit(25)?;
    let sees = |head: &Head| member.sees(head);
    let among = member.among();
    let page = member.store.search(text, limit, call.query("cursor").as_deref(), &among, &sees).await?;
    let items = member
        .store
        .with_states(page.items, reports_more)
        .await?
        .into_iter()
        .map(ContactHead::from)
        .collect();
    Ok(Response::json(StatusCode::OK, &Page { items, next_cursor: page.next_cursor }))
}

async fn counts(member: &Member) -> Result<Response, Problem> {
    let mine = member.store.count_open(&Inbox::Assignee(member.user.id.clone())).await?;
    let (all, unassigned) = match member.among() {
        Among::All => {
            (member.store.count_open(&Inbox::All).await?, member.store.count_open(&Inbox::Unassigned).await?)
        }
        Among::Of(users) => (member.store.count_open(&Inbox::AnyOf(users)).await?, 0),
    };
    Ok(Response::json(StatusCode::OK, &InboxCounts { all, mine, unassigned }))
}

impl ContactsResource {
    async fn find_or_create(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: NewContactRequest = call.body()?;
        let country = body.country.as_deref().unwrap_or(&member.workspace().country);
        let phone = body.phone.as_deref().map(|text| typed_phone(text, country)).transpose()?;
        let email = body.email.as_deref().map(typed_email).transpose()?;
        if body.by_hand && body.first_name.as_deref().is_none_or(|name| name.trim().is_empty()) {
            return Err(Problem::invalid(
                "/first_name",
                "required",
                "A contact that is added has a first name.",
            ));
        }
        if phone.is_none() && email.is_none() {
            return Err(Problem::invalid("/phone", "required", "a phone number or an e-mail address"));
        }
        let known = match (&phone, &email) {
            (Some(phone), _) => member.store.contact_by_phone(phone).await?,
            (None, Some(email)) => member.store.contact_by_email(email).await?,
            (None, None) => None,
        };
        if let Some(id) = known {
            // Somebody he may not see is, to him, somebody else's: said plainly, because writing twice is worse.
            let head = member.store.head(id).await?.ok_or_else(Problem::not_found)?;
            if !member.sees(&head) {
                return Err(Problem::refused(
                    "contact_of_others",
                    "This person is a contact that you may not see.",
                ));
            }
            return Ok(Response::json(
                StatusCode::OK,
                &NewContactAnswer { contact: head.into(), created: false },
            ));
        }
        if phone.is_none() && !body.by_hand {
            return Err(Problem::refused(
                "no_channel_for_email",
                "Nobody has this address, and no channel writes to e-mail.",
            ));
        }
        let now = self.clock.now();
        let mut head = Head::new(ContactId(0), now);
        head.first_name = checked_name("/first_name", body.first_name.as_deref().unwrap_or_default())?;
        head.last_name = checked_name("/last_name", body.last_name.as_deref().unwrap_or_default())?;
        if !head.first_name.is_empty() || !head.last_name.is_empty() {
            head.name_set_by = NameSetBy::Person;
        }
        head.phone.clone_from(&phone);
        head.email = email;
        if member.membership.visibility != colibri_domain::people::Visibility::All {
            head.assignee = Some(member.user.id.clone());
        }
        let profile = Profile {
            country: phone.as_ref().and_then(E164::country),
            language: None,
            fields: BTreeMap::new(),
            created_source: Source::User,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        let new = NewContact { head, profile, actor: Actor::user(member.user.id.clone()), now };
        let created = member.store.create_contact(&member.workspace().organization_id, new).await?;
        let (head, created) = match created {
            CreatedContact::New(head) => (head, true),
            CreatedContact::Existing(head) => (head, false),
        };
        Ok(Response::json(StatusCode::OK, &NewContactAnswer { contact: head.into(), created }))
    }

    async fn one(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let contact: ContactId = call.id("contact")?;
        let head = member.visible(contact).await?;
        let now = self.clock.now();
        let actor = Actor::user(member.user.id.clone());
        let context = WriteContext { actor: actor.clone(), now };
        let changed = match call.operation {
            "getContact" => {
                let profile = member.store.profile(contact).await?.ok_or_else(Problem::not_found)?;
                return Ok(Response::json(StatusCode::OK, &ContactDetail { head: head.into(), profile }));
            }
            "updateContact" => return self.update(call, member, contact, &context).await,
            "getActivity" => {
                let page = member
                    .store
                    .activities(contact, call.query("cursor").as_deref(), call.limit(50)?)
                    .await?;
                let items = page.items.into_iter().map(TimelineItem::Activity).collect();
                return Ok(Response::json(StatusCode::OK, &Page { items, next_cursor: page.next_cursor }));
            }
            "markRead" => {
                self.receipts.read(member, &head, call.flag("opened")).await;
                if head.unread == 0 && head.failed == 0 {
                    return Ok(Response::json(StatusCode::OK, &HeadAnswer { head: head.into() }));
                }
                member
                    .store
                    .change_head(contact, &context, |head| Ok::<_, Problem>(conversation::mark_read(head)))
                    .await
            }
            "markUnread" => {
                member
                    .store
                    .change_head(contact, &context, |head| Ok::<_, Problem>(conversation::mark_unread(head)))
                    .await
            }
            "blockContact" => {
                let rule = |head| Ok::<_, Problem>(conversation::block(head, actor.clone(), now));
                member.store.change_head(contact, &context, rule).await
            }
            "unblockContact" => {
                member
                    .store
                    .change_head(contact, &context, |head| Ok::<_, Problem>(conversation::unblock(head)))
                    .await
            }
            _ => return Err(Problem::not_found()),
        };
        Ok(Response::json(StatusCode::OK, &HeadAnswer { head: changed??.into() }))
    }

    async fn update(
        &self,
        call: &Call,
        member: &Member,
        contact: ContactId,
        context: &WriteContext,
    ) -> Result<Response, Problem> {
        let patch: ContactPatch = call.body()?;
        let country =
            patch.country.as_deref().filter(|c| !c.is_empty()).unwrap_or(&member.workspace().country);
        let edit = ContactEdit {
            first_name: patch.first_name.as_deref().map(|n| checked_name("/first_name", n)).transpose()?,
            last_name: patch.last_name.as_deref().map(|n| checked_name("/last_name", n)).transpose()?,
            phone: optional(patch.phone.as_deref(), |text| typed_phone(text, country))?,
            email: optional(patch.email.as_deref(), typed_email)?,
            language: optional(patch.language.as_deref(), |t| code("/language", t, 2))?,
            country: optional(patch.country.as_deref(), |t| {
                code("/country", t, 2).map(|c| c.to_uppercase())
            })?,
            stage: optional(patch.stage.as_deref(), |id| known_stage(member, id))?,
            fields: super::fields::checked(&member.settings.fields, patch.fields)?,
            add_tags: known_tags(member, "/tags/add", patch.tags.add)?,
            remove_tags: patch.tags.remove,
        };
        let (head, profile) = member.store.edit_contact(contact, edit, context).await?;
        Ok(Response::json(StatusCode::OK, &ContactDetail { head: head.into(), profile }))
    }
}

/// `None`: leave; `Some(None)`: clear; `Some(Some(v))`: set.
#[allow(clippy::option_option, reason = "left alone, cleared and set are three things")]
fn optional<T>(
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, Problem>,
) -> Result<Option<Option<T>>, Problem> {
    match text.map(str::trim) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => read(text).map(|value| Some(Some(value))),
    }
}

fn typed_phone(text: &str, country: &str) -> Result<E164, Problem> {
    E164::from_typed(text, country).map_err(|_| {
        Problem::invalid("/phone", "invalid_phone", "not a possible phone number in this country")
    })
}

fn typed_email(text: &str) -> Result<Email, Problem> {
    text.parse().map_err(|_| Problem::invalid("/email", "invalid_email", "not an e-mail address"))
}

fn code(pointer: &str, text: &str, length: usize) -> Result<String, Problem> {
    if text.len() == length && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        Ok(text.to_lowercase())
    } else {
        Err(Problem::invalid(pointer, "invalid_value", "a two-letter code"))
    }
}

pub(super) fn known_stage(member: &Member, id: &str) -> Result<String, Problem> {
    let known = member.settings.stages.iter().any(|stage| stage.id == id);
    if known {
        Ok(id.to_owned())
    } else {
        Err(Problem::invalid("/stage", "unknown_stage", "no such lifecycle stage"))
    }
}

pub(super) fn known_tags(member: &Member, pointer: &str, tags: Vec<String>) -> Result<Vec<String>, Problem> {
    for (index, tag) in tags.iter().enumerate() {
        if !member.settings.tags.iter().any(|t| t.id == *tag) {
            return Err(Problem::invalid(format!("{pointer}/{index}"), "unknown_tag", "no such tag"));
        }
    }
    Ok(tags)
}
