//! What a message says: the part named after its type.

use serde_json::{Map, Value};

use colibri_domain::content::{
    Attachment, AttachmentState, ContactCard, Content, Location, Media, OrderItem,
};
use colibri_domain::inbound::RemoteMedia;

use crate::json;
use crate::part::Part;

/// Reads the part of a message (or of an edit's new message). What is not as it should be becomes a placeholder.
pub(super) fn read(message: &Value) -> Part {
    let type_name = json::filled(message, "type").unwrap_or_else(|| "unknown".to_owned());
    let body = message.get(&type_name).unwrap_or(&Value::Null);
    let part = match type_name.as_str() {
        "text" => json::text(body, "body").map(|text| Content::Text { text }.into()),
        "image" => attachment(body, Media::Image, false),
        "video" => attachment(body, Media::Video, false),
        "document" => attachment(body, Media::File, false),
        "audio" => attachment(body, Media::Audio, json::flag(body, "voice")),
        "voice" => attachment(body, Media::Audio, true),
        "sticker" => attachment(body, Media::Sticker, false),
        "location" => location(body).map(Part::from),
        "contacts" => cards(body).map(Part::from),
        "button" => button(body).map(Part::from),
        "interactive" => interactive(body).map(Part::from),
        "order" => order(body).map(Part::from),
        "unsupported" => {
            return Part::unsupported(
                &json::filled(body, "type").unwrap_or_else(|| "unsupported".to_owned()),
            );
        }
        _ => None,
    };
    part.filter(Part::is_storable).unwrap_or_else(|| Part::unsupported(&sub_type(&type_name, body)))
}

fn sub_type(type_name: &str, body: &Value) -> String {
    match (type_name, json::filled(body, "type")) {
        ("interactive", Some(sub)) => format!("{type_name}/{sub}"),
        _ => type_name.to_owned(),
    }
}

fn attachment(body: &Value, media: Media, voice: bool) -> Option<Part> {
    let provider_id = json::id(body, "id")?;
    let remote = RemoteMedia {
        media,
        provider_id,
        url: json::filled(body, "url").filter(|url| url.len() <= 4096),
        mime_type: json::filled(body, "mime_type").filter(|mime| mime.len() <= 255),
        sha256: json::filled(body, "sha256").filter(|digest| digest.len() <= 128),
    };
    let content = Content::Attachment(Attachment {
        media,
        voice,
        file: None,
        caption: json::filled(body, "caption"),
        file_name: json::filled(body, "filename").and_then(|name| crate::sniff::safe_name(&name)),
        state: AttachmentState::Fetching,
    });
    Some(Part { content, media: Some(remote) })
}

fn location(body: &Value) -> Option<Content> {
    let latitude = json::number(body, "latitude").filter(|degrees| (-90.0..=90.0).contains(degrees))?;
    let longitude = json::number(body, "longitude").filter(|degrees| (-180.0..=180.0).contains(degrees))?;
    let (name, address) = (json::filled(body, "name"), json::filled(body, "address"));
    Some(Content::Location(Location { latitude, longitude, name, address }))
}

fn cards(body: &Value) -> Option<Content> {
    let contacts: Vec<ContactCard> = body.as_array()?.iter().take(257).map(card).collect();
    (!contacts.is_empty()).then_some(Content::Contacts { contacts })
}

fn card(card: &Value) -> ContactCard {
    let name = card.get("name").unwrap_or(&Value::Null);
    let parts = ["first_name", "middle_name", "last_name"].iter().filter_map(|key| json::filled(name, key));
    let joined = parts.collect::<Vec<_>>().join(" ");
    let list = |key: &str, members: &[&str]| -> Vec<String> {
        let read = |item: &Value| members.iter().find_map(|member| json::filled(item, member));
        json::items(card, key).iter().filter_map(read).collect()
    };
    let mut phones = list("phones", &["phone", "wa_id"]);
    if phones.is_empty() {
        phones.extend(super::identity::shared_phone(card).map(|digits| format!("+{digits}")));
    }
    ContactCard {
        name: json::filled(name, "formatted_name").unwrap_or(joined),
        phones,
        emails: list("emails", &["email"]),
        organization: card.get("org").and_then(|org| json::filled(org, "company")),
    }
}

fn button(body: &Value) -> Option<Content> {
    let title = json::filled(body, "text")?;
    Some(Content::QuickReply { title, body: None, payload: json::filled(body, "payload") })
}

fn interactive(body: &Value) -> Option<Content> {
    let kind = json::filled(body, "type")?;
    let reply = body.get(&kind)?;
    match kind.as_str() {
        "button_reply" | "list_reply" => Some(Content::QuickReply {
            title: json::filled(reply, "title")?,
            body: json::filled(reply, "description"),
            payload: json::filled(reply, "id"),
        }),
        "nfm_reply" => Some(Content::FormReply {
            name: json::filled(reply, "name"),
            body: json::filled(reply, "body"),
            fields: fields(reply.get("response_json")),
        }),
        _ => None,
    }
}

/// A form's values come as JSON inside a text. One that is no object is kept under `response`.
fn fields(response: Option<&Value>) -> Map<String, Value> {
    let read = match response {
        Some(Value::String(text)) => {
            let value = json::value(text);
            if value.as_object().is_some_and(|o| !o.is_empty()) {
                value
            } else {
                Value::String(json::clean(text))
            }
        }
        Some(other) => other.clone(),
        None => Value::Null,
    };
    match read {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => Map::from_iter([("response".to_owned(), other)]),
    }
}

fn order(body: &Value) -> Option<Content> {
    let items: Vec<OrderItem> = json::items(body, "product_items").iter().filter_map(order_item).collect();
    if items.is_empty() {
        return None;
    }
    let catalog_id = json::text(body, "catalog_id").unwrap_or_default();
    Some(Content::Order { catalog_id, text: json::filled(body, "text"), items })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bounded just before
fn order_item(item: &Value) -> Option<OrderItem> {
    let quantity =
        json::number(item, "quantity").unwrap_or(1.0).clamp(0.0, f64::from(u32::MAX)).round() as u32;
    let price = json::number(item, "item_price").unwrap_or_default().clamp(-9e9, 9e9);
    Some(OrderItem {
        sku: json::filled(item, "product_retailer_id")?,
        quantity,
        price_micros: (price * 1_000_000.0).round() as i64,
        currency: json::filled(item, "currency").unwrap_or_default(),
    })
}
