//! What a person does on the phone, turned into events.

use axum::Router;
use bytes::Bytes;
use serde_json::{Value, json};

use super::config::{Account, Config};
use super::state::{Customer, Kept, State};
use super::{Meta, api, control};
use crate::phone::act::{Act, MediaKind, SharedKind};
use crate::phone::thread::{Bubble, Tick};
use crate::provider::{Line, Person, Provider, Refusal};
use crate::samples::Held;

/// The thumb that Messenger has as a sticker.
const THUMB: u64 = 369_239_263_222_822;

impl Meta {
    fn line_and_person(&self, line: &str, person: &str) -> Result<(Account, Customer), Refusal> {
        let state = self.state();
        let account = state.config.account(line).cloned();
        let account = account.ok_or_else(|| Refusal::new(format!("no account {line}")))?;
        let customer = state.kept.customers.get(person).cloned();
        Ok((account, customer.ok_or_else(|| Refusal::new(format!("no customer {person}")))?))
    }

    /// The window opens with what a person writes, taps or reacts to.
    fn came(&self, person: &str) {
        let now = self.sim.now_ms();
        if let Some(customer) = self.state().kept.customers.get_mut(person) {
            customer.last_inbound_at = Some(now);
        }
    }

    /// A message of a person; gets an id where it has none, which is given back.
    pub fn write(&self, account: &str, person: &str, mut message: Value, mut bubble: Bubble) -> String {
        let mid = message["mid"].as_str().map_or_else(|| self.mid(), str::to_owned);
        message["mid"] = json!(mid);
        self.came(person);
        bubble.id.clone_from(&mid);
        self.show(account, person, bubble);
        let made = self.tell(account, person, json!({"message": message}));
        self.tick_when_delivered(account, person, &mid, made);
        mid
    }

    fn tick_when_delivered(&self, line: &str, person: &str, id: &str, made: super::events::Made) {
        let this = self.clone();
        let (line, person, id) = (line.to_owned(), person.to_owned(), id.to_owned());
        self.sim.spawn_aside(async move {
            for first in made {
                if first.await.is_ok_and(|attempt| attempt.status == Some(200)) {
                    this.change(&line, &person, &id, |bubble| {
                        if bubble.tick == Tick::Sent {
                            bubble.tick = Tick::Delivered;
                        }
                    });
                }
            }
        });
    }

    /// What the person says, what the own phone shows, and what it answers.
    fn draft(&self, act: Act) -> Result<(Value, Value, Option<String>), Refusal> {
        Ok(match act {
            Act::Text { text, quote } => {
                (json!({"text": text}), json!({"kind": "text", "text": text}), quote)
            }
            media @ Act::Media { .. } => self.media_draft(media)?,
            Act::Location { latitude, longitude, name, address, quote } if self.product.places => {
                let message = json!({"attachments": [{"type": "location", "title": name,
                    "payload": {"coordinates": {"lat": latitude, "long": longitude}}}]});
                let content = json!({"kind": "location", "latitude": latitude, "longitude": longitude,
                    "name": name, "address": address});
                (message, content, quote)
            }
            Act::Share { what, url, text } => self.share_draft(what, &url, text)?,
            _ => return Err(Refusal::new("this provider has nothing like it")),
        })
    }

    fn media_draft(&self, act: Act) -> Result<(Value, Value, Option<String>), Refusal> {
        let Act::Media { media, sample, base64, mime_type, file_name, caption, quote } = act else {
            return Err(Refusal::new("not a medium"));
        };
        if !self.product.media.contains(&media) {
            return Err(Refusal::new(format!("nobody can send {} here", media.word())));
        }
        let held = Held::brought(sample.as_deref(), base64.as_deref(), mime_type, file_name)?;
        let id = self.sim.random().digits(16);
        let url = format!("{}{}/files/{id}", self.sim.public_url(), self.product.root);
        let kind = match media {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Voice | MediaKind::Audio => "audio",
            MediaKind::Document => "file",
            MediaKind::Sticker => "sticker",
        };
        let mut payload = json!({"url": url});
        if media == MediaKind::Sticker {
            payload["sticker_id"] = json!(THUMB);
        }
        let mut message = json!({"attachments": [{"type": kind, "payload": payload}]});
        if let Some(caption) = &caption {
            message["text"] = json!(caption);
        }
        let content = held.shown(media, self.product.name, &id, caption.as_deref());
        self.state().files.insert(id, held);
        Ok((message, content, quote))
    }

