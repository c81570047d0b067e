//! Messages of bots: checked, shown on the phone, answered as the provider does.

use serde_json::{Value, json};

use super::answer::{Answered, Refused};
use super::api::Call;
use super::config::Bot;
use super::state::Customer;
use super::{Telegram, bubble_id};
use crate::phone::thread::{Bubble, Tick};
use crate::samples::Held;
use crate::sync::lock;

/// Longest text and caption, in UTF-16 units.
const TEXT: usize = 4096;
const CAPTION: usize = 1024;
/// Bytes of a picture.
const PICTURE: usize = 10 * 1024 * 1024;
/// Bytes of what a button sends back.
const CALLBACK: usize = 64;
/// Emoji that may be reactions; the provider has more.
const REACTIONS: &[&str] =
    &["👍", "👎", "❤", "❤️", "🔥", "🥰", "👏", "😁", "🤔", "🎉", "🙏", "👌", "😍", "💯", "😢"];

/// Methods that send a file, the member that holds it, and what the phone calls it.
const FILES: &[(&str, &str, &str)] = &[
    ("sendPhoto", "photo", "image"),
    ("sendAnimation", "animation", "video"),
    ("sendVideo", "video", "video"),
    ("sendAudio", "audio", "audio"),
    ("sendVoice", "voice", "voice"),
    ("sendDocument", "document", "document"),
    ("sendSticker", "sticker", "sticker"),
];

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Telegram {
    /// Any `send…` method.
    pub fn send(&self, bot: &Bot, method: &str, call: Call) -> Answered {
        let customer = self.recipient(&call.parameters)?;
        self.within_rate(bot)?;
        let (result, content) = self.message(method, &call.parameters, call.file)?;
        let id = self.next_message();
        let now = self.sim.now_ms();
        let mut message = json!({
            "message_id": id, "date": now / 1000, "chat": customer.chat(),
            "from": {"id": bot.id().parse::<i64>().unwrap_or_default(), "is_bot": true, "first_name": bot.name,
                     "username": bot.username},
        });
        if let Some(connection) = call.parameters["business_connection_id"].as_str() {
            message["business_connection_id"] = connection.into();
        }
        if let (Some(message), Some(result)) = (message.as_object_mut(), result.as_object()) {
            message.extend(result.clone());
        }
        let mut bubble = Bubble::new(&bubble_id(customer.id, id), false, now, content);
        bubble.tick = Tick::Delivered;
        bubble.quote =
            call.parameters["reply_parameters"]["message_id"].as_i64().map(|to| bubble_id(customer.id, to));
        self.show(bot.id(), &customer.id.to_string(), bubble);
        lock(&self.state).sent.push(message.clone());
        Ok(message)
    }

    fn recipient(&self, parameters: &Value) -> Result<Customer, Refused> {
        let chat = &parameters["chat_id"];
        let chat = chat.as_i64().or_else(|| chat.as_str()?.parse().ok());
        let customer = chat.and_then(|id| lock(&self.state).kept.customers.get(&id).cloned());
        let customer = customer.ok_or_else(|| Refused::bad("chat not found"))?;
        if customer.blocked { Err(Refused::usual(403)) } else { Ok(customer) }
    }

    fn within_rate(&self, bot: &Bot) -> Result<(), Refused> {
        let second = self.sim.now_ms() / 1000;
        let mut state = lock(&self.state);
        let limit = state.config.per_second;
        let rate = state.rates.entry(bot.id().to_owned()).or_default();
        if rate.0 != second {
            *rate = (second, 0);
        }
        rate.1 += 1;
        if rate.1 > limit { Err(Refused::flood(1)) } else { Ok(()) }
    }

    /// What the answer says beside its frame, and what the phone shows.
    fn message(
        &self,
        method: &str,
        parameters: &Value,
        file: Option<(String, Held)>,
    ) -> Result<(Value, Value), Refused> {
        if let Some((_, field, shown)) = FILES.iter().find(|(known, _, _)| *known == method) {
            return self.with_file(field, shown, parameters, file);
        }
        match method {
            "sendMessage" => text(parameters),
            "sendLocation" | "sendVenue" => {
                let place = json!({"latitude": parameters["latitude"], "longitude": parameters["longitude"]});
                if !place["latitude"].is_number() || !place["longitude"].is_number() {
                    return Err(Refused::bad("invalid coordinates"));
                }
                let content = json!({"kind": "location", "latitude": place["latitude"],
                    "longitude": place["longitude"], "name": parameters["title"],
                    "address": parameters["address"]});
                Ok((json!({"location": place}), content))
            }
            "sendContact" => {
                let phone = parameters["phone_number"].as_str().filter(|phone| !phone.is_empty());
                let phone = phone.ok_or_else(|| Refused::bad("phone number must be non-empty"))?;
                let names = ["first_name", "last_name"].map(|key| parameters[key].as_str());
                let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let card = json!([{"name": {"formatted_name": name}, "phones": [{"phone": phone}]}]);
                Ok((
                    json!({"contact": {"phone_number": phone, "first_name": name}}),
                    json!({"kind": "contacts", "contacts": card}),
                ))
            }
            _ => Err(Refused::usual(404)),
        }
    }

    fn with_file(
        &self,
        field: &str,
        shown: &str,
        parameters: &Value,
        file: Option<(String, Held)>,
    ) -> Result<(Value, Value), Refused> {
        let caption = parameters["caption"].as_str();
        if caption.is_some_and(|caption| units(caption) > CAPTION) {
            return Err(Refused::bad("message caption is too long"));
        }
        let id = match file {
            Some((name, held)) if name == field => {
                if field == "photo" && held.bytes.len() > PICTURE {
                    return Err(Refused::bad("file is too big"));
                }
                self.keep(held)
            }
            _ => parameters[field].as_str().unwrap_or_default().to_owned(),
        };
        let held = lock(&self.state).files.get(&id).cloned();
        let held = held.ok_or_else(|| Refused::bad("wrong file identifier/HTTP URL specified"))?;
        let part = json!({"file_id": id, "file_unique_id": format!("u{id}"), "file_size": held.bytes.len(),
            "mime_type": held.mime_type});
        let result = if field == "photo" { json!({"photo": [part]}) } else { json!({field: part}) };
        let content = json!({
            "kind": "media", "media": shown, "src": format!("/phone/media/telegram/{id}"), "caption": caption,
            "file_name": held.name, "mime_type": held.mime_type,
        });
        Ok((result, content))
    }

    /// Keeps a file and gives its id.
    pub fn keep(&self, held: Held) -> String {
        let id = format!("AgAC{}", self.sim.random().hex(12));
        lock(&self.state).files.insert(id.clone(), held);
        id
    }

    /// A reaction of the bot.
    pub fn react(&self, bot: &Bot, parameters: &Value) -> Answered {
        let customer = self.recipient(parameters)?;
        let emoji = parameters["reaction"][0]["emoji"].as_str().map(str::to_owned);
        if emoji.as_deref().is_some_and(|emoji| !REACTIONS.contains(&emoji)) {
            return Err(Refused::bad("REACTION_INVALID"));
        }
        let target = bubble_id(customer.id, parameters["message_id"].as_i64().unwrap_or_default());
        if self.sim.threads().find(&target).is_none() {
            return Err(Refused::bad("message to react not found"));
        }
        self.change(bot.id(), &customer.id.to_string(), &target, |bubble| bubble.their_reaction = emoji);
        Ok(json!(true))
    }
}

