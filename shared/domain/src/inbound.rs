//! What providers tell us, after an adapter has read it: the seam between channels and the rest.

use serde::{Deserialize, Serialize};

use crate::channel::{ChannelSource, Quality};
use crate::content::{Content, Media};
use crate::failure::Failure;
use crate::ids::{ChannelId, WorkspaceId};
use crate::message::{Pricing, Referral, StatusValue};
use crate::template::TemplateStatus;
use crate::time::{Millis, Seconds};

/// The person at the other end, as the provider names him.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// The form that we file him under and send to.
    pub id: String,
    /// Other forms that must find the same contact: number variants, the number beside a scoped id, a parent id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Phone that the provider vouches for, digits or +digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail address that the provider vouches for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name on the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Handle on the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Language of the person's app, ISO 639-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Media that must still be fetched from the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteMedia {
    /// Kind.
    pub media: Media,
    /// The provider's id.
    pub provider_id: String,
    /// A direct link, where one is given; it may need the channel's token and die within minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Claimed type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Base64 SHA-256 of the bytes, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A message as a provider delivered it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The provider's id, unique per channel: the key of de-duplication.
    pub provider_id: String,
    /// The provider's time.
    pub at: Seconds,
    /// The provider gave no time: `at` is ours, and differs in a repetition.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undated: bool,
    /// What it says; an attachment is in state `fetching` and comes with `media`.
    pub content: Content,
    /// Bytes to fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<RemoteMedia>,
    /// Provider's id of the message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Passed on from another chat.
    #[serde(default)]
    pub forwarded: bool,
    /// The ad, post or product it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// The event as delivered, for what we could not map. At most 64 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// What somebody typed about himself. Nobody vouches for it: it is shown and searched, and never finds or becomes
/// another contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Introduction {
    /// As typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// As typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// ISO 639-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When.
    pub at: Seconds,
}

/// One event of a delivery about one person. Only `Message` and `Introduced` (and `Echo`, for history) may create
/// anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum InboundKind {
    /// The contact wrote: creates, opens, marks unread.
    Message(InboundMessage),
    /// We wrote, in the provider's own app: kept as outgoing.
    Echo(InboundMessage),
    /// A reaction; no emoji takes it back.
    Reaction {
        /// Provider's id of the message reacted to.
        target: String,
        /// One emoji.
        emoji: Option<String>,
        /// When.
        at: Seconds,
        /// The business did it in the provider's app.
        by_us: bool,
    },
    /// The author changed a message.
    Edit {
        /// Provider's id of the message.
        target: String,
        /// What it says now.
        content: Content,
        /// When.
        at: Seconds,
    },
    /// The author took a message back: its content is erased.
    Revoke {
        /// Provider's id of the message.
        target: String,
        /// When.
        at: Seconds,
    },
    /// The person is now reached under another identity.
    IdentityChanged {
        /// The new one.
        new: Identity,
        /// When.
        at: Seconds,
    },
    /// The person's security code changed: noted in the activity.
    KeyChanged {
        /// When.
        at: Seconds,
    },
    /// Said who he is, without writing: creates the contact, opens nothing.
    Introduced(Introduction),
    /// Says yes or no to marketing.
    MarketingPreference {
        /// No more marketing.
        stop: bool,
        /// When.
        at: Seconds,
    },
}

/// What the queue `inbound` carries: one event of one person on one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundEvent {
    /// Tenant.
    pub workspace_id: WorkspaceId,
    /// Channel.
    pub channel_id: ChannelId,
    /// Its provider.
    pub source: ChannelSource,
    /// The person.
    pub from: Identity,
    /// What happened.
    #[serde(flatten)]
    pub kind: InboundKind,
    /// When the webhook took it.
    pub received_at: Millis,
    /// Place within its POST, from 0: order within one second.
    #[serde(default)]
    pub place: u32,
}

/// A provider's report about one of our messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// Provider's id of the message.
    pub provider_id: String,
    /// Our reference, where the provider returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What is reported.
    pub value: StatusValue,
    /// When, by the provider.
    pub at: Seconds,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The recipient, as the provider names him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// What the provider says about the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
}

/// The id of a part of a message which the provider sends as one and we keep as several; the first has the message's.
pub fn part_id(message: &str, place: usize) -> String {
    if place == 0 { message.to_owned() } else { format!("{message}#{place}") }
}

/// A provider's report about all our messages to somebody up to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The person, as the provider names him.
    pub recipient: String,
    /// What is reported.
    pub value: StatusValue,
    /// The last message it is about.
    pub up_to: UpTo,
    /// When, by the provider.
    pub at: Seconds,
}

/// How a provider names the last message of a report about several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum UpTo {
    /// All that it took until then.
    Time {
        /// By the provider's clock.
        at: Millis,
    },
    /// This one and all before it.
    Message {
        /// The provider's id.
        provider_id: String,
    },
}

/// News about an account rather than a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum ChannelNotice {
    /// A template was approved, rejected, paused…
    TemplateStatus {
        /// Name.
        name: String,
        /// Language code.
        language: String,
        /// New status.
        status: TemplateStatus,
        /// The provider's reason.
        reason: Option<String>,
    },
    /// A template's quality or category changed, or its text: read it again.
    TemplateChanged {
        /// Name.
        name: String,
        /// Language code.
        language: String,
    },
    /// A number's quality, tier or throughput changed.
    Quality {
        /// Opinion, if told.
        quality: Option<Quality>,
        /// Messages per second, if told.
        throughput: Option<u32>,
        /// Unique people per 24 h, if told.
        messaging_limit: Option<u32>,
    },
    /// The account was banned, restricted, or left us.
    Account {
        /// The provider's event word.
        event: String,
        /// Our channel no longer works.
        fatal: bool,
    },
    /// Anything else that was authentic: counted and kept.
    Other {
        /// The provider's field.
        field: String,
    },
}

/// What the queue `status` carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum StatusJob {
    /// A report about a message.
    Status {
        /// Tenant.
        workspace_id: WorkspaceId,
        /// Channel.
        channel_id: ChannelId,
        /// The report.
        report: StatusReport,
        /// How often it has met no message yet; parked again up to 5 minutes.
        #[serde(default)]
        parked: u32,
    },
    /// A report about all messages up to one.
    Watermark {
        /// Tenant.
        workspace_id: WorkspaceId,
        /// Channel.
        channel_id: ChannelId,
        /// The report.
        watermark: Watermark,
        /// How often it came while a message was still on its way out.
        #[serde(default)]
        parked: u32,
    },
    /// A reaction, an edit or a revocation that came before its message.
    Change {
        /// What the person did.
        event: Box<InboundEvent>,
        /// How often it has met no message yet, as for reports.
        parked: u32,
    },
    /// News about the account.
    Notice {
        /// Tenant.
        workspace_id: WorkspaceId,
        /// Channel.
        channel_id: ChannelId,
        /// The news.
        notice: ChannelNotice,
        /// When, by our clock.
        at: Millis,
    },
}
