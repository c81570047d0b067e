//! Messages of the business: checked, shown on the phone, reported as the provider does.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::api::Answered;
use super::errors::GraphError;
use super::state::{Customer, HUMAN_MS, WINDOW_MS};
use super::{Meta, shown};
use crate::fault::Fault;
use crate::phone::thread::{Bubble, Tick};

/// Answers that can be tapped under a message.
const QUICK_REPLIES: usize = 13;
/// Characters of a label.
const TITLE: usize = 20;
/// Characters of what a tap sends back, and of what an echo repeats.
const PAYLOAD: usize = 1000;
/// Characters above buttons, and how many of these.
const BUTTON_TEXT: usize = 640;
const BUTTONS: usize = 3;
/// Cards of a carousel.
const CARDS: usize = 10;
/// How long a business types, at most.
const TYPING_MS: u64 = 20_000;
/// From a send to its echo, from there to its arrival, from there to its reading.
const ECHO: Duration = Duration::from_millis(150);
const ARRIVES: Duration = Duration::from_millis(450);
const IS_READ: Duration = Duration::from_millis(1500);

/// A report of a message that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Report {
    Echo,
    Delivery,
    Read,
}

impl Report {
    /// How long after the one before it comes.
    const fn after(self) -> Duration {
        match self {
            Self::Echo => ECHO,
            Self::Delivery => ARRIVES,
            Self::Read => IS_READ,
        }
    }
}

/// A message that was taken, as its reports need it.
struct Sent {
    account: String,
    app: String,
    person: String,
    mid: String,
    at: i64,
    message: Value,
}

impl Meta {
    /// `POST /me/messages`.
    pub async fn taken(&self, account: &str, app: &str, body: &Value, later: &[Fault]) -> Answered {
        let customer = self.recipient(body)?;
        if let Some(action) = body["sender_action"].as_str() {
            return self.acted(account, &customer, action, body);
        }
        self.check(body)?;
        self.in_window(&customer, body)?;
        if customer.blocked {
            let (code, sub) = self.product.away;
            return Err(GraphError { sub, ..GraphError::usual(code) });
        }
        self.within_rate(account)?;
        self.fetched(&body["message"]["attachment"]).await?;
        let (mid, now) = (self.mid(), self.sim.now_ms());
        let mut bubble = Bubble::new(&mid, false, now, shown::outgoing(&body["message"]));
        bubble.quote = body["reply_to"]["mid"].as_str().map(str::to_owned);
        self.show(account, &customer.id, bubble);
        let mut kept = body.clone();
        kept["mid"] = json!(mid);
        self.state().sent.push(kept);
        let sent = Sent {
            account: account.to_owned(),
            app: app.to_owned(),
            person: customer.id.clone(),
            mid: mid.clone(),
            at: now,
            message: body["message"].clone(),
        };
        self.reported(sent, customer.silent, later).await;
        Ok(json!({"recipient_id": customer.id, "message_id": mid}))
    }

    fn recipient(&self, body: &Value) -> Result<Customer, GraphError> {
        let id = body["recipient"]["id"].as_str().unwrap_or_default();
        if id.is_empty() {
            return Err(GraphError::bad("The parameter recipient is required"));
        }
        let known = self.state().kept.customers.get(id).cloned();
        let (code, sub) = self.product.nobody;
        // Nobody can be written to who has never written.
        known
            .filter(|customer| customer.last_inbound_at.is_some())
            .ok_or_else(|| GraphError::new(code, format!("(#{code}) No matching user found")).sub(sub))
    }

    fn acted(&self, account: &str, customer: &Customer, action: &str, body: &Value) -> Answered {
        if !body["message"].is_null() {
            return Err(GraphError::bad("sender_action cannot be sent together with a message"));
        }
        let key = self.key(account, &customer.id);
        match action {
            "mark_seen" => {
                let unread: Vec<String> = {
                    let threads = self.sim.threads();
                    let mine = threads.bubbles(&key).iter().filter(|one| one.mine && one.tick != Tick::Read);
                    mine.map(|bubble| bubble.id.clone()).collect()
                };
                for id in unread {
                    self.change(account, &customer.id, &id, |bubble| bubble.tick = Tick::Read);
                }
            }
            "typing_on" | "typing_off" => {
                let ms = if action == "typing_on" { TYPING_MS } else { 0 };
                self.sim.publish(json!({"type": "typing", "thread": key, "who": "business", "ms": ms}));
            }
            other => return Err(GraphError::bad(format!("Param sender_action cannot be {other}"))),
        }
        Ok(json!({"recipient_id": customer.id}))
    }

