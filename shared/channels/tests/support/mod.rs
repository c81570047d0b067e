//! Reads case tables, runs them, and writes them when asked.
#![allow(missing_docs, clippy::missing_panics_doc, clippy::unwrap_used)]

pub mod inbound;
pub mod management;
pub mod outbound;
pub mod pages;
pub mod telegram;
pub mod twilio;
pub mod webhooks;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::Value;
use serde_json::value::RawValue;

use colibri_channels::{Endpoint, HttpRequest, HttpResponse};
use colibri_domain::Millis;
use colibri_domain::channel::ChannelSource;

/// A channel as its cases see it: one account, one person.
pub struct Desk {
    pub source: ChannelSource,
    /// Folder of the cases.
    pub folder: &'static str,
    pub base: &'static str,
    pub account: &'static str,
    pub parent: Option<&'static str>,
    pub token: &'static str,
    /// The address that the provider calls.
    pub webhook: &'static str,
    pub person: &'static str,
    pub reference: &'static str,
    /// Whether requests prove who we are by their address instead of a header.
    pub token_in_path: bool,
}

pub const WHATSAPP: &Desk = &Desk {
    source: ChannelSource::WhatsappCloud,
    folder: "whatsapp",
    base: "https://graph.facebook.com",
    account: "700800900",
    parent: Some("100200300"),
    token: "EAAGcasetokencasetokencasetoken",
    webhook: "https://hooks.colibri.example/whatsapp/424200000000001",
    person: "593900000001",
    reference: "ws_1.42",
    token_in_path: false,
};

pub const TELEGRAM: &Desk = &Desk {
    source: ChannelSource::Telegram,
    folder: "telegram",
    base: "https://api.telegram.org",
    account: "7000001",
    parent: None,
    token: "7000001:AAcasetokencasetokencasetokencase",
    webhook: "https://hooks.colibri.example/telegram/ch_1",
    person: "99",
    reference: "ws_1/1/42",
    token_in_path: true,
};

pub const TWILIO: &Desk = &Desk {
    source: ChannelSource::Twilio,
    folder: "twilio",
    base: "https://api.twilio.com",
    account: "+15005550009",
    parent: Some("AC00000000000000000000000000000001"),
    token: "0123456789abcdef0123456789abcdef",
    webhook: "https://hooks.colibri.example/twilio/ch_7",
    person: "15005550006",
    reference: "ws_1/1/42",
    token_in_path: false,
};

/// When deliveries of the cases come in: 2026-01-01 00:10 UTC.
pub const RECEIVED: Millis = Millis(1_767_226_200_123);

pub const MESSENGER: &Desk = &Desk {
    source: ChannelSource::Facebook,
    folder: "messenger",
    base: "https://graph.facebook.com",
    account: "PAGE1",
    parent: None,
    token: "EAAGpagetokenpagetokenpagetoken",
    webhook: "https://hooks.colibri.example/messenger/424200000000001",
    person: "PSID1",
    reference: "ws_1/7/99",
    token_in_path: false,
};

pub const INSTAGRAM: &Desk = &Desk {
    source: ChannelSource::Instagram,
    folder: "instagram",
    base: "https://graph.instagram.com",
    account: "17800001",
    parent: None,
    token: "IGAAtokentokentokentokentoken",
    webhook: "https://hooks.colibri.example/instagram/424200000000001",
    person: "IGSID1",
    reference: "ws_1/7/99",
    token_in_path: false,
};

type Case = BTreeMap<String, Box<RawValue>>;

fn path(desk: &Desk, name: &str) -> PathBuf {
    folder(desk).join(format!("{name}.json"))
}

pub fn folder(desk: &Desk) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases").join(desk.folder)
}

fn read(desk: &Desk, name: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(path(desk, name)).unwrap_or_else(|e| panic!("{name}.json: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}.json: {e}"))
}

