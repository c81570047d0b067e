//! The provider's codes: what they mean and what follows. The same codes come in answers and in reports.

use serde_json::Value;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use crate::json;
use crate::redact::redact;
use crate::wire::{HttpResponse, Refused, WaitScope, retry_after};

use FailureClass::{Account, Final, OptedOut, OutsideWindow, Retry, Wait};
use FailureReason as R;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The provider's `code` or `ErrorCode`.
    pub code: u32,
    /// What happens next.
    pub class: FailureClass,
    /// The key of our sentence.
    pub reason: FailureReason,
}

const fn rule(code: u32, class: FailureClass, reason: FailureReason) -> Rule {
    Rule { code, class, reason }
}

/// Every code that we know.
pub const RULES: &[Rule] = &[
    rule(20_003, Account, R::TokenInvalid),
    rule(20_005, Account, R::AccountLocked),
    rule(20_404, Account, R::AccountProblem),
    rule(20_429, Wait, R::RateLimited),
    rule(21_211, Final, R::Undeliverable),
    rule(21_217, Final, R::Undeliverable),
    rule(21_408, Account, R::CountryRestricted),
    rule(21_602, Final, R::InvalidParameter),
    rule(21_606, Account, R::AccountProblem),
    rule(21_610, OptedOut, R::OptedOut),
    rule(21_611, Wait, R::RateLimited),
    rule(21_612, Final, R::Undeliverable),
    rule(21_614, Final, R::Undeliverable),
    rule(21_617, Final, R::InvalidParameter),
    rule(21_620, Final, R::MediaFailed),
    rule(21_621, Final, R::MediaFailed),
    rule(21_622, Final, R::MediaFailed),
    rule(21_623, Final, R::MediaFailed),
    rule(21_659, Account, R::AccountProblem),
    rule(30_001, Retry, R::Unavailable),
    rule(30_002, Account, R::AccountLocked),
    rule(30_003, Retry, R::Undeliverable),
    rule(30_004, Final, R::BlockedByContact),
    rule(30_005, Final, R::Undeliverable),
    rule(30_006, Final, R::Undeliverable),
    rule(30_007, Final, R::SpamLimited),
    rule(30_008, Retry, R::Unconfirmed),
    rule(30_017, Retry, R::Unavailable),
    rule(30_022, Wait, R::RateLimited),
    rule(30_023, Wait, R::RateLimited),
    rule(30_027, Wait, R::RateLimited),
    rule(30_032, Account, R::AccountProblem),
    rule(30_034, Account, R::AccountProblem),
    // Of WhatsApp through the same provider.
    rule(63_016, OutsideWindow, R::WindowClosed),
    rule(63_018, Wait, R::RateLimited),
    rule(63_024, Final, R::Undeliverable),
    rule(63_032, Final, R::Undeliverable),
    rule(63_038, Wait, R::RateLimited),
];

/// The rule for a code.
pub fn rule_for(code: u32) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// What a report of failure means.
pub fn reported(code: Option<u32>, words: Option<&str>) -> Failure {
    let known = code.and_then(rule_for);
    Failure {
        class: known.map_or(Final, |rule| rule.class),
        reason: known.map_or(R::Unknown, |rule| rule.reason),
        code: code.map(|code| code.to_string()),
        provider_text: words.map(|words| redact(words, &[])),
    }
}

/// What was asked for, or what the refusal means.
pub fn accepted(response: &HttpResponse) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let status = response.status();
    if status.is_success() && body.is_object() {
        return Ok(body);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
    let code = json::number(&body, "code").map(|code| code.clamp(0.0, 999_999.0) as u32);
    let words = json::filled(&body, "message");
    let mut failure = reported(code, words.as_deref());
    if code.and_then(rule_for).is_none() {
        (failure.class, failure.reason) = by_status(status.as_u16(), code.is_some());
        failure.code.get_or_insert_with(|| format!("http_{}", status.as_u16()));
    }
    let waits = failure.class == Wait;
    Err(Refused {
        retry_after: retry_after(response.headers()).filter(|_| waits),
        scope: waits.then_some(WaitScope::Account),
        alert: failure.class == Account || failure.reason == R::SpamLimited,
        ..Refused::new(failure)
    })
}

/// The meaning of an answer without a code that we know. With a code of its own the provider says that it did nothing.
const fn by_status(status: u16, coded: bool) -> (FailureClass, FailureReason) {
    match status {
        401 | 403 => (Account, R::TokenInvalid),
        429 => (Wait, R::RateLimited),
        // A gateway lost the answer of whoever may have done it; and a success that nobody can read is no proof.
        200..=299 | 408 | 502 | 504 if !coded => (FailureClass::Ambiguous, R::Unconfirmed),
        500..=599 => (Retry, R::Unavailable),
        _ => (Final, R::Unknown),
    }
}

/// The same for a question: one whose answer nobody can read is simply asked again.
pub fn answered(response: &HttpResponse) -> Result<Value, Refused> {
    accepted(response).map_err(|mut refused| {
        if refused.failure.class == FailureClass::Ambiguous {
            (refused.failure.class, refused.failure.reason) = (Retry, R::Unavailable);
        }
        refused
    })
}
