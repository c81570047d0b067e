//! Merging and separating in the table: one transaction each, whatever the history.
//!
//! The secondary's head becomes a sign that names the primary, beside what it was. Everything that is written for the
//! secondary from then on finds the primary by it; its partition, and so every message in it, stays where it is.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use colibri_domain::contact::{Head, LastMessage, Profile};
use colibri_domain::merge::{self, MergeError, Newest, Person, Picks, Snapshot};
use colibri_domain::{ContactId, MessageId, OrganizationId};
use serde::{Deserialize, Serialize};

use crate::WorkspaceStore;
use crate::db::Expression;
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::{RING, Standing, Stored, TRIES, WriteContext, activities_of};
use crate::item::{Attributes, document, json, key, number, number_of, parsed, read, text};
use crate::keys::{self, Key, TimelineKind};
use crate::messages::message_of;
use crate::places::{ALWAYS, Freed};

/// Claims that one merge may move: a transaction takes 100 writes.
const CLAIMS: usize = 80;
/// Entries of a history that are looked through for its newest message.
const NEWEST: u32 = 25;
/// Suggestions for one contact at most.
const SUGGESTIONS: usize = 10;

/// Two contacts, and what to do with them.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Merging<'a> {
    pub organization: &'a OrganizationId,
    pub primary: ContactId,
    pub secondary: ContactId,
    pub picks: &'a Picks,
}

/// Why nothing was merged or separated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeRefusal {
    /// The rules forbid it.
    Rule(MergeError),
    /// There is no such contact, or the caller may not see it.
    NotFound,
    /// It is a part of this other one already.
    MergedInto(ContactId),
    /// Others were merged into the primary since: the last goes first.
    NotLast(ContactId),
    /// They are not merged.
    NotMerged,
    /// No place in the quota for two.
    Quota,
}

/// Somebody who may be the same person.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Who.
    pub head: Head,
    /// The phone or e-mail address that both show.
    pub value: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    snapshot: Snapshot,
    freed: Freed,
}

/// The primary as it was before a merge, from the item that remembers.
pub(crate) fn head_before(item: &Attributes) -> Result<Head, StoreError> {
    read::<Kept>("merge", item).map(|kept| kept.snapshot.head_before)
}

type Refused<T> = Result<Result<T, MergeRefusal>, StoreError>;

impl WorkspaceStore {
    /// A contact's head, unless it was merged or deleted.
    pub async fn own_head(&self, contact: ContactId) -> Result<Option<Head>, StoreError> {
        Ok(match self.standing(contact).await? {
            Standing::Here(stored) => Some(stored.head),
            _ => None,
        })
    }

    async fn person(&self, head: &Head) -> Result<Person, StoreError> {
        let missing = || StoreError::new(StoreErrorKind::NotFound, "merge", "no profile");
        let profile = self.profile(head.id).await?.ok_or_else(missing)?;
        Ok(Person { head: head.clone(), profile })
    }

