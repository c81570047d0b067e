//! What only this provider's control API has: any delivery, customers, what was sent, where a number's messages go.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Twilio;
use super::out::Form;
use crate::phone::routes::answer;
use crate::provider::Refusal;
use crate::sync::lock;

/// Routes under `/control/twilio`.
pub fn routes(twilio: Twilio) -> Router {
    Router::new()
        .route("/delivery", post(delivery))
        .route("/webhook", post(webhook))
        .route("/customers", get(customers).post(save_customers))
        .route("/messages", get(messages))
        .with_state(twilio)
}

#[derive(Deserialize)]
struct Delivery {
    form: Value,
    #[serde(default)]
    line: Option<String>,
}

/// Any form as it stands in the provider's documentation, completed with ids and numbers, signed.
async fn delivery(State(twilio): State<Twilio>, Json(asked): Json<Delivery>) -> Response {
    answer(twilio.played(&asked))
}

#[derive(Deserialize)]
struct Webhook {
    number: String,
    url: String,
}

/// What a person enters at the provider.
async fn webhook(State(twilio): State<Twilio>, Json(asked): Json<Webhook>) -> Response {
    let mut state = lock(&twilio.state);
    let found = state.config.numbers.iter_mut().find(|known| known.number == asked.number);
    let changed = found.map(|number| number.sms_url = asked.url);
    answer(changed.map(|()| json!({})).ok_or_else(|| Refusal::new(format!("no number {}", asked.number))))
}

async fn customers(State(twilio): State<Twilio>) -> Json<Value> {
    Json(lock(&twilio.state).kept.customers.values().map(|customer| json!(customer)).collect())
}

async fn save_customers(State(twilio): State<Twilio>, Json(asked): Json<Value>) -> Response {
    let all = match &asked {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let saved: Result<Vec<Value>, Refusal> =
        all.iter().map(|one| twilio.save_customer(one).map(|customer| json!(customer))).collect();
    answer(saved.map(Value::from))
}

async fn messages(State(twilio): State<Twilio>) -> Json<Value> {
    Json(json!(lock(&twilio.state).sent))
}

impl Twilio {
    fn played(&self, asked: &Delivery) -> Result<Value, Refusal> {
        let (number, account) = {
            let state = lock(&self.state);
            let named = |line: &String| state.number(line).cloned();
            let number = match &asked.line {
                Some(line) => named(line),
                None => state.config.numbers.iter().find(|known| !known.sms_url.is_empty()).cloned(),
            };
            (number, state.config.account_sid.clone())
        };
        let number = number.ok_or_else(|| Refusal::new("no number with a webhook"))?;
        let members = asked.form.as_object().ok_or_else(|| Refusal::new("a form is an object"))?;
        let mut form: Form = Vec::new();
        for (name, value) in members {
            for value in value.as_array().unwrap_or(&vec![value.clone()]) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                form.push((name.clone(), text));
            }
        }
        let usual = [
            ("MessageSid", self.sid("SM")),
            ("AccountSid", account),
            ("From", "+593990000201".to_owned()),
            ("To", number.number.clone()),
        ];
        for (name, value) in usual {
            if !members.contains_key(name) {
                form.push((name.to_owned(), value));
            }
        }
        let made = self.deliver(&number.sms_url, &number.number, "", "form", &form);
        Ok(json!({"deliveries": made.len()}))
    }
}
