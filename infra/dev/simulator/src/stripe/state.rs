//! The provider's books: sessions, payments, cards, and what was answered to which key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Seconds that a page lives.
const PAGE_SECONDS: i64 = 86_400;

/// A card and what its bank says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Card {
    id: String,
    brand: String,
    last4: String,
    exp_month: u8,
    exp_year: u16,
    /// Code with which debits are declined from now on.
    #[serde(default)]
    declines: Option<String>,
}

impl Card {
    /// A card as it was typed. The error is the code of the refusal.
    pub fn typed(number: &str, (month, year): (u8, u16), second: i64) -> Result<Self, String> {
        let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
        if !(13..=19).contains(&digits.len()) || !luhn(&digits) {
            return Err("incorrect_number".to_owned());
        }
        // The first second of the month behind the card's, by days of 365.2425 a year: good enough to play.
        let months = i64::from(year) * 12 + i64::from(month);
        let now = 1970 * 12 + second / 2_629_746;
        if !(1..=12).contains(&month) || months < now {
            return Err("expired_card".to_owned());
        }
        let text: String = digits.iter().map(ToString::to_string).collect();
        let (first, later) = match text.as_str() {
            "4000000000000002" => (Some("generic_decline"), None),
            "4000000000009995" => (Some("insufficient_funds"), None),
            "4000000000009987" => (Some("lost_card"), None),
            "4000000000000341" => (None, Some("insufficient_funds")),
            _ => (None, None),
        };
        if let Some(code) = first {
            return Err(code.to_owned());
        }
        let brand = match text.as_bytes()[0] {
            b'3' => "amex",
            b'5' => "mastercard",
            _ => "visa",
        };
        Ok(Self {
            id: String::new(),
            brand: brand.to_owned(),
            last4: text[text.len() - 4..].to_owned(),
            exp_month: month,
            exp_year: year,
            declines: later.map(str::to_owned),
        })
    }

    fn method(&self) -> Value {
        json!({ "id": self.id, "object": "payment_method", "type": "card",
            "card": { "brand": self.brand, "last4": self.last4, "exp_month": self.exp_month, "exp_year": self.exp_year } })
    }
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = digits.iter().rev().enumerate().map(|(place, digit)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) if twice > 9 => twice - 9,
        (_, twice) => twice,
    });
    doubled.sum::<u32>().is_multiple_of(10)
}

/// An answer: status and body.
pub type Answer = (u16, Value);

/// The books.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    sessions: BTreeMap<String, Value>,
    intents: Vec<Value>,
    /// Cards by customer.
    customers: BTreeMap<String, Vec<Card>>,
    refunds: BTreeMap<String, i64>,
    /// Request and answer by idempotency key.
    answered: BTreeMap<String, (String, u16, Value)>,
}

/// Stripe's shape of a refusal.
pub fn error(status: u16, kind: &str, code: &str, message: &str) -> Answer {
    (status, json!({ "error": { "type": kind, "code": code, "message": message } }))
}

fn metadata(fields: &BTreeMap<String, String>, prefix: &str) -> Value {
    let inside =
        |name: &str| name.strip_prefix(prefix)?.strip_prefix('[')?.strip_suffix(']').map(str::to_owned);
    fields
        .iter()
        .filter_map(|(name, value)| Some((inside(name)?, json!(value))))
        .collect::<Map<_, _>>()
        .into()
}

impl State {
    /// The answer to a repeated key, or that its request was another.
    pub fn repeated(&self, key: &str, request: &str) -> Option<Answer> {
        let (known, status, body) = self.answered.get(key)?;
        Some(if known == request {
            (*status, body.clone())
        } else {
            error(
                400,
                "idempotency_error",
                "idempotency_key_in_use",
                "Keys for idempotent requests can only be used with the same parameters.",
            )
        })
    }

    /// Keeps the answer to a key.
    pub fn keep(&mut self, key: &str, request: &str, answer: &Answer) {
        self.answered.insert(key.to_owned(), (request.to_owned(), answer.0, answer.1.clone()));
    }

