//! Connecting a bot and looking after its health.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use colibri_domain::channel::Check;

use super::{UPDATES, call, errors, limits};
use crate::account::{AccountConfig, AccountFacts, Step, StepReport, WebhookTarget};
use crate::json;
use crate::send::{Refusal, RefusalCode as Code};
use crate::wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest};

/// Deliveries at a time: enough for a busy bot, few enough for a small account.
const CONNECTIONS: u32 = 40;

/// Reads `bot_token` (`123456:ABC…`); its first part is the bot's id.
pub fn read_config(config: &Value) -> Result<AccountConfig, Vec<Refusal>> {
    let token = json::filled(config, "bot_token").map(|text| text.trim().to_owned()).unwrap_or_default();
    let refusal = |code: Code, detail: &str| Err(vec![Refusal::new("/bot_token", code, detail)]);
    if token.is_empty() {
        return refusal(Code::Empty, "must not be empty");
    }
    let secret = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match token.split_once(':') {
        Some((bot, key))
            if (3..=20).contains(&bot.len())
                && bot.bytes().all(|b| b.is_ascii_digit())
                && (20..=128).contains(&key.len())
                && key.bytes().all(secret) =>
        {
            Ok(AccountConfig {
                account: bot.to_owned(),
                parent_account: None,
                app: None,
                token: SecretString::from(token),
                app_secret: None,
            })
        }
        _ => refusal(Code::InvalidValue, "is no bot token: digits, a colon, letters and digits"),
    }
}

/// Builds the request of a step.
pub fn request(
    step: Step,
    endpoint: &Endpoint,
    webhook: Option<&WebhookTarget>,
) -> Result<HttpRequest, InvalidRequest> {
    match step {
        Step::Number | Step::Token => call(endpoint, "getMe", &json!({})),
        Step::Subscription => call(endpoint, "getWebhookInfo", &json!({})),
        Step::Subscribe | Step::Override => {
            let webhook = webhook.ok_or(InvalidRequest::Malformed)?;
            let parameters = json!({
                "url": webhook.url, "secret_token": webhook.verify_token.expose_secret(),
                "allowed_updates": UPDATES, "max_connections": CONNECTIONS,
            });
            call(endpoint, "setWebhook", &parameters)
        }
        Step::Unsubscribe => call(endpoint, "deleteWebhook", &json!({})),
    }
}

/// Reads the answer to a step.
pub fn read(step: Step, response: &HttpResponse, address: &str) -> StepReport {
    let key = if matches!(step, Step::Number | Step::Token) { "token" } else { "webhook" };
    let result = match errors::answered(response) {
        Ok(result) => result,
        Err(refused) => {
            let detail = refused.failure.provider_text.clone().or_else(|| refused.failure.code.clone());
            return StepReport { refused: Some(refused), ..checked(key, Err(detail)) };
        }
    };
    match step {
        Step::Number | Step::Token => StepReport { facts: Some(facts(&result)), ..checked(key, Ok(())) },
        Step::Subscription => checked(key, webhook(&result, address).map_err(Some)),
        Step::Subscribe | Step::Override | Step::Unsubscribe => {
            checked(key, if result == Value::Bool(true) { Ok(()) } else { Err(None) })
        }
    }
}

fn checked(key: &str, found: Result<(), Option<String>>) -> StepReport {
    let ok = found.is_ok();
    let check = Check { key: key.to_owned(), ok, detail: found.err().flatten() };
    StepReport { checks: vec![check], ..StepReport::default() }
}

fn facts(bot: &Value) -> AccountFacts {
    AccountFacts {
        display: json::short(bot, "username", 64).map(|name| format!("@{name}")),
        verified_name: json::short(bot, "first_name", 128),
        throughput: Some(limits::THROUGHPUT),
        ..AccountFacts::default()
    }
}

/// Whether deliveries come to us, all kinds of them, and arrive.
fn webhook(info: &Value, address: &str) -> Result<(), String> {
    match json::filled(info, "url") {
        None => return Err("no webhook is set".to_owned()),
        // Somebody else uses the same token: his address is none of our business.
        Some(url) if url != address => return Err("the webhook leads to another address".to_owned()),
        Some(_) => {}
    }
    let asked: Vec<&str> = json::items(info, "allowed_updates").iter().filter_map(Value::as_str).collect();
    let missing: Vec<&str> = UPDATES.iter().filter(|update| !asked.contains(update)).copied().collect();
    if !missing.is_empty() {
        return Err(format!("not asked for: {}", missing.join(", ")));
    }
    let pending = json::number(info, "pending_update_count").unwrap_or_default();
    match json::short(info, "last_error_message", 200) {
        // The last error stays for ever; it counts while something waits behind it.
        Some(error) if pending > 0.0 => {
            Err(format!("{pending:.0} waiting: {}", crate::redact::redact(&error, &[])))
        }
        _ => Ok(()),
    }
}
