//! Connecting a number and looking after its health.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use colibri_domain::channel::{Check, Quality};

use super::{GRAPH_VERSION, errors, fields, limits};
use crate::account::{AccountConfig, AccountFacts, Step, StepReport, WebhookTarget};
use crate::json as read_json;
use crate::meta::account::{checked, debug_token, done, not_answered, read_fields, token};
use crate::send::Refusal;
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest};

const NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,status,throughput,\
    name_status,messaging_limit_tier,whatsapp_business_manager_messaging_limit,platform_type,webhook_configuration";

/// Rights that a token needs.
const SCOPES: &[&[&str]] = &[&["whatsapp_business_messaging"], &["whatsapp_business_management"]];

/// Reads `phone_number_id`, `business_account_id`, `app_id`, `access_token` and, for the customer's own app,
/// `app_secret`.
pub fn read_config(config: &Value) -> Result<AccountConfig, Vec<Refusal>> {
    let ids = [("phone_number_id", true), ("business_account_id", true), ("app_id", true)];
    let (numbers, token, app_secret) = read_fields(config, &ids)?;
    let mut numbers = numbers.into_iter();
    let account = numbers.next().unwrap_or_default();
    Ok(AccountConfig { account, parent_account: numbers.next(), app: numbers.next(), token, app_secret })
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
        Step::Token => debug_token(endpoint),
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
            Step::Token => token(&body, SCOPES),
            Step::Subscription => {
                let subscribed = !read_json::items(&body, "data").is_empty();
                checked(key, subscribed, (!subscribed).then(|| "no app is subscribed".to_owned()))
            }
            Step::Subscribe | Step::Override | Step::Unsubscribe => checked(key, done(&body), None),
        },
        Err(refused) => not_answered(key, refused),
    }
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
