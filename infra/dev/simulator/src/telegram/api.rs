//! The methods: token, faults, and who answers what.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::answer::{Answered, Refused, malformed, response};
use super::config::Bot;
use super::state::Webhook;
use super::{NAME, Telegram};
use crate::fault::{Fault, Place};
use crate::samples::Held;
use crate::server::cut;
use crate::sync::lock;

/// Bytes that a bot may fetch.
const DOWNLOAD: usize = 20 * 1024 * 1024;
/// Bytes that a bot may send.
const UPLOAD: usize = 50 * 1024 * 1024;
/// Longest secret of a webhook, in bytes.
const LONGEST_SECRET: usize = 256;

/// Parameters of a call, and the file that came with them.
pub struct Call {
    /// From JSON, a query or form fields; objects in fields are JSON.
    pub parameters: Value,
    /// Field, and what it holds.
    pub file: Option<(String, Held)>,
}

/// All routes under `/telegram`.
pub fn routes(telegram: Telegram) -> Router {
    let api = Router::new()
        .route("/{bot}/{method}", any(method))
        .route("/file/{bot}/{*path}", get(file))
        .layer(DefaultBodyLimit::max(UPLOAD + 1024 * 1024))
        .with_state(telegram);
    Router::new().nest("/telegram", api)
}

async fn method(
    State(telegram): State<Telegram>,
    Path((token, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    let bot = match telegram.bot(&token) {
        Ok(bot) => bot,
        Err(refused) => return refused.into_response(),
    };
    let call = match read(request).await {
        Ok(call) => call,
        Err(refused) => return refused.into_response(),
    };
    let chat = call.parameters["chat_id"].to_string().trim_matches('"').to_owned();
    let place = Place {
        provider: NAME.to_owned(),
        operation: operation(&method).to_owned(),
        line: Some(bot.id().to_owned()),
        customer: (chat != "null").then_some(chat),
        message_type: method.strip_prefix("send").map(str::to_lowercase),
    };
    let (early, later) = telegram.strike(&place).await;
    if let Some(early) = early {
        return early;
    }
    let answered = telegram.answer(&bot, &method, call);
    if later.contains(&Fault::Lost) {
        return cut();
    }
    if later.contains(&Fault::Malformed) { malformed() } else { response(answered) }
}

/// The name that faults know a method by: the same as for other providers.
fn operation(method: &str) -> &str {
    match method {
        "getMe" => "number",
        "setWebhook" | "deleteWebhook" | "getWebhookInfo" => "subscribe",
        "getFile" => "media_info",
        "setMessageReaction" => "reaction",
        method if method.starts_with("send") => "send",
        other => other,
    }
}

async fn read(request: Request) -> Result<Call, Refused> {
    let unreadable = || Refused::bad("can't parse the request");
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
        return fields(form).await.ok_or_else(unreadable);
    }
    let bytes = Bytes::from_request(request, &()).await.map_err(|_| Refused::usual(413))?;
    let parameters = if bytes.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(&bytes).map_err(|_| unreadable())?
    };
    Ok(Call { parameters, file: None })
}

async fn fields(mut form: Multipart) -> Option<Call> {
    let (mut parameters, mut file) = (Map::new(), None);
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name()?.to_owned();
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            let mime_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
            let bytes = field.bytes().await.ok()?;
            file = Some((name, Held { mime_type, name: Some(file_name), bytes }));
        } else {
            let text = field.text().await.ok()?;
            let value = match serde_json::from_str::<Value>(&text) {
                Ok(value) if name != "caption" && name != "text" => value,
                _ => Value::String(text),
            };
            parameters.insert(name, value);
        }
    }
    Some(Call { parameters: Value::Object(parameters), file })
}

async fn file(State(telegram): State<Telegram>, Path((token, path)): Path<(String, String)>) -> Response {
    let bot = match telegram.bot(&token) {
        Ok(bot) => bot,
        Err(refused) => return refused.into_response(),
    };
    let place = Place {
        provider: NAME.to_owned(),
        operation: "media_download".to_owned(),
        line: Some(bot.id().to_owned()),
        ..Place::default()
    };
    let (early, later) = telegram.strike(&place).await;
    if let Some(early) = early {
        return early;
    }
    if later.contains(&Fault::Lost) || later.contains(&Fault::Malformed) {
        return cut();
    }
    let id = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let held = lock(&telegram.state).files.get(id).cloned();
    match held.filter(|_| !later.contains(&Fault::ExpiredMedia)) {
        Some(held) => ([(header::CONTENT_TYPE, "application/octet-stream")], held.bytes).into_response(),
        None => (StatusCode::NOT_FOUND, axum::Json(Refused::usual(404).body())).into_response(),
    }
}

