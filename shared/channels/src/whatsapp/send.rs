//! Requests to the messages endpoint, and its answer.

use http::Method;
use serde_json::{Value, json};

use colibri_domain::content::{ContactCard, Interactive, InteractiveAction, Location, Media};
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::outbound::OutboundContent;

use super::identity::{digits, is_scoped, matching_form};
use super::{GRAPH_VERSION, convert, errors, limits, templates};
use crate::check::{is_emoji, not_longer};
use crate::json;
use crate::send::{MediaHandle, Outcome, Outgoing, Refusal, RefusalCode as Code, SendError, Sent};
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};

/// Builds the request of a send.
pub fn request(endpoint: &Endpoint, outgoing: &Outgoing<'_>) -> Result<HttpRequest, SendError> {
    let checked = convert::check(outgoing.content, &outgoing.material)?;
    let (kind, part) = part(&checked.content, outgoing)?;
    let mut body = envelope(outgoing.to, outgoing.reference)?;
    body["type"] = kind.into();
    body[kind] = part;
    if let Some(answered) = outgoing.reply_to {
        body["context"] = json!({ "message_id": answered });
    }
    Ok(post(endpoint, &body)?)
}

/// Builds a reaction; an empty emoji takes ours back.
pub fn reaction(
    endpoint: &Endpoint,
    to: &str,
    target: &str,
    emoji: Option<&str>,
    reference: &str,
) -> Result<HttpRequest, SendError> {
    let emoji = emoji.unwrap_or_default();
    if !is_emoji(emoji) {
        return Err(Refusal::new("/emoji", Code::InvalidValue, "must be one emoji").into());
    }
    let mut body = envelope(to, reference)?;
    body["type"] = "reaction".into();
    body["reaction"] = json!({ "message_id": target, "emoji": emoji });
    Ok(post(endpoint, &body)?)
}

/// Builds the read receipt for a message, with "typing…" if wanted.
pub fn read_receipt(endpoint: &Endpoint, message: &str, typing: bool) -> Result<HttpRequest, InvalidRequest> {
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    post(endpoint, &body)
}

/// Reads the answer to a message.
pub fn read_response(response: &HttpResponse) -> Outcome {
    let body = match errors::accepted(response) {
        Ok(body) => body,
        Err(refused) => return Outcome::Failed(refused),
    };
    let id = json::items(&body, "messages").first().and_then(|message| json::filled(message, "id"));
    let Some(provider_id) = id else {
        let unconfirmed = Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed);
        return Outcome::Failed(Refused::new(unconfirmed));
    };
    let mut aliases = Vec::new();
    for contact in json::items(&body, "contacts") {
        let phone = json::filled(contact, "wa_id").and_then(|id| digits(&id));
        let form = phone.as_deref().map(matching_form);
        let scoped = json::filled(contact, "user_id").filter(|id| is_scoped(id));
        for alias in [phone, form, scoped].into_iter().flatten() {
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
    }
    Outcome::Sent(Sent { provider_id, aliases, media: None })
}

fn post(endpoint: &Endpoint, body: &Value) -> Result<HttpRequest, InvalidRequest> {
    let url = endpoint.url(&[GRAPH_VERSION, endpoint.account(), "messages"])?;
    endpoint.request(Method::POST, &url, Body::json(body))
}

/// A phone number goes to `to`, a business-scoped id to `recipient`.
fn envelope(to: &str, reference: &str) -> Result<Value, Refusal> {
    not_longer(reference, "/reference", limits::REFERENCE)?;
    let field = if is_scoped(to) {
        "recipient"
    } else if digits(to).is_some() {
        "to"
    } else {
        return Err(Refusal::new("/to", Code::InvalidRecipient, "is neither a phone number nor a user id"));
    };
    let mut body = json!({ "messaging_product": "whatsapp", "recipient_type": "individual" });
    body[field] = to.into();
    if !reference.is_empty() {
        body["biz_opaque_callback_data"] = reference.into();
    }
    Ok(body)
}

