//! The ports in memory: they record what they are asked and fail when a test says so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use colibri_app::ports::{
    Bus, BusEvent, CallLimits, Clock, Http, HttpError, Ids, Invoke, KeyVault, Mail, MailMessage, Metrics,
    PortError, PortErrorKind, Push, Pushed, Queue, QueueMessage, QueueName, Scheduler,
};
use colibri_domain::Millis;
use secrecy::{ExposeSecret, SecretString};

use crate::{locked, role};

/// A clock that stands until it is moved.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// Stands at an instant.
    pub fn at(now: Millis) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// Moves forward, in milliseconds.
    pub fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Stands elsewhere.
    pub fn set(&self, now: Millis) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    /// 2026-01-15 12:00:00 UTC.
    fn default() -> Self {
        Self::at(Millis(1_768_478_400_000))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that count up: the same in every run.
#[derive(Debug, Clone, Default)]
pub struct SeqIds(Arc<AtomicU64>);

impl SeqIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Ids for SeqIds {
    fn unique(&self) -> String {
        format!("{:032x}", self.next())
    }

    fn random(&self, below: u32) -> u32 {
        u32::try_from(self.next().wrapping_mul(2_654_435_761) % u64::from(below.max(1))).unwrap_or(0)
    }

    fn secret(&self) -> String {
        format!("{:064x}", self.next())
    }
}

fn unavailable(op: &'static str) -> PortError {
    PortError::new(PortErrorKind::Unavailable, op, "a test wants it so")
}

/// How many of the next calls fail.
#[derive(Debug, Default)]
struct Failing(AtomicU64);

impl Failing {
    fn now(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

/// Queues that keep what they were given.
#[derive(Debug, Clone, Default)]
pub struct RecordingQueue(Arc<QueueState>);

#[derive(Debug, Default)]
struct QueueState {
    messages: Mutex<Vec<(QueueName, QueueMessage)>>,
    failing: Failing,
}

impl RecordingQueue {
    /// The next calls fail.
    pub fn fail(&self, calls: u64) {
        self.0.failing.0.store(calls, Ordering::SeqCst);
    }

    /// Takes what one queue holds, in order. FIFO: a de-duplication id counts once.
    pub fn take(&self, queue: QueueName) -> Vec<QueueMessage> {
        let mut messages = locked(&self.0.messages);
        let (taken, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *messages).into_iter().partition(|(name, _)| *name == queue);
        *messages = left;
        let mut seen = BTreeSet::new();
        taken
            .into_iter()
            .map(|(_, message)| message)
            .filter(|message| {
                message.dedup.as_ref().is_none_or(|dedup| seen.insert((message.group.clone(), dedup.clone())))
            })
            .collect()
    }

    /// Everything that waits, without taking it.
    pub fn all(&self) -> Vec<(QueueName, QueueMessage)> {
        locked(&self.0.messages).clone()
    }
}

#[async_trait]
impl Queue for RecordingQueue {
    async fn send(&self, queue: QueueName, messages: Vec<QueueMessage>) -> Result<(), PortError> {
        role::port("Queue::send", &format!("{queue:?}"));
        if self.0.failing.now() {
            return Err(unavailable("queue"));
        }
        locked(&self.0.messages).extend(messages.into_iter().map(|message| (queue, message)));
        Ok(())
    }
}

/// A bus that keeps events.
#[derive(Debug, Clone, Default)]
pub struct RecordingBus(Arc<BusState>);

#[derive(Debug, Default)]
struct BusState {
    events: Mutex<Vec<BusEvent>>,
    refused: Mutex<BTreeSet<usize>>,
    failing: Failing,
}

impl RecordingBus {
    /// Takes the events published so far.
    pub fn take(&self) -> Vec<BusEvent> {
        std::mem::take(&mut *locked(&self.0.events))
    }

    /// The next call does not accept the events at these places.
    pub fn refuse(&self, places: impl IntoIterator<Item = usize>) {
        locked(&self.0.refused).extend(places);
    }

    /// The next calls fail.
    pub fn fail(&self, calls: u64) {
        self.0.failing.0.store(calls, Ordering::SeqCst);
    }
}

#[async_trait]
impl Bus for RecordingBus {
    async fn publish(&self, events: Vec<BusEvent>) -> Result<Vec<usize>, PortError> {
        role::port("Bus::publish", "");
        if self.0.failing.now() {
            return Err(unavailable("bus"));
        }
        let refused = std::mem::take(&mut *locked(&self.0.refused));
        let mut kept = locked(&self.0.events);
        kept.extend(
            events
                .into_iter()
                .enumerate()
                .filter(|(place, _)| !refused.contains(place))
                .map(|(_, event)| event),
        );
        Ok(refused.into_iter().collect())
    }
}

/// Sockets that keep frames.
#[derive(Debug, Clone, Default)]
pub struct RecordingPush(Arc<PushState>);

#[derive(Debug, Default)]
struct PushState {
    frames: Mutex<Vec<(String, String)>>,
    closed: Mutex<Vec<String>>,
    gone: Mutex<BTreeSet<String>>,
}

impl RecordingPush {
    /// Takes the frames pushed so far, with the connection of each.
    pub fn take(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *locked(&self.0.frames))
    }

    /// From now on this connection is gone.
    pub fn lose(&self, connection: &str) {
        locked(&self.0.gone).insert(connection.to_owned());
    }

    /// Connections closed by us.
    pub fn closed(&self) -> Vec<String> {
        locked(&self.0.closed).clone()
    }
}

#[async_trait]
impl Push for RecordingPush {
    async fn push(&self, connection: &str, frame: &str) -> Result<Pushed, PortError> {
        role::port("Push::push", "");
        if locked(&self.0.gone).contains(connection) {
            return Ok(Pushed::Gone);
        }
        locked(&self.0.frames).push((connection.to_owned(), frame.to_owned()));
        Ok(Pushed::Delivered)
    }

    async fn close(&self, connection: &str) -> Result<(), PortError> {
        role::port("Push::close", "");
        locked(&self.0.closed).push(connection.to_owned());
        locked(&self.0.gone).insert(connection.to_owned());
        Ok(())
    }
}

/// Mail that nobody gets.
#[derive(Debug, Clone, Default)]
pub struct RecordingMail(Arc<MailState>);

#[derive(Debug, Default)]
struct MailState {
    sent: Mutex<Vec<MailMessage>>,
    failing: Failing,
}

impl RecordingMail {
    /// Takes the mails sent so far.
    pub fn take(&self) -> Vec<MailMessage> {
        std::mem::take(&mut *locked(&self.0.sent))
    }

    /// The next calls fail.
    pub fn fail(&self, calls: u64) {
        self.0.failing.0.store(calls, Ordering::SeqCst);
    }
}

#[async_trait]
impl Mail for RecordingMail {
    async fn send(&self, message: &MailMessage) -> Result<(), PortError> {
        role::port("Mail::send", "");
        if self.0.failing.now() {
            return Err(unavailable("mail"));
        }
        locked(&self.0.sent).push(message.clone());
        Ok(())
    }
}

/// A wake-up as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WakeUp {
    pub at: Millis,
    pub queue: QueueName,
    pub message: QueueMessage,
}

/// A scheduler that keeps wake-ups by name; the first of a name stays.
#[derive(Debug, Clone, Default)]
pub struct RecordingScheduler(Arc<Mutex<BTreeMap<String, WakeUp>>>);

impl RecordingScheduler {
    /// Takes the wake-ups asked for so far.
    pub fn take(&self) -> BTreeMap<String, WakeUp> {
        std::mem::take(&mut *locked(&self.0))
    }
}

#[async_trait]
impl Scheduler for RecordingScheduler {
    async fn at(
        &self,
        name: &str,
        at: Millis,
        queue: QueueName,
        message: QueueMessage,
    ) -> Result<(), PortError> {
        role::port("Scheduler::at", "");
        locked(&self.0).entry(name.to_owned()).or_insert(WakeUp { at, queue, message });
        Ok(())
    }
}

/// Counters.
#[derive(Debug, Clone, Default)]
pub struct RecordingMetrics(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl RecordingMetrics {
    /// A counter's value.
    pub fn value(&self, name: &str) -> u64 {
        locked(&self.0).get(name).copied().unwrap_or(0)
    }
}

impl Metrics for RecordingMetrics {
    fn count(&self, name: &'static str, value: u64) {
        *locked(&self.0).entry(name).or_default() += value;
    }

    fn worst(&self, name: &'static str, millis: i64) {
        let mut values = locked(&self.0);
        let value = values.entry(name).or_default();
        *value = (*value).max(u64::try_from(millis).unwrap_or(0));
    }
}

/// Functions started, with their payloads.
#[derive(Debug, Clone, Default)]
pub struct RecordingInvoke(Arc<Mutex<Vec<(String, String)>>>);

impl RecordingInvoke {
    /// Takes the starts so far.
    pub fn take(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *locked(&self.0))
    }
}

#[async_trait]
impl Invoke for RecordingInvoke {
    async fn start(&self, function: &str, payload: &str) -> Result<(), PortError> {
        role::port("Invoke::start", "");
        locked(&self.0).push((function.to_owned(), payload.to_owned()));
        Ok(())
    }
}

type Answer = Result<http::Response<Bytes>, HttpError>;
type Handler = Box<dyn Fn(&http::Request<Bytes>) -> Answer + Send + Sync>;

/// The outside world by script: answers in turn, else by a rule, else nothing is listening.
#[derive(Clone, Default)]
pub struct ScriptedHttp(Arc<HttpState>);

#[derive(Default)]
struct HttpState {
    answers: Mutex<VecDeque<Answer>>,
    rule: Mutex<Option<Handler>>,
    requests: Mutex<Vec<http::Request<Bytes>>>,
}

impl ScriptedHttp {
    /// The next answer.
    pub fn answer(&self, status: u16, body: impl Into<Bytes>) {
        self.answer_with(Ok(response(status, body)));
    }

    /// The next answer, or failure.
    pub fn answer_with(&self, answer: Answer) {
        locked(&self.0.answers).push_back(answer);
    }

    /// What answers when no answer is planned.
    pub fn rule(&self, rule: impl Fn(&http::Request<Bytes>) -> Answer + Send + Sync + 'static) {
        *locked(&self.0.rule) = Some(Box::new(rule));
    }

    /// Takes the requests so far.
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        std::mem::take(&mut *locked(&self.0.requests))
    }
}

