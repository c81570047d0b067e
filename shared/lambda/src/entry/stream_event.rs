//! Batches of the table's stream.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use colibri_app::http::{Change, StreamHandler};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::boot::{Entry, answer};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    sequence_number: String,
    new_image: Option<Map<String, Value>>,
    old_image: Option<Map<String, Value>>,
}

/// Wraps a handler; what it returns is where Lambda repeats from.
pub fn entry(handler: Arc<dyn StreamHandler>) -> Entry {
    Box::new(move |payload, invocation| {
        let handler = handler.clone();
        Box::pin(async move {
            let event: Event = serde_json::from_str(payload.get())?;
            let from = handler.handle(event.records.into_iter().map(change).collect()).await;
            if let Some(sequence) = &from {
                tracing::warn!(request = invocation.request_id, sequence, "batch is repeated from here");
            }
            let failures: Vec<Value> =
                from.into_iter().map(|sequence| json!({ "itemIdentifier": sequence })).collect();
            answer(&json!({ "batchItemFailures": failures }))
        })
    })
}

fn change(record: Record) -> Change {
    let images = record.dynamodb;
    Change {
        sequence: images.sequence_number,
        new: images.new_image.map(plain_map),
        old: images.old_image.map(plain_map),
    }
}

fn plain_map(map: Map<String, Value>) -> Value {
    Value::Object(map.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

/// A typed attribute as plain JSON. Numbers keep all digits that JSON can hold; bytes become lists of numbers.
fn plain(attribute: Value) -> Value {
    let Value::Object(typed) = attribute else { return Value::Null };
    let Some((kind, value)) = typed.into_iter().next() else { return Value::Null };
    match (kind.as_str(), value) {
        ("N", Value::String(digits)) => number(&digits),
        ("M", Value::Object(map)) => plain_map(map),
        ("L", Value::Array(list)) => list.into_iter().map(plain).collect(),
        ("NS", Value::Array(set)) => set.iter().filter_map(Value::as_str).map(number).collect(),
        ("B", Value::String(text)) => bytes(&text),
        ("BS", Value::Array(set)) => set.iter().filter_map(Value::as_str).map(bytes).collect(),
        ("NULL", _) => Value::Null,
        (_, value) => value,
    }
}

fn number(digits: &str) -> Value {
    serde_json::from_str(digits).unwrap_or_else(|_| Value::String(digits.to_owned()))
}

fn bytes(text: &str) -> Value {
    STANDARD.decode(text).unwrap_or_default().into_iter().map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_become_plain_json() {
        let event: Event = serde_json::from_value(json!({ "Records": [{ "eventName": "MODIFY", "dynamodb": {
            "SequenceNumber": "111", "Keys": {},
            "NewImage": { "PK": { "S": "W#1" }, "n": { "N": "1784629453127680" }, "m": { "M": { "a": { "BOOL": true } } },
                "l": { "L": [{ "N": "1" }, { "NULL": true }] }, "set": { "SS": ["x"] }, "b": { "B": "AQI=" } } } }] }))
        .unwrap();
        let change = event.records.into_iter().map(change).next().unwrap();
        assert_eq!(change.sequence, "111");
        assert_eq!(change.old, None);
        let expected = json!({ "PK": "W#1", "n": 1_784_629_453_127_680_i64, "m": { "a": true }, "l": [1, null], "set": ["x"], "b": [1, 2] });
        assert_eq!(change.new, Some(expected));
    }
}
