//! Events of people for whom the organization's quota has no room: kept until there is, at most 7 days.

use colibri_domain::Millis;

use crate::WorkspaceStore;
use crate::db::Expression;
use crate::error::StoreError;
use crate::item::{number, number_of, str_of, text};
use crate::keys;

/// How long an event waits, in seconds.
const KEPT_SECONDS: i64 = 7 * 86_400;
/// Events read at once.
const PAGE: u32 = 1_000;

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The same for every redelivery of the event.
    pub id: String,
    /// What keeps the person's events in order on the queue.
    pub group: String,
    /// The event as the queue carried it.
    pub event: String,
    /// Since when.
    pub at: Millis,
}

impl WorkspaceStore {
    /// Keeps an event of somebody new for whom there is no place. Kept again, it stays where it was in the order.
    pub async fn put_waiting(
        &self,
        id: &str,
        group: &str,
        event: &str,
        now: Millis,
    ) -> Result<(), StoreError> {
        let update =
            Expression::new("SET #t = :t, g = :g, d = :d, #at = if_not_exists(#at, :at), #ttl = :ttl")
                .name("#t", "_t")
                .name("#at", "at")
                .name("#ttl", "ttl")
                .value(":t", text("waiting"))
                .value(":g", text(group))
                .value(":d", text(event))
                .value(":at", number(now.0))
                .value(":ttl", number(now.seconds().0 + KEPT_SECONDS));
        self.db.update("waiting", &keys::waiting(&self.id, id), update, None).await.map(|_| ())
    }

    /// Up to 1,000 waiting events, those that have waited longest first.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        let partition = keys::waiting(&self.id, "").pk;
        let condition = Expression::new("PK = :pk").value(":pk", text(partition));
        let page = self.db.query("waiting", condition, false, PAGE).await?;
        let mut waiting: Vec<Waiting> = page
            .items
            .iter()
            .filter_map(|item| {
                Some(Waiting {
                    id: str_of(item, "SK")?.to_owned(),
                    group: str_of(item, "g")?.to_owned(),
                    event: str_of(item, "d")?.to_owned(),
                    at: Millis(number_of(item, "at")?),
                })
            })
            .collect();
        waiting.sort_by_key(|one| one.at);
        Ok(waiting)
    }

    /// An event waits no longer.
    pub async fn delete_waiting(&self, id: &str) -> Result<(), StoreError> {
        self.db.delete("waiting", &keys::waiting(&self.id, id), None).await.map(|_| ())
    }
}
