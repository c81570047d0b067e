//! The Graph paths that a business calls: token, version, faults, and who answers what.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::Meta;
use super::config::{Account, Token, TokenState};
use super::errors::GraphError;
use super::state::Subscription;
use crate::fault::{Fault, Place};
use crate::server::cut;

/// Query of a call.
pub type Params = BTreeMap<String, String>;
/// What a call comes to.
pub type Answered = Result<Value, GraphError>;

/// All routes below the product's root.
pub fn routes(meta: Meta) -> Router {
    let root = meta.product.root;
    let api = Router::new()
        .route("/files/{id}", get(file))
        .route("/{version}/debug_token", get(debug_token))
        .route("/{version}/{id}", get(node))
        .route("/{version}/{id}/messages", post(messages))
        .route("/{version}/{id}/subscribed_apps", get(subscribed).post(subscribe).delete(unsubscribe))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(1024 * 1024))
        .with_state(meta);
    Router::new().nest(root, api)
}

async fn unknown(State(meta): State<Meta>) -> Response {
    GraphError::new(2500, "Unknown path components").response(&meta.trace())
}

/// Bytes of a file that somebody sent; the link needs no token.
async fn file(State(meta): State<Meta>, Path(id): Path<String>) -> Response {
    let (early, later) = meta.strike(meta.place("media_download")).await;
    if let Some(early) = early {
        return early;
    }
    if later.contains(&Fault::Lost) || later.contains(&Fault::Malformed) {
        return cut();
    }
    // Other providers are asked for a link first: the phone's button names that call.
    let (_, gone) = meta.strike(meta.place("media_info")).await;
    let expired = [later, gone].concat().contains(&Fault::ExpiredMedia);
    let held = meta.state().files.get(&id).cloned();
    match held.filter(|_| !expired) {
        Some(held) => ([(header::CONTENT_TYPE, held.mime_type)], held.bytes).into_response(),
        None => (StatusCode::FORBIDDEN, "URL signature expired").into_response(),
    }
}

async fn debug_token(State(meta): State<Meta>, Query(params): Query<Params>, headers: HeaderMap) -> Response {
    let (early, later) = meta.strike(meta.place("debug_token")).await;
    if let Some(early) = early {
        return early;
    }
    let answered = match (bearer(&headers, &params), params.get("input_token")) {
        (None, _) => Err(no_token()),
        (_, None) => Err(GraphError::bad("The parameter input_token is required.")),
        (Some(_), Some(token)) => Ok(meta.token_facts(token)),
    };
    meta.finish(answered, &later)
}

/// An account of the business, or who a person is.
async fn node(
    State(meta): State<Meta>,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let own = id == "me" || meta.state().config.account(&id).is_some();
    let place = meta.place(if own { "number" } else { "profile" });
    let customer = (!own).then(|| id.clone());
    let (early, later) = meta.strike(Place { customer, ..place }).await;
    if let Some(early) = early {
        return early;
    }
    let answered = meta.allowed(&headers, &params).and_then(|(account, _)| {
        let all = if own { self::own(&account, &id)? } else { meta.profile(&account, &id)? };
        Ok(chosen(&all, params.get("fields").map(String::as_str)))
    });
    meta.finish(answered, &later)
}

async fn messages(
    State(meta): State<Meta>,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let sort = body["sender_action"].as_str().or_else(|| body["message"]["attachment"]["type"].as_str());
    let operation = if body["sender_action"].is_string() { "read" } else { "send" };
    let account = meta.allowed(&headers, &params).map(|(account, token)| (account.id, token.app));
    let place = Place {
        line: account.as_ref().ok().map(|(account, _)| account.clone()),
        customer: body["recipient"]["id"].as_str().map(str::to_owned),
        message_type: Some(sort.unwrap_or("text").to_owned()),
        ..meta.place(operation)
    };
    let (early, later) = meta.strike(place).await;
    if let Some(early) = early {
        return early;
    }
    let answered = match account {
        Ok((account, _)) if id != "me" && id != account => Err(GraphError::no_object(&id)),
        Ok((account, app)) => meta.taken(&account, &app, &body, &later).await,
        Err(error) => Err(error),
    };
    meta.finish(answered, &later)
}

