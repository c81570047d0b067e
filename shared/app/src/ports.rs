//! What use cases need from the outside, as small traits. `shared/lambda` implements them on AWS,
//! `shared/testing` in memory.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_domain::{EventId, Millis};
use secrecy::SecretString;

/// Why an outside call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{op}: {kind:?}: {detail}")]
pub struct PortError {
    /// What class of failure.
    pub kind: PortErrorKind,
    /// What was being done.
    pub op: &'static str,
    /// For logs; no secrets, no bodies.
    pub detail: String,
}

/// Classes of failure that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PortErrorKind {
    NotFound,
    Conflict,
    Throttled,
    Unavailable,
    Denied,
    Corrupt,
}

impl PortError {
    /// Builds one.
    pub fn new(kind: PortErrorKind, op: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, op, detail: detail.into() }
    }
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Millis;
}

/// Unique and random values.
pub trait Ids: Send + Sync {
    /// A time-sortable unique part for a prefixed id (`UUIDv7` without hyphens).
    fn unique(&self) -> String;
    /// 0 to `below` - 1, for jitter.
    fn random(&self, below: u32) -> u32;
    /// 32 random bytes as lower-case hex, for tickets and tokens.
    fn secret(&self) -> String;
}

/// The queues of the bundle, by name; the runtime knows their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum QueueName {
    /// FIFO: one group per channel and identity.
    Inbound,
    Status,
    Media,
    Outbound,
    /// Visitors of web chats to look after.
    Note,
    /// Where work goes that nothing can be done with: JSON with `source` and `reason`.
    Dead,
}

/// One message to put on a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// JSON. Bodies over 1 MiB are the caller's affair (a reference to a file).
    pub body: String,
    /// FIFO: what is kept in order. Standard: the workspace, for fairness. Hashed by the runtime if too long.
    pub group: String,
    /// FIFO only: what makes two sends the same one.
    pub dedup: Option<String>,
    /// Standard only; at most 15 minutes.
    pub delay: Duration,
}

/// Sends to queues.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Returns once every message is durably accepted; any failure is an error for the whole call.
    async fn send(&self, queue: QueueName, messages: Vec<QueueMessage>) -> Result<(), PortError>;
}

/// One event for the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEvent {
    /// `message.received`, …
    pub name: &'static str,
    /// For logs.
    pub id: EventId,
    /// JSON of the whole event with the contact's head.
    pub detail: String,
}

/// The event bus.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes; returns the places of those that were not accepted.
    async fn publish(&self, events: Vec<BusEvent>) -> Result<Vec<usize>, PortError>;
}

/// Result of a push to a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// Handed over.
    Delivered,
    /// The socket is gone: forget it.
    Gone,
}

/// Pushes to the sockets of agents.
#[async_trait]
pub trait Push: Send + Sync {
    /// Pushes one frame (at most 128 KB).
    async fn push(&self, connection: &str, frame: &str) -> Result<Pushed, PortError>;
    /// Closes a socket; one that is gone already counts as closed.
    async fn close(&self, connection: &str) -> Result<(), PortError>;
}

/// A one-shot wake-up further away than a queue's delay reaches.
#[async_trait]
pub trait Scheduler: Send + Sync {
    /// Sends `message` to `queue` at `at` (whole seconds); the same `name` again replaces nothing and succeeds.
    async fn at(
        &self,
        name: &str,
        at: Millis,
        queue: QueueName,
        message: QueueMessage,
    ) -> Result<(), PortError>;
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct MailMessage {
    pub to: String,
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Sends mail from the installation's own address.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands a mail over. `Denied`: no address is set up, or this mail is never taken; trying again is no use.
    async fn send(&self, message: &MailMessage) -> Result<(), PortError>;
}

/// How an outside HTTP call ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Nothing reached the other side: refused, not resolved, TLS failed, time-out while connecting.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request was (or may have been) received, the answer is lost.
    #[error("answer lost: {0}")]
    AnswerLost(String),
    /// The guard refused the address, or the answer was larger than allowed.
    #[error("refused: {0}")]
    Refused(String),
}

/// Who chose the address of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// A provider's base address from configuration.
    Provider,
    /// A user or a provider's payload: goes through the guard against private addresses.
    Untrusted,
}

