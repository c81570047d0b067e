//! Telegram's tables.

use serde_json::{Value, json};

use super::Desk;
use super::webhooks::parsed;

/// `message` (completed with chat, sender, id and time where it has none): the one event, notice or kept piece.
pub fn message(desk: &Desk, case: &Value) -> Value {
    let mut message = case["message"].clone();
    let bo = json!({ "id": 99, "is_bot": false, "first_name": "Bo", "last_name": "Bi", "username": "bobi",
        "language_code": "pt-br" });
    let chat = json!({ "id": 99, "type": "private", "first_name": "Bo" });
    let usual = [("chat", chat), ("from", bo), ("message_id", json!(5)), ("date", json!(1_767_225_600))];
    for (key, usual) in usual {
        if message.get(key).is_none() {
            message[key] = usual;
        }
    }
    // Null in a case means that the member is absent.
    message.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    let mut read = parsed(desk, &json!({ "update_id": 10, "message": message }).to_string());
    read["accounts"][0].take()
}
