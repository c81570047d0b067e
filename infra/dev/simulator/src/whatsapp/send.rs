//! `POST /{phone-number-id}/messages`.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use super::config::Number;
use super::errors::GraphError;
use super::graph::Answered;
use super::state::{Customer, SentMessage};
use super::{NAME, WhatsApp, check, phone};
use crate::fault::{Fault, Place};
use crate::phone::thread::Tick;
use crate::sync::lock;

/// Milliseconds within which a free message may follow the customer's last one.
const WINDOW_MS: i64 = 24 * 3_600_000;

/// Sends a message, or marks one as read.
pub async fn messages(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parsed: Result<Value, _> = serde_json::from_slice(&body);
    let body = parsed.as_ref().unwrap_or(&Value::Null);
    let reading = body["status"] == "read";
    let address = body["to"].as_str().or_else(|| body["recipient"].as_str()).map(str::to_owned);
    let customer =
        address.as_deref().and_then(|to| lock(&whatsapp.state).customer(to).map(Customer::id)).or(address);
    let struck = whatsapp
        .strike(Place {
            provider: NAME.to_owned(),
            operation: if reading { "read" } else { "send" }.to_owned(),
            line: Some(id.clone()),
            customer,
            message_type: Some(body["type"].as_str().unwrap_or("text").to_owned()),
        })
        .await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = whatsapp.check_token(&headers).and_then(|()| {
        if parsed.is_err() {
            return Err(GraphError::new(100, "The request body is not valid JSON"));
        }
        if reading { whatsapp.mark_read(&id, body) } else { whatsapp.accept(&id, body, &struck.later) }
    });
    if answered.is_ok() && struck.later.contains(&Fault::StatusFirst) {
        // Long enough for the first status to be delivered before the caller knows the id.
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    }
    whatsapp.finish(answered, &struck.later)
}

impl WhatsApp {
    fn sender(&self, id: &str) -> Result<Number, GraphError> {
        lock(&self.state).number(id).cloned().ok_or_else(|| {
            GraphError::new(
                33,
                format!(
                    "Unsupported post request. Object with ID '{id}' does not exist, or is not permitted"
                ),
            )
        })
    }

    fn mark_read(&self, id: &str, body: &Value) -> Answered {
        let number = self.sender(id)?;
        check::product(body)?;
        let message = body["message_id"].as_str().ok_or_else(|| check::missing("message_id"))?;
        // After a restart only the threads still know who wrote what.
        let shown =
            self.sim.threads().find(message).filter(|(_, bubble)| bubble.mine).map(|(key, _)| key.clone());
        let known =
            lock(&self.state).inbound.get(message).cloned().or(shown.map(|key| (key.line, key.person)));
        let (line, person) = known.filter(|(line, _)| *line == number.id).ok_or_else(|| {
            GraphError::new(131_009, format!("message_id {message} is not one of this number"))
        })?;
        let key = Self::thread_key(&line, &person);
        let mine: Vec<String> = {
            let threads = self.sim.threads();
            let bubbles = threads.bubbles(&key);
            let until = bubbles.iter().position(|bubble| bubble.id == message).map_or(0, |place| place + 1);
            let unread = bubbles[..until].iter().filter(|bubble| bubble.mine && bubble.tick != Tick::Read);
            unread.map(|bubble| bubble.id.clone()).collect()
        };
        for bubble in mine {
            self.change(&line, &person, &bubble, |bubble| bubble.tick = Tick::Read);
        }
        if body["typing_indicator"].is_object() {
            self.sim.publish(json!({"type": "typing", "thread": key, "who": "business", "ms": 25_000}));
        }
        Ok(super::graph::success())
    }

