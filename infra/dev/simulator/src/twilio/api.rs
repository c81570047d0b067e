//! The provider's API: the account, its numbers, messages and their files.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::config::Number;
use super::send::Refused;
use super::{NAME, Twilio};
use crate::fault::{Fault, Place};
use crate::server::cut;
use crate::sync::lock;

/// The version that stands in every address.
pub const VERSION: &str = "2010-04-01";

/// All routes under `/twilio`.
pub fn routes(twilio: Twilio) -> Router {
    let api = Router::new()
        .route("/2010-04-01/Accounts/{account}", get(account))
        .route("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json", get(numbers))
        .route("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{number}", post(change_number))
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(send))
        .route("/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}", get(media))
        .route("/store/{media}", get(store))
        .with_state(twilio);
    Router::new().nest("/twilio", api)
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({
            "code": self.code, "message": self.message, "status": self.status,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
        });
        (status, Json(body)).into_response()
    }
}

async fn account(State(twilio): State<Twilio>, Path(account): Path<String>, headers: HeaderMap) -> Response {
    let account = account.strip_suffix(".json").unwrap_or(&account);
    twilio
        .call("account", account, &headers, None, |_| {
            let config = &lock(&twilio.state).config;
            let status = if config.suspended { "suspended" } else { "active" };
            Ok((
                StatusCode::OK,
                json!({"sid": config.account_sid, "status": status, "friendly_name": "Ceibo Muebles"}),
            ))
        })
        .await
}

async fn numbers(
    State(twilio): State<Twilio>,
    Path(account): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let wanted = query.iter().find(|(name, _)| name == "PhoneNumber").map(|(_, value)| value.clone());
    twilio
        .call("number", &account, &headers, None, |_| {
            let state = lock(&twilio.state);
            let found = state.config.numbers.iter();
            let found = found.filter(|known| wanted.as_ref().is_none_or(|wanted| *wanted == known.number));
            Ok((
                StatusCode::OK,
                json!({"incoming_phone_numbers": found.map(shown).collect::<Vec<_>>(), "page": 0}),
            ))
        })
        .await
}

fn shown(number: &Number) -> Value {
    json!({
        "sid": number.sid, "phone_number": number.number, "friendly_name": number.name,
        "sms_url": number.sms_url, "sms_method": "POST",
        "capabilities": {"sms": true, "mms": !number.text_only, "voice": true, "fax": false},
    })
}

async fn change_number(
    State(twilio): State<Twilio>,
    Path((account, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let sid = number.strip_suffix(".json").unwrap_or(&number);
    twilio
        .call("subscribe", &account, &headers, None, |_| {
            let mut state = lock(&twilio.state);
            let found = state.config.numbers.iter_mut().find(|known| known.sid == sid);
            let found = found.ok_or_else(|| Refused::usual(20_404))?;
            for (name, value) in form_urlencoded::parse(&body) {
                if name == "SmsUrl" {
                    found.sms_url = value.into_owned();
                }
            }
            Ok((StatusCode::OK, shown(found)))
        })
        .await
}

async fn send(
    State(twilio): State<Twilio>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form: Vec<(String, String)> =
        form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    twilio
        .call("send", &account, &headers, Some(&form), |later| {
            twilio.send(&form, later).map(|message| (StatusCode::CREATED, message))
        })
        .await
}

/// Leads on to the store, where the token must not go.
async fn media(
    State(twilio): State<Twilio>,
    Path((account, _, media)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let known = lock(&twilio.state).files.contains_key(&media);
    let checked = twilio
        .call("media_info", &account, &headers, None, |_| {
            if known { Ok((StatusCode::OK, Value::Null)) } else { Err(Refused::usual(20_404)) }
        })
        .await;
    if checked.status() != StatusCode::OK {
        return checked;
    }
    let location = format!("{}/twilio/store/{media}", twilio.sim.public_url());
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
}

async fn store(State(twilio): State<Twilio>, Path(media): Path<String>, headers: HeaderMap) -> Response {
    let place =
        Place { provider: NAME.to_owned(), operation: "media_download".to_owned(), ..Place::default() };
    let (early, later) = twilio.strike(&place).await;
    if let Some(early) = early {
        return early;
    }
    if headers.contains_key(header::AUTHORIZATION) {
        // The store takes its own proof only, which stands in the address.
        return StatusCode::BAD_REQUEST.into_response();
    }
    let held = lock(&twilio.state).files.get(&media).cloned();
    match held.filter(|_| !later.contains(&Fault::ExpiredMedia)) {
        Some(held) => ([(header::CONTENT_TYPE, held.mime_type)], held.bytes).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

type Answered = Result<(StatusCode, Value), Refused>;

impl Twilio {
    /// Checks who calls, lets faults strike, and answers.
    async fn call(
        &self,
        operation: &str,
        account: &str,
        headers: &HeaderMap,
        form: Option<&[(String, String)]>,
        answer: impl FnOnce(&[Fault]) -> Answered,
    ) -> Response {
        if !self.is_owner(account, headers) {
            return Refused::usual(20_003).into_response();
        }
        let value = |name: &str| {
            form.and_then(|form| form.iter().find(|(known, _)| known == name)).map(|(_, value)| value.clone())
        };
        let place = Place {
            provider: NAME.to_owned(),
            operation: operation.to_owned(),
            line: value("From"),
            customer: value("To"),
            message_type: value("MediaUrl").map(|_| "mms").or(form.map(|_| "sms")).map(str::to_owned),
        };
        let (early, later) = self.strike(&place).await;
        if let Some(early) = early {
            return early;
        }
        let answered = answer(&later);
        if later.contains(&Fault::Lost) {
            return cut();
        }
        match answered {
            Ok(_) if later.contains(&Fault::Malformed) => (StatusCode::CREATED, "{\"sid\":").into_response(),
            Ok((status, body)) => (status, Json(body)).into_response(),
            Err(refused) => refused.into_response(),
        }
    }

    fn is_owner(&self, account: &str, headers: &HeaderMap) -> bool {
        let config = &lock(&self.state).config;
        let pair = STANDARD.encode(format!("{}:{}", config.account_sid, config.auth_token));
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        account == config.account_sid && given == Some(format!("Basic {pair}").as_str())
    }

    /// Takes the faults of a call: what answers at once, and what strikes later.
    async fn strike(&self, place: &Place) -> (Option<Response>, Vec<Fault>) {
        let (mut early, mut later) = (None, Vec::new());
        for fault in self.sim.faults().take(place) {
            match fault {
                Fault::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Fault::Hang { ms } => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    early = Some(cut());
                }
                Fault::Reset => early = Some(cut()),
                Fault::RateLimited { retry_after } => {
                    let mut response = Refused::usual(20_429).into_response();
                    if let Some(seconds) = retry_after {
                        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                    }
                    early = Some(response);
                }
                Fault::ServerError { status } => {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                    early = Some((status, "<html><body>Bad Gateway</body></html>").into_response());
                }
                Fault::Error { code, details, .. } => {
                    let usual = Refused::usual(code);
                    let message = details.unwrap_or_else(|| usual.message.clone());
                    early = Some(Refused { message, ..usual }.into_response());
                }
                other => later.push(other),
            }
        }
        (early, later)
    }
}
