//! Tolerant reading of the provider's JSON.
//!
//! The outer layers are cut into raw pieces without looking into them, so that nothing inside one piece (lone
//! surrogates, absurd nesting, repeated keys) can spoil the piece beside it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use colibri_domain::Seconds;

use crate::webhook::RAW_LIMIT;

/// Longest text of a message, in bytes.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// Deepest nesting of a piece that is read. No provider comes near it, and what is kept must still be readable inside
/// what we put around it on the queue (`serde_json` reads 128 levels).
const DEPTH_LIMIT: usize = 64;

/// Members of an object, unread; of repeated keys the last counts. `None` when it is no object.
pub fn object(raw: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(raw).ok()
}

/// Elements of the array at a key, unread; none when the key is missing or null. What stands there instead of an
/// array is the error.
pub fn array_at<'a>(
    object: &BTreeMap<String, &'a RawValue>,
    key: &str,
) -> Result<Vec<&'a RawValue>, &'a RawValue> {
    match object.get(key) {
        Some(raw) if raw.get() != "null" => serde_json::from_str(raw.get()).map_err(|_| *raw),
        _ => Ok(Vec::new()),
    }
}

/// A piece as a value. Lone surrogates become U+FFFD; members that cannot be read even so become null.
pub fn value(raw: &str) -> Value {
    if let Some(value) = whole(raw) {
        return value;
    }
    let members = object(raw).unwrap_or_default();
    let read = |(key, raw): (String, &RawValue)| (key, whole(raw.get()).unwrap_or(Value::Null));
    Value::Object(members.into_iter().map(read).collect::<Map<_, _>>())
}

fn whole(raw: &str) -> Option<Value> {
    let value: Option<Value> =
        serde_json::from_str(raw).or_else(|_| serde_json::from_str(&without_lone_surrogates(raw))).ok();
    value.filter(|value| is_within(value, DEPTH_LIMIT))
}

fn is_within(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_within(item, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|member| is_within(member, depth - 1)),
        _ => true,
    }
}

/// Replaces `\uD800`–`\uDFFF` escapes that form no pair.
fn without_lone_surrogates(raw: &str) -> String {
    let escape = |at: usize| -> Option<u16> {
        let text = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(text, 16).ok()
    };
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(offset) = raw[at..].find('\\') {
        out.push_str(&raw[at..at + offset]);
        at += offset;
        let next = escape(at + 6);
        let taken = match escape(at) {
            Some(0xD800..=0xDBFF) if next.is_some_and(|n| (0xDC00..=0xDFFF).contains(&n)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push('\u{FFFD}');
                at += 6;
                continue;
            }
            Some(_) => 6,
            None => 1 + raw[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&raw[at..at + taken]);
        at += taken;
    }
    out.push_str(&raw[at..]);
    out
}

/// A text, or a number as text; without NUL, at most [`TEXT_LIMIT`] bytes.
pub fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(clean(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text that is not empty.
pub fn filled(value: &Value, key: &str) -> Option<String> {
    text(value, key).filter(|text| !text.trim().is_empty())
}

/// An id: a filled text of at most 256 bytes. A longer one could be neither stored nor sent back.
pub fn id(value: &Value, key: &str) -> Option<String> {
    filled(value, key).filter(|id| id.len() <= 256)
}

/// A filled text on one line, without direction overrides, cut at this many characters.
pub fn short(value: &Value, key: &str, limit: usize) -> Option<String> {
    let text = filled(value, key)?;
    let plain = |c: &char| !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let text: String = text.chars().filter(plain).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text: String = text.trim().chars().take(limit).collect();
    (!text.is_empty()).then_some(text)
}

/// A number, or a text that is one.
pub fn number(value: &Value, key: &str) -> Option<f64> {
    let number = match value.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|n| n.is_finite())
}

/// Elements of an array; none when there is no array.
pub fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a flag is set.
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// A provider's time: text or number, seconds; one payload in the wild has milliseconds. What is missing, negative
/// or more than a day ahead of our own clock becomes `fallback`.
pub fn seconds(value: &Value, key: &str, fallback: Seconds) -> Seconds {
    const MILLIS_FROM: i64 = 100_000_000_000;
    let given = match value.get(key) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let at = given.map(|at| if at >= MILLIS_FROM { at / 1000 } else { at });
    let plausible = |at: &i64| *at > 0 && *at <= fallback.0.saturating_add(86_400);
    at.filter(plausible).map_or(fallback, Seconds)
}

/// Text without NUL, cut at [`TEXT_LIMIT`].
pub fn clean(text: &str) -> String {
    let mut text = text.replace('\0', "");
    cut(&mut text, TEXT_LIMIT);
    text
}

/// A raw piece to keep, cut at the limit.
pub fn kept_raw(raw: &str) -> String {
    let mut raw = raw.to_owned();
    cut(&mut raw, RAW_LIMIT);
    raw
}

fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
}
