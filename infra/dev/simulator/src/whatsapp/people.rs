//! Customers: added, changed, given a past.

use serde_json::{Value, json};

use super::WhatsApp;
use super::state::Customer;
use crate::phone::thread::{Bubble, Tick};
use crate::provider::Refusal;
use crate::sync::lock;

impl WhatsApp {
    /// Adds or changes a customer; `history` puts bubbles into their thread.
    pub fn save_customer(&self, asked: &Value) -> Result<Customer, Refusal> {
        let address = asked["wa_id"].as_str().or_else(|| asked["user_id"].as_str());
        let address = address.ok_or_else(|| Refusal::new("wa_id or user_id is needed"))?;
        let known = lock(&self.state).customer(address).cloned();
        let mut merged = json!(known.clone().unwrap_or_default());
        if let (Some(merged), Some(asked)) = (merged.as_object_mut(), asked.as_object()) {
            merged.extend(asked.clone());
        }
        let customer: Customer =
            serde_json::from_value(merged).map_err(|error| Refusal::new(error.to_string()))?;
        let switched_on = customer.reachable && known.as_ref().is_some_and(|known| !known.reachable);
        {
            let mut state = lock(&self.state);
            if let Some(known) = known {
                state.customers.remove(&known.id());
            }
            state.customers.insert(customer.id(), customer.clone());
        }
        if switched_on {
            self.catch_up(&customer.id());
        }
        if let Some(history) = asked["history"].as_array() {
            self.put_history(&customer, asked["number"].as_str(), history);
        }
        Ok(customer)
    }

    fn put_history(&self, customer: &Customer, number: Option<&str>, history: &[Value]) {
        let number = self.number_or_unknown(number);
        for entry in history {
            let id = entry["id"].as_str().map_or_else(|| self.message_id(), str::to_owned);
            let at = entry["at"].as_i64().unwrap_or_else(|| self.sim.now_ms());
            let mine = entry["mine"].as_bool().unwrap_or(false);
            let mut bubble = Bubble::new(&id, mine, at, entry["content"].clone());
            bubble.tick = Tick::Read;
            if mine {
                let owner = (number.id.clone(), customer.id());
                lock(&self.state).inbound.insert(id, owner);
            }
            self.show(&number.id, &customer.id(), bubble);
        }
    }
}
