//! What the played Bot API remembers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::config::{Bot, Config};
use crate::samples::Held;

/// Somebody who can write to the bots.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// User id, which is the id of the private chat too.
    pub id: i64,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: Option<String>,
    /// Handle without `@`.
    pub username: Option<String>,
    /// Number that is shown only when the customer shares it.
    pub phone: Option<String>,
    /// Language of the app.
    pub language_code: String,
    /// Has stopped the bots.
    pub blocked: bool,
}

impl Default for Customer {
    fn default() -> Self {
        Self {
            id: 0,
            first_name: String::new(),
            last_name: None,
            username: None,
            phone: None,
            language_code: "es".to_owned(),
            blocked: false,
        }
    }
}

impl Customer {
    /// Whole name.
    pub fn name(&self) -> String {
        [Some(self.first_name.as_str()), self.last_name.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// As the author of an update.
    pub fn user(&self) -> Value {
        let mut user = self.chat();
        if let Some(user) = user.as_object_mut() {
            user.remove("type");
        }
        user["is_bot"] = json!(false);
        user["language_code"] = json!(self.language_code);
        user
    }

    /// As a private chat.
    pub fn chat(&self) -> Value {
        let mut chat = json!({"id": self.id, "type": "private", "first_name": self.first_name});
        for (name, value) in [("last_name", &self.last_name), ("username", &self.username)] {
            if let Some(value) = value {
                chat[name] = json!(value);
            }
        }
        chat
    }
}

/// Where a bot's updates go.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhook {
    /// Callback URL.
    pub url: String,
    /// Repeated with each delivery.
    pub secret: Option<String>,
    /// Kinds of update wanted.
    pub allowed: Vec<String>,
}

/// What survives a restart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// By user id.
    pub customers: BTreeMap<i64, Customer>,
    /// By bot id.
    pub webhooks: BTreeMap<String, Webhook>,
    /// The last message id.
    pub messages: i64,
    /// The last update id.
    pub updates: i64,
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
    /// Messages that bots sent, as their answers said.
    pub sent: Vec<Value>,
    /// Second and messages in it, by bot.
    pub rates: BTreeMap<String, (i64, u32)>,
}

impl Default for State {
    fn default() -> Self {
        let customers = [
            (5_930_000_001, "Sofía", Some("Andrade"), "sofi_andrade"),
            (5_930_000_002, "Mateo", Some("Cueva"), "mateocueva"),
            (5_930_000_003, "Daniela", None, "dani_loja"),
        ];
        let customer = |(id, first, last, username): (i64, &str, Option<&str>, &str)| Customer {
            id,
            first_name: first.to_owned(),
            last_name: last.map(str::to_owned),
            username: Some(username.to_owned()),
            ..Customer::default()
        };
        let customers = customers.map(customer).map(|customer| (customer.id, customer)).into();
        Self {
            config: Config::default(),
            kept: Kept { customers, messages: 100, ..Kept::default() },
            files: BTreeMap::new(),
            sent: Vec::new(),
            rates: BTreeMap::new(),
        }
    }
}

impl State {
    /// The bot with this id.
    pub fn bot(&self, id: &str) -> Option<&Bot> {
        self.config.bots.iter().find(|bot| bot.id() == id)
    }

    /// The customer with this id.
    pub fn customer(&self, id: &str) -> Option<&Customer> {
        self.kept.customers.get(&id.parse().ok()?)
    }
}
