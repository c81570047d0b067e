//! Contacts: created once per identity, found by what they are known under, edited by people.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::activity::ActivityKind;
use colibri_domain::contact::{ContactChannel, Head, NameSetBy, Profile};
use colibri_domain::conversation::{Change, connect_channel};
use colibri_domain::event::EventKind;
use colibri_domain::message::Actor;
use colibri_domain::phone::{E164, Email};
use colibri_domain::{ChannelId, ContactId, Millis, OrganizationId};

use crate::WorkspaceStore;

use crate::db::{Expression, Transacted};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::{Stored, TRIES, WriteContext};
use crate::item::{document, number, number_of, str_of, text};
use crate::keys::{self, Key};

/// A contact to create. The head's id and version are given by the store; its identities are claimed.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewContact {
    pub head: Head,
    pub profile: Profile,
    pub actor: Actor,
    pub now: Millis,
}

/// Makes a write that goes with the creation of a contact, given its id.
pub(crate) type Note<'a> = &'a (dyn Fn(ContactId) -> Result<TransactWriteItem, StoreError> + Send + Sync);

/// What became of creating a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum CreatedContact {
    /// It is new.
    New(Head),
    /// Somebody else created it first, or it was there.
    Existing(Head),
}

/// Under what a person may be known.
#[derive(Debug, Clone, Copy)]
pub struct Identify<'a> {
    /// Channel.
    pub channel: &'a ChannelId,
    /// Forms of the identity on it.
    pub forms: &'a [String],
    /// A phone that the provider vouches for.
    pub phone: Option<&'a E164>,
}

/// What a person changes of a contact; `Some(None)` clears.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, clippy::option_option)]
pub struct ContactEdit {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<Option<E164>>,
    pub email: Option<Option<Email>>,
    pub language: Option<Option<String>>,
    pub country: Option<Option<String>>,
    /// Id of a lifecycle stage.
    pub stage: Option<Option<String>>,
    /// Null clears.
    pub fields: BTreeMap<String, serde_json::Value>,
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
}

impl WorkspaceStore {
    /// When a contact was deleted that had this identity or phone: what was written before then is a part of it, and
    /// makes no new contact.
    pub async fn deleted_at(&self, who: Identify<'_>) -> Result<Option<Millis>, StoreError> {
        let mut claims: Vec<Key> =
            who.forms.iter().map(|form| keys::identity(&self.id, who.channel, form)).collect();
        claims.extend(who.phone.map(|phone| keys::phone(&self.id, phone)));
        let mut latest = None;
        for at in claims {
            let gone = self.db.get("claim", &at).await?.and_then(|item| number_of(&item, "gone")).map(Millis);
            latest = latest.max(gone);
        }
        Ok(latest)
    }

    /// The contact of an identity, in any of its forms; else of a vouched phone.
    pub async fn find_contact(&self, who: Identify<'_>) -> Result<Option<ContactId>, StoreError> {
        for form in who.forms {
            if let Some(id) = self.claimed(&keys::identity(&self.id, who.channel, form)).await? {
                return Ok(Some(id));
            }
        }
        match who.phone {
            Some(phone) => self.contact_by_phone(phone).await,
            None => Ok(None),
        }
    }

    /// The contact of an identity and its head as they were a moment ago: two cheap reads for somebody who is known.
    /// A change made from this head is refused where it is old. `None` says nothing.
    pub async fn glance_at_contact(
        &self,
        channel: &ChannelId,
        form: &str,
    ) -> Result<Option<Stored>, StoreError> {
        let claim = self.db.glance("claim", &keys::identity(&self.id, channel, form)).await?;
        let Some(contact) = claim.and_then(|item| number_of(&item, "cid")).map(ContactId) else {
            return Ok(None);
        };
        let item = self.db.glance("head", &keys::head(&self.id, contact)).await?;
        // One that was merged or deleted is looked at properly.
        let head = item.filter(|item| str_of(item, "_t") == Some("head"));
        head.map(|item| Stored::from_item(&item)).transpose()
    }

    /// The contact that owns a phone number.
    pub async fn contact_by_phone(&self, phone: &E164) -> Result<Option<ContactId>, StoreError> {
        self.claimed(&keys::phone(&self.id, phone)).await
    }

