//! Events of one person: messages, echoes, taps, reactions, edits, reports.

use serde_json::Value;

use colibri_domain::content::Content;
use colibri_domain::inbound::{
    ChannelNotice, Identity, InboundKind, InboundMessage, StatusReport, UpTo, Watermark, part_id,
};
use colibri_domain::message::{Referral, StatusValue};
use colibri_domain::{Millis, Seconds};

use super::parts;
use crate::json;
use crate::part::Part;
use crate::webhook::{KeptWhy, ParsedEvent};

/// Kinds of event beside messages, as cases name them. Those at the end are news that concern only apps.
pub(crate) const FIELDS: &[&str] = &[
    "postback",
    "referral",
    "optin",
    "reaction",
    "message_edit",
    "delivery",
    "read",
    "standby",
    "policy_enforcement",
    "changes",
    "changes/messages",
    "unknown",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
    "account_linking",
    "typing",
];

/// Those that Instagram's cases show again; the code is the same.
pub(crate) const INSTAGRAM_FIELDS: &[&str] =
    &["postback", "referral", "reaction", "message_edit", "read", "standby", "changes/messages"];

/// What came of an event.
pub(super) enum Read {
    /// Of a person.
    Event(Box<ParsedEvent>),
    /// A report about one message of ours.
    Status(StatusReport),
    /// A report about all messages up to one.
    Watermark(Watermark),
    /// About the account.
    Notice(ChannelNotice),
}

/// What an event knows about its place.
struct Scene<'a> {
    person: Identity,
    by_us: bool,
    at: Seconds,
    raw: &'a str,
    event: &'a Value,
}

impl Scene<'_> {
    fn event(&self, kind: InboundKind) -> Read {
        Read::Event(Box::new(ParsedEvent { from: self.person.clone(), kind, place: 0 }))
    }

    fn message(&self, provider_id: String, part: Part) -> InboundMessage {
        let unread = matches!(part.content, Content::Unsupported { .. });
        InboundMessage {
            provider_id,
            at: self.at,
            undated: false,
            content: part.content,
            media: part.media,
            reply_to: None,
            forwarded: false,
            referral: None,
            raw: unread.then(|| json::kept_raw(self.raw)),
        }
    }

    /// Something of ours that stands for an id which the provider does not give.
    fn made_id(&self, kind: &str, what: &str) -> String {
        let stamp = json::text(self.event, "timestamp").unwrap_or_default();
        format!("{kind}:{stamp}:{what}").chars().take(200).collect()
    }
}

/// Reads one event of an account.
pub(super) fn read(account: &str, raw: &str, event: &Value, now: Seconds) -> Result<Vec<Read>, KeptWhy> {
    if let Some(policy) = event.get("policy_enforcement") {
        return Ok(vec![Read::Notice(enforcement(policy))]);
    }
    let side = |key: &str| event.get(key).and_then(|side| json::id(side, "id"));
    // Echoes have stood both ways: the person is whoever is not the account.
    let (sender, recipient) = (side("sender"), side("recipient"));
    let by_us = sender.as_deref() == Some(account);
    let person = if by_us { recipient } else { sender }.filter(|id| id != account);
    let Some(id) = person else {
        let only_apps = FIELDS.iter().find(|field| event.get(**field).is_some());
        let known = only_apps.ok_or(KeptWhy::NoPerson)?;
        return match *known {
            "app_roles" | "account_linking" => Ok(vec![other(known)]),
            _ => Err(KeptWhy::NoPerson),
        };
    };
    let person = Identity { id, ..Identity::default() };
    let scene = Scene { person, by_us, at: json::seconds(event, "timestamp", now), raw, event };
    let part = |key: &str| event.get(key).filter(|part| part.is_object());
    if let Some(message) = part("message") {
        return self::message(&scene, message);
    }
    if let Some(postback) = part("postback") {
        return tapped(&scene, postback);
    }
    if let Some(reaction) = part("reaction") {
        return reacted(&scene, reaction);
    }
    if let Some(edit) = part("message_edit") {
        let target = json::id(edit, "mid").ok_or(KeptWhy::NoId)?;
        let content = Content::Text { text: json::text(edit, "text").unwrap_or_default() };
        return Ok(vec![scene.event(InboundKind::Edit { target, content, at: scene.at })]);
    }
    if let Some(delivery) = part("delivery") {
        return Ok(reported(&scene, delivery, StatusValue::Delivered));
    }
    if let Some(read) = part("read") {
        return Ok(reported(&scene, read, StatusValue::Read));
    }
    if let Some(optin) = part("optin") {
        return opted(&scene, optin);
    }
    if let Some(referral) = part("referral") {
        return Ok(vec![arrived(&scene, "referral", referral)]);
    }
    let passed = |field: &&&str| event.get(**field).is_some();
    FIELDS.iter().find(passed).map(|field| vec![other(field)]).ok_or(KeptWhy::UnknownKind)
}

