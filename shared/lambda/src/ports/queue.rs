//! Queues on SQS.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use colibri_app::ports::{PortError, PortErrorKind, Queue, QueueMessage, QueueName};
use colibri_store::correlation;
use sha2::{Digest, Sha256};

use super::port_error;
use crate::needs::Need;
use crate::settings::Settings;

/// Most messages of one call.
const BATCH: usize = 10;
/// Most bytes of one call, with room for the envelope.
const BATCH_BYTES: usize = 1_000_000;
/// Longest group or de-duplication id.
const ID_LEN: usize = 128;
/// Attribute of a message that says what it follows from.
pub(crate) const CORRELATION: &str = "correlation";
/// Repeats for messages that a call did not accept.
const REPEATS: usize = 3;

/// Sends to the queues whose addresses the function was given.
#[derive(Clone)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    addresses: BTreeMap<QueueName, String>,
}

/// The variable of a queue's address.
fn variable(queue: QueueName) -> &'static str {
    let need = match queue {
        QueueName::Inbound => Need::InboundQueue,
        QueueName::Status => Need::StatusQueue,
        QueueName::Media => Need::MediaQueue,
        QueueName::Outbound => Need::OutboundQueue,
        QueueName::Note => Need::NoteQueue,
        QueueName::Dead => Need::DeadLetters,
    };
    need.variables()[0]
}

impl SqsQueue {
    /// With the queues that `settings` names.
    pub fn new(client: aws_sdk_sqs::Client, settings: &Settings) -> Self {
        let names = [
            QueueName::Inbound,
            QueueName::Status,
            QueueName::Media,
            QueueName::Outbound,
            QueueName::Note,
            QueueName::Dead,
        ];
        let addresses = names
            .into_iter()
            .filter_map(|name| Some((name, settings.get(variable(name))?.to_owned())))
            .collect();
        Self { client, addresses }
    }

    async fn send_batch(
        &self,
        address: &str,
        mut batch: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<(), PortError> {
        const OP: &str = "queue.send";
        for _ in 0..REPEATS {
            let sent = self
                .client
                .send_message_batch()
                .queue_url(address)
                .set_entries(Some(batch.clone()))
                .send()
                .await;
            let failed = sent.map_err(|error| port_error(OP, &error))?.failed;
            if failed.is_empty() {
                return Ok(());
            }
            if let Some(refused) = failed.iter().find(|entry| entry.sender_fault) {
                return Err(PortError::new(PortErrorKind::Denied, OP, refused.code.clone()));
            }
            batch.retain(|entry| failed.iter().any(|failure| failure.id == entry.id));
        }
        Err(PortError::new(PortErrorKind::Unavailable, OP, "not accepted"))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, queue: QueueName, messages: Vec<QueueMessage>) -> Result<(), PortError> {
        let address = self.addresses.get(&queue).ok_or_else(|| {
            PortError::new(PortErrorKind::Denied, "queue.send", format!("{} is not given", variable(queue)))
        })?;
        for batch in batches(messages) {
            let entries =
                batch.into_iter().enumerate().map(|(place, message)| entry(queue, place, message)).collect();
            self.send_batch(address, entries).await?;
        }
        Ok(())
    }
}

/// Cuts into calls by number and size, in order.
fn batches(messages: Vec<QueueMessage>) -> Vec<Vec<QueueMessage>> {
    let mut batches: Vec<Vec<QueueMessage>> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        let size = message.body.len();
        match batches.last_mut() {
            Some(last) if last.len() < BATCH && bytes + size <= BATCH_BYTES => {
                last.push(message);
                bytes += size;
            }
            _ => {
                batches.push(vec![message]);
                bytes = size;
            }
        }
    }
    batches
}

pub(crate) fn entry(queue: QueueName, place: usize, message: QueueMessage) -> SendMessageBatchRequestEntry {
    let builder = SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(message.body)
        .set_message_attributes(correlation::current().and_then(attribute))
        .message_group_id(short(message.group));
    let builder = if queue == QueueName::Inbound {
        builder.set_message_deduplication_id(message.dedup.map(short))
    } else {
        builder.delay_seconds(i32::try_from(message.delay.as_secs().min(900)).unwrap_or(900))
    };
    #[allow(clippy::expect_used, reason = "id and body are set above")]
    builder.build().expect("complete entry")
}

fn attribute(id: String) -> Option<HashMap<String, MessageAttributeValue>> {
    let value = MessageAttributeValue::builder().data_type("String").string_value(id).build().ok()?;
    Some(HashMap::from([(CORRELATION.to_owned(), value)]))
}

/// An id as it is where SQS takes it, else its hash.
fn short(id: String) -> String {
    let legal = id.bytes().all(|byte| byte.is_ascii_graphic());
    if legal && !id.is_empty() && id.len() <= ID_LEN {
        id
    } else {
        hex::encode(Sha256::digest(id.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn message(body: usize) -> QueueMessage {
        QueueMessage {
            body: "x".repeat(body),
            group: "g".to_owned(),
            dedup: None,
            delay: Duration::from_secs(2000),
        }
    }

    #[test]
    fn calls_hold_ten_messages_or_a_megabyte() {
        let sizes = |messages: Vec<QueueMessage>| batches(messages).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes((0..23).map(|_| message(10)).collect()), [10, 10, 3]);
        assert_eq!(sizes(vec![message(600_000), message(600_000), message(10)]), [1, 2]);
        assert!(batches(Vec::new()).is_empty());
    }

    #[test]
    fn long_and_odd_ids_are_hashed_and_delays_capped() {
        assert_eq!(short("W#1:593".to_owned()), "W#1:593");
        assert_eq!(short("x".repeat(129)).len(), 64);
        assert_eq!(short("ñandú".to_owned()).len(), 64);
        assert_eq!(entry(QueueName::Outbound, 0, message(1)).delay_seconds, Some(900));
        assert_eq!(entry(QueueName::Inbound, 0, message(1)).delay_seconds, None);
    }
}