    /// What the provider takes, by size and shape.
    fn check(&self, body: &Value) -> Result<(), GraphError> {
        let message = &body["message"];
        let (text, attachment) = (message["text"].as_str(), &message["attachment"]);
        match (text, attachment.is_object()) {
            (Some(_), true) => {
                return Err(GraphError::bad("A message has a text or an attachment, not both"));
            }
            (None, false) => return Err(GraphError::bad("The message is empty").sub(2_018_034)),
            (Some(text), false) if text.trim().is_empty() => {
                return Err(GraphError::bad("The message is empty").sub(2_018_034));
            }
            _ => {}
        }
        if text.is_some_and(|text| (self.product.length)(text) > self.product.text) {
            let most = self.product.text;
            return Err(GraphError::bad(format!("Length of param message[text] must be at most {most}")));
        }
        longest(&message["metadata"], "message[metadata]", PAYLOAD)?;
        quick_replies(message)?;
        if attachment.is_object() { known_attachment(attachment) } else { Ok(()) }
    }

    /// Everything within a day of the person's last message, a tagged answer within a week.
    fn in_window(&self, customer: &Customer, body: &Value) -> Result<(), GraphError> {
        let age = self.sim.now_ms() - customer.last_inbound_at.unwrap_or_default();
        let (code, sub) = self.product.closed;
        let words = format!("(#{code}) This message is sent outside of allowed window.");
        let closed = || GraphError::new(code, words.clone()).sub(sub);
        match body["messaging_type"].as_str().unwrap_or("RESPONSE") {
            "RESPONSE" | "UPDATE" if age <= WINDOW_MS => Ok(()),
            "RESPONSE" | "UPDATE" => Err(closed()),
            "MESSAGE_TAG" => {
                let tag = body["tag"].as_str().unwrap_or_default();
                if !self.product.tags.contains(&tag) {
                    return Err(GraphError::bad(format!("Message tag {tag} cannot be used")));
                }
                if age <= HUMAN_MS { Ok(()) } else { Err(closed()) }
            }
            other => Err(GraphError::bad(format!("Param messaging_type cannot be {other}"))),
        }
    }

    fn within_rate(&self, account: &str) -> Result<(), GraphError> {
        let second = self.sim.now_ms() / 1000;
        let mut state = self.state();
        let limit = state.config.per_second;
        let rate = state.rates.entry(account.to_owned()).or_default();
        if rate.0 != second {
            *rate = (second, 0);
        }
        rate.1 += 1;
        if rate.1 > limit { Err(GraphError::usual(613)) } else { Ok(()) }
    }

    /// Fetches what an attachment links to, as the provider does before it answers. Only links of this machine can be
    /// fetched from here.
    async fn fetched(&self, attachment: &Value) -> Result<(), GraphError> {
        let link = attachment["payload"]["url"].as_str().filter(|link| link.starts_with("http://"));
        let Some(link) = link else { return Ok(()) };
        match self.sim.caller().call(Method::GET, link, &[], Bytes::new()).await {
            Ok(answer) if answer.status == 200 => Ok(()),
            _ => Err(GraphError::bad("Failed to fetch the file from the url").sub(2_018_047)),
        }
    }

    /// Tells what becomes of a message: its echo, its arrival, its reading.
    async fn reported(&self, sent: Sent, silent: bool, later: &[Fault]) {
        if later.contains(&Fault::NoStatus) {
            return;
        }
        let mut reports = vec![Report::Echo];
        if self.product.watermarks && !later.contains(&Fault::ReadOnly) {
            reports.push(Report::Delivery);
        }
        if !silent {
            reports.push(Report::Read);
        }
        if later.contains(&Fault::StatusesReversed) {
            reports.reverse();
        }
        if later.contains(&Fault::StatusFirst) {
            // The echo is there before the call is answered.
            for first in self.report(&sent, reports.remove(0)) {
                let _ = first.await;
            }
        }
        let this = self.clone();
        self.sim.spawn(async move {
            for report in reports {
                tokio::time::sleep(report.after()).await;
                drop(this.report(&sent, report));
            }
        });
    }

