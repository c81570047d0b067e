//! Codes of Messenger and Instagram: a code alone says little, its sub-code decides.

use serde_json::Value;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use super::answer;
use crate::json;
use crate::wire::{Refused, WaitScope};

use FailureClass::{Account, Final, Retry, Wait};
use FailureReason as R;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// First code.
    pub from: i64,
    /// Last code.
    pub to: i64,
    /// The sub-code, where only that one is meant.
    pub sub: Option<i64>,
    /// What happens next.
    pub class: FailureClass,
    /// The key of our sentence.
    pub reason: FailureReason,
}

impl Rule {
    /// How cases name it.
    pub fn word(&self) -> String {
        match self.sub {
            Some(sub) => format!("{}/{sub}", self.from),
            None if self.from == self.to => self.from.to_string(),
            None => format!("{}-{}", self.from, self.to),
        }
    }
}

/// A code whatever its sub-code.
pub(crate) const fn code(code: i64, class: FailureClass, reason: FailureReason) -> Rule {
    Rule { from: code, to: code, sub: None, class, reason }
}

/// A code with its sub-code.
pub(crate) const fn with(code: i64, sub: i64, class: FailureClass, reason: FailureReason) -> Rule {
    Rule { from: code, to: code, sub: Some(sub), class, reason }
}

/// What both products have in common, after their own.
pub const COMMON: &[Rule] = &[
    code(190, Account, R::TokenInvalid),
    code(10, Account, R::PermissionMissing),
    Rule { from: 200, to: 299, sub: None, class: Account, reason: R::PermissionMissing },
    code(3, Account, R::PermissionMissing),
    code(368, Account, R::AccountLocked),
    code(4, Wait, R::RateLimited),
    code(17, Wait, R::RateLimited),
    code(32, Wait, R::RateLimited),
    code(613, Wait, R::RateLimited),
    Rule { from: 80000, to: 80014, sub: None, class: Wait, reason: R::RateLimited },
    code(1, Retry, R::Unavailable),
    code(2, Retry, R::Unavailable),
    code(1200, Retry, R::Unavailable),
    code(100, Final, R::InvalidParameter),
];

/// The rule for a code and its sub-code: exact ones first.
pub fn rule(rules: &'static [Rule], code: i64, sub: Option<i64>) -> Option<&'static Rule> {
    let all = || rules.iter().chain(COMMON).filter(|rule| (rule.from..=rule.to).contains(&code));
    all().find(|rule| rule.sub.is_some() && rule.sub == sub).or_else(|| all().find(|rule| rule.sub.is_none()))
}

/// Words of a table, as cases name them.
pub(crate) fn words(rules: &'static [Rule]) -> Vec<String> {
    rules.iter().chain(COMMON).map(Rule::word).collect()
}

/// Reads an error object of an answer.
#[allow(clippy::cast_possible_truncation)] // codes are small; others meet no rule
pub(crate) fn classify(rules: &'static [Rule], error: &Value) -> Refused {
    let number = |key: &str| json::number(error, key).map(|number| number.round() as i64);
    let (code, sub) = (number("code"), number("error_subcode"));
    let known = code.and_then(|code| rule(rules, code, sub));
    let (class, reason) = known.map_or((Final, R::Unknown), |rule| (rule.class, rule.reason));
    let named = code.map(|code| match sub {
        Some(sub) => format!("{code}/{sub}"),
        None => code.to_string(),
    });
    let failure = Failure { class, reason, code: named, provider_text: answer::text(error, &[]) };
    Refused {
        retry_after: (class == Wait).then_some(60_000),
        scope: (class == Wait).then_some(WaitScope::Account),
        alert: class == Account,
        ..Refused::new(failure)
    }
}