    /// A page to pay on.
    pub fn open(&mut self, id: &str, url: &str, fields: &BTreeMap<String, String>, second: i64) -> Answer {
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let price = "line_items[0][price_data]";
        let Ok(amount @ 1..) = text(&format!("{price}[unit_amount]")).parse::<i64>() else {
            return error(
                400,
                "invalid_request_error",
                "parameter_invalid_integer",
                "Invalid integer: unit_amount",
            );
        };
        let customer = fields.get("customer");
        if customer.is_some_and(|customer| !self.customers.contains_key(customer)) {
            return error(400, "invalid_request_error", "resource_missing", "No such customer");
        }
        let session = json!({
            "id": id, "object": "checkout.session", "url": url, "status": "open", "payment_status": "unpaid",
            "amount_total": amount, "currency": text(&format!("{price}[currency]")), "customer": customer,
            "success_url": text("success_url"), "cancel_url": text("cancel_url"), "payment_intent": null,
            "metadata": metadata(fields, "metadata"), "created": second, "expires_at": second + PAGE_SECONDS,
            "text": text(&format!("{price}[product_data][name]")),
            "intent_metadata": metadata(fields, "payment_intent_data[metadata]"),
        });
        self.sessions.insert(id.to_owned(), session.clone());
        (200, session)
    }

    /// A session as its page shows it.
    pub fn session(&self, id: &str) -> Option<&Value> {
        self.sessions.get(id)
    }

    /// A card pays on a page: the session and the payment after it, or the code of the refusal.
    pub fn pay(
        &mut self,
        session: &str,
        card: Card,
        id: &dyn Fn(&str) -> String,
        second: i64,
    ) -> Result<(Value, Value), String> {
        let Some(page) = self.sessions.get_mut(session) else { return Err("session_missing".to_owned()) };
        if page["status"] == "complete" {
            return Err("session_paid".to_owned());
        }
        if page["expires_at"].as_i64().unwrap_or(0) <= second {
            return Err("session_expired".to_owned());
        }
        let customer = page["customer"].as_str().map_or_else(|| id("cus"), str::to_owned);
        let card = Card { id: id("pm"), ..card };
        let intent = json!({
            "id": id("pi"), "object": "payment_intent", "status": "succeeded", "amount": page["amount_total"],
            "amount_received": page["amount_total"], "currency": page["currency"], "customer": customer,
            "payment_method": card.id, "metadata": page["intent_metadata"], "created": second,
            "description": page["text"], "last_payment_error": null,
        });
        page["status"] = json!("complete");
        page["payment_status"] = json!("paid");
        page["customer"] = json!(customer);
        page["payment_intent"] = intent["id"].clone();
        let after = page.clone();
        self.customers.entry(customer).or_default().push(card);
        self.intents.push(intent.clone());
        Ok((after, intent))
    }

    /// Debits a kept card without its owner.
    pub fn debit(&mut self, id: &str, fields: &BTreeMap<String, String>, second: i64) -> Answer {
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let Ok(amount @ 1..) = text("amount").parse::<i64>() else {
            return error(
                400,
                "invalid_request_error",
                "parameter_invalid_integer",
                "Invalid integer: amount",
            );
        };
        let (customer, method) = (text("customer"), text("payment_method"));
        let card =
            self.customers.get(&customer).and_then(|cards| cards.iter().find(|card| card.id == method));
        let Some(card) = card else {
            return error(400, "invalid_request_error", "resource_missing", "No such payment_method");
        };
        let declined = card.declines.clone();
        let problem = declined.as_ref().map(|code| {
            json!({ "type": "card_error", "code": "card_declined", "decline_code": code, "message": "Your card was declined." })
        });
        let intent = json!({
            "id": id, "object": "payment_intent", "amount": amount,
            "amount_received": if declined.is_some() { 0 } else { amount },
            "status": if declined.is_some() { "requires_payment_method" } else { "succeeded" },
            "currency": text("currency"), "customer": customer, "payment_method": method,
            "metadata": metadata(fields, "metadata"), "created": second, "description": text("description"),
            "last_payment_error": problem,
        });
        self.intents.push(intent);
        match problem {
            Some(problem) => (402, json!({ "error": problem })),
            None => (200, self.intent(id, true).unwrap_or_default()),
        }
    }