/// Limits of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Whole call.
    pub timeout: Duration,
    /// Bytes of the answer.
    pub max_bytes: u64,
    /// Who chose the address.
    pub trust: Trust,
}

/// Outbound HTTP. Never follows redirects on its own for providers; for untrusted addresses each hop is checked.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends a request and reads the whole answer.
    async fn call(
        &self,
        request: http::Request<Bytes>,
        limits: CallLimits,
    ) -> Result<http::Response<Bytes>, HttpError>;
}

/// Encrypts tenant credentials with a key of the workspace (envelope).
#[async_trait]
pub trait KeyVault: Send + Sync {
    /// Encrypts; the result is storable text that names what it needs for reading. `scope` binds it (workspace or `installation`).
    async fn seal(&self, scope: &str, secret: &SecretString) -> Result<String, PortError>;
    /// Decrypts what `seal` made for the same scope. Cached in memory by the implementation.
    async fn open(&self, scope: &str, sealed: &str) -> Result<SecretString, PortError>;
}

/// Tokens of a signed-in user.
#[derive(Clone)]
pub struct Tokens {
    /// For the Authorization header.
    pub access: SecretString,
    /// For the cookie; absent where the provider kept the old one valid.
    pub refresh: Option<SecretString>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

/// What a sign-in led to.
#[allow(missing_docs)]
pub enum SignIn {
    Done(Tokens),
    NewPassword { session: String },
}

/// Why the identity provider said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum IdentityError {
    #[error("wrong e-mail or password")]
    Wrong,
    #[error("the password is too weak")]
    WeakPassword,
    #[error("the code is wrong or has expired")]
    WrongCode,
    #[error("too many attempts")]
    TooMany,
    #[error("the session has ended")]
    Ended,
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The user pool.
#[async_trait]
pub trait Identity: Send + Sync {
    /// E-mail and password.
    async fn sign_in(&self, email: &str, password: &SecretString) -> Result<SignIn, IdentityError>;
    /// Answers the forced first password.
    async fn new_password(
        &self,
        email: &str,
        session: &str,
        password: &SecretString,
    ) -> Result<Tokens, IdentityError>;
    /// New access token.
    async fn refresh(&self, refresh: &SecretString) -> Result<Tokens, IdentityError>;
    /// Ends the session of a refresh token; one that has ended counts as success.
    async fn sign_out(&self, refresh: &SecretString) -> Result<(), IdentityError>;
    /// Mails a code; an unknown e-mail looks the same.
    async fn forgot(&self, email: &str) -> Result<(), IdentityError>;
    /// Sets a password by the mailed code.
    async fn reset(&self, email: &str, code: &str, password: &SecretString) -> Result<(), IdentityError>;
    /// Sets the password of who holds an access token and knows the old one; `Wrong` where he does not.
    async fn change_password(
        &self,
        access: &SecretString,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(), IdentityError>;
    /// Ends every session of who holds an access token, this one too: no refresh token of his works any more. Access
    /// tokens that are out live on until they expire.
    async fn sign_out_everywhere(&self, access: &SecretString) -> Result<(), IdentityError>;
    /// Makes an account of an address that is proved, with a password that lasts; of one that is there already it sets
    /// the password. Returns the pool's id of the user.
    async fn create(&self, email: &str, password: &SecretString) -> Result<String, IdentityError>;
    /// Checks an access token's signature, issuer, client and expiry, and says whose it is.
    async fn verify(&self, access: &str) -> Result<AccessClaims, IdentityError>;
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// The pool's id of the user.
    pub subject: String,
    /// When it was issued.
    pub issued_at: Millis,
}

/// Starts another function of the bundle without waiting for it.
#[async_trait]
pub trait Invoke: Send + Sync {
    /// `function` is a folder name; `payload` is JSON.
    async fn start(&self, function: &str, payload: &str) -> Result<(), PortError>;
}

/// Counters of the installation; at most 20 names, see the runtime's list. One line per invocation, only what is not zero.
pub trait Metrics: Send + Sync {
    /// Adds to a counter.
    fn count(&self, name: &'static str, value: u64);
    /// Notes a delay in milliseconds; of several in an invocation the longest counts. Not kept where nobody looks.
    fn worst(&self, _name: &'static str, _millis: i64) {}
}
