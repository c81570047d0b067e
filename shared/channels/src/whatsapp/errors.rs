//! The provider's error codes: what they mean and what follows.

use serde_json::Value;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use crate::json;
use crate::meta::answer;
use crate::wire::{HttpResponse, Refused, WaitScope};

use FailureClass::{Account, Final, OptedOut, OutsideWindow, Retry, Wait};
use FailureReason as R;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// First code.
    pub from: i64,
    /// Last code.
    pub to: i64,
    /// What happens next.
    pub class: FailureClass,
    /// The key of our sentence.
    pub reason: FailureReason,
}

const fn one(code: i64, class: FailureClass, reason: FailureReason) -> Rule {
    Rule { from: code, to: code, class, reason }
}

/// Every code that we know.
pub const RULES: &[Rule] = &[
    one(0, Account, R::TokenInvalid),
    one(190, Account, R::TokenInvalid),
    one(3, Account, R::PermissionMissing),
    one(10, Account, R::PermissionMissing),
    Rule { from: 200, to: 299, class: Account, reason: R::PermissionMissing },
    one(4, Wait, R::RateLimited),
    one(80007, Wait, R::RateLimited),
    one(130_429, Wait, R::RateLimited),
    one(131_056, Wait, R::PairLimited),
    one(131_048, Wait, R::SpamLimited),
    one(133_016, Wait, R::RateLimited),
    one(131_057, Wait, R::Unavailable),
    one(1, Retry, R::Unavailable),
    one(2, Retry, R::Unavailable),
    one(131_000, Retry, R::Unavailable),
    one(131_016, Retry, R::Unavailable),
    one(135_000, Retry, R::Unavailable),
    one(131_053, Retry, R::MediaFailed),
    one(131_052, Final, R::MediaFailed),
    one(131_047, OutsideWindow, R::WindowClosed),
    one(131_026, Final, R::Undeliverable),
    one(131_049, Final, R::MarketingHeld),
    one(131_050, OptedOut, R::OptedOut),
    one(130_472, Final, R::Experiment),
    one(131_021, Final, R::ToSelf),
    one(131_030, Final, R::NotTestRecipient),
    one(131_062, Final, R::IdentityNotAllowed),
    one(131_063, Final, R::IdentityNotAllowed),
    one(131_008, Final, R::InvalidParameter),
    one(131_009, Final, R::InvalidParameter),
    one(100, Final, R::InvalidParameter),
    one(131_051, Final, R::UnsupportedType),
    one(131_005, Account, R::AccessDenied),
    one(131_031, Account, R::AccountLocked),
    one(368, Account, R::AccountLocked),
    one(130_497, Final, R::CountryRestricted),
    one(131_037, Account, R::AccountProblem),
    one(131_042, Account, R::AccountProblem),
    one(131_045, Account, R::AccountProblem),
    one(33, Account, R::AccountProblem),
    one(132_000, Final, R::TemplateParameterCount),
    one(132_001, Final, R::TemplateMissing),
    one(132_005, Final, R::TemplateTooLong),
    one(132_007, Final, R::TemplatePolicy),
    one(132_008, Final, R::TemplateParameterFormat),
    one(132_012, Final, R::TemplateParameterFormat),
    one(132_015, Account, R::TemplatePaused),
    one(132_016, Account, R::TemplateDisabled),
    one(132_068, Final, R::FlowProblem),
    one(132_069, Final, R::FlowProblem),
    one(137_000, Final, R::IdentityKeyMismatch),
];

/// The rule for a code.
pub fn rule(code: i64) -> Option<&'static Rule> {
    RULES.iter().find(|rule| (rule.from..=rule.to).contains(&code))
}

/// Reads an error object, of an answer or of a failed status.
pub fn classify(error: &Value, secrets: &[&str]) -> Refused {
    let code = json::number(error, "code").map(f64::round);
    #[allow(clippy::cast_possible_truncation)] // codes are small; others meet no rule
    let known = code.and_then(|code| rule(code as i64));
    let (class, reason) = known.map_or((Final, R::Unknown), |rule| (rule.class, rule.reason));
    let failure = Failure {
        class,
        reason,
        code: code.map(|c| format!("{c:.0}")),
        provider_text: answer::text(error, secrets),
    };
    Refused {
        retry_after: known.and_then(|rule| pause(rule.from)),
        scope: (class == Wait).then_some(if reason == R::PairLimited {
            WaitScope::Pair
        } else {
            WaitScope::Account
        }),
        alert: class == Account || reason == R::SpamLimited,
        try_phone: reason == R::IdentityNotAllowed,
        failure,
        moved_to: None,
    }
}

/// Milliseconds to pause where the provider names none: its limits refill at very different speeds.
fn pause(code: i64) -> Option<i64> {
    match code {
        131_056 => Some(6_000),
        4 | 80007 | 131_057 => Some(60_000),
        131_048 => Some(600_000),
        133_016 => Some(3_600_000),
        _ => None,
    }
}

/// The body of an accepted request, or what its refusal means.
pub fn accepted(response: &HttpResponse) -> Result<Value, Refused> {
    answer::accepted(response, |error| classify(error, &[]))
}

/// The same for a question.
pub fn answered(response: &HttpResponse) -> Result<Value, Refused> {
    answer::answered(response, |error| classify(error, &[]))
}
