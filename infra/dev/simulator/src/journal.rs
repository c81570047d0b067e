//! What came in and what went out, for tests and people to look at.

use std::sync::Mutex;

use serde::Serialize;
use serde_json::Value;

use crate::sync::lock;

/// Entries kept of each sort; older ones go.
const KEPT: usize = 5_000;

/// One call that a provider received.
#[derive(Debug, Clone, Serialize)]
pub struct Received {
    /// Grows by one with each call.
    pub seq: u64,
    /// Unix milliseconds.
    pub at: i64,
    /// Provider name.
    pub provider: String,
    /// HTTP method.
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// JSON body; text or a byte count where it was none.
    pub body: Value,
    /// HTTP status answered; absent when the connection was cut.
    pub status: Option<u16>,
    /// JSON answer; text or a byte count where it was none.
    pub answer: Value,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// Unix milliseconds.
    pub at: i64,
    /// HTTP status of the answer; absent when there was none.
    pub status: Option<u16>,
    /// Body of the answer, or why there was none.
    pub answer: String,
    /// Milliseconds it took.
    pub took_ms: i64,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not answered with 200 yet; it will be tried again.
    Pending,
    /// Answered with 200.
    Done,
    /// Given up, dropped by a fault or made once only.
    Ended,
}

/// One webhook delivery.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Grows by one with each delivery.
    pub id: u64,
    /// Unix milliseconds when it was made.
    pub at: i64,
    /// Provider name.
    pub provider: String,
    /// What it carries, in a word.
    pub subject: String,
    /// Callback URL.
    pub url: String,
    /// Headers sent.
    pub headers: Vec<(String, String)>,
    /// The body, shortened when it is longer than 20,000 bytes.
    pub body: String,
    /// The attempts so far.
    pub attempts: Vec<Attempt>,
    /// Where it stands.
    pub state: DeliveryState,
}

#[derive(Debug, Default)]
struct Entries {
    seq: u64,
    received: Vec<Received>,
    deliveries: Vec<Delivery>,
}

/// The log of calls and deliveries.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Entries>);

impl Journal {
    /// Writes down a call; its `seq` is given here.
    pub fn received(&self, mut call: Received) {
        let mut entries = lock(&self.0);
        entries.seq += 1;
        call.seq = entries.seq;
        entries.received.push(call);
        if entries.received.len() > KEPT {
            entries.received.remove(0);
        }
    }

    /// Writes down a delivery and gives its id.
    pub fn delivery(&self, mut delivery: Delivery) -> u64 {
        let mut entries = lock(&self.0);
        entries.seq += 1;
        delivery.id = entries.seq;
        entries.deliveries.push(delivery);
        if entries.deliveries.len() > KEPT {
            entries.deliveries.remove(0);
        }
        entries.seq
    }

    /// Adds an attempt to a delivery.
    pub fn attempt(&self, id: u64, attempt: Option<Attempt>, state: DeliveryState) {
        let mut entries = lock(&self.0);
        if let Some(delivery) = entries.deliveries.iter_mut().rev().find(|delivery| delivery.id == id) {
            delivery.attempts.extend(attempt);
            delivery.state = state;
        }
    }

    /// Calls after `seq`, oldest first.
    pub fn calls(&self, after: u64) -> Vec<Received> {
        lock(&self.0).received.iter().filter(|call| call.seq > after).cloned().collect()
    }

    /// Deliveries after `id`, oldest first.
    pub fn deliveries(&self, after: u64) -> Vec<Delivery> {
        lock(&self.0).deliveries.iter().filter(|delivery| delivery.id > after).cloned().collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut entries = lock(&self.0);
        entries.received.clear();
        entries.deliveries.clear();
    }
}
