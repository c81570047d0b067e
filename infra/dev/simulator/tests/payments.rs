//! The played payment provider: pages, cards, debits, refunds, keys and signed deliveries.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use colibri_simulator::callback::{Answer, Caller, Calling, exchange};
use colibri_simulator::{Options, Running, start};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use serde_json::{Value, json};

const SECRET: &str = "whsec_test";

/// One delivery: headers and body.
type Told = (Vec<(String, String)>, String);

/// Keeps what was told.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Told>>>);

impl Caller for Ear {
    fn call(&self, _: Method, _: &str, headers: &[(String, String)], body: Bytes) -> Calling {
        let told = (headers.to_vec(), String::from_utf8(body.to_vec()).unwrap());
        self.0.lock().unwrap().push(told);
        Box::pin(async { Ok(Answer { status: 200, body: String::new() }) })
    }
}

async fn running(ear: &Ear) -> Running {
    let running = start(Options { caller: Arc::new(ear.clone()), ..Options::default() }, 0).await.unwrap();
    let config = json!({ "stripe": { "secret_key": "sk_test_1", "webhook_secret": SECRET } });
    running.app().merge_config(&config).unwrap();
    running
}

async fn call(running: &Running, method: Method, path: &str, key: &str, body: &str) -> (u16, Value) {
    let mut headers = vec![
        ("authorization".to_owned(), "Bearer sk_test_1".to_owned()),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    if !key.is_empty() {
        headers.push(("idempotency-key".to_owned(), key.to_owned()));
    }
    let url = format!("{}{path}", running.url());
    let (status, bytes) = exchange(method, &url, &headers, body.to_owned().into()).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes))))
}

const SESSION: &str = "mode=payment&success_url=http%3A%2F%2F127.0.0.1%2Fdone&cancel_url=http%3A%2F%2F127.0.0.1%2F\
    &line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=5635\
    &line_items[0][price_data][product_data][name]=Colibri&payment_intent_data[metadata][organization]=org_1\
    &payment_intent_data[metadata][charge]=first-1";

async fn page(running: &Running, key: &str) -> String {
    let (status, session) = call(running, Method::POST, "/stripe/v1/checkout/sessions", key, SESSION).await;
    assert_eq!(status, 200, "{session}");
    session["url"].as_str().unwrap().split("/stripe/").nth(1).map(|path| format!("/stripe/{path}")).unwrap()
}

async fn paid(running: &Running, ear: &Ear) -> Value {
    let page = page(running, "k1").await;
    let (status, _) =
        call(running, Method::POST, &page, "", "number=4000+0000+0000+0341&month=12&year=2035").await;
    assert_eq!(status, 303);
    call(running, Method::POST, "/control/idle", "", "").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let (_, body) = ear.0.lock().unwrap().first().cloned().unwrap();
    serde_json::from_str::<Value>(&body).unwrap()["data"]["object"].clone()
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open_and_a_good_one_pays_once() {
    let ear = Ear::default();
    let running = running(&ear).await;
    let page = page(&running, "k1").await;
    let bad = "number=4000000000009995&month=12&year=2035";
    let (status, html) = call(&running, Method::POST, &page, "", bad).await;
    assert_eq!(status, 402);
    assert!(html.as_str().unwrap().contains("no tiene fondos"), "{html}");
    assert!(ear.0.lock().unwrap().is_empty(), "nothing is told of a card that was declined");
    for wrong in ["number=4242424242424241&month=12&year=2035", "number=4242424242424242&month=1&year=2020"] {
        assert_eq!(call(&running, Method::POST, &page, "", wrong).await.0, 402);
    }
    let good = "number=4242+4242+4242+4242&month=12&year=2035";
    assert_eq!(call(&running, Method::POST, &page, "", good).await.0, 303);
    assert_eq!(call(&running, Method::POST, &page, "", good).await.0, 402, "it is paid already");
    let (_, all) = call(&running, Method::GET, "/control/stripe/payments", "", "").await;
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(all[0]["payment_method"]["card"]["last4"], "4242");
    assert_eq!(all[0]["metadata"], json!({ "organization": "org_1", "charge": "first-1" }));
}

#[tokio::test]
async fn deliveries_are_signed_over_their_bytes() {
    let ear = Ear::default();
    let running = running(&ear).await;
    let intent = paid(&running, &ear).await;
    assert_eq!((&intent["amount_received"], &intent["status"]), (&json!(5635), &json!("succeeded")));
    for (headers, body) in ear.0.lock().unwrap().iter() {
        let header = headers.iter().find(|(name, _)| name == "stripe-signature").unwrap().1.clone();
        let time = header.split(',').next().unwrap().strip_prefix("t=").unwrap().to_owned();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{time}.{body}").as_bytes());
        assert_eq!(header, format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes())));
    }
}

