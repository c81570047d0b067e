//! Segments of a workspace.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::audit::AuditEntry;
use colibri_domain::segment::{SEGMENTS, Segment};

use crate::WorkspaceStore;
use crate::db::{Expression, Transacted};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::TRIES;
use crate::item::{document, number, number_of, read, str_of, text};
use crate::keys;

/// All of them, with the version that a change must name.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct StoredSegments {
    pub items: Vec<Segment>,
    version: u64,
}

impl WorkspaceStore {
    /// All segments, in the order of their names. One Query.
    pub async fn segments(&self) -> Result<StoredSegments, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::segments(&self.id)));
        let most = u32::try_from(SEGMENTS).unwrap_or(u32::MAX) + 1;
        let page = self.db.query_now("segments", condition, most).await?;
        let mut all = StoredSegments::default();
        for item in &page.items {
            match str_of(item, "_t") {
                Some("segment") => {
                    let segment: Segment = read("segments", item)?;
                    all.items.push(Segment { version: number_of(item, "ver").unwrap_or(0), ..segment });
                }
                _ => all.version = number_of(item, "n").unwrap_or(0),
            }
        }
        all.items.sort_by_cached_key(|segment| colibri_domain::text::fold(&segment.name));
        Ok(all)
    }

    /// One segment.
    pub async fn segment(&self, id: &str) -> Result<Option<Segment>, StoreError> {
        let item = self.db.get("segment", &keys::segment(&self.id, id)).await?;
        let Some(item) = item else { return Ok(None) };
        let segment: Segment = read("segment", &item)?;
        Ok(Some(Segment { version: number_of(&item, "ver").unwrap_or(0), ..segment }))
    }

    /// Changes segments by a rule over all of them: what it returns is stored in place of the one with its id, or that
    /// one is deleted. Whoever comes between makes the rule judge again, so that no name stands twice.
    pub async fn change_segments<E, R>(&self, rule: R) -> Result<Option<Segment>, E>
    where
        E: From<StoreError>,
        R: Fn(&[Segment]) -> Result<(SegmentWrite, Option<AuditEntry>), E> + Send + Sync,
    {
        for attempt in 0..TRIES {
            let all = self.segments().await?;
            let (write, audit) = rule(&all.items)?;
            let (stored, write) = match write {
                SegmentWrite::Nothing(segment) => return Ok(segment),
                SegmentWrite::Put(segment) => {
                    let segment = Segment { version: segment.version + 1, ..segment };
                    let mut item = document(&keys::segment(&self.id, &segment.id), "segment", &segment)?;
                    item.insert("ver".to_owned(), number(segment.version));
                    (Some(segment), self.db.put_in_transaction(item, None)?)
                }
                SegmentWrite::Delete(id) => {
                    (None, self.db.delete_in_transaction(&keys::segment(&self.id, &id), None)?)
                }
            };
            let next = Expression::new("SET n = :next, #t = :t")
                .name("#t", "_t")
                .value(":t", text("segments_version"))
                .value(":next", number(all.version + 1))
                .value(":was", number(all.version))
                .value(":none", number(0));
            let unchanged = "n = :was OR (attribute_not_exists(n) AND :was = :none)";
            let at = keys::segments_version(&self.id);
            let mut writes = vec![self.db.update_in_transaction(&at, next, unchanged)?, write];
            if let Some(entry) = &audit {
                writes.push(self.db.audit_write(keys::audit(&self.id), entry)?);
            }
            if self.db.transact("segments", writes).await? == Transacted::Done {
                return Ok(stored);
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "segments", "too much contention").into())
    }
}

impl WorkspaceStore {
    /// The writes that give a new workspace its first segments.
    pub(crate) fn first_segments(&self, segments: &[Segment]) -> Result<Vec<TransactWriteItem>, StoreError> {
        let put = |segment: &Segment| {
            let mut item = document(&keys::segment(&self.id, &segment.id), "segment", segment)?;
            item.insert("ver".to_owned(), number(segment.version));
            self.db.put_in_transaction(item, None)
        };
        segments.iter().map(put).collect()
    }
}

/// What a rule makes of the segments.
#[derive(Debug, Clone)]
pub enum SegmentWrite {
    /// It is so already.
    Nothing(Option<Segment>),
    /// Store this one; its version is the one that was read, 0 for a new one.
    Put(Segment),
    /// Delete the one with this id.
    Delete(String),
}
