//! Events: what the business's app is told, signed as Meta does.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Meta;
use crate::callback::{self, Outgoing};
use crate::fault::{Fault, Flaw, Place, WEBHOOK};
use crate::journal::Attempt;
use crate::whatsapp::sign;

/// First attempts of deliveries that were made.
pub type Made = Vec<oneshot::Receiver<Attempt>>;

impl Meta {
    /// Tells the subscribed app of an account an event; who, to whom and when are filled in where they are missing.
    /// `@account` and `@person` stand for the two ids. Nothing is told without a subscription to the event's field.
    pub fn tell(&self, account: &str, person: &str, mut event: Value) -> Made {
        let field = self.product.field(&event);
        let Some((url, secret)) = self.told(account, field) else { return Vec::new() };
        let now = self.sim.now_ms();
        let ours = event["message"]["is_echo"] == true;
        let (sender, recipient) = if ours { (account, person) } else { (person, account) };
        for (name, id) in [("sender", sender), ("recipient", recipient)] {
            let given = event[name]["id"].as_str().map(str::to_owned);
            event[name] = match given.as_deref() {
                None => json!({"id": id}),
                Some("@account") => json!({"id": account}),
                Some("@person") => json!({"id": person}),
                Some(_) => continue,
            };
        }
        if event.get("timestamp").is_none() {
            event["timestamp"] = json!(now);
        }
        let body = json!({"object": self.product.object,
            "entry": [{"id": account, "time": now, "messaging": [event]}]});
        let faults = self.sim.faults().take(&Place {
            provider: self.product.name.to_owned(),
            operation: WEBHOOK.to_owned(),
            line: Some(account.to_owned()),
            customer: Some(person.to_owned()),
            message_type: field.map(str::to_owned),
        });
        let (mut copies, mut delay, mut flaw) = (1, Duration::ZERO, Flaw::Good);
        for fault in &faults {
            match fault {
                Fault::Delay { ms } => delay = Duration::from_millis(*ms),
                Fault::Duplicate { copies: wanted } => copies = *wanted,
                Fault::Signature { flaw: wanted } => flaw = *wanted,
                Fault::Reorder => delay = Duration::from_secs(2),
                Fault::Drop => copies = 0,
                _ => {}
            }
        }
        let bytes = sign::escaped(&body);
        let out = Outgoing {
            provider: self.product.name.to_owned(),
            subject: field.unwrap_or("event").to_owned(),
            url,
            headers: sign::headers(&secret, &bytes, flaw),
            body: bytes,
            redeliver: flaw == Flaw::Good,
        };
        (0..copies).map(|_| callback::deliver(&self.sim, out.clone(), delay).1).collect()
    }

    /// Callback URL and secret of the app that asked for a field of an account.
    fn told(&self, account: &str, field: Option<&str>) -> Option<(String, String)> {
        let state = self.state();
        let wanted = state.kept.subscriptions.get(account)?;
        if field.is_some_and(|field| !wanted.fields.iter().any(|one| one == field)) {
            return None;
        }
        let app = state.config.apps.iter().find(|app| app.id == wanted.app)?;
        Some((state.config.callback_url.replace("{app}", &app.id), app.secret.clone()))
    }
}
