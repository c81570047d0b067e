//! Updates: one per delivery.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use colibri_domain::content::Content;
use colibri_domain::inbound::{ChannelNotice, Identity, InboundKind, InboundMessage};
use colibri_domain::{Millis, Seconds};

use super::{business_chat, message_key, parts};
use crate::json;
use crate::webhook::{AccountDelivery, AccountRef, Delivery, Kept, KeptWhy, ParsedEvent};

/// Kinds of update beside messages, as cases name them.
pub const FIELDS: &[&str] = &[
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member/kicked",
    "my_chat_member/member",
    "group",
    "service",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "unknown",
];

/// What came of an update.
pub(super) enum Read {
    /// Events of a person.
    Events(Vec<ParsedEvent>),
    /// Known, and nothing to us: counted, not kept.
    Passed(String),
    /// Authentic, and not understood.
    Kept(KeptWhy),
}

/// Reads a delivery; total.
pub fn parse(body: &[u8], received_at: Millis) -> Delivery {
    let text = String::from_utf8_lossy(body);
    let mut delivery = Delivery::default();
    let kept = |why| Kept { why, raw: json::kept_raw(&text) };
    let Some(update) = json::object(&text).filter(|update| update.contains_key("update_id")) else {
        delivery.kept.push(kept(KeptWhy::Unreadable));
        return delivery;
    };
    let mut ours = AccountDelivery::of(AccountRef::Address);
    delivery.answer = pressed(&update);
    match read(&update, received_at.seconds()) {
        Read::Events(events) => ours.events.extend(events),
        Read::Passed(field) => ours.notices.push(ChannelNotice::Other { field }),
        Read::Kept(why) => ours.kept.push(kept(why)),
    }
    delivery.accounts.push(ours);
    delivery
}

fn member(update: &BTreeMap<String, &RawValue>, key: &str) -> Option<Value> {
    update.get(key).map(|raw| json::value(raw.get())).filter(Value::is_object)
}

/// A pressed button turns until it is answered, and the answer to the delivery can be that answer: a method that
/// needs no result costs no call.
fn pressed(update: &BTreeMap<String, &RawValue>) -> Option<String> {
    let id = json::id(&member(update, "callback_query")?, "id")?;
    Some(serde_json::json!({ "method": "answerCallbackQuery", "callback_query_id": id }).to_string())
}

fn read(update: &BTreeMap<String, &RawValue>, now: Seconds) -> Read {
    let Some(key) = update.keys().find(|key| *key != "update_id") else {
        return Read::Kept(KeptWhy::UnknownField);
    };
    let Some(value) = member(update, key) else { return Read::Kept(KeptWhy::Unreadable) };
    match key.as_str() {
        "message" => in_private(&value, |from| message(&value, from, now)),
        "edited_message" => in_private(&value, |from| edited(&value, from, now)),
        "callback_query" => callback(&value, now),
        "message_reaction" => in_private(&value, |from| reaction(&value, from, now)),
        "my_chat_member" => in_private(&value, |from| membership(&value, from, now)),
        "business_message" => in_business(&value, |from, author| business(&value, from, &author, now)),
        "edited_business_message" => in_business(&value, |from, author| match author {
            Author::Person => edited(&value, from, now),
            Author::Business | Author::Bot => Read::Passed("edited_business_message/own".to_owned()),
        }),
        "deleted_business_messages" => in_business(&value, |from, _| deleted(&value, &from, now)),
        known if FIELDS.contains(&known) => Read::Passed(known.to_owned()),
        _ => Read::Kept(KeptWhy::UnknownField),
    }
}

/// A conversation has one person: what is said in groups is not said to us alone, and its authors never wrote to us.
fn in_private(value: &Value, read: impl FnOnce(Identity) -> Read) -> Read {
    let chat = value.get("chat").unwrap_or(&Value::Null);
    if json::filled(chat, "type").is_some_and(|kind| kind != "private") {
        return Read::Passed("group".to_owned());
    }
    let user = value.get("from").or_else(|| value.get("user")).unwrap_or(chat);
    match json::id(chat, "id").filter(|id| id.parse::<i64>().is_ok_and(|id| id > 0)) {
        Some(id) => read(identity(id, user)),
        None => Read::Kept(KeptWhy::NoPerson),
    }
}

