//! Web chat: how a chat on a customer's site looks and behaves, and what its visitors see of a conversation.

use serde::{Deserialize, Serialize};

use crate::ids::FileId;
use crate::time::Millis;

/// Settings of one web chat, as people edit them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebchatSettings {
    /// Over the conversation; at most 60 characters.
    pub title: String,
    /// `#rrggbb`.
    pub colour: String,
    /// On the launcher.
    pub icon: WebchatIcon,
    /// Greets before the first message; at most 500 characters.
    pub welcome: String,
    /// An https address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Sites that may carry the chat: `https://shop.example`, `https://*.shop.example`. Empty: none. At most 50.
    pub allowed_origins: Vec<String>,
    /// What is asked before the first message.
    pub prechat: Prechat,
    /// Shown while nobody is there; at most 300 characters.
    pub offline_note: String,
    /// Language of the chat.
    pub language: WebchatLanguage,
    /// Corner of the launcher.
    pub position: WebchatPosition,
}

impl Default for WebchatSettings {
    fn default() -> Self {
        Self {
            title: String::new(),
            colour: "#0f766e".to_owned(),
            icon: WebchatIcon::default(),
            welcome: String::new(),
            avatar_url: None,
            allowed_origins: Vec::new(),
            prechat: Prechat::default(),
            offline_note: String::new(),
            language: WebchatLanguage::default(),
            position: WebchatPosition::default(),
        }
    }
}

/// Signs for the launcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WebchatIcon {
    #[default]
    Chat,
    Question,
    Hand,
}

/// Languages of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebchatLanguage {
    /// As the visitor's browser asks; Spanish where it asks for neither.
    #[default]
    Auto,
    /// Spanish.
    Es,
    /// English.
    En,
}

/// Corners of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WebchatPosition {
    #[default]
    Right,
    Left,
}

/// The form before the first message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Prechat {
    /// Shown at all.
    pub enabled: bool,
    /// Each at most once.
    pub fields: Vec<PrechatField>,
}

/// One question of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrechatField {
    /// What is asked.
    pub name: PrechatName,
    /// Must be answered.
    #[serde(default)]
    pub required: bool,
}

/// What a form may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PrechatName {
    Name,
    Email,
    Phone,
}

/// What is known of a visitor. Made with his first message or form, never by opening the chat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitorSession {
    /// Typed, or told by the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Typed, or told by the site: where the offline note goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Typed, or told by the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `es` or `en`.
    pub language: String,
    /// The page that the chat was used on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Has submitted the form.
    pub introduced: bool,
    /// First write.
    pub created_at: Millis,
}

/// One entry of what a visitor sees, in the order of its number. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// Place in the session, from 1 without gaps; 0 until the store has given one.
    pub seq: u64,
    /// The same for every repetition.
    pub id: String,
    /// Who wrote.
    pub from: FeedAuthor,
    /// First name of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When.
    pub at: Millis,
    /// What it says.
    #[serde(flatten)]
    pub body: FeedBody,
    /// The visitor's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// Our message, for the visitor's receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Who wrote an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FeedAuthor {
    Visitor,
    Agent,
    Bot,
    System,
}

/// What an entry says. Texts are plain: whoever shows them escapes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FeedBody {
    /// Plain text.
    Text {
        /// Not empty.
        text: String,
    },
    /// A file, with words under it.
    Attachment {
        /// Caption.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The file.
        file: FeedFile,
    },
    /// Something to choose from.
    QuickReplies {
        /// The question.
        text: String,
        /// The choices.
        replies: Vec<FeedReply>,
    },
    /// A link to follow.
    Card {
        /// Words above it.
        text: String,
        /// The link.
        card: FeedCard,
    },
}

impl FeedBody {
    /// The words of it, for a mail.
    pub fn words(&self) -> &str {
        match self {
            Self::Text { text } | Self::QuickReplies { text, .. } | Self::Card { text, .. } => text,
            Self::Attachment { text, file } => text.as_deref().unwrap_or(&file.name),
        }
    }
}

/// A file of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedFile {
    /// Ours.
    pub id: FileId,
    /// To show and download under.
    pub name: String,
    /// Claimed for a visitor's own, sniffed for ours.
    #[serde(rename = "type")]
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedReply {
    /// Comes back with the answer.
    pub id: String,
    /// What it says.
    pub title: String,
    /// Second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedCard {
    /// On the button.
    pub title: String,
    /// http or https.
    pub url: String,
}
