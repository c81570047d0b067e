//! The table's stream: what `event-publish` would be started with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use colibri_app::http::Change;
use serde_json::{Value, json};

use crate::locked;
use crate::table::{TestTable, dispatch};

impl TestTable {
    /// Changes since the last asking that pass the stream's filter: those whose new image carries events.
    pub fn changes(&self) -> Vec<Change> {
        let all = self.all_changes();
        let mut read_to = locked(&self.inner().read_to);
        let fresh = all.get(*read_to..).unwrap_or_default().to_vec();
        *read_to = all.len();
        fresh
            .into_iter()
            .filter(|change| {
                change.new.as_ref().is_some_and(|new| new.get("ev").is_some_and(Value::is_string))
            })
            .collect()
    }

    /// Every change from the beginning, with or without events.
    pub fn all_changes(&self) -> Vec<Change> {
        let db = &self.inner().db;
        let streams = dispatch(db, "ListStreams", &json!({})).expect("streams");
        let Some(arn) = streams["Streams"][0]["StreamArn"].as_str() else { return Vec::new() };
        let stream = dispatch(db, "DescribeStream", &json!({ "StreamArn": arn })).expect("the stream");
        let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
        let start = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let mut iterator =
            dispatch(db, "GetShardIterator", &start).expect("an iterator")["ShardIterator"].take();
        let mut changes = Vec::new();
        loop {
            let mut page =
                dispatch(db, "GetRecords", &json!({ "ShardIterator": iterator })).expect("records");
            let Some(records) = page["Records"].as_array().filter(|records| !records.is_empty()) else {
                return changes;
            };
            changes.extend(records.iter().map(change));
            iterator = page["NextShardIterator"].take();
            if iterator.is_null() {
                return changes;
            }
        }
    }
}

fn change(record: &Value) -> Change {
    let image = |name: &str| record["dynamodb"].get(name).map(plain_item);
    Change {
        sequence: record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned(),
        new: image("NewImage"),
        old: image("OldImage"),
    }
}

/// An item without the wrapping of its values.
pub(crate) fn plain_item(item: &Value) -> Value {
    match item {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        _ => Value::Null,
    }
}

fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|wrapped| wrapped.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), inner) {
        ("N", Value::String(digits)) => serde_json::from_str(digits).unwrap_or(Value::Null),
        ("B", Value::String(text)) => json!(STANDARD.decode(text).unwrap_or_default()),
        ("NULL", _) => Value::Null,
        ("M", fields) => plain_item(fields),
        ("L", Value::Array(items)) => Value::Array(items.iter().map(plain).collect()),
        _ => inner.clone(),
    }
}