fn part(content: &OutboundContent, outgoing: &Outgoing<'_>) -> Result<(&'static str, Value), Refusal> {
    Ok(match content {
        OutboundContent::Text { text, preview_url } => {
            ("text", json!({ "body": text, "preview_url": preview_url }))
        }
        OutboundContent::Attachment { media, caption, .. } => {
            let kind = media_word(media.unwrap_or(Media::File));
            let mut file = handle(outgoing.media)?;
            if let Some(caption) = caption {
                file["caption"] = caption.as_str().into();
            }
            let name = outgoing.material.file.and_then(|file| file.name.as_deref());
            if let (true, Some(name)) = (kind == "document", name) {
                file["filename"] = name.into();
            }
            (kind, file)
        }
        OutboundContent::Location(place) => ("location", location(place)),
        OutboundContent::Contacts { contacts } => ("contacts", contacts.iter().map(card).collect()),
        OutboundContent::Interactive(asked) => ("interactive", interactive(asked)),
        OutboundContent::Template(asked) => ("template", templates::part(asked, outgoing)?),
    })
}

/// The provider's word for a kind of file.
pub(super) const fn media_word(media: Media) -> &'static str {
    match media {
        Media::Image => "image",
        Media::Video => "video",
        Media::Audio => "audio",
        Media::File => "document",
        Media::Sticker => "sticker",
    }
}

/// Where the provider finds the file.
pub(super) fn handle(media: Option<&MediaHandle>) -> Result<Value, Refusal> {
    match media {
        Some(MediaHandle::Id(id)) => Ok(json!({ "id": id })),
        Some(MediaHandle::Link(link)) => Ok(json!({ "link": link })),
        Some(MediaHandle::Bytes(_)) | None => {
            Err(Refusal::new("/file_id", Code::FileMissing, "the file was not handed to the provider"))
        }
    }
}

fn location(place: &Location) -> Value {
    let mut value = json!({ "latitude": place.latitude, "longitude": place.longitude });
    for (key, text) in [("name", &place.name), ("address", &place.address)] {
        if let Some(text) = text {
            value[key] = text.as_str().into();
        }
    }
    value
}

fn card(card: &ContactCard) -> Value {
    let first = card.name.split_whitespace().next().unwrap_or(&card.name);
    let mut value = json!({ "name": { "formatted_name": card.name, "first_name": first } });
    if !card.phones.is_empty() {
        value["phones"] = card.phones.iter().map(|phone| json!({ "phone": phone, "type": "CELL" })).collect();
    }
    if !card.emails.is_empty() {
        value["emails"] = card.emails.iter().map(|email| json!({ "email": email, "type": "WORK" })).collect();
    }
    if let Some(company) = &card.organization {
        value["org"] = json!({ "company": company });
    }
    value
}

fn interactive(asked: &Interactive) -> Value {
    let (kind, action) = match &asked.action {
        InteractiveAction::Buttons { buttons } => {
            let reply = |b: &colibri_domain::content::ReplyButton| json!({ "type": "reply", "reply": { "id": b.id, "title": b.title } });
            ("button", json!({ "buttons": buttons.iter().map(reply).collect::<Vec<_>>() }))
        }
        InteractiveAction::List { label, sections } => {
            ("list", json!({ "button": label, "sections": sections }))
        }
        InteractiveAction::CtaUrl { label, url } => {
            ("cta_url", json!({ "name": "cta_url", "parameters": { "display_text": label, "url": url } }))
        }
        InteractiveAction::LocationRequest => {
            ("location_request_message", json!({ "name": "send_location" }))
        }
        InteractiveAction::Flow { flow_id, label, token, screen } => {
            let mut parameters = json!({
                "flow_message_version": "3", "flow_id": flow_id, "flow_cta": label, "flow_token": token,
                "flow_action": "navigate",
            });
            if let Some(screen) = screen {
                parameters["flow_action_payload"] = json!({ "screen": screen });
            }
            ("flow", json!({ "name": "flow", "parameters": parameters }))
        }
    };
    let mut value = json!({ "type": kind, "body": { "text": asked.body }, "action": action });
    if let Some(header) = &asked.header {
        value["header"] = json!({ "type": "text", "text": header });
    }
    if let Some(footer) = &asked.footer {
        value["footer"] = json!({ "text": footer });
    }
    value
}
