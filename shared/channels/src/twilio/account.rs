//! Connecting a number and looking after its health.

use http::Method;
use secrecy::SecretString;
use serde_json::Value;

use colibri_domain::channel::Check;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use super::{digits, errors, limits, url};
use crate::account::{AccountConfig, AccountFacts, Step, StepReport};
use crate::json;
use crate::send::{Refusal, RefusalCode as Code};
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};

/// Reads `account_sid` (`AC…`), `auth_token` and `number` (with + and country code).
pub fn read_config(config: &Value) -> Result<AccountConfig, Vec<Refusal>> {
    let entered =
        |key: &str| json::filled(config, key).map(|text| text.trim().to_owned()).unwrap_or_default();
    let (sid, token) = (entered("account_sid"), entered("auth_token"));
    let number: String =
        entered("number").chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}')).collect();
    let hex = |text: &str| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut refusals = Vec::new();
    let mut check = |key: &str, text: &str, fits: bool, detail: &str| {
        let pointer = format!("/{key}");
        if text.is_empty() {
            refusals.push(Refusal::new(pointer, Code::Empty, "must not be empty"));
        } else if !fits {
            refusals.push(Refusal::new(pointer, Code::InvalidValue, detail));
        }
    };
    let is_sid = sid.strip_prefix("AC").is_some_and(hex);
    check("account_sid", &sid, is_sid, "is no account SID: AC and 32 digits or letters from a to f");
    let legal = |b: u8| b.is_ascii_alphanumeric();
    let is_token = (16..=128).contains(&token.len()) && token.bytes().all(legal);
    check("auth_token", &token, is_token, "is no auth token: letters and digits");
    let is_number = digits(&number).is_some_and(|digits| !digits.starts_with('0'));
    check("number", &number, is_number, "is no number with + and the country's code");
    if refusals.is_empty() {
        Ok(AccountConfig {
            account: number,
            parent_account: Some(sid),
            app: None,
            token: SecretString::from(token),
            app_secret: None,
        })
    } else {
        Err(refusals)
    }
}

/// Builds the request of a step. Where deliveries go is entered by a person at the provider.
pub fn request(step: Step, endpoint: &Endpoint) -> Result<HttpRequest, InvalidRequest> {
    let account = endpoint.parent_account()?;
    let url = if step == Step::Token {
        endpoint.url(&[super::VERSION, "Accounts", &format!("{account}.json")])?
    } else {
        let mut url = url(endpoint, &["IncomingPhoneNumbers.json"])?;
        url.query_pairs_mut().append_pair("PhoneNumber", endpoint.account());
        url
    };
    endpoint.basic(account, Method::GET, &url, Body::none())
}

/// Reads the answer to a step; `address` is where deliveries should go.
pub fn read(step: Step, response: &HttpResponse, address: &str) -> StepReport {
    let key = match step {
        Step::Token => "token",
        Step::Number => "number",
        Step::Subscription | Step::Subscribe | Step::Override | Step::Unsubscribe => "webhook",
    };
    let body = match errors::answered(response) {
        Ok(body) => body,
        Err(refused) => return failed(key, refused),
    };
    if step == Step::Token {
        return match json::filled(&body, "status").as_deref() {
            None | Some("active") => checked(key, Ok(())),
            Some(other) => {
                failed(key, trouble(FailureReason::AccountLocked, &format!("the account is {other}")))
            }
        };
    }
    let Some(number) = json::items(&body, "incoming_phone_numbers").first() else {
        return failed(key, trouble(FailureReason::AccountProblem, "this account has no such number"));
    };
    if key == "webhook" {
        return checked(key, webhook(number, address).map_err(|detail| Some(detail.to_owned())));
    }
    let abilities = number.get("capabilities").unwrap_or(&Value::Null);
    if !["sms", "SMS"].iter().any(|name| json::flag(abilities, name)) {
        return failed(key, trouble(FailureReason::AccountProblem, "this number takes no text messages"));
    }
    StepReport { facts: Some(facts(number)), ..checked(key, Ok(())) }
}

fn trouble(reason: FailureReason, words: &str) -> Refused {
    let failure = Failure::ours(FailureClass::Account, reason);
    Refused { alert: true, ..Refused::new(Failure { provider_text: Some(words.to_owned()), ..failure }) }
}

fn failed(key: &str, refused: Refused) -> StepReport {
    let detail = refused.failure.provider_text.clone().or_else(|| refused.failure.code.clone());
    StepReport { refused: Some(refused), ..checked(key, Err(detail)) }
}

fn checked(key: &str, found: Result<(), Option<String>>) -> StepReport {
    let ok = found.is_ok();
    let check = Check { key: key.to_owned(), ok, detail: found.err().flatten() };
    StepReport { checks: vec![check], ..StepReport::default() }
}

fn facts(number: &Value) -> AccountFacts {
    let display = json::short(number, "phone_number", 32);
    let throughput = display.as_deref().and_then(digits).map(limits::throughput);
    AccountFacts {
        display,
        verified_name: json::short(number, "friendly_name", 128),
        throughput,
        ..AccountFacts::default()
    }
}

/// Whether incoming messages of the number come to us.
fn webhook(number: &Value, address: &str) -> Result<(), &'static str> {
    match json::filled(number, "sms_url") {
        None => Err("no webhook is set"),
        // Somebody else's address is none of our business.
        Some(url) if url.split('#').next() != Some(address) => Err("the webhook leads to another address"),
        Some(_) if json::filled(number, "sms_method").is_some_and(|method| method != "POST") => {
            Err("the webhook is called by GET instead of POST")
        }
        Some(_) => Ok(()),
    }
}
