//! The outer layers of a delivery of Messenger or Instagram: entries, and the events in them.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use colibri_domain::inbound::ChannelNotice;
use colibri_domain::{Millis, Seconds};

use super::events::{self, Read};
use super::product::Product;
use crate::json;
use crate::webhook::{AccountDelivery, AccountRef, Delivery, Kept, KeptWhy};

/// Fields of an entry's `changes` that we know and that say nothing to us.
const PASSED: &[&str] = &[
    "feed",
    "comments",
    "live_comments",
    "mentions",
    "mention",
    "ratings",
    "leadgen",
    "conversations",
    "group_feed",
    "story_insights",
];

/// Reads a delivery; total.
pub(crate) fn parse(product: &Product, body: &[u8], received_at: Millis) -> Delivery {
    let text = String::from_utf8_lossy(body);
    let mut reader = Reader { delivery: Delivery::default(), place: 0, now: received_at.seconds() };
    let Some(envelope) = json::object(&text) else {
        reader.keep_aside(KeptWhy::Unreadable, &text);
        return reader.delivery;
    };
    let object = envelope.get("object").map(|raw| json::value(raw.get()));
    if object != Some(Value::from(product.object)) {
        reader.keep_aside(KeptWhy::OtherObject, &text);
        return reader.delivery;
    }
    match json::array_at(&envelope, "entry") {
        Ok(entries) => entries.into_iter().for_each(|entry| reader.entry(entry)),
        Err(raw) => reader.keep_aside(KeptWhy::Unreadable, raw.get()),
    }
    reader.delivery
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

    fn entry(&mut self, raw: &RawValue) {
        let Some(entry) = json::object(raw.get()) else {
            return self.keep_aside(KeptWhy::Unreadable, raw.get());
        };
        let id = |raw: &&RawValue| json::id(&serde_json::json!({ "id": json::value(raw.get()) }), "id");
        let Some(account) = entry.get("id").and_then(id) else {
            return self.keep_aside(KeptWhy::NoAccount, raw.get());
        };
        for list in ["messaging", "standby"] {
            match json::array_at(&entry, list) {
                Ok(events) => events.into_iter().for_each(|event| self.event(&account, event.get())),
                Err(raw) => self.keep(&account, KeptWhy::Unreadable, raw.get()),
            }
        }
        match json::array_at(&entry, "changes") {
            Ok(changes) => changes.into_iter().for_each(|change| self.change(&account, change)),
            Err(raw) => self.keep(&account, KeptWhy::Unreadable, raw.get()),
        }
    }

    fn account(&mut self, id: &str) -> &mut AccountDelivery {
        self.delivery.account(AccountRef::Account { id: id.to_owned() })
    }

    fn keep(&mut self, account: &str, why: KeptWhy, raw: &str) {
        let kept = Kept { why, raw: json::kept_raw(raw) };
        self.account(account).kept.push(kept);
    }

    fn event(&mut self, account: &str, raw: &str) {
        let read = match json::object(raw) {
            Some(_) => events::read(account, raw, &json::value(raw), self.now),
            None => Err(KeptWhy::Unreadable),
        };
        match read {
            Err(why) => self.keep(account, why, raw),
            Ok(reads) => {
                let mut place = self.place;
                let ours = self.account(account);
                for read in reads {
                    match read {
                        Read::Event(mut event) => {
                            event.place = place;
                            place = place.saturating_add(1);
                            ours.events.push(*event);
                        }
                        Read::Status(report) => ours.statuses.push(report),
                        Read::Watermark(watermark) => ours.watermarks.push(watermark),
                        Read::Notice(notice) => ours.notices.push(notice),
                    }
                }
                self.place = place;
            }
        }
    }

    /// The dashboard's test button puts a message where news about the page stand.
    fn change(&mut self, account: &str, raw: &RawValue) {
        let change: BTreeMap<String, &RawValue> = json::object(raw.get()).unwrap_or_default();
        let field = change.get("field").map(|raw| json::value(raw.get()));
        let Some(field) = field.as_ref().and_then(Value::as_str) else {
            return self.keep(account, KeptWhy::Unreadable, raw.get());
        };
        match (field, change.get("value")) {
            ("messages", Some(value)) => self.event(account, value.get()),
            _ if PASSED.contains(&field) => {
                self.account(account).notices.push(ChannelNotice::Other { field: field.to_owned() });
            }
            _ => self.keep(account, KeptWhy::UnknownField, raw.get()),
        }
    }
}
