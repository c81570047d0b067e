//! What only Telegram's control API has: any update, customers, what bots sent.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Telegram;
use super::config::Bot;
use crate::phone::routes::answer;
use crate::phone::thread::Bubble;
use crate::provider::Refusal;
use crate::samples::Held;
use crate::sync::lock;

/// Routes under `/control/telegram`.
pub fn routes(telegram: Telegram) -> Router {
    Router::new()
        .route("/inbound", post(inbound))
        .route("/update", post(update))
        .route("/customers", get(customers).post(save_customers))
        .route("/messages", get(messages))
        .route("/files", post(add_file))
        .with_state(telegram)
}

#[derive(Deserialize)]
struct Inbound {
    customer: Value,
    message: Value,
    #[serde(default)]
    bot: Option<String>,
}

/// A message of a customer, completed with id, time, chat and author.
async fn inbound(State(telegram): State<Telegram>, Json(asked): Json<Inbound>) -> Response {
    answer(telegram.played(asked).map(|id| json!({"id": id})))
}

#[derive(Deserialize)]
struct Update {
    kind: String,
    value: Value,
    #[serde(default)]
    bot: Option<String>,
}

/// Any update as it stands in the provider's documentation.
async fn update(State(telegram): State<Telegram>, Json(asked): Json<Update>) -> Response {
    let bot = telegram.bot_or_first(asked.bot.as_deref());
    answer(bot.map(|bot| {
        let made = telegram.update(bot.id(), None, &asked.kind, &asked.value);
        json!({"deliveries": made.len()})
    }))
}

async fn customers(State(telegram): State<Telegram>) -> Json<Value> {
    Json(lock(&telegram.state).kept.customers.values().map(|customer| json!(customer)).collect())
}

async fn save_customers(State(telegram): State<Telegram>, Json(asked): Json<Value>) -> Response {
    let all = match &asked {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let saved: Result<Vec<Value>, Refusal> =
        all.iter().map(|one| telegram.save_customer(one).map(|customer| json!(customer))).collect();
    answer(saved.map(Value::from))
}

async fn messages(State(telegram): State<Telegram>) -> Json<Value> {
    Json(json!(lock(&telegram.state).sent))
}

#[derive(Deserialize)]
struct NewFile {
    id: String,
    mime_type: String,
}

/// A file that bots know by this id, as if they had sent it before.
async fn add_file(State(telegram): State<Telegram>, Json(asked): Json<NewFile>) -> Json<Value> {
    let held = Held { mime_type: asked.mime_type, name: None, bytes: "bytes".into() };
    lock(&telegram.state).files.insert(asked.id, held);
    Json(json!({"ok": true}))
}

impl Telegram {
    fn bot_or_first(&self, id: Option<&str>) -> Result<Bot, Refusal> {
        let state = lock(&self.state);
        let bot = match id {
            Some(id) => state.bot(id),
            None => state.config.bots.first(),
        };
        bot.cloned().ok_or_else(|| Refusal::new("no such bot"))
    }

    fn played(&self, asked: Inbound) -> Result<String, Refusal> {
        let bot = self.bot_or_first(asked.bot.as_deref())?;
        let known = asked.customer.as_i64().or_else(|| asked.customer.as_str()?.parse().ok());
        let customer = match known {
            Some(id) => lock(&self.state).kept.customers.get(&id).cloned(),
            None => Some(self.save_customer(&asked.customer)?),
        };
        let customer = customer.ok_or_else(|| Refusal::new("no such customer"))?;
        let words = ["text", "caption"].iter().find_map(|key| asked.message[*key].as_str());
        let content = json!({"kind": "text", "text": words.unwrap_or("…")});
        let bubble = Bubble::new("", true, self.sim.now_ms(), content);
        Ok(self.write(&bot, &customer, asked.message, bubble))
    }
}
