//! Deleted contacts: out of sight at once, restorable for 30 days, then gone.
//!
//! The head becomes a sign that holds what it was; identities, phone and e-mail are released and remember when, so
//! that a late repetition of an older message makes no new contact.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::contact::{Head, Profile};
use colibri_domain::event::EventKind;
use colibri_domain::message::Actor;
use colibri_domain::{ContactId, Millis, OrganizationId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::db::{Expression, Transacted};
use crate::error::{StoreError, StoreErrorKind, sdk};
use crate::heads::{Standing, Stored, TRIES, WriteContext};
use crate::item::{Attributes, carry, document, json, key, number, number_of, parsed, read, str_of, text};
use crate::keys::{self, Key};
use crate::lists::Page;
use crate::places::Freed;
use crate::{InstallationStore, WorkspaceStore};

/// How long a deleted contact can be restored, in milliseconds.
pub const KEPT_MILLIS: i64 = 30 * 86_400_000;
/// Claims released in one transaction.
const CLAIMS: usize = 80;

/// A contact in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Trashed {
    pub id: ContactId,
    pub head: Head,
    pub by: Actor,
    pub at: Millis,
    /// From then on it is gone for good.
    pub purge_at: Millis,
    pub freed: Freed,
}

/// What became of restoring.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Restored {
    /// The contact, without what another has taken meanwhile.
    Done(Head),
    /// There is no such contact in the trash.
    NotInTrash,
    /// No place in the quota.
    Quota,
}

/// A deleted contact whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueContact {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub contact: ContactId,
}

impl WorkspaceStore {
    fn trash_place(&self, trashed: &Trashed) -> Key {
        keys::trashed(&self.id, trashed.id)
    }

    fn trash_item(&self, trashed: &Trashed) -> Result<Attributes, StoreError> {
        let mut item = document(&self.trash_place(trashed), "trashed", trashed)?;
        item.insert("gs".to_owned(), text(keys::purge_due()));
        let place = format!("{:015}#{}#{:010}", trashed.purge_at.0.max(0), self.id, trashed.id.0);
        item.insert("gsk".to_owned(), text(place));
        Ok(item)
    }

    /// Every claim that leads to a contact, also by what was merged into it.
    pub(crate) async fn claims_of(&self, head: &Head) -> Result<Vec<Key>, StoreError> {
        let mut claims = self.identity_keys(head);
        claims.extend(self.address_keys(head));
        for origin in head.origins() {
            let Some(item) = self.db.get("trash", &keys::head(&self.id, origin)).await? else { continue };
            if let Some(was) = parsed::<Head>("trash", &item, "was")? {
                claims.extend(self.address_keys(&was));
            }
            let snapshot = self.db.get("trash", &keys::merge_snapshot(&self.id, origin)).await?;
            if let Some(before) = snapshot.as_ref().map(crate::merge::head_before).transpose()? {
                claims.extend(self.address_keys(&before));
            }
        }
        claims.sort_by(|a, b| a.pk.cmp(&b.pk));
        claims.dedup();
        Ok(claims)
    }

    /// Puts a contact into the trash. `None`: there is no such contact, or the caller may not see it.
    pub async fn delete_contact(
        &self,
        organization: &OrganizationId,
        contact: ContactId,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
        context: &WriteContext,
    ) -> Result<Option<Trashed>, StoreError> {
        self.delete_contact_until(organization, contact, sees, context, context.now.next_month()).await
    }

    /// The same, with the moment from which its place is free.
    pub async fn delete_contact_until(
        &self,
        organization: &OrganizationId,
        contact: ContactId,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
        context: &WriteContext,
        free_from: Millis,
    ) -> Result<Option<Trashed>, StoreError> {
        for attempt in 0..TRIES {
            let Standing::Here(stored) = self.standing(contact).await? else { return Ok(None) };
            if !sees(&stored.head) {
                return Ok(None);
            }
            let trashed = Trashed {
                id: contact,
                head: stored.head.clone(),
                by: context.actor.clone(),
                at: context.now,
                purge_at: context.now.plus(KEPT_MILLIS),
                freed: Freed::On(free_from),
            };
            let mut claims = Vec::new();
            for at in self.claims_of(&stored.head).await? {
                // A value that found another owner is not ours to release.
                if self.claimed(&at).await? == Some(contact) {
                    claims.push(at);
                }
            }
            let mut writes = vec![
                self.deletion_sign(&stored, context)?,
                self.db.put_in_transaction(self.trash_item(&trashed)?, None)?,
                self.db.free_place(organization, trashed.freed)?,
            ];
            for at in claims.iter().take(CLAIMS) {
                writes.push(self.release_with_time(at, contact, context.now)?);
            }
            match self.db.transact("delete contact", writes).await? {
                Transacted::Done => {
                    for at in claims.iter().skip(CLAIMS) {
                        let write = self.release_with_time(at, contact, context.now)?;
                        self.db.transact("delete contact", vec![write]).await?;
                    }
                    return Ok(Some(trashed));
                }
                Transacted::Refused(_) | Transacted::Contended => self.db.back_off(attempt).await,
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "delete contact", "too much contention"))
    }

