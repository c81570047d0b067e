//! What a customer does on the phone, turned into deliveries.

use axum::Router;
use bytes::Bytes;
use serde_json::{Value, json};

use super::config::{Config, Number};
use super::out::Form;
use super::{Customer, Kept, NAME, State, Twilio, api, control};
use crate::phone::act::Act;
use crate::phone::thread::{Bubble, Tick};
use crate::provider::{Line, Person, Provider, Refusal};
use crate::samples::Held;
use crate::sync::lock;

/// Words that the provider keeps its own list by, and answers by itself.
const STOP: &[&str] = &["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"];
const START: &[&str] = &["start", "yes", "unstop"];

impl Twilio {
    /// Adds or changes a customer.
    pub fn save_customer(&self, asked: &Value) -> Result<Customer, Refusal> {
        let given = ["number", "id", "wa_id"].into_iter().find_map(|name| asked[name].as_str());
        let number = match given {
            Some(given) if given.starts_with('+') => given.to_owned(),
            Some(given) => format!("+{given}"),
            None => format!("+5939{}", self.sim.random().digits(8)),
        };
        let mut state = lock(&self.state);
        let known = state.kept.customers.get(&number).cloned();
        let mut customer =
            known.unwrap_or(Customer { number: number.clone(), name: number.clone(), reachable: true });
        if let Some(name) = asked["name"].as_str().filter(|name| !name.trim().is_empty()) {
            name.trim().clone_into(&mut customer.name);
        }
        customer.reachable = asked["reachable"].as_bool().unwrap_or(customer.reachable);
        state.kept.customers.insert(number, customer.clone());
        Ok(customer)
    }

    fn write(&self, number: &Number, customer: &Customer, text: &str, held: Option<Held>) -> String {
        let sid = self.sid(if held.is_some() { "MM" } else { "SM" });
        let account = lock(&self.state).config.account_sid.clone();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut form: Form = vec![
            pair("ToCountry", "EC"),
            pair("SmsMessageSid", &sid),
            pair("NumMedia", if held.is_some() { "1" } else { "0" }),
            pair("FromCity", ""),
            pair("SmsSid", &sid),
            pair("SmsStatus", "received"),
            pair("Body", text),
            pair("FromCountry", "EC"),
            pair("To", &number.number),
            pair("NumSegments", "1"),
            pair("MessageSid", &sid),
            pair("AccountSid", &account),
            pair("From", &customer.number),
            pair("ApiVersion", api::VERSION),
        ];
        let mut content = json!({"kind": "text", "text": text});
        if let Some(held) = held {
            let media = self.sid("ME");
            let base = self.sim.public_url();
            let version = api::VERSION;
            let link = format!("{base}/twilio/{version}/Accounts/{account}/Messages/{sid}/Media/{media}");
            form.push(pair("MediaUrl0", &link));
            form.push(pair("MediaContentType0", held.mime_type.split(';').next().unwrap_or_default()));
            content = json!({"kind": "media", "media": "image", "src": format!("/phone/media/{NAME}/{media}"),
                "caption": text, "file_name": held.name, "mime_type": held.mime_type});
            lock(&self.state).files.insert(media, held);
        }
        self.show(&number.number, &customer.number, Bubble::new(&sid, true, self.sim.now_ms(), content));
        self.own_words(number, customer, text);
        let made = self.deliver(&number.sms_url, &number.number, &customer.number, "sms", &form);
        let (this, line, person, id) =
            (self.clone(), number.number.clone(), customer.number.clone(), sid.clone());
        self.sim.spawn_aside(async move {
            for first in made {
                let Ok(attempt) = first.await else { continue };
                if attempt.status.is_some_and(|status| (200..300).contains(&status)) {
                    this.change(&line, &person, &id, |bubble| bubble.tick = Tick::Delivered);
                }
                if let Some(text) = said(&attempt.answer) {
                    this.answered(&line, &person, &text);
                }
            }
        });
        sid
    }

