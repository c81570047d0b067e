//! What a customer does on the phone, turned into updates.

use axum::Router;
use bytes::Bytes;
use serde_json::{Value, json};

use super::config::{Bot, Config};
use super::state::{Customer, Kept, State};
use super::{NAME, Telegram, api, bubble_id, control, message_of};
use crate::journal::Attempt;
use crate::phone::act::{Act, MediaKind};
use crate::phone::thread::{Bubble, Tick};
use crate::provider::{Line, Person, Provider, Refusal};
use crate::samples::Held;
use crate::sync::lock;

/// A message of a customer, before it is addressed: what it says, and what its own phone shows.
struct Draft {
    message: Value,
    content: Value,
    quote: Option<String>,
}

impl Telegram {
    fn line_and_person(&self, line: &str, person: &str) -> Result<(Bot, Customer), Refusal> {
        let state = lock(&self.state);
        let bot = state.bot(line).cloned().ok_or_else(|| Refusal::new(format!("no bot {line}")))?;
        let customer = state.customer(person).cloned();
        Ok((bot, customer.ok_or_else(|| Refusal::new(format!("no customer {person}")))?))
    }

    /// A message of a customer with whatever it has; fills in id, time, chat and author. Gives the phone's id of it.
    pub fn write(&self, bot: &Bot, customer: &Customer, mut message: Value, mut bubble: Bubble) -> String {
        let id = message["message_id"].as_i64().unwrap_or_else(|| self.next_message());
        let now = self.sim.now_ms();
        let usual = [
            ("message_id", json!(id)),
            ("date", json!(now / 1000)),
            ("chat", customer.chat()),
            ("from", customer.user()),
        ];
        for (name, value) in usual {
            if message.get(name).is_none() {
                message[name] = value;
            }
        }
        let (key, person) = (bubble_id(customer.id, id), customer.id.to_string());
        bubble.id.clone_from(&key);
        self.show(bot.id(), &person, bubble);
        // Written to an account of the business that shares its chats with the bot.
        let shared = message.get("business_connection_id").is_some();
        let kind = if shared { "business_message" } else { "message" };
        let made = self.update(bot.id(), Some(&person), kind, &message);
        self.tick_when_delivered(bot.id(), &person, &key, made);
        key
    }

    fn tick_when_delivered(
        &self,
        line: &str,
        person: &str,
        id: &str,
        made: Vec<tokio::sync::oneshot::Receiver<Attempt>>,
    ) {
        let this = self.clone();
        let (line, person, id) = (line.to_owned(), person.to_owned(), id.to_owned());
        self.sim.spawn_aside(async move {
            for first in made {
                if first.await.is_ok_and(|attempt| attempt.status == Some(200)) {
                    this.change(&line, &person, &id, |bubble| bubble.tick = Tick::Delivered);
                }
            }
        });
    }

    fn draft(&self, act: Act) -> Result<Draft, Refusal> {
        Ok(match act {
            Act::Text { text, quote } => Draft {
                message: json!({"text": text}),
                content: json!({"kind": "text", "text": text}),
                quote,
            },
            media @ Act::Media { .. } => self.media_draft(media)?,
            Act::Location { latitude, longitude, name, address, quote } => {
                let point = json!({"latitude": latitude, "longitude": longitude});
                let mut message = json!({"location": point});
                if name.is_some() || address.is_some() {
                    message["venue"] = json!({"location": point, "title": name, "address": address});
                }
                let content = json!({"kind": "location", "latitude": latitude, "longitude": longitude,
                    "name": name, "address": address});
                Draft { message, content, quote }
            }
            Act::Contact { name, phone } => {
                let message = json!({"contact": {"phone_number": phone, "first_name": name}});
                let card = json!([{"name": {"formatted_name": name}, "phones": [{"phone": phone}]}]);
                Draft { message, content: json!({"kind": "contacts", "contacts": card}), quote: None }
            }
            _ => return Err(Refusal::new("Telegram has nothing like this")),
        })
    }