async fn subscribed(
    state: State<Meta>,
    path: Path<(String, String)>,
    query: Query<Params>,
    headers: HeaderMap,
) -> Response {
    subscription(state, path, query, headers, |meta, account, app, _| {
        let state = meta.state();
        let known = state.kept.subscriptions.get(account).filter(|known| known.app == app);
        let one = |known: &Subscription| json!({"id": known.app, "subscribed_fields": known.fields});
        Ok(json!({"data": known.map(one).into_iter().collect::<Vec<_>>()}))
    })
    .await
}

async fn subscribe(
    state: State<Meta>,
    path: Path<(String, String)>,
    query: Query<Params>,
    headers: HeaderMap,
) -> Response {
    subscription(state, path, query, headers, |meta, account, app, params| {
        let wanted = params.get("subscribed_fields").map(String::as_str).unwrap_or_default();
        let fields: Vec<String> =
            wanted.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect();
        if fields.is_empty() {
            return Err(GraphError::bad("The parameter subscribed_fields is required."));
        }
        let known = |field: &str| {
            field == "standby"
                || field == meta.product.echoes
                || meta.product.fields.iter().any(|(_, known)| *known == field)
        };
        if let Some(place) = fields.iter().position(|field| !known(field)) {
            let field = &fields[place];
            let words =
                format!("Param subscribed_fields[{place}] must be one of the fields - got \"{field}\".");
            return Err(GraphError::bad(words));
        }
        let subscription = Subscription { app: app.to_owned(), fields };
        meta.state().kept.subscriptions.insert(account.to_owned(), subscription);
        Ok(json!({"success": true}))
    })
    .await
}

async fn unsubscribe(
    state: State<Meta>,
    path: Path<(String, String)>,
    query: Query<Params>,
    headers: HeaderMap,
) -> Response {
    subscription(state, path, query, headers, |meta, account, _, _| {
        meta.state().kept.subscriptions.remove(account);
        Ok(json!({"success": true}))
    })
    .await
}

async fn subscription(
    State(meta): State<Meta>,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
    act: impl FnOnce(&Meta, &str, &str, &Params) -> Answered,
) -> Response {
    let (early, later) = meta.strike(Place { line: Some(id.clone()), ..meta.place("subscribe") }).await;
    if let Some(early) = early {
        return early;
    }
    let answered = meta.allowed(&headers, &params).and_then(|(account, token)| {
        if id != "me" && id != account.id {
            return Err(GraphError::no_object(&id));
        }
        act(&meta, &account.id, &token.app, &params)
    });
    meta.finish(answered, &later)
}

/// The token of a call: as a header or as a parameter.
fn bearer(headers: &HeaderMap, params: &Params) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header =
        header.and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("OAuth ")));
    let token = header.map(str::to_owned).or_else(|| params.get("access_token").cloned());
    token.filter(|token| !token.is_empty())
}

fn no_token() -> GraphError {
    GraphError::new(190, "An access token is required to request this resource.")
}

fn expired() -> GraphError {
    GraphError::new(190, "Error validating access token: Session has expired.").sub(463)
}

