//! Telegram Bot API.

pub mod account;
pub mod capabilities;
pub mod convert;
pub mod coverage;
pub mod errors;
pub mod limits;
pub mod media;
mod parts;
pub mod send;
pub mod update;
pub mod verify;

use http::Method;
use secrecy::ExposeSecret;
use url::Url;

use crate::wire::{Body, Endpoint, HttpRequest, InvalidRequest};

/// Updates that we ask for. What is not named here does not come.
pub const UPDATES: &[&str] =
    &["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"];

/// The address of a method. It holds the token: never to be stored, shown or logged.
fn method_url(endpoint: &Endpoint, method: &str) -> Result<Url, InvalidRequest> {
    endpoint.url(&[&format!("bot{}", endpoint.token().expose_secret()), method])
}

/// Calls a method with JSON.
fn call(
    endpoint: &Endpoint,
    method: &str,
    parameters: &serde_json::Value,
) -> Result<HttpRequest, InvalidRequest> {
    endpoint.bare(Method::POST, &method_url(endpoint, method)?, Body::json(parameters))
}

/// A message's id with its chat: message ids alone are unique in one chat only.
fn message_key(chat: &str, message: &str) -> String {
    format!("{chat}:{message}")
}

/// Chat and message of a key; `None` for what is no message of Telegram's (a pressed button).
fn of_key(key: &str) -> Option<(i64, i64)> {
    let (chat, message) = key.split_once(':')?;
    Some((chat.parse().ok()?, message.parse().ok()?))
}