    fn deletion_sign(
        &self,
        stored: &Stored,
        context: &WriteContext,
    ) -> Result<TransactWriteItem, StoreError> {
        let version = stored.head.version;
        let mut item = key(&keys::head(&self.id, stored.head.id));
        item.insert("_t".to_owned(), text("deleted"));
        item.insert("_v".to_owned(), number(1));
        item.insert("was".to_owned(), json("trash", &stored.head)?);
        item.insert("ver".to_owned(), number(version + 1));
        item.insert("rg".to_owned(), json("trash", &stored.ring)?);
        item.insert("q".to_owned(), json("trash", &stored.queue)?);
        item.insert("pc".to_owned(), json("trash", &stored.pace)?);
        let kinds = vec![EventKind::ContactDeleted];
        carry(&mut item, &self.events_of(Some(stored.head.id), version + 1, kinds, context))?;
        let unchanged = Expression::new("ver = :was").value(":was", number(version));
        self.db.put_in_transaction(item, Some(unchanged))
    }

    fn release_with_time(
        &self,
        at: &Key,
        contact: ContactId,
        now: Millis,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Expression::new("SET gone = :now REMOVE cid")
            .value(":cid", number(contact.0))
            .value(":now", number(now.0));
        self.db.update_in_transaction(at, update, "cid = :cid")
    }

    /// A contact in the trash.
    pub async fn trashed(&self, contact: ContactId) -> Result<Option<Trashed>, StoreError> {
        let item = self.db.get("trash", &keys::trashed(&self.id, contact)).await?;
        item.map(|item| read("trash", &item)).transpose()
    }

    /// A page of the trash, in the order of the contacts' numbers, newest first.
    pub async fn trash(&self, cursor: Option<&str>, limit: u32) -> Result<Page<Trashed>, StoreError> {
        let scope = format!("{}/trash", self.id);
        let before = cursor.map(|token| self.db.cursors.open(&scope, token)).transpose()?;
        let condition = Expression::new("PK = :pk AND SK < :before")
            .value(":pk", text(keys::trash(&self.id)))
            .value(":before", text(before.unwrap_or_else(|| "~".to_owned())));
        let page = self.db.query("trash", condition, true, limit).await?;
        let last = page.items.last().and_then(|item| str_of(item, "SK"));
        let next_cursor = last.filter(|_| page.more).map(|sk| self.db.cursors.seal(&scope, sk));
        let items = page.items.iter().map(|item| read("trash", item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next_cursor })
    }

