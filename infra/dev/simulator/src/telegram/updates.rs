//! Updates out: one POST each, with the secret that the bot's owner gave us.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{NAME, Telegram};
use crate::callback::{self, Outgoing};
use crate::fault::{Fault, Flaw, Place, WEBHOOK};
use crate::journal::Attempt;
use crate::sync::lock;

/// The header that carries the secret.
const HEADER: &str = "x-telegram-bot-api-secret-token";

impl Telegram {
    /// Delivers an update of a kind to a bot, if it wants that kind; the receivers get the first attempts' outcomes.
    pub fn update(
        &self,
        bot: &str,
        customer: Option<&str>,
        kind: &str,
        value: &Value,
    ) -> Vec<oneshot::Receiver<Attempt>> {
        let (hook, id) = {
            let mut state = lock(&self.state);
            let Some(hook) = state.kept.webhooks.get(bot).cloned().filter(|hook| !hook.url.is_empty()) else {
                return Vec::new();
            };
            state.kept.updates += 1;
            (hook, state.kept.updates)
        };
        if !hook.allowed.is_empty() && !hook.allowed.iter().any(|wanted| wanted == kind) {
            return Vec::new();
        }
        let faults = self.sim.faults().take(&Place {
            provider: NAME.to_owned(),
            operation: WEBHOOK.to_owned(),
            line: Some(bot.to_owned()),
            customer: customer.map(str::to_owned),
            message_type: Some(kind.to_owned()),
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
        let out = Outgoing {
            provider: NAME.to_owned(),
            subject: kind.to_owned(),
            url: hook.url,
            headers: proof(hook.secret.as_deref(), flaw),
            body: json!({"update_id": id, kind: value}).to_string().into(),
            redeliver: flaw == Flaw::Good,
        };
        (0..copies).map(|_| callback::deliver(&self.sim, out.clone(), delay).1).collect()
    }
}

/// The header with the secret, as wrong as wanted.
fn proof(secret: Option<&str>, flaw: Flaw) -> Vec<(String, String)> {
    let Some(secret) = secret else { return Vec::new() };
    let value = match flaw {
        Flaw::Missing => return Vec::new(),
        Flaw::Good => secret.to_owned(),
        Flaw::Empty => String::new(),
        Flaw::Truncated => secret.chars().take(secret.len().saturating_sub(8)).collect(),
        Flaw::UpperCase => secret.to_uppercase(),
        Flaw::Bad | Flaw::Unprefixed | Flaw::OtherSecret => format!("{secret}x"),
    };
    vec![(HEADER.to_owned(), value)]
}
