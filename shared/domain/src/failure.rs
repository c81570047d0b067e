//! Why a send failed, in words that the console can translate and in classes that decide what happens next.

use serde::{Deserialize, Serialize};

/// What to do after a provider refused or did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Retry soon, with growing gaps.
    Retry,
    /// Wait: a limit was reached. Never counts as an attempt.
    Wait,
    /// Final for this message.
    Final,
    /// The account, token or template has a problem: the channel is marked and people are told.
    Account,
    /// The contact does not want these messages: recorded, never retried.
    OptedOut,
    /// The window is closed: a template is needed.
    OutsideWindow,
    /// The provider may have accepted it: reconciled by its echo data, else shown to the agent.
    Ambiguous,
}

/// A stable key that the console turns into a sentence with advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FailureReason {
    TokenInvalid,
    PermissionMissing,
    RateLimited,
    PairLimited,
    SpamLimited,
    Unavailable,
    MediaFailed,
    WindowClosed,
    Undeliverable,
    MarketingHeld,
    OptedOut,
    BlockedByContact,
    Experiment,
    ToSelf,
    NotTestRecipient,
    IdentityNotAllowed,
    InvalidParameter,
    UnsupportedType,
    AccessDenied,
    AccountLocked,
    CountryRestricted,
    AccountProblem,
    TemplateParameterCount,
    TemplateMissing,
    TemplateTooLong,
    TemplatePolicy,
    TemplateParameterFormat,
    TemplatePaused,
    TemplateDisabled,
    FlowProblem,
    IdentityKeyMismatch,
    ChannelDisconnected,
    ServiceEnded,
    BlockedContact,
    Unconfirmed,
    Unknown,
}

/// A failed (or unconfirmed) send as stored with the message and shown under its bubble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Failure {
    /// What happens next.
    pub class: FailureClass,
    /// The key of our sentence.
    pub reason: FailureReason,
    /// The provider's own code, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's own words, at most 500 characters, never with a secret in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_text: Option<String>,
}

impl Failure {
    /// A failure that we decide ourselves.
    pub fn ours(class: FailureClass, reason: FailureReason) -> Self {
        Self { class, reason, code: None, provider_text: None }
    }

    /// Whether "retry" makes sense for the agent: not where it would only fail again.
    pub fn is_retryable(&self) -> bool {
        !matches!(self.class, FailureClass::OptedOut | FailureClass::OutsideWindow)
    }
}
