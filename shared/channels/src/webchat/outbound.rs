//! What visitors are shown of what we send.

use url::Url;

use colibri_domain::content::{
    Attachment, AttachmentState, Content, FileRef, Interactive, InteractiveAction, Media,
};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::webchat::{FeedBody, FeedCard, FeedFile, FeedReply};

use super::limits;
use crate::send::{Checked, Material, Refusal, RefusalCode as Code};

/// Kinds of what we send.
pub const TYPES: &[&str] = &["text", "attachment", "buttons", "list", "cta_url"];

/// Checks a content against our limits.
pub fn check(content: &OutboundContent, material: &Material<'_>) -> Result<Checked, Refusal> {
    encode(content, material.file)?;
    let shown = match content {
        OutboundContent::Text { text, .. } => Content::Text { text: text.clone() },
        OutboundContent::Interactive(interactive) => Content::Interactive(interactive.clone()),
        OutboundContent::Attachment { media, caption, voice, .. } => {
            let file = material.file.ok_or_else(missing)?;
            let media = media.unwrap_or_else(|| kind(&file.mime_type));
            Content::Attachment(Attachment {
                media,
                voice: *voice && media == Media::Audio,
                file: Some(file.clone()),
                caption: caption.clone(),
                file_name: file.name.clone(),
                state: AttachmentState::Ready,
            })
        }
        _ => return Err(unsupported()),
    };
    Ok(Checked { content: content.clone(), shown, conversions: Vec::new() })
}

/// What the visitor sees of a content.
pub fn encode(content: &OutboundContent, file: Option<&FileRef>) -> Result<FeedBody, Refusal> {
    match content {
        OutboundContent::Text { text, .. } => {
            words(text, "/text")?;
            Ok(FeedBody::Text { text: text.clone() })
        }
        OutboundContent::Attachment { file_id, caption, .. } => {
            let file = file.filter(|file| file.id == *file_id).ok_or_else(missing)?;
            if file.size > limits::FILE_BYTES {
                let detail = format!("at most {} bytes", limits::FILE_BYTES);
                return Err(Refusal::new("/file_id", Code::TooLarge, detail)
                    .limit(usize::try_from(limits::FILE_BYTES).unwrap_or(usize::MAX)));
            }
            let text = caption.clone().filter(|caption| !caption.trim().is_empty());
            if let Some(text) = &text {
                words(text, "/caption")?;
            }
            let file = FeedFile {
                id: file.id.clone(),
                name: file.name.clone().unwrap_or_else(|| "archivo".to_owned()),
                mime_type: file.mime_type.clone(),
                size: file.size,
                width: file.width,
                height: file.height,
            };
            Ok(FeedBody::Attachment { text, file })
        }
        OutboundContent::Interactive(interactive) => tap(interactive),
        OutboundContent::Location(_) | OutboundContent::Contacts { .. } | OutboundContent::Template(_) => {
            Err(unsupported())
        }
    }
}

fn missing() -> Refusal {
    Refusal::new("/file_id", Code::FileMissing, "is no complete file")
}

fn unsupported() -> Refusal {
    Refusal::new("", Code::UnsupportedType, "a web chat shows no such message")
}

fn kind(mime_type: &str) -> Media {
    match mime_type.split('/').next().unwrap_or_default() {
        "image" => Media::Image,
        "video" => Media::Video,
        "audio" => Media::Audio,
        _ => Media::File,
    }
}

fn words(text: &str, pointer: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "must not be empty"));
    }
    within(text, pointer, limits::TEXT)
}

fn within(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > limit {
        let detail = format!("has {length} characters, at most {limit} are possible");
        return Err(Refusal::new(pointer, Code::TooLong, detail).limit(limit));
    }
    Ok(())
}

fn tap(interactive: &Interactive) -> Result<FeedBody, Refusal> {
    words(&interactive.body, "/body")?;
    let parts =
        [interactive.header.as_deref(), Some(interactive.body.as_str()), interactive.footer.as_deref()];
    let text =
        parts.into_iter().flatten().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n\n");
    within(&text, "/body", limits::TEXT)?;
    let replies = match &interactive.action {
        InteractiveAction::Buttons { buttons } => buttons
            .iter()
            .map(|b| FeedReply { id: b.id.clone(), title: b.title.clone(), description: None })
            .collect(),
        InteractiveAction::List { sections, .. } => sections
            .iter()
            .flat_map(|section| &section.rows)
            .map(|row| FeedReply {
                id: row.id.clone(),
                title: row.title.clone(),
                description: row.description.clone().filter(|text| !text.trim().is_empty()),
            })
            .collect::<Vec<_>>(),
        InteractiveAction::CtaUrl { label, url } => return link(text, label, url),
        InteractiveAction::LocationRequest | InteractiveAction::Flow { .. } => return Err(unsupported()),
    };
    choices(&replies)?;
    Ok(FeedBody::QuickReplies { text, replies })
}

fn choices(replies: &[FeedReply]) -> Result<(), Refusal> {
    if replies.is_empty() {
        return Err(Refusal::new("/action", Code::Empty, "offers nothing to choose"));
    }
    if replies.len() > limits::REPLIES {
        let detail = format!("{} choices, at most {} are possible", replies.len(), limits::REPLIES);
        return Err(Refusal::new("/action", Code::TooMany, detail).limit(limits::REPLIES));
    }
    for (place, reply) in replies.iter().enumerate() {
        let pointer = format!("/action/{place}");
        if reply.title.trim().is_empty() || reply.id.is_empty() {
            return Err(Refusal::new(pointer, Code::Empty, "needs an id and a title"));
        }
        within(&reply.title, &pointer, limits::REPLY_TITLE)?;
        within(&reply.id, &pointer, limits::REPLY_ID)?;
        within(reply.description.as_deref().unwrap_or_default(), &pointer, limits::REPLY_DESCRIPTION)?;
        if replies[..place].iter().any(|other| other.id == reply.id) {
            return Err(Refusal::new(pointer, Code::Duplicate, "two choices have the same id"));
        }
    }
    Ok(())
}

/// A link that a page may show: anything but http and https could run in it.
fn link(text: String, label: &str, url: &str) -> Result<FeedBody, Refusal> {
    let web = Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.host().is_some());
    if !web || url.len() > limits::URL {
        return Err(Refusal::new("/action/url", Code::InvalidUrl, "an http or https address"));
    }
    within(label, "/action/label", limits::REPLY_TITLE)?;
    if label.trim().is_empty() {
        return Err(Refusal::new("/action/label", Code::Empty, "must not be empty"));
    }
    Ok(FeedBody::Card { text, card: FeedCard { title: label.to_owned(), url: url.to_owned() } })
}
