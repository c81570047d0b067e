//! Open sockets of a workspace, and the tickets that open them.

use colibri_domain::{ContactId, Millis, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::db::{Expression, unless_conflict};
use crate::error::StoreError;
use crate::item::{document, key, number, number_of, read, str_of, text};
use crate::keys::{self, Key};
use crate::{Store, WorkspaceStore};

/// An open socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Socket {
    pub connection: String,
    pub user: UserId,
    /// The contact whose conversation is on screen.
    #[serde(default)]
    pub viewing: Option<ContactId>,
    pub opened_at: Millis,
}

/// A socket lives at most 2 hours; its item a little longer.
const SOCKET_SECONDS: i64 = 2 * 60 * 60 + 600;

impl WorkspaceStore {
    /// Issues a ticket.
    pub async fn put_ticket(&self, ticket: &str, user: &UserId, until: Millis) -> Result<(), StoreError> {
        let mut item = key(&keys::ticket(&self.id, ticket));
        item.insert("_t".to_owned(), text("ticket"));
        item.insert("user".to_owned(), text(user.as_str()));
        item.insert("until".to_owned(), number(until.0));
        item.insert("ttl".to_owned(), number(until.seconds().0 + 60));
        self.db.put("ticket", item, None).await
    }

    /// Uses a ticket up; `None` where it is unknown, used or too old.
    pub async fn take_ticket(&self, ticket: &str, now: Millis) -> Result<Option<UserId>, StoreError> {
        let unused = Expression::new("attribute_exists(PK)");
        let taken =
            unless_conflict(self.db.delete("ticket", &keys::ticket(&self.id, ticket), Some(unused)).await)?
                .flatten();
        Ok(taken
            .filter(|item| number_of::<i64>(item, "until").is_some_and(|until| now.0 <= until))
            .and_then(|item| str_of(&item, "user").and_then(|user| user.parse().ok())))
    }

    fn socket_key(&self, connection: &str) -> Key {
        Key { pk: keys::sockets(&self.id), sk: connection.to_owned() }
    }

    /// Remembers an open socket.
    pub async fn put_socket(&self, socket: &Socket) -> Result<(), StoreError> {
        let ttl = number(socket.opened_at.seconds().0 + SOCKET_SECONDS);
        let mut item = document(&self.socket_key(&socket.connection), "socket", socket)?;
        item.insert("ttl".to_owned(), ttl.clone());
        self.db.put("socket", item, None).await?;
        let mut pointer = key(&keys::connection(&socket.connection));
        pointer.insert("_t".to_owned(), text("connection"));
        pointer.insert("ws".to_owned(), text(self.id.as_str()));
        pointer.insert("ttl".to_owned(), ttl);
        self.db.put("socket", pointer, None).await
    }

    /// Forgets a socket.
    pub async fn delete_socket(&self, connection: &str) -> Result<(), StoreError> {
        self.db.delete("socket", &self.socket_key(connection), None).await?;
        self.db.delete("socket", &keys::connection(connection), None).await.map(|_| ())
    }

    /// One open socket.
    pub async fn socket(&self, connection: &str) -> Result<Option<Socket>, StoreError> {
        let item = self.db.get("socket", &self.socket_key(connection)).await?;
        item.map(|item| read("socket", &item)).transpose()
    }

    /// All open sockets of the workspace.
    pub async fn sockets(&self) -> Result<Vec<Socket>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::sockets(&self.id)));
        let page = self.db.query("sockets", condition, false, 2000).await?;
        page.items.iter().map(|item| read("sockets", item)).collect()
    }
}

impl Store {
    /// The workspace that a socket serves.
    pub async fn socket_workspace(&self, connection: &str) -> Result<Option<WorkspaceId>, StoreError> {
        let item = self.get("socket", &keys::connection(connection)).await?;
        Ok(item.and_then(|item| str_of(&item, "ws").and_then(|id| id.parse().ok())))
    }
}
