//! Reads case tables, runs them, and writes them when asked.
#![allow(missing_docs, clippy::missing_panics_doc, clippy::unwrap_used)]

pub mod inbound;
pub mod management;
pub mod outbound;
pub mod telegram;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::Value;
use serde_json::value::RawValue;

use colibri_channels::{Endpoint, HttpRequest, HttpResponse};
use colibri_domain::Millis;
use colibri_domain::channel::ChannelSource;

pub const WHATSAPP: ChannelSource = ChannelSource::WhatsappCloud;
pub const TELEGRAM: ChannelSource = ChannelSource::Telegram;
pub const TOKEN: &str = "EAAGcasetokencasetokencasetoken";
/// When deliveries of the cases come in: 2026-01-01 00:10 UTC.
pub const RECEIVED: Millis = Millis(1_767_226_200_123);

type Case = BTreeMap<String, Box<RawValue>>;

fn folder(source: ChannelSource) -> PathBuf {
    let name = match source {
        ChannelSource::WhatsappCloud => "whatsapp",
        other => other.as_str(),
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases").join(name)
}

fn path(source: ChannelSource, name: &str) -> PathBuf {
    folder(source).join(format!("{name}.json"))
}

fn read(source: ChannelSource, name: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(path(source, name)).unwrap_or_else(|e| panic!("{name}.json: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}.json: {e}"))
}

/// Runs every case of a table.
pub fn table(source: ChannelSource, name: &str, run: fn(&Value) -> Value) {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut cases = read(source, name);
    let mut names = BTreeSet::new();
    for case in &mut cases {
        let input: serde_json::Map<String, Value> =
            case.iter().map(|(key, raw)| (key.clone(), serde_json::from_str(raw.get()).unwrap())).collect();
        let title = input["name"].as_str().unwrap().to_owned();
        assert!(names.insert(title.clone()), "{name}.json: two cases are called {title:?}");
        let got = run(&expand(&Value::Object(input.clone())));
        if update {
            case.insert("expected".into(), RawValue::from_string(got.to_string()).unwrap());
        } else {
            let expected = input.get("expected").unwrap_or(&Value::Null);
            assert_eq!(pretty(&got), pretty(expected), "{name}.json: {title}");
        }
    }
    assert!(!cases.is_empty(), "{name}.json holds no case");
    if update {
        write(source, name, &cases);
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// `{"$repeat": ["x", 3]}` stands for `"xxx"`, `{"$list": [{…}, 3]}` for three elements in which `#` is the place.
fn expand(value: &Value) -> Value {
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
fn write(source: ChannelSource, name: &str, cases: &[Case]) {
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
    std::fs::write(path(source, name), text).unwrap();
}

/// Every word that some case covers.
pub fn covered(source: ChannelSource) -> BTreeSet<String> {
    let folder = folder(source);
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

pub fn endpoint() -> Endpoint {
    let token = SecretString::from(TOKEN.to_owned());
    Endpoint::new("https://graph.facebook.com", "700800900", Some("100200300"), token).unwrap()
}

/// A request as cases write it. The token shows only that it is there.
pub fn written(request: &HttpRequest) -> Value {
    let mut headers = serde_json::Map::new();
    for (name, value) in request.headers() {
        assert_eq!(value.is_sensitive(), name == "authorization", "only the token is sensitive");
        headers.insert(name.to_string(), value.to_str().unwrap().replace(TOKEN, "<token>").into());
    }
    assert!(!format!("{request:?}").contains(TOKEN) || request.uri().path().ends_with("debug_token"));
    let body = match serde_json::from_slice::<Value>(request.body()) {
        Ok(json) => json,
        Err(_) => String::from_utf8_lossy(request.body()).into_owned().into(),
    };
    let url = request.uri().to_string().replace(TOKEN, "<token>");
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
