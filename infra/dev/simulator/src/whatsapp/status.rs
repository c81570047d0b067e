//! Statuses of accepted messages: sent, delivered, read, failed.

use std::time::Duration;

use serde_json::{Value, json};

use super::WhatsApp;
use super::envelope::Made;
use super::errors::GraphError;
use super::state::{SentMessage, put};
use crate::fault::Fault;
use crate::phone::thread::Tick;
use crate::sync::lock;

impl WhatsApp {
    /// Plays the statuses of a message in the background.
    pub fn play_statuses(&self, sent: SentMessage, failure: Option<GraphError>, later: Vec<Fault>) {
        if later.contains(&Fault::NoStatus) {
            return;
        }
        let this = self.clone();
        self.sim.spawn(async move {
            if let Some(error) = failure {
                tokio::time::sleep(this.step(0, &later)).await;
                this.status(&sent.id, "failed", Some(&error));
                return;
            }
            if later.contains(&Fault::StatusesReversed) {
                for (step, status) in ["read", "delivered", "sent"].into_iter().enumerate() {
                    tokio::time::sleep(this.step(step, &later)).await;
                    this.status(&sent.id, status, None);
                }
                return;
            }
            this.in_order(&sent, &later).await;
        });
    }

    async fn in_order(&self, sent: &SentMessage, later: &[Fault]) {
        tokio::time::sleep(self.step(0, later)).await;
        if let Some(error) = self.link_failure(&sent.body).await {
            self.status(&sent.id, "failed", Some(&error));
            return;
        }
        self.status(&sent.id, "sent", None);
        tokio::time::sleep(self.step(1, later)).await;
        if lock(&self.state).customer(&sent.customer).is_some_and(|customer| !customer.reachable) {
            // The rest follows when the phone is switched on again.
            return;
        }
        self.arrive(sent, later).await;
    }

    /// The message reaches the phone and is read there.
    async fn arrive(&self, sent: &SentMessage, later: &[Fault]) {
        self.change(&sent.number, &sent.customer, &sent.id, |bubble| bubble.hidden = false);
        if !later.contains(&Fault::ReadOnly) {
            self.status(&sent.id, "delivered", None);
        }
        tokio::time::sleep(self.step(2, later)).await;
        if lock(&self.state).customer(&sent.customer).is_some_and(|customer| customer.receipts) {
            self.status(&sent.id, "read", None);
        }
    }

    /// What waited for a phone that was off.
    pub fn catch_up(&self, customer: &str) {
        let waiting: Vec<SentMessage> = lock(&self.state)
            .sent
            .values()
            .filter(|sent| sent.customer == customer && sent.statuses == ["sent"])
            .cloned()
            .collect();
        for sent in waiting {
            let this = self.clone();
            self.sim.spawn(async move { this.arrive(&sent, &[]).await });
        }
    }

    fn step(&self, step: usize, later: &[Fault]) -> Duration {
        if step == 0 && later.contains(&Fault::StatusFirst) {
            return Duration::from_millis(1);
        }
        let timing = lock(&self.state).config.timing.clone();
        Duration::from_millis([timing.sent_ms, timing.delivered_ms, timing.read_ms][step.min(2)])
    }

    /// Sends one status of a message and shows it.
    pub fn status(&self, id: &str, status: &str, error: Option<&GraphError>) -> Made {
        let sent = {
            let mut state = lock(&self.state);
            let Some(sent) = state.sent.get_mut(id) else { return Vec::new() };
            sent.statuses.push(status.to_owned());
            sent.clone()
        };
        let code = error.map(|error| error.code);
        self.change(&sent.number, &sent.customer, id, |bubble| {
            bubble.tick = match status {
                "failed" => Tick::Failed,
                "delivered" => Tick::Delivered,
                "read" | "played" => Tick::Read,
                _ => bubble.tick,
            };
            bubble.code = code.or(bubble.code);
        });
        let Some((number, parts)) = self.status_parts(&sent, status, error) else { return Vec::new() };
        self.post_value(&number, status, Some(&sent.customer), &parts)
    }

    /// `statuses` and `contacts` of one status.
    pub fn status_parts(
        &self,
        sent: &SentMessage,
        status: &str,
        error: Option<&GraphError>,
    ) -> Option<(super::config::Number, Value)> {
        let state = lock(&self.state);
        let number = state.number(&sent.number)?.clone();
        let customer = state.customer(&sent.customer)?;
        let mut entry = json!({"id": sent.id, "status": status, "timestamp": self.sim.clock().now_text()});
        put(&mut entry, "recipient_id", customer.shown_number());
        put(&mut entry, "recipient_user_id", customer.user_id.as_deref());
        put(&mut entry, "biz_opaque_callback_data", sent.body["biz_opaque_callback_data"].as_str());
        if let Some(error) = error {
            entry["errors"] = json!([error.in_webhook()]);
            return Some((number, json!({"statuses": [entry]})));
        }
        entry["pricing"] = pricing(&sent.category);
        if status == "sent" || status == "delivered" {
            entry["conversation"] = json!({"id": conversation(sent), "origin": {"type": sent.category}});
            if status == "sent" {
                let ends = sent.at / 1000 + 86_400;
                entry["conversation"]["expiration_timestamp"] = json!(ends.to_string());
            }
        }
        Some((number, json!({"contacts": [customer.contact()], "statuses": [entry]})))
    }
}

/// One conversation id per number, customer and category.
fn conversation(sent: &SentMessage) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("{}:{}:{}", sent.number, sent.customer, sent.category));
    hex::encode(&digest[..16])
}

fn pricing(category: &str) -> Value {
    let free = category == "service";
    let kind = if free { "free_customer_service" } else { "regular" };
    json!({"billable": !free, "pricing_model": "PMP", "category": category, "type": kind})
}