/// Who wrote in a chat that an account of the business shares with the bot.
enum Author {
    Person,
    Business,
    Bot,
}

/// A chat of an account that the bot was connected to: its person is filed under connection and chat, because answers
/// have to name both, and because ids of messages are the account's there.
fn in_business(value: &Value, read: impl FnOnce(Identity, Author) -> Read) -> Read {
    let chat = value.get("chat").unwrap_or(&Value::Null);
    if json::filled(chat, "type").is_some_and(|kind| kind != "private") {
        return Read::Passed("group".to_owned());
    }
    let id = json::id(chat, "id").filter(|id| id.parse::<i64>().is_ok_and(|id| id > 0));
    let (Some(id), Some(connection)) = (id, json::filled(value, "business_connection_id")) else {
        return Read::Kept(KeptWhy::NoPerson);
    };
    let Some(place) = business_chat(&connection, &id) else { return Read::Kept(KeptWhy::NoPerson) };
    let author = match value.get("from").and_then(|from| json::id(from, "id")) {
        _ if value.get("sender_business_bot").is_some_and(Value::is_object) => Author::Bot,
        Some(from) if from != id => Author::Business,
        _ => Author::Person,
    };
    let user = if matches!(author, Author::Person) { value.get("from").unwrap_or(chat) } else { chat };
    read(identity(place, user), author)
}

fn business(value: &Value, from: Identity, author: &Author, now: Seconds) -> Read {
    let echo = match author {
        Author::Person => false,
        Author::Business => true,
        // What we sent ourselves was stored when it was sent.
        Author::Bot => return Read::Passed("business_message/own".to_owned()),
    };
    let Read::Events(mut events) = message(value, from, now) else {
        return Read::Passed("business_message/service".to_owned());
    };
    if echo {
        for event in &mut events {
            if let InboundKind::Message(message) = &event.kind {
                event.kind = InboundKind::Echo(message.clone());
            }
        }
    }
    Read::Events(events)
}

/// Taken back, by whichever side. The provider does not say when.
fn deleted(value: &Value, from: &Identity, now: Seconds) -> Read {
    let ids = json::items(value, "message_ids").iter().filter_map(Value::as_i64);
    let events: Vec<ParsedEvent> = (0..)
        .zip(ids)
        .map(|(place, id)| {
            let target = message_key(&from.id, &id.to_string());
            ParsedEvent { from: from.clone(), kind: InboundKind::Revoke { target, at: now }, place }
        })
        .collect();
    if events.is_empty() { Read::Kept(KeptWhy::NoId) } else { Read::Events(events) }
}

fn identity(id: String, user: &Value) -> Identity {
    let names = [json::short(user, "first_name", 64), json::short(user, "last_name", 64)];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    // `pt-br` and the like: the language is the first part.
    let language = json::filled(user, "language_code")
        .and_then(|code| code.split(['-', '_']).next().map(str::to_ascii_lowercase))
        .filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()));
    Identity {
        id,
        name: (!name.is_empty()).then_some(name),
        username: json::short(user, "username", 64),
        language,
        ..Identity::default()
    }
}

fn event(from: Identity, kind: InboundKind) -> Read {
    Read::Events(vec![ParsedEvent { from, kind, place: 0 }])
}

/// The key of a message of this chat.
fn key_of(value: &Value, chat: &str) -> Option<String> {
    json::id(value, "message_id").map(|id| message_key(chat, &id))
}

