//! What a message says, independent of any channel.

use serde::{Deserialize, Serialize};

use crate::ids::FileId;

/// Content of a stored message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// At most 64 KiB; NUL removed.
        text: String,
    },
    /// A picture, film, sound or document.
    Attachment(Attachment),
    /// A place.
    Location(Location),
    /// Address cards.
    Contacts {
        /// At least one.
        contacts: Vec<ContactCard>,
    },
    /// The contact's answer to buttons, a list or a template's button.
    QuickReply {
        /// What the button said.
        title: String,
        /// A list row's second line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// The id that we gave to the button.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<String>,
    },
    /// A filled-in form (WhatsApp flow).
    FormReply {
        /// The form's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The provider's summary.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// Field values as the form sent them.
        #[schema(value_type = Object)]
        fields: serde_json::Map<String, serde_json::Value>,
    },
    /// An order from a catalogue.
    Order {
        /// The provider's catalogue.
        catalog_id: String,
        /// A note to the seller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// At least one.
        items: Vec<OrderItem>,
    },
    /// Our buttons, list, link, location request or form.
    Interactive(Interactive),
    /// An approved template as it was sent.
    Template {
        /// Its name at the provider.
        name: String,
        /// Language code as the provider writes it.
        language: String,
        /// The body as the customer reads it.
        text: String,
        /// Header text, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// Footer text, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// Labels of its buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<String>,
    },
    /// Something from elsewhere at the provider: shown as a link, never copied.
    Shared(Shared),
    /// What the adapter cannot map: shown as a placeholder, the raw event is kept.
    Unsupported {
        /// The provider's word for it.
        #[serde(rename = "type")]
        type_name: String,
    },
}

/// Something from elsewhere at the provider. Its author may take it away at any time, so only its address is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Shared {
    /// What it is.
    pub what: SharedWhat,
    /// Where it is, while it lasts; http or https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the person wrote with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What was shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharedWhat {
    /// A story that names the business.
    StoryMention,
    /// An answer to a story of the business.
    StoryReply,
    /// A story.
    Story,
    /// A post.
    Post,
    /// A short film.
    Reel,
    /// A link with its card.
    Link,
}

/// Kinds of attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Media {
    Image,
    Video,
    Audio,
    File,
    Sticker,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentState {
    /// On the way from the provider to our storage.
    Fetching,
    /// In our storage.
    #[default]
    Ready,
    /// The provider no longer has it, or it broke a limit.
    Failed,
}

/// A picture, film, sound or document of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attachment {
    /// What it is.
    pub media: Media,
    /// A recorded voice note.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    /// Our copy, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRef>,
    /// Text under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The sender's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Where the bytes are.
    #[serde(default)]
    pub state: AttachmentState,
}

/// A file of ours as a message shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FileRef {
    /// Read its bytes by this id.
    pub id: FileId,
    /// Sniffed, not claimed.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Milliseconds of a sound or film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// Loudness over time, 0 to 100, at most 64 values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
    /// Name to download it under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Location {
    /// Degrees, -90 to 90.
    pub latitude: f64,
    /// Degrees, -180 to 180.
    pub longitude: f64,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// One address card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactCard {
    /// The name as one text.
    pub name: String,
    /// Numbers as written on the card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Addresses as written on the card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderItem {
    /// The seller's product number.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// Price of one in millionths of the currency's unit.
    pub price_micros: i64,
    /// ISO 4217.
    pub currency: String,
}

/// Something to tap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Interactive {
    /// Text above the body, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// At most 1,024 characters.
    pub body: String,
    /// Small text below, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// What can be tapped.
    pub action: InteractiveAction,
}

