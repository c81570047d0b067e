//! What the world outside knows to be true: what customers said, what agents asked for, what the provider did.

use std::collections::{BTreeMap, BTreeSet};

use colibri_domain::{ContactId, MessageId};

/// What a customer wrote.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Said {
    pub tenant: usize,
    pub customer: String,
    pub provider_id: String,
    pub second: i64,
    /// Which delivery carried it, and where in it.
    pub delivery: u64,
    pub place: usize,
    /// The delivery was answered with 200.
    pub acknowledged: bool,
}

/// What somebody asked us to send, by its key.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Intent {
    pub tenant: usize,
    /// The API said 202 with these.
    pub accepted: BTreeSet<(ContactId, MessageId)>,
    /// How often a person asked to try it again.
    pub retries: u32,
}

/// The books.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Ledger {
    pub said: Vec<Said>,
    /// By the text of the message, which is different for each.
    pub intents: BTreeMap<String, Intent>,
    /// Messages that the provider took, by text.
    pub taken: BTreeMap<String, u32>,
    /// Messages that the provider took in whose answer we could read.
    pub confirmed: BTreeMap<String, u32>,
    /// Requests with one tenant's token for another's data, and how many were refused.
    pub strangers: (u64, u64),
    /// Letters that ended with the dead, with the reason.
    pub dead: Vec<String>,
    deliveries: u64,
}

impl Ledger {
    /// Number of a new delivery.
    pub fn delivery(&mut self) -> u64 {
        self.deliveries += 1;
        self.deliveries
    }

    /// A delivery was answered with 200.
    pub fn acknowledge(&mut self, delivery: u64) {
        for said in self.said.iter_mut().filter(|said| said.delivery == delivery) {
            said.acknowledged = true;
        }
    }
}
