//! A provider under load: posts signed deliveries on many connections, and again until they are answered 200.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use colibri_testing::path::signature;
use serde_json::json;

use super::workspace::{APP, Load};
use crate::cloud::http::try_call;

/// Connections at a time.
const SENDERS: usize = 16;
/// Longest time that a delivery is repeated.
const PATIENCE: Duration = Duration::from_mins(4);

/// One text of one customer.
#[derive(Clone)]
pub struct Text {
    /// Number of the customer.
    pub from: String,
    /// Provider's id.
    pub id: String,
    /// Second at which the customer sent it.
    pub at: i64,
    /// What it says.
    pub words: String,
}

/// Counts of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Deliveries answered 200.
    pub accepted: usize,
    /// Answers that were not 200, or none at all.
    pub refused: usize,
}

/// The body that Meta posts for these messages.
pub fn body(account: &str, texts: &[Text]) -> String {
    let contacts: Vec<_> = texts
        .iter()
        .map(|t| json!({"profile": {"name": format!("Cliente {}", t.from)}, "wa_id": t.from}))
        .collect();
    let messages: Vec<_> = texts
        .iter()
        .map(|t| json!({"from": t.from, "id": t.id, "timestamp": t.at.to_string(), "type": "text", "text": {"body": t.words}}))
        .collect();
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "424200000000201", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "593900000100", "phone_number_id": account},
            "contacts": contacts,
            "messages": messages,
        }}]}],
    })
    .to_string()
}

/// Posts every body, each `copies` times at once, until all copies are answered 200.
pub fn post(load: &Load<'_>, console: &str, secret: &str, bodies: &[String], copies: usize) -> Outcome {
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let url = format!("{console}/webhooks/whatsapp/{APP}");
    let one = |body: &str| {
        let signed = signature(secret, body.as_bytes());
        let headers = [("Content-Type", "application/json"), ("X-Hub-Signature-256", signed.as_str())];
        let started = Instant::now();
        while try_call("POST", &url, &headers, body).is_none_or(|answer| answer.status != 200) {
            refused.fetch_add(1, Ordering::Relaxed);
            assert!(started.elapsed() < PATIENCE, "never accepted for {}", load.workspace);
            sleep(Duration::from_millis(300));
        }
    };
    scope(|threads| {
        for _ in 0..SENDERS.div_euclid(copies).max(1) {
            threads.spawn(|| {
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    scope(|pair| {
                        for _ in 0..copies {
                            pair.spawn(|| one(body));
                        }
                    });
                }
            });
        }
    });
    Outcome { accepted: bodies.len() * copies, refused: refused.into_inner() }
}