/// What can be tapped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InteractiveAction {
    /// Quick replies.
    Buttons {
        /// 1 to 3 on WhatsApp.
        buttons: Vec<ReplyButton>,
    },
    /// A list to choose from.
    List {
        /// Label that opens the list.
        label: String,
        /// At most 10 rows in all sections together.
        sections: Vec<ListSection>,
    },
    /// A link.
    CtaUrl {
        /// Label of the button.
        label: String,
        /// http or https.
        url: String,
    },
    /// Asks where the contact is.
    LocationRequest,
    /// A form of the provider.
    Flow {
        /// The provider's id of the form.
        flow_id: String,
        /// Label of the button.
        label: String,
        /// Comes back with the answer.
        token: String,
        /// First screen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        screen: Option<String>,
    },
}

/// A button that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReplyButton {
    /// Comes back with the answer.
    pub id: String,
    /// What it says.
    pub title: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ListSection {
    /// Needed when there is more than one section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// At least one.
    pub rows: Vec<ListRow>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ListRow {
    /// Comes back with the answer.
    pub id: String,
    /// First line.
    pub title: String,
    /// Second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Longest preview kept in a contact's head, in characters.
pub const PREVIEW_CHARS: usize = 100;

impl Content {
    /// The `kind` as the API writes it; attachments by their media, voice notes as `voice`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Attachment(a) => match a.media {
                Media::Image => "image",
                Media::Video => "video",
                Media::Audio if a.voice => "voice",
                Media::Audio => "audio",
                Media::File => "file",
                Media::Sticker => "sticker",
            },
            Self::Location(_) => "location",
            Self::Contacts { .. } => "contacts",
            Self::QuickReply { .. } => "quick_reply",
            Self::FormReply { .. } => "form_reply",
            Self::Order { .. } => "order",
            Self::Interactive(_) => "interactive",
            Self::Template { .. } => "template",
            Self::Shared(_) => "shared",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// One line for lists and notifications; empty where the kind says it all (the console words it).
    pub fn preview(&self) -> String {
        let text = match self {
            Self::Text { text } | Self::Template { text, .. } => text.as_str(),
            Self::Attachment(a) => a.caption.as_deref().or(a.file_name.as_deref()).unwrap_or_default(),
            Self::Location(l) => l.name.as_deref().or(l.address.as_deref()).unwrap_or_default(),
            Self::Contacts { contacts } => contacts.first().map_or("", |c| c.name.as_str()),
            Self::QuickReply { title, .. } => title.as_str(),
            Self::FormReply { body, name, .. } => body.as_deref().or(name.as_deref()).unwrap_or_default(),
            Self::Order { text, .. } => text.as_deref().unwrap_or_default(),
            Self::Interactive(i) => i.body.as_str(),
            Self::Shared(s) => s.text.as_deref().or(s.title.as_deref()).unwrap_or_default(),
            Self::Unsupported { .. } => "",
        };
        one_line(text, PREVIEW_CHARS)
    }
}

/// A text on one line, cut at `limit` characters with an ellipsis. Characters that turn the direction of the text
/// around are left out: one customer's text must not mirror the row it stands in.
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut count = 0;
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let text: String = text.chars().filter(|c| !turns(*c)).collect();
    for word in text.split_whitespace() {
        let extra = usize::from(count > 0);
        let length = word.chars().count();
        if count + extra + length > limit {
            if count == 0 {
                line.extend(word.chars().take(limit.saturating_sub(1)));
            }
            line.push('…');
            return line;
        }
        if extra == 1 {
            line.push(' ');
        }
        line.push_str(word);
        count += extra + length;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_one_cut_line() {
        let text = Content::Text { text: "Buenas\n\n tardes  Ñandú".into() };
        assert_eq!(text.preview(), "Buenas tardes Ñandú");
        let long = Content::Text { text: "palabra ".repeat(50) };
        assert!(long.preview().chars().count() <= PREVIEW_CHARS + 1);
        assert!(long.preview().ends_with('…'));
        let unbroken = Content::Text { text: "x".repeat(500) };
        assert_eq!(unbroken.preview().chars().count(), PREVIEW_CHARS);
        let mirrored = Content::Text { text: "factura\u{202E}gpj.exe".into() };
        assert_eq!(mirrored.preview(), "facturagpj.exe");
    }
}
