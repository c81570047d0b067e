//! The conversation: its timeline, sending, retrying, reacting.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::send::{Checked, Conversion, Material, Refusal, check, split};
use colibri_domain::channel::{Channel, ChannelState};
use colibri_domain::contact::{ContactChannel, Head};
use colibri_domain::content::FileRef;
use colibri_domain::conversation;
use colibri_domain::ids::digest;
use colibri_domain::inbound::part_id;
use colibri_domain::message::{Actor, Message, QuotedMessage, SendStep, Traffic};
use colibri_domain::outbound::{HeaderParameter, OutboundContent};
use colibri_domain::people::Right;
use colibri_domain::template::Template;
use colibri_domain::window::Reach;
use colibri_domain::{ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, Millis};
use colibri_store::{Accepted, SendClaim, WriteContext};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route};
use super::view::{ContactHead, MessageView, TimelineItem, TimelinePage};
use crate::http::Response;
use crate::nudge::Nudge;
use crate::ports::{Clock, Ids, Queue};
use crate::problem::{FieldProblem, Problem};

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    Route {
        function: "api-messages",
        method: Method::GET,
        path: "/console/{workspace}/messages/{contact}",
        operation: "getTimeline",
        access: Access::Member(Some(Right::ContactRead)),
        body: None,
        status: 200,
        answer: Some("TimelinePage"),
        query: &["cursor", "limit"],
    },
    Route {
        function: "api-messages",
        method: Method::POST,
        path: "/console/{workspace}/messages/{contact}",
        operation: "sendMessage",
        access: Access::Member(Some(Right::MessageSend)),
        body: Some("SendRequest"),
        status: 202,
        answer: Some("SendAnswer"),
        query: &[],
    },
    Route {
        function: "api-messages",
        method: Method::POST,
        path: "/console/{workspace}/messages/{contact}/{message}/retry",
        operation: "retryMessage",
        access: Access::Member(Some(Right::MessageSend)),
        body: None,
        status: 202,
        answer: Some("MessageAnswer"),
        query: &[],
    },
    Route {
        function: "api-messages",
        method: Method::POST,
        path: "/console/{workspace}/messages/{contact}/{message}/reaction",
        operation: "reactToMessage",
        access: Access::Member(Some(Right::MessageSend)),
        body: Some("ReactionRequest"),
        status: 202,
        answer: Some("MessageAnswer"),
        query: &[],
    },
];

/// A message to send.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// Identity to write to. Either this or `channel_id`.
    #[serde(default)]
    pub contact_channel_id: Option<ContactChannelId>,
    /// Channel for a first message to the contact's phone number.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    /// What to say.
    pub content: OutboundContent,
    /// Message of the same contact that this answers.
    #[serde(default)]
    pub reply_to: Option<MessageId>,
}

/// The message as accepted.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SendAnswer {
    /// Pending.
    pub message: MessageView,
    /// The contact afterwards: the first to reply became the assignee.
    pub head: ContactHead,
    /// What the channel made us change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub conversions: Vec<Conversion>,
}

/// A message by itself.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MessageAnswer {
    pub message: MessageView,
}

/// A reaction; an empty one takes it back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ReactionRequest {
    pub emoji: String,
}

/// The resource.
#[allow(missing_docs)]
pub struct MessagesResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub queue: Arc<dyn Queue>,
    /// Starts what must leave at once but is no message: reactions.
    pub reactions: Arc<dyn crate::react::SendReaction>,
}

#[async_trait]
impl Resource for MessagesResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let contact: ContactId = call.id("contact")?;
        match call.operation {
            "getTimeline" => timeline(&call, &member, contact).await,
            "sendMessage" => self.send(&call, &member, contact).await,
            "retryMessage" => self.retry(&call, &member, contact).await,
            "reactToMessage" => self.react(&call, &member, contact).await,
            _ => Err(Problem::not_found()),
        }
    }
}

