//! What Graph checks before it accepts a message: required fields and limits.

mod interactive;
mod template;

use serde_json::Value;

use super::errors::GraphError;

type Checked = Result<(), GraphError>;

/// A required parameter is not there.
pub fn missing(path: &str) -> GraphError {
    GraphError::new(131_008, format!("The parameter {path} is required."))
}

/// A parameter has a value it may not have.
pub fn invalid(details: impl Into<String>) -> GraphError {
    GraphError::new(131_009, details)
}

/// `messaging_product` is there and right.
pub fn product(body: &Value) -> Checked {
    if body["messaging_product"] == "whatsapp" {
        return Ok(());
    }
    Err(GraphError::new(100, "The parameter messaging_product is required and must be whatsapp."))
}

/// A text that must be there and may not be longer than `limit` characters.
fn text(value: &Value, path: &str, limit: usize) -> Checked {
    let text = value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| missing(path))?;
    within(text, path, limit)
}

/// A text that may be absent.
fn optional(value: &Value, path: &str, limit: usize) -> Checked {
    match value.as_str() {
        Some(text) => within(text, path, limit),
        None if value.is_null() => Ok(()),
        None => Err(invalid(format!("{path} must be a string"))),
    }
}

fn within(text: &str, path: &str, limit: usize) -> Checked {
    if text.chars().count() <= limit {
        return Ok(());
    }
    Err(GraphError::new(100, format!("Param {path} must be at most {limit} characters long.")))
}

/// Everything about a message that can be told without knowing the account.
pub fn message(body: &Value) -> Checked {
    product(body)?;
    if body["recipient_type"].as_str().is_some_and(|kind| kind != "individual" && kind != "group") {
        return Err(invalid("recipient_type must be individual"));
    }
    optional(&body["biz_opaque_callback_data"], "biz_opaque_callback_data", 512)?;
    if !body["context"].is_null() && body["context"]["message_id"].as_str().is_none_or(str::is_empty) {
        return Err(missing("context['message_id']"));
    }
    let kind = body["type"].as_str().unwrap_or("text");
    let part = &body[kind];
    if !part.is_object() && kind != "contacts" {
        let known = [
            "text",
            "image",
            "video",
            "audio",
            "document",
            "sticker",
            "location",
            "reaction",
            "interactive",
            "template",
        ];
        return Err(if known.contains(&kind) {
            missing(kind)
        } else {
            GraphError::new(131_051, format!("Message type {kind} is not currently supported."))
        });
    }
    match kind {
        "text" => text(&part["body"], "text['body']", 4_096),
        "image" | "video" | "document" => medium(part, kind, true),
        "audio" | "sticker" => medium(part, kind, false),
        "location" => location(part),
        "contacts" => contacts(part),
        "reaction" => reaction(part),
        "interactive" => interactive::check(part),
        "template" => template::shape(part),
        _ => Err(GraphError::new(131_051, format!("Message type {kind} is not currently supported."))),
    }
}

fn medium(part: &Value, kind: &str, captioned: bool) -> Checked {
    if part["id"].as_str().is_none() && part["link"].as_str().is_none() {
        return Err(missing(&format!("{kind}['id'] or {kind}['link']")));
    }
    if part["link"].as_str().is_some_and(|link| !link.starts_with("https://") && !link.starts_with("http://"))
    {
        return Err(invalid(format!("{kind}['link'] is not a valid URL")));
    }
    if !captioned && !part["caption"].is_null() {
        return Err(GraphError::new(100, format!("Unexpected key caption on param {kind}.")));
    }
    optional(&part["caption"], &format!("{kind}['caption']"), 1_024)
}

fn location(part: &Value) -> Checked {
    for (name, limit) in [("latitude", 90.0), ("longitude", 180.0)] {
        let degrees = part[name].as_f64().or_else(|| part[name].as_str().and_then(|text| text.parse().ok()));
        let degrees = degrees.ok_or_else(|| missing(&format!("location['{name}']")))?;
        if degrees.abs() > limit {
            return Err(invalid(format!("location['{name}'] is out of range")));
        }
    }
    Ok(())
}

fn contacts(part: &Value) -> Checked {
    let contacts =
        part.as_array().filter(|contacts| !contacts.is_empty()).ok_or_else(|| missing("contacts"))?;
    if contacts.len() > 257 {
        return Err(invalid("contacts may have at most 257 entries"));
    }
    for (place, contact) in contacts.iter().enumerate() {
        let name = &contact["name"];
        text(&name["formatted_name"], &format!("contacts[{place}]['name']['formatted_name']"), 1_024)?;
        let parts = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
        if parts.iter().all(|part| name[part].as_str().is_none()) {
            return Err(missing(&format!("contacts[{place}]['name']['first_name']")));
        }
    }
    Ok(())
}

fn reaction(part: &Value) -> Checked {
    text(&part["message_id"], "reaction['message_id']", 1_024)?;
    // An empty emoji takes the reaction back; no emoji at all is a mistake.
    let emoji = part["emoji"].as_str().ok_or_else(|| missing("reaction['emoji']"))?;
    within(emoji, "reaction['emoji']", 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(mut body: Value) -> u32 {
        body["messaging_product"] = json!("whatsapp");
        message(&body).map_or_else(|error| error.code, |()| 0)
    }

    #[test]
    fn every_type_of_message_is_accepted() {
        let bodies = [
            json!({"type": "text", "text": {"body": "x".repeat(4_096)}}),
            json!({"type": "image", "image": {"link": "https://x.test/a.jpg", "caption": "c"}}),
            json!({"type": "audio", "audio": {"id": "1"}}),
            json!({"type": "location", "location": {"latitude": -2.9, "longitude": -79.0}}),
            json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo", "first_name": "Bo"}}]}),
            json!({"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": ""}}),
        ];
        for body in bodies {
            assert_eq!(code(body.clone()), 0, "{body}");
        }
    }

    #[test]
    fn limits_and_required_fields_are_kept() {
        let cases = [
            (100, json!({"type": "text", "text": {"body": "x".repeat(4_097)}})),
            (131_008, json!({"type": "text", "text": {"body": ""}})),
            (131_008, json!({"type": "text"})),
            (131_008, json!({"type": "image", "image": {}})),
            (100, json!({"type": "image", "image": {"id": "1", "caption": "x".repeat(1_025)}})),
            (100, json!({"type": "audio", "audio": {"id": "1", "caption": "c"}})),
            (131_009, json!({"type": "video", "video": {"link": "ftp://x.test/a"}})),
            (131_009, json!({"type": "location", "location": {"latitude": 91, "longitude": 0}})),
            (131_008, json!({"type": "contacts", "contacts": []})),
            (131_008, json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo"}}]})),
            (131_008, json!({"type": "reaction", "reaction": {"message_id": "wamid.X"}})),
            (131_051, json!({"type": "poll", "poll": {}})),
            (100, json!({"text": {"body": "x"}, "biz_opaque_callback_data": "x".repeat(513)})),
            (131_008, json!({"text": {"body": "x"}, "context": {}})),
        ];
        for (expected, body) in cases {
            assert_eq!(code(body.clone()), expected, "{body}");
        }
        assert_eq!(message(&json!({"text": {"body": "x"}})).map_err(|error| error.code), Err(100));
    }
}
