//! Sockets of visitors, and the tickets that open them. They are found by the visitor and never by a workspace.

use colibri_domain::{ChannelId, Millis, WorkspaceId};

use crate::Store;
use crate::db::{Expression, unless_conflict};
use crate::error::StoreError;
use crate::item::{Attributes, key, number, number_of, str_of, text};
use crate::keys;
use crate::visitors::VisitorStore;

/// A socket lives at most 2 hours; its item a little longer.
const SOCKET_SECONDS: i64 = 2 * 60 * 60 + 600;

/// Where a visitor is at home.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct VisitorPlace {
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    pub visitor: String,
}

/// What a ticket opens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct VisitorTicket {
    pub place: VisitorPlace,
    /// The site that asked for it: a socket comes from the same one.
    pub origin: String,
}

fn place_of(item: &Attributes) -> Option<VisitorPlace> {
    Some(VisitorPlace {
        workspace: str_of(item, "ws")?.parse().ok()?,
        channel: str_of(item, "ch")?.parse().ok()?,
        visitor: str_of(item, "vis")?.to_owned(),
    })
}

impl VisitorStore {
    fn place(&self, item: &mut Attributes) {
        item.insert("ws".to_owned(), text(self.workspace.as_str()));
        item.insert("ch".to_owned(), text(self.channel.as_str()));
        item.insert("vis".to_owned(), text(&self.visitor));
    }

    /// Issues a ticket.
    pub async fn put_ticket(&self, ticket: &str, origin: &str, until: Millis) -> Result<(), StoreError> {
        let mut item = key(&keys::visitor_ticket(ticket));
        item.insert("_t".to_owned(), text("visitor_ticket"));
        self.place(&mut item);
        item.insert("origin".to_owned(), text(origin));
        item.insert("until".to_owned(), number(until.0));
        item.insert("ttl".to_owned(), number(until.seconds().0 + 60));
        self.db.put("ticket", item, None).await
    }

    /// Remembers an open socket.
    pub async fn put_socket(&self, connection: &str, now: Millis) -> Result<(), StoreError> {
        let ttl = number(now.seconds().0 + SOCKET_SECONDS);
        for at in [self.at(format!("K#{connection}")), keys::connection(connection)] {
            let mut item = key(&at);
            item.insert("_t".to_owned(), text("visitor_socket"));
            self.place(&mut item);
            item.insert("ttl".to_owned(), ttl.clone());
            self.db.put("socket", item, None).await?;
        }
        Ok(())
    }

    /// Forgets a socket.
    pub async fn delete_socket(&self, connection: &str) -> Result<(), StoreError> {
        self.db.delete("socket", &self.at(format!("K#{connection}")), None).await?;
        self.db.delete("socket", &keys::connection(connection), None).await.map(|_| ())
    }

    /// The visitor's open sockets, at most 20.
    pub async fn sockets(&self) -> Result<Vec<String>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :k)")
            .value(":pk", text(self.at("").pk))
            .value(":k", text("K#"));
        let page = self.db.query("sockets", condition, false, 20).await?;
        let name = |item: &Attributes| str_of(item, "SK")?.strip_prefix("K#").map(str::to_owned);
        Ok(page.items.iter().filter_map(name).collect())
    }
}

impl Store {
    /// Uses a visitor's ticket up; `None` where it is unknown, used or too old.
    pub async fn take_visitor_ticket(
        &self,
        ticket: &str,
        now: Millis,
    ) -> Result<Option<VisitorTicket>, StoreError> {
        let unused = Expression::new("attribute_exists(PK)");
        let at = keys::visitor_ticket(ticket);
        let taken = unless_conflict(self.delete("ticket", &at, Some(unused)).await)?.flatten();
        Ok(taken.filter(|item| number_of::<i64>(item, "until").is_some_and(|until| now.0 <= until)).and_then(
            |item| {
                let origin = str_of(&item, "origin")?.to_owned();
                Some(VisitorTicket { place: place_of(&item)?, origin })
            },
        ))
    }

    /// Whose socket this is.
    pub async fn visitor_of_socket(&self, connection: &str) -> Result<Option<VisitorPlace>, StoreError> {
        Ok(self.get("socket", &keys::connection(connection)).await?.and_then(|item| place_of(&item)))
    }
}