fn text(parameters: &Value) -> Result<(Value, Value), Refused> {
    let text = parameters["text"].as_str().unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Refused::bad("message text is empty"));
    }
    if units(text) > TEXT {
        return Err(Refused::bad("message is too long"));
    }
    let keyboard = parameters["reply_markup"]["inline_keyboard"].as_array();
    let buttons: Vec<&Value> = keyboard.into_iter().flatten().filter_map(Value::as_array).flatten().collect();
    if buttons
        .iter()
        .any(|b| b["callback_data"].as_str().is_some_and(|data| data.is_empty() || data.len() > CALLBACK))
    {
        return Err(Refused::bad("BUTTON_DATA_INVALID"));
    }
    let result = json!({"text": text, "reply_markup": parameters["reply_markup"]});
    let reply = |b: &&Value| {
        let data = b["callback_data"].as_str()?;
        Some(json!({"type": "reply", "reply": {"id": data, "title": b["text"]}}))
    };
    let replies: Vec<Value> = buttons.iter().filter_map(reply).collect();
    let content = if let Some(link) = buttons.iter().find(|b| b["url"].is_string()) {
        json!({"kind": "interactive", "interactive": {"type": "cta_url", "body": {"text": text}, "action":
            {"parameters": {"display_text": link["text"], "url": link["url"]}}}})
    } else if parameters["reply_markup"]["keyboard"][0][0]["request_location"] == true {
        json!({"kind": "interactive", "interactive": {"type": "location_request_message",
            "body": {"text": text}, "action": {"name": "send_location"}}})
    } else if replies.is_empty() {
        json!({"kind": "text", "text": text})
    } else {
        json!({"kind": "interactive", "interactive": {"type": "button", "body": {"text": text},
            "action": {"buttons": replies}}})
    };
    Ok((result, content))
}
