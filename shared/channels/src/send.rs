//! What we send: checked before it leaves, built as a request, and what the provider's answer means.

use serde::{Deserialize, Serialize};

use colibri_domain::channel::ChannelSource;
use colibri_domain::content::{Content, FileRef};
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::template::Template;
use colibri_domain::window::MessageTag;

use crate::meta::{convert as graph_convert, send as graph};
use crate::wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};
use crate::{instagram, messenger, telegram, twilio, webchat, whatsapp};

/// What a content refers to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Material<'a> {
    /// The file of an attachment or of a template's header.
    pub file: Option<&'a FileRef>,
    /// The template of this name and language, as last synchronised.
    pub template: Option<&'a Template>,
    /// Language of words that a conversion adds: `es` or `en`.
    pub language: &'a str,
}

/// A content that the channel takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// What will be sent, after conversions.
    pub content: OutboundContent,
    /// How the timeline shows it.
    pub shown: Content,
    /// What had to be changed; empty when it goes as asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<Conversion>,
}

/// A change of form that the channel made necessary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conversion {
    /// Too many buttons: sent as a list.
    ButtonsToList,
    /// There are no lists: sent as buttons.
    ListToButtons,
    /// Too many choices for any element: sent as numbered text.
    ChoicesToText,
    /// A voice note of a type that cannot be one: sent as a sound file.
    VoiceToAudio,
    /// Too large, or of another type, than the channel shows: sent as a document.
    MediaToFile,
    /// Too long for one message: sent as several.
    Split,
}

/// Why a content cannot be sent on this channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Refusal {
    /// JSON pointer into the content.
    pub pointer: String,
    /// Stable code.
    pub code: RefusalCode,
    /// For people who read logs and API answers.
    pub detail: String,
    /// The limit that was broken, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Stable codes of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RefusalCode {
    Empty,
    TooLong,
    TooMany,
    TooLarge,
    OutOfRange,
    Duplicate,
    InvalidUrl,
    InvalidValue,
    UnsupportedType,
    UnsupportedMedia,
    CaptionNotAllowed,
    FileMissing,
    TemplateMissing,
    TemplateNotApproved,
    TemplateParameterCount,
    TemplateParameterMissing,
    TemplateParameterInvalid,
    TemplateHeader,
    TemplateButton,
    TemplateTooLong,
    InvalidRecipient,
}

impl RefusalCode {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
            Self::OutOfRange => "out_of_range",
            Self::Duplicate => "duplicate",
            Self::InvalidUrl => "invalid_url",
            Self::InvalidValue => "invalid_value",
            Self::UnsupportedType => "unsupported_type",
            Self::UnsupportedMedia => "unsupported_media",
            Self::CaptionNotAllowed => "caption_not_allowed",
            Self::FileMissing => "file_missing",
            Self::TemplateMissing => "template_missing",
            Self::TemplateNotApproved => "template_not_approved",
            Self::TemplateParameterCount => "template_parameter_count",
            Self::TemplateParameterMissing => "template_parameter_missing",
            Self::TemplateParameterInvalid => "template_parameter_invalid",
            Self::TemplateHeader => "template_header",
            Self::TemplateButton => "template_button",
            Self::TemplateTooLong => "template_too_long",
            Self::InvalidRecipient => "invalid_recipient",
        }
    }

    /// The failure of a message that was accepted once and is refused when its turn comes.
    pub fn failure(self) -> Failure {
        let reason = match self {
            Self::TemplateMissing => FailureReason::TemplateMissing,
            Self::TemplateNotApproved => FailureReason::TemplateDisabled,
            Self::TemplateParameterCount => FailureReason::TemplateParameterCount,
            Self::TemplateParameterMissing
            | Self::TemplateParameterInvalid
            | Self::TemplateHeader
            | Self::TemplateButton => FailureReason::TemplateParameterFormat,
            Self::TemplateTooLong => FailureReason::TemplateTooLong,
            Self::FileMissing | Self::TooLarge | Self::UnsupportedMedia => FailureReason::MediaFailed,
            Self::UnsupportedType => FailureReason::UnsupportedType,
            _ => FailureReason::InvalidParameter,
        };
        Failure { code: Some(self.as_str().to_owned()), ..Failure::ours(FailureClass::Final, reason) }
    }
}

