//! What a played product remembers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Product;
use super::config::Config;
use crate::samples::Held;

/// How long a business may write after somebody's last message.
pub const WINDOW_MS: i64 = 24 * 3_600_000;
/// How long a person of the business may.
pub const HUMAN_MS: i64 = 7 * WINDOW_MS;

/// Somebody who can write to the accounts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// Id, which holds for one account.
    pub id: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Handle without `@`.
    pub username: String,
    /// Forbids that the business sees who it is.
    pub private: bool,
    /// Sends no read receipts.
    pub silent: bool,
    /// Has blocked the account.
    pub blocked: bool,
    /// Unix milliseconds of the last message or tap.
    pub last_inbound_at: Option<i64>,
}

impl Customer {
    /// Whole name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// Takes a whole name apart.
    pub fn named(&mut self, name: &str) {
        let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
        first.clone_into(&mut self.first_name);
        last.clone_into(&mut self.last_name);
    }
}

/// Who is told about an account, and what.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// The app.
    pub app: String,
    /// Fields that it asked for.
    pub fields: Vec<String>,
}

/// What survives a restart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// By id.
    pub customers: BTreeMap<String, Customer>,
    /// By account.
    pub subscriptions: BTreeMap<String, Subscription>,
}

/// Everything.
#[derive(Debug)]
pub struct State {
    /// Configuration.
    pub config: Config,
    /// What survives a restart.
    pub kept: Kept,
    /// By file id.
    pub files: BTreeMap<String, Held>,
    /// Bodies of messages that were taken, with `mid`.
    pub sent: Vec<Value>,
    /// Second and messages in it, by account.
    pub rates: BTreeMap<String, (i64, u32)>,
}

impl State {
    /// The demo's state; its people wrote a while ago.
    pub fn begun(product: &Product, now: i64) -> Self {
        Self {
            config: Config::of(product),
            kept: Kept { customers: people(product, now), ..Kept::default() },
            files: BTreeMap::new(),
            sent: Vec::new(),
            rates: BTreeMap::new(),
        }
    }
}

/// The demo's people: the first can be answered, the second only by a person, the third has never written.
fn people(product: &Product, now: i64) -> BTreeMap<String, Customer> {
    let last = [Some(now - 3_600_000), Some(now - 2 * WINDOW_MS), None];
    let customer = |((id, first, family, username), last_inbound_at): (
        &(&'static str, &'static str, &'static str, &'static str),
        Option<i64>,
    )| Customer {
        id: (*id).to_owned(),
        first_name: (*first).to_owned(),
        last_name: (*family).to_owned(),
        username: (*username).to_owned(),
        last_inbound_at,
        ..Customer::default()
    };
    product.people.iter().zip(last).map(customer).map(|customer| (customer.id.clone(), customer)).collect()
}
