//! A contact's head: read, and changed only from the version that was read.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use colibri_domain::activity::{Activity, ActivityKind};
use colibri_domain::contact::{Head, Profile};
use colibri_domain::conversation::{self, Change, Conversation};
use colibri_domain::event::{Event, EventKind};
use colibri_domain::merge::MOST_MERGED;
use colibri_domain::message::{Actor, Message};
use colibri_domain::planted::{Planted, planted};
use colibri_domain::{ContactChannelId, ContactId, EventId, MessageId, Millis};
use serde::{Deserialize, Serialize};

use crate::WorkspaceStore;
use crate::db::{Expression, Transacted};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{
    Attributes, Write, carry, document, json, key, number, number_of, parsed, read, str_of, text,
};
use crate::keys::{self, TimelineKind};
use crate::packed;

/// How many of the last messages a head remembers to have taken in: more than the ten of one delivery of the queue,
/// which hands all of them over again when one has failed.
pub(crate) const RING: usize = 16;
/// For how long a contact's place in the lists is left as it is while messages come and go, in milliseconds.
const PLACE_MILLIS: i64 = 30_000;
/// How often a contended change is tried again.
pub(crate) const TRIES: u32 = 12;

/// Who changes something, and when.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct WriteContext {
    pub actor: Actor,
    pub now: Millis,
}

/// A message of ours that has not left yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Where it goes.
    pub contact_channel: ContactChannelId,
    /// Which.
    pub message: MessageId,
}

/// A head with what the store keeps beside it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The head with its version.
    pub head: Head,
    /// Messages taken in lately.
    pub(crate) ring: Vec<MessageId>,
    /// Messages of ours that have not left yet, in order.
    pub queue: Vec<Queued>,
    /// When each identity's next message is due at its steady rate, see `colibri_domain::pace`.
    pub pace: BTreeMap<ContactChannelId, Millis>,
    /// Where it stands in the lists.
    listed: Option<Listed>,
}

/// A head's place in the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    by_status: String,
    by_assignee: String,
    at: Millis,
}

impl Listed {
    fn from_item(item: &Attributes) -> Option<Self> {
        let (place, _) = str_of(item, "gsk")?.split_once('#')?;
        Some(Self {
            by_status: str_of(item, "gs")?.to_owned(),
            by_assignee: str_of(item, "ga")?.to_owned(),
            at: Millis(place.parse().ok()?),
        })
    }

    /// In a live chat the place of a moment ago will do: another one costs two writes in each list. Who reads a list
    /// orders the rows of a page himself.
    fn kept_from(self, before: Option<&Self>) -> Self {
        let near = |before: &&Self| {
            before.by_status == self.by_status
                && before.by_assignee == self.by_assignee
                && (0..PLACE_MILLIS).contains(&self.at.since(before.at))
        };
        before.filter(near).cloned().unwrap_or(self)
    }
}

/// What stands at a contact's id.
pub(crate) enum Standing {
    /// The contact.
    Here(Box<Stored>),
    /// It is a part of another; the item remembers what it was.
    Merged { into: ContactId, item: Box<Attributes> },
    /// Nothing, or nothing any more.
    Gone,
}

impl Stored {
    /// A head that is not stored yet.
    pub(crate) fn fresh(head: Head) -> Self {
        Self { head, ring: Vec::new(), queue: Vec::new(), pace: BTreeMap::new(), listed: None }
    }

    pub(crate) fn from_item(item: &Attributes) -> Result<Self, StoreError> {
        let missing = || StoreError::new(StoreErrorKind::Corrupt, "head", "no head in the item");
        let mut head = packed::unpack(str_of(item, "h").ok_or_else(missing)?)
            .map_err(|e| StoreError::corrupt("head", &e))?;
        head.version = number_of(item, "ver").ok_or_else(missing)?;
        Ok(Self { listed: Listed::from_item(item), ..Self::beside(head, item)? })
    }

    /// A head with what an item keeps beside it; it stands in no list.
    pub(crate) fn beside(head: Head, item: &Attributes) -> Result<Self, StoreError> {
        Ok(Self {
            head,
            ring: match item.get("rg") {
                Some(AttributeValue::B(bytes)) => packed::unpack_ring(bytes.as_ref()),
                _ => parsed("head", item, "rg")?.unwrap_or_default(),
            },
            queue: parsed("head", item, "q")?.unwrap_or_default(),
            pace: parsed("head", item, "pc")?.unwrap_or_default(),
            listed: None,
        })
    }

