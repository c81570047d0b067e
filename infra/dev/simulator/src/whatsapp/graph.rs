//! Graph's routes: token, version, faults, and who answers what.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::config::TokenState;
use super::errors::GraphError;
use super::{NAME, WhatsApp};
use crate::fault::{Fault, Place};
use crate::server::cut;
use crate::sync::lock;

/// Query parameters of a call.
pub type Params = std::collections::BTreeMap<String, String>;

/// What a route answers with.
pub type Answered = Result<Value, GraphError>;

/// All routes under `/graph`.
pub fn routes(whatsapp: WhatsApp) -> Router {
    let graph = Router::new()
        .route("/media-files/{id}", get(super::media::download))
        .route("/{version}/debug_token", get(super::account::debug_token))
        .route("/{version}/{id}", get(node).post(update_node).delete(super::media::delete))
        .route("/{version}/{id}/messages", axum::routing::post(super::send::messages))
        .route("/{version}/{id}/marketing_messages", axum::routing::post(super::send::messages))
        .route("/{version}/{id}/media", axum::routing::post(super::media::upload))
        .route(
            "/{version}/{id}/message_templates",
            get(super::templates::list).post(super::templates::create),
        )
        .route("/{version}/{id}/phone_numbers", get(super::account::phone_numbers))
        .route(
            "/{version}/{id}/subscribed_apps",
            get(super::account::subscribed)
                .post(super::account::subscribe)
                .delete(super::account::unsubscribe),
        )
        .route("/{version}/{id}/subscriptions", axum::routing::post(super::account::app_subscription))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(110 * 1024 * 1024))
        .with_state(whatsapp);
    Router::new().nest("/graph", graph)
}

async fn unknown(State(whatsapp): State<WhatsApp>) -> Response {
    let error = GraphError::new(100, "Unsupported request: no such path");
    error.response(&whatsapp.trace())
}

/// `GET /{id}`: a medium, a number or an account.
async fn node(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let is_medium = lock(&whatsapp.state).media.contains_key(&id);
    if is_medium || !whatsapp.is_node(&id) {
        return super::media::info(whatsapp, id, params, headers).await;
    }
    super::account::node(whatsapp, id, params, headers).await
}

/// `POST /{phone-number-id}`: settings of a number.
async fn update_node(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    super::account::update_number(whatsapp, id, headers, body).await
}

/// The faults of one call: those that answer at once, and those for later.
pub struct Struck {
    /// Answers instead of the route.
    pub early: Option<Response>,
    /// For the route to act on.
    pub later: Vec<Fault>,
}

impl Struck {
    /// Whether this very fault strikes later.
    pub fn has(&self, fault: &Fault) -> bool {
        self.later.contains(fault)
    }
}

impl WhatsApp {
    /// A trace id of Graph's errors.
    pub fn trace(&self) -> String {
        format!("A{}", self.sim.random().hex(10))
    }

    fn is_node(&self, id: &str) -> bool {
        let state = lock(&self.state);
        state.number(id).is_some() || state.config.accounts.iter().any(|account| account.id == id)
    }

    /// Takes the faults of a call; waits, and answers at once where they say so.
    pub async fn strike(&self, place: Place) -> Struck {
        let mut struck = Struck { early: None, later: Vec::new() };
        for fault in self.sim.faults().take(&Place { provider: NAME.to_owned(), ..place }) {
            match fault {
                Fault::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Fault::Hang { ms } => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    struck.early = Some(cut());
                }
                other => match self.early(&other) {
                    Some(response) => struck.early = Some(response),
                    None => struck.later.push(other),
                },
            }
        }
        struck
    }

    fn early(&self, fault: &Fault) -> Option<Response> {
        match fault {
            Fault::RateLimited { retry_after } => {
                let mut response = GraphError::usual(130_429).response(&self.trace());
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
                }
                Some(response)
            }
            Fault::ServerError { status } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                Some((status, "<html><body>Sorry, something went wrong.</body></html>").into_response())
            }
            Fault::Reset => Some(cut()),
            Fault::OkWithError { code } => {
                Some(axum::Json(GraphError::usual(*code).body(&self.trace())).into_response())
            }
            Fault::Error { code, details, .. } => {
                let mut error = GraphError::usual(*code);
                error.details = details.clone().unwrap_or(error.details);
                Some(error.response(&self.trace()))
            }
            _ => None,
        }
    }

    /// Turns what a route came to into its response; the answer may be lost or broken on the way.
    pub fn finish(&self, answered: Answered, later: &[Fault]) -> Response {
        if later.contains(&Fault::Lost) {
            return cut();
        }
        if later.contains(&Fault::Malformed) {
            let broken = Body::from("{\"messaging_product\":\"whatsapp\",\"messages\":[{\"id\":");
            return ([(header::CONTENT_TYPE, "application/json")], broken).into_response();
        }
        match answered {
            Ok(value) => axum::Json(value).into_response(),
            Err(error) => error.response(&self.trace()),
        }
    }

    /// Checks the bearer token.
    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), GraphError> {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("OAuth ")))
            .unwrap_or_default();
        self.token_state(token)
    }

    fn token_state(&self, token: &str) -> Result<(), GraphError> {
        let state = lock(&self.state);
        if token.is_empty() {
            return Err(GraphError::new(190, "An access token is required to request this resource."));
        }
        if state.config.tokens.is_empty() {
            return Ok(());
        }
        match state.config.tokens.iter().find(|known| known.token == token).map(|known| known.state) {
            Some(TokenState::Valid) => Ok(()),
            Some(TokenState::Unpermitted) => {
                Err(GraphError::new(10, "Application does not have permission for this action"))
            }
            Some(TokenState::Expired) => {
                Err(GraphError::new(190, "Error validating access token: Session has expired."))
            }
            None => Err(GraphError::new(190, "Invalid OAuth access token - Cannot parse access token")),
        }
    }
}

/// A place of an operation on a line.
pub fn place(operation: &str, line: &str) -> Place {
    Place { operation: operation.to_owned(), line: Some(line.to_owned()), ..Place::default() }
}

/// `{"success":true}`.
pub fn success() -> Value {
    json!({"success": true})
}