async fn timeline(call: &Call, member: &Member, contact: ContactId) -> Result<Response, Problem> {
    let cursor = call.query("cursor");
    let page = member.store.timeline(contact, cursor.as_deref(), call.limit(50)?).await?;
    let head = match page.head {
        Some(head) if member.sees(&head) => head,
        Some(_) => return Err(Problem::not_found()),
        // Tells a contact that was merged into another from one that is not there.
        None => member.visible(contact).await?,
    };
    let answer = TimelinePage {
        head: head.into(),
        profile: page.profile,
        items: page.items.into_iter().map(|entry| TimelineItem::of(contact, entry)).collect(),
        next_cursor: page.next_cursor,
    };
    Ok(Response::json(StatusCode::OK, &answer))
}

impl MessagesResource {
    async fn send(&self, call: &Call, member: &Member, contact: ContactId) -> Result<Response, Problem> {
        let key = idempotency_key(call)?;
        let body: SendRequest = call.body()?;
        let now = self.clock.now();
        let mut head = member.visible(contact).await?;
        if head.blocked {
            return Err(Problem::refused("contact_blocked", "Unblock the contact first."));
        }
        let route = self.route(member, &mut head, &body, now).await?;
        let material = Loaded::read(member, &route.channel, &body.content).await?;
        let parts = split(route.channel.source, &body.content);
        let checked = |part| material.check(&route.channel, part, &member.user.locale);
        let checked = parts.iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        let template = matches!(body.content, OutboundContent::Template(_));
        let window = route.channel.source.window();
        if !template && window.reach(route.identity.last_inbound_at, now, true) == Reach::Closed {
            return Err(Problem::refused(
                "window_closed",
                "Too much time has passed since the contact's last message for a message of this kind.",
            ));
        }
        let quoted = quoted(member, &head, body.reply_to).await?;
        let fingerprint = hex::encode(&digest(&[&serde_json::to_string(&body).unwrap_or_default()])[..16]);
        let several = checked.len() > 1;
        let mut answer = None;
        for (place, mut checked) in checked.into_iter().enumerate() {
            // Each part has a claim of its own: a repetition goes on where the first time ended.
            let key = part_id(&format!("{}:{key}", member.user.id), place);
            let claim = SendClaim { key, fingerprint: fingerprint.clone() };
            if several {
                checked.conversions.push(Conversion::Split);
            }
            let conversions = std::mem::take(&mut checked.conversions);
            let quoted = quoted.clone().filter(|_| place == 0);
            let message = composed(
                head.keeper(&route.identity.id),
                &route,
                checked,
                quoted,
                member,
                &claim,
                now,
                place,
            );
            answer = Some(self.accept(member, contact, claim, message, conversions, now).await?);
        }
        answer.ok_or_else(Problem::not_found)
    }

    async fn accept(
        &self,
        member: &Member,
        contact: ContactId,
        claim: SendClaim,
        message: Message,
        conversions: Vec<Conversion>,
        now: Millis,
    ) -> Result<Response, Problem> {
        let nudge = Nudge {
            workspace_id: member.workspace().id.clone(),
            // Where it is kept leads to whoever the contact is by then.
            contact_id: message.contact_id,
            contact_channel_id: message.contact_channel_id.clone(),
        };
        let context = WriteContext { actor: message.sender.clone(), now };
        let new_conversation = ConversationId::opened_by(contact, message.id);
        let rule = |head: Head, message: &Message| conversation::sent(head, message, &new_conversation);
        let (message, head) = match member.store.accept_send(claim, message, &context, rule).await? {
            Accepted::New { message, head } => (message, head),
            Accepted::Replayed { message } => (message, member.visible(contact).await?),
            Accepted::KeyReused => {
                return Err(Problem::refused(
                    "idempotency_key_reused",
                    "This key was used for another request.",
                ));
            }
        };
        // A replay nudges again: the first answer may have been lost between the write and the queue.
        nudge.send(&*self.queue).await?;
        let answer =
            SendAnswer { message: MessageView::of(contact, message), head: head.into(), conversions };
        Ok(Response::json(StatusCode::ACCEPTED, &answer))
    }

