//! Requests that send, and their answer.

use http::Method;
use serde_json::{Map, Value, json};

use colibri_domain::content::{ContactCard, FileRef, Interactive, InteractiveAction, Location, Media};
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::outbound::OutboundContent;

use super::{Chat, business_chat, call, convert, errors, limits, message_key, method_url, of_key};
use crate::check::{is_emoji, same_type, text_of};
use crate::json;
use crate::media::Upload;
use crate::send::{Material, MediaHandle, Outcome, Outgoing, Refusal, RefusalCode as Code, SendError, Sent};
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};

/// A method with its parameters, and the member of a file where one goes along.
struct Sending {
    name: &'static str,
    parameters: Value,
    file: Option<&'static str>,
}

/// Builds the request of a send.
pub fn request(endpoint: &Endpoint, outgoing: &Outgoing<'_>) -> Result<HttpRequest, SendError> {
    let checked = convert::check(outgoing.content, &outgoing.material)?;
    let mut method = method(&checked.content, outgoing.material.file);
    let chat = Chat::of(outgoing.to)
        .ok_or_else(|| Refusal::new("/to", Code::InvalidRecipient, "is no chat of Telegram's"))?;
    method.parameters["chat_id"] = chat.id.into();
    if let Some(connection) = chat.connection {
        method.parameters["business_connection_id"] = connection.into();
    }
    if let Some((_, answered)) = outgoing.reply_to.and_then(of_key) {
        // A message that is gone meanwhile must not keep the answer from leaving.
        method.parameters["reply_parameters"] =
            json!({ "message_id": answered, "allow_sending_without_reply": true });
    }
    match (method.file, outgoing.media) {
        (None, _) => Ok(call(endpoint, method.name, &method.parameters)?),
        (Some(field), Some(MediaHandle::Bytes(bytes))) => {
            let file = outgoing.material.file;
            let upload = Upload {
                name: file.and_then(|f| f.name.as_deref()).unwrap_or("file"),
                mime_type: file.map_or("application/octet-stream", |f| f.mime_type.as_str()),
                bytes,
            };
            Ok(with_file(endpoint, &method, field, &upload)?)
        }
        (Some(field), Some(MediaHandle::Id(id))) => {
            let known = id.strip_prefix(field).and_then(|id| id.strip_prefix(':'));
            let known = known.ok_or_else(|| not_handed_over("is known as another kind of file"))?;
            method.parameters[field] = known.into();
            Ok(call(endpoint, method.name, &method.parameters)?)
        }
        (Some(field), Some(MediaHandle::Link(link))) => {
            method.parameters[field] = link.as_str().into();
            Ok(call(endpoint, method.name, &method.parameters)?)
        }
        (Some(_), None) => Err(not_handed_over("the file was not handed to the provider").into()),
    }
}

fn not_handed_over(detail: &str) -> Refusal {
    Refusal::new("/file_id", Code::FileMissing, detail)
}

/// Whether the provider's id of a file, from an earlier message, does for this one: it keeps its kind.
pub fn is_reusable(provider_id: &str, content: &OutboundContent, file: &FileRef) -> bool {
    let material = Material { file: Some(file), ..Material::default() };
    // Which kind it goes as follows from the file, where nobody says.
    let field = convert::check(content, &material).ok().and_then(|c| method(&c.content, Some(file)).file);
    field.is_some_and(|field| provider_id.strip_prefix(field).is_some_and(|rest| rest.starts_with(':')))
}

/// The file goes along: everything else becomes a field of the same form, objects as JSON.
fn with_file(
    endpoint: &Endpoint,
    method: &Sending,
    field: &str,
    upload: &Upload<'_>,
) -> Result<HttpRequest, InvalidRequest> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members = method.parameters.as_object().into_iter().flatten();
    let fields: Vec<(&str, String)> = members.map(|(key, value)| (key.as_str(), text(value))).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let url = method_url(endpoint, method.name)?;
    endpoint.bare(Method::POST, &url, Body::form(&fields, field, upload))
}

fn method(content: &OutboundContent, file: Option<&FileRef>) -> Sending {
    let plain = |name, parameters| Sending { name, parameters, file: None };
    match content {
        OutboundContent::Text { text, preview_url } => plain(
            "sendMessage",
            json!({ "text": text, "link_preview_options": { "is_disabled": !preview_url } }),
        ),
        OutboundContent::Attachment { media, caption, voice, .. } => {
            attachment(media.unwrap_or(Media::File), caption.as_deref(), *voice, file)
        }
        OutboundContent::Location(place) => location(place),
        OutboundContent::Contacts { contacts } => {
            plain("sendContact", contacts.first().map(card).unwrap_or_default())
        }
        OutboundContent::Interactive(asked) => {
            plain("sendMessage", json!({ "text": text_of(asked), "reply_markup": keyboard(asked) }))
        }
        // Refused by the check.
        OutboundContent::Template(_) => plain("sendMessage", Value::Object(Map::new())),
    }
}

