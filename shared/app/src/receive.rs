//! What people wrote becomes a message of a contact. Idempotent at every step: a record handled again, however far
//! the first run got, ends in the same state.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::activity::ActivityKind;
use colibri_domain::contact::{ContactChannel, Head, Profile};
use colibri_domain::content::{AttachmentState, Content};
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::inbound::{Identity, InboundEvent, InboundKind, InboundMessage};
use colibri_domain::message::{Actor, Message, QuotedMessage, Reaction, ReactionFrom, Source, StatusValue, Traffic};
use colibri_domain::phone::E164;
use colibri_domain::{ContactChannelId, ContactId, MessageId, Millis, OrganizationId, Seconds};
use colibri_store::{CreatedContact, Identify, NewContact, Put, Store, StoreError, StoreErrorKind, WorkspaceStore, WriteContext};

use crate::http::{Record, RecordError, RecordHandler};
use crate::media::MediaJob;
use crate::ports::{Clock, Metrics, Queue, QueueName};

/// Receives after which a change of an unknown message is let go: its message was never ours to know.
const GIVE_UP_AFTER: u32 = 3;

/// Files what people wrote.
#[allow(missing_docs)]
pub struct MessageReceive {
    pub store: Store,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<dyn Metrics>,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// A known person: his contact and his identity on the channel.
struct Person {
    contact: ContactId,
    identity: ContactChannelId,
}

#[async_trait]
impl RecordHandler for MessageReceive {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        let event: InboundEvent = serde_json::from_str(&record.body).map_err(|e| RecordError(format!("inbound event: {e}")))?;
        let store = self.store.workspace(&event.workspace_id);
        match &event.kind {
            InboundKind::Message(message) => self.message(&store, &event, message, &record, Source::Contact).await,
            InboundKind::Echo(message) => self.message(&store, &event, message, &record, Source::Echo).await,
            _ => {
                // Nothing else creates anything: of an unknown person it is ignored.
                let Some(person) = self.known(&store, &event).await? else { return Ok(()) };
                self.change(&store, &event, &person, &record).await
            }
        }
    }
}

