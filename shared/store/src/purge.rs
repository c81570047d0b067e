//! What a contact owns in the table, found from the contact and deleted for good. Again from anywhere after a kill: the
//! sign at the contact's id, which names everything, goes last.

use colibri_domain::contact::{Head, Profile};
use colibri_domain::content::Content;
use colibri_domain::{ContactId, FileId};
use futures::StreamExt;

use crate::WorkspaceStore;
use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{Attributes, number_of, parsed, read, str_of, text};
use crate::keys::{self, Key};
use crate::messages::message_of;

/// Items read and deleted at once.
const PAGE: u32 = 100;
/// Deletions at the same time.
const PARALLEL: usize = 16;

/// A part of what a contact owned, deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurgedPage {
    /// Items that went.
    pub items: usize,
    /// Whether there is more of it.
    pub more: bool,
}

/// What a page of a history refers to in the bucket.
#[derive(Debug, Clone, Default)]
pub struct HistoryPage {
    /// Keys of the page.
    keys: Vec<Key>,
    /// Files that its messages show.
    pub files: Vec<FileId>,
    /// Whether there is more.
    pub more: bool,
}

fn key_of(item: &Attributes) -> Option<Key> {
    Some(Key { pk: str_of(item, "PK")?.to_owned(), sk: str_of(item, "SK")?.to_owned() })
}

impl WorkspaceStore {
    /// The head of a contact in the trash as it was.
    pub async fn deleted_head(&self, contact: ContactId) -> Result<Option<Head>, StoreError> {
        let item = self.db.get("purge", &keys::head(&self.id, contact)).await?;
        let sign = item.filter(|item| str_of(item, "_t") == Some("deleted"));
        sign.map(|item| parsed("purge", &item, "was")).transpose().map(Option::flatten)
    }

    /// A page of a history of a deleted contact: entries, log, records; not the head and the profile.
    pub async fn history_page(&self, part: ContactId) -> Result<HistoryPage, StoreError> {
        let condition = Expression::new("PK = :pk AND SK BETWEEN :from AND :to")
            .value(":pk", text(keys::contact(&self.id, part)))
            .value(":from", text("A"))
            .value(":to", text("Z"));
        let page = self.db.query("purge", condition, true, PAGE).await?;
        let mut found = HistoryPage { more: page.more, ..HistoryPage::default() };
        for item in &page.items {
            // What names other things goes with the contact itself.
            let keeps = matches!(str_of(item, "SK"), Some("A#indexed" | "A#merge"));
            found.keys.extend(key_of(item).filter(|_| !keeps));
            if str_of(item, "_t") == Some("message")
                && let Ok(message) = message_of(item)
                && let Content::Attachment(attachment) = &message.content
            {
                found.files.extend(attachment.file.as_ref().map(|file| file.id.clone()));
            }
        }
        Ok(found)
    }

    /// Deletes a page of a history with the items of its files.
    pub async fn purge_history(&self, page: &HistoryPage) -> Result<usize, StoreError> {
        let files = page.files.iter().map(|id| keys::file(&self.id, id));
        self.delete_all(files.chain(page.keys.iter().cloned()).collect()).await
    }

    async fn delete_all(&self, all: Vec<Key>) -> Result<usize, StoreError> {
        let count = all.len();
        let deletions: Vec<_> = all
            .into_iter()
            .map(|at| async move { self.db.delete("purge", &at, None).await.map(|_| ()) })
            .collect();
        let done: Vec<_> = futures::stream::iter(deletions).buffer_unordered(PARALLEL).collect().await;
        done.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(count)
    }