fn attachment(media: Media, caption: Option<&str>, voice: bool, file: Option<&FileRef>) -> Sending {
    let moves = file.is_some_and(|file| same_type(&file.mime_type, limits::GIF));
    let (name, field) = match media {
        Media::Image if moves => ("sendAnimation", "animation"),
        Media::Image => ("sendPhoto", "photo"),
        Media::Video => ("sendVideo", "video"),
        Media::Audio if voice => ("sendVoice", "voice"),
        Media::Audio => ("sendAudio", "audio"),
        Media::File => ("sendDocument", "document"),
        Media::Sticker => ("sendSticker", "sticker"),
    };
    let mut parameters = json!({});
    if let Some(caption) = caption {
        parameters["caption"] = caption.into();
    }
    if media == Media::Video {
        parameters["supports_streaming"] = true.into();
    }
    let seconds = file.and_then(|file| file.duration_ms).map(|millis| millis.div_ceil(1000));
    if let (Media::Audio | Media::Video, Some(seconds)) = (media, seconds) {
        parameters["duration"] = seconds.into();
    }
    Sending { name, parameters, file: Some(field) }
}

/// A place with words is a venue, which needs both a title and an address.
fn location(place: &Location) -> Sending {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let mut parameters = json!({ "latitude": place.latitude, "longitude": place.longitude });
    let (name, address) = (filled(&place.name), filled(&place.address));
    let Some(title) = name.clone().or_else(|| address.clone()) else {
        return Sending { name: "sendLocation", parameters, file: None };
    };
    let point = || format!("{}, {}", place.latitude, place.longitude);
    parameters["title"] = title.into();
    parameters["address"] = name.and(address).unwrap_or_else(point).into();
    Sending { name: "sendVenue", parameters, file: None }
}

fn card(card: &ContactCard) -> Value {
    let (first, last) = card.name.trim().split_once(char::is_whitespace).unwrap_or((card.name.trim(), ""));
    let mut value = json!({ "phone_number": card.phones.first(), "first_name": first });
    if !last.is_empty() {
        value["last_name"] = last.trim().into();
    }
    value
}

fn keyboard(asked: &Interactive) -> Value {
    match &asked.action {
        InteractiveAction::Buttons { buttons } => {
            let row = |b: &colibri_domain::content::ReplyButton| json!([{ "text": b.title, "callback_data": b.id }]);
            json!({ "inline_keyboard": buttons.iter().map(row).collect::<Vec<_>>() })
        }
        InteractiveAction::CtaUrl { label, url } => {
            json!({ "inline_keyboard": [[{ "text": label, "url": url }]] })
        }
        InteractiveAction::LocationRequest => {
            let button = json!({ "text": "📍", "request_location": true });
            json!({ "keyboard": [[button]], "one_time_keyboard": true, "resize_keyboard": true })
        }
        // Converted or refused by the check.
        InteractiveAction::List { .. } | InteractiveAction::Flow { .. } => Value::Null,
    }
}

/// Builds a reaction; no emoji takes ours back. The provider takes some emoji only.
pub fn reaction(endpoint: &Endpoint, target: &str, emoji: Option<&str>) -> Result<HttpRequest, SendError> {
    // The provider takes no reactions of a bot in somebody else's chats.
    let own = of_key(target).filter(|(chat, _)| chat.connection.is_none());
    let Some((chat, message)) = own else {
        return Err(Refusal::new("/target", Code::InvalidValue, "takes no reaction").into());
    };
    let emoji = emoji.unwrap_or_default();
    if !is_emoji(emoji) {
        return Err(Refusal::new("/emoji", Code::InvalidValue, "must be one emoji").into());
    }
    let given = (!emoji.is_empty()).then(|| json!({ "type": "emoji", "emoji": emoji }));
    let parameters = json!({ "chat_id": chat.id, "message_id": message, "reaction": given.into_iter().collect::<Vec<_>>() });
    Ok(call(endpoint, "setMessageReaction", &parameters)?)
}

/// Members of an answer that hold the file that went along.
const FILES: &[&str] = &["animation", "video", "voice", "audio", "sticker", "document"];

/// Reads the answer to a message or reaction.
pub fn read_response(response: &HttpResponse) -> Outcome {
    let message = match errors::accepted(response) {
        Ok(message) => message,
        Err(refused) => return Outcome::Failed(refused),
    };
    if message == Value::Bool(true) {
        // A reaction: it has no id of its own.
        return Outcome::Sent(Sent { provider_id: String::new(), aliases: Vec::new(), media: None });
    }
    let chat = message.get("chat").and_then(|chat| json::id(chat, "id"));
    let (Some(chat), Some(id)) = (chat, json::id(&message, "message_id")) else {
        let unconfirmed = Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed);
        return Outcome::Failed(Refused::new(unconfirmed));
    };
    let connection = json::filled(&message, "business_connection_id");
    let chat = match connection.and_then(|connection| business_chat(&connection, &chat)) {
        Some(shared) => shared,
        None => chat,
    };
    let photo = json::items(&message, "photo").last().and_then(|size| json::id(size, "file_id"));
    let file = |field: &&'static str| Some((*field, json::id(message.get(*field)?, "file_id")?));
    let media = photo.map(|id| ("photo", id)).or_else(|| FILES.iter().find_map(file));
    Outcome::Sent(Sent {
        provider_id: message_key(&chat, &id),
        aliases: Vec::new(),
        media: media.map(|(field, id)| format!("{field}:{id}")),
    })
}