impl Telegram {
    /// The bot of a path's `bot<token>`.
    fn bot(&self, path: &str) -> Result<Bot, Refused> {
        let state = lock(&self.state);
        let token = path.strip_prefix("bot").ok_or_else(|| Refused::usual(404))?;
        let bot = state.config.bots.iter().find(|bot| bot.token == token && !bot.revoked);
        bot.cloned().ok_or_else(|| Refused::usual(if token.contains(':') { 401 } else { 404 }))
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
                    early = Some(Refused::flood(retry_after.unwrap_or(3)).into_response());
                }
                Fault::ServerError { status } => {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                    early = Some((status, "<html><body>Bad Gateway</body></html>").into_response());
                }
                Fault::Error { code, details, .. } => early = Some(asked(code, details).into_response()),
                Fault::OkWithError { code } => {
                    early = Some(axum::Json(asked(code, None).body()).into_response());
                }
                other => later.push(other),
            }
        }
        (early, later)
    }

    fn answer(&self, bot: &Bot, method: &str, call: Call) -> Answered {
        match method {
            "getMe" => Ok(json!({
                "id": bot.id().parse::<i64>().unwrap_or_default(), "is_bot": true, "first_name": bot.name,
                "username": bot.username, "can_join_groups": true, "can_read_all_group_messages": false,
                "supports_inline_queries": false,
            })),
            "setWebhook" => self.set_webhook(bot, &call.parameters),
            "deleteWebhook" => {
                lock(&self.state).kept.webhooks.remove(bot.id());
                Ok(json!(true))
            }
            "getWebhookInfo" => {
                let hook = lock(&self.state).kept.webhooks.get(bot.id()).cloned().unwrap_or_default();
                Ok(json!({
                    "url": hook.url, "has_custom_certificate": false, "pending_update_count": 0,
                    "max_connections": 40, "allowed_updates": hook.allowed,
                }))
            }
            "getFile" => self.find_file(&call.parameters),
            "setMessageReaction" => self.react(bot, &call.parameters),
            "answerCallbackQuery" | "sendChatAction" => Ok(json!(true)),
            "getUpdates" => {
                let hooked = lock(&self.state).kept.webhooks.contains_key(bot.id());
                let words = "Conflict: can't use getUpdates method while webhook is active";
                if hooked { Err(Refused::new(409, words)) } else { Ok(json!([])) }
            }
            method if method.starts_with("send") => self.send(bot, method, call),
            _ => Err(Refused::usual(404)),
        }
    }

    fn set_webhook(&self, bot: &Bot, parameters: &Value) -> Answered {
        let url = parameters["url"].as_str().unwrap_or_default();
        let local = url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
        if !url.is_empty() && !url.starts_with("https://") && !local {
            return Err(Refused::bad("bad webhook: An HTTPS URL must be provided for webhook"));
        }
        let secret = parameters["secret_token"].as_str().map(str::to_owned);
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if secret.as_ref().is_some_and(|s| s.is_empty() || s.len() > LONGEST_SECRET || !s.chars().all(legal))
        {
            return Err(Refused::bad("secret token contains illegal symbols"));
        }
        let allowed: Vec<String> = match &parameters["allowed_updates"] {
            Value::Array(kinds) => kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        let hook = Webhook { url: url.to_owned(), secret, allowed };
        lock(&self.state).kept.webhooks.insert(bot.id().to_owned(), hook);
        Ok(json!(true))
    }

    fn find_file(&self, parameters: &Value) -> Answered {
        let id = parameters["file_id"].as_str().unwrap_or_default();
        let state = lock(&self.state);
        let held = state.files.get(id).ok_or_else(|| Refused::bad("invalid file_id"))?;
        if held.bytes.len() > DOWNLOAD {
            return Err(Refused::bad("file is too big"));
        }
        let ending = held.mime_type.split([';', '/']).nth(1).unwrap_or("bin").trim().to_owned();
        Ok(json!({
            "file_id": id, "file_unique_id": format!("u{id}"), "file_size": held.bytes.len(),
            "file_path": format!("files/{id}.{ending}"),
        }))
    }
}

fn asked(code: u32, details: Option<String>) -> Refused {
    let code = u16::try_from(code).unwrap_or(400);
    match details {
        Some(words) => Refused { description: words, ..Refused::usual(code) },
        None => Refused::usual(code),
    }
}
