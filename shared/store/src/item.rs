//! Items: a document as JSON, the attributes that conditions need, and the events of the write.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use colibri_domain::contact::Head;
use colibri_domain::event::{Event, EventKind};
use colibri_domain::message::Message;
use colibri_domain::{ContactId, MessageId, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::correlation;
use crate::error::StoreError;
use crate::keys::{self, Key, TimelineKind};
use crate::packed;

/// Attributes of an item.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// Version of the documents' shape, in each item as `_v`.
const SCHEMA: &str = "1";

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

#[allow(clippy::needless_pass_by_value)] // numbers, all of them small
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn json<T: Serialize>(op: &'static str, value: &T) -> Result<AttributeValue, StoreError> {
    serde_json::to_string(value).map(AttributeValue::S).map_err(|e| StoreError::corrupt(op, &e))
}

/// The attributes of a key.
pub(crate) fn key(key: &Key) -> Attributes {
    HashMap::from([("PK".to_owned(), text(&key.pk)), ("SK".to_owned(), text(&key.sk))])
}

/// An item of a type with its document.
pub(crate) fn document<T: Serialize>(
    at: &Key,
    kind: &'static str,
    value: &T,
) -> Result<Attributes, StoreError> {
    let mut item = key(at);
    item.insert("_t".to_owned(), text(kind));
    item.insert("_v".to_owned(), number(SCHEMA));
    item.insert("d".to_owned(), json(kind, value)?);
    Ok(item)
}

/// Attribute of what an item's write, and of a message everything that becomes of it, is found under in the logs.
pub(crate) const CORRELATION: &str = "ci";

/// Puts the events of this write on an item, and what started it.
pub(crate) fn carry(item: &mut Attributes, events: &[Event]) -> Result<(), StoreError> {
    if !events.is_empty() {
        let at = Key {
            pk: str_of(item, "PK").unwrap_or_default().to_owned(),
            sk: str_of(item, "SK").unwrap_or_default().to_owned(),
        };
        let written = written_events(&at, number_of(item, "ver").unwrap_or(0), events)?;
        item.insert("ev".to_owned(), written);
        correlate(item);
    }
    Ok(())
}

/// Events as they stand on the item of a key: what follows from the item is left out, and a head only names the
/// messages of its contact, which are items of their own. A stored head is paid for by the kilobyte.
pub(crate) fn written_events(at: &Key, version: u64, events: &[Event]) -> Result<AttributeValue, StoreError> {
    let place = keys::parse_place(&at.pk);
    let mut written = Vec::with_capacity(events.len());
    for event in events {
        let mut value = serde_json::to_value(event).map_err(|e| StoreError::corrupt("events", &e))?;
        let Some(fields) = value.as_object_mut() else { continue };
        if let Some((workspace, contact)) = &place {
            if event.workspace_id == *workspace {
                fields.remove("workspace_id");
            }
            if contact.is_some() && event.contact_id == *contact {
                fields.remove("contact_id");
                let named = message_in(&event.kind).filter(|message| Some(message.contact_id) == *contact);
                if let (Some(message), keys::HEAD) = (named, at.sk.as_str()) {
                    fields.insert("message".to_owned(), message.id.0.into());
                }
            }
        }
        if event.version == version {
            fields.remove("version");
        }
        written.push(value);
    }
    json("events", &written)
}

const fn message_in(kind: &EventKind) -> Option<&Message> {
    match kind {
        EventKind::MessageReceived { message } | EventKind::MessageSent { message } => Some(message),
        EventKind::ConversationOpened { message, .. } => message.as_ref(),
        _ => None,
    }
}

/// Notes on an item what started its write.
pub(crate) fn correlate(item: &mut Attributes) {
    if let Some(id) = correlation::current() {
        item.insert(CORRELATION.to_owned(), text(id));
    }
}

/// What a stream image's write was started by.
pub fn carried_correlation(image: &serde_json::Value) -> Option<&str> {
    image.get(CORRELATION).and_then(serde_json::Value::as_str)
}

pub(crate) fn str_of<'a>(item: &'a Attributes, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|v| v.as_s().ok()).map(String::as_str)
}

pub(crate) fn number_of<T: std::str::FromStr>(item: &Attributes, name: &str) -> Option<T> {
    item.get(name).and_then(|v| v.as_n().ok()).and_then(|n| n.parse().ok())
}

/// The value of a JSON attribute.
pub(crate) fn parsed<T: DeserializeOwned>(
    op: &'static str,
    item: &Attributes,
    name: &str,
) -> Result<Option<T>, StoreError> {
    str_of(item, name).map(|s| serde_json::from_str(s).map_err(|e| StoreError::corrupt(op, &e))).transpose()
}

/// The document of an item.
pub(crate) fn read<T: DeserializeOwned>(op: &'static str, item: &Attributes) -> Result<T, StoreError> {
    parsed(op, item, "d")?.ok_or_else(|| StoreError::new(crate::StoreErrorKind::Corrupt, op, "no document"))
}

/// A head as the stream shows it.
#[derive(Debug, Clone)]
pub struct CarriedHead {
    /// The head with its version.
    pub head: Head,
}

/// The head of a stream image (plain JSON), if the item is one.
pub fn carried_head(image: &serde_json::Value) -> Option<CarriedHead> {
    let mut head = packed::unpack(image.get("h")?.as_str()?).ok()?;
    head.version = image.get("ver")?.as_u64()?;
    Some(CarriedHead { head })
}

