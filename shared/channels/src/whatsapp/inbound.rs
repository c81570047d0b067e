//! Messages, echoes and preferences as events of persons.

use serde_json::Value;

use colibri_domain::inbound::{Identity, InboundKind, InboundMessage};
use colibri_domain::message::Referral;

use super::envelope::Context;
use super::identity::{Names, complete, shared_phone};
use super::parts;
use crate::json;
use crate::part::Part;
use crate::webhook::{KeptWhy, ParsedEvent};

/// An event, or why there is none.
pub(super) type Read = Result<ParsedEvent, KeptWhy>;

/// Words of a message's `type`, with sub-types after a slash, that we read.
pub const INBOUND_TYPES: &[&str] = &[
    "text",
    "image",
    "video",
    "document",
    "audio",
    "voice",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "button",
    "interactive/button_reply",
    "interactive/list_reply",
    "interactive/nfm_reply",
    "order",
    "system/user_changed_number",
    "system/customer_identity_changed",
    "unsupported",
    "edit",
    "revoke",
    "referral",
    "context/forwarded",
    "context/referred_product",
    "context/reply",
    "contacts/contact_request",
    "echo",
    "unknown",
];

/// An element of `messages`.
pub(super) fn message(raw: &str, context: &Context<'_>) -> Read {
    let message = object(raw)?;
    let named = sender(&message);
    // Some senders of echoes put them among the messages.
    if context.ours.is_some() && named.phone.as_deref() == context.ours {
        return echo(raw, context);
    }
    let mut from = complete(named, context.people).ok_or(KeptWhy::NoPerson)?;
    if let Some(phone) = answered_phone(&message) {
        learn_phone(&mut from, phone);
    }
    event(raw, &message, from, context, false)
}

/// An element of `message_echoes`: written by us in the provider's own app. The customer is whichever side is not
/// our number.
pub(super) fn echo(raw: &str, context: &Context<'_>) -> Read {
    let message = object(raw)?;
    let to = Names::read(&message, &["to"], &["to_user_id", "recipient_user_id"], &["to_parent_user_id"]);
    let from = sender(&message);
    let is_ours = |names: &Names| names.phone.is_some() && names.phone.as_deref() == context.ours;
    let customer = if is_ours(&to) && !is_ours(&from) { from } else { to };
    let customer = complete(customer, context.people).ok_or(KeptWhy::NoPerson)?;
    event(raw, &message, customer, context, true)
}

/// An element of `user_preferences`.
pub(super) fn preference(raw: &str, context: &Context<'_>) -> Read {
    let preference = object(raw)?;
    let named = Names::read(&preference, &["wa_id"], &["user_id"], &["parent_user_id"]);
    let from = complete(named, context.people).ok_or(KeptWhy::NoPerson)?;
    let stop =
        match (json::text(&preference, "category").as_deref(), json::text(&preference, "value").as_deref()) {
            (Some("marketing_messages"), Some("stop")) => true,
            (Some("marketing_messages"), Some("resume" | "signup")) => false,
            _ => return Err(KeptWhy::UnknownKind),
        };
    let kind =
        InboundKind::MarketingPreference { stop, at: json::seconds(&preference, "timestamp", context.now) };
    Ok(ParsedEvent { from, kind, place: 0 })
}

fn object(raw: &str) -> Result<Value, KeptWhy> {
    json::object(raw).map(|_| json::value(raw)).ok_or(KeptWhy::Unreadable)
}

fn sender(message: &Value) -> Names {
    Names::read(message, &["from"], &["from_user_id", "user_id"], &["from_parent_user_id", "parent_user_id"])
}

