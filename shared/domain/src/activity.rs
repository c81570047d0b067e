//! The contact's log: what happened, by whom, when. Also shown between the messages.

use serde::{Deserialize, Serialize};

use crate::ids::{ContactId, ConversationId, MessageId, UserId};
use crate::message::Actor;
use crate::time::Millis;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ActivityKind {
    ContactCreated,
    ConversationOpened {
        conversation_id: ConversationId,
    },
    ConversationClosed {
        conversation_id: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
    },
    Assigned {
        assignee: UserId,
        /// He became assignee by being the first to reply.
        #[serde(default)]
        by_reply: bool,
    },
    Unassigned {
        previous: UserId,
    },
    FieldUpdated {
        field: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    TagAdded {
        tag: String,
    },
    TagRemoved {
        tag: String,
    },
    Blocked,
    Unblocked,
    ChannelConnected {
        channel: String,
        identity: String,
    },
    IdentityChanged {
        old: String,
        new: String,
    },
    KeyChanged,
    MarketingStopped,
    MarketingResumed,
    /// Another contact became a part of this one.
    Merged {
        secondary: ContactId,
        name: String,
    },
    /// A contact that was merged into this one stands for itself again; on its own log, `other` is where it came from.
    Unmerged {
        other: ContactId,
        name: String,
    },
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Activity {
    /// Place in the timeline.
    pub id: MessageId,
    /// Whose log.
    pub contact_id: ContactId,
    /// What happened.
    #[serde(flatten)]
    pub kind: ActivityKind,
    /// By whom.
    pub actor: Actor,
    /// When.
    pub at: Millis,
}

/// An internal comment: never delivered to the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Comment {
    /// Place in the timeline.
    pub id: MessageId,
    /// On whom.
    pub contact_id: ContactId,
    /// Session in which it was written, if one was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// By whom.
    pub author: Actor,
    /// At most 1,000 characters; a mention is `{{@user.<id>}}`.
    pub text: String,
    /// Users it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// When.
    pub at: Millis,
}

/// Longest comment in characters.
pub const COMMENT_CHARS: usize = 1000;

/// Users mentioned in a comment, each once.
pub fn mentions(text: &str) -> Vec<UserId> {
    let mut found: Vec<UserId> = Vec::new();
    for part in text.split("{{@user.").skip(1) {
        let id = part.split_once("}}").and_then(|(id, _)| id.parse().ok());
        if let Some(id) = id.filter(|id| !found.contains(id)) {
            found.push(id);
        }
    }
    found
}