    /// Something of the provider's own: a story, a post, a heart.
    fn share_draft(
        &self,
        what: SharedKind,
        url: &str,
        text: Option<String>,
    ) -> Result<(Value, Value, Option<String>), Refusal> {
        let instagram = !self.product.watermarks;
        let mut message = match what {
            SharedKind::StoryMention if instagram => {
                json!({"attachments": [{"type": "story_mention", "payload": {"url": url}}]})
            }
            SharedKind::StoryReply if instagram => {
                // Nobody answers a story without a word: the app offers signs for it.
                json!({"text": "😍", "reply_to": {"story": {"id": self.sim.random().digits(17), "url": url}}})
            }
            SharedKind::Heart if instagram => json!({"attachments": [{"type": "like_heart"}]}),
            SharedKind::Post if instagram => {
                let id = self.sim.random().digits(17);
                json!({"attachments": [{"type": "ig_post", "payload": {"ig_post_media_id": id, "url": url}}]})
            }
            SharedKind::Reel if instagram => {
                let id = self.sim.random().digits(17);
                json!({"attachments": [{"type": "ig_reel", "payload": {"reel_video_id": id, "url": url}}]})
            }
            SharedKind::Post => json!({"attachments": [{"type": "post", "payload": {"url": url}}]}),
            SharedKind::Reel => json!({"attachments": [{"type": "reel", "payload": {"url": url}}]}),
            SharedKind::Link if !instagram => {
                json!({"attachments": [{"type": "fallback", "title": url, "url": url}], "text": url})
            }
            _ => return Err(Refusal::new("this provider has nothing like it")),
        };
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            message["text"] = json!(text);
        }
        let content = super::shown::incoming(&message);
        Ok((message, content, None))
    }

    /// A quick reply is a message of its own; a button of a template is told as such.
    fn press(&self, account: &str, person: &str, to: &str, payload: &str, title: &str) -> String {
        let quick = {
            let state = self.state();
            let sent = state.sent.iter().find(|body| body["mid"] == to);
            sent.is_none_or(|body| body["message"]["quick_replies"].is_array())
        };
        let mut bubble = Bubble::new("", true, self.sim.now_ms(), json!({"kind": "text", "text": title}));
        bubble.quote = Some(to.to_owned());
        if quick {
            let message = json!({"text": title, "quick_reply": {"payload": payload}});
            return self.write(account, person, message, bubble);
        }
        let mid = self.mid();
        self.came(person);
        bubble.id.clone_from(&mid);
        self.show(account, person, bubble);
        let made =
            self.tell(account, person, json!({"postback": {"mid": mid, "title": title, "payload": payload}}));
        self.tick_when_delivered(account, person, &mid, made);
        mid
    }

    fn reacted(&self, account: &str, person: &str, to: &str, emoji: &str) {
        let mut reaction = json!({"mid": to, "action": if emoji.is_empty() { "unreact" } else { "react" }});
        if !emoji.is_empty() {
            let name = match emoji {
                "❤" | "❤️" => "love",
                "😆" => "smile",
                "😮" => "wow",
                "😢" => "sad",
                "😠" => "angry",
                "👍" => "like",
                "👎" => "dislike",
                _ => "other",
            };
            reaction["reaction"] = json!(name);
            reaction["emoji"] = json!(emoji);
        }
        self.tell(account, person, json!({"reaction": reaction}));
        let emoji = Some(emoji.to_owned()).filter(|emoji| !emoji.is_empty());
        self.change(account, person, to, |bubble| bubble.my_reaction = emoji);
    }

    fn edited(&self, account: &str, person: &str, to: &str, text: &str) {
        self.tell(account, person, json!({"message_edit": {"mid": to, "text": text, "num_edit": 1}}));
        self.change(account, person, to, |bubble| {
            bubble.content = json!({"kind": "text", "text": text});
            bubble.edited = true;
        });
    }

    fn revoked(&self, account: &str, person: &str, to: &str) {
        self.tell(account, person, json!({"message": {"mid": to, "is_deleted": true}}));
        self.change(account, person, to, |bubble| bubble.revoked = true);
    }

    /// Adds or changes a person.
    pub fn save_customer(&self, asked: &Value) -> Result<Customer, Refusal> {
        let given = ["id", "wa_id", "user_id"].iter().find_map(|name| asked[*name].as_str());
        let id = given.map_or_else(|| self.sim.random().digits(17), str::to_owned);
        let mut state = self.state();
        let known = state.kept.customers.get(&id).cloned();
        let mut customer = known.unwrap_or(Customer { id: id.clone(), ..Customer::default() });
        if let Some(name) = asked["name"].as_str().filter(|name| !name.trim().is_empty()) {
            customer.named(name);
        }
        if customer.first_name.is_empty() {
            return Err(Refusal::new("a name is needed"));
        }
        if let Some(username) = asked["username"].as_str() {
            username.clone_into(&mut customer.username);
        }
        let flag = |name: &str| asked[name].as_bool();
        let blocked = flag("blocked").or_else(|| flag("reachable").map(|on| !on));
        let silent = flag("silent").or_else(|| flag("receipts").map(|on| !on));
        customer.blocked = blocked.unwrap_or(customer.blocked);
        customer.silent = silent.unwrap_or(customer.silent);
        customer.private = flag("private").unwrap_or(customer.private);
        if let Some(at) = asked["last_inbound_at"].as_i64() {
            customer.last_inbound_at = Some(at);
        }
        state.kept.customers.insert(id, customer.clone());
        Ok(customer)
    }

    fn person(&self, customer: &Customer) -> Person {
        let handle = Some(&customer.username).filter(|name| !name.is_empty());
        Person {
            provider: self.product.name,
            id: customer.id.clone(),
            name: customer.name(),
            display: handle.map(|name| format!("@{name}")).unwrap_or_default(),
            receipts: !customer.silent,
            reachable: !customer.blocked,
        }
    }
}

