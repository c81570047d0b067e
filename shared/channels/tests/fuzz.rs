//! Deliveries that no provider would send: every case of every channel, changed by structure. Nothing may panic, what
//! is read must be storable, and nothing changed may pass for the provider's.
//!
//! `FUZZ_INPUTS=200000 cargo nextest run -p colibri-channels --test fuzz --no-capture` runs that many inputs for each
//! channel and prints the count.

#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "this file only starts from the cases")]
mod support;

use http::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use colibri_channels::webhook::{self, Delivery};
use colibri_channels::{meta, profile, send, twilio};
use colibri_domain::inbound::InboundKind;

use support::{Desk, INSTAGRAM, MESSENGER, RECEIVED, TELEGRAM, TWILIO, WHATSAPP, expand, folder, response};

/// Inputs of one channel in an ordinary run.
const USUAL: u64 = 3_000;
const SECRET: &str = "secret-of-the-app";

/// The same numbers every time: xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (sides.max(1) as u64)).unwrap()
    }
}

/// Places of a value, itself among them.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum::<usize>(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

/// Changes the place with this number.
fn at(value: &mut Value, place: &mut usize, change: &mut dyn FnMut(&mut Value)) {
    if *place == 0 {
        change(value);
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    };
    for value in inner {
        if *place == usize::MAX {
            return;
        }
        at(value, place, change);
    }
}

fn other_type(dice: &mut Dice) -> Value {
    match dice.roll(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!(i64::MAX),
        5 => json!(""),
        6 => json!(" \u{0}\u{202E}"),
        7 => json!([]),
        8 => json!({}),
        9 => json!([null, 1, "x", {}]),
        10 => json!("x".repeat(70_000)),
        11 => json!("99999999999999999999"),
        12 => json!("https://user:pass@[::1]/..%2f?#"),
        _ => json!({ "id": { "id": [] } }),
    }
}

fn mutate(value: &mut Value, dice: &mut Dice) {
    let mut place = dice.roll(size(value));
    let (kind, number) = (dice.roll(7), dice.roll(1_000));
    let new = other_type(dice);
    at(value, &mut place, &mut |value| match (kind, value) {
        // Drop.
        (0, Value::Object(members)) => {
            let key = members.keys().nth(number % members.len().max(1)).cloned();
            key.map(|key| members.remove(&key));
        }
        (0, Value::Array(items)) if !items.is_empty() => drop(items.remove(number % items.len())),
        // Double.
        (1, Value::Array(items)) if !items.is_empty() => items.push(items[number % items.len()].clone()),
        (1, Value::Object(members)) => {
            let copies: Map<String, Value> =
                members.iter().map(|(key, value)| (format!("{key}{key}"), value.clone())).collect();
            members.extend(copies);
        }
        // Nest.
        (2, value) => *value = json!([value.take()]),
        (3, value) => {
            let depth = number % 150;
            *value = (0..depth).fold(value.take(), |inner, _| json!({ "x": inner }));
        }
        // Truncate.
        (4, Value::String(text)) => {
            let keep = number % (text.chars().count() + 1);
            *text = text.chars().take(keep).collect();
        }
        (4, Value::Array(items)) => items.truncate(number % 2),
        // Exchange two members.
        (5, Value::Object(members)) if members.len() > 1 => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let (a, b) = (&keys[number % keys.len()], &keys[(number / 7) % keys.len()]);
            let (first, second) = (members[a].clone(), members[b].clone());
            members.insert(a.clone(), second);
            members.insert(b.clone(), first);
        }
        // Retype.
        (_, value) => *value = new.clone(),
    });
}