    /// The contact that owns an e-mail address.
    pub async fn contact_by_email(&self, email: &Email) -> Result<Option<ContactId>, StoreError> {
        self.claimed(&keys::email(&self.id, email)).await
    }

    pub(crate) async fn claimed(&self, at: &Key) -> Result<Option<ContactId>, StoreError> {
        Ok(self.db.get("claim", at).await?.and_then(|item| number_of(&item, "cid")).map(ContactId))
    }

    fn claim_write(&self, at: &Key, contact: ContactId) -> Result<TransactWriteItem, StoreError> {
        // Claiming again what one owns changes nothing.
        self.claim_from(at, contact, "attribute_not_exists(cid) OR cid = :cid", contact)
    }

    /// A claim goes to a contact, from exactly the one that has it.
    pub(crate) fn claim_from(
        &self,
        at: &Key,
        contact: ContactId,
        condition: &str,
        from: ContactId,
    ) -> Result<TransactWriteItem, StoreError> {
        // Updated, not replaced: who else shows the value stands beside the owner.
        let mut update = Expression::new("SET cid = :cid, #t = :t")
            .name("#t", "_t")
            .value(":t", text("claim"))
            .value(":cid", number(contact.0));
        if condition.contains(":from") {
            update = update.value(":from", number(from.0));
        }
        self.db.update_in_transaction(at, update, condition)
    }

    pub(crate) fn identity_keys(&self, head: &Head) -> Vec<Key> {
        let forms = |c: &ContactChannel| {
            let mut forms = vec![c.identity.clone()];
            forms.extend(c.aliases.iter().filter(|a| **a != c.identity).cloned());
            forms.sort();
            forms.dedup();
            forms.into_iter().map(|form| keys::identity(&self.id, &c.channel_id, &form)).collect::<Vec<_>>()
        };
        head.channels.iter().flat_map(forms).collect()
    }

    /// Creates a contact with its claims, number and place in the quota, all or nothing.
    ///
    /// Where another was created first for the same identity, that one is returned. A phone or e-mail that belongs
    /// to somebody else is kept as text only.
    pub async fn create_contact(
        &self,
        organization: &OrganizationId,
        new: NewContact,
    ) -> Result<CreatedContact, StoreError> {
        self.create(organization, new, None, false).await
    }

    /// The same with a note of it in the same transaction.
    pub(crate) async fn create_noted(
        &self,
        organization: &OrganizationId,
        new: NewContact,
        note: Note<'_>,
        despite: bool,
    ) -> Result<CreatedContact, StoreError> {
        self.create(organization, new, Some(note), despite).await
    }

    async fn create(
        &self,
        organization: &OrganizationId,
        new: NewContact,
        note: Option<Note<'_>>,
        despite: bool,
    ) -> Result<CreatedContact, StoreError> {
        let mut new = new;
        for attempt in 0..TRIES * 2 {
            let number_was: u64 = self
                .db
                .get("sequence", &keys::sequence(&self.id))
                .await?
                .and_then(|i| number_of(&i, "n"))
                .unwrap_or(0);
            let id = ContactId(number_was + 1);
            new.head.id = id;
            let (mut writes, places) = self.creation(organization, &new, number_was)?;
            if let Some(note) = note {
                writes.push(note(id)?);
            }
            let noted = note.map(|_| writes.len() - 1);
            let head = Head { version: 1, ..new.head.clone() };
            match self.db.transact("create contact", writes).await? {
                Transacted::Done => return Ok(CreatedContact::New(head)),
                Transacted::Contended => {}
                Transacted::Refused(failed) => {
                    if let Some(place) = failed.iter().find(|place| places.identities.contains(place)) {
                        let at = &self.identity_keys(&new.head)[*place - places.identities.start];
                        if let Some(head) = self.owner(at).await? {
                            return Ok(CreatedContact::Existing(head));
                        }
                    } else if noted.is_some_and(|place| failed.contains(&place)) {
                        // Another run of the same job did this already.
                        return Err(StoreError::new(
                            StoreErrorKind::Conflict,
                            "create contact",
                            "noted before",
                        ));
                    } else if failed.contains(&places.quota) {
                        return Err(StoreError::new(
                            StoreErrorKind::Quota,
                            "create contact",
                            "no place left",
                        ));
                    } else if let Some(head) =
                        self.yield_addresses(&mut new, &failed, &places, despite).await?
                    {
                        return Ok(CreatedContact::Existing(head));
                    }
                }
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "create contact", "too much contention"))
    }