    /// Whether a message was taken in. Older than everything remembered counts as taken in, unless it was written for
    /// the first time just now: then nobody can have counted it.
    fn knows(&self, message: MessageId, new: bool) -> bool {
        let forgotten =
            || self.ring.len() >= RING && self.ring.iter().min().is_some_and(|oldest| message < *oldest);
        self.ring.contains(&message) || (!new && forgotten())
    }

    fn remember(&mut self, message: MessageId) {
        self.ring.push(message);
        if self.ring.len() > RING {
            let oldest = self.ring.iter().enumerate().min_by_key(|(_, id)| **id).map(|(place, _)| place);
            if let Some(place) = oldest {
                self.ring.remove(place);
            }
        }
    }
}

impl WorkspaceStore {
    /// A contact's head.
    pub async fn head(&self, contact: ContactId) -> Result<Option<Head>, StoreError> {
        Ok(self.stored_head(contact).await?.map(|stored| stored.head))
    }

    /// A contact's head with its queue; of one that was merged into another, that other's. `None` where there is no
    /// such contact or it was deleted.
    pub async fn stored_head(&self, contact: ContactId) -> Result<Option<Stored>, StoreError> {
        let mut at = contact;
        // One step per merge of a chain, and once more for each that happens while this reads.
        for _ in 0..2 * MOST_MERGED {
            match self.standing(at).await? {
                Standing::Here(stored) => return Ok(Some(*stored)),
                Standing::Merged { into, .. } => at = into,
                Standing::Gone => return Ok(None),
            }
        }
        Err(StoreError::new(StoreErrorKind::Corrupt, "head", "merged in a circle"))
    }

    /// Where a contact stands, without following.
    pub(crate) async fn standing(&self, contact: ContactId) -> Result<Standing, StoreError> {
        let Some(item) = self.db.get("head", &keys::head(&self.id, contact)).await? else {
            return Ok(Standing::Gone);
        };
        match str_of(&item, "_t") {
            Some("merged") => {
                let into = number_of(&item, "into").map(ContactId);
                let missing = || StoreError::new(StoreErrorKind::Corrupt, "head", "merged into nobody");
                Ok(Standing::Merged { into: into.ok_or_else(missing)?, item: Box::new(item) })
            }
            Some("deleted") => Ok(Standing::Gone),
            _ => Ok(Standing::Here(Box::new(Stored::from_item(&item)?))),
        }
    }

    /// A contact's profile.
    pub async fn profile(&self, contact: ContactId) -> Result<Option<Profile>, StoreError> {
        let item = self.db.get("profile", &keys::profile(&self.id, contact)).await?;
        item.map(|item| read("profile", &item)).transpose()
    }

