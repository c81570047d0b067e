//! Messages: put once, then changed in small conditional steps.
//!
//! The document holds what does not change by itself; statuses, the send's step and the failure stand beside it, so
//! that the provider's reports need no reading first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use colibri_domain::contact::Head;
use colibri_domain::event::EventKind;
use colibri_domain::failure::Failure;
use colibri_domain::inbound::StatusReport;
use colibri_domain::message::{Actor, Message, Reaction, ReactionFrom, SendStep, StatusValue, Statuses};
use colibri_domain::planted::{Planted, planted};
use colibri_domain::{ContactId, MessageId, Millis};

use crate::db::{Expression, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::{TRIES, WriteContext};
use crate::item::{
    Attributes, CORRELATION, carry, correlate, document_text, json, number, number_of, parsed, str_of, text,
    written_events,
};
use crate::keys::{self, TimelineKind};
use crate::lean;
use crate::{WorkspaceStore, correlation};

/// Attribute of a message that says what was asked to be sent, word for word.
const SAYS_WHAT_WAS_ASKED: &str = "os";

/// What became of putting a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Put {
    /// It is stored now, perhaps in the next slot of its second.
    New(Message),
    /// It was there before.
    Duplicate(Message),
}

/// What became of a status report.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum StatusOutcome {
    /// News: the message as it is now.
    New(Message),
    /// Reported before.
    Known,
    /// There is no such message (yet).
    NoMessage,
}

impl WorkspaceStore {
    /// The item of a message.
    pub(crate) fn message_item(
        &self,
        message: &Message,
        events: &[colibri_domain::event::Event],
    ) -> Result<Attributes, StoreError> {
        let mut plain = message.clone();
        let statuses = std::mem::take(&mut plain.statuses);
        let send = plain.send.take();
        let failure = plain.failure.take();
        let at = keys::timeline(&self.id, message.contact_id, message.id, TimelineKind::Message);
        if lean::says_what_was_asked(&plain) {
            plain.outbound = None;
        }
        plain.channel_message_id = None;
        let document = lean::pack(&plain).map_err(|error| StoreError::corrupt("message", &error))?;
        let mut item = document_text(&at, "message", document);
        if plain.outbound != message.outbound {
            item.insert(SAYS_WHAT_WAS_ASKED.to_owned(), number(1));
        }
        item.insert("mver".to_owned(), number(message.version.max(1)));
        let reported: HashMap<String, AttributeValue> =
            statuses.iter().map(|(value, at)| (value.as_str().to_owned(), number(at.0))).collect();
        item.insert("st".to_owned(), AttributeValue::M(reported));
        if let Some(provider_id) = &message.channel_message_id {
            item.insert("pid".to_owned(), text(provider_id));
        }
        if let Some(send) = send {
            item.insert("sn".to_owned(), json("message", &send)?);
            item.insert("sns".to_owned(), text(step_name(&send)));
            if send.is_pending() {
                let (partition, place) = self.pending_place(message.id);
                item.insert("gs".to_owned(), text(partition));
                item.insert("gsk".to_owned(), text(place));
            }
        }
        if let Some(failure) = failure {
            item.insert("fl".to_owned(), json("message", &failure)?);
        }
        carry(&mut item, events)?;
        correlate(&mut item);
        Ok(item)
    }

    /// Stores a message once; its provider's id tells a duplicate from another message in the same slot.
    pub async fn put_message(&self, message: &Message) -> Result<Put, StoreError> {
        let mut message = message.clone();
        if planted(Planted::CheckThenWrite) {
            return self.put_unguarded(message).await;
        }
        for _ in 0..16 {
            let mut item = self.message_item(&message, &[])?;
            // Shows the stream's reader that somebody has written, though the event comes with the head.
            item.insert("ev".to_owned(), text("[]"));
            let free = Expression::new("attribute_not_exists(PK)");
            if unless_conflict(self.db.put("message", item, Some(free)).await)?.is_some() {
                return Ok(Put::New(message));
            }
            match self.message(message.contact_id, message.id).await? {
                Some(there)
                    if there.channel_message_id == message.channel_message_id
                        && there.channel_id == message.channel_id =>
                {
                    return Ok(Put::Duplicate(there));
                }
                Some(_) => message.id = message.id.next_slot(),
                None => {}
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "message", "no free slot in this second"))
    }

    /// The planted mistake: two at the same time find nothing, and both write.
    async fn put_unguarded(&self, mut message: Message) -> Result<Put, StoreError> {
        let provider_id = message.channel_message_id.clone().unwrap_or_default();
        if let Some(there) = self.message_by_provider_id(message.contact_id, &provider_id).await? {
            return Ok(Put::Duplicate(there));
        }
        while self.message(message.contact_id, message.id).await?.is_some() {
            message.id = message.id.next_slot();
        }
        self.db.put("message", self.message_item(&message, &[])?, None).await?;
        Ok(Put::New(message))
    }