    fn report(&self, sent: &Sent, report: Report) -> super::events::Made {
        let event = match report {
            Report::Echo => {
                let mut message = json!({"mid": sent.mid, "is_echo": true, "app_id": sent.app});
                for name in ["text", "metadata"] {
                    if let Some(value) = sent.message.get(name) {
                        message[name] = value.clone();
                    }
                }
                if let Some(attachment) = sent.message.get("attachment") {
                    message["attachments"] = json!([attachment]);
                }
                json!({"message": message, "timestamp": sent.at})
            }
            Report::Delivery => json!({"delivery": {"mids": [sent.mid], "watermark": sent.at}}),
            Report::Read if self.product.watermarks => json!({"read": {"watermark": sent.at}}),
            Report::Read => json!({"read": {"mid": sent.mid}}),
        };
        let tick = match report {
            Report::Echo => None,
            Report::Delivery => Some(Tick::Delivered),
            Report::Read => Some(Tick::Read),
        };
        if let Some(tick) = tick {
            self.change(&sent.account, &sent.person, &sent.mid, |bubble| {
                if bubble.tick != Tick::Read {
                    bubble.tick = tick;
                }
            });
        }
        self.tell(&sent.account, &sent.person, event)
    }
}

fn longest(value: &Value, name: &str, most: usize) -> Result<(), GraphError> {
    let long = value.as_str().is_some_and(|text| text.chars().count() > most);
    if long { Err(GraphError::bad(format!("Length of param {name} must be at most {most}"))) } else { Ok(()) }
}

fn quick_replies(message: &Value) -> Result<(), GraphError> {
    let replies = message["quick_replies"].as_array().map(Vec::as_slice).unwrap_or_default();
    if replies.len() > QUICK_REPLIES {
        let words = format!("Param message[quick_replies] has too many elements, at most {QUICK_REPLIES}");
        return Err(GraphError::bad(words));
    }
    for reply in replies {
        if reply["content_type"] == "text" && reply["title"].as_str().is_none_or(str::is_empty) {
            return Err(GraphError::bad("Param title of a quick reply is required"));
        }
        longest(&reply["title"], "quick_replies[title]", TITLE)?;
        longest(&reply["payload"], "quick_replies[payload]", PAYLOAD)?;
    }
    Ok(())
}

fn known_attachment(attachment: &Value) -> Result<(), GraphError> {
    let payload = &attachment["payload"];
    match attachment["type"].as_str().unwrap_or_default() {
        "image" | "video" | "audio" | "file" => {
            let link = payload["url"].as_str().unwrap_or_default();
            if link.starts_with("http://") || link.starts_with("https://") {
                return Ok(());
            }
            Err(GraphError::bad("Param message[attachment][payload][url] is required").sub(2_018_047))
        }
        "template" => template(payload),
        other => Err(GraphError::bad(format!("Param message[attachment][type] cannot be {other}"))),
    }
}

fn template(payload: &Value) -> Result<(), GraphError> {
    let count = |value: &Value| value.as_array().map_or(0, Vec::len);
    match payload["template_type"].as_str().unwrap_or_default() {
        "button" => {
            longest(&payload["text"], "payload[text]", BUTTON_TEXT)?;
            if !(1..=BUTTONS).contains(&count(&payload["buttons"])) {
                return Err(GraphError::bad("Param payload[buttons] must have 1 to 3 elements"));
            }
            payload["buttons"].as_array().into_iter().flatten().try_for_each(|button| {
                longest(&button["title"], "buttons[title]", TITLE)?;
                longest(&button["payload"], "buttons[payload]", PAYLOAD)
            })
        }
        "generic" if (1..=CARDS).contains(&count(&payload["elements"])) => Ok(()),
        "generic" => Err(GraphError::bad("Param payload[elements] must have 1 to 10 elements")),
        other => Err(GraphError::bad(format!("Param payload[template_type] cannot be {other}"))),
    }
}
