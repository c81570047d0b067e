//! Connecting a number and looking after its health.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use colibri_domain::channel::{Check, Quality};

use super::{GRAPH_VERSION, errors, fields, limits};
use crate::account::{AccountConfig, AccountFacts, Step, StepReport, WebhookTarget};
use crate::json as read_json;
use crate::send::{Refusal, RefusalCode as Code};
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};

const NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,status,throughput,\
    name_status,messaging_limit_tier,whatsapp_business_manager_messaging_limit,platform_type,webhook_configuration";

/// Rights that a token needs.
const SCOPES: &[&str] = &["whatsapp_business_messaging", "whatsapp_business_management"];

/// Reads `phone_number_id`, `business_account_id`, `app_id`, `access_token` and, for the customer's own app,
/// `app_secret`.
pub fn read_config(config: &Value) -> Result<AccountConfig, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut id = |key: &str| {
        let text = read_json::filled(config, key).map(|text| text.trim().to_owned()).unwrap_or_default();
        if text.is_empty() {
            refusals.push(Refusal::new(format!("/{key}"), Code::Empty, "must not be empty"));
        } else if text.len() > 32 || !text.bytes().all(|b| b.is_ascii_digit()) {
            refusals.push(Refusal::new(format!("/{key}"), Code::InvalidValue, "must be digits only"));
        }
        text
    };
    let (account, parent, app) = (id("phone_number_id"), id("business_account_id"), id("app_id"));
    let mut secret = |key: &str, needed: bool| {
        let text = read_json::filled(config, key).map(|text| text.trim().to_owned()).unwrap_or_default();
        if text.is_empty() && needed {
            refusals.push(Refusal::new(format!("/{key}"), Code::Empty, "must not be empty"));
        } else if text.len() > 1024 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            refusals.push(Refusal::new(
                format!("/{key}"),
                Code::InvalidValue,
                "holds blanks or other illegal characters",
            ));
        }
        text
    };
    let (token, app_secret) = (secret("access_token", true), secret("app_secret", false));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(AccountConfig {
        account,
        parent_account: Some(parent),
        app: Some(app),
        token: SecretString::from(token),
        app_secret: (!app_secret.is_empty()).then(|| SecretString::from(app_secret)),
    })
}

/// Builds the request of a step.
pub fn request(
    step: Step,
    endpoint: &Endpoint,
    webhook: Option<&WebhookTarget>,
) -> Result<HttpRequest, InvalidRequest> {
    let number = || endpoint.url(&[GRAPH_VERSION, endpoint.account()]);
    let subscription = || endpoint.url(&[GRAPH_VERSION, endpoint.parent_account()?, "subscribed_apps"]);
    match step {
        Step::Number => {
            let mut url = number()?;
            url.query_pairs_mut().append_pair("fields", NUMBER_FIELDS);
            endpoint.request(Method::GET, &url, Body::none())
        }
        Step::Token => {
            // The provider takes the token to inspect only as a parameter.
            let mut url = endpoint.url(&[GRAPH_VERSION, "debug_token"])?;
            url.query_pairs_mut().append_pair("input_token", endpoint.token().expose_secret());
            endpoint.request(Method::GET, &url, Body::none())
        }
        Step::Subscription => endpoint.request(Method::GET, &subscription()?, Body::none()),
        Step::Subscribe => endpoint.request(Method::POST, &subscription()?, Body::none()),
        Step::Unsubscribe => endpoint.request(Method::DELETE, &subscription()?, Body::none()),
        Step::Override => {
            let webhook = webhook.ok_or(InvalidRequest::Malformed)?;
            let body = json!({ "webhook_configuration": {
                "override_callback_uri": webhook.url, "verify_token": webhook.verify_token.expose_secret(),
            }});
            endpoint.request(Method::POST, &number()?, Body::json(&body))
        }
    }
}

/// Reads the answer to a step.
pub fn read(step: Step, response: &HttpResponse) -> StepReport {
    let key = match step {
        Step::Number => "number",
        Step::Token => "token",
        Step::Subscription | Step::Subscribe | Step::Override | Step::Unsubscribe => "webhook",
    };
    match errors::answered(response) {
        Ok(body) => match step {
            Step::Number => number(&body),
            Step::Token => token(&body),
            Step::Subscription => {
                let subscribed = !read_json::items(&body, "data").is_empty();
                checked(key, subscribed, (!subscribed).then(|| "no app is subscribed".to_owned()))
            }
            Step::Subscribe | Step::Override | Step::Unsubscribe => {
                // Both `{"success":true}` and `{"success":"true"}` occur.
                let done = read_json::flag(&body, "success")
                    || read_json::text(&body, "success").as_deref() == Some("true");
                checked(key, done, None)
            }
        },
        Err(refused) => not_answered(key, refused),
    }
}

fn checked(key: &str, ok: bool, detail: Option<String>) -> StepReport {
    StepReport { checks: vec![Check { key: key.to_owned(), ok, detail }], ..StepReport::default() }
}

fn not_answered(key: &str, refused: Refused) -> StepReport {
    let detail = refused.failure.provider_text.clone().or_else(|| refused.failure.code.clone());
    StepReport { refused: Some(refused), ..checked(key, false, detail) }
}

fn number(body: &Value) -> StepReport {
    let quality =
        match read_json::text(body, "quality_rating").unwrap_or_default().to_ascii_uppercase().as_str() {
            "GREEN" => Some(Quality::Green),
            "YELLOW" => Some(Quality::Yellow),
            "RED" => Some(Quality::Red),
            _ => None,
        };
    let level = body.get("throughput").and_then(|throughput| read_json::filled(throughput, "level"));
    let throughput = match level.as_deref() {
        Some("HIGH") => Some(limits::UPGRADED_THROUGHPUT),
        Some("STANDARD") => Some(limits::THROUGHPUT),
        _ => None,
    };
    // The portfolio's limit replaced that of the number; "unlimited" there counts too.
    let limit =
        body.get("whatsapp_business_manager_messaging_limit").or_else(|| body.get("messaging_limit_tier"));
    let facts = AccountFacts {
        display: read_json::filled(body, "display_phone_number"),
        verified_name: read_json::filled(body, "verified_name"),
        quality,
        throughput,
        messaging_limit: limit.and_then(fields::tier),
    };
    let status = read_json::filled(body, "status").map(|status| status.to_ascii_uppercase());
    let works = status.as_deref().is_none_or(|status| status == "CONNECTED");
    let number = Check { key: "number".to_owned(), ok: works, detail: status.filter(|_| !works) };
    let good = quality != Some(Quality::Red);
    let opinion = Check { key: "quality".to_owned(), ok: good, detail: (!good).then(|| "RED".to_owned()) };
    StepReport { checks: vec![number, opinion], facts: Some(facts), refused: None }
}

fn token(body: &Value) -> StepReport {
    let data = body.get("data").unwrap_or(&Value::Null);
    if !read_json::flag(data, "is_valid") {
        let words = data.get("error").and_then(|error| read_json::filled(error, "message"));
        let words = words.map(|words| crate::redact::redact(&words, &[]));
        return checked("token", false, Some(words.unwrap_or_else(|| "the token is not valid".to_owned())));
    }
    let granted: Vec<&str> = read_json::items(data, "scopes").iter().filter_map(Value::as_str).collect();
    let missing: Vec<&str> = SCOPES.iter().filter(|scope| !granted.contains(scope)).copied().collect();
    let detail = (!missing.is_empty()).then(|| format!("missing: {}", missing.join(", ")));
    checked("token", missing.is_empty(), detail)
}
