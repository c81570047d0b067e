//! What was accepted leaves: in order per identity, within every limit, and never twice in silence.
//!
//! Messages wait in the table. A nudge says where to look; whoever handles it takes the first message of that
//! identity by a conditional step, hands it to the provider and records what came of it before it looks at the next.

mod hand_over;
mod outcome;
mod own;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use colibri_domain::billing::machine::Access;
use colibri_domain::channel::{Channel, ChannelState};
use colibri_domain::contact::ContactChannel;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::{Actor, Message, SendStep, Source, StatusValue};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::planted::{Planted, planted};
use colibri_domain::template::TemplateCategory;
use colibri_domain::window::Reach;
use colibri_domain::{ChannelId, ContactChannelId, MessageId, Millis};
use colibri_store::{Files, Store, Stored, Taken, WorkspaceStore, WriteContext, correlation};

use crate::http::{Record, RecordError, RecordHandler};
use crate::nudge::Nudge;
use crate::ports::{Clock, Ids, Metrics, Queue, QueueName, Scheduler};
use crate::provider::Providers;
use crate::standing::Standings;

/// An upload and two calls end within 60 s; after this nobody knows what became of it.
const LEASE_MILLIS: i64 = 90_000;
/// Messages that one nudge sends before it makes room for others.
const RUN: usize = 20;
/// The longest delay of a queue.
const QUEUE_DELAY_MILLIS: i64 = 15 * 60 * 1000;
/// How often a message of a stopped service is looked at, in milliseconds: so soon it leaves after the payment.
const STOPPED_MILLIS: i64 = 5 * 60 * 1000;
/// Places of a number's second that are taken at a time.
const BLOCK: u32 = 16;

/// Sends what is due.
#[allow(missing_docs)]
pub struct MessageSend {
    pub store: Store,
    pub files: Files,
    pub providers: Providers,
    pub queue: Arc<dyn Queue>,
    pub scheduler: Arc<dyn Scheduler>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub metrics: Arc<dyn Metrics>,
    /// What this process remembers between records.
    pub warm: Warm,
}

/// What a warm function remembers. Losing it costs a few writes and calls, nothing else.
#[derive(Default)]
pub struct Warm {
    /// Places left of a number's second.
    places: Mutex<HashMap<ChannelId, (i64, u32)>>,
    /// Until when a provider wants nothing from a number.
    paused: Mutex<HashMap<ChannelId, Millis>>,
    /// The last message that a read receipt went out for.
    receipts: Mutex<HashMap<ContactChannelId, String>>,
    /// What organizations may do.
    standings: Standings,
}

/// Entries of each kind that are remembered.
const REMEMBERED: usize = 5_000;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Inserts; a full memory starts anew.
fn remember<K: std::hash::Hash + Eq, V>(memory: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut memory = locked(memory);
    if memory.len() >= REMEMBERED {
        memory.clear();
    }
    memory.insert(key, value);
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// What follows from looking at the first message of a queue.
enum Next {
    /// Look at the next one.
    Go,
    /// Nothing more to do here.
    Done,
    /// Come back then.
    Wait(i64),
}

#[async_trait]
impl RecordHandler for MessageSend {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        let nudge: Nudge =
            serde_json::from_str(&record.body).map_err(|e| crate::http::unreadable("nudge", &e))?;
        let store = self.store.workspace(&nudge.workspace_id);
        for _ in 0..RUN {
            match self.next(&store, &nudge).await? {
                Next::Go => {}
                Next::Done => return Ok(()),
                Next::Wait(millis) => return self.later(&nudge, millis).await,
            }
        }
        // More may be due: others first.
        nudge.send(&*self.queue).await.map_err(failed)
    }
}

impl MessageSend {
    /// Waiting holds nothing: the message stays in the table, a new nudge comes when it is due.
    async fn later(&self, nudge: &Nudge, millis: i64) -> Result<(), RecordError> {
        let millis = millis.clamp(100, 7 * 24 * 60 * 60 * 1000);
        if millis <= QUEUE_DELAY_MILLIS {
            let delay = Duration::from_secs(u64::try_from((millis + 999) / 1000).unwrap_or(1));
            return self.queue.send(QueueName::Outbound, vec![nudge.message(delay)]).await.map_err(failed);
        }
        let at = self.clock.now().plus(millis);
        let name = format!("send-{}-{}", nudge.contact_channel_id.as_str(), at.seconds().0);
        self.scheduler.at(&name, at, QueueName::Outbound, nudge.message(Duration::ZERO)).await.map_err(failed)
    }