    /// A message.
    pub async fn message(&self, contact: ContactId, id: MessageId) -> Result<Option<Message>, StoreError> {
        let item =
            self.db.get("message", &keys::timeline(&self.id, contact, id, TimelineKind::Message)).await?;
        item.map(|item| message_of(&item)).transpose()
    }

    /// A message, and what its life is found under in the logs.
    pub async fn traced_message(
        &self,
        contact: ContactId,
        id: MessageId,
    ) -> Result<Option<(Message, Option<String>)>, StoreError> {
        let at = keys::timeline(&self.id, contact, id, TimelineKind::Message);
        let Some(item) = self.db.get("message", &at).await? else { return Ok(None) };
        Ok(Some((message_of(&item)?, str_of(&item, CORRELATION).map(str::to_owned))))
    }

    /// A message that a contact shows, wherever it is kept.
    pub async fn shown_message(&self, head: &Head, id: MessageId) -> Result<Option<Message>, StoreError> {
        for keeper in std::iter::once(head.id).chain(head.origins()) {
            if let Some(message) = self.message(keeper, id).await? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// A message of a contact by the provider's id, among the newest 500 entries of each part of its history.
    pub async fn message_by_provider_id(
        &self,
        contact: ContactId,
        provider_id: &str,
    ) -> Result<Option<Message>, StoreError> {
        if let Some(found) = self.message_kept_by(contact, provider_id).await? {
            return Ok(Some(found));
        }
        let Some(head) = self.head(contact).await? else { return Ok(None) };
        for keeper in std::iter::once(head.id).chain(head.origins()).filter(|keeper| *keeper != contact) {
            if let Some(found) = self.message_kept_by(keeper, provider_id).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn message_kept_by(
        &self,
        contact: ContactId,
        provider_id: &str,
    ) -> Result<Option<Message>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :t)")
            .value(":pk", text(keys::contact(&self.id, contact)))
            .value(":t", text("T#"));
        let page = self.db.query("message by provider id", condition, true, 500).await?;
        let found = page.items.iter().find(|item| str_of(item, "pid") == Some(provider_id));
        found.map(message_of).transpose()
    }

    /// A provider's report: one conditional update, the same for every repetition and order. `author` is told to
    /// whom a failure is news.
    pub async fn apply_status(
        &self,
        contact: ContactId,
        id: MessageId,
        report: &StatusReport,
        author: Actor,
        now: Millis,
    ) -> Result<StatusOutcome, StoreError> {
        let at = keys::timeline(&self.id, contact, id, TimelineKind::Message);
        let context = WriteContext { actor: Actor::source(colibri_domain::message::Source::System), now };
        let kind = EventKind::MessageStatus {
            message_id: id,
            value: report.value,
            failure: report.failure.clone(),
            author,
        };
        let events = [self.item_event(contact, &[&id.to_string(), report.value.as_str()], kind, &context)];
        let replaces = planted(Planted::StatusRegression);
        let mut set =
            if replaces { "SET st = :at, ev = :ev" } else { "SET st.#v = :at, ev = :ev" }.to_owned();
        let at_value = number(report.at.millis().0);
        let alone = HashMap::from([(report.value.as_str().to_owned(), at_value.clone())]);
        let mut update = Expression::default()
            .name("#v", report.value.as_str())
            .value(":at", if replaces { AttributeValue::M(alone) } else { at_value })
            .value(":ev", written_events(&at, 0, &events)?)
            .value(":one", number(1));
        if let Some(failure) = &report.failure {
            set.push_str(", fl = if_not_exists(fl, :fl)");
            update = update.value(":fl", json("status", failure)?);
        }
        if let Some(pricing) = &report.pricing {
            set.push_str(", pr = :pr");
            update = update.value(":pr", json("status", pricing)?);
        }
        // An echo's or a lost answer's id becomes known here.
        set.push_str(", pid = if_not_exists(pid, :pid)");
        update = update.value(":pid", text(&report.provider_id));
        update.text = format!("{set} ADD mver :one");
        let condition = "attribute_exists(PK) AND attribute_not_exists(st.#v)";
        match unless_conflict(self.db.update("status", &at, update, Some(condition)).await)? {
            Some(item) => {
                // The report has an id of its own; who follows the message finds it by the message's.
                if let Some(id) = str_of(&item, CORRELATION) {
                    correlation::note(id);
                }
                Ok(StatusOutcome::New(message_of(&item)?))
            }
            None => match self.message(contact, id).await? {
                Some(_) => Ok(StatusOutcome::Known),
                None => Ok(StatusOutcome::NoMessage),
            },
        }
    }

    /// Changes a message from the version that was read; `None` from the rule leaves it. Screens are told.
    pub async fn change_message(
        &self,
        contact: ContactId,
        id: MessageId,
        now: Millis,
        rule: impl Fn(&mut Message) -> bool + Send + Sync,
    ) -> Result<Option<Message>, StoreError> {
        for attempt in 0..TRIES {
            let at = keys::timeline(&self.id, contact, id, TimelineKind::Message);
            let Some(stored) = self.db.get("message", &at).await? else { return Ok(None) };
            let before = message_of(&stored)?;
            let mut after = before.clone();
            if !rule(&mut after) {
                return Ok(Some(before));
            }
            after.version = before.version + 1;
            let context = WriteContext { actor: Actor::source(colibri_domain::message::Source::System), now };
            let cause = [&id.to_string()[..], &after.version.to_string()];
            let events =
                [self.item_event(contact, &cause, EventKind::MessageUpdated { message_id: id }, &context)];
            let mut item = self.message_item(&after, &events)?;
            keep(&stored, &mut item, &after);
            let unchanged = Expression::new("mver = :was").value(":was", number(before.version));
            if unless_conflict(self.db.put("message", item, Some(unchanged)).await)?.is_some() {
                return Ok(Some(after));
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "message", "too much contention"))
    }

    /// Sets or takes back one side's reaction.
    pub async fn set_reaction(
        &self,
        contact: ContactId,
        id: MessageId,
        from: ReactionFrom,
        reaction: Option<Reaction>,
    ) -> Result<Message, StoreError> {
        let now = reaction.as_ref().map_or(Millis(0), |r| r.at);
        let changed = self
            .change_message(contact, id, now, |message| {
                let before = message.reactions.clone();
                message.reactions.retain(|r| r.from != from);
                message.reactions.extend(reaction.clone());
                message.reactions != before
            })
            .await?;
        changed.ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "reaction", ""))
    }
}