fn inputs() -> u64 {
    std::env::var("FUZZ_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL)
}

/// Changed bodies of a channel, one after the other, with the one that each came from.
fn bodies(desk: &Desk, mut each: impl FnMut(&[u8], &[u8], &mut Dice)) -> u64 {
    let seeds = seeds(desk);
    assert!(seeds.len() >= 20, "{}: {} seeds", desk.folder, seeds.len());
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let wanted = inputs();
    for number in 0..wanted {
        let seed = &seeds[usize::try_from(number).unwrap() % seeds.len()];
        let mut changed = seed.clone();
        for _ in 0..=dice.roll(4) {
            mutate(&mut changed, &mut dice);
        }
        let mut body = written(desk, &changed);
        if dice.roll(10) == 0 {
            body.truncate(dice.roll(body.len() + 1));
        }
        if dice.roll(20) == 0 && !body.is_empty() {
            let place = dice.roll(body.len());
            body[place] = u8::try_from(dice.roll(256)).unwrap();
        }
        each(&written(desk, seed), &body, &mut dice);
    }
    wanted
}

/// A body as the channel's provider writes it.
fn written(desk: &Desk, body: &Value) -> Vec<u8> {
    if desk.folder == "twilio" { support::twilio::body(body) } else { body.to_string() }.into_bytes()
}

/// What holds of anything that was read.
fn sound(desk: &Desk, delivery: &Delivery, body: &[u8]) {
    let text = serde_json::to_string(delivery).unwrap();
    // Numbers that no JSON holds would be lost on the queue.
    let again: Delivery = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", desk.folder));
    assert_eq!(again.accounts.len(), delivery.accounts.len());
    assert!(text.len() <= 200_000 + 80 * body.len(), "{}: {} from {}", desk.folder, text.len(), body.len());
    for event in delivery.accounts.iter().flat_map(|account| &account.events) {
        assert!(!event.from.id.trim().is_empty() && event.from.id.len() <= 256, "{}", desk.folder);
        let id = match &event.kind {
            InboundKind::Message(message) | InboundKind::Echo(message) => &message.provider_id,
            InboundKind::Reaction { target, .. }
            | InboundKind::Edit { target, .. }
            | InboundKind::Revoke { target, .. } => target,
            _ => continue,
        };
        assert!(!id.trim().is_empty() && id.len() <= 600, "{}: {id:?}", desk.folder);
    }
}

/// Whole deliveries: one of each case that shows one.
fn seeds(desk: &Desk) -> Vec<Value> {
    let mut seeds = Vec::new();
    for file in std::fs::read_dir(folder(desk)).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        seeds.extend(cases.iter().map(expand).filter_map(|case| seed(desk, &case)));
    }
    seeds
}

fn seed(desk: &Desk, case: &Value) -> Option<Value> {
    use serde_json::json;
    let whatsapp = |field: &str, value: &Value| {
        let change = json!({ "field": field, "value": value });
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "100200300", "changes": [change] }] })
    };
    let metadata = json!({ "display_phone_number": "551140001000", "phone_number_id": "700800900" });
    if let Some(whole) = case.get("update").or_else(|| case.get("body").filter(|b| b.get("entry").is_some()))
    {
        return Some(whole.clone());
    }
    match desk.folder {
        "whatsapp" => {
            if let Some(message) = case.get("message") {
                let mut message = message.clone();
                for (key, usual) in [("from", "593900000001"), ("id", "wamid.1"), ("timestamp", "1767225600")]
                {
                    if message.get(key).is_none() {
                        message[key] = usual.into();
                    }
                }
                let value = json!({ "metadata": metadata, "messages": [message],
                    "contacts": [{ "profile": { "name": "Ana" }, "wa_id": "593900000001" }] });
                return Some(whatsapp("messages", &value));
            }
            if let Some(status) = case.get("status").filter(|status| status.is_object()) {
                return Some(whatsapp("messages", &json!({ "metadata": metadata, "statuses": [status] })));
            }
            Some(whatsapp(case["field"].as_str()?, &case["value"]))
        }
        "twilio" => Some(support::twilio::completed(case.get("form")?)),
        "telegram" => {
            let mut message = case.get("message").filter(|message| message.is_object())?.clone();
            let usual = [
                ("chat", json!({ "id": 99, "type": "private" })),
                ("from", json!({ "id": 99, "first_name": "Bo" })),
                ("message_id", json!(5)),
                ("date", json!(1_767_225_600)),
            ];
            for (key, usual) in usual {
                if message.get(key).is_none() {
                    message[key] = usual;
                }
            }
            Some(json!({ "update_id": 10, "message": message }))
        }
        _ => {
            case.get("event")?;
            Some(support::pages::body(desk, case))
        }
    }
}

#[test]
fn nothing_that_comes_in_panics_or_is_unsound() {
    for desk in [WHATSAPP, TELEGRAM, MESSENGER, INSTAGRAM, TWILIO] {
        let count = bodies(desk, |_, body, _| {
            sound(desk, &webhook::parse(desk.source, body, RECEIVED), body);
        });
        println!("{}: {count} deliveries", desk.folder);
    }
}

