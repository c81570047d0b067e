//! What providers post, and what queues hand on, as events of Lambda.

use std::time::{SystemTime, UNIX_EPOCH};

use colibri_domain::ChannelId;
use colibri_testing::demo::{APP, INSTAGRAM, PAGE};
use colibri_testing::path::{SECRET, bot_secret, signature, text};
use serde_json::{Value, json};

/// People who write by turns.
pub const PEOPLE: usize = 40;

/// One text of one person.
pub struct Delivery {
    pub person: usize,
    pub turn: usize,
}

/// Path, headers and body of a request.
type Post = (String, Vec<(&'static str, String)>, Value);

/// A channel as its provider posts to it.
pub struct Source {
    /// Its webhook.
    pub function: &'static str,
    /// Stable names of its rows.
    pub rows: [&'static str; 2],
    post: fn(&Delivery) -> Post,
}

/// The channels that are measured.
pub const SOURCES: [Source; 4] = [
    Source {
        function: "webhook-whatsapp",
        rows: ["process.whatsapp", "process.whatsapp.inbound"],
        post: whatsapp,
    },
    Source {
        function: "webhook-messenger",
        rows: ["process.messenger", "process.messenger.inbound"],
        post: messenger,
    },
    Source {
        function: "webhook-instagram",
        rows: ["process.instagram", "process.instagram.inbound"],
        post: instagram,
    },
    Source {
        function: "webhook-telegram",
        rows: ["process.telegram", "process.telegram.inbound"],
        post: telegram,
    },
];

impl Source {
    /// The request as API Gateway hands it on.
    pub fn event(&self, delivery: &Delivery) -> Value {
        let (path, headers, body) = (self.post)(delivery);
        let mut all: serde_json::Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        all.insert("content-type".to_owned(), "application/json".into());
        json!({
            "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": all,
            "requestContext": {
                "http": { "method": "POST", "path": path, "sourceIp": "203.0.113.7" },
                "requestId": format!("JKJaXmPLvHc{:05}", delivery.turn), "stage": "$default",
            },
            "isBase64Encoded": false, "body": body,
        })
    }
}

/// 300 characters as people write them.
fn words() -> String {
    "Hola, quisiera saber si el sillón de tres puestos está disponible en gris y cuánto cuesta; "
        .chars()
        .cycle()
        .take(300)
        .collect()
}

#[allow(clippy::disallowed_methods, reason = "deliveries carry the time of the machine")]
fn millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or_default()
}

fn signed(product: &str, body: &Value) -> (String, Vec<(&'static str, String)>, Value) {
    let body = body.to_string();
    let signature = signature(SECRET, body.as_bytes());
    (format!("/{product}/{APP}"), vec![("x-hub-signature-256", signature)], body.into())
}

fn whatsapp(delivery: &Delivery) -> (String, Vec<(&'static str, String)>, Value) {
    let (from, id) =
        (format!("5939910{:05}", delivery.person), format!("wamid.HBgM{:010}AA==", delivery.turn));
    signed("whatsapp", &text(&from, "Ana María Villavicencio", &id, millis() / 1_000, &words()))
}

fn page(object: &str, account: &str, delivery: &Delivery) -> Value {
    let message = json!({ "mid": format!("m_{:010}", delivery.turn), "text": words() });
    let event = json!({
        "sender": { "id": format!("60010000000{:05}", delivery.person) }, "recipient": { "id": account },
        "timestamp": millis(), "message": message,
    });
    json!({ "object": object, "entry": [{ "id": account, "time": millis(), "messaging": [event] }] })
}

fn messenger(delivery: &Delivery) -> (String, Vec<(&'static str, String)>, Value) {
    signed("messenger", &page("page", PAGE, delivery))
}

fn instagram(delivery: &Delivery) -> (String, Vec<(&'static str, String)>, Value) {
    signed("instagram", &page("instagram", INSTAGRAM, delivery))
}

fn telegram(delivery: &Delivery) -> (String, Vec<(&'static str, String)>, Value) {
    let id = 9_000_000 + delivery.person;
    let chat =
        json!({ "id": id, "type": "private", "first_name": "Ana María", "last_name": "Villavicencio" });
    let from = json!({ "id": id, "is_bot": false, "first_name": "Ana María", "last_name": "Villavicencio", "language_code": "es" });
    let message = json!({ "message_id": delivery.turn, "date": millis() / 1_000, "chat": chat, "from": from, "text": words() });
    let body = json!({ "update_id": delivery.turn, "message": message }).to_string();
    let secret = bot_secret(&ChannelId::from_unique("bot"));
    ("/telegram/ch_bot".to_owned(), vec![("x-telegram-bot-api-secret-token", secret)], body.into())
}

/// An entry that was sent to a queue, as the function behind the queue gets it.
pub fn received(entry: &Value) -> Value {
    let labels = entry["MessageAttributes"].as_object().into_iter().flatten();
    let labels: serde_json::Map<String, Value> = labels
        .map(|(name, value)| {
            (name.clone(), json!({ "dataType": value["DataType"], "stringValue": value["StringValue"] }))
        })
        .collect();
    json!({ "Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "r", "body": entry["MessageBody"],
        "attributes": {
            "ApproximateReceiveCount": "1", "MessageGroupId": entry["MessageGroupId"],
            "SentTimestamp": millis().to_string(),
        },
        "messageAttributes": labels, "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:inbound.fifo", "awsRegion": "us-east-1",
    }] })
}

/// Ends the bench at an answer that took nothing.
pub fn accepted(answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let refused = answer["batchItemFailures"].as_array().is_some_and(|failures| !failures.is_empty());
    let status = answer["statusCode"].as_u64();
    assert!(!refused && status.is_none_or(|status| status == 200), "refused: {answer}");
}