fn other(field: &str) -> Read {
    Read::Notice(ChannelNotice::Other { field: field.to_owned() })
}

fn enforcement(policy: &Value) -> ChannelNotice {
    let action = json::short(policy, "action", 32).unwrap_or_default();
    ChannelNotice::Account { event: format!("policy_{action}"), fatal: action == "block" }
}

fn message(scene: &Scene<'_>, message: &Value) -> Result<Vec<Read>, KeptWhy> {
    let mid = json::id(message, "mid").ok_or(KeptWhy::NoId)?;
    if json::flag(message, "is_deleted") {
        return Ok(vec![scene.event(InboundKind::Revoke { target: mid, at: scene.at })]);
    }
    let echo = json::flag(message, "is_echo") || scene.by_us;
    if echo && let Some(report) = own(scene, message, &mid) {
        return Ok(vec![Read::Status(report)]);
    }
    let referral = message.get("referral").or_else(|| scene.event.get("referral")).map(referral);
    let reply_to = message.get("reply_to").and_then(|target| json::id(target, "mid"));
    let reads = parts::read(message).into_iter().enumerate().map(|(at, part)| {
        let mut said = scene.message(part_id(&mid, at), part);
        if at == 0 {
            said.reply_to.clone_from(&reply_to);
            said.referral.clone_from(&referral);
        }
        scene.event(if echo { InboundKind::Echo(said) } else { InboundKind::Message(said) })
    });
    Ok(reads.collect())
}

/// An echo of what we sent ourselves: it tells that the message got through, even where our call had no answer.
fn own(scene: &Scene<'_>, message: &Value, mid: &str) -> Option<StatusReport> {
    let reference = json::filled(message, "metadata")?;
    let ours = reference.starts_with("ws_") && reference.split('/').count() == 3;
    ours.then(|| report(scene, mid.to_owned(), StatusValue::Sent, Some(reference)))
}

fn report(
    scene: &Scene<'_>,
    provider_id: String,
    value: StatusValue,
    reference: Option<String>,
) -> StatusReport {
    let recipient = Some(scene.person.id.clone());
    StatusReport { provider_id, reference, value, at: scene.at, failure: None, recipient, pricing: None }
}

/// Messenger names messages and a time up to which all of ours arrived, Instagram the last message that was read.
fn reported(scene: &Scene<'_>, told: &Value, value: StatusValue) -> Vec<Read> {
    let mids = json::items(told, "mids").iter().filter_map(Value::as_str).filter(|mid| mid.len() <= 256);
    let mut reads: Vec<Read> = mids
        .filter(|mid| !mid.trim().is_empty())
        .map(|mid| Read::Status(report(scene, json::clean(mid), value, None)))
        .collect();
    let up_to = match json::id(told, "mid") {
        Some(mid) => Some(UpTo::Message { provider_id: mid }),
        None => json::number(told, "watermark").and_then(instant).map(|at| UpTo::Time { at }),
    };
    if let Some(up_to) = up_to {
        let recipient = scene.person.id.clone();
        reads.push(Read::Watermark(Watermark { recipient, value, up_to, at: scene.at }));
    }
    reads
}

