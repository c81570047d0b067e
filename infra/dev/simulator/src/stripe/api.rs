//! The calls: key, faults, idempotency, and who answers what.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::state::{Answer, error};
use super::{NAME, Stripe, form};
use crate::fault::{Fault, Place};
use crate::server::cut;
use crate::sync::lock;

/// All routes under `/stripe/v1`.
pub fn routes(stripe: Stripe) -> Router {
    let api = Router::new()
        .route("/checkout/sessions", post(open))
        .route("/payment_intents", get(list).post(debit))
        .route("/payment_intents/{id}", get(one))
        .route("/refunds", post(refund))
        .with_state(stripe);
    Router::new().nest("/stripe/v1", api)
}

fn response((status, body): Answer) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(body)).into_response()
}

impl Stripe {
    fn admit(&self, headers: &HeaderMap) -> Result<(), Answer> {
        let key = super::lock(&self.config).secret_key.clone();
        let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        match given.strip_prefix("Bearer ") {
            Some(given) if !given.is_empty() && (key.is_empty() || given == key) => Ok(()),
            _ => Err(error(401, "invalid_request_error", "api_key_invalid", "Invalid API Key provided")),
        }
    }

    /// What faults make of a call, before and behind it.
    async fn strike(&self, operation: &str) -> (Option<Response>, Vec<Fault>) {
        let place = Place { provider: NAME.to_owned(), operation: operation.to_owned(), ..Place::default() };
        let (mut early, mut later) = (None, Vec::new());
        for fault in self.sim.faults().take(&place) {
            match fault {
                Fault::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Fault::Hang { ms } => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    early = Some(cut());
                }
                Fault::Reset => early = Some(cut()),
                Fault::RateLimited { .. } => {
                    early = Some(response(error(429, "rate_limit_error", "rate_limit", "Too many requests")));
                }
                Fault::ServerError { status } => {
                    early = Some(response(error(status, "api_error", "api_error", "Something went wrong")));
                }
                other => later.push(other),
            }
        }
        (early, later)
    }

    async fn call(
        &self,
        operation: &str,
        headers: &HeaderMap,
        body: Option<&Bytes>,
        work: impl FnOnce(&Self, &str) -> Answer,
    ) -> Response {
        if let Err(refused) = self.admit(headers) {
            return response(refused);
        }
        let (early, later) = self.strike(operation).await;
        if let Some(early) = early {
            return early;
        }
        let text = body.map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
        let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let request = format!("{operation} {text}");
        let known = if key.is_empty() { None } else { lock(&self.state).repeated(key, &request) };
        let answered = if let Some(known) = known {
            known
        } else {
            let answered = work(self, &text);
            if !key.is_empty() {
                lock(&self.state).keep(key, &request, &answered);
            }
            answered
        };
        if later.contains(&Fault::Lost) {
            return cut();
        }
        if later.contains(&Fault::Malformed) {
            return (StatusCode::OK, "{\"id\": ").into_response();
        }
        response(answered)
    }
}

async fn open(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    let work = |stripe: &Stripe, text: &str| {
        let id = stripe.id("cs_test");
        let url = format!("{}/stripe/pay/{id}", stripe.sim.public_url());
        lock(&stripe.state).open(&id, &url, &form::read(text), stripe.second())
    };
    stripe.call("checkout", &headers, Some(&body), work).await
}

async fn debit(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    let work = |stripe: &Stripe, text: &str| {
        let id = stripe.id("pi");
        let answered = lock(&stripe.state).debit(&id, &form::read(text), stripe.second());
        if answered.0 == 200 {
            let intent = lock(&stripe.state).intent(&id, false).unwrap_or_default();
            stripe.tell("payment_intent.succeeded", &intent, "good", 0);
        }
        answered
    };
    stripe.call("debit", &headers, Some(&body), work).await
}

async fn list(State(stripe): State<Stripe>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let asked = form::read(&query.unwrap_or_default());
    let customer = asked.get("customer").cloned().unwrap_or_default();
    let work = |stripe: &Stripe, _: &str| (200, lock(&stripe.state).of_customer(&customer));
    stripe.call("payments", &headers, None, work).await
}

async fn one(
    State(stripe): State<Stripe>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let expanded = form::read(&query.unwrap_or_default()).values().any(|value| value == "payment_method");
    let work = |stripe: &Stripe, _: &str| match lock(&stripe.state).intent(&id, expanded) {
        Some(intent) => (200, intent),
        None => (404, json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } })),
    };
    stripe.call("payment", &headers, None, work).await
}

async fn refund(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    let work = |stripe: &Stripe, text: &str| {
        let id = stripe.id("re");
        lock(&stripe.state).refund(&id, &form::read(text))
    };
    stripe.call("refund", &headers, Some(&body), work).await
}