impl Provider for Meta {
    fn name(&self) -> &'static str {
        self.product.name
    }

    fn api(&self) -> Router {
        api::routes(self.clone())
    }

    fn control(&self) -> Router {
        control::routes(self.clone())
    }

    fn lines(&self) -> Vec<Line> {
        let line = |account: &Account| Line {
            provider: self.product.name,
            id: account.id.clone(),
            display: match &account.username {
                Some(username) => format!("@{username}"),
                None => "Messenger".to_owned(),
            },
            name: account.name.clone(),
        };
        self.state().config.accounts.iter().map(line).collect()
    }

    fn people(&self) -> Vec<Person> {
        self.state().kept.customers.values().map(|customer| self.person(customer)).collect()
    }

    fn save_person(&self, asked: &Value) -> Result<Person, Refusal> {
        self.save_customer(asked).map(|customer| self.person(&customer))
    }

    fn act(&self, line: &str, who: &str, act: Act) -> Result<String, Refusal> {
        let (account, customer) = self.line_and_person(line, who)?;
        let (account, person) = (account.id.as_str(), customer.id.as_str());
        match act {
            Act::Press { to, id, title, .. } => Ok(self.press(account, person, &to, &id, &title)),
            Act::React { to, emoji } => {
                self.reacted(account, person, &to, &emoji);
                Ok(to)
            }
            Act::Edit { to, text } => {
                self.edited(account, person, &to, &text);
                Ok(to)
            }
            Act::Revoke { to } => {
                self.revoked(account, person, &to);
                Ok(to)
            }
            Act::Play { to } => Ok(to),
            other => {
                let (mut message, content, quote) = self.draft(other)?;
                if let Some(quote) = &quote {
                    message["reply_to"] = json!({"mid": quote, "is_self_reply": false});
                }
                let mut bubble = Bubble::new("", true, self.sim.now_ms(), content);
                bubble.quote = quote;
                Ok(self.write(account, person, message, bubble))
            }
        }
    }

    fn media(&self, id: &str) -> Option<(String, Bytes)> {
        self.state().files.get(id).map(|held| (held.mime_type.clone(), held.bytes.clone()))
    }

    fn config(&self) -> Value {
        json!(self.state().config)
    }

    fn set_config(&self, config: Value) -> Result<(), Refusal> {
        let config = Config::read(self.product, config).map_err(Refusal::new)?;
        self.state().config = config;
        Ok(())
    }

    fn snapshot(&self) -> Value {
        json!(self.state().kept)
    }

    fn restore(&self, snapshot: Value) -> Result<(), Refusal> {
        // A state file of before this provider was played holds nothing of it.
        if snapshot.is_null() {
            return Ok(());
        }
        let kept: Kept = serde_json::from_value(snapshot).map_err(|error| Refusal::new(error.to_string()))?;
        self.state().kept = kept;
        Ok(())
    }

    fn reset(&self) {
        let fresh = State::begun(self.product, self.sim.now_ms());
        let mut state = self.state();
        let (config, subscriptions) = (state.config.clone(), std::mem::take(&mut state.kept.subscriptions));
        // Where events go is the app's own setting.
        *state =
            State { config, kept: Kept { subscriptions, ..fresh.kept }, ..State::begun(self.product, 0) };
    }
}
