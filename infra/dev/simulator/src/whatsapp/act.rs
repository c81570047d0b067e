//! What a customer does on the phone, turned into webhooks.

use axum::Router;
use bytes::Bytes;
use serde_json::{Value, json};

use super::config::{Config, Number};
use super::state::{Customer, put};
use super::{NAME, WhatsApp, graph, media, play};
use crate::phone::act::{Act, MediaKind, Pressed};
use crate::phone::thread::{Bubble, Tick};
use crate::provider::{Line, Person, Provider, Refusal};
use crate::samples::Held;
use crate::sync::lock;

/// A message of a customer, before it is addressed.
struct Draft {
    message: Value,
    content: Option<Value>,
    quote: Option<String>,
}

impl Draft {
    fn new(message: Value, content: Value) -> Self {
        Self { message, content: Some(content), quote: None }
    }

    fn quoting(mut self, quote: Option<String>) -> Self {
        self.quote = quote;
        self
    }

    /// A message that shows no bubble of its own.
    fn unseen(message: Value) -> Self {
        Self { message, content: None, quote: None }
    }
}

impl WhatsApp {
    fn line_and_person(&self, line: &str, person: &str) -> Result<(Number, Customer), Refusal> {
        let state = lock(&self.state);
        let number = state.number(line).cloned().ok_or_else(|| Refusal::new(format!("no number {line}")))?;
        let customer =
            state.customer(person).cloned().ok_or_else(|| Refusal::new(format!("no customer {person}")))?;
        Ok((number, customer))
    }

    /// Fills in sender, id and time of a message where they are absent.
    pub fn address(&self, customer: &Customer, message: &mut Value) -> String {
        let id = message["id"].as_str().map_or_else(|| self.message_id(), str::to_owned);
        let defaults = [("id", Some(id.clone())), ("timestamp", Some(self.sim.clock().now_text()))];
        let sender = [
            ("from", customer.shown_number().map(str::to_owned)),
            ("from_user_id", customer.user_id.clone()),
            ("from_parent_user_id", customer.parent_user_id.clone()),
        ];
        for (name, value) in defaults.into_iter().chain(sender) {
            if message.get(name).is_none() {
                put(message, name, value.as_deref());
            }
        }
        id
    }

    /// Notes that a customer wrote: it opens the window and counts as traffic of the number.
    pub fn note_inbound(&self, number: &str, customer: &Customer, id: &str, kind: &str) {
        let now = self.sim.now_ms();
        let mut state = lock(&self.state);
        state.inbound.insert(id.to_owned(), (number.to_owned(), customer.id()));
        state.rates.count(number, now);
        let opens_window = kind != "reaction" && kind != "system";
        if let Some(known) = state.customers.get_mut(&customer.id()).filter(|_| opens_window) {
            known.last_inbound_at = Some(now);
        }
    }

    fn write(&self, line: &str, person: &str, draft: Draft) -> Result<String, Refusal> {
        let (number, customer) = self.line_and_person(line, person)?;
        let mut message = draft.message;
        if let Some(quote) = &draft.quote {
            let ours = self.sim.threads().find(quote).is_some_and(|(_, bubble)| !bubble.mine);
            let from = if ours { number.digits() } else { customer.id() };
            message["context"] = json!({"from": from, "id": quote});
        }
        let kind = message["type"].as_str().unwrap_or_default().to_owned();
        let id = self.address(&customer, &mut message);
        self.note_inbound(line, &customer, &id, &kind);
        if let Some(content) = draft.content {
            let mut bubble = Bubble::new(&id, true, self.sim.now_ms(), content);
            bubble.quote = draft.quote;
            self.show(line, &customer.id(), bubble);
        }
        let parts = json!({"contacts": [customer.contact()], "messages": [message]});
        let made = self.post_value(&number, &kind, Some(&customer.id()), &parts);
        self.tick_when_delivered(line, &customer.id(), &id, made);
        Ok(id)
    }

