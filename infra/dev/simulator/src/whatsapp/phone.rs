//! How a message of the business looks on the customer's phone.

use serde_json::{Value, json};

use super::state::SentMessage;
use super::{WhatsApp, templates};
use crate::phone::thread::Bubble;
use crate::sync::lock;

/// Shows an accepted message; it stays hidden until it is delivered.
pub fn show_sent(whatsapp: &WhatsApp, sent: &SentMessage, template: Option<&Value>) {
    let (line, person) = (&sent.number, &sent.customer);
    if sent.message_type == "reaction" {
        let reaction = &sent.body["reaction"];
        let emoji = reaction["emoji"].as_str().filter(|emoji| !emoji.is_empty()).map(str::to_owned);
        let target = reaction["message_id"].as_str().unwrap_or_default();
        whatsapp.change(line, person, target, |bubble| bubble.their_reaction = emoji);
        return;
    }
    let mut bubble = Bubble::new(&sent.id, false, sent.at, content(whatsapp, sent, template));
    bubble.quote = sent.body["context"]["message_id"].as_str().map(str::to_owned);
    bubble.hidden = true;
    whatsapp.show(line, person, bubble);
}

fn content(whatsapp: &WhatsApp, sent: &SentMessage, template: Option<&Value>) -> Value {
    let kind = sent.message_type.as_str();
    let part = &sent.body[kind];
    match (kind, template) {
        ("text", _) => json!({"kind": "text", "text": part["body"]}),
        ("location", _) => {
            json!({"kind": "location", "latitude": part["latitude"], "longitude": part["longitude"],
                   "name": part["name"], "address": part["address"]})
        }
        ("contacts", _) => json!({"kind": "contacts", "contacts": part}),
        ("interactive", _) => {
            let mut interactive = part.clone();
            if let Some(source) = header_source(&part["header"]) {
                interactive["header"]["src"] = json!(source);
            }
            json!({"kind": "interactive", "interactive": interactive})
        }
        ("template", Some(template)) => template_content(template, part),
        _ => medium_content(whatsapp, kind, part),
    }
}

fn source(medium: &Value) -> Option<String> {
    let own = medium["id"].as_str().map(|id| format!("/phone/media/whatsapp/{id}"));
    own.or_else(|| medium["link"].as_str().map(str::to_owned))
}

fn header_source(header: &Value) -> Option<String> {
    source(&header[header["type"].as_str()?])
}

fn medium_content(whatsapp: &WhatsApp, kind: &str, part: &Value) -> Value {
    let held = part["id"].as_str().and_then(|id| {
        let state = lock(&whatsapp.state);
        state.media.get(id).map(|medium| (medium.mime_type.clone(), medium.file_name.clone()))
    });
    let (mime_type, own_name) = held.unwrap_or_default();
    let voice = kind == "audio" && mime_type.contains("ogg");
    json!({
        "kind": "media", "media": if voice { "voice" } else { kind }, "src": source(part),
        "caption": part["caption"], "file_name": part["filename"].as_str().map(str::to_owned).or(own_name),
        "mime_type": mime_type,
    })
}

fn template_content(template: &Value, part: &Value) -> Value {
    let components = template["components"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |kind: &str| components.iter().find(|made| made["type"] == kind);
    let given = part["components"].as_array().map_or(&[][..], Vec::as_slice);
    let header = given.iter().find(|given| given["type"] == "header").map(|given| &given["parameters"][0]);
    let buttons: Vec<Value> = of("BUTTONS")
        .and_then(|made| made["buttons"].as_array())
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, button)| {
            let place = index.to_string();
            let own = given.iter().find(|given| {
                given["type"] == "button" && (given["index"] == index || given["index"] == place.as_str())
            });
            let payload = own.and_then(|own| own["parameters"][0]["payload"].as_str());
            json!({"type": button["type"], "text": button["text"], "url": button["url"],
                   "payload": payload.map_or(button["text"].clone(), |payload| json!(payload))})
        })
        .collect();
    json!({
        "kind": "template", "name": template["name"], "text": templates::rendered(template, part, "body"),
        "header": templates::rendered(template, part, "header"),
        "header_src": header.and_then(header_source),
        "header_kind": header.map_or(Value::Null, |header| header["type"].clone()),
        "footer": of("FOOTER").map_or(Value::Null, |footer| footer["text"].clone()), "buttons": buttons,
    })
}
