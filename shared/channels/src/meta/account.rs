//! Connecting a page or an Instagram account and looking after its health.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use colibri_domain::channel::Check;

use super::GRAPH_VERSION;
use super::product::Product;
use crate::account::{AccountConfig, AccountFacts, Step, StepReport};
use crate::json as read_json;
use crate::send::{Refusal, RefusalCode as Code};
use crate::wire::{Body, Endpoint, HttpRequest, InvalidRequest, Refused};

/// Messages per second of a page or account.
pub(crate) const THROUGHPUT: u32 = 300;

/// Reads ids of these names (digits; the last may be left out), `access_token` and, for the customer's own app,
/// `app_secret`. What must stand there is refused by its name.
pub(crate) fn read_fields(
    config: &Value,
    ids: &[(&str, bool)],
) -> Result<(Vec<String>, SecretString, Option<SecretString>), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut filled = |key: &str, needed: bool| {
        let text = read_json::filled(config, key).map(|text| text.trim().to_owned()).unwrap_or_default();
        if text.is_empty() && needed {
            refusals.push(Refusal::new(format!("/{key}"), Code::Empty, "must not be empty"));
        }
        text
    };
    let numbers: Vec<String> = ids.iter().map(|(key, needed)| filled(key, *needed)).collect();
    let (token, app_secret) = (filled("access_token", true), filled("app_secret", false));
    for ((key, _), text) in ids.iter().zip(&numbers) {
        if !text.is_empty() && (text.len() > 32 || !text.bytes().all(|b| b.is_ascii_digit())) {
            refusals.push(Refusal::new(format!("/{key}"), Code::InvalidValue, "must be digits only"));
        }
    }
    for (key, text) in [("access_token", &token), ("app_secret", &app_secret)] {
        if text.len() > 1024 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            let detail = "holds blanks or other illegal characters";
            refusals.push(Refusal::new(format!("/{key}"), Code::InvalidValue, detail));
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let app_secret = (!app_secret.is_empty()).then(|| SecretString::from(app_secret));
    Ok((numbers, SecretString::from(token), app_secret))
}

/// Reads the settings of a channel of this product.
pub(crate) fn read_config(product: &Product, config: &Value) -> Result<AccountConfig, Vec<Refusal>> {
    let mut ids: Vec<(&str, bool)> = vec![(product.ids[0], true), ("app_id", true)];
    ids.extend(product.ids.iter().skip(1).map(|id| (*id, false)));
    let (numbers, token, app_secret) = read_fields(config, &ids)?;
    let mut numbers = numbers.into_iter();
    let (account, app) = (numbers.next().unwrap_or_default(), numbers.next());
    let parent_account = numbers.next().filter(|id| !id.is_empty());
    Ok(AccountConfig { account, parent_account, app, token, app_secret })
}

/// Builds the request of a step.
pub(crate) fn request(
    product: &Product,
    step: Step,
    endpoint: &Endpoint,
) -> Result<HttpRequest, InvalidRequest> {
    // An Instagram account that is reached through a page is subscribed by that page.
    let subscriber = endpoint.parent_account().unwrap_or(endpoint.account());
    let subscription = || endpoint.url(&[GRAPH_VERSION, subscriber, "subscribed_apps"]);
    match step {
        Step::Number => {
            let mut url = endpoint.url(&[GRAPH_VERSION, endpoint.account()])?;
            url.query_pairs_mut().append_pair("fields", product.account_fields);
            endpoint.request(Method::GET, &url, Body::none())
        }
        Step::Token => debug_token(endpoint),
        Step::Subscription => endpoint.request(Method::GET, &subscription()?, Body::none()),
        Step::Subscribe | Step::Override => {
            let mut url = subscription()?;
            url.query_pairs_mut().append_pair("subscribed_fields", &product.subscribed.join(","));
            endpoint.request(Method::POST, &url, Body::none())
        }
        Step::Unsubscribe => endpoint.request(Method::DELETE, &subscription()?, Body::none()),
    }
}

