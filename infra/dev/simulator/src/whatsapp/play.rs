//! Control of WhatsApp only: play any webhook, customers, statuses, handshakes.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::WhatsApp;
use super::config::Number;
use super::envelope::{self, Made, Parcel};
use super::errors::GraphError;
use super::sign;
use super::state::{Customer, SentMessage};
use crate::fault::Flaw;
use crate::phone::routes::answer;
use crate::phone::thread::Bubble;
use crate::provider::Refusal;
use crate::samples;
use crate::sync::lock;

/// Routes under `/control/whatsapp`.
pub fn routes(whatsapp: WhatsApp) -> Router {
    Router::new()
        .route("/inbound", post(inbound))
        .route("/field", post(field))
        .route("/raw", post(raw))
        .route("/customers", get(customers).post(save_customers))
        .route("/messages", get(messages))
        .route("/handshake", post(handshake))
        .layer(axum::extract::DefaultBodyLimit::max(32 * 1024 * 1024))
        .with_state(whatsapp)
}

/// How a POST is made; shared by all that plays webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
struct Manner {
    /// How often the POST is made, all at once.
    copies: u32,
    signature: Flaw,
    /// Whitespace added to the body.
    padding_bytes: usize,
    /// Tried again until 200; a wrong signature is never tried again.
    redeliver: bool,
    /// Answer only when the first attempts are answered.
    wait: bool,
    url: Option<String>,
}

impl Default for Manner {
    fn default() -> Self {
        Self { copies: 1, signature: Flaw::Good, padding_bytes: 0, redeliver: true, wait: true, url: None }
    }
}

/// Messages and statuses for one POST.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Inbound {
    number: Option<String>,
    /// One message: shorthand for `items` with one entry.
    #[serde(flatten)]
    item: Option<Item>,
    items: Vec<Item>,
    statuses: Vec<PlayedStatus>,
    /// Raw entries put behind the messages as they are, malformed or not.
    extra: Vec<Value>,
    /// Raw `errors` of the value.
    errors: Vec<Value>,
    /// `change` (default): all in one value; `changes`, `entries`: one each.
    split: String,
    /// Leaves the `contacts` array out.
    without_contacts: bool,
    #[serde(flatten)]
    manner: Manner,
}

/// One message of a customer.
#[derive(Debug, Clone, Deserialize)]
struct Item {
    /// An address, or a customer as an object.
    customer: Value,
    /// Meta's message object; `from`, `id`, `timestamp` are filled in where absent.
    message: Value,
    /// How often it stands in the POST.
    #[serde(default = "once")]
    repeat: usize,
}

fn once() -> usize {
    1
}

#[derive(Debug, Deserialize)]
struct PlayedStatus {
    id: String,
    status: String,
    code: Option<u32>,
    /// Members that replace the usual ones.
    #[serde(default)]
    with: BTreeMap<String, Value>,
}

async fn inbound(State(whatsapp): State<WhatsApp>, Json(asked): Json<Inbound>) -> Response {
    answer(whatsapp.play_inbound(asked).await)
}

#[derive(Debug, Deserialize)]
struct Field {
    #[serde(rename = "field")]
    name: String,
    value: Value,
    number: Option<String>,
    account: Option<String>,
    #[serde(flatten)]
    manner: Manner,
}

async fn field(State(whatsapp): State<WhatsApp>, Json(asked): Json<Field>) -> Response {
    let number = whatsapp.number_or_unknown(asked.number.as_deref());
    let account = asked.account.unwrap_or_else(|| number.account.clone());
    let per_number = ["smb_message_echoes", "user_preferences", "calls", "history", "messages"];
    let value = if per_number.contains(&asked.name.as_str()) {
        envelope::value(&number, &asked.value)
    } else {
        asked.value
    };
    let body = envelope::envelope(&account, &[(asked.name.clone(), value)]);
    let made = whatsapp.dispatch(&asked.name, &number, &account, None, &body, &asked.manner);
    answer(Ok(json!({"deliveries": outcomes(made, asked.manner.wait).await})))
}

#[derive(Debug, Deserialize)]
struct Raw {
    #[serde(rename = "body")]
    text: Option<String>,
    #[serde(rename = "body_base64")]
    base64: Option<String>,
    json: Option<Value>,
    account: Option<String>,
    #[serde(flatten)]
    manner: Manner,
}

