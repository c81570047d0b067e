//! Webhooks out: envelope, callback, signature, faults on the way.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::WhatsApp;
use super::config::Number;
use super::sign;
use crate::callback::{self, Outgoing};
use crate::fault::{Fault, Flaw, Place, WEBHOOK};
use crate::journal::{Attempt, Delivery, DeliveryState};
use crate::sync::lock;

/// A POST to be made.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// What it carries, in a word.
    pub subject: String,
    /// Body as sent.
    pub body: Bytes,
    /// Business account whose callback gets it.
    pub account: String,
    /// Number whose callback gets it, where there is one.
    pub number: Option<String>,
    /// The customer, for the scope of faults.
    pub customer: Option<String>,
    /// How wrong the signature is.
    pub flaw: Flaw,
    /// Tried again until answered with 200.
    pub redeliver: bool,
    /// Callback URL instead of the configured one.
    pub url: Option<String>,
}

/// Id and first attempt of each delivery made.
pub type Made = Vec<(u64, oneshot::Receiver<Attempt>)>;

/// The `value` of a `messages` change.
pub fn value(number: &Number, parts: &Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits(), "phone_number_id": number.id},
    });
    if let (Some(value), Some(parts)) = (value.as_object_mut(), parts.as_object()) {
        value.extend(parts.clone());
    }
    value
}

/// An envelope with one change per value.
pub fn envelope(account: &str, changes: &[(String, Value)]) -> Value {
    let changes: Vec<Value> =
        changes.iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
    json!({"object": "whatsapp_business_account", "entry": [{"id": account, "changes": changes}]})
}

impl WhatsApp {
    /// Sends values of the field `messages` of a number in one POST.
    pub fn post_value(&self, number: &Number, subject: &str, customer: Option<&str>, parts: &Value) -> Made {
        let body = envelope(&number.account, &[("messages".to_owned(), value(number, parts))]);
        self.post(Parcel {
            subject: subject.to_owned(),
            body: sign::escaped(&body),
            account: number.account.clone(),
            number: Some(number.id.clone()),
            customer: customer.map(str::to_owned),
            flaw: Flaw::Good,
            redeliver: true,
            url: None,
        })
    }

    /// Makes the delivery, with the faults that strike it.
    pub fn post(&self, parcel: Parcel) -> Made {
        let Some((url, secret)) = self.callback(&parcel) else { return Vec::new() };
        let faults = self.sim.faults().take(&Place {
            provider: super::NAME.to_owned(),
            operation: WEBHOOK.to_owned(),
            line: parcel.number.clone(),
            customer: parcel.customer.clone(),
            message_type: Some(parcel.subject.clone()),
        });
        let mut flaw = parcel.flaw;
        let (mut copies, mut delay, mut held) = (1, Duration::ZERO, false);
        for fault in &faults {
            match fault {
                Fault::Delay { ms } => delay = Duration::from_millis(*ms),
                Fault::Duplicate { copies: wanted } => copies = *wanted,
                Fault::Reorder => held = true,
                Fault::Signature { flaw: wanted } => flaw = *wanted,
                Fault::Drop => copies = 0,
                _ => {}
            }
        }
        let out = Outgoing {
            provider: super::NAME.to_owned(),
            subject: parcel.subject,
            url,
            headers: sign::headers(&secret, &parcel.body, flaw),
            body: parcel.body,
            redeliver: parcel.redeliver && flaw == Flaw::Good,
        };
        if copies == 0 {
            self.write_off(&out);
            return Vec::new();
        }
        if held {
            lock(&self.held).push((out, copies));
            return Vec::new();
        }
        let mut made: Made = (0..copies).map(|_| callback::deliver(&self.sim, out.clone(), delay)).collect();
        // What was held back leaves behind this one.
        let after = delay + Duration::from_millis(300);
        for (out, copies) in std::mem::take(&mut *lock(&self.held)) {
            made.extend((0..copies).map(|_| callback::deliver(&self.sim, out.clone(), after)));
        }
        made
    }

    fn write_off(&self, out: &Outgoing) {
        self.sim.journal().delivery(Delivery {
            id: 0,
            at: self.sim.now_ms(),
            provider: out.provider.clone(),
            subject: out.subject.clone(),
            url: out.url.clone(),
            headers: out.headers.clone(),
            body: String::from_utf8_lossy(&out.body).into_owned(),
            attempts: Vec::new(),
            state: DeliveryState::Ended,
        });
    }

    /// URL and secret: the number's callback before the account's before the app's.
    fn callback(&self, parcel: &Parcel) -> Option<(String, String)> {
        let state = lock(&self.state);
        let account = state.config.accounts.iter().find(|account| account.id == parcel.account);
        let app = match account {
            Some(account) if !account.subscribed => return None,
            Some(account) => state.config.apps.iter().find(|app| app.id == account.app),
            None => None,
        };
        let app = app.or_else(|| state.config.apps.first())?;
        let number = parcel.number.as_deref().and_then(|id| state.number(id));
        let url = parcel
            .url
            .clone()
            .or_else(|| number.and_then(|number| number.callback.as_ref()).map(|own| own.url.clone()))
            .or_else(|| account.and_then(|account| account.callback.as_ref()).map(|own| own.url.clone()))
            .or_else(|| app.callback_url.clone())
            .unwrap_or_else(|| state.config.callback_url.clone());
        Some((url.replace("{app}", &app.id), app.secret.clone()))
    }
}