impl Refusal {
    pub(crate) fn new(pointer: impl Into<String>, code: RefusalCode, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into(), limit: None }
    }

    pub(crate) fn limit(mut self, limit: usize) -> Self {
        self.limit = u64::try_from(limit).ok();
        self
    }
}

/// Where the provider finds the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaHandle {
    /// Uploaded to it before.
    Id(String),
    /// A link that it can read.
    Link(String),
    /// With the message.
    Bytes(Vec<u8>),
}

/// One message to one person.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// The identity in the form that the provider gave: `ContactChannel::identity`.
    pub to: &'a str,
    /// What to say.
    pub content: &'a OutboundContent,
    /// What it refers to.
    pub material: Material<'a>,
    /// Where the provider finds the file, when there is one.
    pub media: Option<&'a MediaHandle>,
    /// Provider's id of the message that is answered.
    pub reply_to: Option<&'a str>,
    /// What allows it to leave after the window closed.
    pub tag: Option<MessageTag>,
    /// Ours: comes back with the provider's reports and tells what became of a send whose answer was lost.
    pub reference: &'a str,
    /// Our webhook, where a provider has to be told with each message where its reports go.
    pub callback: Option<&'a str>,
}

/// Why no request came out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The content.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The channel's settings.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),
}

/// What came of a send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The provider took it.
    Sent(Sent),
    /// It did not, or nobody knows.
    Failed(Refused),
}

/// An accepted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The provider's id of the message.
    pub provider_id: String,
    /// Forms under which the provider knows the recipient: further aliases of the contact channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The provider's id of the file that went with it: the next message needs no bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
}

/// How messages of a channel reach people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// By requests to a provider.
    Provider,
    /// Through our own store and sockets: sending again has the effect of once, and nothing is ever ambiguous.
    Own,
}

/// How messages of this channel reach people.
pub const fn transport(source: ChannelSource) -> Transport {
    match source {
        ChannelSource::WhatsappCloud
        | ChannelSource::Telegram
        | ChannelSource::Facebook
        | ChannelSource::Instagram
        | ChannelSource::Twilio => Transport::Provider,
        ChannelSource::Webchat => Transport::Own,
    }
}

/// Checks a content against every limit of the channel and converts where the channel has another form for it.
pub fn check(
    source: ChannelSource,
    content: &OutboundContent,
    material: &Material<'_>,
) -> Result<Checked, Refusal> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::convert::check(content, material),
        ChannelSource::Webchat => webchat::outbound::check(content, material),
        ChannelSource::Telegram => telegram::convert::check(content, material),
        ChannelSource::Twilio => twilio::convert::check(content, material),
        ChannelSource::Facebook => {
            graph_convert::check(&messenger::PRODUCT, &messenger::FILES, content, material)
        }
        ChannelSource::Instagram => {
            graph_convert::check(&instagram::PRODUCT, &instagram::FILES, content, material)
        }
    }
}

/// A content as the messages that it has to become: a text that is too long for one is cut on a channel that wants it
/// so, everything else stays whole.
pub fn split(source: ChannelSource, content: &OutboundContent) -> Vec<OutboundContent> {
    let product = match source {
        ChannelSource::Facebook => &messenger::PRODUCT,
        ChannelSource::Instagram => &instagram::PRODUCT,
        ChannelSource::WhatsappCloud
        | ChannelSource::Webchat
        | ChannelSource::Telegram
        | ChannelSource::Twilio => return vec![content.clone()],
    };
    let OutboundContent::Text { text, preview_url } = content else { return vec![content.clone()] };
    let part = |text| OutboundContent::Text { text, preview_url: *preview_url };
    graph_convert::split(product, text).into_iter().map(part).collect()
}

