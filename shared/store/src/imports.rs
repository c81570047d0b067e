//! Imports: the job, and what each row did, so that a slice that is repeated does nothing twice and an import can be
//! taken back.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::audit::AuditEntry;
use colibri_domain::import::{Import, ImportState};
use colibri_domain::{ContactId, OrganizationId};
use serde::{Deserialize, Serialize};

use crate::WorkspaceStore;
use crate::contacts::{CreatedContact, NewContact};
use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{Attributes, document, key, number, read, text};
use crate::keys::{self, Key};

/// Imports that a list shows.
const LISTED: u32 = 100;
/// How long it is known what a row did, in seconds: as long as an import can be taken back.
const MARKS_SECONDS: i64 = 35 * 86_400;

/// What a row did to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RowMark {
    /// Place in the file, from 0.
    pub row: u64,
    pub contact: ContactId,
    /// It is new; else it was changed.
    pub added: bool,
    /// Of a changed one, what it was: by the names of the file's targets; null where there was nothing.
    #[serde(default)]
    pub before: BTreeMap<String, serde_json::Value>,
    /// And what it became.
    #[serde(default)]
    pub after: BTreeMap<String, serde_json::Value>,
}

impl WorkspaceStore {
    fn import_key(&self, id: &str) -> Key {
        keys::import(&self.id, id)
    }

    fn import_item(&self, import: &Import) -> Result<Attributes, StoreError> {
        let mut item = document(&self.import_key(&import.id), "import", import)?;
        item.insert("dn".to_owned(), number(import.done));
        item.insert("st".to_owned(), text(state(import.state)));
        Ok(item)
    }

    /// Begins an import, or takes one back, if no other is at work: one at a time in a workspace. `false`: one is.
    pub async fn begin_import(
        &self,
        import: &Import,
        audit: Option<&AuditEntry>,
    ) -> Result<bool, StoreError> {
        let mut lock = key(&keys::import_lock(&self.id));
        lock.insert("_t".to_owned(), text("import_lock"));
        lock.insert("import".to_owned(), text(&import.id));
        let free = Expression::new("attribute_not_exists(PK)");
        let mut writes = vec![
            self.db.put_in_transaction(lock, Some(free))?,
            self.db.put_in_transaction(self.import_item(import)?, None)?,
        ];
        if let Some(entry) = audit {
            writes.push(self.db.audit_write(keys::audit(&self.id), entry)?);
        }
        match self.db.transact("import", writes).await? {
            Transacted::Done => Ok(true),
            Transacted::Refused(_) => Ok(false),
            Transacted::Contended => Err(StoreError::new(StoreErrorKind::Conflict, "import", "contended")),
        }
    }

    /// An import.
    pub async fn import(&self, id: &str) -> Result<Option<Import>, StoreError> {
        let item = self.db.get("import", &self.import_key(id)).await?;
        item.map(|item| read("import", &item)).transpose()
    }

    /// The newest imports.
    pub async fn imports(&self) -> Result<Vec<Import>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :kind)")
            .value(":pk", text(keys::imports(&self.id)))
            .value(":kind", text("J#"));
        let page = self.db.query("imports", condition, true, LISTED).await?;
        page.items.iter().map(|item| read("imports", item)).collect()
    }

    /// Stores an import in place of the one that was read; `false`: somebody else changed it first.
    pub async fn save_import(&self, was: &Import, import: &Import) -> Result<bool, StoreError> {
        let unchanged = Expression::new("dn = :was AND st = :st")
            .value(":was", number(was.done))
            .value(":st", text(state(was.state)));
        let put = self.db.put("import", self.import_item(import)?, Some(unchanged)).await;
        unless_conflict(put).map(|done| done.is_some())
    }

    /// Lets another import begin.
    pub async fn end_import(&self, id: &str) -> Result<(), StoreError> {
        let own = Expression::new("attribute_not_exists(PK) OR #i = :id")
            .name("#i", "import")
            .value(":id", text(id));
        let gone = self.db.delete("import", &keys::import_lock(&self.id), Some(own)).await;
        unless_conflict(gone).map(|_| ())
    }

    /// What rows from one place on have done, in their order, at most `limit`.
    pub async fn row_marks(&self, import: &str, from: u64, limit: u32) -> Result<Vec<RowMark>, StoreError> {
        let condition = Expression::new("PK = :pk AND SK >= :from")
            .value(":pk", text(keys::import_rows(&self.id, import)))
            .value(":from", text(format!("{from:07}")));
        let page = self.db.query_now("import rows", condition, limit).await?;
        page.items.iter().map(|item| read("import rows", item)).collect()
    }

    /// The same by row.
    pub async fn row_marks_in(
        &self,
        import: &str,
        rows: std::ops::Range<u64>,
    ) -> Result<BTreeMap<u64, RowMark>, StoreError> {
        let limit = u32::try_from(rows.end.saturating_sub(rows.start)).unwrap_or(u32::MAX).max(1);
        let marks = self.row_marks(import, rows.start, limit).await?;
        Ok(marks.into_iter().filter(|mark| mark.row < rows.end).map(|mark| (mark.row, mark)).collect())
    }

    fn mark_item(&self, import: &Import, mark: &RowMark) -> Result<Attributes, StoreError> {
        let at = Key { pk: keys::import_rows(&self.id, &import.id), sk: format!("{:07}", mark.row) };
        let mut item = document(&at, "import_row", mark)?;
        item.insert("ttl".to_owned(), number(import.at.seconds().0 + MARKS_SECONDS));
        Ok(item)
    }

    /// Notes what a row is about to change, once: a repetition finds what there was before the first try.
    pub async fn mark_row(&self, import: &Import, mark: &RowMark) -> Result<(), StoreError> {
        let once = Expression::new("attribute_not_exists(PK)");
        let put = self.db.put("import row", self.mark_item(import, mark)?, Some(once)).await;
        unless_conflict(put).map(|_| ())
    }

    /// Creates the contact of a row: it and the note of it, both or neither. `despite` others with the same phone or
    /// e-mail, which it then only shows.
    pub async fn create_imported(
        &self,
        organization: &OrganizationId,
        new: NewContact,
        (import, row): (&Import, u64),
        despite: bool,
    ) -> Result<CreatedContact, StoreError> {
        let note = |contact: ContactId| -> Result<TransactWriteItem, StoreError> {
            let mark = RowMark { row, contact, added: true, before: BTreeMap::new(), after: BTreeMap::new() };
            let once = Expression::new("attribute_not_exists(PK)");
            self.db.put_in_transaction(self.mark_item(import, &mark)?, Some(once))
        };
        self.create_noted(organization, new, &note, despite).await
    }
}

fn state(state: ImportState) -> &'static str {
    match state {
        ImportState::Queued => "queued",
        ImportState::InProgress => "in_progress",
        ImportState::Completed => "completed",
        ImportState::Cancelled => "cancelled",
        ImportState::Undoing => "undoing",
        ImportState::Undone => "undone",
        ImportState::Failed => "failed",
    }
}