    fn media_draft(&self, act: Act) -> Result<Draft, Refusal> {
        let Act::Media { media, sample, base64, mime_type, file_name, caption, quote } = act else {
            return Err(Refusal::new("not a medium"));
        };
        let held = Held::brought(sample.as_deref(), base64.as_deref(), mime_type, file_name)?;
        let field = match media {
            MediaKind::Image => "photo",
            MediaKind::Video => "video",
            MediaKind::Voice => "voice",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
        };
        let (mime_type, name, size) = (held.mime_type.clone(), held.name.clone(), held.bytes.len());
        let id = self.keep(held.clone());
        let mut part = json!({"file_id": id, "file_unique_id": format!("u{id}"), "file_size": size,
            "mime_type": mime_type});
        match media {
            MediaKind::Image => {
                part = json!([{"file_id": id, "file_unique_id": format!("u{id}"), "width": 1280,
                "height": 960, "file_size": size}]);
            }
            MediaKind::Sticker => {
                part["is_animated"] = json!(false);
                part["is_video"] = json!(false);
            }
            MediaKind::Document => part["file_name"] = json!(name),
            _ => part["duration"] = json!(3),
        }
        let mut message = json!({field: part});
        if let Some(caption) = &caption {
            message["caption"] = json!(caption);
        }
        let content = held.shown(media, NAME, &id, caption.as_deref());
        Ok(Draft { message, content, quote })
    }

    /// A button under a message of the bot.
    fn press(&self, bot: &Bot, customer: &Customer, to: &str, data: &str) -> Result<String, Refusal> {
        let id = message_of(to).ok_or_else(|| Refusal::new("no such message"))?;
        let sent = lock(&self.state).sent.iter().find(|message| message["message_id"] == id).cloned();
        let message = sent.unwrap_or_else(|| json!({"message_id": id, "date": 0, "chat": customer.chat()}));
        let query = json!({"id": self.sim.random().digits(18), "from": customer.user(), "chat_instance": "1",
            "data": data, "message": message});
        self.update(bot.id(), Some(&customer.id.to_string()), "callback_query", &query);
        Ok(to.to_owned())
    }

    fn reacted(&self, bot: &Bot, customer: &Customer, to: &str, emoji: &str) {
        let given: Vec<Value> =
            if emoji.is_empty() { Vec::new() } else { vec![json!({"type": "emoji", "emoji": emoji})] };
        let update = json!({"chat": customer.chat(), "message_id": message_of(to), "user": customer.user(),
            "date": self.sim.now_ms() / 1000, "old_reaction": [], "new_reaction": given});
        self.update(bot.id(), Some(&customer.id.to_string()), "message_reaction", &update);
        let emoji = Some(emoji.to_owned()).filter(|emoji| !emoji.is_empty());
        self.change(bot.id(), &customer.id.to_string(), to, |bubble| bubble.my_reaction = emoji);
    }

    fn edited(&self, bot: &Bot, customer: &Customer, to: &str, text: &str) {
        let now = self.sim.now_ms() / 1000;
        let update = json!({"message_id": message_of(to), "date": now, "edit_date": now,
            "chat": customer.chat(), "from": customer.user(), "text": text});
        self.update(bot.id(), Some(&customer.id.to_string()), "edited_message", &update);
        self.change(bot.id(), &customer.id.to_string(), to, |bubble| {
            bubble.content = json!({"kind": "text", "text": text});
            bubble.edited = true;
        });
    }

    /// Adds or changes a customer; one who blocks or comes back is told to every bot.
    pub fn save_customer(&self, asked: &Value) -> Result<Customer, Refusal> {
        let given = asked.get("id").or_else(|| asked.get("wa_id")).unwrap_or(&Value::Null);
        let id: Option<i64> = given.as_i64().or_else(|| given.as_str()?.parse().ok());
        let id = id.unwrap_or_else(|| {
            5_000_000_000 + i64::try_from(self.sim.random().next() % 60_000).unwrap_or_default()
        });
        let known = lock(&self.state).kept.customers.get(&id).cloned();
        let was_blocked = known.as_ref().is_some_and(|known| known.blocked);
        let mut customer = known.unwrap_or(Customer { id, ..Customer::default() });
        if let Some(name) = asked["name"].as_str().filter(|name| !name.trim().is_empty()) {
            let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
            first.clone_into(&mut customer.first_name);
            customer.last_name = Some(last.to_owned()).filter(|last| !last.is_empty());
        }
        for (name, slot) in [("username", &mut customer.username), ("phone", &mut customer.phone)] {
            if let Some(value) = asked[name].as_str() {
                *slot = Some(value.to_owned());
            }
        }
        let blocked = asked["blocked"].as_bool().or_else(|| asked["reachable"].as_bool().map(|on| !on));
        customer.blocked = blocked.unwrap_or(customer.blocked);
        if customer.first_name.is_empty() {
            return Err(Refusal::new("a name is needed"));
        }
        let bots: Vec<Bot> = {
            let mut state = lock(&self.state);
            state.kept.customers.insert(id, customer.clone());
            state.config.bots.clone()
        };
        if was_blocked != customer.blocked {
            for bot in bots {
                self.tell_membership(&bot, &customer);
            }
        }
        Ok(customer)
    }