/// A provider's instant in milliseconds; a few have come in seconds.
fn instant(given: f64) -> Option<Millis> {
    const MILLIS_FROM: i64 = 100_000_000_000;
    #[allow(clippy::cast_possible_truncation)] // clamped
    let at = given.clamp(0.0, 9e15) as i64;
    // A second ends with its last millisecond.
    (at > 0).then_some(Millis(if at < MILLIS_FROM { at * 1000 + 999 } else { at }))
}

fn tapped(scene: &Scene<'_>, postback: &Value) -> Result<Vec<Read>, KeptWhy> {
    let payload = json::filled(postback, "payload");
    let title = json::short(postback, "title", 256).or_else(|| payload.clone());
    let title = title.ok_or(KeptWhy::UnknownKind)?;
    let id = json::id(postback, "mid").unwrap_or_else(|| scene.made_id("postback", &title));
    let mut said = scene.message(id, Content::QuickReply { title, body: None, payload }.into());
    said.referral = postback.get("referral").map(referral);
    Ok(vec![scene.event(InboundKind::Message(said))])
}

fn reacted(scene: &Scene<'_>, reaction: &Value) -> Result<Vec<Read>, KeptWhy> {
    let target = json::id(reaction, "mid").ok_or(KeptWhy::NoId)?;
    let taken_back = json::text(reaction, "action").as_deref() == Some("unreact");
    let given = json::filled(reaction, "emoji").map(|emoji| emoji.chars().take(16).collect());
    let named = || match json::text(reaction, "reaction").unwrap_or_default().as_str() {
        "love" => "❤",
        "smile" => "😆",
        "wow" => "😮",
        "sad" => "😢",
        "angry" => "😠",
        "like" => "👍",
        "dislike" => "👎",
        // A reaction that we have no sign for is shown as a star.
        _ => "⭐",
    };
    let emoji = (!taken_back).then(|| given.unwrap_or_else(|| named().to_owned()));
    Ok(vec![scene.event(InboundKind::Reaction { target, emoji, at: scene.at, by_us: scene.by_us })])
}

fn opted(scene: &Scene<'_>, optin: &Value) -> Result<Vec<Read>, KeptWhy> {
    let word = |key: &str| json::text(optin, key).unwrap_or_default();
    if word("type") != "notification_messages" {
        return Ok(vec![arrived(scene, "optin", optin)]);
    }
    let stop = match word("notification_messages_status").as_str() {
        "STOP_NOTIFICATIONS" => true,
        // A first consent comes without the word.
        "" | "RESUME_NOTIFICATIONS" => false,
        _ => return Err(KeptWhy::UnknownKind),
    };
    Ok(vec![scene.event(InboundKind::MarketingPreference { stop, at: scene.at })])
}

/// Somebody came through a link, an ad or a plugin and wrote nothing: that opens the conversation.
fn arrived(scene: &Scene<'_>, kind: &str, came: &Value) -> Read {
    let payload = json::filled(came, "ref");
    let title =
        payload.clone().or_else(|| json::short(came, "source", 64)).unwrap_or_else(|| kind.to_owned());
    let id = scene.made_id(kind, &title);
    let mut said = scene.message(id, Content::QuickReply { title, body: None, payload }.into());
    said.referral = Some(referral(came));
    scene.event(InboundKind::Message(said))
}

/// How somebody came.
fn referral(given: &Value) -> Referral {
    let context = given.get("ads_context_data").unwrap_or(&Value::Null);
    let text = |key: &str| json::short(given, key, 2048);
    let product = given.get("product").and_then(|product| json::id(product, "id"));
    Referral {
        source_url: text("referer_uri"),
        source_id: text("ad_id").or_else(|| text("ref")),
        source_type: text("source").map(|source| source.to_ascii_lowercase()),
        headline: json::short(context, "ad_title", 2048),
        body: None,
        media_url: json::short(context, "photo_url", 2048)
            .or_else(|| json::short(context, "video_url", 2048)),
        click_id: None,
        product,
    }
}