#[test]
fn nothing_changed_passes_for_the_provider_s() {
    let secrets = [SecretString::from(SECRET)];
    for desk in [WHATSAPP, MESSENGER, INSTAGRAM] {
        let mut refused = 0_u64;
        let count = bodies(desk, |seed, body, dice| {
            let good = meta::verify::signature(&secrets[0], seed);
            let mut claimed = good.clone().into_bytes();
            if dice.roll(3) == 0 {
                let place = dice.roll(claimed.len());
                claimed[place] = b' ' + u8::try_from(dice.roll(95)).unwrap();
            }
            let mut headers = HeaderMap::new();
            let Ok(value) = http::HeaderValue::from_bytes(&claimed) else { return };
            headers.insert("x-hub-signature-256", value);
            let believed = webhook::verify(desk.source, &secrets, &headers, "", body).is_ok();
            assert_eq!(believed, body == seed && claimed == good.as_bytes(), "{}", desk.folder);
            refused += u64::from(!believed);
        });
        println!("{}: {refused} of {count} refused", desk.folder);
    }
    let url = "https://hooks.colibri.example/twilio/ch_7?a=%20b";
    let count = bodies(TWILIO, |seed, body, dice| {
        let good = twilio::verify::signature(&secrets[0], url, seed);
        let mut claimed = good.clone().into_bytes();
        if dice.roll(3) == 0 {
            let place = dice.roll(claimed.len());
            claimed[place] = b"Ab0+"[dice.roll(4)];
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-twilio-signature", http::HeaderValue::from_bytes(&claimed).unwrap());
        let believed = webhook::verify(TWILIO.source, &secrets, &headers, url, body).is_ok();
        // The same parameters in another order are the same form.
        let same = twilio::verify::signature(&secrets[0], url, body) == good;
        assert_eq!(believed, same && claimed == good.as_bytes());
    });
    println!("twilio: {count} signatures");
    let mut dice = Dice(7);
    for _ in 0..inputs() {
        let mut claimed = SECRET.as_bytes().to_vec();
        match dice.roll(3) {
            0 => claimed.truncate(dice.roll(claimed.len())),
            1 => claimed.push(b'x'),
            _ => {
                let place = dice.roll(claimed.len());
                claimed[place] ^= 1;
            }
        }
        let mut headers = HeaderMap::new();
        let Ok(value) = http::HeaderValue::from_bytes(&claimed) else { continue };
        headers.insert("x-telegram-bot-api-secret-token", value);
        assert!(webhook::verify(TELEGRAM.source, &secrets, &headers, "", b"{}").is_err());
    }
}

#[test]
fn no_answer_of_a_provider_panics() {
    let answers = [
        json!({ "messages": [{ "id": "wamid.1" }], "contacts": [{ "wa_id": "593" }] }),
        json!({ "ok": true, "result": { "message_id": 1, "chat": { "id": 2 } } }),
        json!({ "ok": false, "error_code": 429, "description": "x", "parameters": { "retry_after": 3 } }),
        json!({ "recipient_id": "1", "message_id": "m" }),
        json!({ "sid": "SM1", "status": "queued", "num_segments": "1", "error_code": null }),
        json!({ "code": 21_610, "message": "x", "more_info": "https://x", "status": 400 }),
        json!({ "error": { "message": "x", "code": 10, "error_subcode": 2_018_278 } }),
        json!({ "first_name": "Ana", "last_name": "Vera", "name": "Ana", "username": "ana" }),
    ];
    let mut dice = Dice(99);
    for number in 0..inputs() {
        let mut body = answers[usize::try_from(number).unwrap() % answers.len()].clone();
        mutate(&mut body, &mut dice);
        let http = [200, 400, 401, 403, 429, 500, 503][dice.roll(7)];
        let answer = response(&json!({ "http": http, "body": body }));
        for desk in [WHATSAPP, TELEGRAM, MESSENGER, INSTAGRAM, TWILIO] {
            let outcome = serde_json::to_string(&send::read_response(desk.source, &answer)).unwrap();
            assert!(http == 200 || outcome.contains("failed"), "{}: {outcome}", desk.folder);
            let _ = profile::read(desk.source, "1", &answer);
        }
    }
}