    fn tick_when_delivered(&self, line: &str, person: &str, id: &str, made: super::envelope::Made) {
        let this = self.clone();
        let (line, person, id) = (line.to_owned(), person.to_owned(), id.to_owned());
        self.sim.spawn_aside(async move {
            for (_, first) in made {
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

    /// The `image`, `audio` and so on of a message, for a medium that is kept here.
    pub fn medium_part(
        &self,
        number: &str,
        mime_type: &str,
        file_name: Option<&str>,
        bytes: Bytes,
    ) -> (String, Value) {
        let sha256 = media::digest(&bytes);
        let id = self.keep_medium(number, mime_type, file_name.map(str::to_owned), bytes, false);
        let url = self.media_url(&id, self.sim.now_ms());
        let part = json!({"id": id, "mime_type": mime_type, "sha256": sha256, "url": url});
        (id, part)
    }

    fn media_draft(&self, line: &str, act: Act) -> Result<Draft, Refusal> {
        let Act::Media { media, sample, base64, mime_type, file_name, caption, quote } = act else {
            return Err(Refusal::new("not a medium"));
        };
        let held = Held::brought(sample.as_deref(), base64.as_deref(), mime_type, file_name)?;
        let kind = match media {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Voice | MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
        };
        let name = held.name.as_deref();
        let (id, mut part) = self.medium_part(line, &held.mime_type, name, held.bytes.clone());
        match media {
            MediaKind::Voice => part["voice"] = json!(true),
            MediaKind::Audio => part["voice"] = json!(false),
            MediaKind::Sticker => part["animated"] = json!(false),
            MediaKind::Document => put(&mut part, "filename", name),
            MediaKind::Image | MediaKind::Video => {}
        }
        if kind != "audio" && kind != "sticker" {
            put(&mut part, "caption", caption.as_deref());
        }
        let content = held.shown(media, NAME, &id, caption.as_deref());
        Ok(Draft::new(json!({"type": kind, kind: part}), content).quoting(quote))
    }

    fn draft(&self, line: &str, act: Act) -> Result<Draft, Refusal> {
        Ok(match act {
            Act::Text { text, quote } => {
                let content = json!({"kind": "text", "text": text});
                Draft::new(json!({"type": "text", "text": {"body": text}}), content).quoting(quote)
            }
            media @ Act::Media { .. } => self.media_draft(line, media)?,
            Act::Location { latitude, longitude, name, address, quote } => {
                let mut place = json!({"latitude": latitude, "longitude": longitude});
                put(&mut place, "name", name.as_deref());
                put(&mut place, "address", address.as_deref());
                let mut content = place.clone();
                content["kind"] = json!("location");
                Draft::new(json!({"type": "location", "location": place}), content).quoting(quote)
            }
            Act::Contact { name, phone } => {
                let first = name.split_whitespace().next().unwrap_or_default();
                let digits = super::config::digits(&phone);
                let card = json!([{"name": {"formatted_name": name, "first_name": first},
                                   "phones": [{"phone": phone, "wa_id": digits, "type": "CELL"}]}]);
                let content = json!({"kind": "contacts", "contacts": card});
                Draft::new(json!({"type": "contacts", "contacts": card}), content)
            }
            Act::Press { to, id, title, description, on } => {
                pressed(&to, &id, &title, description.as_deref(), on)
            }
            Act::Form { to, fields } => {
                let response = Value::Object(fields).to_string();
                let reply = json!({"name": "flow", "body": "Sent", "response_json": response});
                let message =
                    json!({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}});
                Draft::new(message, json!({"kind": "text", "text": "✓"})).quoting(Some(to))
            }
            Act::React { to, emoji } => {
                let mut reaction = json!({"message_id": to});
                put(&mut reaction, "emoji", Some(emoji.as_str()).filter(|emoji| !emoji.is_empty()));
                Draft::unseen(json!({"type": "reaction", "reaction": reaction}))
            }
            Act::Edit { to, text } => {
                let edited = json!({"type": "text", "text": {"body": text}});
                Draft::unseen(json!({"type": "edit", "edit": {"original_message_id": to, "message": edited}}))
            }
            Act::Revoke { to } => {
                Draft::unseen(json!({"type": "revoke", "revoke": {"original_message_id": to}}))
            }
            Act::Play { .. } => return Err(Refusal::new("playing is a status, not a message")),
            Act::Share { .. } => return Err(Refusal::new("WhatsApp has nothing like this")),
        })
    }

    /// What an act does to bubbles that are already shown.
    fn mark(&self, line: &str, person: &str, act: &Act) {
        match act {
            Act::React { to, emoji } => {
                let emoji = Some(emoji.clone()).filter(|emoji| !emoji.is_empty());
                self.change(line, person, to, |bubble| bubble.my_reaction = emoji);
            }
            Act::Edit { to, text } => self.change(line, person, to, |bubble| {
                bubble.content = json!({"kind": "text", "text": text});
                bubble.edited = true;
            }),
            Act::Revoke { to } => self.change(line, person, to, |bubble| bubble.revoked = true),
            _ => {}
        }
    }
}

fn pressed(to: &str, id: &str, title: &str, description: Option<&str>, on: Pressed) -> Draft {
    let message = match on {
        Pressed::Button => {
            json!({"type": "interactive", "interactive": {"type": "button_reply",
                   "button_reply": {"id": id, "title": title}}})
        }
        Pressed::Row => {
            let mut row = json!({"id": id, "title": title});
            put(&mut row, "description", description);
            json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}})
        }
        Pressed::Template => json!({"type": "button", "button": {"payload": id, "text": title}}),
    };
    Draft::new(message, json!({"kind": "text", "text": title})).quoting(Some(to.to_owned()))
}

