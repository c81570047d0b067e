//! A stored message and what became of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::failure::{Failure, FailureClass};
use crate::ids::{ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, UserId};
use crate::outbound::OutboundContent;
use crate::time::Millis;

/// Direction of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Traffic {
    Incoming,
    Outgoing,
}

/// Who or what caused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Source {
    Contact,
    User,
    Workflow,
    Broadcast,
    Bot,
    Api,
    Echo,
    Import,
    Merge,
    System,
}

/// The author of a message, comment or activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor {
    /// What kind of author.
    pub source: Source,
    /// The user, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl Actor {
    /// A teammate.
    pub fn user(id: UserId) -> Self {
        Self { source: Source::User, user_id: Some(id) }
    }

    /// Anything that is not a teammate.
    pub const fn source(source: Source) -> Self {
        Self { source, user_id: None }
    }
}

/// A value of a provider's status report.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum StatusValue {
    Sent,
    Delivered,
    Read,
    Failed,
}

impl StatusValue {
    /// The word of the API and of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

/// What the agent sees of an outgoing message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum MessageState {
    Pending,
    Sent,
    Delivered,
    Read,
    Failed,
    Ambiguous,
}

/// When each status was first reported: the state is a function of this set, so reports may come in any
/// order and any number of times.
pub type Statuses = BTreeMap<StatusValue, Millis>;

/// Where a send stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SendStep {
    /// Waits in the table for its turn.
    Queued {
        /// Not before.
        due_at: Millis,
        /// Sends that the provider saw and refused for now. Waiting for a limit does not count.
        attempts: u32,
    },
    /// Handed to the provider under a lease; after `until` nobody knows what became of it.
    Sending {
        /// End of the lease.
        until: Millis,
        /// Sends before this one.
        attempts: u32,
    },
    /// The provider took it.
    Accepted,
    /// It will not be sent.
    Failed,
    /// It may have been sent: only an agent, or the provider's echo, resolves this.
    Ambiguous,
}

impl SendStep {
    /// Whether something is still to be done: it waits for its turn, or somebody holds it.
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Sending { .. })
    }
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reaction {
    /// The contact's or ours.
    pub from: ReactionFrom,
    /// One emoji.
    pub emoji: String,
    /// When.
    pub at: Millis,
}

/// Whose reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ReactionFrom {
    Contact,
    Us,
}

/// The ad or post through which somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Referral {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// `ad` or `post`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
    /// The click, for reports to the advertiser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
    /// The catalogue product that was quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// What the provider says about a message's price. Shown, never billed by us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Pricing {
    pub billable: bool,
    pub category: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A message of a contact's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Message {
    /// Place in the timeline.
    pub id: MessageId,
    /// The contact under which it arrived or was sent.
    pub contact_id: ContactId,
    /// The session it belongs to, if one was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Identity on the channel.
    pub contact_channel_id: ContactChannelId,
    /// Channel.
    pub channel_id: ChannelId,
    /// The provider's id, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_message_id: Option<String>,
    /// Direction.
    pub traffic: Traffic,
    /// The provider's time for incoming ones, ours for outgoing ones.
    pub at: Millis,
    /// When we stored it.
    pub received_at: Millis,
    /// What it says.
    pub content: Content,
    /// Author.
    pub sender: Actor,
    /// The message it answers, when we have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<QuotedMessage>,
    /// Passed on from another chat.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    /// The ad or post it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// Reports of the provider; empty for incoming ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub statuses: Statuses,
    /// Where the send stands; none for incoming ones and echoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SendStep>,
    /// Why it failed or is unconfirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// At most one of each side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// When the author changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Millis>,
    /// When the author took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Millis>,
    /// What the provider says about its price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// What was asked to be sent: kept until it is accepted, so that a retry sends the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound: Option<OutboundContent>,
    /// Grows with each change of this message.
    #[serde(default)]
    pub version: u32,
}

/// A quoted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QuotedMessage {
    /// Its place in the timeline, when we have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// The provider's id of it.
    pub channel_message_id: String,
    /// One line of it, when we have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

impl Message {
    /// What the agent sees; `None` for incoming messages.
    ///
    /// A later report wins over an earlier one whatever their order of arrival; a failure after the message
    /// was seen to arrive is only noted.
    pub fn state(&self) -> Option<MessageState> {
        if self.traffic == Traffic::Incoming {
            return None;
        }
        let has = |value| self.statuses.contains_key(&value);
        Some(if has(StatusValue::Read) {
            MessageState::Read
        } else if has(StatusValue::Delivered) {
            MessageState::Delivered
        } else if has(StatusValue::Failed) || self.send == Some(SendStep::Failed) {
            MessageState::Failed
        } else if has(StatusValue::Sent) || matches!(self.send, None | Some(SendStep::Accepted)) {
            MessageState::Sent
        } else if self.send == Some(SendStep::Ambiguous) {
            MessageState::Ambiguous
        } else {
            MessageState::Pending
        })
    }

    /// Whether the agent may try again: it failed in a way that a retry can mend, or nobody knows.
    pub fn may_retry(&self) -> bool {
        match self.state() {
            Some(MessageState::Ambiguous) => true,
            Some(MessageState::Failed) => {
                self.outbound.is_some() && self.failure.as_ref().is_none_or(Failure::is_retryable)
            }
            _ => false,
        }
    }
}

/// Attempts that the provider refused for now, after which a send fails.
pub const MAX_ATTEMPTS: u32 = 6;

/// How long to wait before attempt number `attempts + 1`, in milliseconds; `jitter` is 0 to 999.
pub fn retry_delay(attempts: u32, jitter: u32) -> i64 {
    let base = 2_000_i64.saturating_mul(1 << attempts.min(8));
    base / 2 + base / 2 * i64::from(jitter.min(999)) / 1000
}

/// What follows from a failure at a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Try again after this many milliseconds, `attempts` counted.
    Again {
        /// Milliseconds.
        delay: i64,
        /// New count.
        attempts: u32,
    },
    /// Final.
    Fail,
    /// Unknown.
    Ambiguous,
}

/// Decides what follows from a failed attempt; `retry_after` is the provider's wish in milliseconds.
pub fn after_failure(
    class: FailureClass,
    attempts: u32,
    retry_after: Option<i64>,
    jitter: u32,
) -> AfterFailure {
    match class {
        FailureClass::Wait => AfterFailure::Again {
            delay: retry_after.unwrap_or_else(|| retry_delay(attempts + 1, jitter)),
            attempts,
        },
        FailureClass::Retry if attempts + 1 < MAX_ATTEMPTS => AfterFailure::Again {
            delay: retry_after.unwrap_or_else(|| retry_delay(attempts, jitter)),
            attempts: attempts + 1,
        },
        FailureClass::Ambiguous => AfterFailure::Ambiguous,
        _ => AfterFailure::Fail,
    }
}
