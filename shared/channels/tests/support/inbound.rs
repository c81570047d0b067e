//! What the provider delivers.

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};

use colibri_channels::webhook::{self, Delivery};

use super::{RECEIVED, WHATSAPP};

fn parse(field: &str, value: &Value) -> Delivery {
    let mut value = value.clone();
    value["messaging_product"] = "whatsapp".into();
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "100200300", "changes": [{ "field": field, "value": value }] }],
    });
    webhook::parse(WHATSAPP, body.to_string().as_bytes(), RECEIVED)
}

/// The one account of a delivery, without its name.
fn only_account(delivery: &Delivery) -> Value {
    assert!(delivery.kept.is_empty(), "{:?}", delivery.kept);
    assert_eq!(delivery.accounts.len(), 1);
    let mut account = serde_json::to_value(&delivery.accounts[0]).unwrap();
    account.as_object_mut().unwrap().remove("account");
    account
}

fn metadata() -> Value {
    json!({ "display_phone_number": "551140001000", "phone_number_id": "700800900" })
}

fn contacts(case: &Value) -> Value {
    case.get("contacts")
        .cloned()
        .unwrap_or_else(|| json!([{ "profile": { "name": "Ana" }, "wa_id": "593900000001" }]))
}

/// `message` (completed with sender, id and time where it has none) and perhaps `contacts`.
pub fn message(case: &Value) -> Value {
    let mut message = case["message"].clone();
    for (key, usual) in [("from", "593900000001"), ("id", "wamid.IN1"), ("timestamp", "1767225600")] {
        if message.get(key).is_none() {
            message[key] = usual.into();
        }
    }
    // Null in a case means that the member is absent.
    message.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    only_account(&parse(
        "messages",
        &json!({ "metadata": metadata(), "contacts": contacts(case), "messages": [message] }),
    ))
}

/// An element of `message_echoes` as it is.
pub fn echo(case: &Value) -> Value {
    let value =
        json!({ "metadata": metadata(), "contacts": contacts(case), "message_echoes": [case["message"]] });
    only_account(&parse("smb_message_echoes", &value))
}

/// A whole body: `body` as JSON, or `text` as it is.
pub fn delivery(case: &Value) -> Value {
    let body = match case.get("text") {
        Some(text) => text.as_str().unwrap().to_owned(),
        None => case["body"].to_string(),
    };
    serde_json::to_value(webhook::parse(WHATSAPP, body.as_bytes(), RECEIVED)).unwrap()
}

/// Any `field` with its `value`.
pub fn field(case: &Value) -> Value {
    serde_json::to_value(parse(case["field"].as_str().unwrap(), &case["value"])).unwrap()
}

/// A `status`.
pub fn status(case: &Value) -> Value {
    let value = json!({ "metadata": metadata(), "statuses": [case["status"]] });
    only_account(&parse("messages", &value))
}

/// `secrets`, `headers` as pairs, `body`: `"ok"` or why not.
pub fn signature(case: &Value) -> Value {
    let secrets: Vec<SecretString> = texts(&case["secrets"]).into_iter().map(SecretString::from).collect();
    let mut headers = HeaderMap::new();
    for pair in case["headers"].as_array().unwrap() {
        let name: HeaderName = pair[0].as_str().unwrap().parse().unwrap();
        headers.append(name, HeaderValue::from_str(pair[1].as_str().unwrap()).unwrap());
    }
    match webhook::verify(WHATSAPP, &secrets, &headers, case["body"].as_str().unwrap().as_bytes()) {
        Ok(()) => "ok".into(),
        Err(error) => serde_json::to_value(error).unwrap(),
    }
}

/// `tokens` and `query`: the answer or why not.
pub fn handshake(case: &Value) -> Value {
    let tokens: Vec<SecretString> = texts(&case["tokens"]).into_iter().map(SecretString::from).collect();
    match webhook::handshake(WHATSAPP, &tokens, case["query"].as_str().unwrap()) {
        Ok(answer) => json!({ "answer": answer }),
        Err(error) => json!({ "refused": error }),
    }
}

fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}