fn event(raw: &str, message: &Value, from: Identity, context: &Context<'_>, by_us: bool) -> Read {
    let type_name = json::filled(message, "type").unwrap_or_else(|| "unknown".to_owned());
    let at = json::seconds(message, "timestamp", context.now);
    let body = message.get(&type_name).unwrap_or(&Value::Null);
    let target = || json::id(body, "original_message_id");
    let kind = match type_name.as_str() {
        "reaction" => json::id(body, "message_id").map(|target| InboundKind::Reaction {
            target,
            emoji: json::filled(body, "emoji").map(|emoji| emoji.chars().take(16).collect()),
            at,
            by_us,
        }),
        "edit" => target().map(|target| {
            let edited = body.get("message").unwrap_or(&Value::Null);
            InboundKind::Edit { target, content: parts::read(edited).content, at }
        }),
        "revoke" => target().map(|target| InboundKind::Revoke { target, at }),
        "system" => Some(system(message, body, at)?),
        _ => None,
    };
    let kind = match kind {
        Some(kind) => kind,
        None => conversational(raw, message, &type_name, at, by_us)?,
    };
    Ok(ParsedEvent { from, kind, place: 0 })
}

fn conversational(
    raw: &str,
    message: &Value,
    type_name: &str,
    at: colibri_domain::Seconds,
    by_us: bool,
) -> Result<InboundKind, KeptWhy> {
    let provider_id = json::id(message, "id").ok_or(KeptWhy::NoId)?;
    // Our conversations have one person; a group's message must not look as if it were meant for us alone.
    let part = if json::filled(message, "group_id").is_some() {
        Part::unsupported("group")
    } else {
        parts::read(message)
    };
    let unread = matches!(part.content, colibri_domain::content::Content::Unsupported { .. });
    let context = message.get("context").unwrap_or(&Value::Null);
    let inbound = InboundMessage {
        provider_id,
        at,
        undated: false,
        content: part.content,
        media: part.media,
        reply_to: json::id(context, "id"),
        forwarded: json::flag(context, "forwarded") || json::flag(context, "frequently_forwarded"),
        referral: referral(message, context),
        raw: (unread || type_name == "unknown").then(|| json::kept_raw(raw)),
    };
    Ok(if by_us { InboundKind::Echo(inbound) } else { InboundKind::Message(inbound) })
}

/// A notice of the provider in the place of a message. What we do not know was not said by the person, and opens
/// nothing.
fn system(message: &Value, body: &Value, at: colibri_domain::Seconds) -> Result<InboundKind, KeptWhy> {
    let word = json::text(body, "type").unwrap_or_default();
    let new = Names::read(body, &["new_wa_id", "wa_id"], &["new_user_id", "user_id"], &["parent_user_id"]);
    if word.contains("changed")
        && !word.contains("identity")
        && let Some(new) = new.identity(None, None)
    {
        return Ok(InboundKind::IdentityChanged { new, at });
    }
    if word.contains("identity_changed") || message.get("identity").is_some() {
        return Ok(InboundKind::KeyChanged { at });
    }
    Err(KeptWhy::UnknownKind)
}

fn referral(message: &Value, context: &Value) -> Option<Referral> {
    let ad = message.get("referral").filter(|r| r.is_object());
    let product = context.get("referred_product").and_then(|p| json::id(p, "product_retailer_id"));
    if ad.is_none() && product.is_none() {
        return None;
    }
    let from_ad = |key: &str| ad.and_then(|ad| json::short(ad, key, 2048));
    Some(Referral {
        source_url: from_ad("source_url"),
        source_id: from_ad("source_id"),
        source_type: from_ad("source_type"),
        headline: from_ad("headline"),
        body: from_ad("body"),
        media_url: from_ad("image_url").or_else(|| from_ad("video_url")).or_else(|| from_ad("thumbnail_url")),
        click_id: from_ad("ctwa_clid"),
        product,
    })
}

/// The number on the card of somebody who answers our request for it.
fn answered_phone(message: &Value) -> Option<String> {
    let origin = json::text(message, "origin")?;
    let card = json::items(message, "contacts").first()?;
    origin.starts_with("contact_request").then(|| shared_phone(card)).flatten()
}

fn learn_phone(from: &mut Identity, phone: String) {
    if from.phone.is_some() {
        return;
    }
    for alias in [phone.clone(), super::identity::matching_form(&phone)] {
        if alias != from.id && !from.aliases.contains(&alias) {
            from.aliases.push(alias);
        }
    }
    from.phone = Some(phone);
}