    /// Reads the head, applies a rule and writes what it makes of it, again from the start where somebody else was
    /// first. The rule's own refusal is the inner error.
    pub async fn change_head<E>(
        &self,
        contact: ContactId,
        context: &WriteContext,
        rule: impl Fn(Head) -> Result<Change, E> + Send + Sync,
    ) -> Result<Result<Head, E>, StoreError> {
        for attempt in 0..TRIES {
            let stored = self
                .stored_head(contact)
                .await?
                .ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "head", ""))?;
            let change = match rule(stored.head.clone()) {
                Ok(change) => change,
                Err(refused) => return Ok(Err(refused)),
            };
            if change.head == stored.head && change.events.is_empty() && change.activities.is_empty() {
                return Ok(Ok(stored.head));
            }
            if let Some(head) = self.write_change(stored, change, context, Vec::new(), contact.0).await? {
                return Ok(Ok(head));
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "head", "too much contention"))
    }

    /// The contact wrote: the head takes the message in, once.
    pub async fn receive_on_head(
        &self,
        contact: ContactId,
        message: &Message,
        profile_name: Option<&str>,
    ) -> Result<Head, StoreError> {
        self.received(contact, message, profile_name, false, None).await
    }

    /// The same for a message that this caller has just written for the first time: it counts however late it comes.
    /// `seen` is the head as the caller has read it: tried first, whether it is still so or not.
    pub async fn receive_new_on_head(
        &self,
        contact: ContactId,
        message: &Message,
        profile_name: Option<&str>,
        seen: Option<Stored>,
    ) -> Result<Head, StoreError> {
        self.received(contact, message, profile_name, true, seen).await
    }

    async fn received(
        &self,
        contact: ContactId,
        message: &Message,
        profile_name: Option<&str>,
        new: bool,
        seen: Option<Stored>,
    ) -> Result<Head, StoreError> {
        let context = WriteContext { actor: message.sender.clone(), now: message.received_at };
        let rule = |head| conversation::receive(head, message, profile_name);
        self.take_in(contact, message, &context, (new, seen), rule).await
    }

    /// We wrote elsewhere (echo): the head takes the message in, once.
    pub async fn echo_on_head(&self, contact: ContactId, message: &Message) -> Result<Head, StoreError> {
        let context = WriteContext { actor: message.sender.clone(), now: message.received_at };
        let unused = colibri_domain::ConversationId::opened_by(contact, message.id);
        let rule = |head| conversation::sent(head, message, &unused);
        self.take_in(contact, message, &context, (false, None), rule).await
    }

    async fn take_in(
        &self,
        contact: ContactId,
        message: &Message,
        context: &WriteContext,
        (new, mut seen): (bool, Option<Stored>),
        rule: impl Fn(Head) -> Change + Send + Sync,
    ) -> Result<Head, StoreError> {
        for attempt in 0..TRIES {
            let glanced = seen.take().filter(|seen| seen.head.id == contact);
            let certain = glanced.is_none();
            let mut stored = match glanced {
                Some(stored) => stored,
                None => self
                    .stored_head(contact)
                    .await?
                    .ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "head", ""))?,
            };
            if stored.knows(message.id, new) && !planted(Planted::CountedTwice) {
                return Ok(stored.head);
            }
            if planted(Planted::StaleIndexTrusted) {
                stored.head.conversation = self.listed_conversation(contact).await?;
            }
            let change = rule(stored.head.clone());
            stored.remember(message.id);
            if let Some(head) = self.write_change(stored, change, context, Vec::new(), message.id.0).await? {
                return Ok(head);
            }
            if certain {
                self.db.back_off(attempt).await;
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "head", "too much contention"))
    }

    /// The planted mistake: an index tells what was so a while ago.
    async fn listed_conversation(
        &self,
        contact: ContactId,
    ) -> Result<Option<colibri_domain::contact::OpenConversation>, StoreError> {
        let query = crate::InboxQuery {
            inbox: crate::Inbox::All,
            open: true,
            order: crate::ListOrder::Newest,
            unreplied: false,
            failed: false,
            limit: 100,
        };
        let page = self.inbox(&query, None, &|head| head.id == contact).await?;
        Ok(page.items.into_iter().next().and_then(|head| head.conversation))
    }

    /// Changes the queue of a contact's unsent messages, and the head with it.
    pub async fn change_queue(
        &self,
        contact: ContactId,
        context: &WriteContext,
        rule: impl Fn(&mut Stored) -> Option<Vec<EventKind>> + Send + Sync,
    ) -> Result<Head, StoreError> {
        for attempt in 0..TRIES {
            let before = self
                .stored_head(contact)
                .await?
                .ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "head", ""))?;
            let mut stored = before.clone();
            let Some(events) = rule(&mut stored) else { return Ok(before.head) };
            let change =
                Change { head: stored.head.clone(), events, activities: Vec::new(), conversation: None };
            stored.head = before.head;
            if let Some(head) = self.write_change(stored, change, context, Vec::new(), contact.0).await? {
                return Ok(head);
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "queue", "too much contention"))
    }

    /// Writes a change of the head that `stored` holds, with everything that belongs to it. `None`: somebody else
    /// was first. `cause` makes ids of events and log entries that a repetition repeats.
    pub(crate) async fn write_change(
        &self,
        stored: Stored,
        change: Change,
        context: &WriteContext,
        more: Vec<TransactWriteItem>,
        cause: u64,
    ) -> Result<Option<Head>, StoreError> {
        let contact = stored.head.id;
        let version = stored.head.version;
        let activities = activities_of(contact, version, &change.activities, context, cause);
        let mut kinds = change.events;
        kinds.extend(
            activities.iter().map(|activity| EventKind::ActivityLogged { activity: activity.clone() }),
        );
        let events = self.events_of(Some(contact), version + 1, kinds, context);
        let next = Stored { head: change.head, ..stored };
        let (item, head) = self.head_item(&next, version + 1, &events)?;
        let condition = if version == 0 {
            Expression::new("attribute_not_exists(PK)")
        } else {
            Expression::new("ver = :was").value(":was", number(version))
        };
        let mut writes = Vec::new();
        for activity in &activities {
            let at = keys::timeline(&self.id, contact, activity.id, TimelineKind::Activity);
            writes.push(self.db.put_in_transaction(document(&at, "activity", activity)?, None)?);
        }
        if let Some(conversation) = &change.conversation {
            writes.push(self.conversation_write(contact, conversation)?);
        }
        if writes.is_empty() && more.is_empty() {
            let put = self.db.put("head", item, Some(condition)).await;
            return Ok(crate::db::unless_conflict(put)?.map(|()| head));
        }
        writes.insert(0, self.db.put_in_transaction(item, Some(condition))?);
        writes.extend(more);
        match self.db.transact("head", writes).await? {
            Transacted::Done => Ok(Some(head)),
            Transacted::Refused(_) | Transacted::Contended => Ok(None),
        }
    }

    /// The item of a head at a version.
    pub(crate) fn head_item(
        &self,
        stored: &Stored,
        version: u64,
        events: &[Event],
    ) -> Result<(Attributes, Head), StoreError> {
        let mut head = stored.head.clone();
        head.version = version;
        let mut item = key(&keys::head(&self.id, head.id));
        item.insert("_t".to_owned(), text("head"));
        item.insert("_v".to_owned(), number(1));
        item.insert("h".to_owned(), text(packed::pack(&head).map_err(|e| StoreError::corrupt("head", &e))?));
        item.insert("ver".to_owned(), number(version));
        if !stored.ring.is_empty() {
            item.insert("rg".to_owned(), AttributeValue::B(Blob::new(packed::pack_ring(&stored.ring))));
        }
        if !stored.queue.is_empty() {
            item.insert("q".to_owned(), json("head", &stored.queue)?);
        }
        if !stored.pace.is_empty() {
            item.insert("pc".to_owned(), json("head", &stored.pace)?);
        }
        if !head.blocked {
            let open = head.conversation.is_some();
            let listed = Listed {
                by_status: keys::by_status(&self.id, open),
                by_assignee: keys::by_assignee(&self.id, head.assignee.as_ref(), open),
                at: Millis(head.sorted_at.0.max(0)),
            };
            let listed = listed.kept_from(stored.listed.as_ref());
            let place = format!("{:015}#{:010}", listed.at.0, head.id.0);
            item.insert("gs".to_owned(), text(listed.by_status));
            item.insert("gsk".to_owned(), text(&place));
            item.insert("ga".to_owned(), text(listed.by_assignee));
            item.insert("gak".to_owned(), text(place));
        }
        carry(&mut item, events)?;
        Ok((item, head))
    }

    pub(crate) fn conversation_write(
        &self,
        contact: ContactId,
        conversation: &Conversation,
    ) -> Result<TransactWriteItem, StoreError> {
        let at = keys::conversation(&self.id, contact, conversation.id.as_str());
        if conversation.closed_at.is_none() {
            return self.db.put_in_transaction(document(&at, "conversation", conversation)?, None);
        }
        // What is known of the opening stays as it was written then.
        let update = Expression::new("SET closed = :closed, #t = if_not_exists(#t, :type)")
            .name("#t", "_t")
            .value(":closed", json("conversation", conversation)?)
            .value(":type", text("conversation"));
        self.db.update_in_transaction(&at, update, "attribute_not_exists(closed)")
    }

    /// An event of a write that leaves the head alone. `cause` tells this write from every other of the contact.
    pub(crate) fn item_event(
        &self,
        contact: ContactId,
        cause: &[&str],
        kind: EventKind,
        context: &WriteContext,
    ) -> Event {
        let subject = contact.to_string();
        let mut parts = vec![self.id.as_str(), &subject, kind.name()];
        parts.extend(cause);
        Event {
            id: EventId::derive(&parts),
            workspace_id: self.id.clone(),
            contact_id: Some(contact),
            at: context.now,
            actor: context.actor.clone(),
            version: 0,
            kind,
        }
    }

    /// Events of one write, with ids that follow from it.
    pub(crate) fn events_of(
        &self,
        contact: Option<ContactId>,
        version: u64,
        kinds: Vec<EventKind>,
        context: &WriteContext,
    ) -> Vec<Event> {
        let write = Write { workspace: &self.id, contact, version };
        kinds
            .into_iter()
            .enumerate()
            .map(|(nth, kind)| Event {
                id: write.event_id(nth, kind.name(), context.now),
                workspace_id: self.id.clone(),
                contact_id: contact,
                at: context.now,
                actor: context.actor.clone(),
                version,
                kind,
            })
            .collect()
    }
}

pub(crate) fn activities_of(
    contact: ContactId,
    version: u64,
    kinds: &[ActivityKind],
    context: &WriteContext,
    cause: u64,
) -> Vec<Activity> {
    kinds
        .iter()
        .enumerate()
        .map(|(place, kind)| Activity {
            id: MessageId::derive(context.now.seconds(), "activity", &format!("{cause}:{version}:{place}")),
            contact_id: contact,
            kind: kind.clone(),
            actor: context.actor.clone(),
            at: context.now,
        })
        .collect()
}