async fn raw(State(whatsapp): State<WhatsApp>, Json(asked): Json<Raw>) -> Response {
    let decoded = asked.base64.map(|text| base64::engine::general_purpose::STANDARD.decode(text));
    let body = match (asked.text, decoded, asked.json) {
        (Some(text), _, _) => Bytes::from(text),
        (None, Some(Ok(bytes)), _) => Bytes::from(bytes),
        (None, None, Some(value)) => sign::escaped(&value),
        _ => return answer(Err(Refusal::new("body, body_base64 or json is needed"))),
    };
    let number = whatsapp.number_or_unknown(None);
    let account = asked.account.unwrap_or_else(|| number.account.clone());
    let made = whatsapp.send_bytes("raw", &number, &account, None, &body, &asked.manner);
    answer(Ok(json!({"deliveries": outcomes(made, asked.manner.wait).await})))
}

async fn customers(State(whatsapp): State<WhatsApp>) -> Json<Value> {
    Json(json!(lock(&whatsapp.state).customers.values().collect::<Vec<_>>()))
}

async fn save_customers(State(whatsapp): State<WhatsApp>, Json(asked): Json<Value>) -> Response {
    let many = match asked {
        Value::Array(many) => many,
        one => vec![one],
    };
    let saved: Result<Vec<Customer>, Refusal> = many.iter().map(|one| whatsapp.save_customer(one)).collect();
    whatsapp.sim.publish(json!({"type": "people"}));
    answer(saved.map(|saved| json!(saved)))
}

async fn messages(State(whatsapp): State<WhatsApp>) -> Json<Value> {
    let mut sent: Vec<SentMessage> = lock(&whatsapp.state).sent.values().cloned().collect();
    sent.sort_by_key(|sent| sent.at);
    Json(json!(sent))
}

#[derive(Debug, Deserialize)]
struct Handshake {
    app: Option<String>,
    url: Option<String>,
    verify_token: Option<String>,
}

async fn handshake(State(whatsapp): State<WhatsApp>, Json(asked): Json<Handshake>) -> Response {
    let target = {
        let state = lock(&whatsapp.state);
        let mut apps = state.config.apps.iter();
        let app = apps.find(|app| asked.app.as_ref().is_none_or(|id| app.id == *id));
        app.map(|app| {
            let url = app.callback_url.clone().unwrap_or_else(|| state.config.callback_url.clone());
            (url.replace("{app}", &app.id), app.verify_token.clone())
        })
    };
    let Some((url, token)) = target else { return answer(Err(Refusal::new("no such app"))) };
    let url = asked.url.unwrap_or(url);
    let proven = whatsapp.handshake(&url, &asked.verify_token.unwrap_or(token)).await;
    answer(Ok(match proven {
        Ok(()) => json!({"ok": true, "url": url}),
        Err(error) => json!({"ok": false, "url": url, "reason": error.details}),
    }))
}

/// The first attempt of each delivery, if it is to be waited for.
async fn outcomes(made: Made, wait: bool) -> Vec<Value> {
    let mut outcomes = Vec::with_capacity(made.len());
    for (id, first) in made {
        let first = if wait { first.await.ok() } else { None };
        outcomes.push(json!({"id": id, "first": first}));
    }
    outcomes
}

impl WhatsApp {
    /// The number with this id, the first one, or one that Meta knows and we do not.
    pub fn number_or_unknown(&self, id: Option<&str>) -> Number {
        let state = lock(&self.state);
        let unknown = || Number {
            id: id.unwrap_or("999999999999999").to_owned(),
            account: "999999999999998".to_owned(),
            display: "+593 90 000 0999".to_owned(),
            ..Number::default()
        };
        match id {
            Some(id) => state.number(id).cloned().unwrap_or_else(unknown),
            None => state.config.numbers.first().cloned().unwrap_or_else(unknown),
        }
    }

    async fn play_inbound(&self, asked: Inbound) -> Result<Value, Refusal> {
        let number = self.number_or_unknown(asked.number.as_deref());
        let items: Vec<Item> = asked.item.into_iter().chain(asked.items).collect();
        let (mut values, mut ids) = (Vec::new(), Vec::new());
        let mut first_customer = None;
        let subject =
            items.first().and_then(|item| item.message["type"].as_str()).unwrap_or("status").to_owned();
        for item in items {
            let (customer, message) = self.prepare(&number, &item)?;
            ids.push(message["id"].clone());
            first_customer.get_or_insert_with(|| customer.id());
            values.push(
                json!({"contacts": [customer.contact()], "messages": vec![message; item.repeat.max(1)]}),
            );
        }
        for status in &asked.statuses {
            values.push(self.played_status(status)?);
        }
        if !asked.extra.is_empty() {
            values.push(json!({"messages": asked.extra}));
        }
        if !asked.errors.is_empty() {
            values.push(json!({"errors": asked.errors}));
        }
        if asked.without_contacts {
            for value in values.iter_mut().filter_map(Value::as_object_mut) {
                value.remove("contacts");
            }
        }
        let body = arranged(&number, &asked.split, values);
        let made = self.dispatch(
            &subject,
            &number,
            &number.account,
            first_customer.as_deref(),
            &body,
            &asked.manner,
        );
        Ok(json!({"messages": ids, "deliveries": outcomes(made, asked.manner.wait).await}))
    }