    async fn next(&self, store: &WorkspaceStore, nudge: &Nudge) -> Result<Next, RecordError> {
        let now = self.clock.now();
        let Some(stored) = store.stored_head(nudge.contact_id).await.map_err(failed)? else {
            return Ok(Next::Done);
        };
        let first = stored.queue.iter().find(|queued| queued.contact_channel == nudge.contact_channel_id);
        let Some(first) = first else { return Ok(Next::Done) };
        let traced = store
            .traced_message(stored.head.keeper(&first.contact_channel), first.message)
            .await
            .map_err(failed)?;
        let Some((message, cause)) = traced else {
            return self.forget(store, nudge, first.message).await;
        };
        // A nudge may find the message of another request: each is sent under its own.
        correlation::within(cause.as_deref(), self.turn(store, &stored, message, now)).await
    }

    /// What the first message of an identity's queue needs now.
    async fn turn(
        &self,
        store: &WorkspaceStore,
        stored: &Stored,
        message: Message,
        now: Millis,
    ) -> Result<Next, RecordError> {
        match message.send {
            Some(SendStep::Queued { due_at, .. }) if due_at > now => Ok(Next::Wait(due_at.since(now))),
            Some(SendStep::Queued { .. }) => self.attempt(store, stored, message).await,
            Some(SendStep::Sending { until, .. }) if until > now => Ok(Next::Wait(until.since(now))),
            Some(SendStep::Sending { .. }) => self.lost(store, message).await,
            // It has left already; only the queue does not know yet.
            _ => self.leave(store, &message, None).await,
        }
    }

    /// A message that is no more must not hold back those behind it.
    async fn forget(
        &self,
        store: &WorkspaceStore,
        nudge: &Nudge,
        id: MessageId,
    ) -> Result<Next, RecordError> {
        let context = WriteContext { actor: Actor::source(Source::System), now: self.clock.now() };
        let rule = |stored: &mut Stored| {
            stored.queue.retain(|queued| queued.message != id);
            Some(Vec::new())
        };
        store.change_queue(nudge.contact_id, &context, rule).await.map_err(failed)?;
        Ok(Next::Go)
    }

    async fn leave(
        &self,
        store: &WorkspaceStore,
        message: &Message,
        due: Option<Millis>,
    ) -> Result<Next, RecordError> {
        store.leave_queue(message, due, self.clock.now()).await.map_err(failed)?;
        Ok(Next::Go)
    }