    fn accept(&self, id: &str, body: &Value, later: &[Fault]) -> Answered {
        let number = self.sender(id)?;
        check::message(body)?;
        let (customer, input) = self.addressee(&number, body)?;
        let template = match body["type"].as_str() {
            Some("template") => Some(self.fitting_template(&number, &body["template"])?),
            _ => None,
        };
        self.check_media(&number, body)?;
        self.take_rates(&number, &customer)?;
        let wamid = self.message_id();
        let now = self.sim.now_ms();
        let category = template
            .as_ref()
            .and_then(|found| found["category"].as_str())
            .unwrap_or("SERVICE")
            .to_lowercase();
        let sent = SentMessage {
            id: wamid.clone(),
            at: now,
            number: number.id.clone(),
            customer: customer.id(),
            message_type: body["type"].as_str().unwrap_or("text").to_owned(),
            category,
            body: body.clone(),
            statuses: Vec::new(),
        };
        let failure = late_failure(later).or_else(|| self.refusal(&customer, &sent, now));
        lock(&self.state).sent.insert(wamid.clone(), sent.clone());
        phone::show_sent(self, &sent, template.as_ref());
        self.play_statuses(sent, failure, later.to_vec());
        let mut contact = json!({"input": input});
        super::state::put(&mut contact, "wa_id", customer.shown_number());
        super::state::put(&mut contact, "user_id", customer.user_id.as_deref());
        Ok(json!({
            "messaging_product": "whatsapp", "contacts": [contact],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }))
    }

    /// The customer a message is for; `to` wins over `recipient`.
    fn addressee(&self, number: &Number, body: &Value) -> Result<(Customer, String), GraphError> {
        let to = body["to"].as_str().filter(|to| !to.is_empty());
        let recipient = body["recipient"].as_str().filter(|recipient| !recipient.is_empty());
        let input = to.or(recipient).ok_or_else(|| check::missing("to"))?;
        if super::config::digits(input) == number.digits() {
            return Err(GraphError::usual(131_021));
        }
        let mut state = lock(&self.state);
        let known = if to.is_some() { state.customer_or_new(input) } else { state.customer(input).cloned() };
        let customer = known.ok_or_else(|| {
            GraphError::new(131_009, format!("{input} is no phone number and no known user id"))
        })?;
        let authentication = body["template"]["category"] == "AUTHENTICATION";
        if to.is_none() && authentication {
            return Err(GraphError::usual(131_062));
        }
        Ok((customer, input.to_owned()))
    }

    fn take_rates(&self, number: &Number, customer: &Customer) -> Result<(), GraphError> {
        let now = self.sim.now_ms();
        let mut state = lock(&self.state);
        let per_second = if number.coexistence { number.throughput.min(20) } else { number.throughput };
        if state.config.rules.throughput && !state.rates.number_free(&number.id, per_second, now) {
            return Err(GraphError::new(130_429, "Cloud API message throughput has been reached."));
        }
        if state.config.rules.pair && !state.rates.take_pair(&number.id, &customer.id(), now) {
            return Err(GraphError::new(
                131_056,
                "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.",
            ));
        }
        state.rates.count(&number.id, now);
        Ok(())
    }

    /// What makes an accepted message fail later by Meta's rules.
    fn refusal(&self, customer: &Customer, sent: &SentMessage, now_ms: i64) -> Option<GraphError> {
        let state = lock(&self.state);
        if !customer.on_whatsapp {
            return Some(GraphError::new(131_026, "Message undeliverable."));
        }
        if sent.category == "marketing" && customer.marketing_stopped {
            return Some(GraphError::usual(131_050));
        }
        let open = customer.last_inbound_at.is_some_and(|last| now_ms - last < WINDOW_MS);
        let closed = state.config.rules.window && sent.message_type != "template" && !open;
        closed.then(|| {
            GraphError::new(
                131_047,
                "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
            )
        })
    }
}

fn late_failure(later: &[Fault]) -> Option<GraphError> {
    later.iter().find_map(|fault| match fault {
        Fault::FailStatus { code } => Some(GraphError::usual(*code)),
        _ => None,
    })
}
