//! A payment provider: the part of Stripe's API that the installation calls, the page on which a card pays, and signed
//! deliveries. No card is real; a few numbers decide what the bank says.

mod api;
mod form;
mod page;
mod state;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::callback::{Outgoing, deliver};
use crate::phone::act::Act;
use crate::phone::routes::answer;
use crate::provider::{Line, Person, Provider, Refusal};
use crate::sim::Sim;
use crate::sync::lock;
use state::{Card, State};

/// Name in paths, scopes and the journal.
pub const NAME: &str = "stripe";

/// Configuration of the played provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// What calls are authorized with; empty takes every key.
    secret_key: String,
    /// Signs deliveries.
    webhook_secret: String,
    /// Where deliveries go.
    callback_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            secret_key: String::new(),
            webhook_secret: "colibri-demo-webhook-secret".to_owned(),
            callback_url: "http://127.0.0.1:4600/webhooks/payments/stripe".to_owned(),
        }
    }
}

/// The played provider; cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    sim: Sim,
    config: Arc<Mutex<Config>>,
    state: Arc<Mutex<State>>,
}

impl Stripe {
    /// With nobody's card.
    pub fn new(sim: Sim) -> Self {
        Self { sim, config: Arc::default(), state: Arc::default() }
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.sim.random().hex(12).to_lowercase())
    }

    fn second(&self) -> i64 {
        self.sim.now_ms() / 1000
    }

    /// Tells of an event, signed as `flaw` says, `age` seconds ago.
    fn tell(&self, kind: &str, object: &Value, flaw: &str, age: i64) {
        let config = lock(&self.config).clone();
        let time = self.second() - age;
        let event = json!({ "id": self.id("evt"), "object": "event", "type": kind, "created": time,
            "api_version": "2024-06-20", "livemode": false, "data": { "object": object } });
        let body = event.to_string();
        let secret = if flaw == "other_secret" { "another secret" } else { config.webhook_secret.as_str() };
        let mut headers = Vec::new();
        if flaw != "missing" {
            let signature = signed(secret, time, &body);
            let signature = if flaw == "bad" { "0".repeat(64) } else { signature };
            headers.push(("stripe-signature".to_owned(), format!("t={time},v1={signature}")));
        }
        let out = Outgoing {
            provider: NAME.to_owned(),
            subject: kind.to_owned(),
            url: config.callback_url,
            headers,
            body: Bytes::from(body),
            redeliver: flaw == "good",
        };
        let _ = deliver(&self.sim, out, Duration::from_millis(200));
    }

    /// Somebody types a card on the page of a session.
    fn pay(&self, session: &str, number: &str, expires: (u8, u16)) -> Result<String, page::Declined> {
        let card = Card::typed(number, expires, self.second()).map_err(page::Declined)?;
        let paid = lock(&self.state).pay(session, card, &|prefix| self.id(prefix), self.second());
        let (session, intent) = paid.map_err(page::Declined)?;
        self.tell("payment_intent.succeeded", &intent, "good", 0);
        self.tell("checkout.session.completed", &session, "good", 0);
        Ok(session["success_url"].as_str().unwrap_or("/").to_owned())
    }
}

fn signed(secret: &str, time: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{time}.{body}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

impl Provider for Stripe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn api(&self) -> Router {
        api::routes(self.clone()).merge(page::routes(self.clone()))
    }

    fn control(&self) -> Router {
        control(self.clone())
    }

    /// Nobody writes to a payment provider.
    fn lines(&self) -> Vec<Line> {
        Vec::new()
    }

    fn people(&self) -> Vec<Person> {
        Vec::new()
    }

    fn save_person(&self, _: &Value) -> Result<Person, Refusal> {
        Err(Refusal::new("nobody writes to a payment provider"))
    }

    fn act(&self, _: &str, _: &str, _: Act) -> Result<String, Refusal> {
        Err(Refusal::new("nobody writes to a payment provider"))
    }

    fn media(&self, _: &str) -> Option<(String, Bytes)> {
        None
    }

    fn config(&self) -> Value {
        json!(*lock(&self.config))
    }

    fn set_config(&self, config: Value) -> Result<(), Refusal> {
        let read =
            serde_json::from_value(config).map_err(|error| Refusal::new(format!("stripe: {error}")))?;
        *lock(&self.config) = read;
        Ok(())
    }

    fn snapshot(&self) -> Value {
        json!(*lock(&self.state))
    }

    fn restore(&self, snapshot: Value) -> Result<(), Refusal> {
        if snapshot.is_null() {
            return Ok(());
        }
        let read =
            serde_json::from_value(snapshot).map_err(|error| Refusal::new(format!("stripe: {error}")))?;
        *lock(&self.state) = read;
        Ok(())
    }

    fn reset(&self) {
        *lock(&self.state) = State::default();
    }
}

/// Routes under `/control/stripe`.
fn control(stripe: Stripe) -> Router {
    Router::new()
        .route("/payments", get(payments))
        .route("/books", post(books))
        .route("/bank", post(bank))
        .route("/deliver", post(told))
        .with_state(stripe)
}

async fn payments(axum::extract::State(stripe): axum::extract::State<Stripe>) -> Json<Value> {
    Json(lock(&stripe.state).all())
}

/// Payments that were made before, with the card that made them.
async fn books(
    axum::extract::State(stripe): axum::extract::State<Stripe>,
    Json(asked): Json<Value>,
) -> Response {
    let taken = lock(&stripe.state).take_over(&asked, stripe.second());
    answer(taken.map(|()| json!({})).map_err(Refusal::new))
}

#[derive(Deserialize)]
struct Bank {
    customer: String,
    /// A code such as `insufficient_funds`; none lets debits pass again.
    declines: Option<String>,
}

/// What a customer's bank says to debits from now on.
async fn bank(
    axum::extract::State(stripe): axum::extract::State<Stripe>,
    Json(asked): Json<Bank>,
) -> Response {
    let known = lock(&stripe.state).bank(&asked.customer, asked.declines.as_ref());
    answer(if known { Ok(json!({})) } else { Err(Refusal::new("no such customer")) })
}

fn good() -> String {
    "good".to_owned()
}

#[derive(Deserialize)]
struct Told {
    payment_intent: String,
    /// `good`, `bad`, `missing` or `other_secret`.
    #[serde(default = "good")]
    signature: String,
    /// Signed so many seconds ago.
    #[serde(default)]
    age: i64,
}

/// Tells of a payment once more.
async fn told(
    axum::extract::State(stripe): axum::extract::State<Stripe>,
    Json(asked): Json<Told>,
) -> Response {
    let intent = lock(&stripe.state).intent(&asked.payment_intent, false);
    answer(match intent {
        Some(intent) => {
            stripe.tell("payment_intent.succeeded", &intent, &asked.signature, asked.age);
            Ok(json!({}))
        }
        None => Err(Refusal::new("no such payment")),
    })
}
