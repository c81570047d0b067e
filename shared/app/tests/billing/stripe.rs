//! Stripe's requests and answers, in the shapes of its documentation.

use std::sync::Arc;

use colibri_app::billing::payments::{Asked, Forged, Outcome, PaymentError, Payments as _, Told};
use colibri_app::billing::stripe::Stripe;
use colibri_app::ports::HttpError;
use colibri_domain::Millis;
use colibri_domain::billing::{Card, Money};
use colibri_testing::FixedClock;
use colibri_testing::ports::ScriptedHttp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};

const NOW: Millis = Millis(1_768_478_400_000);

fn stripe(http: &ScriptedHttp) -> Stripe {
    Stripe {
        http: Arc::new(http.clone()),
        base_url: "https://api.stripe.example".to_owned(),
        secret_key: "sk_test_1".to_owned().into(),
        webhook_secret: "whsec_1".to_owned().into(),
        now: Arc::new(FixedClock::default()),
    }
}

fn asked() -> Asked {
    Asked {
        organization: "org_1".parse().unwrap(),
        charge: "cycle-1".to_owned(),
        total: Money::usd(5_635),
        text: "Colibri: crm-1000".to_owned(),
    }
}

fn card() -> Card {
    Card {
        provider: "stripe".to_owned(),
        customer: "cus_1".to_owned(),
        method: "pm_1".to_owned(),
        brand: "visa".to_owned(),
        last4: "4242".to_owned(),
        expires: (8, 2030),
    }
}

fn intent(status: &str, charge: &str) -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "amount": 5635, "amount_received": 5635, "currency": "usd",
        "created": 1_768_478_000, "customer": "cus_1", "status": status,
        "metadata": { "organization": "org_1", "charge": charge },
        "payment_method": { "id": "pm_1", "object": "payment_method", "type": "card",
            "card": { "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030 } },
        "last_payment_error": null
    })
}