/// Only the wanted fields, and always the id.
fn chosen(all: &Value, wanted: Option<&str>) -> Value {
    let (Some(wanted), Value::Object(members)) = (wanted, all) else { return all.clone() };
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    let kept = members.iter().filter(|(name, _)| *name == "id" || wanted.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The account that a token acts for.
fn own(account: &Account, id: &str) -> Answered {
    if id != "me" && id != account.id {
        return Err(GraphError::no_object(id));
    }
    let mut all = json!({"id": account.id, "name": account.name});
    if let Some(username) = &account.username {
        all["username"] = json!(username);
    }
    Ok(all)
}

impl Meta {
    /// A trace id of Graph's errors.
    pub fn trace(&self) -> String {
        format!("A{}", self.sim.random().hex(10))
    }

    fn place(&self, operation: &str) -> Place {
        Place { provider: self.product.name.to_owned(), operation: operation.to_owned(), ..Place::default() }
    }

    /// The account that a call's token acts for.
    fn allowed(&self, headers: &HeaderMap, params: &Params) -> Result<(Account, Token), GraphError> {
        let given = bearer(headers, params).ok_or_else(no_token)?;
        let state = self.state();
        let token = state.config.tokens.iter().find(|known| known.value == given).cloned();
        let token = token
            .ok_or_else(|| GraphError::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
        match token.state {
            TokenState::Valid => {}
            TokenState::Expired => return Err(expired()),
            TokenState::Unpermitted => return Err(GraphError::usual(10)),
        }
        let account = state.config.account(&token.account).cloned();
        account.map(|account| (account, token.clone())).ok_or_else(|| GraphError::no_object(&token.account))
    }

    fn token_facts(&self, given: &str) -> Value {
        let state = self.state();
        let Some(token) = state.config.tokens.iter().find(|known| known.value == given) else {
            let error = json!({"code": 190, "message": "Invalid OAuth access token."});
            return json!({"data": {"is_valid": false, "error": error, "scopes": []}});
        };
        let scopes = if token.state == TokenState::Unpermitted { &[] } else { self.product.scopes };
        let mut data = json!({"app_id": token.app, "is_valid": token.state != TokenState::Expired,
            "type": "PAGE", "profile_id": token.account, "expires_at": 0, "scopes": scopes});
        if token.state == TokenState::Expired {
            data["error"] = json!({"code": 190, "subcode": 463, "message": expired().words});
        }
        json!({"data": data})
    }

    /// Who a person is; only of people who wrote, and who do not forbid it.
    fn profile(&self, account: &Account, id: &str) -> Answered {
        let customer = self.state().kept.customers.get(id).cloned();
        let customer = customer.filter(|one| !one.private && one.last_inbound_at.is_some());
        let customer = customer.ok_or_else(|| GraphError::no_object(id))?;
        let mut all = json!({"id": id, "name": customer.name()});
        if account.username.is_some() {
            all["username"] = json!(customer.username);
            all["is_verified_user"] = json!(false);
        } else {
            all["first_name"] = json!(customer.first_name);
            all["last_name"] = json!(customer.last_name);
        }
        Ok(all)
    }

    /// Takes the faults of a call: what answers at once, and what strikes later.
    async fn strike(&self, place: Place) -> (Option<Response>, Vec<Fault>) {
        let (mut early, mut later) = (None, Vec::new());
        for fault in self.sim.faults().take(&place) {
            match fault {
                Fault::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Fault::Hang { ms } => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    early = Some(cut());
                }
                Fault::Reset => early = Some(cut()),
                Fault::RateLimited { retry_after } => {
                    let mut response = GraphError::usual(613).response(&self.trace());
                    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                    if let Some(seconds) = retry_after {
                        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                    }
                    early = Some(response);
                }
                Fault::ServerError { status } => {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                    let page = "<html><body>Sorry, something went wrong.</body></html>";
                    early = Some((status, page).into_response());
                }
                Fault::Error { code, details, subcode } => {
                    let usual = GraphError::usual(code);
                    let words = details.unwrap_or_else(|| usual.words.clone());
                    early = Some(GraphError { sub: subcode, words, ..usual }.response(&self.trace()));
                }
                Fault::OkWithError { code } => {
                    early = Some(axum::Json(GraphError::usual(code).body(&self.trace())).into_response());
                }
                other => later.push(other),
            }
        }
        (early, later)
    }

    /// Turns what a call came to into its response; the answer may be lost or broken on the way.
    fn finish(&self, answered: Answered, later: &[Fault]) -> Response {
        if later.contains(&Fault::Lost) {
            return cut();
        }
        if later.contains(&Fault::Malformed) {
            let broken = Body::from("{\"recipient_id\":\"");
            return ([(header::CONTENT_TYPE, "application/json")], broken).into_response();
        }
        match answered {
            Ok(value) => axum::Json(value).into_response(),
            Err(error) => error.response(&self.trace()),
        }
    }
}
