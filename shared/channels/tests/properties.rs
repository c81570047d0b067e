//! Whatever a provider sends: nothing panics, nothing is lost, and nothing spoils what stands beside it.
#![allow(missing_docs, clippy::unwrap_used)]

use colibri_channels::redact::redact;
use colibri_channels::send::{self, Material};
use colibri_channels::sniff::{safe_name, sniff};
use colibri_channels::webhook::{self, Delivery};
use colibri_domain::Millis;
use colibri_domain::channel::ChannelSource;
use colibri_domain::outbound::OutboundContent;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const WHATSAPP: ChannelSource = ChannelSource::WhatsappCloud;
const NOW: Millis = Millis(1_767_226_200_000);

fn cases(file: &str, key: &str) -> Vec<Value> {
    let path = format!("{}/cases/whatsapp/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    cases.into_iter().filter_map(|case| case.get(key).cloned()).collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z_]{1,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,10}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Replaces the value at the `at`-th place of a depth-first walk.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    match value {
        Value::Object(map) => map.values_mut().for_each(|v| descend(v, at, with)),
        Value::Array(items) => items.iter_mut().for_each(|v| descend(v, at, with)),
        _ => {}
    }
}

fn descend(value: &mut Value, at: &mut usize, with: &Value) {
    if *at != usize::MAX {
        replace(value, at, with);
    }
}

fn good(id: &str) -> Value {
    json!({ "from": "593900000007", "id": id, "timestamp": "1767225600", "type": "text", "text": { "body": id } })
}

fn delivery(field: &str, value: &Value) -> Delivery {
    let body = json!({ "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": field, "value": value }] }] });
    webhook::parse(WHATSAPP, body.to_string().as_bytes(), NOW)
}

/// Events and kept pieces of a delivery.
fn count(delivery: &Delivery) -> usize {
    delivery.kept.len() + delivery.accounts.iter().map(|a| a.events.len() + a.kept.len()).sum::<usize>()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn one_broken_message_spoils_nothing(sample in any::<prop::sample::Index>(), at in 0..30_usize, with in any_json()) {
        let samples = cases("inbound", "message");
        let mut broken = samples[sample.index(samples.len())].clone();
        replace(&mut broken, &mut { at }, &with);
        let value = json!({ "metadata": { "phone_number_id": "7" }, "messages": [good("a"), broken, good("b")] });
        let read = delivery("messages", &value);
        prop_assert_eq!(count(&read), 3, "every message comes out once");
        let alone = delivery("messages", &json!({ "metadata": { "phone_number_id": "7" }, "messages": [good("a")] }));
        prop_assert_eq!(&read.accounts[0].events[0], &alone.accounts[0].events[0]);
        let last = read.accounts[0].events.last().unwrap();
        prop_assert_eq!(last.place, 2);
    }

    #[test]
    fn any_value_of_any_field_is_read(field in 0..20_usize, value in any_json()) {
        let fields = colibri_channels::coverage::coverage(WHATSAPP).fields;
        delivery(fields.get(field).unwrap_or(&"new"), &value);
    }

    #[test]
    fn any_broken_status_is_read(sample in any::<prop::sample::Index>(), at in 0..20_usize, with in any_json()) {
        let samples = cases("statuses", "status");
        let mut broken = samples[sample.index(samples.len())].clone();
        replace(&mut broken, &mut { at }, &with);
        let fine = json!({ "id": "wamid.OK", "status": "read", "timestamp": "1767225700" });
        let value = json!({ "metadata": { "phone_number_id": "7" }, "statuses": [broken, fine] });
        let read = delivery("messages", &value);
        prop_assert_eq!(read.accounts[0].statuses.last().map(|s| s.provider_id.as_str()), Some("wamid.OK"));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        webhook::parse(WHATSAPP, &bytes, NOW);
        sniff(&bytes, None, None);
    }

    #[test]
    fn any_damage_to_the_bytes_is_survived(sample in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let samples = cases("deliveries", "body");
        let mut bytes = samples[sample.index(samples.len())].to_string().into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        webhook::parse(WHATSAPP, &bytes, NOW);
    }

    #[test]
    fn any_answer_is_read(status in 200..600_u16, body in any_json(), sample in any::<prop::sample::Index>(), at in 0..12_usize) {
        let answers = cases("answers", "body");
        let mut broken = answers[sample.index(answers.len())].clone();
        replace(&mut broken, &mut { at }, &body);
        let response = http::Response::builder().status(status).body(broken.to_string().into_bytes()).unwrap();
        send::read_response(WHATSAPP, &response);
    }

    #[test]
    fn text_goes_within_the_limit_or_not_at_all(text in ".{0,40}", times in 0..400_usize) {
        let content = OutboundContent::Text { text: text.repeat(times), preview_url: false };
        let fits = !text.repeat(times).trim().is_empty() && text.chars().count() * times <= 4096;
        prop_assert_eq!(send::check(WHATSAPP, &content, &Material::default()).is_ok(), fits);
    }

    #[test]
    fn secrets_never_come_through(before in ".{0,20}", after in "[^a-zA-Z0-9].{0,20}", token in "EAA[a-zA-Z0-9]{20,60}") {
        let clean = redact(&format!("{before} {token}{after}"), &[]);
        prop_assert!(!clean.contains(&token));
    }

    #[test]
    fn file_names_are_safe(name in ".{0,200}") {
        if let Some(name) = safe_name(&name) {
            let unsafe_in_names = ['/', '\\', '\0', '\n', '"', '\u{202E}'];
            prop_assert!(!name.contains(unsafe_in_names));
            prop_assert!(!name.starts_with('.') && name.chars().count() <= 120);
        }
    }
}

#[test]
fn long_texts_are_cut_at_a_character() {
    let value = json!({ "metadata": { "phone_number_id": "7" }, "messages": [{ "from": "593900000007", "id": "a",
        "timestamp": "1767225600", "type": "text", "text": { "body": "ñ".repeat(70_000) } }] });
    let read = serde_json::to_value(delivery("messages", &value)).unwrap();
    let text = read["accounts"][0]["events"][0]["content"]["text"].as_str().unwrap();
    assert_eq!(text.len(), 64 * 1024);
    assert!(text.chars().all(|c| c == 'ñ'));
}

#[test]
fn what_could_not_be_stored_is_a_placeholder() {
    let card = json!({ "name": { "formatted_name": "x".repeat(60_000) } });
    let value = json!({ "metadata": { "phone_number_id": "7" }, "messages": [{ "from": "593900000007", "id": "a",
        "timestamp": "1767225600", "type": "contacts", "contacts": [card, card, card] }] });
    let read = serde_json::to_value(delivery("messages", &value)).unwrap();
    let event = &read["accounts"][0]["events"][0];
    assert_eq!(event["content"], json!({ "kind": "unsupported", "type": "contacts" }));
    assert_eq!(event["raw"].as_str().map(str::len), Some(64 * 1024));
}

#[test]
fn three_megabytes_are_read() {
    let messages: Vec<Value> = (0..12_000).map(|at| good(&format!("wamid.{at:0>120}"))).collect();
    let value = json!({ "metadata": { "phone_number_id": "7" }, "messages": messages });
    assert_eq!(count(&delivery("messages", &value)), 12_000);
}