    fn tell_membership(&self, bot: &Bot, customer: &Customer) {
        let user = json!({"id": bot.id().parse::<i64>().unwrap_or_default(), "is_bot": true,
            "first_name": bot.name});
        let status =
            |blocked: bool| json!({"status": if blocked { "kicked" } else { "member" }, "user": user});
        let update = json!({"chat": customer.chat(), "from": customer.user(), "date": self.sim.now_ms() / 1000,
            "old_chat_member": status(!customer.blocked), "new_chat_member": status(customer.blocked)});
        self.update(bot.id(), Some(&customer.id.to_string()), "my_chat_member", &update);
    }
}

impl Provider for Telegram {
    fn name(&self) -> &'static str {
        NAME
    }

    fn api(&self) -> Router {
        api::routes(self.clone())
    }

    fn control(&self) -> Router {
        control::routes(self.clone())
    }

    fn lines(&self) -> Vec<Line> {
        let line = |bot: &Bot| Line {
            provider: NAME,
            id: bot.id().to_owned(),
            display: format!("@{}", bot.username),
            name: bot.name.clone(),
        };
        lock(&self.state).config.bots.iter().map(line).collect()
    }

    fn people(&self) -> Vec<Person> {
        lock(&self.state).kept.customers.values().map(person).collect()
    }

    fn save_person(&self, asked: &Value) -> Result<Person, Refusal> {
        self.save_customer(asked).map(|customer| person(&customer))
    }

    fn act(&self, line: &str, who: &str, act: Act) -> Result<String, Refusal> {
        let (bot, customer) = self.line_and_person(line, who)?;
        match act {
            Act::Press { to, id, .. } => self.press(&bot, &customer, &to, &id),
            Act::React { to, emoji } => {
                self.reacted(&bot, &customer, &to, &emoji);
                Ok(to)
            }
            Act::Edit { to, text } => {
                self.edited(&bot, &customer, &to, &text);
                Ok(to)
            }
            Act::Play { to } => Ok(to),
            other => {
                let draft = self.draft(other)?;
                let mut message = draft.message;
                if let Some(quote) = draft.quote.as_deref().and_then(message_of) {
                    message["reply_to_message"] = json!({"message_id": quote, "chat": customer.chat(),
                        "date": self.sim.now_ms() / 1000});
                }
                let mut bubble = Bubble::new("", true, self.sim.now_ms(), draft.content);
                bubble.quote = draft.quote;
                Ok(self.write(&bot, &customer, message, bubble))
            }
        }
    }

    fn media(&self, id: &str) -> Option<(String, Bytes)> {
        lock(&self.state).files.get(id).map(|held| (held.mime_type.clone(), held.bytes.clone()))
    }

    fn config(&self) -> Value {
        json!(lock(&self.state).config)
    }

    fn set_config(&self, config: Value) -> Result<(), Refusal> {
        let config = Config::read(config).map_err(Refusal::new)?;
        lock(&self.state).config = config;
        Ok(())
    }

    fn snapshot(&self) -> Value {
        json!(lock(&self.state).kept)
    }

    fn restore(&self, snapshot: Value) -> Result<(), Refusal> {
        // A state file of before this provider was played holds nothing of it.
        if snapshot.is_null() {
            return Ok(());
        }
        let kept: Kept = serde_json::from_value(snapshot).map_err(|error| Refusal::new(error.to_string()))?;
        lock(&self.state).kept = kept;
        Ok(())
    }

    fn reset(&self) {
        let mut state = lock(&self.state);
        let (config, webhooks) = (state.config.clone(), std::mem::take(&mut state.kept.webhooks));
        let messages = state.kept.messages;
        *state = State { config, ..State::default() };
        // Where updates go is the bot's own setting, and ids of before must not come again.
        state.kept.webhooks = webhooks;
        state.kept.messages = messages;
    }
}

fn person(customer: &Customer) -> Person {
    Person {
        provider: NAME,
        id: customer.id.to_string(),
        name: customer.name(),
        display: customer.username.as_ref().map(|name| format!("@{name}")).unwrap_or_default(),
        receipts: false,
        reachable: !customer.blocked,
    }
}