/// Asks whether the token lives. The provider takes the token to inspect only as a parameter.
pub(crate) fn debug_token(endpoint: &Endpoint) -> Result<HttpRequest, InvalidRequest> {
    let mut url = endpoint.url(&[GRAPH_VERSION, "debug_token"])?;
    url.query_pairs_mut().append_pair("input_token", endpoint.token().expose_secret());
    endpoint.request(Method::GET, &url, Body::none())
}

/// Reads the answer to a step.
pub(crate) fn read(product: &Product, step: Step, answer: Result<Value, Refused>) -> StepReport {
    let key = match step {
        Step::Number => "account",
        Step::Token => "token",
        Step::Subscription | Step::Subscribe | Step::Override | Step::Unsubscribe => "webhook",
    };
    let body = match answer {
        Ok(body) => body,
        Err(refused) => return not_answered(key, refused),
    };
    match step {
        Step::Number => StepReport { facts: Some(facts(&body)), ..checked(key, true, None) },
        Step::Token => token(&body, product.scopes),
        Step::Subscription => {
            let apps = read_json::items(&body, "data");
            let fields: Vec<&str> = apps
                .iter()
                .flat_map(|app| read_json::items(app, "subscribed_fields"))
                .filter_map(Value::as_str)
                .collect();
            let missing: Vec<&str> =
                product.subscribed.iter().filter(|field| !fields.contains(field)).copied().collect();
            let detail = if apps.is_empty() {
                Some("no app is subscribed".to_owned())
            } else {
                (!missing.is_empty()).then(|| format!("not asked for: {}", missing.join(", ")))
            };
            checked(key, detail.is_none(), detail)
        }
        Step::Subscribe | Step::Override | Step::Unsubscribe => checked(key, done(&body), None),
    }
}

/// Both `{"success":true}` and `{"success":"true"}` occur.
pub(crate) fn done(body: &Value) -> bool {
    read_json::flag(body, "success") || read_json::text(body, "success").as_deref() == Some("true")
}

pub(crate) fn checked(key: &str, ok: bool, detail: Option<String>) -> StepReport {
    StepReport { checks: vec![Check { key: key.to_owned(), ok, detail }], ..StepReport::default() }
}

pub(crate) fn not_answered(key: &str, refused: Refused) -> StepReport {
    let detail = refused.failure.provider_text.clone().or_else(|| refused.failure.code.clone());
    StepReport { refused: Some(refused), ..checked(key, false, detail) }
}

fn facts(body: &Value) -> AccountFacts {
    let handle = read_json::short(body, "username", 64).map(|name| format!("@{name}"));
    let name = read_json::short(body, "name", 128);
    AccountFacts {
        display: handle.or_else(|| name.clone()),
        verified_name: name,
        throughput: Some(THROUGHPUT),
        ..AccountFacts::default()
    }
}

/// Whether the token lives and has these rights; of each row one is enough.
pub(crate) fn token(body: &Value, scopes: &[&[&str]]) -> StepReport {
    let data = body.get("data").unwrap_or(&Value::Null);
    if !read_json::flag(data, "is_valid") {
        let words = data.get("error").and_then(|error| read_json::filled(error, "message"));
        let words = words.map(|words| crate::redact::redact(&words, &[]));
        return checked("token", false, Some(words.unwrap_or_else(|| "the token is not valid".to_owned())));
    }
    let granted: Vec<&str> = read_json::items(data, "scopes").iter().filter_map(Value::as_str).collect();
    let lacking = |row: &&&[&str]| !row.iter().any(|scope| granted.contains(scope));
    let missing: Vec<&str> = scopes.iter().filter(lacking).map(|row| row[0]).collect();
    let detail = (!missing.is_empty()).then(|| format!("missing: {}", missing.join(", ")));
    checked("token", missing.is_empty(), detail)
}
