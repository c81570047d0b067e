//! What people wrote becomes a message of a contact. Idempotent at every step: a record handled again, however far
//! the first run got, ends in the same state.

mod change;
mod introduce;
mod person;

pub(crate) use change::join;
pub(crate) use person::{forms, vouched_phone};

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::contact::{ContactChannel, Head};
use colibri_domain::content::{AttachmentState, Content};
use colibri_domain::inbound::{InboundEvent, InboundKind, InboundMessage};
use colibri_domain::message::{Actor, Message, QuotedMessage, Source, StatusValue, Traffic};
use colibri_domain::planted::{Planted, planted};
use colibri_domain::{ContactId, ConversationId, MessageId};
use colibri_store::{Files, Put, Store, WorkspaceStore};
use serde::{Deserialize, Serialize};

use self::person::Person;
use crate::http::{Record, RecordError, RecordHandler, unreadable};
use crate::media::{MediaJob, ProfileJob};
use crate::ports::{Clock, Metrics, Queue, QueueName};

/// Files what people wrote.
#[allow(missing_docs)]
pub struct MessageReceive {
    pub store: Store,
    /// Events that are too large for a queue.
    pub files: Files,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<dyn Metrics>,
}

/// How long after the first message a nameless person is asked about, in milliseconds: whoever forbids it is not asked
/// about for ever.
const ASK_MILLIS: i64 = 60 * 60 * 1000;

/// Stands on the queue for an event that is larger than a queue takes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredEvent {
    stored: String,
}

/// The body of a queue message whose event is kept under a name.
pub(crate) fn stored_reference(name: &str) -> String {
    serde_json::to_string(&StoredEvent { stored: name.to_owned() }).unwrap_or_default()
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl RecordHandler for MessageReceive {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        let event = self.event(&record.body).await?;
        let store = self.store.workspace(&event.workspace_id);
        match &event.kind {
            InboundKind::Message(message) => self.message(&store, &event, message, Source::Contact).await,
            InboundKind::Echo(message) => self.message(&store, &event, message, Source::Echo).await,
            InboundKind::Introduced(introduction) => self.introduce(&store, &event, introduction).await,
            _ => match self.known(&store, &event).await? {
                Some(person) => self.change(&store, &event, person).await,
                // Nothing else creates anything; the person's first message may still be on its way.
                None => self.park(&event).await,
            },
        }
    }
}

impl MessageReceive {
    async fn event(&self, body: &str) -> Result<InboundEvent, RecordError> {
        if let Ok(StoredEvent { stored }) = serde_json::from_str(body) {
            let bytes = self.files.read_raw(&stored).await.map_err(failed)?;
            return serde_json::from_slice(&bytes).map_err(|e| unreadable("inbound event", &e));
        }
        serde_json::from_str(body).map_err(|e| unreadable("inbound event", &e))
    }

    async fn message(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        inbound: &InboundMessage,
        author: Source,
    ) -> Result<(), RecordError> {
        let Some(person) = self.person(store, event, author).await? else {
            return Ok(());
        };
        // Where the identity's messages are kept: a merge moves no message, so a redelivery meets the one it repeats.
        let contact = person.head.keeper(&person.identity);
        if author == Source::Echo && self.is_known(store, contact, inbound).await? {
            return Ok(());
        }
        let mut message = compose(store, event, inbound, &person, author).await?;
        if inbound.undated
            && let Some(known) =
                store.message_by_provider_id(contact, &inbound.provider_id).await.map_err(failed)?
        {
            // A repetition has another time and so another place: it is the first one's.
            message.id = known.id;
        }
        let newest = person.head.last_message.as_ref().map(|last| last.at);
        if planted(Planted::LateDropped) && newest.is_some_and(|newest| message.at < newest) {
            return Ok(());
        }
        let (stored, new) = match store.put_message(&message).await.map_err(failed)? {
            Put::New(stored) => (stored, true),
            Put::Duplicate(stored) => (stored, false),
        };
        self.metrics.count(if new { "message.stored" } else { "message.duplicate" }, 1);
        if new {
            self.metrics.worst("ingest.lag", self.clock.now().since(inbound.at.millis()));
        }
        if !new && planted(Planted::HeadLostInCrash) {
            return Ok(());
        }
        let name = event.from.name.as_deref();
        let head = match (author, new) {
            (Source::Echo, _) => store.echo_on_head(contact, &stored).await,
            (_, true) => store.receive_new_on_head(contact, &stored, name, person.seen.clone()).await,
            (_, false) => store.receive_on_head(contact, &stored, name).await,
        };
        let head = head.map_err(failed)?;
        if new {
            self.settle_conversation(store, &head, &stored).await?;
        }
        self.ask_who(event, &head, &person).await?;
        self.fetch_media(event, inbound, &stored).await
    }