#[tokio::test]
async fn a_kept_card_is_debited_by_key_and_what_was_paid_goes_back_once() {
    let ear = Ear::default();
    let running = running(&ear).await;
    let intent = paid(&running, &ear).await;
    let (customer, method) =
        (intent["customer"].as_str().unwrap(), intent["payment_method"].as_str().unwrap());
    let debit = format!(
        "amount=5635&currency=usd&customer={customer}&payment_method={method}&metadata[charge]=cycle-1"
    );
    let (status, refused) = call(&running, Method::POST, "/stripe/v1/payment_intents", "d1", &debit).await;
    assert_eq!((status, &refused["error"]["decline_code"]), (402, &json!("insufficient_funds")));
    let lift = json!({ "customer": customer }).to_string();
    let json_type = vec![("content-type".to_owned(), "application/json".to_owned())];
    let url = format!("{}/control/stripe/bank", running.url());
    exchange(Method::POST, &url, &json_type, lift.into()).await.unwrap();
    // The same key says the same again, whatever the bank says by now.
    let again = call(&running, Method::POST, "/stripe/v1/payment_intents", "d1", &debit).await;
    assert_eq!(again, (402, refused));
    let (status, made) = call(&running, Method::POST, "/stripe/v1/payment_intents", "d2", &debit).await;
    assert_eq!((status, &made["payment_method"]["card"]["last4"]), (200, &json!("0341")));
    let same = call(&running, Method::POST, "/stripe/v1/payment_intents", "d2", &debit).await;
    assert_eq!(same.1["id"], made["id"]);
    let (status, other) = call(&running, Method::POST, "/stripe/v1/payment_intents", "d2", "amount=1").await;
    assert_eq!((status, &other["error"]["type"]), (400, &json!("idempotency_error")));

    let back = format!("payment_intent={}&amount=5635", made["id"].as_str().unwrap());
    assert_eq!(call(&running, Method::POST, "/stripe/v1/refunds", "r1", &back).await.0, 200);
    assert_eq!(call(&running, Method::POST, "/stripe/v1/refunds", "r1", &back).await.0, 200);
    let (_, more) = call(&running, Method::POST, "/stripe/v1/refunds", "r2", &back).await;
    assert_eq!(more["error"]["code"], "charge_already_refunded");
    let path = format!("/stripe/v1/payment_intents?customer={customer}&limit=100");
    let (_, tries) = call(&running, Method::GET, &path, "", "").await;
    assert_eq!(tries["data"].as_array().unwrap().len(), 3, "the declined try stays in the list");
}

#[tokio::test]
async fn a_wrong_key_opens_nothing() {
    let ear = Ear::default();
    let running = running(&ear).await;
    let url = format!("{}/stripe/v1/refunds", running.url());
    let headers = vec![("authorization".to_owned(), "Bearer sk_test_2".to_owned())];
    let (status, _) = exchange(Method::POST, &url, &headers, Bytes::new()).await.unwrap();
    assert_eq!(status, 401);
}
