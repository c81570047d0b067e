//! What a person can do on the phone, in no provider's words.

use serde::{Deserialize, Serialize};

/// Something a person does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// Writes.
    Text {
        /// What.
        text: String,
        /// The message it answers.
        #[serde(default)]
        quote: Option<String>,
    },
    /// Sends a picture, voice note, document, sticker, video or sound.
    Media {
        /// What sort.
        media: MediaKind,
        /// One of the simulator's own samples, instead of bytes.
        #[serde(default)]
        sample: Option<String>,
        /// The bytes in base64.
        #[serde(default)]
        base64: Option<String>,
        /// Their type.
        #[serde(default)]
        mime_type: Option<String>,
        /// Name of the file.
        #[serde(default)]
        file_name: Option<String>,
        /// Words with it.
        #[serde(default)]
        caption: Option<String>,
        /// The message it answers.
        #[serde(default)]
        quote: Option<String>,
    },
    /// Sends a place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Name of the place.
        #[serde(default)]
        name: Option<String>,
        /// Address of the place.
        #[serde(default)]
        address: Option<String>,
        /// The message it answers.
        #[serde(default)]
        quote: Option<String>,
    },
    /// Sends a contact card.
    Contact {
        /// Full name.
        name: String,
        /// Number with its country.
        phone: String,
    },
    /// Reacts; an empty emoji takes the reaction back.
    React {
        /// Message.
        to: String,
        /// One emoji.
        emoji: String,
    },
    /// Presses a button or a row of a list.
    Press {
        /// Message with the button.
        to: String,
        /// The button's id or payload.
        id: String,
        /// Its words.
        title: String,
        /// Second line of a row.
        #[serde(default)]
        description: Option<String>,
        /// What was pressed.
        on: Pressed,
    },
    /// Fills in a form that was offered.
    Form {
        /// Message with the form.
        to: String,
        /// What was filled in.
        fields: serde_json::Map<String, serde_json::Value>,
    },
    /// Plays a voice note of the business.
    Play {
        /// Message.
        to: String,
    },
    /// Changes an own message.
    Edit {
        /// Message.
        to: String,
        /// New words.
        text: String,
    },
    /// Shares something of the provider's own.
    Share {
        /// What.
        what: SharedKind,
        /// Where it is.
        #[serde(default)]
        url: String,
        /// Words with it.
        #[serde(default)]
        text: Option<String>,
    },
    /// Takes an own message back.
    Revoke {
        /// Message.
        to: String,
    },
}

/// Sort of medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// Picture.
    Image,
    /// Moving picture.
    Video,
    /// Recorded on the phone.
    Voice,
    /// Sound file.
    Audio,
    /// Any file.
    Document,
    /// Sticker.
    Sticker,
}

impl MediaKind {
    /// The phone page's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

/// What can be shared beside files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedKind {
    /// A story in which the business is named.
    StoryMention,
    /// Words on a story of the business.
    StoryReply,
    /// A post.
    Post,
    /// A short film.
    Reel,
    /// A page, with its card.
    Link,
    /// A heart.
    Heart,
}

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pressed {
    /// A reply button.
    Button,
    /// A row of a list.
    Row,
    /// A quick reply of a template.
    Template,
}
