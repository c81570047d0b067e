//! Visitors' sockets: opened with a single-use ticket from the site that asked for it, pinged, and telling that somebody
//! types. Nothing is written over them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use colibri_domain::Millis;
use colibri_store::{Identify, Store, VisitorPlace};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Push};

/// One sign of typing in this many milliseconds is passed on.
const TYPING_MILLIS: i64 = 3_000;
/// Sockets that a warm function remembers.
const REMEMBERED: usize = 20_000;

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Serves visitors' sockets.
#[allow(missing_docs)]
pub struct WebchatSocket {
    pub store: Store,
    /// To visitors.
    pub visitors: Arc<dyn Push>,
    /// To agents.
    pub agents: Arc<dyn Push>,
    pub clock: Arc<dyn Clock>,
    /// When each socket last told that somebody types.
    pub typed: Mutex<HashMap<String, Millis>>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Ping,
    Typing,
}

#[async_trait]
impl JsonHandler for WebchatSocket {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let context = &payload["requestContext"];
        let connection =
            context["connectionId"].as_str().ok_or_else(|| RecordError("no connection id".into()))?;
        let status = match context["eventType"].as_str() {
            Some("CONNECT") => self.open(connection, &payload).await?,
            Some("DISCONNECT") => {
                if let Some(place) = self.place(connection).await? {
                    self.data(&place).delete_socket(connection).await.map_err(failed)?;
                }
                200
            }
            _ => self.said(connection, payload["body"].as_str().unwrap_or_default()).await?,
        };
        Ok(json!({ "statusCode": status }))
    }
}

impl WebchatSocket {
    fn data(&self, place: &VisitorPlace) -> colibri_store::VisitorStore {
        self.store.workspace(&place.workspace).visitor(&place.channel, &place.visitor)
    }

    async fn place(&self, connection: &str) -> Result<Option<VisitorPlace>, RecordError> {
        self.store.visitor_of_socket(connection).await.map_err(failed)
    }

    async fn open(&self, connection: &str, payload: &Value) -> Result<u16, RecordError> {
        let ticket = payload["queryStringParameters"]["ticket"].as_str().unwrap_or_default();
        if ticket.len() != 64 || !ticket.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(401);
        }
        let now = self.clock.now();
        let Some(ticket) = self.store.take_visitor_ticket(ticket, now).await.map_err(failed)? else {
            return Ok(401);
        };
        let origin = payload["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .find(|(name, _)| name.eq_ignore_ascii_case("origin"))
            .and_then(|(_, value)| value.as_str());
        if origin.is_some_and(|origin| origin != ticket.origin) {
            return Ok(403);
        }
        self.data(&ticket.place).put_socket(connection, now).await.map_err(failed)?;
        Ok(200)
    }

    async fn said(&self, connection: &str, body: &str) -> Result<u16, RecordError> {
        match serde_json::from_str::<Said>(body) {
            Ok(Said::Ping) => {
                let _ = self.visitors.push(connection, r#"{"type":"pong"}"#).await;
                Ok(200)
            }
            Ok(Said::Typing) => {
                if self.typing_due(connection) {
                    self.typing(connection).await?;
                }
                Ok(200)
            }
            // Nonsense from a page hurts only itself.
            Err(_) => Ok(400),
        }
    }

    fn typing_due(&self, connection: &str) -> bool {
        let now = self.clock.now();
        let mut typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        if typed.len() >= REMEMBERED {
            typed.clear();
        }
        let due = typed.get(connection).is_none_or(|at| now.since(*at) >= TYPING_MILLIS);
        if due {
            typed.insert(connection.to_owned(), now);
        }
        due
    }

    /// Tells the agents who look at the visitor's conversation.
    async fn typing(&self, connection: &str) -> Result<(), RecordError> {
        let Some(place) = self.place(connection).await? else { return Ok(()) };
        let store = self.store.workspace(&place.workspace);
        let forms = [place.visitor.clone()];
        let who = Identify { channel: &place.channel, forms: &forms, phone: None };
        let Some(contact) = store.find_contact(who).await.map_err(failed)? else { return Ok(()) };
        let sockets = store.sockets().await.map_err(failed)?;
        let viewers: Vec<_> = sockets.into_iter().filter(|socket| socket.viewing == Some(contact)).collect();
        if viewers.is_empty() {
            return Ok(());
        }
        let (Some(settings), Some(head)) =
            (store.settings().await.map_err(failed)?, store.head(contact).await.map_err(failed)?)
        else {
            return Ok(());
        };
        let frame = json!({ "type": "typing", "contact_id": contact, "contact": true }).to_string();
        for viewer in viewers {
            let sees = settings
                .member(&viewer.user)
                .is_some_and(|m| m.sees(head.assignee.as_ref(), &settings.teammates(m)));
            if sees && !head.blocked {
                let _ = self.agents.push(&viewer.connection, &frame).await;
            }
        }
        Ok(())
    }
}