impl Provider for WhatsApp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn api(&self) -> Router {
        graph::routes(self.clone())
    }

    fn control(&self) -> Router {
        play::routes(self.clone())
    }

    fn lines(&self) -> Vec<Line> {
        let state = lock(&self.state);
        let line = |number: &Number| Line {
            provider: NAME,
            id: number.id.clone(),
            display: number.display.clone(),
            name: number.verified_name.clone(),
        };
        state.config.numbers.iter().map(line).collect()
    }

    fn people(&self) -> Vec<Person> {
        lock(&self.state).customers.values().map(person).collect()
    }

    fn save_person(&self, asked: &Value) -> Result<Person, Refusal> {
        self.save_customer(asked).map(|customer| person(&customer))
    }

    fn act(&self, line: &str, who: &str, act: Act) -> Result<String, Refusal> {
        if let Act::Play { to } = &act {
            self.status(to, "played", None);
            return Ok(to.clone());
        }
        let draft = self.draft(line, act.clone())?;
        let id = self.write(line, who, draft)?;
        self.mark(line, who, &act);
        Ok(id)
    }

    fn media(&self, id: &str) -> Option<(String, Bytes)> {
        lock(&self.state).media.get(id).map(|medium| (medium.mime_type.clone(), medium.bytes.clone()))
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
        json!(lock(&self.state).customers)
    }

    fn restore(&self, snapshot: Value) -> Result<(), Refusal> {
        let customers = serde_json::from_value(snapshot).map_err(|error| Refusal::new(error.to_string()))?;
        lock(&self.state).customers = customers;
        Ok(())
    }

    fn reset(&self) {
        self.forget();
    }
}

fn person(customer: &Customer) -> Person {
    Person {
        provider: NAME,
        id: customer.id(),
        name: customer.name.clone(),
        display: customer.shown_number().map(|number| format!("+{number}")).unwrap_or_default(),
        receipts: customer.receipts,
        reachable: customer.reachable,
    }
}
