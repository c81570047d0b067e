//! Requests that send, and their answer.

use http::Method;
use serde_json::{Value, json};

use colibri_domain::content::{Interactive, InteractiveAction, Media};
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::window::MessageTag;

use super::GRAPH_VERSION;
use crate::check::text_of;
use crate::json;
use crate::send::{MediaHandle, Outcome, Outgoing, Refusal, RefusalCode as Code, SendError, Sent};
use crate::wire::{Body, Endpoint, HttpRequest, InvalidRequest, Refused};

/// Builds the request of a send, for a content that was checked.
pub(crate) fn request(
    endpoint: &Endpoint,
    content: &OutboundContent,
    outgoing: &Outgoing<'_>,
) -> Result<HttpRequest, SendError> {
    if outgoing.to.trim().is_empty() || outgoing.to.len() > 256 {
        return Err(Refusal::new("/to", Code::InvalidRecipient, "is no person of this account").into());
    }
    let mut message = message(content, outgoing.media)?;
    if !outgoing.reference.is_empty() {
        message["metadata"] = outgoing.reference.into();
    }
    let mut body = json!({ "recipient": { "id": outgoing.to }, "message": message });
    match outgoing.tag {
        None => body["messaging_type"] = "RESPONSE".into(),
        Some(MessageTag::HumanAgent) => {
            body["messaging_type"] = "MESSAGE_TAG".into();
            body["tag"] = "HUMAN_AGENT".into();
        }
    }
    if let Some(answered) = outgoing.reply_to.filter(|id| !id.contains(':')) {
        // A part of a message is answered as the whole.
        let whole = answered.split('#').next().unwrap_or(answered);
        body["reply_to"] = json!({ "mid": whole });
    }
    Ok(post(endpoint, &body)?)
}

fn post(endpoint: &Endpoint, body: &Value) -> Result<HttpRequest, InvalidRequest> {
    let url = endpoint.url(&[GRAPH_VERSION, "me", "messages"])?;
    endpoint.request(Method::POST, &url, Body::json(body))
}

fn message(content: &OutboundContent, media: Option<&MediaHandle>) -> Result<Value, Refusal> {
    Ok(match content {
        OutboundContent::Text { text, .. } => json!({ "text": text }),
        OutboundContent::Attachment { media: kind, .. } => {
            let Some(MediaHandle::Link(link)) = media else {
                return Err(Refusal::new(
                    "/file_id",
                    Code::FileMissing,
                    "the provider has no link to the file",
                ));
            };
            let kind = word(kind.unwrap_or(Media::File));
            json!({ "attachment": { "type": kind, "payload": { "url": link, "is_reusable": false } } })
        }
        OutboundContent::Interactive(asked) => tappable(asked),
        // Refused by the check.
        OutboundContent::Location(_) | OutboundContent::Contacts { .. } | OutboundContent::Template(_) => {
            Value::Null
        }
    })
}

const fn word(media: Media) -> &'static str {
    match media {
        Media::Image | Media::Sticker => "image",
        Media::Video => "video",
        Media::Audio => "audio",
        Media::File => "file",
    }
}

fn tappable(asked: &Interactive) -> Value {
    let text = text_of(asked);
    match &asked.action {
        InteractiveAction::Buttons { buttons } => {
            let reply = |button: &colibri_domain::content::ReplyButton| json!({ "content_type": "text", "title": button.title, "payload": button.id });
            json!({ "text": text, "quick_replies": buttons.iter().map(reply).collect::<Vec<_>>() })
        }
        InteractiveAction::CtaUrl { label, url } => {
            let button = json!({ "type": "web_url", "title": label, "url": url });
            let payload = json!({ "template_type": "button", "text": text, "buttons": [button] });
            json!({ "attachment": { "type": "template", "payload": payload } })
        }
        // Converted or refused by the check.
        _ => json!({ "text": text }),
    }
}

/// Shows the person that his last message was seen, with "typing…" if wanted.
pub(crate) fn read_receipt(
    endpoint: &Endpoint,
    to: &str,
    typing: bool,
) -> Result<HttpRequest, InvalidRequest> {
    let action = if typing { "typing_on" } else { "mark_seen" };
    post(endpoint, &json!({ "recipient": { "id": to }, "sender_action": action }))
}

/// Reads an accepted answer.
pub(crate) fn outcome(answer: Result<Value, Refused>) -> Outcome {
    let body = match answer {
        Ok(body) => body,
        Err(refused) => return Outcome::Failed(refused),
    };
    match json::id(&body, "message_id") {
        Some(provider_id) => Outcome::Sent(Sent { provider_id, aliases: Vec::new(), media: None }),
        None => {
            Outcome::Failed(Refused::new(Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed)))
        }
    }
}
