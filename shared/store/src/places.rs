//! Places in the contact quota that are given back: at once, or on the first of the next month.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::{Millis, OrganizationId};
use serde::{Deserialize, Serialize};

use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind, sdk};
use crate::heads::TRIES;
use crate::item::{number, number_of, str_of, text};
use crate::{InstallationStore, OrganizationStore, Store, keys};

/// When a place that a contact had is free for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freed {
    /// It was free at once.
    Now,
    /// On this first of a month.
    On(Millis),
}

/// Conditions hold always: an update in a transaction has one.
pub(crate) const ALWAYS: &str = "attribute_exists(PK) OR attribute_not_exists(PK)";

impl Store {
    /// Gives a place back.
    pub(crate) fn free_place(
        &self,
        organization: &OrganizationId,
        freed: Freed,
    ) -> Result<TransactWriteItem, StoreError> {
        match freed {
            Freed::Now => self.update_in_transaction(
                &keys::quota(organization),
                Expression::new("ADD used :less").value(":less", number(-1)).value(":none", number(0)),
                "used > :none",
            ),
            Freed::On(first) => {
                let place = format!("{:015}#{organization}", first.0.max(0));
                let update = Expression::new("SET #t = :t, gs = :gs, gsk = :gsk ADD n :one")
                    .name("#t", "_t")
                    .value(":t", text("places"))
                    .value(":gs", text(keys::places_due()))
                    .value(":gsk", text(place))
                    .value(":one", number(1));
                self.update_in_transaction(&keys::places(organization, first), update, ALWAYS)
            }
        }
    }

    /// Takes back a place that was given up: the one that is still kept, else a free one. `Quota` where there is none.
    pub(crate) async fn retake_place(
        &self,
        organization: &OrganizationId,
        freed: Freed,
    ) -> Result<TransactWriteItem, StoreError> {
        if let Freed::On(first) = freed {
            let at = keys::places(organization, first);
            let kept = self.get("places", &at).await?;
            if kept.and_then(|item| number_of::<i64>(&item, "n")).is_some_and(|n| n > 0) {
                let update =
                    Expression::new("ADD n :less").value(":less", number(-1)).value(":none", number(0));
                return self.update_in_transaction(&at, update, "n > :none");
            }
        }
        let quota = self.organization(organization).quota().await?;
        if quota.used >= quota.limit {
            return Err(StoreError::new(StoreErrorKind::Quota, "place", "no place left"));
        }
        let update = Expression::new("ADD used :one").name("#l", "lim").value(":one", number(1));
        self.update_in_transaction(&keys::quota(organization), update, "used < #l")
    }
}

/// Places whose day has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePlaces {
    /// Whose quota.
    pub organization: OrganizationId,
    /// Their day.
    pub first: Millis,
}

impl OrganizationStore {
    /// Places that are taken and will be free on their day, the nearest day first.
    pub async fn places_to_come(&self) -> Result<Vec<(Millis, u64)>, StoreError> {
        let partition = keys::places(&self.id, Millis(0)).pk;
        let condition = Expression::new("PK = :pk AND begins_with(SK, :places)")
            .value(":pk", text(partition))
            .value(":places", text("PLACES#"));
        let page = self.db.query("places", condition, false, 24).await?;
        let place = |item: &crate::item::Attributes| {
            let first = str_of(item, "SK")?.strip_prefix("PLACES#")?.parse().ok()?;
            Some((Millis(first), number_of(item, "n").unwrap_or(0)))
        };
        Ok(page.items.iter().filter_map(place).filter(|(_, count)| *count > 0).collect())
    }
}

impl InstallationStore {
    /// Up to 100 organizations with places whose day has come. One Query; the index may lag.
    pub async fn due_places(&self, now: Millis) -> Result<Vec<DuePlaces>, StoreError> {
        let call = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .index_name("GSI1")
            .key_condition_expression("gs = :h AND gsk < :now")
            .expression_attribute_values(":h", text(keys::places_due()))
            .expression_attribute_values(":now", text(format!("{:015}$", now.0.max(0))))
            .limit(100);
        let answer = call.send().await.map_err(|error| sdk("due places", &error))?;
        let due = answer.items.unwrap_or_default();
        Ok(due
            .iter()
            .filter_map(|item| {
                let organization = str_of(item, "PK")?.strip_prefix("O#")?.parse().ok()?;
                let first = str_of(item, "SK")?.strip_prefix("PLACES#")?.parse().ok()?;
                Some(DuePlaces { organization, first: Millis(first) })
            })
            .collect())
    }

    /// Gives the places of a day back to the quota, once.
    pub async fn release_places(&self, due: &DuePlaces) -> Result<u64, StoreError> {
        let at = keys::places(&due.organization, due.first);
        for attempt in 0..TRIES {
            let Some(item) = self.db.get("places", &at).await? else { return Ok(0) };
            let count: u64 = number_of(&item, "n").unwrap_or(0);
            let same = Expression::new("n = :n").value(":n", number(count));
            if count == 0 {
                if unless_conflict(self.db.delete("places", &at, Some(same)).await)?.is_some() {
                    return Ok(0);
                }
                continue;
            }
            let quota = Expression::new("ADD used :less")
                .value(":less", number(-i64::try_from(count).unwrap_or(i64::MAX)))
                .value(":n", number(count));
            let gone = self.db.delete_in_transaction(&at, Some(same))?;
            let writes = vec![
                gone,
                self.db.update_in_transaction(&keys::quota(&due.organization), quota, "used >= :n")?,
            ];
            if self.db.transact("places", writes).await? == Transacted::Done {
                return Ok(count);
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "places", "too much contention"))
    }
}
