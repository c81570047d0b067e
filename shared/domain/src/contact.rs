//! A contact: the slim head that lists and the receive path need, and the profile with everything else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::ChannelSource;
use crate::ids::{ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, UserId};
use crate::message::{MessageState, Source, Traffic};
use crate::phone::{E164, Email};
use crate::time::Millis;

/// An identity of a contact on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactChannel {
    /// Derived from channel and identity.
    pub id: ContactChannelId,
    /// Channel.
    pub channel_id: ChannelId,
    /// Its provider.
    pub source: ChannelSource,
    /// The provider's id of the person, in the form that the provider uses (sends go to exactly this).
    pub identity: String,
    /// Other forms of the same identity that the provider has shown (WhatsApp: number beside the scoped id).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Name on that channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// First seen.
    pub connected_at: Millis,
    /// The contact's last conversational message here, by the provider's time: opens the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_inbound_at: Option<Millis>,
    /// Provider's id of that message: the read receipt names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_inbound_ref: Option<String>,
    /// Last message either way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Millis>,
    /// The contact under which messages of this identity are kept; absent: the contact that the head names. A merge
    /// sets it, so that nothing has to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ContactId>,
}

/// A contact that was merged into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Absorbed {
    /// The secondary contact: its id finds the primary from then on.
    pub id: ContactId,
    /// When.
    pub at: Millis,
    /// What had been merged into it before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ContactId>,
}

/// The open conversation as the head knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenConversation {
    /// Its id.
    pub id: ConversationId,
    /// Since when.
    pub opened_at: Millis,
}

/// The newest message, as a list row shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LastMessage {
    /// Place in the timeline.
    pub id: MessageId,
    /// Its time.
    pub at: Millis,
    /// Direction.
    pub traffic: Traffic,
    /// [`crate::content::Content::kind`].
    pub kind: String,
    /// [`crate::content::Content::preview`].
    pub preview: String,
    /// Channel.
    pub channel_id: ChannelId,
    /// What is known of an outgoing one at the time of the last head update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<MessageState>,
}

/// Who set a contact's name: channels never overwrite a name that somebody else set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum NameSetBy {
    #[default]
    Channel,
    Person,
}

/// What a list row, the receive path and the send path need. At most 1 KB stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Head {
    /// Id.
    pub id: ContactId,
    /// First name; a profile name goes here whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// Last name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// Who set the name.
    #[serde(default)]
    pub name_set_by: NameSetBy,
    /// Number that this contact owns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<E164>,
    /// Address that this contact owns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Who answers. Survives closing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// The open conversation; at most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<OpenConversation>,
    /// Incoming messages since somebody replied or marked as read.
    #[serde(default)]
    pub unread: u32,
    /// The last conversational message is the contact's.
    #[serde(default)]
    pub unreplied: bool,
    /// Failed messages that nobody has looked at.
    #[serde(default)]
    pub failed: u32,
    /// Stored but silent.
    #[serde(default)]
    pub blocked: bool,
    /// Newest message by its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<LastMessage>,
    /// Identities.
    #[serde(default)]
    pub channels: Vec<ContactChannel>,
    /// Tag ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Id of the lifecycle stage that it has reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Contacts merged into this one, in the order in which it happened: the last is separated first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Absorbed>,
    /// When the contact was created.
    pub created_at: Millis,
    /// Orders this contact in lists: the newest message, else creation.
    pub sorted_at: Millis,
    /// Grows with each change of the head; kept beside it in the store.
    #[serde(default)]
    pub version: u64,
}

/// Everything else about a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Profile {
    /// Country (ISO 3166-1 alpha-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Language (ISO 639-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Custom fields by slug.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Creation path.
    pub created_source: Source,
    /// A phone that belongs to another contact: shown and searched, never used to route or send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_phone: Option<E164>,
    /// An e-mail that belongs to another contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_email: Option<Email>,
    /// Said "stop" to marketing on these contact channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marketing_opt_outs: Vec<ContactChannelId>,
}

impl Head {
    /// A contact that has just been created and has neither messages nor identities.
    pub fn new(id: ContactId, now: Millis) -> Self {
        Self {
            id,
            first_name: String::new(),
            last_name: String::new(),
            name_set_by: NameSetBy::Channel,
            phone: None,
            email: None,
            assignee: None,
            conversation: None,
            unread: 0,
            unreplied: false,
            failed: 0,
            blocked: false,
            last_message: None,
            channels: Vec::new(),
            tags: Vec::new(),
            stage: None,
            merged: Vec::new(),
            created_at: now,
            sorted_at: now,
            version: 0,
        }
    }

    /// The name people see; falls back to phone, e-mail, then an identity.
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        let name = name.trim();
        if !name.is_empty() {
            return name.to_owned();
        }
        self.phone
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| self.email.as_ref().map(|e| e.as_str().to_owned()))
            .or_else(|| self.channels.first().map(|c| c.name.clone().unwrap_or_else(|| c.identity.clone())))
            .unwrap_or_default()
    }

    /// An identity by its id.
    pub fn channel(&self, id: &ContactChannelId) -> Option<&ContactChannel> {
        self.channels.iter().find(|c| c.id == *id)
    }

    /// The contacts under which older parts of the history are kept, beside this one.
    pub fn origins(&self) -> impl Iterator<Item = ContactId> + '_ {
        self.merged.iter().flat_map(|one| std::iter::once(one.id).chain(one.others.iter().copied()))
    }

    /// The contact under which messages of an identity are kept.
    pub fn keeper(&self, id: &ContactChannelId) -> ContactId {
        self.channel(id).and_then(|channel| channel.origin).unwrap_or(self.id)
    }

    /// Takes a name from a channel, unless somebody else set one.
    pub fn take_channel_name(&mut self, name: &str) -> bool {
        let name = name.trim();
        if self.name_set_by == NameSetBy::Person || name.is_empty() || self.first_name == name {
            return false;
        }
        name.clone_into(&mut self.first_name);
        self.last_name.clear();
        true
    }
}
