//! What Meta delivers of a number.

use serde_json::{Value, json};

use colibri_channels::webhook::{self, Delivery};

use super::{Desk, RECEIVED};

fn parse(desk: &Desk, field: &str, value: &Value) -> Delivery {
    let mut value = value.clone();
    value["messaging_product"] = "whatsapp".into();
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "100200300", "changes": [{ "field": field, "value": value }] }],
    });
    webhook::parse(desk.source, body.to_string().as_bytes(), RECEIVED)
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
pub fn message(desk: &Desk, case: &Value) -> Value {
    let mut message = case["message"].clone();
    for (key, usual) in [("from", "593900000001"), ("id", "wamid.IN1"), ("timestamp", "1767225600")] {
        if message.get(key).is_none() {
            message[key] = usual.into();
        }
    }
    // Null in a case means that the member is absent.
    message.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    only_account(&parse(
        desk,
        "messages",
        &json!({ "metadata": metadata(), "contacts": contacts(case), "messages": [message] }),
    ))
}

/// An element of `message_echoes` as it is.
pub fn echo(desk: &Desk, case: &Value) -> Value {
    let value =
        json!({ "metadata": metadata(), "contacts": contacts(case), "message_echoes": [case["message"]] });
    only_account(&parse(desk, "smb_message_echoes", &value))
}

/// Any `field` with its `value`.
pub fn field(desk: &Desk, case: &Value) -> Value {
    serde_json::to_value(parse(desk, case["field"].as_str().unwrap(), &case["value"])).unwrap()
}

/// A `status`.
pub fn status(desk: &Desk, case: &Value) -> Value {
    let value = json!({ "metadata": metadata(), "statuses": [case["status"]] });
    only_account(&parse(desk, "messages", &value))
}
