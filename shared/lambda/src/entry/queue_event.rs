//! Batches of a queue: groups in order, a bounded number at a time, each record on its own.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use colibri_app::http::{Record, RecordHandler};
use colibri_store::correlation;
use futures::{FutureExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::boot::{Entry, Invocation, answer};
use crate::ports::queue::CORRELATION;

/// Groups handled at the same time.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "messageId")]
    id: String,
    body: String,
    #[serde(default)]
    attributes: HashMap<String, String>,
    #[serde(rename = "messageAttributes", default)]
    labels: HashMap<String, Label>,
    #[serde(rename = "eventSourceARN", default)]
    source: String,
}

/// An attribute that the sender gave a message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Label {
    #[serde(default)]
    string_value: String,
}

/// A record and the work that it follows from.
struct Caused {
    record: Record,
    by: String,
}

/// Wraps a handler; failed and unstarted records go back to their queue, the others are done.
pub fn entry(handler: Arc<dyn RecordHandler>) -> Entry {
    Box::new(move |payload, invocation| {
        let handler = handler.clone();
        Box::pin(async move {
            let event: Event = serde_json::from_str(payload.get())?;
            let runs = lanes(event.records).into_iter().map(|lane| run(handler.as_ref(), lane, &invocation));
            let failed: Vec<Value> = futures::stream::iter(runs)
                .buffer_unordered(AT_ONCE)
                .flat_map(futures::stream::iter)
                .map(|id| json!({ "itemIdentifier": id }))
                .collect()
                .await;
            answer(&json!({ "batchItemFailures": failed }))
        })
    })
}

/// What must be handled one after the other: a group of a FIFO queue; elsewhere each record alone.
fn lanes(messages: Vec<Message>) -> Vec<Vec<Caused>> {
    let mut groups: BTreeMap<String, Vec<Caused>> = BTreeMap::new();
    let mut alone = Vec::new();
    for message in messages {
        let fifo = message.source.split('.').next_back() == Some("fifo");
        let caused = caused(message);
        match &caused.record.group {
            Some(group) if fifo => groups.entry(group.clone()).or_default().push(caused),
            _ => alone.push(vec![caused]),
        }
    }
    groups.into_values().chain(alone).collect()
}

fn caused(mut message: Message) -> Caused {
    // What was put there by hand or by a schedule begins with the queue's own id for it.
    let given = message.labels.remove(CORRELATION).map(|label| label.string_value);
    let by = given.filter(|id| correlation::is_valid(id));
    let by = by.unwrap_or_else(|| correlation::of_request(&message.id));
    let record = Record {
        id: message.id,
        body: message.body,
        group: message.attributes.remove("MessageGroupId"),
        receive_count: message
            .attributes
            .get("ApproximateReceiveCount")
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
    };
    Caused { record, by }
}

/// Handles a lane; returns the ids that go back. After a failure the rest of the lane must wait behind it.
async fn run(handler: &dyn RecordHandler, lane: Vec<Caused>, invocation: &Invocation) -> Vec<String> {
    let mut back = Vec::new();
    for Caused { record, by } in lane {
        let id = record.id.clone();
        let outcome = correlation::within(Some(&by), handled(handler, record, invocation));
        if !back.is_empty() || !outcome.await {
            back.push(id);
        }
    }
    back
}

async fn handled(handler: &dyn RecordHandler, record: Record, invocation: &Invocation) -> bool {
    let (id, received) = (record.id.clone(), record.receive_count);
    let request = invocation.request_id.as_str();
    let work = AssertUnwindSafe(handler.handle(record)).catch_unwind();
    match tokio::time::timeout(invocation.left(), work).await {
        Ok(Ok(Ok(()))) => return true,
        Ok(Ok(Err(error))) => tracing::warn!(request, record = id, received, %error, "record goes back"),
        Ok(Err(_)) => tracing::error!(request, record = id, received, "record panicked"),
        Err(_) => tracing::error!(request, record = id, received, "record out of time"),
    }
    false
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "deadlines are the runtime's, on the machine's clock")]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, SystemTime};

    use colibri_app::http::RecordError;

    use super::*;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    #[async_trait::async_trait]
    impl RecordHandler for Notes {
        async fn handle(&self, record: Record) -> Result<(), RecordError> {
            assert_ne!(record.body, "panic");
            self.0.lock().unwrap().push(record.body.clone());
            if record.body == "bad" { Err(RecordError("bad".to_owned())) } else { Ok(()) }
        }
    }

    async fn call(queue: &str, records: &[(&str, &str)], time: Duration) -> (Vec<String>, Vec<String>) {
        let records: Vec<Value> = records
            .iter()
            .enumerate()
            .map(|(place, (group, body))| {
                json!({ "messageId": place.to_string(), "body": body, "eventSourceARN": format!("arn:aws:sqs:us-east-1:1:{queue}"),
                    "attributes": { "MessageGroupId": group, "ApproximateReceiveCount": "2" } })
            })
            .collect();
        let handler = Arc::new(Notes::default());
        let invocation = Invocation { request_id: "r".to_owned(), deadline: SystemTime::now() + time };
        let payload = serde_json::value::to_raw_value(&json!({ "Records": records })).unwrap();
        let answer = entry(handler.clone())(payload, invocation).await.unwrap();
        let answer: Value = serde_json::from_str(answer.get()).unwrap();
        let mut failed: Vec<String> = answer["batchItemFailures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["itemIdentifier"].as_str().unwrap().to_owned())
            .collect();
        failed.sort();
        let seen = handler.0.lock().unwrap().clone();
        (failed, seen)
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_group_stops_at_its_failure_and_others_go_on() {
        let (failed, mut seen) =
            call("inbound.fifo", &[("a", "1"), ("a", "bad"), ("a", "3"), ("b", "4")], LONG).await;
        seen.sort();
        assert_eq!(failed, ["1", "2"]);
        assert_eq!(seen, ["1", "4", "bad"]);
    }

    #[tokio::test]
    async fn records_of_standard_queues_fail_alone() {
        let (failed, seen) =
            call("status", &[("ws", "panic"), ("ws", "2"), ("ws", "bad"), ("ws", "4")], LONG).await;
        assert_eq!(failed, ["0", "2"]);
        assert_eq!(seen.len(), 3);
    }

    #[tokio::test]
    async fn without_time_everything_goes_back() {
        struct Slow;
        #[async_trait::async_trait]
        impl RecordHandler for Slow {
            async fn handle(&self, _: Record) -> Result<(), RecordError> {
                futures::future::pending().await
            }
        }
        let payload =
            serde_json::value::to_raw_value(&json!({ "Records": [{ "messageId": "7", "body": "" }] }))
                .unwrap();
        let invocation = Invocation { request_id: "r".to_owned(), deadline: SystemTime::now() };
        let answer = entry(Arc::new(Slow))(payload, invocation).await.unwrap();
        assert!(answer.get().contains("\"7\""));
    }
}