    /// Somebody died between the provider's answer and our note of it. The provider's reports tell, if any came;
    /// else only a person decides whether to send again.
    async fn lost(&self, store: &WorkspaceStore, message: Message) -> Result<Next, RecordError> {
        if planted(Planted::SentAgainAfterLease) {
            let now = self.clock.now();
            let step = SendStep::Queued { due_at: now, attempts: 0 };
            store.step(&message, &step, None, None, now).await.map_err(failed)?;
            return Ok(Next::Go);
        }
        if self.is_own(store, &message).await? {
            return self.again(store, &message).await;
        }
        let (step, failure) = if arrived(&message) {
            (SendStep::Accepted, None)
        } else {
            self.metrics.count("send.ambiguous", 1);
            (SendStep::Ambiguous, Some(Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed)))
        };
        match store.step(&message, &step, None, failure.as_ref(), self.clock.now()).await.map_err(failed)? {
            Some(message) => self.leave(store, &message, None).await,
            None => Ok(Next::Go),
        }
    }

    async fn attempt(
        &self,
        store: &WorkspaceStore,
        stored: &Stored,
        message: Message,
    ) -> Result<Next, RecordError> {
        let now = self.clock.now();
        let access = self.warm.standings.of(&self.store, &store.id, now).await.map_err(failed)?;
        if access != Access::Full {
            return self.stopped(store, message, now).await;
        }
        let channel = store.channel(&message.channel_id).await.map_err(failed)?;
        let identity = stored.head.channel(&message.contact_channel_id);
        let (Some(channel), Some(identity)) = (channel, identity) else {
            return self.refuse(store, &message, &ours(FailureReason::ChannelDisconnected)).await;
        };
        if let Some(failure) = forbidden(&channel, identity, stored.head.blocked, &message, now) {
            return self.refuse(store, &message, &failure).await;
        }
        if arrived(&message) {
            // An earlier try whose answer was lost did get through: the provider has reported it meanwhile.
            return match store.step(&message, &SendStep::Accepted, None, None, now).await.map_err(failed)? {
                Some(message) => self.leave(store, &message, None).await,
                None => Ok(Next::Go),
            };
        }
        if let Some(until) = locked(&self.warm.paused).get(&channel.id).copied().filter(|until| *until > now)
        {
            return Ok(Next::Wait(until.since(now)));
        }
        if self.opted_out(store, stored, &channel, &message).await? {
            let failure = Failure::ours(FailureClass::OptedOut, FailureReason::OptedOut);
            return self.refuse(store, &message, &failure).await;
        }
        let due = stored.pace.get(&identity.id).copied();
        let pace = channel.source.pace();
        if let Some(wait) = pace.map(|pace| pace.wait(due, now)).filter(|wait| *wait > 0) {
            return Ok(Next::Wait(wait));
        }
        if !self.place(store, &channel, now).await? {
            return Ok(Next::Wait(1_000));
        }
        if planted(Planted::CursorBeforeEffect) {
            self.leave(store, &message, None).await?;
        }
        let taken = store
            .take_send(message.contact_id, message.id, now, now.plus(LEASE_MILLIS))
            .await
            .map_err(failed)?;
        let Taken::Leased(message) = taken else { return Ok(Next::Go) };
        let outcome = self.hand_over(store, &channel, identity, &message).await;
        self.record(store, &channel, identity, message, outcome, pace.map(|pace| pace.after(due, now))).await
    }

    /// While the service is stopped nothing leaves and nothing is lost: the message keeps its place, and those behind it
    /// keep theirs.
    async fn stopped(
        &self,
        store: &WorkspaceStore,
        message: Message,
        now: Millis,
    ) -> Result<Next, RecordError> {
        let Some(SendStep::Queued { attempts, .. }) = message.send else { return Ok(Next::Done) };
        let step = SendStep::Queued { due_at: now.plus(STOPPED_MILLIS), attempts };
        store.step(&message, &step, None, None, now).await.map_err(failed)?;
        Ok(Next::Wait(STOPPED_MILLIS))
    }

    /// Whether this is for somebody who said no to it: to marketing, or to every message of the channel.
    async fn opted_out(
        &self,
        store: &WorkspaceStore,
        stored: &Stored,
        channel: &Channel,
        message: &Message,
    ) -> Result<bool, RecordError> {
        if !channel.source.stop_ends_all() {
            let Some(OutboundContent::Template(send)) = &message.outbound else { return Ok(false) };
            let template = store.template(&channel.id, &send.name, &send.language).await.map_err(failed)?;
            if template.is_none_or(|t| t.category != TemplateCategory::Marketing) {
                return Ok(false);
            }
        }
        let profile = store.profile(stored.head.id).await.map_err(failed)?;
        Ok(profile.is_some_and(|p| p.marketing_opt_outs.contains(&message.contact_channel_id)))
    }

    /// A place in the number's current second; taken in blocks, so that it costs few writes.
    async fn place(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        now: Millis,
    ) -> Result<bool, RecordError> {
        let second = now.seconds().0;
        if let Some((at, left)) = locked(&self.warm.places).get_mut(&channel.id)
            && *at == second
            && *left > 0
        {
            *left -= 1;
            return Ok(true);
        }
        let limit = channel.throughput.max(1);
        let block = store.lease_tokens(&channel.id, second, BLOCK.min(limit), limit).await.map_err(failed)?;
        if block == 0 {
            return Ok(false);
        }
        remember(&self.warm.places, channel.id.clone(), (second, block - 1));
        Ok(true)
    }
}

fn ours(reason: FailureReason) -> Failure {
    Failure::ours(FailureClass::Final, reason)
}

/// Why a message may not leave now, though it was accepted.
fn forbidden(
    channel: &Channel,
    identity: &ContactChannel,
    blocked: bool,
    message: &Message,
    now: Millis,
) -> Option<Failure> {
    if channel.state == ChannelState::Disconnected {
        return Some(ours(FailureReason::ChannelDisconnected));
    }
    if blocked {
        return Some(ours(FailureReason::BlockedContact));
    }
    let template = matches!(message.outbound, Some(OutboundContent::Template(_)));
    if !template && reach(channel, identity, message, now) == Reach::Closed {
        return Some(Failure::ours(FailureClass::OutsideWindow, FailureReason::WindowClosed));
    }
    None
}

/// How a message may leave now: what a person wrote may in some channels leave for longer.
fn reach(channel: &Channel, identity: &ContactChannel, message: &Message, now: Millis) -> Reach {
    let human = message.sender.source == Source::User;
    channel.source.window().reach(identity.last_inbound_at, now, human)
}

/// Whether the provider has reported that this message got through.
fn arrived(message: &Message) -> bool {
    [StatusValue::Sent, StatusValue::Delivered, StatusValue::Read]
        .iter()
        .any(|value| message.statuses.contains_key(value))
}
