//! Channels: connected accounts of providers, and what each kind can do.

use serde::{Deserialize, Serialize};

use crate::failure::FailureReason;
use crate::ids::{ChannelId, WorkspaceId};
use crate::time::Millis;
use crate::webchat::WebchatSettings;
use crate::window::{DAY_MILLIS, WEEK_MILLIS, WindowRule};

/// The providers. A new channel is one line here, one folder in `shared/channels` and one webhook function.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSource {
    /// WhatsApp Cloud API of Meta.
    WhatsappCloud,
    /// Our own chat on a customer's web site.
    Webchat,
    /// Telegram Bot API.
    Telegram,
    /// Messenger of a Facebook page.
    Facebook,
    /// Messages of an Instagram account.
    Instagram,
    /// Text messages through Twilio.
    Twilio,
}

impl ChannelSource {
    /// Every source.
    pub const ALL: &'static [Self] =
        &[Self::WhatsappCloud, Self::Facebook, Self::Instagram, Self::Telegram, Self::Webchat, Self::Twilio];

    /// The word of the API and of keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WhatsappCloud => "whatsapp_cloud",
            Self::Webchat => "webchat",
            Self::Telegram => "telegram",
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::Twilio => "twilio",
        }
    }

    /// Whether the provider stands for it that an identity of digits is the person's phone.
    pub const fn vouches_phone(self) -> bool {
        match self {
            Self::WhatsappCloud | Self::Twilio => true,
            Self::Telegram | Self::Webchat | Self::Facebook | Self::Instagram => false,
        }
    }

    /// Whether a "no" of the person is to every message, not to marketing alone.
    pub const fn stop_ends_all(self) -> bool {
        matches!(self, Self::Twilio)
    }

    /// The rule for free-form messages.
    pub const fn window(self) -> WindowRule {
        match self {
            Self::WhatsappCloud => WindowRule::AfterInbound { millis: DAY_MILLIS },
            Self::Facebook | Self::Instagram => {
                WindowRule::AfterInboundTagged { millis: DAY_MILLIS, human_millis: WEEK_MILLIS }
            }
            // The visitor of a web chat finds the answer when he returns.
            Self::Telegram | Self::Webchat | Self::Twilio => WindowRule::None,
        }
    }
}

/// State of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ChannelState {
    Connected,
    Disconnected,
    Error,
}

/// When the provider's read receipt goes out. Merely opening a conversation never counts as reading by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ReadReceipts {
    #[default]
    OnReply,
    OnOpen,
    Never,
}

/// The provider's opinion of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Quality {
    Green,
    Yellow,
    Red,
}

/// One point of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    /// Stable key, worded by the console: `token`, `number`, `webhook`, `quality`, `templates`.
    pub key: String,
    /// Passed.
    pub ok: bool,
    /// The provider's own words, no secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Why a channel does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChannelError {
    /// Our key.
    pub reason: FailureReason,
    /// The provider's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Since when.
    pub at: Millis,
}

/// A connected account. Secrets are kept beside it, encrypted, and are no part of this value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Channel {
    /// Id.
    pub id: ChannelId,
    /// Tenant.
    pub workspace_id: WorkspaceId,
    /// Provider.
    pub source: ChannelSource,
    /// What people call it.
    pub name: String,
    /// Whether it works.
    pub state: ChannelState,
    /// The provider's id of the account (WhatsApp: phone number id; Telegram: the bot's id; Twilio: the number).
    pub account: String,
    /// The provider's id of what the account belongs to (WhatsApp: business account id; Twilio: account SID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_account: Option<String>,
    /// The provider's app whose secret signs deliveries (Meta).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The address that customers write to, as people read it.
    pub display: String,
    /// Name that customers see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_name: Option<String>,
    /// The provider's opinion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Messages per second that the provider takes from this account.
    pub throughput: u32,
    /// Unique people per 24 h that may be written to first; none = unlimited or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_limit: Option<u32>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ChannelError>,
    /// Last authentic delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_at: Option<Millis>,
    /// Result of the last health check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// When the provider's read receipt goes out.
    #[serde(default)]
    pub read_receipts: ReadReceipts,
    /// When it was connected.
    pub created_at: Millis,
    /// Conditions that a person ticked before connecting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
    /// How a web chat looks and behaves; none for other channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webchat: Option<WebchatSettings>,
}

/// What a kind of channel can do; published by the adapter as data, drives composer, conversions and checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(clippy::struct_excessive_bools)] // independent abilities, not a state
pub struct Capabilities {
    /// Characters of a text.
    pub text_limit: u32,
    /// Characters of a caption; 0 where there are none.
    pub caption_limit: u32,
    /// Attachments it takes.
    pub media: Vec<MediaCapability>,
    /// Reply buttons at most; 0 where there are none.
    pub buttons: u32,
    /// List rows at most; 0 where there are none.
    pub list_rows: u32,
    /// Lengths within messages with buttons or lists; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice_limits: Option<ChoiceLimits>,
    /// Places.
    pub location: bool,
    /// Address cards.
    pub contacts: bool,
    /// Reactions.
    pub reactions: bool,
    /// Quoted replies.
    pub replies: bool,
    /// Approved templates.
    pub templates: bool,
    /// Window in milliseconds after the contact's last message; none = always open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_millis: Option<i64>,
    /// Window in milliseconds for what a person writes; none = no longer than the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human_window_millis: Option<i64>,
    /// May write first to somebody who never wrote (by template, SMS, e-mail).
    pub starts_first: bool,
    /// Statuses that the provider reports.
    pub statuses: Vec<crate::message::StatusValue>,
}

/// Lengths, in characters, within a message with buttons or a list; 0 where a channel has no such part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ChoiceLimits {
    pub body: u32,
    pub header: u32,
    pub footer: u32,
    pub button_title: u32,
    /// The button that opens a list.
    pub list_label: u32,
    pub row_title: u32,
    pub row_description: u32,
}

/// One kind of attachment that a channel takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MediaCapability {
    /// Kind.
    pub media: crate::content::Media,
    /// Types it takes; empty = any.
    pub mime_types: Vec<String>,
    /// Bytes at most.
    pub max_bytes: u64,
}
