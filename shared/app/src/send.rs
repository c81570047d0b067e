//! What was accepted leaves: in order per identity, within every limit, and never twice in silence.
//!
//! Messages wait in the table. A nudge says where to look; whoever handles it takes the first message of that
//! identity by a conditional step, hands it to the provider and records what came of it before it looks at the next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use colibri_channels::media::{Upload, read_upload, upload_request};
use colibri_channels::send::{Material, MediaHandle, Outcome, Outgoing, SendError, Sent, read_response, request, transport_failure};
use colibri_channels::{Endpoint, HttpRequest, Refused};
use colibri_domain::channel::{Channel, ChannelError, ChannelState};
use colibri_domain::contact::ContactChannel;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::{Actor, AfterFailure, Message, SendStep, Source, after_failure};
use colibri_domain::outbound::{HeaderParameter, OutboundContent};
use colibri_domain::template::Template;
use colibri_domain::{ChannelId, Millis};
use colibri_store::{File, Files, Store, Stored, Taken, WorkspaceStore, WriteContext};

use crate::http::{Record, RecordError, RecordHandler};
use crate::nudge::Nudge;
use crate::ports::{Clock, HttpError, Ids, Metrics, Queue, QueueName, Scheduler};
use crate::provider::{PROVIDER_LIMITS, Providers};
use crate::receipts::ReadReceipts;
use crate::status::reference;

/// A provider call ends within 20 s; after this nobody knows what became of it.
const LEASE_MILLIS: i64 = 60_000;
/// Messages that one nudge sends before it makes room for others.
const RUN: usize = 20;
/// The longest delay of a queue.
const QUEUE_DELAY_MILLIS: i64 = 15 * 60 * 1000;
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
    /// Places of the current second that this process holds.
    pub places: Places,
}

