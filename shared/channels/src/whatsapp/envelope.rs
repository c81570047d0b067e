//! The outer layers of a delivery: entries, changes, accounts.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use colibri_domain::{Millis, Seconds};

use super::identity::{Person, digits_of_display};
use super::{fields, inbound, status};
use crate::json;
use crate::webhook::{AccountDelivery, AccountRef, Delivery, Kept, KeptWhy};

/// Reads a delivery; total.
pub fn parse(body: &[u8], received_at: Millis) -> Delivery {
    let text = String::from_utf8_lossy(body);
    let mut reader = Reader { delivery: Delivery::default(), place: 0, now: received_at.seconds() };
    let Some(envelope) = json::object(&text) else {
        reader.keep_aside(KeptWhy::Unreadable, &text);
        return reader.delivery;
    };
    let object = envelope.get("object").map(|raw| json::value(raw.get()));
    if object != Some(Value::from("whatsapp_business_account")) {
        reader.keep_aside(KeptWhy::OtherObject, &text);
        return reader.delivery;
    }
    match json::array_at(&envelope, "entry") {
        Ok(entries) => entries.into_iter().for_each(|entry| reader.entry(entry)),
        Err(raw) => reader.keep_aside(KeptWhy::Unreadable, raw.get()),
    }
    reader.delivery
}

/// What a change knows about its place.
pub(super) struct Context<'a> {
    /// Digits of our own number, where told.
    pub ours: Option<&'a str>,
    /// The delivery's `contacts`.
    pub people: &'a [Person],
    /// When it came, for what does not say when it happened.
    pub now: Seconds,
}

struct Reader {
    delivery: Delivery,
    place: u32,
    now: Seconds,
}

impl Reader {
    fn keep_aside(&mut self, why: KeptWhy, raw: &str) {
        self.delivery.kept.push(Kept { why, raw: json::kept_raw(raw) });
    }

    fn account(&mut self, account: AccountRef) -> &mut AccountDelivery {
        self.delivery.account(account)
    }

    fn entry(&mut self, raw: &RawValue) {
        let Some(entry) = json::object(raw.get()) else {
            self.keep_aside(KeptWhy::Unreadable, raw.get());
            return;
        };
        let parent = entry.get("id").and_then(|id| scalar(id));
        match json::array_at(&entry, "changes") {
            Ok(changes) => changes.into_iter().for_each(|change| self.change(change, parent.as_deref())),
            Err(raw) => self.keep_aside(KeptWhy::Unreadable, raw.get()),
        }
    }

    fn change(&mut self, raw: &RawValue, parent: Option<&str>) {
        let change = json::object(raw.get());
        let field = change.as_ref().and_then(|c| c.get("field")).and_then(|field| scalar(field));
        let value = change.as_ref().and_then(|c| c.get("value")).and_then(|value| json::object(value.get()));
        let (Some(field), Some(value)) = (field, value) else {
            self.keep_aside(KeptWhy::Unreadable, raw.get());
            return;
        };
        let metadata = value.get("metadata").map(|raw| json::value(raw.get())).unwrap_or_default();
        let number = json::filled(&metadata, "phone_number_id");
        let account = match (number, parent) {
            (Some(id), _) => AccountRef::Account { id },
            (None, Some(id)) => {
                let display = value.get("display_phone_number").and_then(|raw| scalar(raw));
                AccountRef::Parent { id: id.to_owned(), display: display.map(|d| digits_of_display(&d)) }
            }
            (None, None) => {
                self.keep_aside(KeptWhy::NoAccount, raw.get());
                return;
            }
        };
        let ours = json::filled(&metadata, "display_phone_number").map(|d| digits_of_display(&d));
        let people: Vec<Person> = json::array_at(&value, "contacts")
            .unwrap_or_default()
            .iter()
            .map(|raw| Person::read(&json::value(raw.get())))
            .collect();
        let context = Context { ours: ours.as_deref(), people: &people, now: self.now };
        match field.as_str() {
            "messages" => self.messages(account, &value, &context),
            "smb_message_echoes" => self.events(account, &value, "message_echoes", &context, inbound::echo),
            "user_preferences" => {
                self.events(account, &value, "user_preferences", &context, inbound::preference);
            }
            _ => {
                let place = self.account(account);
                let known = fields::read(&field, &value_of(&value), &mut place.notices);
                if !known {
                    place.kept.push(Kept { why: KeptWhy::UnknownField, raw: json::kept_raw(raw.get()) });
                }
            }
        }
    }

    fn messages(&mut self, account: AccountRef, value: &BTreeMap<String, &RawValue>, context: &Context<'_>) {
        self.events(account.clone(), value, "messages", context, inbound::message);
        let now = self.now;
        let place = self.account(account);
        for raw in elements(value, "statuses", &mut place.kept) {
            match status::read(&json::value(raw.get()), now) {
                Ok(Some(report)) => place.statuses.push(report),
                Ok(None) => {}
                Err(why) => place.kept.push(Kept { why, raw: json::kept_raw(raw.get()) }),
            }
        }
        for raw in elements(value, "errors", &mut place.kept) {
            place.notices.push(fields::error(&json::value(raw.get())));
        }
    }

    fn events(
        &mut self,
        account: AccountRef,
        value: &BTreeMap<String, &RawValue>,
        key: &str,
        context: &Context<'_>,
        read: fn(&str, &Context<'_>) -> inbound::Read,
    ) {
        let mut place = self.place;
        let delivery = self.account(account);
        for raw in elements(value, key, &mut delivery.kept) {
            match read(raw.get(), context) {
                Ok(mut event) => {
                    event.place = place;
                    delivery.events.push(event);
                }
                Err(why) => delivery.kept.push(Kept { why, raw: json::kept_raw(raw.get()) }),
            }
            place = place.saturating_add(1);
        }
        self.place = place;
    }
}

/// Elements of a list; what stands there instead of a list is kept.
fn elements<'a>(
    value: &BTreeMap<String, &'a RawValue>,
    key: &str,
    kept: &mut Vec<Kept>,
) -> Vec<&'a RawValue> {
    json::array_at(value, key).unwrap_or_else(|raw| {
        kept.push(Kept { why: KeptWhy::Unreadable, raw: json::kept_raw(raw.get()) });
        Vec::new()
    })
}

/// A text or number as text.
fn scalar(raw: &RawValue) -> Option<String> {
    match json::value(raw.get()) {
        Value::String(text) => Some(json::clean(&text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn value_of(members: &BTreeMap<String, &RawValue>) -> Value {
    Value::Object(members.iter().map(|(key, raw)| (key.clone(), json::value(raw.get()))).collect())
}