    /// The provider's own list, and its answer to its own words.
    fn own_words(&self, number: &Number, customer: &Customer, text: &str) {
        let word = text.trim().to_lowercase();
        let pair = (number.number.clone(), customer.number.clone());
        let answer = if STOP.contains(&word.as_str()) {
            lock(&self.state).kept.stopped.insert(pair);
            "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
        } else if START.contains(&word.as_str()) {
            if !lock(&self.state).kept.stopped.remove(&pair) {
                return;
            }
            "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe."
        } else if word == "help" || word == "info" {
            "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
        } else {
            return;
        };
        self.answered(&number.number, &customer.number, answer);
    }

    /// A message that nobody sent through the API.
    fn answered(&self, line: &str, person: &str, text: &str) {
        let mut bubble =
            Bubble::new(&self.sid("SM"), false, self.sim.now_ms(), json!({"kind": "text", "text": text}));
        bubble.tick = Tick::Delivered;
        self.show(line, person, bubble);
    }
}

/// What the answer to a delivery makes the provider send.
fn said(answer: &str) -> Option<String> {
    let (_, rest) = answer.split_once("<Message>")?;
    let (text, _) = rest.split_once("</Message>")?;
    Some(text.to_owned())
}

impl Provider for Twilio {
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
        let line = |number: &Number| Line {
            provider: NAME,
            id: number.number.clone(),
            display: number.number.clone(),
            name: number.name.clone(),
        };
        lock(&self.state).config.numbers.iter().map(line).collect()
    }

    fn people(&self) -> Vec<Person> {
        lock(&self.state).kept.customers.values().map(person).collect()
    }

    fn save_person(&self, asked: &Value) -> Result<Person, Refusal> {
        self.save_customer(asked).map(|customer| person(&customer))
    }

    fn act(&self, line: &str, who: &str, act: Act) -> Result<String, Refusal> {
        let (number, customer) = {
            let state = lock(&self.state);
            let number = state.number(line).cloned();
            (number, state.kept.customers.get(who).cloned())
        };
        let number = number.ok_or_else(|| Refusal::new(format!("no number {line}")))?;
        let customer = customer.ok_or_else(|| Refusal::new(format!("no customer {who}")))?;
        match act {
            Act::Text { text, .. } => Ok(self.write(&number, &customer, &text, None)),
            Act::Media { sample, base64, mime_type, file_name, caption, .. } => {
                let held = Held::brought(sample.as_deref(), base64.as_deref(), mime_type, file_name)?;
                Ok(self.write(&number, &customer, &caption.unwrap_or_default(), Some(held)))
            }
            _ => Err(Refusal::new("a text message has nothing like this")),
        }
    }

    fn media(&self, id: &str) -> Option<(String, Bytes)> {
        lock(&self.state).files.get(id).map(|held| (held.mime_type.clone(), held.bytes.clone()))
    }

    fn config(&self) -> Value {
        json!(lock(&self.state).config)
    }

    fn set_config(&self, config: Value) -> Result<(), Refusal> {
        lock(&self.state).config = Config::read(config).map_err(Refusal::new)?;
        Ok(())
    }

    fn snapshot(&self) -> Value {
        json!(lock(&self.state).kept)
    }

    fn restore(&self, snapshot: Value) -> Result<(), Refusal> {
        // A state file of before this provider has nothing of it.
        if snapshot.is_null() {
            return Ok(());
        }
        let kept: Kept = serde_json::from_value(snapshot).map_err(|error| Refusal::new(error.to_string()))?;
        lock(&self.state).kept = kept;
        Ok(())
    }

    fn reset(&self) {
        let mut state = lock(&self.state);
        let config = state.config.clone();
        *state = State { config, ..State::default() };
    }
}

fn person(customer: &Customer) -> Person {
    Person {
        provider: NAME,
        id: customer.number.clone(),
        name: customer.name.clone(),
        display: customer.number.clone(),
        receipts: false,
        reachable: customer.reachable,
    }
}
