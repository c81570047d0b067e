//! Stripe: payment intents, checkout pages, refunds and signed deliveries (API of 2024-06-20).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_domain::billing::charge::Payment;
use colibri_domain::billing::{Card, Currency, Money};
use colibri_domain::{Millis, OrganizationId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::payments::{Asked, Forged, Outcome, PaymentError, Payments, Received, Told};
use crate::ports::{CallLimits, Http, Trust};

/// How old a delivery may be, and how far ahead its clock, in milliseconds.
const TOLERANCE: i64 = 300_000;
/// Version of the API whose shapes are read here.
const VERSION: &str = "2024-06-20";
const LIMITS: CallLimits =
    CallLimits { timeout: Duration::from_secs(25), max_bytes: 1024 * 1024, trust: Trust::Provider };

/// The provider.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Stripe {
    pub http: Arc<dyn Http>,
    /// Without a slash at its end.
    pub base_url: String,
    pub secret_key: SecretString,
    /// Signs deliveries.
    pub webhook_secret: SecretString,
    pub now: Arc<dyn crate::ports::Clock>,
}

type Form = Vec<(String, String)>;

fn form(pairs: &[(&str, &str)]) -> Form {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn encoded(form: &Form) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

impl Stripe {
    async fn call(&self, path: &str, post: Option<(Form, &str)>) -> Result<(u16, Value), PaymentError> {
        let key = self.secret_key.expose_secret();
        let mut request = http::Request::builder()
            .uri(format!("{}{path}", self.base_url))
            .header("authorization", format!("Bearer {key}"))
            .header("stripe-version", VERSION);
        let body = match post {
            None => Bytes::new(),
            Some((form, idempotency)) => {
                request = request
                    .method(http::Method::POST)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("idempotency-key", idempotency);
                Bytes::from(encoded(&form))
            }
        };
        let request = request.body(body).map_err(|e| PaymentError::Refused(e.to_string()))?;
        let answer =
            self.http.call(request, LIMITS).await.map_err(|e| PaymentError::NoAnswer(e.to_string()))?;
        let status = answer.status().as_u16();
        // 409: the same key is being worked on; 429 and 5xx: nothing is known.
        if status == 409 || status == 429 || status >= 500 {
            return Err(PaymentError::NoAnswer(format!("status {status}")));
        }
        let body = serde_json::from_slice(answer.body())
            .map_err(|_| PaymentError::NoAnswer(format!("status {status}, unreadable")))?;
        Ok((status, body))
    }

    /// An answer that is no card's refusal and no success is our mistake or our account's.
    fn refused(status: u16, body: &Value) -> PaymentError {
        let code = body["error"]["code"].as_str().or(body["error"]["type"].as_str()).unwrap_or_default();
        PaymentError::Refused(format!("status {status} {code}"))
    }

    fn metadata(asked: &Asked, prefix: &str) -> Form {
        vec![
            (format!("{prefix}[organization]"), asked.organization.to_string()),
            (format!("{prefix}[charge]"), asked.charge.clone()),
        ]
    }

    /// What an intent says; none where it is not about a charge of ours.
    fn outcome(&self, intent: &Value) -> Option<Outcome> {
        let metadata = &intent["metadata"];
        let organization: OrganizationId = metadata["organization"].as_str()?.parse().ok()?;
        let charge = metadata["charge"].as_str()?.to_owned();
        match intent["status"].as_str()? {
            "succeeded" => {}
            "processing" => return Some(Outcome::Waiting),
            _ => {
                let error = &intent["last_payment_error"];
                let reason = error["decline_code"].as_str().or(error["code"].as_str());
                return Some(Outcome::Declined(reason.unwrap_or("declined").to_owned()));
            }
        }
        let currency = Currency::parse(intent["currency"].as_str()?)?;
        let received = intent["amount_received"].as_i64().or(intent["amount"].as_i64())?;
        let card = card(intent);
        let payment = Payment {
            provider: self.name().to_owned(),
            reference: intent["id"].as_str()?.to_owned(),
            at: intent["created"].as_i64().map_or(Millis(0), |second| Millis(second * 1000)),
            last4: card.as_ref().map(|card| card.last4.clone()),
        };
        let total = Money::new(received, currency);
        Some(Outcome::Paid(Received { organization, charge, total, payment, card }))
    }
}

/// The card of an intent whose payment method is expanded.
fn card(intent: &Value) -> Option<Card> {
    let method = &intent["payment_method"];
    let card = &method["card"];
    let small = |value: &Value| value.as_u64().and_then(|n| u16::try_from(n).ok());
    Some(Card {
        provider: "stripe".to_owned(),
        customer: intent["customer"].as_str()?.to_owned(),
        method: method["id"].as_str()?.to_owned(),
        brand: card["brand"].as_str().unwrap_or("card").to_owned(),
        last4: card["last4"].as_str()?.to_owned(),
        expires: (
            small(&card["exp_month"]).and_then(|n| u8::try_from(n).ok()).unwrap_or(0),
            small(&card["exp_year"]).unwrap_or(0),
        ),
    })
}

#[async_trait]
impl Payments for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    async fn page(&self, asked: &Asked, known: Option<&Card>, back: &str) -> Result<String, PaymentError> {
        let amount = asked.total.minor.to_string();
        let currency = asked.total.currency.code().to_lowercase();
        let mut fields = form(&[
            ("mode", "payment"),
            ("success_url", back),
            ("cancel_url", back),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", &currency),
            ("line_items[0][price_data][unit_amount]", &amount),
            ("line_items[0][price_data][product_data][name]", &asked.text),
            ("payment_intent_data[setup_future_usage]", "off_session"),
        ]);
        match known {
            Some(card) => fields.extend(form(&[("customer", &card.customer)])),
            None => fields.extend(form(&[("customer_creation", "always")])),
        }
        fields.extend(Self::metadata(asked, "metadata"));
        fields.extend(Self::metadata(asked, "payment_intent_data[metadata]"));
        // A page lives for a day; within an hour the same one is shown again.
        let hour = self.now.now().0 / 3_600_000;
        let key = format!("{}-{}-page-{hour}", asked.organization, asked.charge);
        let (status, body) = self.call("/v1/checkout/sessions", Some((fields, &key))).await?;
        match body["url"].as_str() {
            Some(url) if status < 300 => Ok(url.to_owned()),
            _ => Err(Self::refused(status, &body)),
        }
    }

    async fn debit(&self, asked: &Asked, card: &Card, key: &str) -> Result<Outcome, PaymentError> {
        let amount = asked.total.minor.to_string();
        let currency = asked.total.currency.code().to_lowercase();
        let mut fields = form(&[
            ("amount", &amount),
            ("currency", &currency),
            ("customer", &card.customer),
            ("payment_method", &card.method),
            ("off_session", "true"),
            ("confirm", "true"),
            ("description", &asked.text),
            ("expand[]", "payment_method"),
        ]);
        fields.extend(Self::metadata(asked, "metadata"));
        let (status, body) = self.call("/v1/payment_intents", Some((fields, key))).await?;
        if status == 402 {
            let error = &body["error"];
            let reason = error["decline_code"].as_str().or(error["code"].as_str()).unwrap_or("declined");
            return Ok(Outcome::Declined(reason.to_owned()));
        }
        let outcome = (status < 300).then(|| self.outcome(&body)).flatten();
        outcome.ok_or_else(|| Self::refused(status, &body))
    }

    async fn find(&self, asked: &Asked, card: Option<&Card>) -> Result<Option<Outcome>, PaymentError> {
        let Some(card) = card else { return Ok(None) };
        let query = encoded(&form(&[("customer", &card.customer), ("limit", "100")]));
        let (status, body) = self.call(&format!("/v1/payment_intents?{query}"), None).await?;
        let Some(intents) = body["data"].as_array().filter(|_| status < 300) else {
            return Err(Self::refused(status, &body));
        };
        let mine = |intent: &&Value| {
            intent["metadata"]["organization"].as_str() == Some(asked.organization.as_str())
                && intent["metadata"]["charge"].as_str() == Some(asked.charge.as_str())
        };
        let outcomes = intents.iter().filter(mine).filter_map(|intent| self.outcome(intent));
        Ok(outcomes.into_iter().find(|outcome| !matches!(outcome, Outcome::Declined(_))))
    }

    async fn payment(&self, id: &str) -> Result<Option<Outcome>, PaymentError> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Ok(None);
        }
        let (status, body) =
            self.call(&format!("/v1/payment_intents/{id}?expand[]=payment_method"), None).await?;
        match status {
            404 => Ok(None),
            200..300 => Ok(self.outcome(&body)),
            _ => Err(Self::refused(status, &body)),
        }
    }

    async fn refund(&self, payment: &str, amount: Money, key: &str) -> Result<(), PaymentError> {
        let minor = amount.minor.to_string();
        let fields = form(&[("payment_intent", payment), ("amount", &minor)]);
        let (status, body) = self.call("/v1/refunds", Some((fields, key))).await?;
        if status < 300 || body["error"]["code"].as_str() == Some("charge_already_refunded") {
            return Ok(());
        }
        Err(Self::refused(status, &body))
    }

    fn told(&self, headers: &http::HeaderMap, body: &[u8], now: Millis) -> Result<Told, Forged> {
        let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
        let header = header.ok_or(Forged::Signature)?;
        // Without a secret anybody could sign.
        if self.webhook_secret.expose_secret().is_empty() {
            return Err(Forged::Signature);
        }
        let part = |name: &str| {
            let parts = header.split(',').filter_map(|part| part.trim().split_once('='));
            parts.filter(|(key, _)| *key == name).map(|(_, value)| value).collect::<Vec<_>>()
        };
        let times = part("t");
        let time: i64 = times.first().and_then(|text| text.parse().ok()).ok_or(Forged::Signature)?;
        let signed = part("v1").into_iter().filter_map(|text| hex::decode(text).ok()).any(|signature| {
            let key = self.webhook_secret.expose_secret().as_bytes();
            let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key) else { return false };
            mac.update(format!("{time}.").as_bytes());
            mac.update(body);
            // Takes the same time wherever they differ.
            mac.verify_slice(&signature).is_ok()
        });
        if !signed {
            return Err(Forged::Signature);
        }
        if (now.0 - time.saturating_mul(1000)).abs() > TOLERANCE {
            return Err(Forged::Stale);
        }
        let event: Value = serde_json::from_slice(body).map_err(|_| Forged::Unreadable)?;
        let object = &event["data"]["object"];
        let id = |value: &Value| value.as_str().map(str::to_owned);
        Ok(match event["type"].as_str().unwrap_or_default() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                id(&object["payment_intent"]).map_or(Told::Nothing, Told::Payment)
            }
            "payment_intent.succeeded" => id(&object["id"]).map_or(Told::Nothing, Told::Payment),
            "charge.dispute.created" => {
                let currency = object["currency"].as_str().and_then(Currency::parse);
                match (id(&object["payment_intent"]), object["amount"].as_i64(), currency) {
                    (Some(payment), Some(minor), Some(currency)) => {
                        Told::Disputed { payment, total: Money::new(minor, currency) }
                    }
                    _ => Told::Nothing,
                }
            }
            _ => Told::Nothing,
        })
    }
}