    async fn owner(&self, claim: &Key) -> Result<Option<Head>, StoreError> {
        match self.claimed(claim).await? {
            Some(id) => self.head(id).await,
            None => Ok(None),
        }
    }

    /// Phone or e-mail are somebody else's: that one, if the newcomer is known under nothing else; else they become
    /// text.
    async fn yield_addresses(
        &self,
        new: &mut NewContact,
        failed: &[usize],
        places: &Places,
        despite: bool,
    ) -> Result<Option<Head>, StoreError> {
        let phone =
            new.head.phone.clone().filter(|_| places.phone.is_some_and(|place| failed.contains(&place)));
        let email =
            new.head.email.clone().filter(|_| places.email.is_some_and(|place| failed.contains(&place)));
        let only_address =
            new.head.channels.is_empty() && (new.head.phone.is_none() || new.head.email.is_none());
        let taken = phone
            .as_ref()
            .map(|p| keys::phone(&self.id, p))
            .or(email.as_ref().map(|e| keys::email(&self.id, e)));
        if let Some(taken) = taken.filter(|_| only_address && !despite)
            && let Some(head) = self.owner(&taken).await?
        {
            return Ok(Some(head));
        }
        if phone.is_some() {
            new.profile.foreign_phone = new.head.phone.take();
        }
        if email.is_some() {
            new.profile.foreign_email = new.head.email.take();
        }
        Ok(None)
    }

    fn creation(
        &self,
        organization: &OrganizationId,
        new: &NewContact,
        number_was: u64,
    ) -> Result<(Vec<TransactWriteItem>, Places), StoreError> {
        let id = new.head.id;
        let context = WriteContext { actor: new.actor.clone(), now: new.now };
        let mut kinds = vec![EventKind::ContactCreated];
        kinds.extend(new.head.channels.iter().map(|c| EventKind::ContactChannelConnected {
            channel_id: c.channel_id.clone(),
            identity: c.identity.clone(),
        }));
        let events = self.events_of(Some(id), 1, kinds, &context);
        let (head, _) = self.head_item(&Stored::fresh(new.head.clone()), 1, &events)?;
        let absent = || Some(Expression::new("attribute_not_exists(PK)"));
        let next = Expression::new("SET n = :next, #t = :t")
            .name("#t", "_t")
            .value(":t", text("sequence"))
            .value(":next", number(number_was + 1));
        let (next, unchanged) = if number_was == 0 {
            (next, "attribute_not_exists(n)")
        } else {
            (next.value(":was", number(number_was)), "n = :was")
        };
        let place = Expression::new("ADD used :one").value(":one", number(1));
        let mut writes = vec![
            self.db.put_in_transaction(head, absent())?,
            self.db
                .put_in_transaction(document(&keys::profile(&self.id, id), "profile", &new.profile)?, None)?,
            self.db.update_in_transaction(&keys::sequence(&self.id), next, unchanged)?,
            self.db.update_in_transaction(
                &keys::quota(organization),
                place.name("#l", "lim"),
                "used < #l",
            )?,
        ];
        let activity = colibri_domain::activity::Activity {
            id: colibri_domain::MessageId::derive(new.now.seconds(), "activity", &format!("created:{id}")),
            contact_id: id,
            kind: ActivityKind::ContactCreated,
            actor: new.actor.clone(),
            at: new.now,
        };
        let at = keys::timeline(&self.id, id, activity.id, keys::TimelineKind::Activity);
        writes.push(self.db.put_in_transaction(document(&at, "activity", &activity)?, None)?);
        let mut places = Places { identities: 0..0, quota: 3, phone: None, email: None };
        let start = writes.len();
        for at in self.identity_keys(&new.head) {
            writes.push(self.claim_write(&at, id)?);
        }
        places.identities = start..writes.len();
        if let Some(phone) = &new.head.phone {
            places.phone = Some(writes.len());
            writes.push(self.claim_write(&keys::phone(&self.id, phone), id)?);
        }
        if let Some(email) = &new.head.email {
            places.email = Some(writes.len());
            writes.push(self.claim_write(&keys::email(&self.id, email), id)?);
        }
        writes.extend(self.holder_writes(id, &[None, None], &new.profile, &[])?);
        Ok((writes, places))
    }