fn message(value: &Value, mut from: Identity, now: Seconds) -> Read {
    let Some(provider_id) = key_of(value, &from.id) else { return Read::Kept(KeptWhy::NoId) };
    if let Some(notice) = parts::service_notice(value) {
        return Read::Passed(format!("message/{notice}"));
    }
    if let Some(phone) = parts::own_phone(value) {
        // With its plus, so that no number is ever taken for somebody's id.
        from.aliases.push(format!("+{phone}"));
        from.phone = Some(phone);
    }
    let part = parts::read(value);
    let unread = matches!(part.content, Content::Unsupported { .. });
    let reply_to = value.get("reply_to_message").and_then(|target| key_of(target, &from.id));
    let inbound = InboundMessage {
        provider_id,
        at: json::seconds(value, "date", now),
        undated: false,
        content: part.content,
        media: part.media,
        reply_to,
        forwarded: value.get("forward_origin").or_else(|| value.get("forward_date")).is_some(),
        referral: parts::referral(value),
        raw: unread.then(|| json::kept_raw(&value.to_string())),
    };
    event(from, InboundKind::Message(inbound))
}

fn edited(value: &Value, from: Identity, now: Seconds) -> Read {
    let Some(target) = key_of(value, &from.id) else { return Read::Kept(KeptWhy::NoId) };
    let at = json::seconds(value, "edit_date", now);
    event(from, InboundKind::Edit { target, content: parts::read(value).content, at })
}

/// A pressed button under one of our messages. The provider does not say when.
fn callback(value: &Value, now: Seconds) -> Read {
    let ours = value.get("message").unwrap_or(&Value::Null);
    let chat = ours.get("chat").unwrap_or(&Value::Null);
    if json::filled(chat, "type").is_some_and(|kind| kind != "private") {
        return Read::Passed("group".to_owned());
    }
    let user = value.get("from").unwrap_or(&Value::Null);
    let person = json::id(user, "id").or_else(|| json::id(chat, "id"));
    let person = person.filter(|id| id.parse::<i64>().is_ok_and(|id| id > 0));
    let (Some(person), Some(id)) = (person, json::id(value, "id")) else {
        return Read::Kept(KeptWhy::NoPerson);
    };
    let payload = json::filled(value, "data");
    let title = payload.as_deref().and_then(|data| label(ours, data)).or_else(|| payload.clone());
    let Some(title) = title else { return Read::Kept(KeptWhy::UnknownKind) };
    let reply_to = key_of(ours, &person);
    let inbound = InboundMessage {
        provider_id: format!("callback:{id}"),
        at: now,
        undated: true,
        content: Content::QuickReply { title, body: None, payload },
        media: None,
        reply_to,
        forwarded: false,
        referral: None,
        raw: None,
    };
    event(identity(person, user), InboundKind::Message(inbound))
}

/// What the button with this value says.
fn label(message: &Value, data: &str) -> Option<String> {
    let rows = json::items(message.get("reply_markup")?, "inline_keyboard");
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    let pressed = buttons.find(|b| b.get("callback_data").and_then(Value::as_str) == Some(data))?;
    json::short(pressed, "text", 256)
}

fn reaction(value: &Value, from: Identity, now: Seconds) -> Read {
    let Some(target) = key_of(value, &from.id) else { return Read::Kept(KeptWhy::NoId) };
    // Of several the newest; what is no emoji (a picture of somebody's, a paid star) is shown as a star.
    let emoji = json::items(value, "new_reaction").last().map(|reaction| {
        json::filled(reaction, "emoji")
            .map_or_else(|| "⭐".to_owned(), |emoji| emoji.chars().take(16).collect())
    });
    let at = json::seconds(value, "date", now);
    event(from, InboundKind::Reaction { target, emoji, at, by_us: false })
}

/// The customer stopped the bot, or started it again: nothing can be sent to him in between.
fn membership(value: &Value, from: Identity, now: Seconds) -> Read {
    let new = value.get("new_chat_member").unwrap_or(&Value::Null);
    let stop = match json::filled(new, "status").as_deref() {
        Some("kicked" | "left") => true,
        Some("member" | "administrator" | "creator" | "restricted") => false,
        _ => return Read::Kept(KeptWhy::UnknownKind),
    };
    event(from, InboundKind::MarketingPreference { stop, at: json::seconds(value, "date", now) })
}