    /// Whether a message that somebody wrote in the provider's app is one of ours that came back.
    async fn is_known(
        &self,
        store: &WorkspaceStore,
        contact: ContactId,
        inbound: &InboundMessage,
    ) -> Result<bool, RecordError> {
        let known = store.message_by_provider_id(contact, &inbound.provider_id).await.map_err(failed)?;
        Ok(known.is_some_and(|message| message.sender.source != Source::Echo))
    }

    /// Asks the provider who writes, where the delivery does not say it and nobody knows yet.
    async fn ask_who(&self, event: &InboundEvent, head: &Head, person: &Person) -> Result<(), RecordError> {
        let unknown = |identity: &ContactChannel| {
            let since = self.clock.now().since(identity.connected_at);
            identity.name.is_none() && since < ASK_MILLIS
        };
        let asked = event.from.name.is_none() && colibri_channels::profile::is_asked(event.source);
        if !asked || !head.channel(&person.identity).is_some_and(unknown) {
            return Ok(());
        }
        let job = ProfileJob {
            workspace_id: event.workspace_id.clone(),
            contact_id: head.id,
            channel_id: event.channel_id.clone(),
            profile_of: event.from.id.clone(),
        };
        self.queue.send(QueueName::Media, vec![job.message()]).await.map_err(failed)
    }

    /// Somebody opened or closed between our reading of the head and our write of it: the message belongs to the
    /// conversation that is open now.
    async fn settle_conversation(
        &self,
        store: &WorkspaceStore,
        head: &Head,
        stored: &Message,
    ) -> Result<(), RecordError> {
        let open = head.conversation.as_ref().map(|c| c.id.clone());
        if open.is_none() || open == stored.conversation_id {
            return Ok(());
        }
        let rule = |message: &mut Message| {
            let changed = message.conversation_id != open;
            message.conversation_id.clone_from(&open);
            changed
        };
        store
            .change_message(stored.contact_id, stored.id, self.clock.now(), rule)
            .await
            .map(|_| ())
            .map_err(failed)
    }

    /// Asks for the bytes of an attachment that still waits for them; asking twice fetches once.
    async fn fetch_media(
        &self,
        event: &InboundEvent,
        inbound: &InboundMessage,
        stored: &Message,
    ) -> Result<(), RecordError> {
        let waiting =
            matches!(&stored.content, Content::Attachment(a) if a.state == AttachmentState::Fetching);
        let (true, Some(media)) = (waiting, &inbound.media) else { return Ok(()) };
        let job = MediaJob {
            workspace_id: event.workspace_id.clone(),
            contact_id: stored.contact_id,
            message_id: stored.id,
            channel_id: event.channel_id.clone(),
            media: media.clone(),
        };
        self.queue.send(QueueName::Media, vec![job.message()]).await.map_err(failed)
    }
}

async fn compose(
    store: &WorkspaceStore,
    event: &InboundEvent,
    inbound: &InboundMessage,
    person: &Person,
    author: Source,
) -> Result<Message, RecordError> {
    let contact = person.head.keeper(&person.identity);
    let reply_to = match &inbound.reply_to {
        Some(target) => Some(quoted(store, contact, target).await?),
        None => None,
    };
    let outgoing = author == Source::Echo;
    let at = inbound.at.millis();
    let id = MessageId::derive(inbound.at, event.channel_id.as_str(), &inbound.provider_id);
    // What opens and what does not is the head's affair; this names the conversation that it will come to.
    let open = person.head.conversation.as_ref().map(|c| c.id.clone());
    let opens = !outgoing && !person.head.blocked;
    Ok(Message {
        id,
        contact_id: contact,
        conversation_id: open.or_else(|| opens.then(|| ConversationId::opened_by(person.head.id, id))),
        contact_channel_id: person.identity.clone(),
        channel_id: event.channel_id.clone(),
        channel_message_id: Some(inbound.provider_id.clone()),
        traffic: if outgoing { Traffic::Outgoing } else { Traffic::Incoming },
        at,
        // The place within the POST orders messages of one second.
        received_at: event.received_at.plus(i64::from(event.place)),
        content: inbound.content.clone(),
        sender: Actor::source(author),
        reply_to,
        forwarded: inbound.forwarded,
        referral: inbound.referral.clone(),
        statuses: if outgoing { BTreeMap::from([(StatusValue::Sent, at)]) } else { BTreeMap::new() },
        send: None,
        failure: None,
        reactions: Vec::new(),
        edited_at: None,
        revoked_at: None,
        pricing: None,
        outbound: None,
        version: 1,
    })
}

async fn quoted(
    store: &WorkspaceStore,
    contact: ContactId,
    provider_id: &str,
) -> Result<QuotedMessage, RecordError> {
    let known = store.message_by_provider_id(contact, provider_id).await.map_err(failed)?;
    Ok(QuotedMessage {
        id: known.as_ref().map(|m| m.id),
        channel_message_id: provider_id.to_owned(),
        preview: known.map(|m| m.content.preview()),
    })
}
