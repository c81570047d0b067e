//! The audit logs of workspaces and organizations: entries are put once and never changed.
//!
//! An entry is written in the transaction of what it tells of. A consumer of events would need a queue, would be late
//! when somebody looks, and events do not say from which address somebody acted; the price is two write units for each
//! deed of an administrator, of which there are few. What changes nothing (signing in, exporting) puts its entry alone.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::{Millis, UserId};

use crate::db::{Expression, unless_conflict};
use crate::error::StoreError;
use crate::item::{document, read, str_of, text};
use crate::keys::{self, Key};
use crate::organization::OrganizationStore;
use crate::{Page, Store, WorkspaceStore};

/// What of a log to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AuditQuery {
    /// From this instant.
    pub from: Option<Millis>,
    /// Before this instant.
    pub until: Option<Millis>,
    pub user: Option<UserId>,
    pub action: Option<AuditAction>,
    pub cursor: Option<String>,
    pub limit: u32,
}

/// Entries read at most for one page: a rare action in a long log takes several pages.
const READ: u32 = 1_000;

impl Store {
    async fn put_audit(&self, pk: String, entry: &AuditEntry) -> Result<(), StoreError> {
        let item = document(&place(pk, entry), "audit", entry)?;
        let once = Expression::new("attribute_not_exists(PK)");
        unless_conflict(self.put("audit", item, Some(once)).await).map(|_| ())
    }

    pub(crate) fn audit_write(
        &self,
        pk: String,
        entry: &AuditEntry,
    ) -> Result<TransactWriteItem, StoreError> {
        self.put_in_transaction(document(&place(pk, entry), "audit", entry)?, None)
    }

    async fn audit_page(&self, pk: String, asked: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let scope = format!(
            "{pk}/{:?}/{:?}/{}/{}",
            asked.from,
            asked.until,
            asked.user.as_ref().map_or("", UserId::as_str),
            asked.action.map_or("", AuditAction::name)
        );
        let from = format!("{:015}", asked.from.map_or(0, |at| at.0.max(0)));
        let before = match &asked.cursor {
            Some(token) => self.cursors.open(&scope, token)?,
            None => format!("{:015}", asked.until.map_or(999_999_999_999_999, |at| at.0.max(0))),
        };
        // Between names both ends; nothing ends in exactly this place but the page's own beginning.
        let condition = Expression::new("PK = :pk AND SK BETWEEN :from AND :before")
            .value(":pk", text(&pk))
            .value(":from", text(from))
            .value(":before", text(&before));
        let page = self.query("audit", condition, true, READ).await?;
        let mut items: Vec<AuditEntry> = Vec::new();
        let mut last = None;
        for item in &page.items {
            let sk = str_of(item, "SK").unwrap_or_default();
            if sk >= before.as_str() {
                continue;
            }
            if items.len() >= asked.limit as usize {
                let next_cursor = last.map(|sk: String| self.cursors.seal(&scope, &sk));
                return Ok(Page { items, next_cursor });
            }
            last = Some(sk.to_owned());
            let entry: AuditEntry = read("audit", item)?;
            let wanted = asked.user.as_ref().is_none_or(|user| entry.user_id.as_ref() == Some(user))
                && asked.action.is_none_or(|action| entry.action == action);
            if wanted {
                items.push(entry);
            }
        }
        let next_cursor = if page.more { last.map(|sk| self.cursors.seal(&scope, &sk)) } else { None };
        Ok(Page { items, next_cursor })
    }
}

fn place(pk: String, entry: &AuditEntry) -> Key {
    Key { pk, sk: format!("{:015}#{}", entry.at.0.max(0), entry.id) }
}

impl WorkspaceStore {
    /// Notes a deed that changed nothing else; the same entry again is the same.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.db.put_audit(keys::audit(&self.id), entry).await
    }

    /// The newest entries first.
    pub async fn audit_log(&self, asked: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        self.db.audit_page(keys::audit(&self.id), asked).await
    }
}

impl OrganizationStore {
    /// Notes a deed that changed nothing else; the same entry again is the same.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.db.put_audit(keys::organization_audit(&self.id), entry).await
    }

    /// The newest entries first.
    pub async fn audit_log(&self, asked: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        self.db.audit_page(keys::organization_audit(&self.id), asked).await
    }
}