    /// A payment, with its card where that is asked for.
    pub fn intent(&self, id: &str, expanded: bool) -> Option<Value> {
        let intent = self.intents.iter().find(|intent| intent["id"] == id)?;
        Some(if expanded { self.expanded(intent) } else { intent.clone() })
    }

    fn expanded(&self, intent: &Value) -> Value {
        let mut intent = intent.clone();
        let cards = intent["customer"].as_str().and_then(|customer| self.customers.get(customer));
        let card = cards.into_iter().flatten().find(|card| intent["payment_method"] == card.id);
        if let Some(card) = card {
            intent["payment_method"] = card.method();
        }
        intent
    }

    /// Payments of a customer, the newest first.
    pub fn of_customer(&self, customer: &str) -> Value {
        let mine = self.intents.iter().rev().filter(|intent| intent["customer"] == customer);
        json!({ "object": "list", "has_more": false, "data": mine.take(100).collect::<Vec<_>>() })
    }

    /// Pays back.
    pub fn refund(&mut self, id: &str, fields: &BTreeMap<String, String>) -> Answer {
        let payment = fields.get("payment_intent").cloned().unwrap_or_default();
        let Some(intent) = self.intent(&payment, false).filter(|intent| intent["status"] == "succeeded")
        else {
            return error(404, "invalid_request_error", "resource_missing", "No such payment_intent");
        };
        let total = intent["amount_received"].as_i64().unwrap_or(0);
        let back = self.refunds.entry(payment.clone()).or_default();
        let asked = fields.get("amount").and_then(|text| text.parse().ok()).unwrap_or(total - *back);
        if *back >= total {
            return error(
                400,
                "invalid_request_error",
                "charge_already_refunded",
                "Charge has already been refunded.",
            );
        }
        if asked <= 0 || *back + asked > total {
            return error(
                400,
                "invalid_request_error",
                "amount_too_large",
                "Refund amount is greater than unrefunded amount.",
            );
        }
        *back += asked;
        (
            200,
            json!({ "id": id, "object": "refund", "amount": asked, "payment_intent": payment, "status": "succeeded" }),
        )
    }

    /// Takes over a customer with his card and payments; those that are known stay as they are.
    pub fn take_over(&mut self, books: &Value, second: i64) -> Result<(), String> {
        let customer = books["customer"].as_str().ok_or("customer: a text is missing")?;
        let card: Card = serde_json::from_value(books["card"].clone()).map_err(|e| format!("card: {e}"))?;
        let cards = self.customers.entry(customer.to_owned()).or_default();
        if !cards.iter().any(|known| known.id == card.id) {
            cards.push(card.clone());
        }
        for paid in books["payments"].as_array().into_iter().flatten() {
            if self.intents.iter().any(|known| known["id"] == paid["id"]) {
                continue;
            }
            self.intents.push(json!({
                "id": paid["id"], "object": "payment_intent", "status": "succeeded", "amount": paid["amount"],
                "amount_received": paid["amount"], "currency": paid["currency"], "customer": customer,
                "payment_method": card.id, "metadata": paid["metadata"], "created": second,
                "last_payment_error": null,
            }));
        }
        Ok(())
    }

    /// What a customer's bank says to debits from now on; whether there is such a customer.
    pub fn bank(&mut self, customer: &str, declines: Option<&String>) -> bool {
        let Some(cards) = self.customers.get_mut(customer) else { return false };
        for card in cards {
            card.declines = declines.cloned();
        }
        true
    }

    /// All payments with what went back of them, the newest first.
    pub fn all(&self) -> Value {
        let one = |intent: &Value| {
            let mut intent = self.expanded(intent);
            let id = intent["id"].as_str().unwrap_or_default();
            intent["refunded"] = json!(self.refunds.get(id).copied().unwrap_or(0));
            intent
        };
        self.intents.iter().rev().map(one).collect()
    }
}
