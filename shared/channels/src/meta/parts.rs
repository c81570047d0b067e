//! What a message of Messenger or Instagram says. One of theirs with several files is several of ours.

use serde_json::Value;
use url::Url;

use colibri_domain::content::{Attachment, AttachmentState, Content, Location, Media, Shared, SharedWhat};
use colibri_domain::inbound::RemoteMedia;

use crate::json;
use crate::part::Part;

/// Kinds of message, as cases name them.
pub(crate) const INBOUND_TYPES: &[&str] = &[
    "text",
    "quick_reply",
    "reply_to",
    "image",
    "audio",
    "video",
    "file",
    "sticker",
    "sticker/image",
    "location",
    "fallback",
    "template",
    "reel",
    "ig_reel",
    "post",
    "ig_post",
    "appointment_booking",
    "several",
    "referral",
    "echo",
    "is_deleted",
    "unknown",
];

/// Kinds that Instagram's cases show.
pub(crate) const INSTAGRAM_TYPES: &[&str] = &[
    "text",
    "story_mention",
    "story_reply",
    "reply_to",
    "ig_story",
    "share",
    "ig_reel",
    "ig_post",
    "like_heart",
    "image",
    "is_deleted",
    "is_unsupported",
    "echo",
];

/// Words of a message that stand beside its files as a message of their own.
fn words(text: String, quick: Option<String>) -> Content {
    match quick {
        Some(payload) => Content::QuickReply { title: text, body: None, payload: Some(payload) },
        None => Content::Text { text },
    }
}

/// Reads a message; at least one part.
pub(super) fn read(message: &Value) -> Vec<Part> {
    let text = json::filled(message, "text");
    let quick = message.get("quick_reply").and_then(|quick| json::filled(quick, "payload"));
    let story = message.get("reply_to").and_then(|target| target.get("story")).filter(|s| s.is_object());
    if let Some(story) = story {
        let shared =
            Shared { what: SharedWhat::StoryReply, url: link(story, "url"), title: None, text: text.clone() };
        let mut parts = attachments(message);
        parts.insert(0, Content::Shared(shared).into());
        return parts;
    }
    let mut parts = attachments(message);
    match (text, parts.as_mut_slice()) {
        (None, []) => {
            let word = if json::flag(message, "is_unsupported") { "is_unsupported" } else { "unknown" };
            vec![Part::unsupported(word)]
        }
        (None, _) => parts,
        (Some(text), [only]) => {
            if with_words(&mut only.content, &text) {
                return parts;
            }
            parts.insert(0, words(text, quick).into());
            parts
        }
        (Some(text), _) => {
            parts.insert(0, words(text, quick).into());
            parts
        }
    }
}

/// Puts words under what they came with; false where it has no room for any.
fn with_words(content: &mut Content, text: &str) -> bool {
    match content {
        Content::Attachment(file) if file.media != Media::Sticker => file.caption = Some(text.to_owned()),
        Content::Shared(shared) => {
            // A link's card comes with the text that holds the link.
            shared.text = Some(text.to_owned());
        }
        _ => return false,
    }
    true
}

/// A link that a browser may open.
fn link(value: &Value, key: &str) -> Option<String> {
    let text = json::filled(value, key).filter(|text| text.len() <= 2048)?;
    let url = Url::parse(text.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

fn attachments(message: &Value) -> Vec<Part> {
    let mid = json::text(message, "mid").unwrap_or_default();
    let all = json::items(message, "attachments");
    let is = |attachment: &Value, word: &str| json::text(attachment, "type").as_deref() == Some(word);
    let sticker = |attachment: &Value| attachment.get("payload").and_then(|p| json::id(p, "sticker_id"));
    // A sticker has come twice, as a picture and as itself.
    let doubled = |attachment: &&Value| {
        is(attachment, "image")
            && sticker(attachment).is_some_and(|id| {
                all.iter().any(|other| is(other, "sticker") && sticker(other).as_ref() == Some(&id))
            })
    };
    all.iter().filter(|attachment| !doubled(attachment)).take(MOST).map(|one| attachment(one, &mid)).collect()
}

/// Files of one message that become messages.
const MOST: usize = 30;

fn attachment(attachment: &Value, mid: &str) -> Part {
    let kind = json::filled(attachment, "type").unwrap_or_else(|| "unknown".to_owned());
    let payload = attachment.get("payload").unwrap_or(&Value::Null);
    let title = || json::short(payload, "title", 512).or_else(|| json::short(attachment, "title", 512));
    let url = || link(payload, "url").or_else(|| link(attachment, "url"));
    let shared = |what| Content::Shared(Shared { what, url: url(), title: title(), text: None }).into();
    match kind.as_str() {
        "image" if json::id(payload, "sticker_id").is_some() => file(Media::Sticker, payload, mid),
        "image" => file(Media::Image, payload, mid),
        "video" => file(Media::Video, payload, mid),
        "audio" => file(Media::Audio, payload, mid),
        "file" => file(Media::File, payload, mid),
        "sticker" => file(Media::Sticker, payload, mid),
        "like_heart" => Content::Text { text: "❤️".to_owned() }.into(),
        "location" => location(payload, title()).unwrap_or_else(|| Part::unsupported("location")),
        "story_mention" => shared(SharedWhat::StoryMention),
        "ig_story" => {
            let url = link(payload, "story_media_url").or_else(url);
            Content::Shared(Shared { what: SharedWhat::Story, url, title: title(), text: None }).into()
        }
        "reel" | "ig_reel" => shared(SharedWhat::Reel),
        "post" | "ig_post" | "share" => shared(SharedWhat::Post),
        "fallback" if url().is_some() || title().is_some() => shared(SharedWhat::Link),
        other => Part::unsupported(other),
    }
}

fn location(payload: &Value, name: Option<String>) -> Option<Part> {
    let place = payload.get("coordinates")?;
    let within = |key: &str, limit: f64| json::number(place, key).filter(|n| n.abs() <= limit);
    let (latitude, longitude) = (within("lat", 90.0)?, within("long", 180.0)?);
    Some(Content::Location(Location { latitude, longitude, name, address: None }).into())
}

/// A file behind a link that dies: copied at once.
fn file(media: Media, payload: &Value, mid: &str) -> Part {
    let Some(url) = link(payload, "url") else { return Part::unsupported("attachment") };
    let file_name = (media == Media::File).then(|| name_of(&url)).flatten();
    Part {
        content: Content::Attachment(Attachment {
            media,
            voice: media == Media::Audio,
            file: None,
            caption: None,
            file_name,
            state: AttachmentState::Fetching,
        }),
        media: Some(RemoteMedia {
            media,
            provider_id: mid.chars().filter(char::is_ascii_alphanumeric).take(64).collect(),
            url: Some(url),
            mime_type: None,
            sha256: None,
        }),
    }
}

/// The last part of a link's path, where it looks like a file's name.
fn name_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let last = url.path_segments()?.next_back()?.to_owned();
    let form = format!("name={}", last.replace('+', "%2B").replace('&', "%26"));
    let (_, name) = url::form_urlencoded::parse(form.as_bytes()).next()?;
    let legal = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | '\u{202A}'..='\u{202E}');
    let name: String = name.chars().filter(|c| legal(*c)).take(200).collect();
    (name.contains('.') && !name.starts_with('.')).then_some(name)
}