    fn prepare(&self, number: &Number, item: &Item) -> Result<(Customer, Value), Refusal> {
        let customer = match &item.customer {
            Value::String(address) => lock(&self.state)
                .customer_or_new(address)
                .ok_or_else(|| Refusal::new(format!("no customer {address}")))?,
            object => self.save_customer(object)?,
        };
        let mut message = item.message.clone();
        let kind = message["type"].as_str().unwrap_or_default().to_owned();
        if let Some(name) = message[kind.as_str()]["sample"].as_str() {
            let sample = samples::find(name).ok_or_else(|| Refusal::new(format!("no sample {name}")))?;
            let bytes = Bytes::from_static(sample.bytes);
            let (_, mut part) = self.medium_part(&number.id, sample.mime_type, Some(sample.file_name), bytes);
            if let (Some(part), Some(own)) = (part.as_object_mut(), message[kind.as_str()].as_object()) {
                part.extend(own.clone());
                part.remove("sample");
            }
            message[kind.as_str()] = part;
        }
        let id = self.address(&customer, &mut message);
        self.note_inbound(&number.id, &customer, &id, &kind);
        if kind == "text" {
            let content = json!({"kind": "text", "text": message["text"]["body"]});
            self.show(&number.id, &customer.id(), Bubble::new(&id, true, self.sim.now_ms(), content));
        }
        Ok((customer, message))
    }

    fn played_status(&self, played: &PlayedStatus) -> Result<Value, Refusal> {
        let error = played.code.map(GraphError::usual);
        let sent = lock(&self.state).sent.get(&played.id).cloned();
        let known = sent.and_then(|sent| self.status_parts(&sent, &played.status, error.as_ref()));
        let mut parts = known.map_or_else(
            || {
                let mut entry = json!({"id": played.id, "status": played.status,
                                       "timestamp": self.sim.clock().now_text(), "recipient_id": "593900000001"});
                if let Some(error) = &error {
                    entry["errors"] = json!([error.in_webhook()]);
                }
                json!({"statuses": [entry]})
            },
            |(_, parts)| parts,
        );
        let entry = parts["statuses"][0].as_object_mut().ok_or_else(|| Refusal::new("no status"))?;
        entry.extend(played.with.clone());
        Ok(parts)
    }

    fn dispatch(
        &self,
        subject: &str,
        number: &Number,
        account: &str,
        customer: Option<&str>,
        body: &Value,
        manner: &Manner,
    ) -> Made {
        self.send_bytes(subject, number, account, customer, &sign::escaped(body), manner)
    }

    fn send_bytes(
        &self,
        subject: &str,
        number: &Number,
        account: &str,
        customer: Option<&str>,
        body: &Bytes,
        manner: &Manner,
    ) -> Made {
        let mut bytes = body.to_vec();
        bytes.resize(bytes.len() + manner.padding_bytes, b' ');
        let parcel = Parcel {
            subject: subject.to_owned(),
            body: Bytes::from(bytes),
            account: account.to_owned(),
            number: Some(number.id.clone()),
            customer: customer.map(str::to_owned),
            flaw: manner.signature,
            redeliver: manner.redeliver,
            url: manner.url.clone(),
        };
        (0..manner.copies).flat_map(|_| self.post(parcel.clone())).collect()
    }
}

/// Puts the parts into one value, one change each, or one entry each.
fn arranged(number: &Number, split: &str, values: Vec<Value>) -> Value {
    let field = || "messages".to_owned();
    if split == "changes" || split == "entries" {
        let changes: Vec<_> = values.iter().map(|parts| (field(), envelope::value(number, parts))).collect();
        if split == "changes" {
            return envelope::envelope(&number.account, &changes);
        }
        let entries: Vec<Value> = changes
            .into_iter()
            .map(|change| envelope::envelope(&number.account, &[change])["entry"][0].clone())
            .collect();
        return json!({"object": "whatsapp_business_account", "entry": entries});
    }
    let mut joined: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for value in values {
        let Value::Object(parts) = value else { continue };
        for (name, list) in parts {
            let held = joined.entry(name).or_default();
            for entry in list.as_array().into_iter().flatten() {
                if !held.contains(entry) || !entry["profile"].is_object() {
                    held.push(entry.clone());
                }
            }
        }
    }
    envelope::envelope(&number.account, &[(field(), envelope::value(number, &json!(joined)))])
}
