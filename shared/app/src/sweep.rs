//! Finds messages that were stored without anything following from it: the nudge that should have had one sent is
//! lost, or whoever took it died; a contact's message never reached his head. Where nothing waits, a run is one empty
//! Query for each shard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::message::{Actor, Message, SendStep, Source, Traffic};
use colibri_domain::{ContactChannelId, ContactId, Millis, WorkspaceId};
use colibri_store::{PENDING_SHARDS, Pending, Queued, Store, StoreErrorKind, WriteContext, correlation};
use serde_json::{Value, json};

use crate::http::{JsonHandler, RecordError};
use crate::nudge::Nudge;
use crate::ports::{Clock, Metrics, Queue};

/// How long after its time a message is left to those whose work it is, in milliseconds: longer than any of them
/// takes, a queue's redelivery included.
const GRACE_MILLIS: i64 = 5 * 60 * 1000;
/// Messages of one Query.
const PAGE: u32 = 100;
/// Queries of a shard in one run; what is left waits for the next.
const PAGES: usize = 5;
/// Nudges for one workspace in one run: those of a flood that is merely slow must not become a flood of their own.
const NUDGES: usize = 20;

/// Brings back what was forgotten.
#[allow(missing_docs)]
pub struct MessageSweep {
    pub store: Store,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<dyn Metrics>,
}

/// What a run has done so far.
#[derive(Default)]
struct Run {
    /// Who was nudged.
    nudged: BTreeSet<(WorkspaceId, ContactId, ContactChannelId)>,
    /// How many of a workspace.
    of: BTreeMap<WorkspaceId, usize>,
    /// Messages brought back.
    found: u64,
    /// Messages that could not be.
    failed: u64,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl JsonHandler for MessageSweep {
    async fn handle(&self, _payload: Value) -> Result<Value, RecordError> {
        let now = self.clock.now();
        let mut run = Run::default();
        for shard in 0..PENDING_SHARDS {
            self.shard(shard, now, &mut run).await?;
        }
        self.metrics.count("sweep.found", run.found);
        if run.failed > 0 {
            // The next run tries again; an error here tells the operator and repeats this one.
            return Err(RecordError(format!("{} messages could not be looked at", run.failed)));
        }
        Ok(json!({ "found": run.found }))
    }
}

impl MessageSweep {
    async fn shard(&self, shard: usize, now: Millis, run: &mut Run) -> Result<(), RecordError> {
        let before = now.plus(-GRACE_MILLIS).seconds();
        let mut last: Option<Pending> = None;
        for _ in 0..PAGES {
            let page = self.store.installation().pending(shard, before, last.as_ref(), PAGE).await;
            let page = page.map_err(failed)?;
            for pending in &page.items {
                if let Err(error) = self.look(pending, now, run).await {
                    tracing::warn!(workspace.id = %pending.workspace, contact.id = %pending.contact,
                        message.id = %pending.message, error.cause = %error, "message not looked at");
                    run.failed += 1;
                }
            }
            last = page.items.into_iter().next_back();
            if !page.more || last.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn look(&self, pending: &Pending, now: Millis, run: &mut Run) -> Result<(), RecordError> {
        let store = self.store.workspace(&pending.workspace);
        let traced = store.traced_message(pending.contact, pending.message).await.map_err(failed)?;
        // The index lags: what is gone has its turn behind it.
        let Some((message, cause)) = traced else { return Ok(()) };
        let work = async {
            match message.send {
                None => self.take_in(pending, &message, run).await,
                Some(_) => self.bring_back(pending, &message, now, run).await,
            }
        };
        correlation::within(cause.as_deref(), work).await
    }

    /// A message that somebody wrote elsewhere and that may not have reached its contact's head: once more changes
    /// nothing.
    async fn take_in(&self, pending: &Pending, message: &Message, run: &mut Run) -> Result<(), RecordError> {
        let store = self.store.workspace(&pending.workspace);
        let before = store.head(pending.contact).await.map_err(failed)?.map(|head| head.version);
        let after = match message.traffic {
            Traffic::Incoming => store.receive_on_head(pending.contact, message, None).await,
            Traffic::Outgoing => store.echo_on_head(pending.contact, message).await,
        };
        let after = after.map_err(failed)?;
        if before != Some(after.version) {
            run.found += 1;
            tracing::warn!(message.id = %pending.message, "a message had not reached its contact");
        }
        store.unmark_pending(pending.contact, pending.message).await.map_err(failed)
    }

    /// A message of ours whose time has passed: whoever sends looks at its identity again.
    async fn bring_back(
        &self,
        pending: &Pending,
        message: &Message,
        now: Millis,
        run: &mut Run,
    ) -> Result<(), RecordError> {
        let time = match message.send {
            Some(SendStep::Queued { due_at, .. }) => due_at,
            Some(SendStep::Sending { until, .. }) => until,
            _ => return Ok(()),
        };
        if now.since(time) < GRACE_MILLIS {
            return Ok(());
        }
        if self.stands_behind(pending, message, now).await? {
            return Ok(());
        }
        let whose = (pending.workspace.clone(), pending.contact, message.contact_channel_id.clone());
        let of = run.of.entry(pending.workspace.clone()).or_default();
        if *of >= NUDGES || run.nudged.contains(&whose) {
            return Ok(());
        }
        *of += 1;
        self.queue_up(pending, message, now).await?;
        let nudge = Nudge {
            workspace_id: pending.workspace.clone(),
            contact_id: pending.contact,
            contact_channel_id: message.contact_channel_id.clone(),
        };
        nudge.send(&*self.queue).await.map_err(failed)?;
        run.nudged.insert(whose);
        run.found += 1;
        tracing::info!(message.id = %pending.message, late.millis = now.since(time), "nudged again");
        Ok(())
    }

    /// Whether an earlier message of the same identity waits for its own time: nobody has forgotten this one.
    async fn stands_behind(
        &self,
        pending: &Pending,
        message: &Message,
        now: Millis,
    ) -> Result<bool, RecordError> {
        let store = self.store.workspace(&pending.workspace);
        let Some(stored) = store.stored_head(pending.contact).await.map_err(failed)? else {
            return Ok(false);
        };
        let first = stored.queue.iter().find(|one| one.contact_channel == message.contact_channel_id);
        let Some(first) = first.filter(|first| first.message != pending.message) else { return Ok(false) };
        let keeper = stored.head.keeper(&first.contact_channel);
        let first = store.message(keeper, first.message).await.map_err(failed)?;
        Ok(matches!(first.and_then(|first| first.send),
            Some(SendStep::Queued { due_at, .. }) if now.since(due_at) < GRACE_MILLIS))
    }

    /// A second try that died between the message and the queue of its contact is in no queue.
    async fn queue_up(&self, pending: &Pending, message: &Message, now: Millis) -> Result<(), RecordError> {
        let store = self.store.workspace(&pending.workspace);
        let queued = Queued { contact_channel: message.contact_channel_id.clone(), message: pending.message };
        let context = WriteContext { actor: Actor::source(Source::System), now };
        let rule = |stored: &mut colibri_store::Stored| {
            if stored.queue.contains(&queued) {
                return None;
            }
            stored.queue.push(queued.clone());
            Some(Vec::new())
        };
        match store.change_queue(pending.contact, &context, rule).await {
            Ok(_) => Ok(()),
            // The contact is no more; so is whatever he was to be sent.
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}
