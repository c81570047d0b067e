//! Sending: accepted in one transaction, taken step by step, always in the order in which it was accepted.

use colibri_domain::contact::Head;
use colibri_domain::conversation::{self, Change};
use colibri_domain::event::EventKind;
use colibri_domain::failure::Failure;
use colibri_domain::message::{Actor, Message, SendStep, Source};
use colibri_domain::{ChannelId, ContactId, MessageId, Millis};

use crate::WorkspaceStore;
use crate::db::{Expression, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::{Queued, TRIES, WriteContext};
use crate::item::{json, key, number, number_of, str_of, text, written_events};
use crate::keys::{self, TimelineKind};
use crate::messages::message_of;

/// Seconds that a client's key stays claimed: 24 h.
const CLAIM_SECONDS: i64 = 24 * 60 * 60;

/// A client's idempotency key.
#[derive(Debug, Clone)]
pub struct SendClaim {
    /// Scoped to the user by the caller.
    pub key: String,
    /// Fingerprint of the request: the same key with another one is a mistake.
    pub fingerprint: String,
}

/// What became of a request to send.
#[derive(Debug, Clone)]
#[allow(missing_docs, clippy::large_enum_variant)]
pub enum Accepted {
    New { message: Message, head: Head },
    Replayed { message: Message },
    KeyReused,
}

/// What became of taking a message to send it.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)]
pub enum Taken {
    /// Ours until the lease ends.
    Leased(Message),
    /// Not due, done, or somebody else's: the message as it is.
    Not(Message),
    /// There is no such message.
    Gone,
}

impl WorkspaceStore {
    /// Accepts a message: the claim of the key, the message and the head in one transaction.
    pub async fn accept_send(
        &self,
        claim: SendClaim,
        message: Message,
        context: &WriteContext,
        rule: impl Fn(Head, &Message) -> Change + Send + Sync,
    ) -> Result<Accepted, StoreError> {
        let contact = message.contact_id;
        let at = keys::send_claim(&self.id, &claim.key);
        for attempt in 0..TRIES {
            if let Some(known) = self.db.get("send claim", &at).await? {
                let seconds = context.now.seconds().0;
                if number_of::<i64>(&known, "ttl").is_some_and(|ttl| ttl > seconds) {
                    return self.replay(&known, &claim, contact).await;
                }
            }
            let mut stored = self
                .stored_head(contact)
                .await?
                .ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "send", ""))?;
            let mut message = message.clone();
            // The id keeps the order of acceptance within a contact.
            let last =
                stored.queue.last().map(|q| q.message).max(stored.head.last_message.as_ref().map(|m| m.id));
            if let Some(last) = last.filter(|last| last.second() == message.id.second() && *last > message.id)
            {
                message.id = last.next_slot();
            }
            let first = rule(stored.head.clone(), &message);
            message.conversation_id = first.head.conversation.as_ref().map(|c| c.id.clone());
            let change = rule(stored.head.clone(), &message);
            stored
                .queue
                .push(Queued { contact_channel: message.contact_channel_id.clone(), message: message.id });
            let mut claimed = key(&at);
            claimed.insert("_t".to_owned(), text("send_claim"));
            claimed.insert("fp".to_owned(), text(&claim.fingerprint));
            claimed.insert("mid".to_owned(), number(message.id.0));
            claimed.insert("ttl".to_owned(), number(context.now.seconds().0 + CLAIM_SECONDS));
            let free = Expression::new("attribute_not_exists(PK) OR #ttl <= :now")
                .name("#ttl", "ttl")
                .value(":now", number(context.now.seconds().0));
            let writes = vec![
                self.db.put_in_transaction(claimed, Some(free))?,
                self.db.put_in_transaction(
                    self.message_item(&message, &[])?,
                    Some(Expression::new("attribute_not_exists(PK)")),
                )?,
            ];
            if let Some(head) = self.write_change(stored, change, context, writes, message.id.0).await? {
                return Ok(Accepted::New { message, head });
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "send", "too much contention"))
    }

    async fn replay(
        &self,
        known: &crate::item::Attributes,
        claim: &SendClaim,
        contact: ContactId,
    ) -> Result<Accepted, StoreError> {
        if str_of(known, "fp") != Some(claim.fingerprint.as_str()) {
            return Ok(Accepted::KeyReused);
        }
        let id = MessageId(number_of(known, "mid").unwrap_or_default());
        Ok(match self.message(contact, id).await? {
            Some(message) => Accepted::Replayed { message },
            None => Accepted::KeyReused,
        })
    }

    /// Takes a queued message that is due, for the length of a lease.
    pub async fn take_send(
        &self,
        contact: ContactId,
        id: MessageId,
        now: Millis,
        until: Millis,
    ) -> Result<Taken, StoreError> {
        let Some(message) = self.message(contact, id).await? else { return Ok(Taken::Gone) };
        let attempts = match message.send {
            Some(SendStep::Queued { due_at, attempts }) if due_at <= now => attempts,
            _ => return Ok(Taken::Not(message)),
        };
        match self.step(&message, &SendStep::Sending { until, attempts }, None, None, now).await? {
            Some(taken) => Ok(Taken::Leased(taken)),
            None => Ok(self.message(contact, id).await?.map_or(Taken::Gone, Taken::Not)),
        }
    }

    /// Moves a send on from exactly the step that `message` holds; `None`: somebody else moved it first.
    pub async fn step(
        &self,
        message: &Message,
        next: &SendStep,
        provider_id: Option<&str>,
        failure: Option<&Failure>,
        now: Millis,
    ) -> Result<Option<Message>, StoreError> {
        let at = keys::timeline(&self.id, message.contact_id, message.id, TimelineKind::Message);
        // Its author has asked; what becomes of it is the platform's doing.
        let context = WriteContext { actor: Actor::source(Source::System), now };
        let kind = match next {
            SendStep::Failed => EventKind::MessageStatus {
                message_id: message.id,
                value: colibri_domain::message::StatusValue::Failed,
                failure: failure.cloned(),
                author: message.sender.clone(),
            },
            _ => EventKind::MessageUpdated { message_id: message.id },
        };
        let cause = [&message.id.to_string()[..], &(message.version + 1).to_string()];
        let events = [self.item_event(message.contact_id, &cause, kind, &context)];
        let mark = mark();
        let mut set = "SET sn = :next, sns = :name, ev = :ev, mk = :mark".to_owned();
        let mut update = Expression::default()
            .value(":mark", text(&mark))
            .value(":next", json("send", next)?)
            .value(":name", text(crate::messages::step_name(next)))
            .value(":was", json("send", &message.send)?)
            .value(":ev", written_events(&at, 0, &events)?)
            .value(":one", number(1));
        if let Some(provider_id) = provider_id {
            set.push_str(", pid = :pid");
            update = update.value(":pid", text(provider_id));
        }
        let mut removed = Vec::new();
        match failure {
            Some(failure) => {
                set.push_str(", fl = :fl");
                update = update.value(":fl", json("send", failure)?);
            }
            None => removed.push("fl"),
        }
        if next.is_pending() {
            let (partition, place) = self.pending_place(message.id);
            set.push_str(", gs = :gs, gsk = :gsk");
            update = update.value(":gs", text(partition)).value(":gsk", text(place));
        } else {
            removed.extend(["gs", "gsk"]);
        }
        let remove =
            if removed.is_empty() { String::new() } else { format!(" REMOVE {}", removed.join(", ")) };
        update.text = format!("{set}{remove} ADD mver :one");
        let moved = unless_conflict(self.db.update("send", &at, update, Some("sn = :was")).await)?;
        let moved = match moved {
            Some(item) => Some(item),
            // Perhaps it was us: the answer was lost and the SDK asked again.
            None => self.db.get("send", &at).await?.filter(|item| str_of(item, "mk") == Some(mark.as_str())),
        };
        moved.map(|item| message_of(&item)).transpose()
    }

    /// A message has left, or will not: it goes off the queue, and the head shows what became of it. `due` is when
    /// the identity's next message is due at its steady rate.
    pub async fn leave_queue(
        &self,
        message: &Message,
        due: Option<Millis>,
        now: Millis,
    ) -> Result<Head, StoreError> {
        let context = WriteContext { actor: colibri_domain::message::Actor::source(Source::System), now };
        let failed = message.send == Some(SendStep::Failed);
        self.change_queue(message.contact_id, &context, |stored| {
            let before = stored.queue.len();
            stored.queue.retain(|queued| queued.message != message.id);
            let left = stored.queue.len() != before;
            if let Some(due) = due {
                stored.pace.insert(message.contact_channel_id.clone(), due);
            }
            let mut changed = conversation::refresh_last_state(&mut stored.head, message);
            if failed && left {
                stored.head.failed = stored.head.failed.saturating_add(1);
                changed = true;
            }
            (left || changed).then(|| vec![EventKind::ContactRefreshed])
        })
        .await
    }

    /// A message failed after it had left: the head counts it.
    pub async fn failed_late(&self, message: &Message, now: Millis) -> Result<Head, StoreError> {
        let context = WriteContext { actor: colibri_domain::message::Actor::source(Source::System), now };
        let rule = |head| Ok::<_, std::convert::Infallible>(conversation::message_failed(head, message));
        match self.change_head(message.contact_id, &context, rule).await? {
            Ok(head) => Ok(head),
            Err(never) => match never {},
        }
    }

    /// Queues a failed or unconfirmed message again, at the end of the queue.
    pub async fn queue_again(&self, message: &Message, now: Millis) -> Result<Message, StoreError> {
        let conflict = || StoreError::new(StoreErrorKind::Conflict, "retry", "somebody else tries again");
        let after = self
            .change_message(message.contact_id, message.id, now, |m| {
                if !m.may_retry() {
                    return false;
                }
                m.send = Some(SendStep::Queued { due_at: now, attempts: 0 });
                m.statuses.clear();
                m.failure = None;
                m.channel_message_id = None;
                true
            })
            .await?
            .ok_or_else(conflict)?;
        if !matches!(after.send, Some(SendStep::Queued { .. })) {
            return Err(conflict());
        }
        let context = WriteContext { actor: message.sender.clone(), now };
        let queued = Queued { contact_channel: message.contact_channel_id.clone(), message: message.id };
        self.change_queue(message.contact_id, &context, |stored| {
            if stored.queue.contains(&queued) {
                return None;
            }
            stored.queue.push(queued.clone());
            stored.head.failed = stored.head.failed.saturating_sub(1);
            conversation::refresh_last_state(&mut stored.head, &after);
            Some(vec![EventKind::ContactRefreshed])
        })
        .await?;
        Ok(after)
    }

    /// Takes up to `want` of a number's places in a second, of `limit`; fewer or none when they are used up.
    pub async fn lease_tokens(
        &self,
        channel: &ChannelId,
        second: i64,
        want: u32,
        limit: u32,
    ) -> Result<u32, StoreError> {
        for want in [want, 1] {
            let Some(room) = limit.checked_sub(want) else { continue };
            let update = Expression::new("ADD used :want SET #ttl = :ttl, #t = :t")
                .name("#ttl", "ttl")
                .name("#t", "_t")
                .value(":t", text("rate"))
                .value(":want", number(want))
                .value(":room", number(room))
                .value(":ttl", number(second + 60));
            let taken = self
                .db
                .update(
                    "rate",
                    &keys::rate(&self.id, channel, second),
                    update,
                    Some("attribute_not_exists(used) OR used <= :room"),
                )
                .await;
            if unless_conflict(taken)?.is_some() {
                return Ok(want);
            }
        }
        Ok(0)
    }
}

/// Tells one attempt to move a send from every other.
fn mark() -> String {
    use std::hash::{BuildHasher, Hasher};
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