    /// Takes a contact out of the trash. Identities that a newer contact holds stay there; a phone or e-mail that
    /// found another owner is shown only, which suggests a merge.
    pub async fn restore_contact(
        &self,
        organization: &OrganizationId,
        contact: ContactId,
        context: &WriteContext,
    ) -> Result<Restored, StoreError> {
        for attempt in 0..TRIES {
            let Some(trashed) = self.trashed(contact).await? else { return Ok(Restored::NotInTrash) };
            let at = keys::head(&self.id, contact);
            let sign = self.db.get("restore", &at).await?;
            let Some(sign) = sign.filter(|item| str_of(item, "_t") == Some("deleted")) else {
                return Ok(Restored::NotInTrash);
            };
            if trashed.purge_at <= context.now {
                return Ok(Restored::NotInTrash);
            }
            let missing = || StoreError::new(StoreErrorKind::Corrupt, "restore", "nothing to restore");
            let mut head: Head = parsed("restore", &sign, "was")?.ok_or_else(missing)?;
            let version: u64 = number_of(&sign, "ver").ok_or_else(missing)?;
            let mut profile = self.profile(contact).await?.ok_or_else(missing)?;
            let shown = [
                profile.foreign_phone.clone().map(String::from),
                profile.foreign_email.clone().map(String::from),
            ];
            let place = match self.db.retake_place(organization, trashed.freed).await {
                Ok(place) => place,
                Err(error) if error.kind == StoreErrorKind::Quota => return Ok(Restored::Quota),
                Err(error) => return Err(error),
            };
            self.keep_what_is_free(contact, &mut head, &mut profile).await?;
            let mut writes = vec![
                place,
                self.db.delete_in_transaction(
                    &keys::trashed(&self.id, contact),
                    Some(Expression::new("attribute_exists(PK)")),
                )?,
                self.db.put_in_transaction(
                    document(&keys::profile(&self.id, contact), "profile", &profile)?,
                    None,
                )?,
            ];
            writes.extend(self.holder_writes(contact, &shown, &profile, &[])?);
            let mut claims = self.identity_keys(&head);
            claims.extend(self.address_keys(&head));
            for at in claims {
                let update = Expression::new("SET cid = :cid, #t = :t REMOVE gone")
                    .name("#t", "_t")
                    .value(":t", text("claim"))
                    .value(":cid", number(contact.0));
                writes.push(self.db.update_in_transaction(
                    &at,
                    update,
                    "attribute_not_exists(cid) OR cid = :cid",
                )?);
            }
            let stored = Stored::beside(head, &sign)?;
            let events =
                self.events_of(Some(contact), version + 1, vec![EventKind::ContactRestored], context);
            let (item, head) = self.head_item(&stored, version + 1, &events)?;
            let same = Expression::new("ver = :was AND #t = :deleted")
                .name("#t", "_t")
                .value(":was", number(version))
                .value(":deleted", text("deleted"));
            writes.push(self.db.put_in_transaction(item, Some(same))?);
            if self.db.transact("restore contact", writes).await? == Transacted::Done {
                return Ok(Restored::Done(head));
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "restore contact", "too much contention"))
    }

    /// Leaves a contact that comes back what nobody else has taken meanwhile.
    async fn keep_what_is_free(
        &self,
        contact: ContactId,
        head: &mut Head,
        profile: &mut Profile,
    ) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for channel in std::mem::take(&mut head.channels) {
            let mut free = true;
            for form in std::iter::once(&channel.identity).chain(&channel.aliases) {
                let at = keys::identity(&self.id, &channel.channel_id, form);
                free &= self.claimed(&at).await?.is_none_or(|owner| owner == contact);
            }
            if free {
                kept.push(channel);
            }
        }
        head.channels = kept;
        if let Some(phone) = head.phone.clone()
            && self.claimed(&keys::phone(&self.id, &phone)).await?.is_some_and(|owner| owner != contact)
        {
            head.phone = None;
            profile.foreign_phone = Some(phone);
        }
        if let Some(email) = head.email.clone()
            && self.claimed(&keys::email(&self.id, &email)).await?.is_some_and(|owner| owner != contact)
        {
            head.email = None;
            profile.foreign_email = Some(email);
        }
        Ok(())
    }

    /// A deleted contact is to be gone at once: nobody can restore it from now on.
    pub async fn erase_now(&self, contact: ContactId, now: Millis) -> Result<bool, StoreError> {
        let Some(trashed) = self.trashed(contact).await? else { return Ok(false) };
        let item = self.trash_item(&Trashed { purge_at: now, ..trashed })?;
        let there = Expression::new("attribute_exists(PK)");
        crate::db::unless_conflict(self.db.put("trash", item, Some(there)).await).map(|put| put.is_some())
    }
}

impl InstallationStore {
    /// Up to `limit` deleted contacts whose time has come. One Query; the index may lag.
    pub async fn due_contacts(&self, now: Millis, limit: i32) -> Result<Vec<DueContact>, StoreError> {
        let call = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .index_name("GSI1")
            .key_condition_expression("gs = :h AND gsk < :now")
            .expression_attribute_values(":h", text(keys::purge_due()))
            .expression_attribute_values(":now", text(format!("{:015}$", now.0.max(0))))
            .limit(limit);
        let answer = call.send().await.map_err(|error| sdk("due contacts", &error))?;
        let due = answer.items.unwrap_or_default();
        Ok(due
            .iter()
            .filter_map(|item| {
                let workspace = str_of(item, "PK")?.strip_prefix("W#")?.strip_suffix("#Z")?.parse().ok()?;
                Some(DueContact { workspace, contact: ContactId(str_of(item, "SK")?.parse().ok()?) })
            })
            .collect())
    }
}