/// The message that a stream image's write stored without the contact's head knowing of it yet.
pub fn carried_arrival(new: &serde_json::Value, old: Option<&serde_json::Value>) -> Option<crate::Pending> {
    let of = |name: &str| new.get(name).and_then(serde_json::Value::as_str);
    let arrived = old.is_none() && of("_t") == Some("message") && of("ev") == Some("[]");
    let (workspace, contact, message) =
        crate::keys::parse_message(of("PK")?, of("SK")?).filter(|_| arrived)?;
    Some(crate::Pending { workspace, contact, message })
}

/// The messages that the head of a stream image has taken in lately, as [`carried_arrival`] names them.
pub fn carried_taken(image: &serde_json::Value) -> Vec<crate::Pending> {
    let of = |name: &str| image.get(name).and_then(serde_json::Value::as_str);
    let (Some(pk), Some(ring)) = (of("PK"), image.get("rg")) else { return Vec::new() };
    let ring = packed::ring_of_image(ring);
    ring.into_iter()
        .filter_map(|id| crate::keys::parse_message(pk, &crate::keys::timeline_sk(id, TimelineKind::Message)))
        .map(|(workspace, contact, message)| crate::Pending { workspace, contact, message })
        .collect()
}

/// The messages that the events of a stream image only name.
pub fn named_messages(image: &serde_json::Value) -> Vec<crate::Pending> {
    let place = image.get("PK").and_then(serde_json::Value::as_str).and_then(keys::parse_place);
    let Some((workspace, Some(contact))) = place else { return Vec::new() };
    let named = event_values(image).unwrap_or_default().into_iter().filter_map(|event| {
        let message = MessageId(event.get("message")?.as_u64()?);
        Some(crate::Pending { workspace: workspace.clone(), contact, message })
    });
    named.collect()
}

fn event_values(image: &serde_json::Value) -> Result<Vec<serde_json::Value>, serde_json::Error> {
    match image.get("ev").and_then(serde_json::Value::as_str) {
        Some(text) => serde_json::from_str(text),
        None => Ok(Vec::new()),
    }
}

/// The events that the write of a stream image carried; those of the image before it are no news. `message` gives
/// those that [`named_messages`] tells.
pub fn carried_events(
    new: &serde_json::Value,
    old: Option<&serde_json::Value>,
    message: &dyn Fn(MessageId) -> Option<Message>,
) -> Result<Vec<Event>, serde_json::Error> {
    let known: Vec<serde_json::Value> = match old {
        Some(old) => event_values(old)?
            .into_iter()
            .filter_map(|mut e| e.get_mut("id").map(serde_json::Value::take))
            .collect(),
        None => Vec::new(),
    };
    let place = new.get("PK").and_then(serde_json::Value::as_str).and_then(keys::parse_place);
    let fresh = event_values(new)?.into_iter().filter(|e| e.get("id").is_none_or(|id| !known.contains(id)));
    fresh.map(|event| whole_event(event, new, place.as_ref(), message)).collect()
}

/// An event with what was left out of it.
fn whole_event(
    mut event: serde_json::Value,
    image: &serde_json::Value,
    place: Option<&(WorkspaceId, Option<ContactId>)>,
    message: &dyn Fn(MessageId) -> Option<Message>,
) -> Result<Event, serde_json::Error> {
    if let Some(fields) = event.as_object_mut() {
        if let Some((workspace, contact)) = place {
            fields.entry("workspace_id").or_insert_with(|| workspace.as_str().into());
            if let Some(contact) = contact {
                fields.entry("contact_id").or_insert_with(|| contact.0.into());
            }
        }
        if let Some(version) = image.get("ver") {
            fields.entry("version").or_insert_with(|| version.clone());
        }
        if let Some(id) = fields.get("message").and_then(serde_json::Value::as_u64) {
            let gone = || serde::de::Error::custom("a message that an event names is gone");
            let named = message(MessageId(id)).ok_or_else(gone)?;
            fields.insert("message".to_owned(), serde_json::to_value(named)?);
        }
    }
    serde_json::from_value(event)
}

/// The timeline entry of a stream image, if the item is one.
pub fn carried_entry(image: &serde_json::Value) -> Result<Option<crate::Entry>, StoreError> {
    let is_entry = image.get("SK").and_then(serde_json::Value::as_str).is_some_and(|sk| sk.starts_with("T#"));
    if !is_entry {
        return Ok(None);
    }
    let item = attributes(image);
    crate::timeline::entry(&item).map(Some)
}

/// Attributes from plain JSON: what the stream's numbers, texts and maps were.
fn attributes(image: &serde_json::Value) -> Attributes {
    fn value(json: &serde_json::Value) -> AttributeValue {
        match json {
            serde_json::Value::Null => AttributeValue::Null(true),
            serde_json::Value::Bool(b) => AttributeValue::Bool(*b),
            serde_json::Value::Number(n) => AttributeValue::N(n.to_string()),
            serde_json::Value::String(s) => AttributeValue::S(s.clone()),
            serde_json::Value::Array(items) => AttributeValue::L(items.iter().map(value).collect()),
            serde_json::Value::Object(fields) => {
                AttributeValue::M(fields.iter().map(|(k, v)| (k.clone(), value(v))).collect())
            }
        }
    }
    image
        .as_object()
        .map(|fields| fields.iter().map(|(k, v)| (k.clone(), value(v))).collect())
        .unwrap_or_default()
}
