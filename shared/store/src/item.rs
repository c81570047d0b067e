//! Items: a document as JSON, the attributes that conditions need, and the events of the write.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use colibri_domain::contact::Head;
use colibri_domain::event::{Event, EventKind};
use colibri_domain::message::{Actor, Message, Source};
use colibri_domain::{ContactId, EventId, MessageId, Millis, WorkspaceId};
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
    serde_json::to_string(value)
        .map(|document| document_text(at, kind, document))
        .map_err(|e| StoreError::corrupt(kind, &e))
}

/// An item of a type with the text of its document.
pub(crate) fn document_text(at: &Key, kind: &'static str, document: String) -> Attributes {
    let mut item = key(at);
    item.insert("_t".to_owned(), text(kind));
    item.insert("_v".to_owned(), number(SCHEMA));
    item.insert("d".to_owned(), text(document));
    item
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
/// messages of its contact, which are items of their own. A stored head is paid for by the kilobyte: an event on it
/// has no id that follows from its write, and no actor who is the contact; one on a message does not name it again,
/// nor the system that reports.
pub(crate) fn written_events(at: &Key, version: u64, events: &[Event]) -> Result<AttributeValue, StoreError> {
    let place = keys::parse_place(&at.pk);
    let mut written = Vec::with_capacity(events.len());
    for (nth, event) in events.iter().enumerate() {
        let mut value = serde_json::to_value(event).map_err(|e| StoreError::corrupt("events", &e))?;
        let Some(fields) = value.as_object_mut() else { continue };
        if let Some((workspace, contact)) = &place {
            if event.workspace_id == *workspace {
                fields.remove("workspace_id");
            }
            if contact.is_some() && event.contact_id == *contact {
                fields.remove("contact_id");
                let named = message_in(&event.kind).filter(|message| Some(message.contact_id) == *contact);
                if let Some((_, _, id)) = keys::parse_message(&at.pk, &at.sk) {
                    fields.retain(|name, value| !follows(name, value, id));
                }
                if at.sk == keys::HEAD {
                    if let Some(message) = named {
                        fields.insert("message".to_owned(), message.id.0.into());
                    }
                    if event.actor == Actor::source(Source::Contact) {
                        fields.remove("actor");
                    }
                    let write = Write { workspace, contact: *contact, version };
                    if event.id == write.event_id(nth, event.kind.name(), event.at) {
                        fields.remove("id");
                    }
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

/// Whether a field of an event on a message's item says nothing that its item does not say.
fn follows(name: &str, value: &serde_json::Value, message: MessageId) -> bool {
    match name {
        "message_id" => value.as_u64() == Some(message.0),
        "actor" | "author" => *value == by(Source::System),
        "failure" => value.is_null(),
        _ => false,
    }
}

fn by(source: Source) -> serde_json::Value {
    serde_json::json!({ "source": source })
}

/// The write of a contact's item that its events follow from.
pub(crate) struct Write<'a> {
    pub workspace: &'a WorkspaceId,
    pub contact: Option<ContactId>,
    pub version: u64,
}

impl Write<'_> {
    /// The id of the nth event of this write: the same when the write is repeated.
    pub fn event_id(&self, nth: usize, kind: &str, at: Millis) -> EventId {
        EventId::derive(&[
            self.workspace.as_str(),
            &self.contact.map(|contact| contact.to_string()).unwrap_or_default(),
            &self.version.to_string(),
            kind,
            &nth.to_string(),
            &at.0.to_string(),
        ])
    }
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
    let Some(text) = image.get("ev").and_then(serde_json::Value::as_str) else { return Ok(Vec::new()) };
    let mut events: Vec<serde_json::Value> = serde_json::from_str(text)?;
    let of = |name: &str| image.get(name).and_then(serde_json::Value::as_str);
    let place = of("PK").and_then(keys::parse_place);
    let version = image.get("ver").and_then(serde_json::Value::as_u64);
    for (nth, fields) in events.iter_mut().enumerate().filter_map(|(nth, e)| Some((nth, e.as_object_mut()?)))
    {
        let Some((workspace, contact)) = &place else { continue };
        if of("SK") == Some(keys::HEAD) {
            let write = Write { workspace, contact: *contact, version: version.unwrap_or_default() };
            let kind = fields.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
            let at = fields.get("at").and_then(serde_json::Value::as_i64).unwrap_or_default();
            let id = write.event_id(nth, kind, Millis(at));
            fields.entry("id").or_insert_with(|| id.as_str().into());
            fields.entry("actor").or_insert_with(|| by(Source::Contact));
        } else if let Some((_, _, message)) = of("SK").and_then(|sk| keys::parse_message(of("PK")?, sk)) {
            fields.entry("message_id").or_insert_with(|| message.0.into());
            fields.entry("actor").or_insert_with(|| by(Source::System));
            fields.entry("author").or_insert_with(|| by(Source::System));
        }
        fields.entry("workspace_id").or_insert_with(|| workspace.as_str().into());
        if let Some(contact) = contact {
            fields.entry("contact_id").or_insert_with(|| contact.0.into());
        }
        if let Some(version) = version {
            fields.entry("version").or_insert_with(|| version.into());
        }
    }
    Ok(events)
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
    let fresh = event_values(new)?.into_iter().filter(|e| e.get("id").is_none_or(|id| !known.contains(id)));
    fresh.map(|event| whole_event(event, message)).collect()
}

/// An event with the message that it names.
fn whole_event(
    mut event: serde_json::Value,
    message: &dyn Fn(MessageId) -> Option<Message>,
) -> Result<Event, serde_json::Error> {
    if let Some(fields) = event.as_object_mut()
        && let Some(id) = fields.get("message").and_then(serde_json::Value::as_u64)
    {
        let gone = || serde::de::Error::custom("a message that an event names is gone");
        let named = message(MessageId(id)).ok_or_else(gone)?;
        fields.insert("message".to_owned(), serde_json::to_value(named)?);
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
