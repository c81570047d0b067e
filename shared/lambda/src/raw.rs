//! The runtime without its loop: an event in, an answer and a log line out. For tests that follow work from one
//! function to the next as the cloud would hand it on.

use colibri_app::ports::{QueueMessage, QueueName};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub use crate::emf::Emf;
pub use crate::entry::{Entry, Invocation, http_entry, invoke, queue_entry, stream_entry};
use crate::ports::queue::entry;
pub use crate::trace::subscriber;

/// What a function gets that reads a queue to which `messages` were sent now.
///
/// # Panics
/// Never: every text is JSON.
#[must_use]
pub fn received(queue: QueueName, messages: Vec<QueueMessage>) -> Box<RawValue> {
    let fifo = if queue == QueueName::Inbound { ".fifo" } else { "" };
    let records: Vec<Value> = messages
        .into_iter()
        .enumerate()
        .map(|(place, message)| {
            let sent = entry(queue, place, message);
            let labels = sent.message_attributes().into_iter().flatten();
            let labels: serde_json::Map<String, Value> = labels
                .map(|(name, value)| {
                    (
                        name.clone(),
                        json!({ "dataType": value.data_type(), "stringValue": value.string_value() }),
                    )
                })
                .collect();
            json!({
                "messageId": format!("m{place}"),
                "body": sent.message_body(),
                "attributes": { "ApproximateReceiveCount": "1", "MessageGroupId": sent.message_group_id() },
                "messageAttributes": labels,
                "eventSourceARN": format!("arn:aws:sqs:us-east-1:1:queue{fifo}"),
            })
        })
        .collect();
    #[allow(clippy::expect_used, reason = "a value is JSON")]
    serde_json::value::to_raw_value(&json!({ "Records": records })).expect("JSON")
}
