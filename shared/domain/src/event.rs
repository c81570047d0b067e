//! Domain events: what the rest of the system learns about a committed change.

use serde::{Deserialize, Serialize};

use crate::activity::{Activity, Comment};
use crate::failure::Failure;
use crate::ids::{ChannelId, ContactId, ConversationId, EventId, MessageId, UserId, WorkspaceId};
use crate::message::{Actor, Message, StatusValue};
use crate::time::Millis;

/// What happened. The name on the bus is [`EventKind::name`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[allow(missing_docs, clippy::large_enum_variant)]
pub enum EventKind {
    #[serde(rename = "contact.created")]
    ContactCreated,
    #[serde(rename = "contact.updated")]
    ContactUpdated { changed: Vec<String> },
    #[serde(rename = "contact.tag_updated")]
    ContactTagUpdated { tag: String, added: bool },
    #[serde(rename = "contact.assignee_updated")]
    ContactAssigneeUpdated { old: Option<UserId>, new: Option<UserId> },
    #[serde(rename = "contact.blocked")]
    ContactBlocked,
    #[serde(rename = "contact.unblocked")]
    ContactUnblocked,
    #[serde(rename = "contact.subscription_changed")]
    ContactSubscriptionChanged { subscribed: bool },
    #[serde(rename = "contact.channel_connected")]
    ContactChannelConnected { channel_id: ChannelId, identity: String },
    /// Gone from lists, search and lookups; its data are kept for a while.
    #[serde(rename = "contact.deleted")]
    ContactDeleted,
    #[serde(rename = "contact.restored")]
    ContactRestored,
    /// Another contact became a part of this one.
    #[serde(rename = "contact.merged")]
    ContactMerged { secondary: ContactId },
    /// Another contact stands for itself again.
    #[serde(rename = "contact.unmerged")]
    ContactUnmerged { secondary: ContactId },
    /// Unread and failed counters, names and the like: for screens only, never for automation.
    #[serde(rename = "contact.refreshed")]
    ContactRefreshed,
    #[serde(rename = "conversation.opened")]
    ConversationOpened {
        conversation_id: ConversationId,
        #[serde(default)]
        message: Option<Message>,
    },
    #[serde(rename = "conversation.closed")]
    ConversationClosed { conversation_id: ConversationId, category: Option<String>, summary: Option<String> },
    #[serde(rename = "message.received")]
    MessageReceived { message: Message },
    #[serde(rename = "message.sent")]
    MessageSent { message: Message },
    #[serde(rename = "message.status")]
    MessageStatus {
        message_id: MessageId,
        value: StatusValue,
        #[serde(default)]
        failure: Option<Failure>,
        author: Actor,
    },
    /// Media arrived, reaction, edit, revocation, send progress: the message looks different now.
    #[serde(rename = "message.updated")]
    MessageUpdated { message_id: MessageId },
    #[serde(rename = "comment.created")]
    CommentCreated { comment: Comment },
    #[serde(rename = "activity.logged")]
    ActivityLogged { activity: Activity },
    #[serde(rename = "channel.connected")]
    ChannelConnected { channel_id: ChannelId },
    #[serde(rename = "channel.disconnected")]
    ChannelDisconnected { channel_id: ChannelId },
    #[serde(rename = "channel.error")]
    ChannelError { channel_id: ChannelId, reason: String },
    #[serde(rename = "template.status_changed")]
    TemplateStatusChanged { channel_id: ChannelId, name: String, language: String },
    #[serde(rename = "notification.created")]
    NotificationCreated { user_id: UserId, notification: serde_json::Value },
}

/// An event as an item carries it and the bus publishes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The same for every repetition of the same write; consumers are idempotent by it.
    pub id: EventId,
    /// Tenant.
    pub workspace_id: WorkspaceId,
    /// About whom, if about a contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// When.
    pub at: Millis,
    /// By whom.
    pub actor: Actor,
    /// The contact's version after the change; 0 where no head changed. Set by the publisher from the item.
    #[serde(default)]
    pub version: u64,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

impl EventKind {
    /// Its name on the bus.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ContactCreated => "contact.created",
            Self::ContactUpdated { .. } => "contact.updated",
            Self::ContactTagUpdated { .. } => "contact.tag_updated",
            Self::ContactAssigneeUpdated { .. } => "contact.assignee_updated",
            Self::ContactBlocked => "contact.blocked",
            Self::ContactUnblocked => "contact.unblocked",
            Self::ContactSubscriptionChanged { .. } => "contact.subscription_changed",
            Self::ContactChannelConnected { .. } => "contact.channel_connected",
            Self::ContactDeleted => "contact.deleted",
            Self::ContactRestored => "contact.restored",
            Self::ContactMerged { .. } => "contact.merged",
            Self::ContactUnmerged { .. } => "contact.unmerged",
            Self::ContactRefreshed => "contact.refreshed",
            Self::ConversationOpened { .. } => "conversation.opened",
            Self::ConversationClosed { .. } => "conversation.closed",
            Self::MessageReceived { .. } => "message.received",
            Self::MessageSent { .. } => "message.sent",
            Self::MessageStatus { .. } => "message.status",
            Self::MessageUpdated { .. } => "message.updated",
            Self::CommentCreated { .. } => "comment.created",
            Self::ActivityLogged { .. } => "activity.logged",
            Self::ChannelConnected { .. } => "channel.connected",
            Self::ChannelDisconnected { .. } => "channel.disconnected",
            Self::ChannelError { .. } => "channel.error",
            Self::TemplateStatusChanged { .. } => "template.status_changed",
            Self::NotificationCreated { .. } => "notification.created",
        }
    }

    /// Whether this only refreshes screens: pushed to sockets, never put on the bus.
    pub const fn is_screen_only(&self) -> bool {
        matches!(
            self,
            Self::ContactRefreshed
                | Self::MessageUpdated { .. }
                | Self::ActivityLogged { .. }
                | Self::NotificationCreated { .. }
        )
    }
}
