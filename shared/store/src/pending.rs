//! Messages that wait for something to be done with them: found without knowing whose they are, so that a sweep finds
//! those whose turn was lost. They stand in the index of the lists under partitions of their own, which are empty when
//! nothing waits.

use aws_sdk_dynamodb::types::AttributeValue;
use colibri_domain::ids::digest;
use colibri_domain::{ContactId, MessageId, Seconds, WorkspaceId};

use crate::error::{StoreError, sdk};
use crate::item::{str_of, text};
use crate::keys::{self, TimelineKind};
use crate::{InstallationStore, WorkspaceStore};

/// Partitions over which waiting messages are spread, by workspace: a flood of one crowds an eighth of the others.
pub const PENDING_SHARDS: usize = 8;

/// Where a waiting message is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Pending {
    pub workspace: WorkspaceId,
    pub contact: ContactId,
    pub message: MessageId,
}

/// Some of the waiting messages of a shard, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPage {
    /// In the order of acceptance.
    pub items: Vec<Pending>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

fn shard(workspace: &WorkspaceId) -> usize {
    usize::from(digest(&[workspace.as_str()])[0]) % PENDING_SHARDS
}

impl WorkspaceStore {
    /// Index partition and place of a waiting message.
    pub(crate) fn pending_place(&self, id: MessageId) -> (String, String) {
        (keys::pending(shard(&self.id)), keys::pending_place(id))
    }

    /// Notes that a message may have been stored without anything following from it.
    pub async fn mark_pending(&self, contact: ContactId, id: MessageId) -> Result<(), StoreError> {
        let (partition, place) = self.pending_place(id);
        let update = crate::db::Expression::new("SET gs = :gs, gsk = :gsk")
            .value(":gs", text(partition))
            .value(":gsk", text(place));
        let at = keys::timeline(&self.id, contact, id, TimelineKind::Message);
        let marked = self.db.update("pending", &at, update, Some("attribute_exists(PK)")).await;
        crate::db::unless_conflict(marked).map(|_| ())
    }

    /// Takes a message that waited for nothing else off the list.
    pub async fn unmark_pending(&self, contact: ContactId, id: MessageId) -> Result<(), StoreError> {
        let update = crate::db::Expression::new("REMOVE gs, gsk");
        let at = keys::timeline(&self.id, contact, id, TimelineKind::Message);
        let unmarked = self.db.update("pending", &at, update, Some("attribute_exists(PK)")).await;
        crate::db::unless_conflict(unmarked).map(|_| ())
    }
}

impl InstallationStore {
    /// Up to `limit` waiting messages of a shard from before a time, behind `after`. One Query; the index may lag.
    pub async fn pending(
        &self,
        shard: usize,
        before: Seconds,
        after: Option<&Pending>,
        limit: u32,
    ) -> Result<PendingPage, StoreError> {
        let partition = keys::pending(shard);
        let mut call = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .index_name("GSI1")
            .key_condition_expression("gs = :h AND gsk < :before")
            .expression_attribute_values(":h", text(&partition))
            .expression_attribute_values(":before", text(keys::pending_place(MessageId::first_at(before))))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        if let Some(last) = after {
            let at = keys::timeline(&last.workspace, last.contact, last.message, TimelineKind::Message);
            let start: [(&str, AttributeValue); 4] = [
                ("PK", text(at.pk)),
                ("SK", text(at.sk)),
                ("gs", text(partition)),
                ("gsk", text(keys::pending_place(last.message))),
            ];
            for (name, value) in start {
                call = call.exclusive_start_key(name, value);
            }
        }
        let answer = call.send().await.map_err(|error| sdk("pending", &error))?;
        let items = answer.items.unwrap_or_default();
        let named = items.iter().filter_map(|item| {
            let (workspace, contact, message) =
                keys::parse_message(str_of(item, "PK")?, str_of(item, "SK")?)?;
            Some(Pending { workspace, contact, message })
        });
        Ok(PendingPage { items: named.collect(), more: answer.last_evaluated_key.is_some() })
    }
}
