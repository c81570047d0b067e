//! The sockets of agents' screens: opened with a ticket, closed, and what they say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use colibri_channels::send::{Transport, transport};
use colibri_domain::{ContactId, Millis, WorkspaceId};
use colibri_store::{Socket, Store, WorkspaceStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Push};
use crate::webchat::deliver::Visitors;

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

fn connection(payload: &Value) -> Result<&str, RecordError> {
    payload["requestContext"]["connectionId"].as_str().ok_or_else(|| RecordError("no connection id".into()))
}

fn answer(status: u16) -> Value {
    json!({ "statusCode": status })
}

/// Screens that one user may have open in a workspace. Each costs a push for every change, and nobody looks at more:
/// who opens another one loses the oldest.
pub const SCREENS_OF_ONE: usize = 20;

/// Ends a socket at its API and in the table. What fails is told in the log: a socket that stays is judged again at
/// each push.
pub(crate) async fn end_socket(store: &WorkspaceStore, push: &dyn Push, connection: &str) {
    if let Err(error) = push.close(connection).await {
        tracing::info!(error.cause = %error, "socket not closed");
    }
    if let Err(error) = store.delete_socket(connection).await {
        tracing::info!(error.cause = %error, "socket not forgotten");
    }
}

/// Opens a socket: its ticket is used up, whatever comes of it.
#[allow(missing_docs)]
pub struct SocketConnect {
    pub store: Store,
    pub push: Arc<dyn Push>,
    pub clock: Arc<dyn Clock>,
}

impl SocketConnect {
    /// Ends the oldest screens of a user who has too many with the one that just opened.
    async fn make_room(&self, store: &WorkspaceStore, opened: &Socket) -> Result<(), RecordError> {
        let mut own = store.sockets().await.map_err(failed)?;
        own.retain(|socket| socket.user == opened.user && socket.connection != opened.connection);
        own.sort_unstable_by_key(|socket| socket.opened_at);
        let many = (own.len() + 1).saturating_sub(SCREENS_OF_ONE);
        for socket in own.iter().take(many) {
            end_socket(store, &*self.push, &socket.connection).await;
        }
        Ok(())
    }
}

#[async_trait]
impl JsonHandler for SocketConnect {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let connection = connection(&payload)?.to_owned();
        let ticket = payload["queryStringParameters"]["ticket"].as_str().unwrap_or_default();
        let workspace =
            ticket.split_once('.').and_then(|(workspace, _)| workspace.parse::<WorkspaceId>().ok());
        let Some(workspace) = workspace else { return Ok(answer(401)) };
        let store = self.store.workspace(&workspace);
        let now = self.clock.now();
        let Some(user) = store.take_ticket(ticket, now).await.map_err(failed)? else {
            return Ok(answer(401));
        };
        let socket = Socket { connection, user, viewing: None, opened_at: now };
        store.put_socket(&socket).await.map_err(failed)?;
        self.make_room(&store, &socket).await?;
        Ok(answer(200))
    }
}

/// Forgets a socket that was closed.
pub struct SocketDisconnect {
    /// Table.
    pub store: Store,
}

#[async_trait]
impl JsonHandler for SocketDisconnect {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let connection = connection(&payload)?;
        if let Some(workspace) = self.store.socket_workspace(connection).await.map_err(failed)? {
            self.store.workspace(&workspace).delete_socket(connection).await.map_err(failed)?;
        }
        Ok(answer(200))
    }
}

/// What a screen says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Ping,
    Viewing { contact_id: Option<ContactId> },
    Typing { contact_id: ContactId },
}

/// A screen that types is passed on at most once in this many milliseconds; the console shows it for longer.
const TYPING_MILLIS: i64 = 2_000;
/// Screens remembered at most for that, by one instance of the function.
const TYPISTS: usize = 1_000;

/// Answers pings, remembers who looks at what, and passes on who types. Nothing else is accepted over a socket.
pub struct SocketMessage {
    store: Store,
    push: Arc<dyn Push>,
    /// The way to visitors of web chats.
    visitors: Visitors,
    clock: Arc<dyn Clock>,
    typed: Mutex<HashMap<String, Millis>>,
}

#[async_trait]
impl JsonHandler for SocketMessage {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let connection = connection(&payload)?.to_owned();
        let said = payload["body"].as_str().and_then(|body| serde_json::from_str::<Said>(body).ok());
        match said {
            Some(Said::Ping) => {
                let _ = self.push.push(&connection, r#"{"type":"pong"}"#).await;
            }
            Some(Said::Viewing { contact_id }) => self.viewing(&connection, contact_id).await?,
            Some(Said::Typing { contact_id }) => self.typing(&connection, contact_id).await?,
            // Nonsense from a screen hurts only itself.
            None => return Ok(answer(400)),
        }
        Ok(answer(200))
    }
}

impl SocketMessage {
    /// Builds the handler.
    pub fn new(store: Store, push: Arc<dyn Push>, visitors: Visitors, clock: Arc<dyn Clock>) -> Self {
        Self { store, push, visitors, clock, typed: Mutex::default() }
    }

    /// Whether a screen's typing is news again; remembers that it was.
    fn typing_due(&self, connection: &str) -> bool {
        let now = self.clock.now();
        let mut typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        if typed.get(connection).is_some_and(|at| now.since(*at) < TYPING_MILLIS) {
            return false;
        }
        if typed.len() >= TYPISTS {
            typed.retain(|_, at| now.since(*at) < TYPING_MILLIS);
        }
        typed.insert(connection.to_owned(), now);
        true
    }

    async fn socket(&self, connection: &str) -> Result<Option<(WorkspaceId, Socket)>, RecordError> {
        let Some(workspace) = self.store.socket_workspace(connection).await.map_err(failed)? else {
            return Ok(None);
        };
        let socket = self.store.workspace(&workspace).socket(connection).await.map_err(failed)?;
        Ok(socket.map(|socket| (workspace, socket)))
    }

    async fn viewing(&self, connection: &str, contact: Option<ContactId>) -> Result<(), RecordError> {
        let Some((workspace, mut socket)) = self.socket(connection).await? else { return Ok(()) };
        if socket.viewing != contact {
            socket.viewing = contact;
            self.store.workspace(&workspace).put_socket(&socket).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Tells the others who look at the same conversation, and a visitor of a web chat. Nothing of it is stored.
    async fn typing(&self, connection: &str, contact: ContactId) -> Result<(), RecordError> {
        if !self.typing_due(connection) {
            return Ok(());
        }
        let Some((workspace, socket)) = self.socket(connection).await? else { return Ok(()) };
        let store = self.store.workspace(&workspace);
        let (Some(settings), Some(head)) =
            (store.settings().await.map_err(failed)?, store.head(contact).await.map_err(failed)?)
        else {
            return Ok(());
        };
        let sees = |user: &colibri_domain::UserId| {
            settings.member(user).is_some_and(|m| m.sees(head.assignee.as_ref(), &settings.teammates(m)))
        };
        if !sees(&socket.user) {
            return Ok(());
        }
        let frame = json!({ "type": "typing", "contact_id": contact, "user_id": socket.user }).to_string();
        for other in store.sockets().await.map_err(failed)? {
            if other.viewing == Some(contact) && other.user != socket.user && sees(&other.user) {
                let _ = self.push.push(&other.connection, &frame).await;
            }
        }
        for identity in head.channels.iter().filter(|c| transport(c.source) == Transport::Own) {
            self.visitors.typing(&store.visitor(&identity.channel_id, &identity.identity)).await;
        }
        Ok(())
    }
}