/// Builds the request of a send. Checks again: limits, templates and files may have changed since it was accepted.
pub fn request(
    source: ChannelSource,
    endpoint: &Endpoint,
    outgoing: &Outgoing<'_>,
) -> Result<HttpRequest, SendError> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::send::request(endpoint, outgoing),
        ChannelSource::Webchat => Err(InvalidRequest::NoProvider.into()),
        ChannelSource::Telegram => telegram::send::request(endpoint, outgoing),
        ChannelSource::Twilio => twilio::send::request(endpoint, outgoing),
        ChannelSource::Facebook | ChannelSource::Instagram => {
            let checked = check(source, outgoing.content, &outgoing.material)?;
            graph::request(endpoint, &checked.content, outgoing)
        }
    }
}

/// Builds a reaction to a message of the other side; no emoji takes ours back.
pub fn reaction_request(
    source: ChannelSource,
    endpoint: &Endpoint,
    to: &str,
    target: &str,
    emoji: Option<&str>,
    reference: &str,
) -> Result<HttpRequest, SendError> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::send::reaction(endpoint, to, target, emoji, reference),
        ChannelSource::Webchat => Err(InvalidRequest::NoProvider.into()),
        ChannelSource::Telegram => telegram::send::reaction(endpoint, target, emoji),
        ChannelSource::Facebook | ChannelSource::Instagram | ChannelSource::Twilio => {
            Err(Refusal::new("/emoji", RefusalCode::UnsupportedType, "this channel takes no reactions")
                .into())
        }
    }
}

/// Builds the read receipt for a message of somebody (and all before it), with "typing…" if wanted; none where the
/// channel has no receipts.
pub fn read_receipt_request(
    source: ChannelSource,
    endpoint: &Endpoint,
    to: &str,
    message: &str,
    typing: bool,
) -> Result<Option<HttpRequest>, InvalidRequest> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::send::read_receipt(endpoint, message, typing).map(Some),
        ChannelSource::Webchat | ChannelSource::Telegram | ChannelSource::Twilio => Ok(None),
        ChannelSource::Facebook | ChannelSource::Instagram => {
            graph::read_receipt(endpoint, to, typing).map(Some)
        }
    }
}

/// What the provider's answer to a send or reaction means.
pub fn read_response(source: ChannelSource, response: &HttpResponse) -> Outcome {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::send::read_response(response),
        ChannelSource::Webchat => Outcome::Failed(webchat::no_provider()),
        ChannelSource::Telegram => telegram::send::read_response(response),
        ChannelSource::Twilio => twilio::send::read_response(response),
        ChannelSource::Facebook => graph::outcome(messenger::accepted(response)),
        ChannelSource::Instagram => graph::outcome(instagram::accepted(response)),
    }
}

/// What the provider's answer to a read receipt means.
pub fn read_receipt_response(source: ChannelSource, response: &HttpResponse) -> Result<(), Refused> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::errors::answered(response).map(|_| ()),
        ChannelSource::Webchat => Err(webchat::no_provider()),
        ChannelSource::Telegram => telegram::errors::answered(response).map(|_| ()),
        ChannelSource::Twilio => twilio::errors::answered(response).map(|_| ()),
        ChannelSource::Facebook => messenger::answered(response).map(|_| ()),
        ChannelSource::Instagram => instagram::answered(response).map(|_| ()),
    }
}

/// What a failed connection means: before any byte of the request was written nothing can have been sent, after it
/// nobody knows.
pub fn transport_failure(request_written: bool) -> Refused {
    Refused::new(if request_written {
        Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed)
    } else {
        Failure::ours(FailureClass::Retry, FailureReason::Unavailable)
    })
}
