//! Writes what people said as the product would have: message by message, in order.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex;

use colibri_domain::activity::Comment;
use colibri_domain::channel::ChannelSource;
use colibri_domain::contact::{ContactChannel, Head, Profile};
use colibri_domain::content::Content;
use colibri_domain::conversation::{self, ClosingNote};
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::{Actor, Message, SendStep, Source, StatusValue, Traffic};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::phone::E164;
use colibri_domain::{ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, Millis};
use colibri_store::{ContactEdit, CreatedContact, NewContact, Put, WorkspaceStore, WriteContext};

use crate::workspace::{bot_id, channel_id, instagram_id, organization, page_id, user};

type Failed = Box<dyn Error>;

/// What became of a message of ours.
#[derive(Clone, Copy)]
pub enum Fate {
    Read,
    /// On a channel that reports nothing more.
    Sent,
    Delivered,
    Failed,
    Unconfirmed,
}

/// Provider and id to name and last message.
type Reached = BTreeMap<(&'static str, String), (String, Millis)>;

/// Writes into the demo workspace.
pub struct Writer {
    pub store: WorkspaceStore,
    pub now: Millis,
    people: Mutex<BTreeMap<String, (String, Option<Millis>)>>,
    reached: Mutex<Reached>,
}

impl Writer {
    pub fn new(store: WorkspaceStore, now: Millis) -> Self {
        Self { store, now, people: Mutex::default(), reached: Mutex::default() }
    }

    /// Digits, name and last message of everybody.
    pub fn people(&self) -> Vec<(String, String, Option<Millis>)> {
        let people = self.people.lock().map(|p| p.clone()).unwrap_or_default();
        people.into_iter().map(|(digits, (name, last))| (digits, name, last)).collect()
    }

    /// Provider, id, name and last message of everybody who wrote to the page or the Instagram account.
    pub fn reached(&self) -> Vec<(&'static str, String, String, Millis)> {
        let reached = self.reached.lock().map(|all| all.clone()).unwrap_or_default();
        reached.into_iter().map(|((provider, id), (name, last))| (provider, id, name, last)).collect()
    }

    fn note_reached(&self, head: &Head, at: Millis) {
        let channel = &head.channels[0];
        let provider = match channel.source {
            ChannelSource::Facebook => "facebook",
            ChannelSource::Instagram => "instagram",
            _ => return,
        };
        if let Ok(mut reached) = self.reached.lock() {
            let of = (provider, channel.identity.clone());
            let entry = reached.entry(of).or_insert_with(|| (head.display_name(), at));
            entry.1 = entry.1.max(at);
        }
    }

    fn note(&self, digits: &str, name: &str, at: Option<Millis>) {
        if let Ok(mut people) = self.people.lock() {
            let entry = people.entry(digits.to_owned()).or_insert_with(|| (name.to_owned(), None));
            entry.1 = entry.1.max(at);
        }
    }

    /// A contact known by a number in no assigned range: `+593 90 000 0xxx`.
    pub async fn contact(&self, number: u32, name: &str, created: Millis) -> Result<Head, Failed> {
        let digits = format!("59390000{number:04}");
        let mut head = Head::new(ContactId(0), created);
        head.first_name = name.to_owned();
        head.phone = Some(E164::from_digits(&digits)?);
        head.channels.push(ContactChannel {
            id: ContactChannelId::derive(&channel_id(), &digits),
            channel_id: channel_id(),
            source: ChannelSource::WhatsappCloud,
            identity: digits.clone(),
            aliases: Vec::new(),
            name: Some(name.to_owned()),
            connected_at: created,
            last_inbound_at: None,
            last_inbound_ref: None,
            last_message_at: None,
            origin: None,
        });
        let profile = Profile {
            country: Some("EC".into()),
            language: None,
            fields: BTreeMap::new(),
            created_source: Source::Contact,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        let new = NewContact { head, profile, actor: Actor::source(Source::Contact), now: created };
        self.note(&digits, name, None);
        match self.store.create_contact(&organization(), new).await? {
            CreatedContact::New(head) | CreatedContact::Existing(head) => Ok(head),
        }
    }

    /// A contact who wrote to the bot, and shows no number.
    pub async fn stranger(&self, id: u64, name: &str, created: Millis) -> Result<Head, Failed> {
        self.met(on_telegram(id, name, created), name, created).await
    }

    /// A contact who wrote to the page.
    pub async fn on_page(&self, id: u64, name: &str, created: Millis) -> Result<Head, Failed> {
        let identity = identity(&page_id(), ChannelSource::Facebook, id, name, created);
        self.met(identity, name, created).await
    }

    /// A contact who wrote to the Instagram account.
    pub async fn on_instagram(&self, id: u64, name: &str, created: Millis) -> Result<Head, Failed> {
        let identity = identity(&instagram_id(), ChannelSource::Instagram, id, name, created);
        self.met(identity, name, created).await
    }

    /// A contact who is known by one identity only.
    async fn met(&self, identity: ContactChannel, name: &str, created: Millis) -> Result<Head, Failed> {
        let mut head = Head::new(ContactId(0), created);
        head.first_name = name.to_owned();
        head.channels.push(identity);
        let profile = Profile {
            country: None,
            language: Some("es".into()),
            fields: BTreeMap::new(),
            created_source: Source::Contact,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        let new = NewContact { head, profile, actor: Actor::source(Source::Contact), now: created };
        match self.store.create_contact(&organization(), new).await? {
            CreatedContact::New(head) | CreatedContact::Existing(head) => Ok(head),
        }
    }

    /// A known contact writes to the bot too: one thread over both channels.
    pub async fn also_on_telegram(&self, head: &Head, id: u64, at: Millis) -> Result<Head, Failed> {
        let identity = on_telegram(id, &head.display_name(), at);
        let context = WriteContext { actor: Actor::source(Source::Contact), now: at };
        let forms = [identity.identity.clone()];
        let mut head = self.store.connect_identity(head.id, identity, &forms, &context).await?;
        // What is written from here on comes over the newer one.
        head.channels.reverse();
        Ok(head)
    }

    fn message(head: &Head, at: Millis, content: Content, sender: Actor) -> Message {
        let channel = &head.channels[0];
        let key = format!("{}:{}:{}", head.id, at.0, content.kind());
        let incoming = sender.source == Source::Contact;
        Message {
            id: MessageId::derive(at.seconds(), channel.channel_id.as_str(), &key),
            contact_id: head.id,
            conversation_id: None,
            contact_channel_id: channel.id.clone(),
            channel_id: channel.channel_id.clone(),
            channel_message_id: Some(match channel.source {
                ChannelSource::Telegram => format!("{}:{}", channel.identity, at.seconds().0 % 1_000_000),
                ChannelSource::Facebook | ChannelSource::Instagram => format!("m_demo.{key}"),
                ChannelSource::Twilio => format!("SMdemo{}", at.0),
                _ => format!("wamid.demo.{key}"),
            }),
            traffic: if incoming { Traffic::Incoming } else { Traffic::Outgoing },
            at,
            received_at: at,
            content,
            sender,
            reply_to: None,
            forwarded: false,
            referral: None,
            statuses: BTreeMap::new(),
            send: None,
            failure: None,
            reactions: Vec::new(),
            edited_at: None,
            revoked_at: None,
            pricing: None,
            outbound: None,
            version: 1,
        }
    }

    /// The contact wrote.
    pub async fn says(
        &self,
        head: &Head,
        at: Millis,
        content: Content,
        shape: impl FnOnce(&mut Message),
    ) -> Result<Message, Failed> {
        let mut message = Self::message(head, at, content, Actor::source(Source::Contact));
        shape(&mut message);
        let (Put::New(message) | Put::Duplicate(message)) = self.store.put_message(&message).await?;
        self.store.receive_on_head(head.id, &message, None).await?;
        if let Some(phone) = &head.phone {
            self.note(phone.digits(), &head.display_name(), Some(at));
        }
        self.note_reached(head, at);
        Ok(message)
    }

    /// A person of the team answered.
    pub async fn answers(
        &self,
        head: &Head,
        at: Millis,
        by: &str,
        content: Content,
        fate: Fate,
    ) -> Result<Message, Failed> {
        let mut message = Self::message(head, at, content, Actor::user(user(by)));
        message.send = Some(SendStep::Accepted);
        let mut reported = |values: &[StatusValue]| {
            message.statuses = values.iter().zip(1..).map(|(value, n)| (*value, at.plus(n * 900))).collect();
        };
        match fate {
            Fate::Read => reported(&[StatusValue::Sent, StatusValue::Delivered, StatusValue::Read]),
            Fate::Sent => reported(&[StatusValue::Sent]),
            Fate::Delivered => reported(&[StatusValue::Sent, StatusValue::Delivered]),
            Fate::Failed => {
                message.send = Some(SendStep::Failed);
                message.failure = Some(Failure {
                    class: FailureClass::Final,
                    reason: FailureReason::Undeliverable,
                    code: Some("131026".into()),
                    provider_text: Some("Message undeliverable".into()),
                });
            }
            Fate::Unconfirmed => {
                message.send = Some(SendStep::Ambiguous);
                message.channel_message_id = None;
                message.failure = Some(Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed));
            }
        }
        if let (Fate::Failed | Fate::Unconfirmed, Content::Text { text }) = (fate, &message.content) {
            message.outbound = Some(OutboundContent::Text { text: text.clone(), preview_url: false });
        }
        let (Put::New(message) | Put::Duplicate(message)) = self.store.put_message(&message).await?;
        let writing = WriteContext { actor: message.sender.clone(), now: at };
        let id = ConversationId::opened_by(head.id, message.id);
        let failed = matches!(fate, Fate::Failed);
        self.store
            .change_head(head.id, &writing, |before| {
                let mut change = conversation::sent(before, &message, &id);
                change.head.failed += u32::from(failed);
                Ok::<_, std::convert::Infallible>(change)
            })
            .await?
            .map_err(|never| match never {})?;
        Ok(message)
    }

    pub async fn closes(&self, head: &Head, at: Millis, by: &str, category: &str) -> Result<(), Failed> {
        let actor = Actor::user(user(by));
        let context = WriteContext { actor: actor.clone(), now: at };
        let note = ClosingNote { category: Some(category.to_owned()), summary: None };
        self.store
            .change_head(head.id, &context, |before| {
                conversation::close(before, actor.clone(), note.clone(), at)
            })
            .await??;
        Ok(())
    }

    pub async fn assigns(&self, head: &Head, at: Millis, to: &str) -> Result<(), Failed> {
        let context = WriteContext { actor: Actor::user(user("alba")), now: at };
        let rule = |before| Ok::<_, std::convert::Infallible>(conversation::assign(before, Some(user(to))));
        self.store.change_head(head.id, &context, rule).await?.map_err(|never| match never {})?;
        Ok(())
    }

    pub async fn reads(&self, head: &Head, at: Millis) -> Result<(), Failed> {
        let context = WriteContext { actor: Actor::user(user("alba")), now: at };
        let rule = |before: Head| {
            let failed = before.failed;
            let mut change = conversation::mark_read(before);
            change.head.failed = failed;
            Ok::<_, std::convert::Infallible>(change)
        };
        self.store.change_head(head.id, &context, rule).await?.map_err(|never| match never {})?;
        Ok(())
    }

    pub async fn comments(&self, head: &Head, at: Millis, by: &str, text: String) -> Result<(), Failed> {
        let comment = Comment {
            id: MessageId::derive(at.seconds(), "comment", &text),
            contact_id: head.id,
            conversation_id: None,
            author: Actor::user(user(by)),
            mentions: colibri_domain::activity::mentions(&text),
            text,
            at,
        };
        Ok(self.store.put_comment(&comment).await?)
    }

    pub async fn describes(
        &self,
        head: &Head,
        at: Millis,
        tags: &[&str],
        fields: &[(&str, serde_json::Value)],
    ) -> Result<(), Failed> {
        let context = WriteContext { actor: Actor::user(user("carla")), now: at };
        let edit = ContactEdit {
            add_tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            stage: STAGE_OF
                .iter()
                .find(|(tag, _)| tags.contains(tag))
                .map(|(_, stage)| Some((*stage).to_owned())),
            fields: fields.iter().map(|(slug, value)| ((*slug).to_owned(), value.clone())).collect(),
            ..ContactEdit::default()
        };
        self.store.edit_contact(head.id, edit, &context).await?;
        Ok(())
    }

    /// Makes a contact findable.
    pub async fn index(&self, contact: u64) -> Result<(), Failed> {
        if let Some(head) = self.store.head(ContactId(contact)).await? {
            let words = self.store.index_contact(&head, &std::collections::BTreeSet::new()).await?;
            self.store.put_indexed(head.id, &words).await?;
        }
        Ok(())
    }
}

/// Where those with a tag stand on the way to a customer.
const STAGE_OF: [(&str, &str); 6] = [
    ("entrega", "st_cliente"),
    ("recompra", "st_cliente"),
    ("reclamo", "st_cliente"),
    ("pago", "st_cotizado"),
    ("mayorista", "st_cotizado"),
    ("caliente", "st_interesado"),
];

/// An identity at the demo's bot.
fn on_telegram(id: u64, name: &str, at: Millis) -> ContactChannel {
    identity(&bot_id(), ChannelSource::Telegram, id, name, at)
}

/// An identity at a channel that names people by numbers.
fn identity(channel: &ChannelId, source: ChannelSource, id: u64, name: &str, at: Millis) -> ContactChannel {
    let identity = id.to_string();
    ContactChannel {
        id: ContactChannelId::derive(channel, &identity),
        channel_id: channel.clone(),
        source,
        identity,
        aliases: Vec::new(),
        name: Some(name.to_owned()),
        connected_at: at,
        last_inbound_at: None,
        last_inbound_ref: None,
        last_message_at: None,
        origin: None,
    }
}
