//! What a message says: whichever member it has.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use colibri_domain::content::{Attachment, AttachmentState, ContactCard, Content, Location, Media};
use colibri_domain::inbound::RemoteMedia;
use colibri_domain::message::Referral;

use super::limits;
use crate::json;
use crate::part::Part;

/// Members of a message that we read, and forms of them.
pub const INBOUND_TYPES: &[&str] = &[
    "text",
    "photo",
    "video",
    "animation",
    "video_note",
    "audio",
    "voice",
    "document",
    "sticker",
    "sticker/moving",
    "location",
    "venue",
    "contact",
    "contact/own",
    "poll",
    "dice",
    "web_app_data",
    "start",
    "reply",
    "forward",
    "album",
    "too_large",
    "story",
    "paid_media",
    "game",
    "unknown",
];

/// Members that say how, where or by whom, not what.
const AROUND: &[&str] = &[
    "message_id",
    "message_thread_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "sender_chat",
    "sender_boost_count",
    "sender_business_bot",
    "business_connection_id",
    "forward_origin",
    "forward_from",
    "forward_from_chat",
    "forward_from_message_id",
    "forward_signature",
    "forward_sender_name",
    "forward_date",
    "is_topic_message",
    "is_automatic_forward",
    "is_from_offline",
    "is_paid_post",
    "reply_to_message",
    "external_reply",
    "quote",
    "reply_to_story",
    "reply_to_checklist_task_id",
    "via_bot",
    "reply_markup",
    "has_protected_content",
    "media_group_id",
    "author_signature",
    "paid_star_count",
    "link_preview_options",
    "effect_id",
    "entities",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
];

/// Notices in the place of a message: the person said nothing.
const SERVICE: &[&str] = &[
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "connected_website",
    "write_access_allowed",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "giveaway_created",
    "giveaway_completed",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "refunded_payment",
];

/// The notice that stands in a message's place, if one does.
pub(super) fn service_notice(message: &Value) -> Option<&'static str> {
    SERVICE.iter().find(|key| message.get(**key).is_some()).copied()
}

/// Reads what a message says. What is not as it should be becomes a placeholder.
pub(super) fn read(message: &Value) -> Part {
    let caption = || json::filled(message, "caption");
    let of = |key: &str| message.get(key).filter(|part| part.is_object());
    // An animation also fills `document`, and a venue `location`: the closer word comes first.
    let part = if let Some(text) = json::text(message, "text") {
        Some(Content::Text { text: without_payload(text) }.into())
    } else if let Some(sizes) = message.get("photo") {
        largest(sizes).and_then(|photo| attachment(photo, Media::Image, false, Some("image/jpeg"), caption()))
    } else if let Some(film) = of("animation") {
        attachment(film, Media::Video, false, Some("video/mp4"), caption())
    } else if let Some(film) = of("video") {
        attachment(film, Media::Video, false, Some("video/mp4"), caption())
    } else if let Some(film) = of("video_note") {
        attachment(film, Media::Video, false, Some("video/mp4"), None)
    } else if let Some(note) = of("voice") {
        attachment(note, Media::Audio, true, Some("audio/ogg"), caption())
    } else if let Some(sound) = of("audio") {
        attachment(sound, Media::Audio, false, Some("audio/mpeg"), caption())
    } else if let Some(sticker) = of("sticker") {
        self::sticker(sticker)
    } else if let Some(file) = of("document") {
        attachment(file, Media::File, false, None, caption())
    } else if let Some(venue) = of("venue") {
        place(venue.get("location").unwrap_or(&Value::Null), Some(venue))
    } else if let Some(point) = of("location") {
        place(point, None)
    } else if let Some(card) = of("contact") {
        self::card(card)
    } else if let Some(poll) = of("poll") {
        self::poll(poll)
    } else if let Some(dice) = of("dice") {
        self::dice(dice)
    } else {
        of("web_app_data").map(form)
    };
    part.filter(Part::is_storable).unwrap_or_else(|| Part::unsupported(&type_name(message)))
}

/// The provider's word for what we cannot show.
fn type_name(message: &Value) -> String {
    let members = message.as_object().into_iter().flat_map(Map::keys);
    members.map(String::as_str).find(|key| !AROUND.contains(key)).unwrap_or("unknown").to_owned()
}

/// `/start` with a payload: the payload is no word of the customer's, it says which link brought him.
fn start_payload(text: &str) -> Option<&str> {
    let (command, payload) = text.trim().split_once(char::is_whitespace)?;
    let command = command.split_once('@').map_or(command, |(command, _bot)| command);
    (command == "/start" && !payload.trim().is_empty()).then(|| payload.trim())
}

fn without_payload(text: String) -> String {
    if start_payload(&text).is_some() { "/start".to_owned() } else { text }
}

/// The link that a customer came through.
pub(super) fn referral(message: &Value) -> Option<Referral> {
    let text = json::text(message, "text")?;
    let payload: String = start_payload(&text)?.chars().take(256).collect();
    Some(Referral {
        source_type: Some("start_link".to_owned()),
        source_id: Some(payload),
        ..Referral::default()
    })
}