    /// Two contacts as they are, for showing what a merge would do.
    pub async fn pair(&self, primary: ContactId, secondary: ContactId) -> Refused<(Person, Person)> {
        let one = match self.live(primary).await? {
            Ok(stored) => stored,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let other = match self.live(secondary).await? {
            Ok(stored) => stored,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(Ok((self.person(&one.head).await?, self.person(&other.head).await?)))
    }

    async fn live(&self, contact: ContactId) -> Refused<Stored> {
        Ok(match self.standing(contact).await? {
            Standing::Here(stored) => Ok(*stored),
            Standing::Merged { into, .. } => Err(MergeRefusal::MergedInto(into)),
            Standing::Gone => Err(MergeRefusal::NotFound),
        })
    }

    /// Merges one contact into another; `sees` is asked for both as they are at that moment.
    pub async fn merge_contacts(
        &self,
        merging: &Merging<'_>,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
        context: &WriteContext,
    ) -> Refused<Head> {
        if merging.primary == merging.secondary {
            return Ok(Err(MergeRefusal::Rule(MergeError::Same)));
        }
        for attempt in 0..TRIES {
            let (mut one, other) =
                match (self.live(merging.primary).await?, self.live(merging.secondary).await?) {
                    (Ok(one), Ok(other)) => (one, other),
                    (Err(refusal), _) | (_, Err(refusal)) => return Ok(Err(refusal)),
                };
            if !sees(&one.head) || !sees(&other.head) {
                return Ok(Err(MergeRefusal::NotFound));
            }
            let (primary, secondary) = (self.person(&one.head).await?, self.person(&other.head).await?);
            let merged = match merge::merge(&primary, &secondary, merging.picks, &context.actor, context.now)
            {
                Ok(merged) => merged,
                Err(refused) => return Ok(Err(MergeRefusal::Rule(refused))),
            };
            let mut claims = self.identity_keys(&other.head);
            claims.extend(self.address_keys(&other.head));
            if claims.len() > CLAIMS {
                return Ok(Err(MergeRefusal::Rule(MergeError::TooMany)));
            }
            let freed = if merge::share_vouched(&primary.head, &secondary.head) {
                Freed::Now
            } else {
                Freed::On(context.now.next_month())
            };
            let kept = Kept { snapshot: merged.snapshot, freed };
            let mut writes = vec![
                self.db.put_in_transaction(self.profile_item(primary.head.id, &merged.profile)?, None)?,
                self.sign(&other, primary.head.id)?,
                self.db.put_in_transaction(
                    document(&keys::merge_snapshot(&self.id, secondary.head.id), "merge", &kept)?,
                    None,
                )?,
                self.db.free_place(merging.organization, freed)?,
            ];
            for at in &claims {
                writes.push(self.claim_from(at, primary.head.id, "cid = :from", secondary.head.id)?);
            }
            if let Some((keeper, closed)) = &merged.closed {
                writes.push(self.conversation_write(*keeper, closed)?);
            }
            one.ring = newest_of(&one.ring, &other.ring);
            one.queue.extend(other.queue);
            one.pace.extend(other.pace);
            let cause = secondary.head.id.0;
            if let Some(head) = self.write_change(one, merged.change, context, writes, cause).await? {
                return Ok(Ok(head));
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "merge", "too much contention"))
    }

    /// The secondary's head as a sign to the primary: in no list any more.
    fn sign(&self, stored: &Stored, into: ContactId) -> Result<TransactWriteItem, StoreError> {
        let version = stored.head.version;
        let mut item = key(&keys::head(&self.id, stored.head.id));
        item.insert("_t".to_owned(), text("merged"));
        item.insert("_v".to_owned(), number(1));
        item.insert("into".to_owned(), number(into.0));
        item.insert("was".to_owned(), json("merge", &stored.head)?);
        item.insert("ver".to_owned(), number(version + 1));
        let unchanged = Expression::new("ver = :was").value(":was", number(version));
        self.db.put_in_transaction(item, Some(unchanged))
    }

    fn profile_item(&self, contact: ContactId, profile: &Profile) -> Result<Attributes, StoreError> {
        document(&keys::profile(&self.id, contact), "profile", profile)
    }

    pub(crate) fn address_keys(&self, head: &Head) -> Vec<Key> {
        let phone = head.phone.as_ref().map(|phone| keys::phone(&self.id, phone));
        phone.into_iter().chain(head.email.as_ref().map(|email| keys::email(&self.id, email))).collect()
    }

    /// Separates what was merged last into a contact.
    pub async fn unmerge_contacts(
        &self,
        merging: &Merging<'_>,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
        context: &WriteContext,
    ) -> Refused<(Head, Head)> {
        for attempt in 0..TRIES {
            let stored = match self.live(merging.primary).await? {
                Ok(stored) => stored,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if !sees(&stored.head) {
                return Ok(Err(MergeRefusal::NotFound));
            }
            let last = stored.head.merged.last().map(|one| one.id);
            if last != Some(merging.secondary) {
                let known = stored.head.merged.iter().any(|one| one.id == merging.secondary);
                return Ok(Err(match last.filter(|_| known) {
                    Some(last) => MergeRefusal::NotLast(last),
                    None => MergeRefusal::NotMerged,
                }));
            }
            match self.separate(merging, stored, context).await? {
                Ok(Some(apart)) => return Ok(Ok(apart)),
                Ok(None) => self.db.back_off(attempt).await,
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "unmerge", "too much contention"))
    }

    async fn separate(
        &self,
        merging: &Merging<'_>,
        mut stored: Stored,
        context: &WriteContext,
    ) -> Refused<Option<(Head, Head)>> {
        let missing = || StoreError::new(StoreErrorKind::Corrupt, "unmerge", "no snapshot");
        let Standing::Merged { item: sign, .. } = self.standing(merging.secondary).await? else {
            return Ok(Ok(None));
        };
        let mut was: Head = parsed("unmerge", &sign, "was")?.ok_or_else(missing)?;
        let version: u64 = number_of(&sign, "ver").ok_or_else(missing)?;
        was.version = version;
        let at = keys::merge_snapshot(&self.id, merging.secondary);
        let Some(kept) = self.db.get("unmerge", &at).await? else { return Ok(Ok(None)) };
        let kept: Kept = read("unmerge", &kept)?;
        let (current, was) = (self.person(&stored.head).await?, self.person(&was).await?);
        let newest = self.newest(&stored.head, &was.head).await?;
        let mut apart = merge::unmerge(&current, &was, &kept.snapshot, &newest);
        let place = match self.db.retake_place(merging.organization, kept.freed).await {
            Ok(place) => place,
            Err(error) if error.kind == StoreErrorKind::Quota => return Ok(Err(MergeRefusal::Quota)),
            Err(error) => return Err(error),
        };
        let mut writes = vec![place];
        for at in self.identity_keys(&apart.secondary.head) {
            writes.push(self.claim_from(&at, was.head.id, "cid = :from", current.head.id)?);
        }
        writes.extend(self.addresses_apart(&mut apart, &current.head).await?);
        writes.push(
            self.db.put_in_transaction(self.profile_item(current.head.id, &apart.primary_profile)?, None)?,
        );
        writes.push(
            self.db.put_in_transaction(self.profile_item(was.head.id, &apart.secondary_profile)?, None)?,
        );
        writes.push(self.db.delete_in_transaction(&at, Some(Expression::new("attribute_exists(PK)")))?);
        if let Some((keeper, open)) = &apart.reopened {
            let at = keys::conversation(&self.id, *keeper, open.id.as_str());
            writes.push(self.db.update_in_transaction(&at, Expression::new("REMOVE closed"), ALWAYS)?);
        }
        let theirs = |c: &colibri_domain::ContactChannelId| apart.secondary.head.channel(c).is_some();
        let mut second = Stored::fresh(apart.secondary.head.clone());
        second.ring.clone_from(&stored.ring);
        second.queue = stored.queue.extract_if(.., |queued| theirs(&queued.contact_channel)).collect();
        for c in apart.secondary.head.channels.iter().map(|c| &c.id) {
            second.pace.extend(stored.pace.remove(c).map(|due| (c.clone(), due)));
        }
        let events = self.events_of(Some(was.head.id), version + 1, apart.secondary.events, context);
        let (item, second) = self.head_item(&second, version + 1, &events)?;
        let is_sign = Expression::new("ver = :was AND #t = :merged")
            .name("#t", "_t")
            .value(":was", number(version))
            .value(":merged", text("merged"));
        writes.push(self.db.put_in_transaction(item, Some(is_sign))?);
        let cause = current.head.id.0;
        for activity in activities_of(was.head.id, version, &apart.secondary.activities, context, cause) {
            let at = keys::timeline(&self.id, was.head.id, activity.id, TimelineKind::Activity);
            writes.push(self.db.put_in_transaction(document(&at, "activity", &activity)?, None)?);
        }
        let first = self.write_change(stored, apart.primary, context, writes, was.head.id.0).await?;
        Ok(Ok(first.map(|first| (first, second))))
    }

    /// Each side owns its phone and e-mail again; what has found another owner meanwhile is shown only.
    async fn addresses_apart(
        &self,
        apart: &mut merge::Separated,
        before: &Head,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = Vec::new();
        let secondary = apart.secondary.head.id;
        if let Some(phone) = apart.secondary.head.phone.clone() {
            let at = keys::phone(&self.id, &phone);
            let kept = apart.primary.head.phone.as_ref() == Some(&phone);
            match self.claimed(&at).await? {
                Some(owner) if owner == before.id && !kept => {
                    writes.push(self.claim_from(&at, secondary, "cid = :from", before.id)?);
                }
                None => {
                    writes.push(self.claim_from(&at, secondary, "attribute_not_exists(cid)", secondary)?);
                }
                _ => {
                    apart.secondary.head.phone = None;
                    apart.secondary_profile.foreign_phone = Some(phone);
                }
            }
        }
        if let Some(email) = apart.secondary.head.email.clone() {
            let at = keys::email(&self.id, &email);
            let kept = apart.primary.head.email.as_ref() == Some(&email);
            match self.claimed(&at).await? {
                Some(owner) if owner == before.id && !kept => {
                    writes.push(self.claim_from(&at, secondary, "cid = :from", before.id)?);
                }
                None => {
                    writes.push(self.claim_from(&at, secondary, "attribute_not_exists(cid)", secondary)?);
                }
                _ => {
                    apart.secondary.head.email = None;
                    apart.secondary_profile.foreign_email = Some(email);
                }
            }
        }
        if let Some(phone) = apart.primary.head.phone.clone().filter(|p| before.phone.as_ref() != Some(p))
            && self.claimed(&keys::phone(&self.id, &phone)).await? != Some(before.id)
        {
            apart.primary.head.phone = None;
            apart.primary_profile.foreign_phone = Some(phone);
        }
        if let Some(email) = apart.primary.head.email.clone().filter(|e| before.email.as_ref() != Some(e))
            && self.claimed(&keys::email(&self.id, &email)).await? != Some(before.id)
        {
            apart.primary.head.email = None;
            apart.primary_profile.foreign_email = Some(email);
        }
        Ok(writes)
    }

    /// The newest message of each side, among the last entries of the histories.
    async fn newest(&self, merged: &Head, was: &Head) -> Result<Newest, StoreError> {
        let theirs: Vec<ContactId> = std::iter::once(was.id).chain(was.origins()).collect();
        let mut newest = Newest::default();
        for origin in std::iter::once(merged.id).chain(merged.origins()) {
            let Some(found) = self.newest_in(origin).await? else { continue };
            let side = if theirs.contains(&origin) { &mut newest.secondary } else { &mut newest.primary };
            if side.as_ref().is_none_or(|known| known.id < found.id) {
                *side = Some(found);
            }
        }
        Ok(newest)
    }

    async fn newest_in(&self, origin: ContactId) -> Result<Option<LastMessage>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :t)")
            .value(":pk", text(keys::contact(&self.id, origin)))
            .value(":t", text("T#"));
        let page = self.db.query("newest message", condition, true, NEWEST).await?;
        let found = page.items.iter().find(|item| crate::item::str_of(item, "_t") == Some("message"));
        Ok(found.map(message_of).transpose()?.map(|message| LastMessage {
            id: message.id,
            at: message.at,
            traffic: message.traffic,
            kind: message.content.kind().to_owned(),
            preview: message.content.preview(),
            channel_id: message.channel_id.clone(),
            state: message.state(),
        }))
    }

    /// Notes beside the owner of a phone or e-mail who else shows it. `shown` is what the profile said before; keys in
    /// `touched` are written by the same transaction already.
    pub(crate) fn holder_writes(
        &self,
        contact: ContactId,
        shown: &[Option<String>; 2],
        profile: &Profile,
        touched: &[Key],
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let now = [
            profile.foreign_phone.clone().map(String::from),
            profile.foreign_email.clone().map(String::from),
        ];
        let at = |place: usize, value: &str| {
            if place == 0 {
                value.to_owned().try_into().ok().map(|phone| keys::phone(&self.id, &phone))
            } else {
                value.parse().ok().map(|email| keys::email(&self.id, &email))
            }
        };
        let mut writes = Vec::new();
        for (place, (before, after)) in shown.iter().zip(&now).enumerate() {
            if before == after {
                continue;
            }
            for (value, verb) in [(before, "DELETE hs :me"), (after, "ADD hs :me")] {
                let Some(at) = value.as_deref().and_then(|value| at(place, value)) else { continue };
                if touched.contains(&at) {
                    continue;
                }
                let update = Expression::new(format!("SET #t = :t {verb}"))
                    .name("#t", "_t")
                    .value(":t", text("claim"))
                    .value(":me", AttributeValue::Ns(vec![contact.to_string()]));
                writes.push(self.db.update_in_transaction(&at, update, ALWAYS)?);
            }
        }
        Ok(writes)
    }

    /// Contacts that show the same phone or e-mail as this one: a handful of reads.
    pub async fn merge_suggestions(&self, head: &Head) -> Result<Vec<Suggestion>, StoreError> {
        let Some(profile) = self.profile(head.id).await? else { return Ok(Vec::new()) };
        let phones = head.phone.iter().chain(&profile.foreign_phone);
        let mut values: Vec<(Key, String)> =
            phones.map(|p| (keys::phone(&self.id, p), p.to_string())).collect();
        let emails = head.email.iter().chain(&profile.foreign_email);
        values.extend(emails.map(|e| (keys::email(&self.id, e), e.as_str().to_owned())));
        let mut found: Vec<Suggestion> = Vec::new();
        for (at, value) in values {
            let Some(item) = self.db.get("suggestions", &at).await? else { continue };
            let holders = item.get("hs").and_then(|set| set.as_ns().ok()).into_iter().flatten();
            let ids = number_of(&item, "cid").into_iter().chain(holders.filter_map(|id| id.parse().ok()));
            for id in ids.take(SUGGESTIONS) {
                let Some(other) = self.head(ContactId(id)).await? else { continue };
                let known = other.id == head.id || found.iter().any(|s| s.head.id == other.id);
                if !known && found.len() < SUGGESTIONS {
                    found.push(Suggestion { head: other, value: value.clone() });
                }
            }
        }
        Ok(found)
    }
}

/// What either has taken in lately, the newest of it.
fn newest_of(one: &[MessageId], other: &[MessageId]) -> Vec<MessageId> {
    let mut all: Vec<MessageId> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.split_off(all.len().saturating_sub(RING))
}
