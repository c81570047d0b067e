//! A simulator without a network: routes are called in process, callbacks end in a recorder.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use colibri_simulator::callback::{Answer, Caller, Calling};
use colibri_simulator::clock::Clock;
use colibri_simulator::{App, Options};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Number of the demo.
pub const NUMBER: &str = "424200000000101";
/// Rosa, whose window is open.
pub const ROSA: &str = "593900000001";
/// Lucía, whose window is closed.
pub const LUCIA: &str = "593900000005";

/// Proof of who calls the Graph API.
const BEARER: &str = "Bearer colibri-demo-token";
/// Proof of who calls Twilio.
const BASIC: &str =
    "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

/// One call that reached a callback URL.
#[derive(Clone)]
pub struct Delivered {
    pub at_ms: u128,
    pub url: String,
    pub signature: Option<String>,
    pub body: Bytes,
}

impl Delivered {
    /// The value of the first change.
    pub fn value(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["entry"][0]["changes"][0]["value"].clone()
    }

    /// `status` of the first status, or an empty text.
    pub fn status(&self) -> String {
        self.value()["statuses"][0]["status"].as_str().unwrap_or_default().to_owned()
    }
}

/// Records callbacks and answers them as told; 200 when nothing is told.
#[derive(Clone)]
pub struct Recorder {
    begun: tokio::time::Instant,
    delivered: Arc<Mutex<Vec<Delivered>>>,
    answers: Arc<Mutex<VecDeque<Option<u16>>>>,
}

impl Recorder {
    pub fn all(&self) -> Vec<Delivered> {
        self.delivered.lock().unwrap().clone()
    }

    /// Statuses that arrived for any message, in order.
    pub fn statuses(&self) -> Vec<String> {
        self.all().iter().map(Delivered::status).filter(|status| !status.is_empty()).collect()
    }

    /// The next answers; `None` is no answer at all.
    pub fn answer_with(&self, answers: impl IntoIterator<Item = Option<u16>>) {
        self.answers.lock().unwrap().extend(answers);
    }
}

impl Caller for Recorder {
    fn call(&self, method: Method, url: &str, headers: &[(String, String)], body: Bytes) -> Calling {
        if method == Method::POST {
            let signature = headers
                .iter()
                .find(|(name, _)| name == "x-hub-signature-256")
                .map(|(_, value)| value.clone());
            self.delivered.lock().unwrap().push(Delivered {
                at_ms: self.begun.elapsed().as_millis(),
                url: url.to_owned(),
                signature,
                body,
            });
        }
        let told = self.answers.lock().unwrap().pop_front().unwrap_or(Some(200));
        Box::pin(async move {
            match told {
                Some(status) => Ok(Answer { status, body: String::new() }),
                None => Err("connection refused".to_owned()),
            }
        })
    }
}

/// A simulator and its recorder.
pub struct World {
    pub app: App,
    pub recorder: Recorder,
}

/// A fresh simulator with the demo's configuration; needs tokio's time paused.
pub fn world() -> World {
    let recorder =
        Recorder { begun: tokio::time::Instant::now(), delivered: Arc::default(), answers: Arc::default() };
    let caller: Arc<dyn Caller> = Arc::new(recorder.clone());
    let clock = Clock::starting_at(1_767_225_600_000);
    let app = App::new(Options { seed: 7, state_file: None, caller, clock });
    World { app, recorder }
}

impl World {
    pub async fn request(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        // A text is a form as it stands, of the provider that takes forms.
        let (bytes, kind, proof) = match body {
            Value::Null => (String::new(), "application/json", BEARER),
            Value::String(form) => (form.clone(), "application/x-www-form-urlencoded", BASIC),
            json => (json.to_string(), "application/json", BEARER),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", proof)
            .header("content-type", kind)
            .body(Body::from(bytes))
            .unwrap();
        let response = self.app.router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.request("POST", path, &body).await
    }

    /// Sends a message of the business to a customer.
    pub async fn send(&self, to: &str, mut body: Value) -> (StatusCode, Value) {
        body["messaging_product"] = json!("whatsapp");
        body["to"] = json!(to);
        self.post(&format!("/graph/v25.0/{NUMBER}/messages"), body).await
    }

    pub async fn send_text(&self, to: &str) -> (StatusCode, Value) {
        self.send(to, json!({"type": "text", "text": {"body": "Buenas tardes"}})).await
    }

    pub async fn fault(&self, fault: Value) {
        assert_eq!(self.post("/control/faults", fault).await.0, StatusCode::OK);
    }

    /// Lets all statuses and deliveries happen.
    pub async fn settle(&self) {
        assert!(self.app.sim().idle(Duration::from_hours(200)).await);
    }
}