fn body(request: &http::Request<bytes::Bytes>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

#[tokio::test]
async fn a_debit_names_its_charge_and_its_key() {
    let http = ScriptedHttp::default();
    http.answer(200, intent("succeeded", "cycle-1").to_string());
    let outcome = stripe(&http).debit(&asked(), &card(), "org_1-cycle-1-2").await.unwrap();
    let Outcome::Paid(received) = outcome else { panic!("{outcome:?}") };
    assert_eq!((received.payment.reference.as_str(), received.total), ("pi_1", Money::usd(5_635)));
    assert_eq!(received.card, Some(card()));
    let request = &http.requests()[0];
    assert_eq!(request.uri(), "https://api.stripe.example/v1/payment_intents");
    assert_eq!(request.headers()["idempotency-key"], "org_1-cycle-1-2");
    assert_eq!(request.headers()["authorization"], "Bearer sk_test_1");
    let sent = body(request);
    for (name, value) in [
        ("amount", "5635"),
        ("currency", "usd"),
        ("off_session", "true"),
        ("confirm", "true"),
        ("customer", "cus_1"),
        ("metadata[charge]", "cycle-1"),
    ] {
        assert!(sent.contains(&(name.to_owned(), value.to_owned())), "{name} in {sent:?}");
    }
}

#[tokio::test]
async fn what_a_bank_declines_is_no_error_and_what_is_unknown_is_no_answer() {
    let http = ScriptedHttp::default();
    let stripe = stripe(&http);
    let declined = json!({ "error": { "type": "card_error", "code": "card_declined",
        "decline_code": "insufficient_funds" } });
    http.answer(402, declined.to_string());
    let outcome = stripe.debit(&asked(), &card(), "k").await.unwrap();
    assert_eq!(outcome, Outcome::Declined("insufficient_funds".into()));
    let action = json!({ "error": { "type": "card_error", "code": "authentication_required" } });
    http.answer(402, action.to_string());
    let outcome = stripe.debit(&asked(), &card(), "k").await.unwrap();
    assert_eq!(outcome, Outcome::Declined("authentication_required".into()));
    for status in [409, 429, 500, 503] {
        http.answer(status, "{}");
        assert!(matches!(stripe.debit(&asked(), &card(), "k").await, Err(PaymentError::NoAnswer(_))));
    }
    http.answer_with(Err(HttpError::AnswerLost("time".into())));
    assert!(matches!(stripe.debit(&asked(), &card(), "k").await, Err(PaymentError::NoAnswer(_))));
    let wrong = json!({ "error": { "type": "invalid_request_error", "code": "parameter_missing" } });
    http.answer(400, wrong.to_string());
    assert!(matches!(stripe.debit(&asked(), &card(), "k").await, Err(PaymentError::Refused(_))));
    http.answer(200, intent("processing", "cycle-1").to_string());
    assert_eq!(stripe.debit(&asked(), &card(), "k").await.unwrap(), Outcome::Waiting);
}

#[tokio::test]
async fn an_earlier_payment_is_found_among_the_customer_s() {
    let http = ScriptedHttp::default();
    let stripe = stripe(&http);
    let list =
        json!({ "data": [intent("succeeded", "cycle-0"), intent("requires_payment_method", "cycle-1")] });
    http.answer(200, list.to_string());
    assert_eq!(stripe.find(&asked(), Some(&card())).await.unwrap(), None);
    let list = json!({ "data": [intent("canceled", "cycle-1"), intent("succeeded", "cycle-1")] });
    http.answer(200, list.to_string());
    assert!(matches!(stripe.find(&asked(), Some(&card())).await.unwrap(), Some(Outcome::Paid(_))));
    assert_eq!(stripe.find(&asked(), None).await.unwrap(), None);
    http.answer(404, "{}");
    assert_eq!(stripe.payment("pi_2").await.unwrap(), None);
    assert_eq!(stripe.payment("../refunds").await.unwrap(), None, "never leaves its path");
    let other =
        json!({ "id": "pi_3", "status": "succeeded", "amount": 1, "currency": "usd", "metadata": {} });
    http.answer(200, other.to_string());
    assert_eq!(stripe.payment("pi_3").await.unwrap(), None, "somebody else's payment");
}

#[tokio::test]
async fn a_page_keeps_the_card_and_a_refund_its_key() {
    let http = ScriptedHttp::default();
    let stripe = stripe(&http);
    http.answer(200, json!({ "id": "cs_1", "url": "https://checkout.example/cs_1" }).to_string());
    let page = stripe.page(&asked(), None, "https://console.example/settings/billing").await.unwrap();
    assert_eq!(page, "https://checkout.example/cs_1");
    let sent = body(&http.requests()[0]);
    for (name, value) in [
        ("mode", "payment"),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("payment_intent_data[metadata][charge]", "cycle-1"),
        ("customer_creation", "always"),
        ("line_items[0][price_data][unit_amount]", "5635"),
    ] {
        assert!(sent.contains(&(name.to_owned(), value.to_owned())), "{name} in {sent:?}");
    }
    http.answer(200, json!({ "id": "re_1" }).to_string());
    stripe.refund("pi_1", Money::usd(100), "k2").await.unwrap();
    assert_eq!(http.requests()[0].headers()["idempotency-key"], "k2");
    let again = json!({ "error": { "code": "charge_already_refunded" } });
    http.answer(400, again.to_string());
    stripe.refund("pi_1", Money::usd(100), "k2").await.unwrap();
}

fn signed(body: &str, at: i64, secret: &str) -> http::HeaderMap {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let mut headers = http::HeaderMap::new();
    let value = format!("t={at},v1=00ff,v1={signature},v0=old");
    headers.insert("stripe-signature", value.parse().unwrap());
    headers
}

#[test]
fn deliveries_are_signed_and_fresh() {
    let stripe = stripe(&ScriptedHttp::default());
    let event = |kind: &str, object: Value| json!({ "type": kind, "data": { "object": object } }).to_string();
    let second = NOW.0 / 1000;
    let told =
        |body: &str, at: i64, secret: &str| stripe.told(&signed(body, at, secret), body.as_bytes(), NOW);
    let done = event("checkout.session.completed", json!({ "payment_intent": "pi_1" }));
    assert_eq!(told(&done, second, "whsec_1"), Ok(Told::Payment("pi_1".into())));
    assert_eq!(told(&done, second - 299, "whsec_1"), Ok(Told::Payment("pi_1".into())));
    assert_eq!(told(&done, second - 3_600, "whsec_1"), Err(Forged::Stale));
    assert_eq!(told(&done, second + 301, "whsec_1"), Err(Forged::Stale));
    assert_eq!(told(&done, second, "whsec_2"), Err(Forged::Signature));
    assert_eq!(stripe.told(&http::HeaderMap::new(), done.as_bytes(), NOW), Err(Forged::Signature));
    let headers = signed(&done, second, "whsec_1");
    assert_eq!(stripe.told(&headers, b"{}", NOW), Err(Forged::Signature), "another body");
    assert_eq!(told("not json", second, "whsec_1"), Err(Forged::Unreadable));
    let paid = event("payment_intent.succeeded", json!({ "id": "pi_2" }));
    assert_eq!(told(&paid, second, "whsec_1"), Ok(Told::Payment("pi_2".into())));
    let other = event("invoice.created", json!({ "id": "in_1" }));
    assert_eq!(told(&other, second, "whsec_1"), Ok(Told::Nothing));
    let dispute = json!({ "payment_intent": "pi_1", "amount": 5635, "currency": "usd" });
    let dispute = event("charge.dispute.created", dispute);
    let disputed = Told::Disputed { payment: "pi_1".into(), total: Money::usd(5_635) };
    assert_eq!(told(&dispute, second, "whsec_1"), Ok(disputed));
}
