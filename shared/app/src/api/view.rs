//! What the API shows of contacts and messages.

use colibri_domain::activity::{Activity, Comment};
use colibri_domain::contact::{ContactChannel, Head, LastMessage, Profile};
use colibri_domain::failure::Failure;
use colibri_domain::message::{Message, MessageState, Reaction, Referral, StatusValue};
use colibri_domain::{
    ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, Millis, UserId, content::Content,
    message::Actor, message::Pricing, message::QuotedMessage, message::Traffic,
};
use serde::Serialize;

/// A contact as lists, the conversation's header and the realtime frames show it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ContactHead {
    pub id: ContactId,
    /// Never empty: falls back to phone, e-mail or identity.
    pub name: String,
    pub first_name: String,
    pub last_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Null: nobody.
    pub assignee: Option<UserId>,
    /// Null: closed.
    pub conversation: Option<ConversationRef>,
    pub status: ContactStatus,
    pub unread: u32,
    pub unreplied: bool,
    pub failed: u32,
    pub blocked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<LastMessage>,
    pub channels: Vec<ContactChannelView>,
    pub tags: Vec<String>,
    /// Id of the lifecycle stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Contacts merged into this one, the last one last: only that one can be separated.
    pub merged: Vec<ContactId>,
    pub created_at: Millis,
    /// Orders lists.
    pub sorted_at: Millis,
    /// A held value with a larger version is newer.
    pub version: u64,
}

/// An open conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ConversationRef {
    pub id: ConversationId,
    pub opened_at: Millis,
}

/// Whether a conversation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ContactStatus {
    Open,
    Closed,
}

/// An identity with its window.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactChannelView {
    /// The identity.
    #[serde(flatten)]
    pub channel: ContactChannel,
    /// When free-form messages end; absent where there is no window or it never opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_closes_at: Option<Millis>,
}

impl From<Head> for ContactHead {
    fn from(head: Head) -> Self {
        let name = head.display_name();
        let status = if head.conversation.is_some() { ContactStatus::Open } else { ContactStatus::Closed };
        let channels = head
            .channels
            .into_iter()
            .map(|channel| ContactChannelView {
                window_closes_at: channel.source.window().closes_at(channel.last_inbound_at),
                channel,
            })
            .collect();
        Self {
            id: head.id,
            name,
            first_name: head.first_name,
            last_name: head.last_name,
            phone: head.phone.map(|p| p.as_str().to_owned()),
            email: head.email.map(|e| e.as_str().to_owned()),
            assignee: head.assignee,
            conversation: head.conversation.map(|c| ConversationRef { id: c.id, opened_at: c.opened_at }),
            status,
            unread: head.unread,
            unreplied: head.unreplied,
            failed: head.failed,
            blocked: head.blocked,
            last_message: head.last_message,
            channels,
            tags: head.tags,
            stage: head.stage,
            merged: head.merged.into_iter().map(|one| one.id).collect(),
            created_at: head.created_at,
            sorted_at: head.sorted_at,
            version: head.version,
        }
    }
}

/// A report of the provider.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct StatusView {
    pub value: StatusValue,
    pub at: Millis,
}

/// A failure with whether a retry makes sense.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FailureView {
    /// Why.
    #[serde(flatten)]
    pub failure: Failure,
    /// Show "retry".
    pub retryable: bool,
}

/// A message.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MessageView {
    pub id: MessageId,
    pub contact_id: ContactId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    pub contact_channel_id: ContactChannelId,
    pub channel_id: ChannelId,
    pub traffic: Traffic,
    pub at: Millis,
    pub received_at: Millis,
    pub content: Content,
    pub sender: Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<QuotedMessage>,
    pub forwarded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// Absent for incoming ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MessageState>,
    pub statuses: Vec<StatusView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureView>,
    pub reactions: Vec<Reaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    pub version: u32,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        let retryable = message.may_retry();
        Self {
            state: message.state(),
            statuses: message
                .statuses
                .iter()
                .map(|(value, at)| StatusView { value: *value, at: *at })
                .collect(),
            failure: message.failure.map(|failure| FailureView { failure, retryable }),
            id: message.id,
            contact_id: message.contact_id,
            conversation_id: message.conversation_id,
            contact_channel_id: message.contact_channel_id,
            channel_id: message.channel_id,
            traffic: message.traffic,
            at: message.at,
            received_at: message.received_at,
            content: message.content,
            sender: message.sender,
            reply_to: message.reply_to,
            forwarded: message.forwarded,
            referral: message.referral,
            reactions: message.reactions,
            edited_at: message.edited_at,
            revoked_at: message.revoked_at,
            pricing: message.pricing,
            version: message.version,
        }
    }
}

/// One entry of the timeline.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(tag = "item", rename_all = "snake_case")]
#[allow(missing_docs, clippy::large_enum_variant)]
pub enum TimelineItem {
    Message(MessageView),
    Comment(Comment),
    Activity(Activity),
}

impl MessageView {
    /// A message as the contact shows it, whatever it is kept under.
    pub fn of(contact: ContactId, message: Message) -> Self {
        Self { contact_id: contact, ..Self::from(message) }
    }
}

impl TimelineItem {
    /// An entry as the contact shows it, whatever it is kept under.
    pub fn of(contact: ContactId, entry: colibri_store::Entry) -> Self {
        Self::from(entry).under(contact)
    }

    /// The same entry as a contact shows it.
    #[must_use]
    pub fn under(self, contact: ContactId) -> Self {
        match self {
            Self::Message(message) => Self::Message(MessageView { contact_id: contact, ..message }),
            Self::Comment(comment) => Self::Comment(Comment { contact_id: contact, ..comment }),
            Self::Activity(activity) => Self::Activity(Activity { contact_id: contact, ..activity }),
        }
    }
}

impl From<colibri_store::Entry> for TimelineItem {
    fn from(entry: colibri_store::Entry) -> Self {
        match entry {
            colibri_store::Entry::Message(message) => Self::Message(message.into()),
            colibri_store::Entry::Comment(comment) => Self::Comment(comment),
            colibri_store::Entry::Activity(activity) => Self::Activity(activity),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// Rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A contact's head by itself, the answer of most changes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HeadAnswer {
    /// The contact afterwards.
    pub head: ContactHead,
}

/// A contact's profile.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactDetail {
    /// Head.
    pub head: ContactHead,
    /// Everything else.
    pub profile: Profile,
}

/// A page of the conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TimelinePage {
    /// The contact.
    pub head: ContactHead,
    /// Only with the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Newest first.
    pub items: Vec<TimelineItem>,
    /// Where the older page begins; absent at the beginning of the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
