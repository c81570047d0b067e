//! What somebody asks us to send.

use serde::{Deserialize, Serialize};

use crate::content::{ContactCard, Interactive, Location, Media};
use crate::ids::FileId;

/// Content of a message to send, as the API takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutboundContent {
    /// Plain text.
    Text {
        /// Not empty; the channel's own limit applies.
        text: String,
        /// Show a preview of the first link.
        #[serde(default)]
        preview_url: bool,
    },
    /// An uploaded file.
    Attachment {
        /// From the files API, complete.
        file_id: FileId,
        /// How it is sent; default by its type.
        #[serde(default)]
        media: Option<Media>,
        /// Text under it, where the channel allows.
        #[serde(default)]
        caption: Option<String>,
        /// A recorded voice note.
        #[serde(default)]
        voice: bool,
    },
    /// A place.
    Location(Location),
    /// Address cards.
    Contacts {
        /// 1 to 257.
        contacts: Vec<ContactCard>,
    },
    /// Something to tap.
    Interactive(Interactive),
    /// An approved template.
    Template(TemplateSend),
}

/// A template with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateSend {
    /// Its name at the provider.
    pub name: String,
    /// Language code as the provider writes it.
    pub language: String,
    /// Values of the placeholders.
    #[serde(default)]
    pub parameters: TemplateParameters,
}

/// Values of a template's placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TemplateParameters {
    /// Text or file of the header, where it has a placeholder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderParameter>,
    /// Values of the body: in order for `{{1}}`, by name for `{{name}}`.
    pub body: Vec<BodyParameter>,
    /// Values of buttons that take one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<ButtonParameter>,
}

/// Value of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum HeaderParameter {
    Text { text: String },
    File { file_id: FileId },
}

/// Value of one placeholder of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BodyParameter {
    /// Name of a named placeholder; none for a positional one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What stands there.
    pub text: String,
}

/// Value of one button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ButtonParameter {
    /// Place of the button, from 0.
    pub index: u8,
    /// `quick_reply` payload, `url` suffix or `copy_code` code.
    #[serde(rename = "type")]
    pub kind: ButtonParameterKind,
    /// The value.
    pub text: String,
}

/// What a button's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ButtonParameterKind {
    QuickReply,
    Url,
    CopyCode,
}