/// A message keeps what it was born under, and a mark that no step of a send will ever take off.
fn keep(before: &Attributes, after: &mut Attributes, message: &Message) {
    let marks: &[&str] = if message.send.is_none() { &["gs", "gsk"] } else { &[] };
    for name in [CORRELATION].iter().chain(marks) {
        if let Some(value) = before.get(*name) {
            after.insert((*name).to_owned(), value.clone());
        }
    }
}

pub(crate) const fn step_name(step: &SendStep) -> &'static str {
    match step {
        SendStep::Queued { .. } => "queued",
        SendStep::Sending { .. } => "sending",
        SendStep::Accepted => "accepted",
        SendStep::Failed => "failed",
        SendStep::Ambiguous => "ambiguous",
    }
}

/// A message from its item.
pub(crate) fn message_of(item: &Attributes) -> Result<Message, StoreError> {
    let corrupt = || StoreError::new(StoreErrorKind::Corrupt, "message", "no message in the item");
    let (pk, sk, text) = (str_of(item, "PK"), str_of(item, "SK"), str_of(item, "d"));
    let (_, contact, id) =
        keys::parse_message(pk.unwrap_or_default(), sk.unwrap_or_default()).ok_or_else(corrupt)?;
    let mut message = lean::unpack(text.ok_or_else(corrupt)?, contact, id)
        .map_err(|error| StoreError::corrupt("message", &error))?;
    if item.contains_key(SAYS_WHAT_WAS_ASKED) {
        message.outbound = lean::asked(&message.content);
    }
    message.version = number_of(item, "mver").unwrap_or(1);
    message.statuses = statuses_of(item);
    message.send = parsed("message", item, "sn")?;
    if let Some(failure) = parsed::<Failure>("message", item, "fl")? {
        message.failure = Some(failure);
    }
    if let Some(pricing) = parsed("message", item, "pr")? {
        message.pricing = Some(pricing);
    }
    if let Some(provider_id) = str_of(item, "pid") {
        message.channel_message_id = Some(provider_id.to_owned());
    }
    Ok(message)
}

fn statuses_of(item: &Attributes) -> Statuses {
    let Some(reported) = item.get("st").and_then(|v| v.as_m().ok()) else { return Statuses::new() };
    [StatusValue::Sent, StatusValue::Delivered, StatusValue::Read, StatusValue::Failed]
        .into_iter()
        .filter_map(|value| number_of(reported, value.as_str()).map(|at| (value, Millis(at))))
        .collect()
}
