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
pub const UPDATES: &[&str] = &[
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
];

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

/// A chat that is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chat<'a> {
    /// The account of the business that shares the chat with the bot, where it is not the bot's own.
    connection: Option<&'a str>,
    id: i64,
}

impl<'a> Chat<'a> {
    /// Of the form that a person is filed under.
    fn of(place: &'a str) -> Option<Self> {
        let (connection, id) = match place.split_once('/') {
            Some((connection, id)) => (Some(connection), id),
            None => (None, place),
        };
        Some(Self { connection, id: id.parse().ok()? })
    }
}

/// A chat of a connected account, as one word; `None` where the provider's word for the connection is none.
fn business_chat(connection: &str, chat: &str) -> Option<String> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (connection.len() <= 128 && connection.bytes().all(word)).then(|| format!("{connection}/{chat}"))
}

/// Chat and message of a key; `None` for what is no message of Telegram's (a pressed button).
fn of_key(key: &str) -> Option<(Chat<'_>, i64)> {
    let (chat, message) = key.split_once(':')?;
    Some((Chat::of(chat)?, message.parse().ok()?))
}
