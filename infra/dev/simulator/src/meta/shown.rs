//! What the phone shows of messages in both directions.

use serde_json::{Value, json};

/// A message of the business.
pub fn outgoing(message: &Value) -> Value {
    let attachment = &message["attachment"];
    let payload = &attachment["payload"];
    match attachment["type"].as_str() {
        Some("template") if payload["template_type"] == "button" => {
            buttons(&payload["text"], payload["buttons"].as_array())
        }
        Some("template") => json!({"kind": "text", "text": cards(payload)}),
        Some(kind) => json!({
            "kind": "media", "media": if kind == "file" { "document" } else { kind }, "src": payload["url"],
            "caption": null, "file_name": name_of(&payload["url"]), "mime_type": null,
        }),
        None if message["quick_replies"].is_array() => {
            buttons(&message["text"], message["quick_replies"].as_array())
        }
        None => json!({"kind": "text", "text": message["text"]}),
    }
}

/// A text with what can be tapped under it.
fn buttons(text: &Value, given: Option<&Vec<Value>>) -> Value {
    let given = given.map(Vec::as_slice).unwrap_or_default();
    if let Some(link) = given.iter().find(|button| button["type"] == "web_url") {
        return json!({"kind": "interactive", "interactive": {"type": "cta_url", "body": {"text": text},
            "action": {"parameters": {"display_text": link["title"], "url": link["url"]}}}});
    }
    let reply = |button: &Value| json!({"type": "reply", "reply": {"id": button["payload"], "title": button["title"]}});
    json!({"kind": "interactive", "interactive": {"type": "button", "body": {"text": text},
        "action": {"buttons": given.iter().map(reply).collect::<Vec<_>>()}}})
}

fn cards(payload: &Value) -> String {
    let cards = payload["elements"].as_array().map(Vec::as_slice).unwrap_or_default();
    let line = |card: &Value| {
        let part = |name: &str| card[name].as_str().map(str::to_owned);
        [part("title"), part("subtitle")].into_iter().flatten().collect::<Vec<_>>().join("\n")
    };
    cards.iter().map(line).collect::<Vec<_>>().join("\n\n")
}

fn name_of(link: &Value) -> Option<String> {
    let path = link.as_str()?.split(['?', '#']).next()?;
    path.rsplit('/').next().map(str::to_owned)
}

/// A message of a person that came through the control API.
pub fn incoming(message: &Value) -> Value {
    let attachment = &message["attachments"][0];
    let payload = &attachment["payload"];
    let link = payload["url"].as_str().or_else(|| payload["story_media_url"].as_str());
    let link = link.or_else(|| attachment["url"].as_str());
    let text = message["text"].as_str();
    match attachment["type"].as_str() {
        Some(kind @ ("image" | "video" | "audio" | "file" | "sticker")) if link.is_some() => json!({
            "kind": "media", "media": if kind == "file" { "document" } else { kind }, "src": link, "caption": text,
            "file_name": name_of(&payload["url"]), "mime_type": null,
        }),
        Some("location") => json!({"kind": "location", "latitude": payload["coordinates"]["lat"],
            "longitude": payload["coordinates"]["long"], "name": attachment["title"], "address": null}),
        Some("like_heart") => json!({"kind": "text", "text": "❤️"}),
        Some(_) => {
            let lines = [text, attachment["title"].as_str(), payload["title"].as_str(), link];
            let mut lines: Vec<&str> = lines.into_iter().flatten().collect();
            lines.dedup();
            json!({"kind": "text", "text": if lines.is_empty() { "…".to_owned() } else { lines.join("\n") }})
        }
        None => {
            // An answer to a story stands under the story.
            let lines: Vec<&str> =
                [message["reply_to"]["story"]["url"].as_str(), text].into_iter().flatten().collect();
            json!({"kind": "text", "text": if lines.is_empty() { "…".to_owned() } else { lines.join("\n") }})
        }
    }
}
