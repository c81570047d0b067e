//! Exports of a workspace. One is worked on at a time; what is over is kept for 90 days.

use colibri_domain::audit::AuditEntry;
use colibri_domain::export::ExportJob;
use colibri_domain::message::Message;
use colibri_domain::{ContactId, MessageId, Millis};

use crate::WorkspaceStore;
use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::TRIES;
use crate::item::{Attributes, document, key, number, number_of, read, str_of, text};
use crate::keys;
use crate::messages::message_of;

/// Days that an export is listed.
const DAYS: i64 = 90;
/// Exports of the list.
const LISTED: u32 = 50;

/// A page of a stretch of a contact's messages.
#[derive(Debug, Clone, Default)]
pub struct MessagesBetween {
    /// Oldest first.
    pub items: Vec<Message>,
    /// The place after which it goes on; `None` at the end.
    pub next: Option<String>,
}

fn job_of(item: &Attributes) -> Result<ExportJob, StoreError> {
    let job: ExportJob = read("export", item)?;
    Ok(ExportJob { version: number_of(item, "ver").unwrap_or(0), ..job })
}

impl WorkspaceStore {
    fn export_item(&self, job: &ExportJob) -> Result<Attributes, StoreError> {
        let mut item = document(&keys::export(&self.id, &job.id), "export", job)?;
        item.insert("ver".to_owned(), number(job.version + 1));
        item.insert("ttl".to_owned(), number(job.created_at.seconds().0 + DAYS * 86_400));
        Ok(item)
    }

    /// The newest exports first, at most 50.
    pub async fn exports(&self) -> Result<Vec<ExportJob>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :job)")
            .value(":pk", text(keys::exports(&self.id)))
            .value(":job", text("J#"));
        let page = self.db.query("exports", condition, true, LISTED).await?;
        page.items.iter().map(job_of).collect()
    }

    /// One export.
    pub async fn export(&self, id: &str) -> Result<Option<ExportJob>, StoreError> {
        self.db.get("export", &keys::export(&self.id, id)).await?.as_ref().map(job_of).transpose()
    }

    /// Stores a new export with its entry in the log. Another one that is being worked on is returned instead.
    pub async fn create_export(
        &self,
        job: &ExportJob,
        entry: &AuditEntry,
        now: Millis,
    ) -> Result<Option<ExportJob>, StoreError> {
        let at = keys::export_running(&self.id);
        for attempt in 0..TRIES {
            let place = self.db.get("export", &at).await?;
            let holder = place.as_ref().and_then(|item| str_of(item, "j"));
            if let Some(id) = holder
                && let Some(other) = self.export(id).await?
                && other.is_active()
            {
                if !other.is_stale(now) {
                    return Ok(Some(other));
                }
                if !self.save_export(&other.failed("stalled", now)).await? {
                    continue;
                }
            }
            let mut running = key(&at);
            running.insert("_t".to_owned(), text("export_running"));
            running.insert("j".to_owned(), text(&job.id));
            let unchanged = match holder {
                Some(id) => Expression::new("j = :was").value(":was", text(id)),
                None => Expression::new("attribute_not_exists(PK)"),
            };
            let new = Expression::new("attribute_not_exists(PK)");
            let writes = vec![
                self.db.put_in_transaction(self.export_item(job)?, Some(new))?,
                self.db.put_in_transaction(running, Some(unchanged))?,
                self.db.audit_write(keys::audit(&self.id), entry)?,
            ];
            if self.db.transact("export", writes).await? == Transacted::Done {
                return Ok(None);
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "export", "too much contention"))
    }

    /// Stores how far an export is; false where somebody else has changed it since it was read.
    pub async fn save_export(&self, job: &ExportJob) -> Result<bool, StoreError> {
        let condition = Expression::new("ver = :was").value(":was", number(job.version));
        let put = self.db.put("export", self.export_item(job)?, Some(condition)).await;
        Ok(unless_conflict(put)?.is_some())
    }

    /// Messages kept under a contact from the second of `from` to that of `until`, after a place.
    pub async fn messages_between(
        &self,
        contact: ContactId,
        from: Millis,
        until: Millis,
        after: Option<&str>,
    ) -> Result<MessagesBetween, StoreError> {
        let first = format!("T#{:014x}", MessageId::first_at(from.seconds()).0);
        let last = format!("T#{:014x}~", MessageId::last_at(until.seconds()).0);
        let condition = Expression::new("PK = :pk AND SK BETWEEN :from AND :to")
            .value(":pk", text(keys::contact(&self.id, contact)))
            .value(":from", text(after.map_or(first, |place| format!("{place}!"))))
            .value(":to", text(last));
        let page = self.db.query("messages between", condition, false, 500).await?;
        let next = page.items.last().filter(|_| page.more).and_then(|item| str_of(item, "SK"));
        let next = next.map(str::to_owned);
        let messages = page.items.iter().filter(|item| str_of(item, "_t") == Some("message"));
        Ok(MessagesBetween { items: messages.map(message_of).collect::<Result<_, _>>()?, next })
    }
}
