//! Events of pages and Instagram accounts.

use serde_json::{Value, json};

use super::Desk;
use super::webhooks::parsed;

fn named(desk: &Desk, value: &Value) -> Value {
    let text = value.to_string().replace("@account", desk.account).replace("@person", desk.person);
    serde_json::from_str(&text).unwrap()
}

/// An `event` (completed with sender, recipient and time where it has none): what came of it.
pub fn event(desk: &Desk, case: &Value) -> Value {
    let mut read = parsed(desk, &body(desk, case).to_string());
    assert_eq!(read["accounts"].as_array().map(Vec::len), Some(1));
    read["accounts"][0].take()
}

/// The delivery of an `event`.
pub fn body(desk: &Desk, case: &Value) -> Value {
    let mut event = named(desk, &case["event"]);
    let usual = [
        ("sender", json!({ "id": desk.person })),
        ("recipient", json!({ "id": desk.account })),
        ("timestamp", json!(1_767_225_599_000_i64)),
    ];
    for (key, usual) in usual {
        if event.get(key).is_none() {
            event[key] = usual;
        }
    }
    // Null in a case means that the member is absent.
    event.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    if let Some(message) = event.get_mut("message").and_then(Value::as_object_mut) {
        message.retain(|_, member| !member.is_null());
    }
    let list = case["list"].as_str().unwrap_or("messaging");
    let object = if desk.folder == "messenger" { "page" } else { "instagram" };
    json!({ "object": object, "entry": [{ "id": desk.account, "time": 1, list: [event] }] })
}