/// Places left of a number's current second.
#[derive(Default)]
pub struct Places(Mutex<Option<(ChannelId, i64, u32)>>);

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
        let nudge: Nudge = serde_json::from_str(&record.body).map_err(|e| RecordError(format!("nudge: {e}")))?;
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
        let Some(stored) = store.stored_head(nudge.contact_id).await.map_err(failed)? else { return Ok(Next::Done) };
        let first = stored.queue.iter().find(|queued| queued.contact_channel == nudge.contact_channel_id);
        let Some(first) = first else { return Ok(Next::Done) };
        let Some(message) = store.message(nudge.contact_id, first.message).await.map_err(failed)? else {
            return Err(RecordError("a queued message is missing".into()));
        };
        match message.send {
            Some(SendStep::Queued { due_at, .. }) if due_at > now => Ok(Next::Wait(due_at.since(now))),
            Some(SendStep::Queued { .. }) => self.attempt(store, &stored, message).await,
            Some(SendStep::Sending { until, .. }) if until > now => Ok(Next::Wait(until.since(now))),
            Some(SendStep::Sending { .. }) => self.lost(store, message).await,
            // It has left already; only the queue does not know yet.
            _ => self.leave(store, &message, None).await,
        }
    }

    async fn leave(&self, store: &WorkspaceStore, message: &Message, due: Option<Millis>) -> Result<Next, RecordError> {
        store.leave_queue(message, due, self.clock.now()).await.map_err(failed)?;
        Ok(Next::Go)
    }

    /// Somebody died between the provider's answer and our note of it. The provider's reports tell, if any came;
    /// else only a person decides whether to send again.
    async fn lost(&self, store: &WorkspaceStore, message: Message) -> Result<Next, RecordError> {
        let (step, failure) = if message.statuses.is_empty() {
            self.metrics.count("send.ambiguous", 1);
            (SendStep::Ambiguous, Some(Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed)))
        } else {
            (SendStep::Accepted, None)
        };
        match store.step(&message, &step, None, failure.as_ref(), self.clock.now()).await.map_err(failed)? {
            Some(message) => self.leave(store, &message, None).await,
            None => Ok(Next::Go),
        }
    }

    async fn refuse(&self, store: &WorkspaceStore, message: &Message, failure: &Failure) -> Result<Next, RecordError> {
        self.metrics.count("send.failed", 1);
        match store.step(message, &SendStep::Failed, None, Some(failure), self.clock.now()).await.map_err(failed)? {
            Some(message) => self.leave(store, &message, None).await,
            None => Ok(Next::Go),
        }
    }

    async fn attempt(&self, store: &WorkspaceStore, stored: &Stored, message: Message) -> Result<Next, RecordError> {
        let now = self.clock.now();
        let channel = store.channel(&message.channel_id).await.map_err(failed)?;
        let identity = stored.head.channel(&message.contact_channel_id);
        let (Some(channel), Some(identity)) = (channel, identity) else {
            return self.refuse(store, &message, &ours(FailureReason::ChannelDisconnected)).await;
        };
        if let Some(failure) = forbidden(&channel, identity, stored.head.blocked, &message, now) {
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
        let taken = store.take_send(message.contact_id, message.id, now, now.plus(LEASE_MILLIS)).await.map_err(failed)?;
        let Taken::Leased(message) = taken else { return Ok(Next::Go) };
        let outcome = self.hand_over(store, &channel, identity, &message).await;
        self.record(store, &channel, identity, message, outcome, pace.map(|pace| pace.after(due, now))).await
    }

    /// A place in the number's current second; taken in blocks, so that it costs few writes.
    async fn place(&self, store: &WorkspaceStore, channel: &Channel, now: Millis) -> Result<bool, RecordError> {
        let second = now.seconds().0;
        {
            let mut held = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((id, at, left)) = held.as_mut() {
                if *id == channel.id && *at == second && *left > 0 {
                    *left -= 1;
                    return Ok(true);
                }
            }
        }
        let limit = channel.throughput.max(1);
        let block = store.lease_tokens(&channel.id, second, BLOCK.min(limit), limit).await.map_err(failed)?;
        if block == 0 {
            return Ok(false);
        }
        *self.places.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((channel.id.clone(), second, block - 1));
        Ok(true)
    }

    /// Hands a message to the provider. Nothing here fails the record: the message is leased, its outcome is noted.
    async fn hand_over(&self, store: &WorkspaceStore, channel: &Channel, identity: &ContactChannel, message: &Message) -> Outcome {
        let unavailable = || Outcome::Failed(Refused::new(Failure::ours(FailureClass::Retry, FailureReason::Unavailable)));
        let endpoint = match self.providers.endpoint(store, channel).await {
            Ok(endpoint) => endpoint,
            Err(error) => {
                tracing::warn!(channel.id = %channel.id, error.cause = %error, "no endpoint");
                return unavailable();
            }
        };
        let Some(content) = &message.outbound else {
            return Outcome::Failed(Refused::new(ours(FailureReason::Unknown)));
        };
        let Ok((file, template)) = self.material(store, channel, content).await else { return unavailable() };
        let media = match &file {
            Some(file) => match self.upload(channel.source, &endpoint, store, file).await {
                Ok(handle) => Some(handle),
                Err(refused) => return Outcome::Failed(refused),
            },
            None => None,
        };
        let reply_to = message.reply_to.as_ref().map(|q| q.channel_message_id.as_str());
        let reference = reference(&store.id, message.contact_id, message.id);
        let file = file.as_ref().and_then(File::reference);
        let build = |to: &str| {
            let material = Material { file: file.as_ref(), template: template.as_ref(), language: "es" };
            let outgoing = Outgoing { to, content, material, media: media.as_ref(), reply_to, reference: &reference };
            request(channel.source, &endpoint, &outgoing)
        };
        let outcome = self.call(channel, build(&identity.identity)).await;
        match (&outcome, phone_of(identity)) {
            // This kind of message does not go to a scoped id: the number may take it.
            (Outcome::Failed(refused), Some(phone)) if refused.try_phone => self.call(channel, build(phone)).await,
            _ => outcome,
        }
    }

    async fn call(&self, channel: &Channel, request: Result<HttpRequest, SendError>) -> Outcome {
        let request = match request {
            Ok(request) => request,
            Err(SendError::Refused(refusal)) => return Outcome::Failed(Refused::new(refusal.code.failure())),
            Err(SendError::Invalid(_)) => return Outcome::Failed(Refused::new(Failure::ours(FailureClass::Account, FailureReason::AccountProblem))),
        };
        match self.providers.call(request, PROVIDER_LIMITS).await {
            Ok(answer) => read_response(channel.source, &answer),
            Err(HttpError::NotSent(_)) => Outcome::Failed(transport_failure(false)),
            Err(HttpError::AnswerLost(_) | HttpError::Refused(_)) => Outcome::Failed(transport_failure(true)),
        }
    }

    async fn material(&self, store: &WorkspaceStore, channel: &Channel, content: &OutboundContent) -> Result<(Option<File>, Option<Template>), RecordError> {
        let (file, template) = match content {
            OutboundContent::Attachment { file_id, .. } => (Some(file_id), None),
            OutboundContent::Template(send) => {
                let file = match &send.parameters.header {
                    Some(HeaderParameter::File { file_id }) => Some(file_id),
                    _ => None,
                };
                (file, Some(send))
            }
            _ => (None, None),
        };
        let file = match file {
            Some(id) => store.file(id).await.map_err(failed)?,
            None => None,
        };
        let template = match template {
            Some(send) => store.template(&channel.id, &send.name, &send.language).await.map_err(failed)?,
            None => None,
        };
        Ok((file, template))
    }

    async fn upload(&self, source: colibri_domain::channel::ChannelSource, endpoint: &Endpoint, store: &WorkspaceStore, file: &File) -> Result<MediaHandle, Refused> {
        let broken = |class| Refused::new(Failure::ours(class, FailureReason::MediaFailed));
        let bytes = self.files.read(&store.id, &file.id).await.map_err(|_| broken(FailureClass::Retry))?;
        let upload = Upload { name: &file.name, mime_type: &file.mime_type, bytes: &bytes };
        let request = upload_request(source, endpoint, &upload).map_err(|_| broken(FailureClass::Final))?;
        // An upload that is lost has sent nothing: it is simply repeated.
        let answer = self.providers.call(request, PROVIDER_LIMITS).await.map_err(|_| transport_failure(false))?;
        read_upload(source, &answer).map(MediaHandle::Id)
    }

    async fn record(&self, store: &WorkspaceStore, channel: &Channel, identity: &ContactChannel, message: Message, outcome: Outcome, due: Option<Millis>) -> Result<Next, RecordError> {
        match outcome {
            Outcome::Sent(sent) => {
                self.metrics.count("send.accepted", 1);
                let noted = store.step(&message, &SendStep::Accepted, Some(&sent.provider_id), None, self.clock.now()).await.map_err(failed)?;
                let next = self.leave(store, noted.as_ref().unwrap_or(&message), due).await?;
                self.after(store, channel, identity, &message, &sent).await;
                Ok(next)
            }
            Outcome::Failed(refused) => self.refused(store, channel, message, refused).await,
        }
    }

    /// What is worth doing after a send, and no reason to fail one.
    async fn after(&self, store: &WorkspaceStore, channel: &Channel, identity: &ContactChannel, message: &Message, sent: &Sent) {
        let new: Vec<String> = sent.aliases.iter().filter(|a| **a != identity.identity && !identity.aliases.contains(a)).cloned().collect();
        if !new.is_empty() {
            let context = WriteContext { actor: Actor::source(Source::System), now: self.clock.now() };
            if let Err(error) = store.connect_identity(message.contact_id, identity.clone(), &new, &context).await {
                tracing::info!(error.cause = %error, "further identity not kept");
            }
        }
        let unanswered = identity.last_inbound_at >= identity.last_message_at.filter(|at| *at < message.at);
        let wanted = channel.read_receipts != colibri_domain::channel::ReadReceipts::Never;
        if message.sender.source == Source::User && unanswered && wanted {
            ReadReceipts { providers: self.providers.clone() }.send(store, channel, identity).await;
        }
    }

    async fn refused(&self, store: &WorkspaceStore, channel: &Channel, message: Message, refused: Refused) -> Result<Next, RecordError> {
        let now = self.clock.now();
        let attempts = match message.send {
            Some(SendStep::Sending { attempts, .. }) => attempts,
            _ => 0,
        };
        match after_failure(refused.failure.class, attempts, refused.retry_after, self.ids.random(1000)) {
            AfterFailure::Again { delay, attempts } => {
                self.metrics.count("send.waits", 1);
                let step = SendStep::Queued { due_at: now.plus(delay), attempts };
                store.step(&message, &step, None, None, now).await.map_err(failed)?;
                Ok(Next::Wait(delay))
            }
            AfterFailure::Ambiguous => {
                self.metrics.count("send.ambiguous", 1);
                match store.step(&message, &SendStep::Ambiguous, None, Some(&refused.failure), now).await.map_err(failed)? {
                    Some(message) => self.leave(store, &message, None).await,
                    None => Ok(Next::Go),
                }
            }
            AfterFailure::Fail => {
                if refused.failure.class == FailureClass::Account {
                    self.mark(store, channel, &refused.failure, now).await?;
                }
                self.refuse(store, &message, &refused.failure).await
            }
        }
    }

    /// The account has a problem: its channel shows it, so that not every message has to.
    async fn mark(&self, store: &WorkspaceStore, channel: &Channel, failure: &Failure, now: Millis) -> Result<(), RecordError> {
        let template = matches!(failure.reason, FailureReason::TemplatePaused | FailureReason::TemplateDisabled);
        if template || channel.state != ChannelState::Connected {
            return Ok(());
        }
        let error = ChannelError { reason: failure.reason, code: failure.code.clone(), at: now };
        let broken = Channel { state: ChannelState::Error, error: Some(error), ..channel.clone() };
        store.put_channel(&broken, None).await.map_err(failed)
    }
}

fn ours(reason: FailureReason) -> Failure {
    Failure::ours(FailureClass::Final, reason)
}

/// Why a message may not leave now, though it was accepted.
fn forbidden(channel: &Channel, identity: &ContactChannel, blocked: bool, message: &Message, now: Millis) -> Option<Failure> {
    if channel.state == ChannelState::Disconnected {
        return Some(ours(FailureReason::ChannelDisconnected));
    }
    if blocked {
        return Some(ours(FailureReason::BlockedContact));
    }
    let template = matches!(message.outbound, Some(OutboundContent::Template(_)));
    if !template && !channel.source.window().is_open(identity.last_inbound_at, now) {
        return Some(Failure::ours(FailureClass::OutsideWindow, FailureReason::WindowClosed));
    }
    None
}

/// The identity's phone number, where it is known beside a scoped id.
fn phone_of(identity: &ContactChannel) -> Option<&str> {
    identity.aliases.iter().map(String::as_str).find(|alias| alias.len() >= 7 && alias.bytes().all(|b| b.is_ascii_digit()))
}