    async fn delete_partition(&self, pk: &str) -> Result<PurgedPage, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(pk));
        let page = self.db.query("purge", condition, false, PAGE).await?;
        let items = self.delete_all(page.items.iter().filter_map(key_of).collect()).await?;
        Ok(PurgedPage { items, more: page.more })
    }

    /// Deletes a page of what visitors of web chats left behind who were this contact.
    pub async fn purge_visitors(&self, head: &Head) -> Result<PurgedPage, StoreError> {
        let mut sum = PurgedPage::default();
        for channel in &head.channels {
            for form in std::iter::once(&channel.identity).chain(&channel.aliases) {
                let page = self.delete_partition(&keys::visitor(&self.id, &channel.channel_id, form)).await?;
                sum.items += page.items;
                sum.more |= page.more;
            }
        }
        Ok(sum)
    }

    /// Deletes what the users of a workspace were told about a contact.
    pub async fn purge_notifications(&self, contacts: &[ContactId]) -> Result<usize, StoreError> {
        let Some(settings) = self.settings().await? else { return Ok(0) };
        let mut sum = 0;
        for member in &settings.members {
            let pk = keys::notifications(&self.id, &member.user_id);
            let mut after = String::new();
            loop {
                let condition = Expression::new("PK = :pk AND SK > :after")
                    .value(":pk", text(&pk))
                    .value(":after", text(if after.is_empty() { " " } else { &after }));
                let page = self.db.query("purge", condition, false, 500).await?;
                let about = |item: &&Attributes| {
                    read::<crate::Notification>("purge", item)
                        .is_ok_and(|one| one.contact_id.is_some_and(|id| contacts.contains(&id)))
                };
                let found: Vec<Key> = page.items.iter().filter(about).filter_map(key_of).collect();
                sum += self.delete_all(found).await?;
                match page.items.last().and_then(|item| str_of(item, "SK")).filter(|_| page.more) {
                    Some(last) => last.clone_into(&mut after),
                    None => break,
                }
            }
        }
        Ok(sum)
    }

    /// Deletes the last of a contact: search words, claims, profile, then the sign and its place in the trash.
    pub async fn purge_contact(&self, contact: ContactId, head: &Head) -> Result<(), StoreError> {
        let parts: Vec<ContactId> = std::iter::once(contact).chain(head.origins()).collect();
        for at in self.claims_of(head).await? {
            self.forget_claim(&at).await?;
        }
        for part in &parts {
            let words = self.indexed(*part).await?;
            self.unindex_contact(*part, &words).await?;
            let profile: Option<Profile> = self.profile(*part).await?;
            if let Some(profile) = profile {
                self.forget_holder(*part, &profile).await?;
            }
        }
        for part in parts.iter().rev() {
            let mut last: Vec<Key> = vec![
                Key { pk: keys::contact(&self.id, *part), sk: "A#indexed".to_owned() },
                keys::merge_snapshot(&self.id, *part),
                keys::profile(&self.id, *part),
            ];
            if *part != contact {
                last.push(keys::head(&self.id, *part));
            }
            self.delete_all(last).await?;
        }
        // Both or none: without the sign nobody would look for what the trash still tells of him.
        let last = [keys::head(&self.id, contact), keys::trashed(&self.id, contact)];
        let writes = last.iter().map(|at| self.db.delete_in_transaction(at, None));
        match self.db.transact("purge", writes.collect::<Result<_, _>>()?).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(_) | Transacted::Contended => {
                Err(StoreError::new(StoreErrorKind::Conflict, "purge", "too much contention"))
            }
        }
    }

    /// A claim that nobody has goes; of one that another has since, only the memory of this one.
    async fn forget_claim(&self, at: &Key) -> Result<(), StoreError> {
        let Some(item) = self.db.get("purge", at).await? else { return Ok(()) };
        let used = number_of::<u64>(&item, "cid").is_some() || item.contains_key("hs");
        let gone = if used {
            let update = Expression::new("REMOVE gone");
            self.db.update("purge", at, update, Some("attribute_exists(PK)")).await.map(|_| ())
        } else {
            let free = Expression::new("attribute_not_exists(cid) AND attribute_not_exists(hs)");
            self.db.delete("purge", at, Some(free)).await.map(|_| ())
        };
        unless_conflict(gone).map(|_| ())
    }

    async fn forget_holder(&self, contact: ContactId, profile: &Profile) -> Result<(), StoreError> {
        let phone = profile.foreign_phone.as_ref().map(|phone| keys::phone(&self.id, phone));
        let email = profile.foreign_email.as_ref().map(|email| keys::email(&self.id, email));
        for at in phone.into_iter().chain(email) {
            let me = aws_sdk_dynamodb::types::AttributeValue::Ns(vec![contact.to_string()]);
            let update = Expression::new("DELETE hs :me").value(":me", me);
            unless_conflict(self.db.update("purge", &at, update, Some("attribute_exists(PK)")).await)?;
            self.forget_claim(&at).await?;
        }
        Ok(())
    }
}
