//! The phone page and the calls it makes.

use std::convert::Infallible;

use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::Stream;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::app::App;
use crate::phone::act::Act;
use crate::phone::thread::ThreadKey;
use crate::provider::Refusal;
use crate::samples;

/// The page: one file to the browser, nothing loaded from elsewhere.
const PAGE: &str = concat!(
    include_str!("page/head.html"),
    "<style>",
    include_str!("page/phone.css"),
    "</style></head>",
    include_str!("page/body.html"),
    "<script>\"use strict\";",
    include_str!("page/words.js"),
    include_str!("page/bubbles.js"),
    include_str!("page/composer.js"),
    include_str!("page/tools.js"),
    include_str!("page/main.js"),
    "</script></body></html>",
);

/// Routes under `/phone`.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/phone", get(|| async { Html(PAGE) }))
        .route("/phone/state", get(state))
        .route("/phone/thread", get(thread))
        .route("/phone/events", get(events))
        .route("/phone/people/{provider}", post(save_person))
        .route("/phone/act", post(act))
        .route("/phone/media/{provider}/{id}", get(media))
        .route("/phone/samples/{name}", get(sample))
        .with_state(app)
}

async fn state(State(app): State<App>) -> Json<Value> {
    let lines: Vec<_> = app.providers().iter().flat_map(|provider| provider.lines()).collect();
    let people: Vec<_> = app.providers().iter().flat_map(|provider| provider.people()).collect();
    Json(json!({
        "now": app.sim().now_ms(), "lines": lines, "people": people,
        "script": app.script().state(), "faults": app.sim().faults().list(),
    }))
}

async fn thread(State(app): State<App>, Query(key): Query<ThreadKey>) -> Json<Value> {
    Json(json!({"bubbles": app.sim().threads().bubbles(&key)}))
}

async fn events(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let receiver = app.sim().subscribe();
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let event = match receiver.recv().await {
            Ok(event) => event,
            Err(broadcast::error::RecvError::Lagged(_)) => json!({"type": "reload"}),
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        Some((Ok(Event::default().data(event.to_string())), receiver))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn save_person(
    State(app): State<App>,
    Path(provider): Path<String>,
    Json(person): Json<Value>,
) -> Response {
    let saved = app.provider(&provider).and_then(|provider| provider.save_person(&person));
    app.sim().publish(json!({"type": "people"}));
    app.save();
    answer(saved.map(|person| json!(person)))
}

#[derive(Deserialize)]
struct Acting {
    #[serde(flatten)]
    key: ThreadKey,
    act: Act,
}

async fn act(State(app): State<App>, Json(acting): Json<Acting>) -> Response {
    let done = app
        .provider(&acting.key.provider)
        .and_then(|provider| provider.act(&acting.key.line, &acting.key.person, acting.act));
    app.save();
    answer(done.map(|id| json!({"id": id})))
}

async fn media(State(app): State<App>, Path((provider, id)): Path<(String, String)>) -> Response {
    let found = app.provider(&provider).ok().and_then(|provider| provider.media(&id));
    match found {
        Some((mime, bytes)) => ([("content-type", mime)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn sample(Path(name): Path<String>) -> Response {
    match samples::find(&name) {
        Some(sample) => ([("content-type", sample.mime_type)], sample.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// 200 with the value, or 400 with the reason.
pub fn answer(outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(value) => Json(value).into_response(),
        Err(refusal) => (StatusCode::BAD_REQUEST, Json(json!(refusal))).into_response(),
    }
}