/// Runs every case of a table.
pub fn table(desk: &Desk, name: &str, run: fn(&Desk, &Value) -> Value) {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut cases = read(desk, name);
    let mut names = BTreeSet::new();
    for case in &mut cases {
        let input: serde_json::Map<String, Value> =
            case.iter().map(|(key, raw)| (key.clone(), serde_json::from_str(raw.get()).unwrap())).collect();
        let title = input["name"].as_str().unwrap().to_owned();
        assert!(names.insert(title.clone()), "{name}.json: two cases are called {title:?}");
        let got = run(desk, &expand(&Value::Object(input.clone())));
        if update {
            case.insert("expected".into(), RawValue::from_string(got.to_string()).unwrap());
        } else {
            let expected = input.get("expected").unwrap_or(&Value::Null);
            assert_eq!(pretty(&got), pretty(expected), "{name}.json: {title}");
        }
    }
    assert!(!cases.is_empty(), "{name}.json holds no case");
    if update {
        write(desk, name, &cases);
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// `{"$repeat": ["x", 3]}` stands for `"xxx"`, `{"$list": [{…}, 3]}` for three elements in which `#` is the place.
pub fn expand(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            if let Some([Value::String(text), times]) =
                map.get("$repeat").and_then(Value::as_array).map(Vec::as_slice)
            {
                return text.repeat(usize::try_from(times.as_u64().unwrap()).unwrap()).into();
            }
            if let Some([item, times]) = map.get("$list").and_then(Value::as_array).map(Vec::as_slice) {
                let item = item.to_string();
                let one =
                    |at: u64| expand(&serde_json::from_str(&item.replace('#', &at.to_string())).unwrap());
                return (0..times.as_u64().unwrap()).map(one).collect();
            }
            Value::Object(map.iter().map(|(key, value)| (key.clone(), expand(value))).collect())
        }
        Value::Array(items) => items.iter().map(expand).collect(),
        other => other.clone(),
    }
}

/// One member per line, the name first and the expectation last.
fn write(desk: &Desk, name: &str, cases: &[Case]) {
    let mut text = String::from("[\n");
    for (at, case) in cases.iter().enumerate() {
        let rank = |key: &str| match key {
            "name" => 0,
            "covers" => 1,
            "expected" => 3,
            _ => 2,
        };
        let mut keys: Vec<&String> = case.keys().collect();
        keys.sort_by_key(|key| rank(key));
        text.push_str("  {\n");
        for (place, key) in keys.iter().enumerate() {
            let comma = if place + 1 < keys.len() { "," } else { "" };
            let _ = writeln!(text, "    {}: {}{comma}", Value::from(key.as_str()), case[*key].get());
        }
        text.push_str(if at + 1 < cases.len() { "  },\n" } else { "  }\n" });
    }
    text.push_str("]\n");
    std::fs::write(path(desk, name), text).unwrap();
}

/// Every word that some case covers.
pub fn covered(desk: &Desk) -> BTreeSet<String> {
    let folder = folder(desk);
    let mut words = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let cases: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        for case in cases {
            let covers: Vec<String> = serde_json::from_value(case["covers"].clone()).unwrap_or_default();
            words.extend(covers);
        }
    }
    words
}

pub fn endpoint(desk: &Desk) -> Endpoint {
    let token = SecretString::from(desk.token.to_owned());
    Endpoint::new(desk.base, desk.account, desk.parent, token).unwrap()
}

/// A request as cases write it. The token shows only that it is there.
pub fn written(desk: &Desk, request: &HttpRequest) -> Value {
    let mut headers = serde_json::Map::new();
    for (name, value) in request.headers() {
        assert_eq!(value.is_sensitive(), name == "authorization", "only the token is sensitive");
        headers.insert(name.to_string(), value.to_str().unwrap().replace(desk.token, "<token>").into());
    }
    let text = String::from_utf8_lossy(request.body()).into_owned();
    assert!(!text.contains(desk.token), "the token is in the body");
    if desk.token_in_path {
        assert!(!request.headers().contains_key("authorization"));
    } else {
        let shown = format!("{request:?}").contains(desk.token);
        assert!(!shown || request.uri().path().ends_with("debug_token"));
    }
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    let url = request.uri().to_string().replace(desk.token, "<token>");
    serde_json::json!({ "method": request.method().as_str(), "url": url, "headers": headers, "body": body })
}

/// An answer from `http` (status), `headers` and `body` (JSON, or a text as it is).
pub fn response(case: &Value) -> HttpResponse {
    let status = u16::try_from(case["http"].as_u64().unwrap_or(200)).unwrap();
    let mut response = http::Response::builder().status(status);
    for (name, value) in case["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap());
    }
    let body = match &case["body"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        json => json.to_string(),
    };
    response.body(body.into_bytes()).unwrap()
}
