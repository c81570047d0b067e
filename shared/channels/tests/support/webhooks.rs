//! Whole deliveries, and what proves them.

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};

use colibri_channels::webhook;

use super::{Desk, RECEIVED};

/// A whole body: `body` (or `update`) as JSON, or `text` as it is.
pub fn delivery(desk: &Desk, case: &Value) -> Value {
    let body = match case.get("text") {
        Some(text) => text.as_str().unwrap().to_owned(),
        None => case.get("body").or_else(|| case.get("update")).unwrap().to_string(),
    };
    parsed(desk, &body)
}

pub fn parsed(desk: &Desk, body: &str) -> Value {
    serde_json::to_value(webhook::parse(desk.source, body.as_bytes(), RECEIVED)).unwrap()
}

/// `secrets`, `headers` as pairs, `body`: `"ok"` or why not.
pub fn signature(desk: &Desk, case: &Value) -> Value {
    let secrets: Vec<SecretString> = texts(&case["secrets"]).into_iter().map(SecretString::from).collect();
    let mut headers = HeaderMap::new();
    for pair in case["headers"].as_array().unwrap() {
        let name: HeaderName = pair[0].as_str().unwrap().parse().unwrap();
        headers.append(name, HeaderValue::from_str(pair[1].as_str().unwrap()).unwrap());
    }
    let body = case["body"].as_str().unwrap_or("{}");
    match webhook::verify(
        desk.source,
        &secrets,
        &headers,
        case["url"].as_str().unwrap_or_default(),
        body.as_bytes(),
    ) {
        Ok(()) => "ok".into(),
        Err(error) => serde_json::to_value(error).unwrap(),
    }
}

/// `tokens` and `query`: the answer or why not.
pub fn handshake(desk: &Desk, case: &Value) -> Value {
    let tokens: Vec<SecretString> = texts(&case["tokens"]).into_iter().map(SecretString::from).collect();
    match webhook::handshake(desk.source, &tokens, case["query"].as_str().unwrap()) {
        Ok(answer) => json!({ "answer": answer }),
        Err(error) => json!({ "refused": error }),
    }
}

fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}