    /// Puts an identity on a contact and claims all its forms. `Conflict` where one belongs to somebody else.
    pub async fn connect_identity(
        &self,
        contact: ContactId,
        identity: ContactChannel,
        more_forms: &[String],
        context: &WriteContext,
    ) -> Result<Head, StoreError> {
        for attempt in 0..TRIES {
            let stored = self
                .stored_head(contact)
                .await?
                .ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "identity", ""))?;
            let mut head = stored.head.clone();
            let mut identity = identity.clone();
            identity.aliases.extend(more_forms.iter().filter(|f| **f != identity.identity).cloned());
            let new = connect_channel(&mut head, identity.clone());
            if head == stored.head {
                return Ok(head);
            }
            let mut change = Change { head, events: Vec::new(), activities: Vec::new(), conversation: None };
            if new {
                change.events.push(EventKind::ContactChannelConnected {
                    channel_id: identity.channel_id.clone(),
                    identity: identity.identity.clone(),
                });
                change.activities.push(ActivityKind::ChannelConnected {
                    channel: identity.channel_id.to_string(),
                    identity: identity.identity.clone(),
                });
            } else {
                change.events.push(EventKind::ContactRefreshed);
            }
            let mut forms = vec![identity.identity.clone()];
            forms.extend(identity.aliases.clone());
            forms.sort();
            forms.dedup();
            let mut claims = Vec::new();
            for form in &forms {
                let at = keys::identity(&self.id, &identity.channel_id, form);
                claims.push(self.claim_write(&at, stored.head.id)?);
            }
            let owned_by = stored.head.id;
            if let Some(head) = self.write_change(stored, change, context, claims, contact.0).await? {
                return Ok(head);
            }
            for form in &forms {
                let owner = self.claimed(&keys::identity(&self.id, &identity.channel_id, form)).await?;
                if owner.is_some_and(|owner| owner != owned_by) {
                    return Err(StoreError::new(
                        StoreErrorKind::Conflict,
                        "identity",
                        "it belongs to another contact",
                    ));
                }
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "identity", "too much contention"))
    }

    /// Applies what a person changed. A phone or e-mail that belongs to somebody else is kept as text only.
    pub async fn edit_contact(
        &self,
        contact: ContactId,
        edit: ContactEdit,
        context: &WriteContext,
    ) -> Result<(Head, Profile), StoreError> {
        let mut edit = edit;
        let (mut foreign_phone, mut foreign_email) = (None, None);
        for attempt in 0..TRIES {
            let missing = || StoreError::new(StoreErrorKind::NotFound, "contact", "");
            let stored = self.stored_head(contact).await?.ok_or_else(missing)?;
            let contact = stored.head.id;
            let mut profile = self.profile(contact).await?.ok_or_else(missing)?;
            let before = stored.head.clone();
            let shown = [
                profile.foreign_phone.clone().map(String::from),
                profile.foreign_email.clone().map(String::from),
            ];
            let mut change = Change {
                head: before.clone(),
                events: Vec::new(),
                activities: Vec::new(),
                conversation: None,
            };
            apply(&mut change, &mut profile, &edit);
            profile.foreign_phone = foreign_phone.clone().or(profile.foreign_phone);
            profile.foreign_email = foreign_email.clone().or(profile.foreign_email);
            let mut writes = vec![self.db.put_in_transaction(
                document(&keys::profile(&self.id, contact), "profile", &profile)?,
                None,
            )?];
            let mut owners = Vec::new();
            if let Some(phone) = change.head.phone.as_ref().filter(|p| before.phone.as_ref() != Some(*p)) {
                owners.push((true, keys::phone(&self.id, phone)));
            }
            if let Some(email) = change.head.email.as_ref().filter(|e| before.email.as_ref() != Some(*e)) {
                owners.push((false, keys::email(&self.id, email)));
            }
            for (_, at) in &owners {
                writes.push(self.claim_write(at, contact)?);
            }
            let mut released = Vec::new();
            if before.phone != change.head.phone {
                released.extend(before.phone.as_ref().map(|p| keys::phone(&self.id, p)));
            }
            if before.email != change.head.email {
                released.extend(before.email.as_ref().map(|e| keys::email(&self.id, e)));
            }
            for at in &released {
                writes.push(self.release_write(at, contact)?);
            }
            // A value of his own is no longer somebody else's.
            profile.foreign_phone = profile.foreign_phone.filter(|p| change.head.phone.as_ref() != Some(p));
            profile.foreign_email = profile.foreign_email.filter(|e| change.head.email.as_ref() != Some(e));
            writes[0] = self.db.put_in_transaction(
                document(&keys::profile(&self.id, contact), "profile", &profile)?,
                None,
            )?;
            let touched: Vec<Key> = owners.iter().map(|(_, at)| at.clone()).chain(released.clone()).collect();
            writes.extend(self.holder_writes(contact, &shown, &profile, &touched)?);
            if let Some(head) = self.write_change(stored, change, context, writes, contact.0).await? {
                return Ok((head, profile));
            }
            for (is_phone, at) in owners {
                if self.claimed(&at).await?.is_some_and(|owner| owner != contact) {
                    if is_phone {
                        foreign_phone = edit.phone.take().flatten();
                    } else {
                        foreign_email = edit.email.take().flatten();
                    }
                }
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "contact", "too much contention"))
    }

    fn release_write(&self, at: &Key, contact: ContactId) -> Result<TransactWriteItem, StoreError> {
        // Written over rather than deleted: an update needs no further right, and a free claim has no owner.
        let update = Expression::new("REMOVE cid").value(":cid", number(contact.0));
        self.db.update_in_transaction(at, update, "attribute_not_exists(cid) OR cid = :cid")
    }
}

