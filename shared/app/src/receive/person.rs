//! Who wrote: the contact of an identity in any of its forms, created on the first message.

use std::collections::BTreeMap;

use colibri_domain::activity::ActivityKind;
use colibri_domain::contact::{ContactChannel, Head, Profile};
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::inbound::{Identity, InboundEvent, InboundKind};
use colibri_domain::message::{Actor, Source};
use colibri_domain::phone::{E164, Email};
use colibri_domain::{ContactChannelId, ContactId, Millis, OrganizationId};
use colibri_store::{
    ContactEdit, CreatedContact, Identify, NewContact, StoreError, StoreErrorKind, Stored, WorkspaceStore,
    WriteContext,
};

use super::{MessageReceive, failed};
use crate::http::RecordError;

/// A known person: the contact as it was read, and the identity on the channel.
pub(super) struct Person {
    pub head: Head,
    pub identity: ContactChannelId,
    /// What the store keeps beside the head, where it was read only for this: the first write is made from it.
    pub seen: Option<Stored>,
}

/// Largest event kept with the waiting ones themselves; larger ones stand in the bucket.
const WAITING_BYTES: usize = 300_000;

impl MessageReceive {
    /// The person of an event, created if need be; `None` where the quota is full (the event waits,
    /// nothing is lost) or the person was deleted after it.
    pub(super) async fn person(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        author: Source,
    ) -> Result<Option<Person>, RecordError> {
        let known = match self.glanced(store, event).await? {
            Some(person) => Some(person),
            None => self.known(store, event).await?,
        };
        let at = said_at(event);
        // Written before the contact was created: late, or a part of one that was deleted.
        let late = known.as_ref().is_none_or(|person| at.is_some_and(|at| at < person.head.created_at));
        if late && self.of_a_deleted(store, event, at).await? {
            return Ok(None);
        }
        if let Some(person) = known {
            return Ok(Some(person));
        }
        let settings =
            store.settings().await.map_err(failed)?.ok_or_else(|| RecordError("no such workspace".into()))?;
        match self.create(store, event, &settings.workspace.organization_id, author).await {
            Ok(CreatedContact::New(head) | CreatedContact::Existing(head)) => {
                self.on_channel(store, event, head).await.map(Some)
            }
            Err(error) if error.kind == StoreErrorKind::Quota => {
                // The last place may have gone to this very person a moment ago.
                if let Some(person) = self.known(store, event).await? {
                    return Ok(Some(person));
                }
                self.wait(store, event).await?;
                self.metrics.count("contact.refused_quota", 1);
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether an event belongs to somebody who was deleted after it.
    async fn of_a_deleted(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        at: Option<Millis>,
    ) -> Result<bool, RecordError> {
        let Some(at) = at else { return Ok(false) };
        let (forms, phone) = (forms(&event.from), vouched_phone(&event.from));
        let who = Identify { channel: &event.channel_id, forms: &forms, phone: phone.as_ref() };
        let deleted = store.deleted_at(who).await.map_err(failed)?;
        Ok(deleted.is_some_and(|deleted| at <= deleted))
    }

    /// Keeps an event of somebody for whom there is no place, under an id that a repetition repeats.
    async fn wait(&self, store: &WorkspaceStore, event: &InboundEvent) -> Result<(), RecordError> {
        let stable = InboundEvent { received_at: Millis(0), place: 0, ..event.clone() };
        let stable = serde_json::to_string(&stable).map_err(failed)?;
        let id = hex::encode(&colibri_domain::ids::digest(&[&stable])[..12]);
        let mut text = serde_json::to_string(event).map_err(failed)?;
        if text.len() > WAITING_BYTES {
            let name = format!("waiting/{}/{id}.json", store.id);
            self.files.keep_raw(&name, text.into_bytes().into()).await.map_err(failed)?;
            text = super::stored_reference(&name);
        }
        let group = crate::webhook::group(&event.channel_id, &event.from.id);
        store.put_waiting(&id, &group, &text, self.clock.now()).await.map_err(failed)
    }

    async fn create(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        organization: &OrganizationId,
        author: Source,
    ) -> Result<CreatedContact, StoreError> {
        let now = self.clock.now();
        let phone = vouched_phone(&event.from);
        let mut head = Head::new(ContactId(0), now);
        event.from.name.as_deref().unwrap_or_default().trim().clone_into(&mut head.first_name);
        head.phone.clone_from(&phone);
        head.email = vouched_email(&event.from);
        head.channels.push(contact_channel(event, now));
        let profile = Profile {
            country: phone.as_ref().and_then(E164::country),
            language: event.from.language.clone(),
            fields: BTreeMap::new(),
            created_source: author,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        store
            .create_contact(organization, NewContact { head, profile, actor: Actor::source(author), now })
            .await
    }

    /// Somebody who has written before under the same identity, which is nearly everybody: found by two cheap reads
    /// that may be a moment old. Whatever is not as usual is looked at properly.
    async fn glanced(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
    ) -> Result<Option<Person>, RecordError> {
        let seen = store.glance_at_contact(&event.channel_id, &event.from.id).await.map_err(failed)?;
        let Some(seen) = seen else { return Ok(None) };
        let forms = forms(&event.from);
        let usual = |c: &&ContactChannel| {
            c.channel_id == event.channel_id
                && c.identity == event.from.id
                && forms.iter().all(|form| has(c, form))
        };
        let identity = seen.head.channels.iter().find(usual).map(|channel| channel.id.clone());
        Ok(identity.map(|identity| Person { head: seen.head.clone(), identity, seen: Some(seen) }))
    }

    /// The person of an event, if we know him.
    pub(super) async fn known(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
    ) -> Result<Option<Person>, RecordError> {
        let forms = forms(&event.from);
        let phone = vouched_phone(&event.from);
        let who = Identify { channel: &event.channel_id, forms: &forms, phone: phone.as_ref() };
        let contact = match store.find_contact(who).await.map_err(failed)? {
            None => match vouched_email(&event.from) {
                Some(email) => store.contact_by_email(&email).await.map_err(failed)?,
                None => None,
            },
            found => found,
        };
        let Some(contact) = contact else { return Ok(None) };
        let Some(head) = store.head(contact).await.map_err(failed)? else { return Ok(None) };
        self.on_channel(store, event, head).await.map(Some)
    }

    /// The contact's identity on the event's channel: there already under any of its forms, or connected now.
    async fn on_channel(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        head: Head,
    ) -> Result<Person, RecordError> {
        let forms = forms(&event.from);
        let same =
            |c: &&ContactChannel| c.channel_id == event.channel_id && forms.iter().any(|form| has(c, form));
        let known = head.channels.iter().find(same).cloned();
        let now = self.clock.now();
        let identity = match known {
            Some(known) => known,
            None => contact_channel(event, now),
        };
        let connected = head.channel(&identity.id).is_some();
        let wanted: Vec<&String> = forms.iter().filter(|form| !connected || !has(&identity, form)).collect();
        let mut new = Vec::new();
        for form in wanted {
            // A form that belongs to another contact stays there: a person decides about a merge.
            let one = [form.clone()];
            let who = Identify { channel: &event.channel_id, forms: &one, phone: None };
            if store.find_contact(who).await.map_err(failed)?.is_none_or(|owner| owner == head.id) {
                new.push(form.clone());
            }
        }
        let context = WriteContext { actor: Actor::source(Source::Contact), now };
        let id = identity.id.clone();
        let mut head = head;
        if !connected || !new.is_empty() {
            let identity =
                ContactChannel { aliases: if connected { new.clone() } else { Vec::new() }, ..identity };
            head = store.connect_identity(head.id, identity, &new, &context).await.map_err(failed)?;
            head = self.take_phone(store, event, head, &context).await?;
        }
        let head = self.reach_as(store, head, &id, &event.from.id, &context).await?;
        Ok(Person { head, identity: id, seen: None })
    }

    /// A phone that the provider shows for the first time becomes the contact's own, where he has none.
    async fn take_phone(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        head: Head,
        context: &WriteContext,
    ) -> Result<Head, RecordError> {
        let Some(phone) = vouched_phone(&event.from).filter(|_| head.phone.is_none()) else {
            return Ok(head);
        };
        let edit = ContactEdit { phone: Some(Some(phone)), ..ContactEdit::default() };
        store.edit_contact(head.id, edit, context).await.map(|(head, _)| head).map_err(failed)
    }

    /// Answers go to exactly the form under which the provider delivers: a typed number may be written otherwise.
    async fn reach_as(
        &self,
        store: &WorkspaceStore,
        head: Head,
        id: &ContactChannelId,
        form: &str,
        context: &WriteContext,
    ) -> Result<Head, RecordError> {
        let owned = head
            .channel(id)
            .is_some_and(|c| c.identity != form && c.aliases.iter().any(|alias| alias == form));
        if !owned {
            return Ok(head);
        }
        let rule = |mut head: Head| {
            if let Some(channel) = head.channels.iter_mut().find(|c| c.id == *id) {
                rename(channel, form);
            }
            Ok::<_, std::convert::Infallible>(Change {
                head,
                events: vec![EventKind::ContactRefreshed],
                activities: Vec::new(),
                conversation: None,
            })
        };
        let changed = store.change_head(head.id, context, rule).await.map_err(failed)?;
        Ok(changed.unwrap_or(head))
    }

    /// The person is reached under another identity from now on; the old one still finds him.
    pub(super) async fn renumber(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        person: Person,
        new: &Identity,
        context: &WriteContext,
    ) -> Result<(), RecordError> {
        let Some(known) = person.head.channel(&person.identity).cloned() else { return Ok(()) };
        if known.identity == new.id {
            return Ok(());
        }
        let identity = ContactChannel { aliases: forms(new), ..known.clone() };
        match store.connect_identity(person.head.id, identity, &forms(new), context).await {
            Ok(_) => {}
            // The new number is somebody else's contact already.
            Err(error) if error.kind == StoreErrorKind::Conflict => {
                tracing::info!(contact.id = %person.head.id, "the new number is another contact's");
                return Ok(());
            }
            Err(error) => return Err(failed(error)),
        }
        let log = ActivityKind::IdentityChanged { old: event.from.id.clone(), new: new.id.clone() };
        let rule = |mut head: Head| {
            let mut activities = Vec::new();
            if let Some(channel) = head.channels.iter_mut().find(|c| c.id == known.id && c.identity != new.id)
            {
                rename(channel, &new.id);
                activities.push(log.clone());
            }
            Ok::<_, std::convert::Infallible>(Change {
                head,
                events: vec![EventKind::ContactRefreshed],
                activities,
                conversation: None,
            })
        };
        store.change_head(person.head.id, context, rule).await.map_err(failed)?.ok();
        let old = vouched_phone(&event.from).or_else(|| E164::from_digits(&event.from.id).ok());
        if let (Some(phone), true) =
            (vouched_phone(new), person.head.phone.is_some() && person.head.phone == old)
        {
            let edit = ContactEdit { phone: Some(Some(phone)), ..ContactEdit::default() };
            store.edit_contact(person.head.id, edit, context).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// When somebody wrote or said who he is.
fn said_at(event: &InboundEvent) -> Option<Millis> {
    match &event.kind {
        InboundKind::Message(message) | InboundKind::Echo(message) => Some(message.at.millis()),
        InboundKind::Introduced(introduction) => Some(introduction.at.millis()),
        _ => None,
    }
}

fn has(channel: &ContactChannel, form: &String) -> bool {
    channel.identity == *form || channel.aliases.contains(form)
}

fn rename(channel: &mut ContactChannel, form: &str) {
    let old = std::mem::replace(&mut channel.identity, form.to_owned());
    channel.aliases.retain(|alias| alias != form);
    channel.aliases.push(old);
}

/// Every form under which the provider knows a person, the one we send to first.
pub(crate) fn forms(from: &Identity) -> Vec<String> {
    let mut forms = vec![from.id.clone()];
    for alias in &from.aliases {
        if !forms.contains(alias) {
            forms.push(alias.clone());
        }
    }
    forms
}

fn vouched_email(from: &Identity) -> Option<Email> {
    from.email.as_deref().and_then(|text| text.parse().ok())
}

/// The phone that the provider shows with an identity, where it can be one.
pub(crate) fn vouched_phone(from: &Identity) -> Option<E164> {
    from.phone.as_deref().and_then(|digits| E164::from_digits(digits).ok())
}

fn contact_channel(event: &InboundEvent, now: Millis) -> ContactChannel {
    ContactChannel {
        id: ContactChannelId::derive(&event.channel_id, &event.from.id),
        channel_id: event.channel_id.clone(),
        source: event.source,
        identity: event.from.id.clone(),
        aliases: forms(&event.from).into_iter().skip(1).collect(),
        name: event.from.name.clone(),
        connected_at: now,
        last_inbound_at: None,
        last_inbound_ref: None,
        last_message_at: None,
        origin: None,
    }
}