/// The picture with the most pixels.
fn largest(sizes: &Value) -> Option<&Value> {
    let pixels = |size: &&Value| {
        let side = |key| json::number(size, key).unwrap_or_default();
        side("width") * side("height")
    };
    sizes.as_array()?.iter().max_by(|a, b| pixels(a).total_cmp(&pixels(b)))
}

fn attachment(
    file: &Value,
    media: Media,
    voice: bool,
    usual_type: Option<&str>,
    caption: Option<String>,
) -> Option<Part> {
    let provider_id = json::id(file, "file_id")?;
    #[allow(clippy::cast_precision_loss)] // a few megabytes
    let too_large = json::number(file, "file_size").is_some_and(|size| size > limits::DOWNLOAD as f64);
    let mime_type =
        json::filled(file, "mime_type").filter(|mime| mime.len() <= 255).or(usual_type.map(str::to_owned));
    let title = || {
        let words = [json::short(file, "performer", 60), json::short(file, "title", 60)];
        let title = words.into_iter().flatten().collect::<Vec<_>>().join(" - ");
        (!title.is_empty()).then_some(title)
    };
    let content = Content::Attachment(Attachment {
        media,
        voice,
        file: None,
        caption,
        file_name: json::filled(file, "file_name").or_else(title).and_then(|n| crate::sniff::safe_name(&n)),
        // A bot cannot fetch what is larger: the agent sees that there was something.
        state: if too_large { AttachmentState::Failed } else { AttachmentState::Fetching },
    });
    let remote = RemoteMedia { media, provider_id, url: None, mime_type, sha256: None };
    Some(Part { content, media: (!too_large).then_some(remote) })
}

/// Stickers that move come in forms that no browser shows as a picture: their still preview does, else their emoji.
fn sticker(sticker: &Value) -> Option<Part> {
    if !json::flag(sticker, "is_animated") && !json::flag(sticker, "is_video") {
        return attachment(sticker, Media::Sticker, false, Some("image/webp"), None);
    }
    let still = sticker.get("thumbnail").or_else(|| sticker.get("thumb"));
    still.and_then(|still| attachment(still, Media::Sticker, false, None, None)).or_else(|| {
        let text = json::short(sticker, "emoji", 16)?;
        Some(Content::Text { text }.into())
    })
}

fn place(point: &Value, venue: Option<&Value>) -> Option<Part> {
    let latitude = json::number(point, "latitude").filter(|degrees| (-90.0..=90.0).contains(degrees))?;
    let longitude = json::number(point, "longitude").filter(|degrees| (-180.0..=180.0).contains(degrees))?;
    let word = |key| venue.and_then(|venue| json::filled(venue, key));
    Some(
        Content::Location(Location { latitude, longitude, name: word("title"), address: word("address") })
            .into(),
    )
}

fn card(card: &Value) -> Option<Part> {
    let names = ["first_name", "last_name"].iter().filter_map(|key| json::filled(card, key));
    let phone = json::filled(card, "phone_number");
    let name = names.collect::<Vec<_>>().join(" ");
    if name.is_empty() && phone.is_none() {
        return None;
    }
    let contact =
        ContactCard { name, phones: phone.into_iter().collect(), emails: Vec::new(), organization: None };
    Some(Content::Contacts { contacts: vec![contact] }.into())
}

/// The customer's own number, where he shared it: Telegram puts his own id on that card.
pub(super) fn own_phone(message: &Value) -> Option<String> {
    let card = message.get("contact")?;
    let owner = json::id(card, "user_id")?;
    let author = json::id(message.get("from")?, "id")?;
    let forwarded = message.get("forward_origin").or_else(|| message.get("forward_date")).is_some();
    let digits: String = json::filled(card, "phone_number")?.chars().filter(char::is_ascii_digit).collect();
    (owner == author && !forwarded && (7..=15).contains(&digits.len())).then_some(digits)
}

fn poll(poll: &Value) -> Option<Part> {
    let mut text = format!("📊 {}", json::filled(poll, "question")?);
    for option in json::items(poll, "options").iter().filter_map(|option| json::filled(option, "text")) {
        let _ = write!(text, "\n• {option}");
    }
    Some(Content::Text { text }.into())
}

fn dice(dice: &Value) -> Option<Part> {
    let emoji = json::short(dice, "emoji", 16).unwrap_or_else(|| "🎲".to_owned());
    let text = format!("{emoji} {}", json::number(dice, "value")?);
    Some(Content::Text { text }.into())
}

/// What a page inside Telegram sent back: JSON where it is an object, else under `response`.
fn form(data: &Value) -> Part {
    let text = json::text(data, "data").unwrap_or_default();
    let fields = match json::value(&text) {
        Value::Object(fields) if !fields.is_empty() => fields,
        _ => Map::from_iter([("response".to_owned(), Value::String(text))]),
    };
    Content::FormReply { name: json::short(data, "button_text", 128), body: None, fields }.into()
}
