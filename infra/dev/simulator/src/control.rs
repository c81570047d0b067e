//! The control API that all providers share.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::fault::Rule;
use crate::phone::routes::answer;

/// Routes under `/control`.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/control/health", get(health))
        .route("/control/config", get(config).put(set_config).post(merge_config))
        .route("/control/reset", post(reset))
        .route("/control/clock", get(clock).post(set_clock))
        .route("/control/idle", post(idle))
        .route("/control/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/control/faults/{id}", delete(remove_fault))
        .route("/control/received", get(received))
        .route("/control/deliveries", get(deliveries))
        .route("/control/journal", delete(clear_journal))
        .route("/control/demo", get(script))
        .route("/control/demo/signed-in", post(signed_in))
        .route("/control/demo/quiet", post(quiet))
        .route("/control/demo/rewind", post(rewind))
        .with_state(app)
}

async fn health(State(app): State<App>) -> Json<Value> {
    let names: Vec<_> = app.providers().iter().map(|provider| provider.name()).collect();
    Json(json!({"ok": true, "seed": app.sim().seed(), "now": app.sim().now_ms(), "providers": names}))
}

async fn config(State(app): State<App>) -> Json<Value> {
    Json(app.config())
}

async fn set_config(State(app): State<App>, Json(config): Json<Value>) -> Response {
    let set = app.set_config(&config);
    app.save();
    answer(set.map(|()| app.config()))
}

async fn merge_config(State(app): State<App>, Json(patch): Json<Value>) -> Response {
    answer(app.merge_config(&patch).map(|()| app.config()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reset {
    seed: Option<u64>,
}

async fn reset(State(app): State<App>, body: Option<Json<Reset>>) -> Json<Value> {
    app.reset(body.unwrap_or_default().0.seed);
    Json(json!({"ok": true, "seed": app.sim().seed()}))
}

async fn clock(State(app): State<App>) -> Json<Value> {
    Json(json!({"now": app.sim().now_ms(), "offset_ms": app.sim().clock().offset_ms()}))
}

#[derive(Deserialize)]
struct SetClock {
    offset_ms: Option<i64>,
    advance_ms: Option<i64>,
}

async fn set_clock(State(app): State<App>, Json(asked): Json<SetClock>) -> Json<Value> {
    let clock = app.sim().clock();
    clock.set_offset_ms(asked.offset_ms.unwrap_or_else(|| clock.offset_ms()) + asked.advance_ms.unwrap_or(0));
    self::clock(State(app)).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Idle {
    timeout_ms: Option<u64>,
}

async fn idle(State(app): State<App>, body: Option<Json<Idle>>) -> Json<Value> {
    let limit = Duration::from_millis(body.unwrap_or_default().0.timeout_ms.unwrap_or(10_000));
    Json(json!({"idle": app.sim().idle(limit).await}))
}

async fn faults(State(app): State<App>) -> Json<Value> {
    Json(json!(app.sim().faults().list()))
}

async fn add_fault(State(app): State<App>, Json(rule): Json<Rule>) -> Json<Value> {
    let id = app.sim().faults().add(rule);
    app.sim().publish(json!({"type": "faults"}));
    Json(json!({"id": id}))
}

async fn clear_faults(State(app): State<App>) -> Json<Value> {
    app.sim().faults().clear();
    app.sim().publish(json!({"type": "faults"}));
    Json(json!({"ok": true}))
}

async fn remove_fault(State(app): State<App>, Path(id): Path<u64>) -> Response {
    let removed = app.sim().faults().remove(id);
    app.sim().publish(json!({"type": "faults"}));
    if removed { Json(json!({"ok": true})).into_response() } else { StatusCode::NOT_FOUND.into_response() }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    after: u64,
    provider: Option<String>,
    /// Part of the path of a call, or the subject of a delivery.
    about: Option<String>,
}

async fn received(State(app): State<App>, Query(filter): Query<Filter>) -> Json<Value> {
    let mut calls = app.sim().journal().calls(filter.after);
    calls.retain(|call| {
        filter.provider.as_ref().is_none_or(|provider| call.provider == *provider)
            && filter.about.as_ref().is_none_or(|about| call.path.contains(about))
    });
    Json(json!(calls))
}

async fn deliveries(State(app): State<App>, Query(filter): Query<Filter>) -> Json<Value> {
    let mut deliveries = app.sim().journal().deliveries(filter.after);
    deliveries.retain(|delivery| {
        filter.provider.as_ref().is_none_or(|provider| delivery.provider == *provider)
            && filter.about.as_ref().is_none_or(|about| delivery.subject == *about)
    });
    Json(json!(deliveries))
}

async fn clear_journal(State(app): State<App>) -> Json<Value> {
    app.sim().journal().clear();
    Json(json!({"ok": true}))
}

async fn script(State(app): State<App>) -> Json<Value> {
    Json(app.script().state())
}

async fn signed_in(State(app): State<App>) -> Json<Value> {
    app.script().signed_in();
    Json(app.script().state())
}

#[derive(Deserialize)]
struct Quiet {
    on: bool,
}

async fn quiet(State(app): State<App>, Json(asked): Json<Quiet>) -> Json<Value> {
    app.script().set_quiet(asked.on);
    app.save();
    Json(app.script().state())
}

async fn rewind(State(app): State<App>) -> Json<Value> {
    app.script().rewind();
    Json(app.script().state())
}
