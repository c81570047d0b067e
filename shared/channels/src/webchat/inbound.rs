//! What visitors send.

use serde::{Deserialize, Serialize};

use colibri_domain::content::{Attachment, AttachmentState, Content, Media};
use colibri_domain::inbound::{Identity, InboundKind, InboundMessage, Introduction, RemoteMedia};
use colibri_domain::phone::Email;
use colibri_domain::time::Seconds;
use colibri_domain::webchat::{FeedBody, FeedFile, Prechat, PrechatName};
use colibri_domain::{FileId, ids};

use super::limits;
use crate::send::{Refusal, RefusalCode as Code};
use crate::webhook::ParsedEvent;

/// Kinds of what visitors send.
pub const TYPES: &[&str] = &["text", "attachment", "reply", "prechat"];

/// A message as the visitor's page posts it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posted {
    /// Made by the page, the same for every repetition: 8 to 64 letters, digits and hyphens.
    pub client_message_id: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: PostedKind,
    /// The text, or the words under a file.
    #[serde(default)]
    pub text: Option<String>,
    /// An uploaded file.
    #[serde(default)]
    pub file_id: Option<FileId>,
    /// The choice that was tapped.
    #[serde(default)]
    pub reply: Option<PostedReply>,
    /// The page's clock; taken and not trusted.
    #[serde(default)]
    pub sent_at: Option<serde_json::Value>,
}

/// Kinds of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PostedKind {
    Text,
    Attachment,
    Reply,
}

/// A tapped choice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PostedReply {
    pub id: String,
    pub title: String,
}

/// The id of a message: the same for every repetition, unique per channel.
pub fn message_id(visitor: &str, client_message_id: &str) -> String {
    format!("wm_{}", hex::encode(&ids::digest(&[visitor, client_message_id])[..12]))
}

/// Checks a posted message; `file` is what was uploaded under its id. Returns what the visitor's own page shows.
pub fn check(posted: &Posted, file: Option<&FeedFile>) -> Result<FeedBody, Refusal> {
    let id = &posted.client_message_id;
    if !(8..=64).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Refusal::new("/client_message_id", Code::InvalidValue, "a UUID"));
    }
    let words = posted.text.as_deref().map(clean).filter(|text| !text.is_empty());
    if words.as_ref().is_some_and(|text| text.chars().count() > limits::TEXT) {
        let detail = format!("at most {} characters", limits::TEXT);
        return Err(Refusal::new("/text", Code::TooLong, detail).limit(limits::TEXT));
    }
    match posted.kind {
        PostedKind::Text => {
            let text = words.ok_or_else(|| Refusal::new("/text", Code::Empty, "must not be empty"))?;
            Ok(FeedBody::Text { text })
        }
        PostedKind::Attachment => {
            let file = file.ok_or_else(|| {
                Refusal::new("/file_id", Code::FileMissing, "was not uploaded by this visitor")
            })?;
            Ok(FeedBody::Attachment { text: words, file: file.clone() })
        }
        PostedKind::Reply => {
            let reply = posted
                .reply
                .as_ref()
                .ok_or_else(|| Refusal::new("/reply", Code::Empty, "names the choice"))?;
            let title = clean(&reply.title);
            if title.is_empty() || title.chars().count() > limits::REPLY_TITLE {
                return Err(Refusal::new("/reply/title", Code::InvalidValue, "1 to 80 characters"));
            }
            if reply.id.is_empty() || reply.id.chars().count() > limits::REPLY_ID {
                return Err(Refusal::new("/reply/id", Code::InvalidValue, "1 to 256 characters"));
            }
            Ok(FeedBody::Text { text: title })
        }
    }
}

/// The message as everything after the webhook knows it.
pub fn event(from: Identity, posted: &Posted, body: &FeedBody, at: Seconds) -> ParsedEvent {
    let provider_id = message_id(&from.id, &posted.client_message_id);
    let (content, media) = match body {
        FeedBody::Attachment { text, file } => attachment(text.clone(), file),
        other if posted.kind == PostedKind::Reply => {
            let payload = posted.reply.as_ref().map(|reply| reply.id.clone());
            (Content::QuickReply { title: other.words().to_owned(), body: None, payload }, None)
        }
        other => (Content::Text { text: other.words().to_owned() }, None),
    };
    let message = InboundMessage {
        provider_id,
        at,
        content,
        media,
        reply_to: None,
        forwarded: false,
        referral: None,
        raw: None,
        undated: false,
    };
    ParsedEvent { from, kind: InboundKind::Message(message), place: 0 }
}

fn attachment(caption: Option<String>, file: &FeedFile) -> (Content, Option<RemoteMedia>) {
    let media = match file.mime_type.split('/').next().unwrap_or_default() {
        "image" => Media::Image,
        "video" => Media::Video,
        "audio" => Media::Audio,
        _ => Media::File,
    };
    let content = Content::Attachment(Attachment {
        media,
        voice: false,
        file: None,
        caption,
        file_name: Some(file.name.clone()),
        state: AttachmentState::Fetching,
    });
    let remote = RemoteMedia {
        media,
        provider_id: file.id.to_string(),
        url: None,
        mime_type: Some(file.mime_type.clone()),
        sha256: None,
    };
    (content, Some(remote))
}

/// The form before the first message, as the page posts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Form {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Checks a form against what is asked; the values come back clean, what was not asked is dropped.
pub fn check_form(form: &Form, asked: &Prechat) -> Result<Form, Refusal> {
    let mut kept = Form::default();
    for field in &asked.fields {
        let (pointer, given, slot) = match field.name {
            PrechatName::Name => ("/name", &form.name, &mut kept.name),
            PrechatName::Email => ("/email", &form.email, &mut kept.email),
            PrechatName::Phone => ("/phone", &form.phone, &mut kept.phone),
        };
        let value = given.as_deref().map(clean_line).filter(|text| !text.is_empty());
        let Some(value) = value else {
            if field.required {
                return Err(Refusal::new(pointer, Code::Empty, "is asked for"));
            }
            continue;
        };
        let fits = match field.name {
            PrechatName::Name => value.chars().count() <= limits::NAME,
            PrechatName::Email => value.parse::<Email>().is_ok(),
            PrechatName::Phone => is_phone(&value),
        };
        if !fits {
            return Err(Refusal::new(pointer, Code::InvalidValue, "cannot be read"));
        }
        *slot = Some(value);
    }
    Ok(kept)
}

/// The submitted form as everything after the webhook knows it.
pub fn introduced(from: Identity, form: &Form, language: &str, at: Seconds) -> ParsedEvent {
    let introduction = Introduction {
        email: form.email.clone(),
        phone: form.phone.clone(),
        language: Some(language.to_owned()),
        at,
    };
    ParsedEvent { from, kind: InboundKind::Introduced(introduction), place: 0 }
}

/// Typed text without what no text holds.
pub fn clean(text: &str) -> String {
    text.replace('\0', "").replace("\r\n", "\n").trim().to_owned()
}

/// One line of typed text.
pub fn clean_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (6..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c))
}