    /// Where the message goes: a known identity, or the contact's phone on a channel that may write first.
    async fn route(
        &self,
        member: &Member,
        head: &mut Head,
        body: &SendRequest,
        now: Millis,
    ) -> Result<Way, Problem> {
        let identity = match (&body.contact_channel_id, &body.channel_id) {
            (Some(id), None) => head.channel(id).cloned().ok_or_else(|| {
                Problem::invalid(
                    "/contact_channel_id",
                    "unknown_contact_channel",
                    "the contact has no such channel",
                )
            })?,
            (None, Some(channel)) => self.first_identity(member, head, channel, now).await?,
            _ => {
                let detail = "name either contact_channel_id or channel_id";
                return Err(Problem::invalid("/contact_channel_id", "required", detail));
            }
        };
        let channel = member.settings.channels.iter().find(|c| c.id == identity.channel_id).cloned();
        let channel = channel.filter(|c| c.state != ChannelState::Disconnected).ok_or_else(|| {
            Problem::refused("channel_disconnected", "This channel is disconnected: connect it again first.")
        })?;
        Ok(Way { identity, channel })
    }

    async fn first_identity(
        &self,
        member: &Member,
        head: &mut Head,
        channel: &ChannelId,
        now: Millis,
    ) -> Result<ContactChannel, Problem> {
        if let Some(known) = head.channels.iter().find(|c| c.channel_id == *channel) {
            return Ok(known.clone());
        }
        let channel = member.settings.channels.iter().find(|c| c.id == *channel);
        let channel =
            channel.ok_or_else(|| Problem::invalid("/channel_id", "unknown_channel", "no such channel"))?;
        let Some(phone) = head.phone.clone() else {
            return Err(Problem::refused("no_address", "The contact has no phone number for this channel."));
        };
        let identity = ContactChannel {
            id: ContactChannelId::derive(&channel.id, phone.digits()),
            channel_id: channel.id.clone(),
            source: channel.source,
            identity: phone.digits().to_owned(),
            aliases: Vec::new(),
            name: None,
            connected_at: now,
            last_inbound_at: None,
            last_inbound_ref: None,
            last_message_at: None,
            origin: None,
        };
        let context = WriteContext { actor: Actor::user(member.user.id.clone()), now };
        *head = member.store.connect_identity(head.id, identity.clone(), &[], &context).await?;
        Ok(head.channel(&identity.id).cloned().unwrap_or(identity))
    }

    async fn retry(&self, call: &Call, member: &Member, contact: ContactId) -> Result<Response, Problem> {
        let id: MessageId = call.id("message")?;
        let head = member.visible(contact).await?;
        let message = member.store.shown_message(&head, id).await?.ok_or_else(Problem::not_found)?;
        // A retry of a retry whose answer was lost: it may have ended between the message and its queue.
        let queued = matches!(message.send, Some(SendStep::Queued { .. }));
        if !queued && !message.may_retry() {
            return Err(Problem::conflict(
                "not_retryable",
                "This message did not fail, or would only fail again.",
            ));
        }
        let message = member.store.queue_again(&message, self.clock.now()).await?;
        let nudge = Nudge {
            workspace_id: member.workspace().id.clone(),
            contact_id: message.contact_id,
            contact_channel_id: message.contact_channel_id.clone(),
        };
        nudge.send(&*self.queue).await?;
        Ok(Response::json(
            StatusCode::ACCEPTED,
            &MessageAnswer { message: MessageView::of(contact, message) },
        ))
    }

    async fn react(&self, call: &Call, member: &Member, contact: ContactId) -> Result<Response, Problem> {
        let id: MessageId = call.id("message")?;
        let body: ReactionRequest = call.body()?;
        let head = member.visible(contact).await?;
        let message = member.store.shown_message(&head, id).await?.ok_or_else(Problem::not_found)?;
        let channel = member.settings.channels.iter().find(|c| c.id == message.channel_id);
        let channel = channel.ok_or_else(Problem::not_found)?;
        if body.emoji.chars().count() > 12 || body.emoji.chars().any(char::is_control) {
            return Err(Problem::invalid("/emoji", "invalid_value", "one emoji, or empty to take it back"));
        }
        let identity = head.channel(&message.contact_channel_id).ok_or_else(Problem::not_found)?;
        if !channel.source.window().is_open(identity.last_inbound_at, self.clock.now()) {
            return Err(Problem::refused("window_closed", "The messaging window is closed."));
        }
        let emoji = (!body.emoji.is_empty()).then_some(body.emoji);
        let message = self.reactions.react(&member.store, channel, identity, &message, emoji).await?;
        Ok(Response::json(
            StatusCode::ACCEPTED,
            &MessageAnswer { message: MessageView::of(contact, message) },
        ))
    }
}

