//! What only these two products' control API has: any event, people, what was sent, the handshake.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Meta, shown};
use crate::phone::routes::answer;
use crate::phone::thread::Bubble;
use crate::provider::Refusal;

/// Routes under `/control/<name>`.
pub fn routes(meta: Meta) -> Router {
    Router::new()
        .route("/event", post(event))
        .route("/customers", get(customers).post(save_customers))
        .route("/messages", get(messages))
        .route("/handshake", post(handshake))
        .with_state(meta)
}

#[derive(Deserialize)]
struct Asked {
    /// An id, or a person to add.
    customer: Value,
    /// Members of the event as the provider has them; the rest is filled in.
    event: Value,
    #[serde(default)]
    account: Option<String>,
}

/// Any event of a person; a message of theirs is shown on the phone as well.
async fn event(State(meta): State<Meta>, Json(asked): Json<Asked>) -> Response {
    answer(meta.played(asked))
}

async fn customers(State(meta): State<Meta>) -> Json<Value> {
    Json(meta.state().kept.customers.values().map(|customer| json!(customer)).collect())
}

async fn save_customers(State(meta): State<Meta>, Json(asked): Json<Value>) -> Response {
    let all = match &asked {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let saved: Result<Vec<Value>, Refusal> =
        all.iter().map(|one| meta.save_customer(one).map(|customer| json!(customer))).collect();
    answer(saved.map(Value::from))
}

async fn messages(State(meta): State<Meta>) -> Json<Value> {
    Json(json!(meta.state().sent))
}

/// Makes the handshake of every app, as its settings page does when the callback URL is entered.
async fn handshake(State(meta): State<Meta>) -> Response {
    answer(meta.shake().await)
}

impl Meta {
    fn played(&self, asked: Asked) -> Result<Value, Refusal> {
        let account = {
            let state = self.state();
            let found = match &asked.account {
                Some(id) => state.config.account(id),
                None => state.config.accounts.first(),
            };
            found.map(|account| account.id.clone()).ok_or_else(|| Refusal::new("no such account"))?
        };
        let person = match asked.customer.as_str() {
            Some(id) => id.to_owned(),
            None => self.save_customer(&asked.customer)?.id,
        };
        if !self.state().kept.customers.contains_key(&person) {
            return Err(Refusal::new("no such customer"));
        }
        let message = &asked.event["message"];
        let alone = asked.event.as_object().is_some_and(|members| members.len() == 1);
        let says = message["is_echo"] != true && message["is_deleted"] != true;
        if alone && message.is_object() && says {
            let bubble = Bubble::new("", true, self.sim.now_ms(), shown::incoming(message));
            return Ok(json!({"id": self.write(&account, &person, message.clone(), bubble)}));
        }
        let made = self.tell(&account, &person, asked.event);
        Ok(json!({"deliveries": made.len()}))
    }

    async fn shake(&self) -> Result<Value, Refusal> {
        let (url, apps) = {
            let state = self.state();
            (state.config.callback_url.clone(), state.config.apps.clone())
        };
        let mut shaken = Vec::new();
        for app in apps {
            let challenge = self.sim.random().digits(10);
            let url = format!(
                "{}?hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={}",
                url.replace("{app}", &app.id),
                encoded(&app.verify_token),
            );
            let answered = self.sim.caller().call(Method::GET, &url, &[], Bytes::new()).await;
            let ok = answered.is_ok_and(|answer| answer.status == 200 && answer.body == challenge);
            if !ok {
                return Err(Refusal::new(format!(
                    "the callback of app {} did not answer the handshake",
                    app.id
                )));
            }
            shaken.push(json!(app.id));
        }
        Ok(json!({"apps": shaken}))
    }
}

/// As a value in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