struct Places {
    identities: std::ops::Range<usize>,
    quota: usize,
    phone: Option<usize>,
    email: Option<usize>,
}

fn apply(change: &mut Change, profile: &mut Profile, edit: &ContactEdit) {
    let mut changed = Vec::new();
    let head = &mut change.head;
    let mut note = |field: &str, old: Option<String>, new: Option<String>| {
        if old != new {
            changed.push((field.to_owned(), old, new));
        }
    };
    if edit.first_name.is_some() || edit.last_name.is_some() {
        head.name_set_by = NameSetBy::Person;
    }
    if let Some(name) = &edit.first_name {
        note("first_name", Some(std::mem::replace(&mut head.first_name, name.clone())), Some(name.clone()));
    }
    if let Some(name) = &edit.last_name {
        note("last_name", Some(std::mem::replace(&mut head.last_name, name.clone())), Some(name.clone()));
    }
    if let Some(phone) = &edit.phone {
        let old = std::mem::replace(&mut head.phone, phone.clone());
        note("phone", old.map(Into::into), phone.clone().map(Into::into));
    }
    if let Some(email) = &edit.email {
        let old = std::mem::replace(&mut head.email, email.clone());
        note("email", old.map(Into::into), email.clone().map(Into::into));
    }
    if let Some(language) = &edit.language {
        note("language", std::mem::replace(&mut profile.language, language.clone()), language.clone());
    }
    if let Some(country) = &edit.country {
        note("country", std::mem::replace(&mut profile.country, country.clone()), country.clone());
    }
    if let Some(stage) = &edit.stage {
        note("stage", std::mem::replace(&mut head.stage, stage.clone()), stage.clone());
    }
    for (slug, value) in &edit.fields {
        let old = if value.is_null() {
            profile.fields.remove(slug)
        } else {
            profile.fields.insert(slug.clone(), value.clone())
        };
        note(slug, old.map(|v| plain(&v)), (!value.is_null()).then(|| plain(value)));
    }
    for tag in edit.remove_tags.iter().filter(|t| head.tags.contains(t)).cloned().collect::<Vec<_>>() {
        head.tags.retain(|t| *t != tag);
        change.events.push(EventKind::ContactTagUpdated { tag: tag.clone(), added: false });
        change.activities.push(ActivityKind::TagRemoved { tag });
    }
    for tag in &edit.add_tags {
        if !head.tags.contains(tag) {
            head.tags.push(tag.clone());
            change.events.push(EventKind::ContactTagUpdated { tag: tag.clone(), added: true });
            change.activities.push(ActivityKind::TagAdded { tag: tag.clone() });
        }
    }
    if !changed.is_empty() {
        change.events.push(EventKind::ContactUpdated {
            changed: changed.iter().map(|(field, _, _)| field.clone()).collect(),
        });
        change.activities.extend(changed.into_iter().map(|(field, old, new)| ActivityKind::FieldUpdated {
            field,
            old,
            new,
        }));
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