/// An answer with a status and body.
pub fn response(status: u16, body: impl Into<Bytes>) -> http::Response<Bytes> {
    let mut response = http::Response::new(body.into());
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

#[async_trait]
impl Http for ScriptedHttp {
    async fn call(
        &self,
        request: http::Request<Bytes>,
        limits: CallLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let planned = locked(&self.0.answers).pop_front();
        let answer = planned.or_else(|| locked(&self.0.rule).as_ref().map(|rule| rule(&request)));
        locked(&self.0.requests).push(request);
        match answer.unwrap_or_else(|| Err(HttpError::NotSent("nobody listens".into()))) {
            Ok(answer) if answer.body().len() as u64 > limits.max_bytes => {
                Err(HttpError::Refused("the answer is too large".into()))
            }
            other => other,
        }
    }
}

/// A vault whose seal names its scope: opening in another scope fails, and the stored text shows no secret.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryVault;

#[async_trait]
impl KeyVault for MemoryVault {
    async fn seal(&self, scope: &str, secret: &SecretString) -> Result<String, PortError> {
        role::port("KeyVault::seal", "");
        Ok(format!("sealed:{}", STANDARD.encode(format!("{scope}\n{}", secret.expose_secret()))))
    }

    async fn open(&self, scope: &str, sealed: &str) -> Result<SecretString, PortError> {
        role::port("KeyVault::open", "");
        let broken = || PortError::new(PortErrorKind::Corrupt, "vault", "not sealed for this scope");
        let bytes =
            sealed.strip_prefix("sealed:").and_then(|text| STANDARD.decode(text).ok()).ok_or_else(broken)?;
        let text = String::from_utf8(bytes).map_err(|_| broken())?;
        match text.split_once('\n') {
            Some((bound, secret)) if bound == scope => Ok(SecretString::from(secret.to_owned())),
            _ => Err(broken()),
        }
    }
}