/// A message as it waits to leave.
#[allow(clippy::too_many_arguments)] // what a message consists of
fn composed(
    contact: ContactId,
    route: &Way,
    checked: Checked,
    quoted: Option<QuotedMessage>,
    member: &Member,
    claim: &SendClaim,
    now: Millis,
    place: usize,
) -> Message {
    Message {
        id: MessageId::derive(now.seconds(), "send", &claim.key),
        contact_id: contact,
        conversation_id: None,
        contact_channel_id: route.identity.id.clone(),
        channel_id: route.channel.id.clone(),
        channel_message_id: None,
        traffic: Traffic::Outgoing,
        at: now,
        // The place orders the parts of one text.
        received_at: now.plus(i64::try_from(place).unwrap_or_default()),
        content: checked.shown,
        sender: Actor::user(member.user.id.clone()),
        reply_to: quoted,
        forwarded: false,
        referral: None,
        statuses: std::collections::BTreeMap::new(),
        send: Some(SendStep::Queued { due_at: now, attempts: 0 }),
        failure: None,
        reactions: Vec::new(),
        edited_at: None,
        revoked_at: None,
        pricing: None,
        outbound: Some(checked.content),
        version: 1,
    }
}

struct Way {
    identity: ContactChannel,
    channel: Channel,
}

/// What a content refers to, read once.
struct Loaded {
    file: Option<FileRef>,
    template: Option<Template>,
}

impl Loaded {
    async fn read(member: &Member, channel: &Channel, content: &OutboundContent) -> Result<Self, Problem> {
        let template = match content {
            OutboundContent::Template(send) => {
                let found = member.store.template(&channel.id, &send.name, &send.language).await?;
                Some(found.ok_or_else(|| {
                    Problem::invalid("/content/name", "unknown_template", "no such template on this channel")
                })?)
            }
            _ => None,
        };
        let file = match content {
            OutboundContent::Attachment { file_id, .. } => Some((file_id, "/content/file_id")),
            OutboundContent::Template(send) => match &send.parameters.header {
                Some(HeaderParameter::File { file_id }) => {
                    Some((file_id, "/content/parameters/header/file_id"))
                }
                _ => None,
            },
            _ => None,
        };
        let file = match file {
            Some((id, pointer)) => {
                let found = member.store.file(id).await?.and_then(|f| f.reference());
                Some(found.ok_or_else(|| {
                    Problem::invalid(pointer, "unknown_file", "no such file, or its upload is not complete")
                })?)
            }
            None => None,
        };
        Ok(Self { file, template })
    }

    fn check(
        &self,
        channel: &Channel,
        content: &OutboundContent,
        language: &str,
    ) -> Result<Checked, Problem> {
        let material = Material { file: self.file.as_ref(), template: self.template.as_ref(), language };
        check(channel.source, content, &material).map_err(refusal)
    }
}

fn refusal(refusal: Refusal) -> Problem {
    let mut problem = Problem::refused("content_refused", "The channel does not take this content.");
    let code = serde_json::to_value(refusal.code)
        .ok()
        .and_then(|c| c.as_str().map(str::to_owned))
        .unwrap_or_default();
    problem.errors.push(FieldProblem {
        pointer: format!("/content{}", refusal.pointer),
        code,
        detail: refusal.detail,
    });
    problem
}

async fn quoted(
    member: &Member,
    head: &Head,
    reply_to: Option<MessageId>,
) -> Result<Option<QuotedMessage>, Problem> {
    let Some(id) = reply_to else { return Ok(None) };
    let unknown = || Problem::invalid("/reply_to", "unknown_message", "no such message of this contact");
    let message = member.store.shown_message(head, id).await?.ok_or_else(unknown)?;
    let channel_message_id = message.channel_message_id.ok_or_else(unknown)?;
    Ok(Some(QuotedMessage { id: Some(id), channel_message_id, preview: Some(message.content.preview()) }))
}

fn idempotency_key(call: &Call) -> Result<String, Problem> {
    let key = call.header("idempotency-key").unwrap_or_default();
    let legal = (8..=100).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if legal {
        Ok(key.to_owned())
    } else {
        Err(Problem::invalid(
            "header:idempotency-key",
            "required",
            "8 to 100 visible ASCII characters, new for each message",
        ))
    }
}
