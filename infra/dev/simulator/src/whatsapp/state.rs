//! What the played Meta side remembers until a reset.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::config::{Config, Number, digits};
use super::limits::Rates;

/// A person with WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Customer {
    /// Phone number in digits; absent for somebody who hides it.
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    pub user_id: Option<String>,
    /// Business-scoped user id of the parent portfolio.
    pub parent_user_id: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// Name on the profile.
    pub name: String,
    /// Unix milliseconds of their last message that opens the window.
    pub last_inbound_at: Option<i64>,
    /// Sends read receipts.
    pub receipts: bool,
    /// The phone is on.
    pub reachable: bool,
    /// Has WhatsApp at all; without, messages fail with 131026.
    pub on_whatsapp: bool,
    /// Has stopped marketing messages.
    pub marketing_stopped: bool,
    /// Leaves the phone number out of webhooks.
    pub hides_number: bool,
    /// Another form of the number that finds this customer, such as one without the ninth digit.
    pub aliases: Vec<String>,
}

impl Default for Customer {
    fn default() -> Self {
        Self {
            wa_id: None,
            user_id: None,
            parent_user_id: None,
            username: None,
            name: String::new(),
            last_inbound_at: None,
            receipts: true,
            reachable: true,
            on_whatsapp: true,
            marketing_stopped: false,
            hides_number: false,
            aliases: Vec::new(),
        }
    }
}

impl Customer {
    /// Key of the customer: the number, else the business-scoped id.
    pub fn id(&self) -> String {
        self.wa_id.clone().or_else(|| self.user_id.clone()).unwrap_or_default()
    }

    /// The number that webhooks may show.
    pub fn shown_number(&self) -> Option<&str> {
        self.wa_id.as_deref().filter(|_| !self.hides_number)
    }

    /// Whether an address from a send call or the control API means this customer.
    pub fn answers_to(&self, address: &str) -> bool {
        let number = digits(address);
        let is = |id: &Option<String>| id.as_deref() == Some(address);
        is(&self.user_id)
            || is(&self.parent_user_id)
            || (!number.is_empty()
                && !address.contains('.')
                && (self.wa_id.as_deref() == Some(&number) || self.aliases.contains(&number)))
    }

    /// The `contacts` entry of a webhook.
    pub fn contact(&self) -> Value {
        let mut contact = json!({"profile": {"name": self.name}});
        put(&mut contact["profile"], "username", self.username.as_deref());
        put(&mut contact, "wa_id", self.shown_number());
        put(&mut contact, "user_id", self.user_id.as_deref());
        put(&mut contact, "parent_user_id", self.parent_user_id.as_deref());
        contact
    }
}

/// Sets a member when there is a value.
pub fn put(object: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        object[name] = json!(value);
    }
}

/// A medium that either side uploaded.
#[derive(Debug, Clone)]
pub struct Medium {
    /// Media type.
    pub mime_type: String,
    /// Name of the file, if it has one.
    pub file_name: Option<String>,
    /// Contents.
    pub bytes: Bytes,
    /// Number whose medium it is.
    pub number: String,
    /// Unix milliseconds.
    pub at: i64,
    /// Uploaded by the business (30 days) or sent by a customer (7 days).
    pub ours: bool,
}

/// A message that was accepted from the business.
#[derive(Debug, Clone, Serialize)]
pub struct SentMessage {
    /// Message id.
    pub id: String,
    /// Unix milliseconds of acceptance.
    pub at: i64,
    /// Business number's id.
    pub number: String,
    /// Customer's key.
    pub customer: String,
    /// Message type.
    pub message_type: String,
    /// Pricing category.
    pub category: String,
    /// The request body.
    pub body: Value,
    /// Statuses so far, oldest first.
    pub statuses: Vec<String>,
}

/// All of it.
#[derive(Debug, Default)]
pub struct State {
    /// What survives a reset.
    pub config: Config,
    /// Customers by key.
    pub customers: BTreeMap<String, Customer>,
    /// Media by id.
    pub media: BTreeMap<String, Medium>,
    /// Accepted messages by id.
    pub sent: BTreeMap<String, SentMessage>,
    /// Who wrote a message: id to number and customer.
    pub inbound: BTreeMap<String, (String, String)>,
    /// Rates in use.
    pub rates: Rates,
}

impl State {
    /// The number with this id.
    pub fn number(&self, id: &str) -> Option<&Number> {
        self.config.numbers.iter().find(|number| number.id == id)
    }

    /// The customer meant by an address.
    pub fn customer(&self, address: &str) -> Option<&Customer> {
        self.customers
            .get(address)
            .or_else(|| self.customers.values().find(|known| known.answers_to(address)))
    }

    /// The customer meant by an address; made if it is a phone number nobody has yet.
    pub fn customer_or_new(&mut self, address: &str) -> Option<Customer> {
        if let Some(known) = self.customer(address) {
            return Some(known.clone());
        }
        let number = digits(address);
        if address.contains('.') || !(7..=15).contains(&number.len()) {
            return None;
        }
        let made =
            Customer { wa_id: Some(number.clone()), name: format!("+{number}"), ..Customer::default() };
        self.customers.insert(number, made.clone());
        Some(made)
    }
}
