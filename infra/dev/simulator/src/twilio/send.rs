//! Messages of the business: checked, shown on the phone, reported.

use std::time::Duration;

use serde_json::{Value, json};

use super::Twilio;
use super::config::Number;
use crate::fault::Fault;
use crate::phone::thread::{Bubble, Tick};
use crate::sync::lock;

/// Longest text, in UTF-16 units.
const TEXT: usize = 1600;
/// Between the reports of one message.
const STEP: Duration = Duration::from_millis(300);

/// A refusal: the provider's code with its words.
#[derive(Debug, Clone)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// The provider's code.
    pub code: u32,
    /// Its words.
    pub message: String,
}

impl Refused {
    /// What the provider usually says with a code.
    pub fn usual(code: u32) -> Self {
        let (status, message) = match code {
            20_003 => (401, "Authenticate"),
            20_404 => (404, "The requested resource was not found"),
            20_429 => (429, "Too Many Requests"),
            21_211 => (400, "Invalid 'To' Phone Number"),
            21_602 => (400, "Message body is required"),
            21_606 => (400, "The 'From' phone number provided is not a valid message-capable Twilio number"),
            21_610 => (400, "Attempt to send to unsubscribed recipient"),
            21_617 => (400, "The concatenated message body exceeds the 1600 character limit"),
            _ => (400, "The request could not be processed"),
        };
        Self { status, code, message: message.to_owned() }
    }
}

impl Twilio {
    /// Takes a message, or says why not; its reports come in time.
    pub fn send(&self, form: &[(String, String)], later: &[Fault]) -> Result<Value, Refused> {
        let value =
            |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let (to, from) = (value("To").unwrap_or_default(), value("From").unwrap_or_default());
        let body = value("Body").unwrap_or_default();
        let number = lock(&self.state).number(from).cloned().ok_or_else(|| Refused::usual(21_606))?;
        let digits = to.strip_prefix('+').unwrap_or_default();
        if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refused::usual(21_211));
        }
        if body.encode_utf16().count() > TEXT {
            return Err(Refused::usual(21_617));
        }
        let media: Vec<&str> =
            form.iter().filter(|(name, _)| name == "MediaUrl").map(|(_, link)| link.as_str()).collect();
        if body.trim().is_empty() && media.is_empty() {
            return Err(Refused::usual(21_602));
        }
        if !media.is_empty() && number.text_only {
            return Err(Refused::usual(21_623));
        }
        self.within_rate(&number)?;
        if lock(&self.state).kept.stopped.contains(&(from.to_owned(), to.to_owned())) {
            return Err(Refused::usual(21_610));
        }
        let sid = self.sid(if media.is_empty() { "SM" } else { "MM" });
        let message = json!({
            "sid": sid, "account_sid": lock(&self.state).config.account_sid, "from": from, "to": to, "body": body,
            "status": "queued", "direction": "outbound-api", "num_media": media.len().to_string(),
            "num_segments": "1", "error_code": null, "error_message": null, "price": null,
            "api_version": super::api::VERSION,
        });
        let content = match media.first() {
            Some(link) => json!({"kind": "media", "media": "image", "src": link, "caption": body}),
            None => json!({"kind": "text", "text": body}),
        };
        let mut bubble = Bubble::new(&sid, false, self.sim.now_ms(), content);
        bubble.hidden = !self.reaches(to);
        self.show(from, to, bubble);
        lock(&self.state).sent.push(message.clone());
        if let Some(callback) = value("StatusCallback") {
            self.report(callback, &number, to, &sid, later);
        }
        Ok(message)
    }

    /// A number that nobody plays is some phone that is switched on.
    fn reaches(&self, number: &str) -> bool {
        lock(&self.state).kept.customers.get(number).is_none_or(|customer| customer.reachable)
    }

    fn within_rate(&self, number: &Number) -> Result<(), Refused> {
        let second = self.sim.now_ms() / 1000;
        let mut state = lock(&self.state);
        let limit = state.config.per_second;
        let rate = state.rates.entry(number.number.clone()).or_default();
        if rate.0 != second {
            *rate = (second, 0);
        }
        rate.1 += 1;
        if rate.1 > limit { Err(Refused::usual(20_429)) } else { Ok(()) }
    }

    /// The reports of a message, one after the other. A phone that is off ends in `undelivered`.
    fn report(&self, callback: &str, number: &Number, to: &str, sid: &str, later: &[Fault]) {
        if later.contains(&Fault::NoStatus) {
            return;
        }
        let failing = later.iter().find_map(|fault| match fault {
            Fault::FailStatus { code } => Some(*code),
            _ => None,
        });
        let failing = failing.or_else(|| (!self.reaches(to)).then_some(30_003));
        let mut words = match failing {
            Some(_) => vec!["sent", "undelivered"],
            None => vec!["sent", "delivered"],
        };
        if later.contains(&Fault::StatusesReversed) {
            words.reverse();
        }
        let account = lock(&self.state).config.account_sid.clone();
        let this = self.clone();
        let (callback, line, to, sid) =
            (callback.to_owned(), number.number.clone(), to.to_owned(), sid.to_owned());
        self.sim.spawn(async move {
            for word in words {
                tokio::time::sleep(STEP).await;
                let pairs = [
                    ("MessageSid", sid.as_str()),
                    ("SmsSid", &sid),
                    ("AccountSid", &account),
                    ("From", &line),
                    ("To", &to),
                    ("MessageStatus", word),
                    ("SmsStatus", word),
                    ("ApiVersion", super::api::VERSION),
                ];
                let mut form = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
                let code = failing.filter(|_| word == "undelivered");
                form.extend(code.map(|code| ("ErrorCode".to_owned(), code.to_string())));
                this.change(&line, &to, &sid, |bubble| {
                    bubble.tick = match word {
                        "delivered" => Tick::Delivered,
                        "undelivered" => Tick::Failed,
                        _ => bubble.tick,
                    };
                    bubble.code = code.or(bubble.code);
                });
                this.deliver(&callback, &line, &to, "status", &form);
            }
        });
    }
}
