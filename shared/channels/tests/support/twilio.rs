//! Twilio's tables.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::Desk;
use super::webhooks::parsed;

/// `form` (completed with ids and numbers where it has none), or `text` as it is.
pub fn delivery(desk: &Desk, case: &Value) -> Value {
    let body = match case.get("text") {
        Some(text) => text.as_str().unwrap().to_owned(),
        None => body(&completed(&case["form"])),
    };
    parsed(desk, &body)
}

/// A form with what every delivery has. Null in a case means that the member is absent.
pub fn completed(form: &Value) -> Value {
    let mut form = form.clone();
    let usual = [
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("From", "+15005550006"),
        ("To", "+15005550009"),
    ];
    for (key, usual) in usual {
        if form.get(key).is_none() {
            form[key] = json!(usual);
        }
    }
    form.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    form
}

/// As the provider writes it; a list stands for a name that occurs several times.
pub fn body(form: &Value) -> String {
    let mut body = Serializer::new(String::new());
    for (name, value) in form.as_object().into_iter().flatten() {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        for value in values {
            body.append_pair(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
        }
    }
    body.finish()
}