impl MessageReceive {
    async fn message(&self, store: &WorkspaceStore, event: &InboundEvent, inbound: &InboundMessage, record: &Record, author: Source) -> Result<(), RecordError> {
        let Some(person) = self.person(store, event, author, &record.body).await? else {
            self.metrics.count("contact.refused_quota", 1);
            return Ok(());
        };
        let message = self.compose(store, event, inbound, &person, author).await?;
        let stored = match store.put_message(&message).await.map_err(failed)? {
            Put::New(stored) => {
                self.metrics.count("message.stored", 1);
                stored
            }
            Put::Duplicate(stored) => {
                self.metrics.count("message.duplicate", 1);
                stored
            }
        };
        self.fetch_media(event, inbound, &stored).await?;
        if author == Source::Echo {
            store.echo_on_head(person.contact, &stored).await.map_err(failed)?;
        } else {
            store.receive_on_head(person.contact, &stored, event.from.name.as_deref()).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn compose(&self, store: &WorkspaceStore, event: &InboundEvent, inbound: &InboundMessage, person: &Person, author: Source) -> Result<Message, RecordError> {
        let reply_to = match &inbound.reply_to {
            Some(target) => Some(quoted(store, person.contact, target).await?),
            None => None,
        };
        let outgoing = author == Source::Echo;
        let at = inbound.at.millis();
        Ok(Message {
            id: MessageId::derive(inbound.at, event.channel_id.as_str(), &inbound.provider_id),
            contact_id: person.contact,
            conversation_id: None,
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

    /// Asks for the bytes of an attachment that still waits for them; asking twice fetches once.
    async fn fetch_media(&self, event: &InboundEvent, inbound: &InboundMessage, stored: &Message) -> Result<(), RecordError> {
        let waiting = matches!(&stored.content, Content::Attachment(a) if a.state == AttachmentState::Fetching);
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

    /// The person of an event, created if need be; `None` where the quota is full: the event waits.
    async fn person(&self, store: &WorkspaceStore, event: &InboundEvent, author: Source, raw: &str) -> Result<Option<Person>, RecordError> {
        if let Some(person) = self.known(store, event).await? {
            return Ok(Some(person));
        }
        let settings = store.settings().await.map_err(failed)?.ok_or_else(|| RecordError("no such workspace".into()))?;
        let head = match self.create(store, event, &settings.workspace.organization_id, author).await {
            Ok(CreatedContact::New(head) | CreatedContact::Existing(head)) => head,
            Err(error) if error.kind == StoreErrorKind::Quota => {
                let id = hex::encode(&colibri_domain::ids::digest(&[raw])[..12]);
                store.put_waiting(&id, raw, self.clock.now()).await.map_err(failed)?;
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        self.on_channel(store, event, head).await.map(Some)
    }

    async fn create(&self, store: &WorkspaceStore, event: &InboundEvent, organization: &OrganizationId, author: Source) -> Result<CreatedContact, StoreError> {
        let now = self.clock.now();
        let phone = vouched_phone(&event.from);
        let mut head = Head::new(ContactId(0), now);
        head.first_name = event.from.name.clone().unwrap_or_default().trim().to_owned();
        head.phone.clone_from(&phone);
        head.channels.push(contact_channel(event, now));
        let profile = Profile {
            country: phone.as_ref().and_then(E164::country),
            language: None,
            fields: BTreeMap::new(),
            created_source: author,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        store.create_contact(organization, NewContact { head, profile, actor: Actor::source(author), now }).await
    }

    async fn known(&self, store: &WorkspaceStore, event: &InboundEvent) -> Result<Option<Person>, RecordError> {
        let forms = forms(&event.from);
        let phone = vouched_phone(&event.from);
        let who = Identify { channel: &event.channel_id, forms: &forms, phone: phone.as_ref() };
        let Some(contact) = store.find_contact(who).await.map_err(failed)? else { return Ok(None) };
        let Some(head) = store.head(contact).await.map_err(failed)? else { return Ok(None) };
        self.on_channel(store, event, head).await.map(Some)
    }

    /// The contact's identity on the event's channel: there already under any of its forms, or connected now.
    async fn on_channel(&self, store: &WorkspaceStore, event: &InboundEvent, head: Head) -> Result<Person, RecordError> {
        let forms = forms(&event.from);
        let same = |c: &&ContactChannel| {
            c.channel_id == event.channel_id && forms.iter().any(|form| *form == c.identity || c.aliases.contains(form))
        };
        let known = head.channels.iter().find(same).cloned();
        let complete = known.as_ref().is_some_and(|c| forms.iter().all(|form| *form == c.identity || c.aliases.contains(form)));
        let identity = match known {
            Some(known) if complete => return Ok(Person { contact: head.id, identity: known.id }),
            Some(known) => known,
            None => contact_channel(event, self.clock.now()),
        };
        let context = WriteContext { actor: Actor::source(Source::Contact), now: self.clock.now() };
        let id = identity.id.clone();
        match store.connect_identity(head.id, identity, &forms, &context).await {
            Ok(_) => {}
            // A further form belongs to another contact: this message still belongs where its own identity is.
            Err(error) if error.kind == StoreErrorKind::Conflict && head.channel(&id).is_some() => {}
            Err(error) => return Err(failed(error)),
        }
        Ok(Person { contact: head.id, identity: id })
    }

    async fn change(&self, store: &WorkspaceStore, event: &InboundEvent, person: &Person, record: &Record) -> Result<(), RecordError> {
        let contact = person.contact;
        let context = |at: Seconds| WriteContext { actor: Actor::source(Source::Contact), now: at.millis() };
        match &event.kind {
            InboundKind::Reaction { target, emoji, at, by_us } => {
                let Some(message) = store.message_by_provider_id(contact, target).await.map_err(failed)? else { return Ok(()) };
                let from = if *by_us { ReactionFrom::Us } else { ReactionFrom::Contact };
                let newer = message.reactions.iter().any(|r| r.from == from && r.at > at.millis());
                if !newer {
                    let reaction = emoji.clone().map(|emoji| Reaction { from, emoji, at: at.millis() });
                    store.set_reaction(contact, message.id, from, reaction).await.map_err(failed)?;
                }
            }
            InboundKind::Edit { target, content, at } => {
                let Some(message) = self.target(store, contact, target, record).await? else { return Ok(()) };
                let edited = store.change_message(contact, message.id, at.millis(), |m| edit(m, content, *at)).await.map_err(failed)?;
                if let Some(edited) = edited {
                    self.preview(store, &edited, context(*at)).await?;
                }
            }
            InboundKind::Revoke { target, at } => {
                let Some(message) = self.target(store, contact, target, record).await? else { return Ok(()) };
                let erased = store.change_message(contact, message.id, at.millis(), |m| erase(m, *at)).await.map_err(failed)?;
                if let Some(erased) = erased {
                    self.preview(store, &erased, context(*at)).await?;
                }
            }
            InboundKind::IdentityChanged { new, at } => {
                let renamed = InboundEvent { from: new.clone(), ..event.clone() };
                let identity = contact_channel(&renamed, at.millis());
                match store.connect_identity(contact, identity, &forms(new), &context(*at)).await {
                    Ok(_) => {}
                    // The new number is somebody else's contact already: a person decides about a merge.
                    Err(error) if error.kind == StoreErrorKind::Conflict => return Ok(()),
                    Err(error) => return Err(failed(error)),
                }
                let (old, new) = (event.from.id.clone(), new.id.clone());
                self.log(store, contact, context(*at), ActivityKind::IdentityChanged { old, new }).await?;
            }
            InboundKind::KeyChanged { at } => self.log(store, contact, context(*at), ActivityKind::KeyChanged).await?,
            InboundKind::MarketingPreference { stop, at } => {
                store.set_marketing(contact, &person.identity, *stop, &context(*at)).await.map_err(failed)?;
            }
            InboundKind::Message(_) | InboundKind::Echo(_) => {}
        }
        Ok(())
    }

    /// The message that a change is about. It may still be on its way: the record comes back a few times.
    async fn target(&self, store: &WorkspaceStore, contact: ContactId, provider_id: &str, record: &Record) -> Result<Option<Message>, RecordError> {
        let found = store.message_by_provider_id(contact, provider_id).await.map_err(failed)?;
        if found.is_none() && record.receive_count < GIVE_UP_AFTER {
            return Err(RecordError("the message that this changes is not here yet".into()));
        }
        Ok(found)
    }

    /// The list's line follows the newest message.
    async fn preview(&self, store: &WorkspaceStore, message: &Message, context: WriteContext) -> Result<(), RecordError> {
        let rule = |mut head: Head| {
            let mut events = Vec::new();
            if let Some(last) = head.last_message.as_mut().filter(|last| last.id == message.id) {
                let preview = if message.revoked_at.is_some() { String::new() } else { message.content.preview() };
                if last.preview != preview {
                    last.preview = preview;
                    events.push(EventKind::ContactRefreshed);
                }
            }
            Ok::<_, std::convert::Infallible>(Change { head, events, activities: Vec::new(), conversation: None })
        };
        store.change_head(message.contact_id, &context, rule).await.map(|_| ()).map_err(failed)
    }

    async fn log(&self, store: &WorkspaceStore, contact: ContactId, context: WriteContext, kind: ActivityKind) -> Result<(), RecordError> {
        let rule = |head: Head| {
            Ok::<_, std::convert::Infallible>(Change { head, events: vec![EventKind::ContactRefreshed], activities: vec![kind.clone()], conversation: None })
        };
        store.change_head(contact, &context, rule).await.map(|_| ()).map_err(failed)
    }
}

async fn quoted(store: &WorkspaceStore, contact: ContactId, provider_id: &str) -> Result<QuotedMessage, RecordError> {
    let known = store.message_by_provider_id(contact, provider_id).await.map_err(failed)?;
    Ok(QuotedMessage {
        id: known.as_ref().map(|m| m.id),
        channel_message_id: provider_id.to_owned(),
        preview: known.map(|m| m.content.preview()),
    })
}

fn edit(message: &mut Message, content: &Content, at: Seconds) -> bool {
    if message.revoked_at.is_some() || message.edited_at.is_some_and(|edited| edited >= at.millis()) {
        return false;
    }
    match (&mut message.content, content) {
        // An edit brings no bytes: only the words under them change.
        (Content::Attachment(old), Content::Attachment(new)) => old.caption.clone_from(&new.caption),
        (old, new) => old.clone_from(new),
    }
    message.edited_at = Some(at.millis());
    true
}

fn erase(message: &mut Message, at: Seconds) -> bool {
    if message.revoked_at.is_some() {
        return false;
    }
    message.content = Content::Text { text: String::new() };
    message.referral = None;
    message.revoked_at = Some(at.millis());
    true
}

/// Every form under which the provider knows a person, the one we send to first.
fn forms(from: &Identity) -> Vec<String> {
    let mut forms = vec![from.id.clone()];
    for alias in &from.aliases {
        if !forms.contains(alias) {
            forms.push(alias.clone());
        }
    }
    forms
}

fn vouched_phone(from: &Identity) -> Option<E164> {
    from.phone.as_deref().and_then(|digits| E164::from_digits(digits).ok())
}

fn contact_channel(event: &InboundEvent, now: Millis) -> ContactChannel {
    ContactChannel {
        id: ContactChannelId::derive(&event.channel_id, &event.from.id),
        channel_id: event.channel_id.clone(),
        source: event.source,
        identity: event.from.id.clone(),
        aliases: forms(&event.from).into_iter().skip(1).collect(),
        name: event.from.name.clone(),
        connected_at: now,
        last_inbound_at: None,
        last_inbound_ref: None,
        last_message_at: None,
    }
}
