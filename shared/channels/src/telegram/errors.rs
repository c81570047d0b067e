//! The provider's refusals: what they mean and what follows. There are no codes but HTTP's: the words decide.

use serde_json::Value;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use crate::json;
use crate::redact::redact;
use crate::wire::{HttpResponse, Refused, WaitScope, retry_after};

use FailureClass::{Account, Final, OptedOut, Retry, Wait};
use FailureReason as R;

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The provider's `error_code`; 500 stands for all from there on.
    pub code: u16,
    /// In lower case, somewhere in its description; empty for any.
    pub says: &'static str,
    /// What happens next.
    pub class: FailureClass,
    /// The key of our sentence.
    pub reason: FailureReason,
}

impl Rule {
    /// How cases name it.
    pub fn word(&self) -> String {
        if self.says.is_empty() { self.code.to_string() } else { format!("{} {}", self.code, self.says) }
    }
}

const fn rule(code: u16, says: &'static str, class: FailureClass, reason: FailureReason) -> Rule {
    Rule { code, says, class, reason }
}

/// Every refusal that we know; the first that fits counts.
pub const RULES: &[Rule] = &[
    rule(429, "", Wait, R::RateLimited),
    rule(401, "", Account, R::TokenInvalid),
    rule(404, "", Account, R::TokenInvalid),
    rule(409, "", Account, R::AccountProblem),
    rule(403, "bot was blocked", OptedOut, R::BlockedByContact),
    rule(403, "user is deactivated", OptedOut, R::Undeliverable),
    rule(403, "can't initiate conversation", OptedOut, R::Undeliverable),
    rule(403, "bot was kicked", OptedOut, R::Undeliverable),
    rule(403, "", OptedOut, R::Undeliverable),
    rule(413, "", Final, R::MediaFailed),
    rule(400, "chat not found", Final, R::Undeliverable),
    rule(400, "peer_id_invalid", Final, R::Undeliverable),
    rule(400, "upgraded to a supergroup", Final, R::Undeliverable),
    rule(400, "voice_messages_forbidden", Final, R::UnsupportedType),
    rule(400, "failed to get http url content", Retry, R::MediaFailed),
    rule(400, "temporarily unavailable", Retry, R::MediaFailed),
    rule(400, "wrong type of the web page content", Final, R::MediaFailed),
    rule(400, "wrong file identifier", Final, R::MediaFailed),
    rule(400, "wrong file_id", Final, R::MediaFailed),
    rule(400, "file is too big", Final, R::MediaFailed),
    rule(400, "photo_invalid_dimensions", Final, R::MediaFailed),
    rule(400, "image_process_failed", Final, R::MediaFailed),
    rule(400, "message is too long", Final, R::InvalidParameter),
    rule(400, "caption is too long", Final, R::InvalidParameter),
    rule(400, "message text is empty", Final, R::InvalidParameter),
    rule(400, "can't parse entities", Final, R::InvalidParameter),
    rule(400, "button_url_invalid", Final, R::InvalidParameter),
    rule(400, "button_data_invalid", Final, R::InvalidParameter),
    rule(400, "message to be replied not found", Final, R::InvalidParameter),
    rule(400, "reaction_invalid", Final, R::InvalidParameter),
    rule(400, "", Final, R::InvalidParameter),
    rule(500, "", Retry, R::Unavailable),
];

/// The rule for a refusal.
pub fn rule_for(code: u16, description: &str) -> Option<&'static Rule> {
    let description = description.to_lowercase();
    let fits = |rule: &&Rule| {
        (rule.code == code || (rule.code == 500 && code >= 500)) && description.contains(rule.says)
    };
    RULES.iter().find(fits)
}

/// What was asked for, or what the refusal means.
pub fn accepted(response: &HttpResponse) -> Result<Value, Refused> {
    let mut body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    if json::flag(&body, "ok") && response.status().is_success() {
        return Ok(body.get_mut("result").map(Value::take).unwrap_or_default());
    }
    if body.get("ok") == Some(&Value::Bool(false)) {
        return Err(refused(response, &body));
    }
    Err(without_error(response))
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

fn refused(response: &HttpResponse, body: &Value) -> Refused {
    let status = response.status().as_u16();
    let code = json::number(body, "error_code").map_or(status, |code| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
        let code = code.clamp(0.0, 999.0) as u16;
        code
    });
    let words = json::filled(body, "description");
    let rule = rule_for(code, words.as_deref().unwrap_or_default());
    let (class, reason) = rule.map_or((Final, R::Unknown), |rule| (rule.class, rule.reason));
    let failure = Failure {
        class,
        reason,
        code: Some(code.to_string()),
        provider_text: words.map(|words| redact(&words, &[])),
    };
    let parameters = body.get("parameters").unwrap_or(&Value::Null);
    let asked = json::number(parameters, "retry_after").filter(|seconds| *seconds >= 0.0).map(|seconds| {
        #[allow(clippy::cast_possible_truncation)] // a day at most
        let millis = (seconds.min(86_400.0) * 1000.0) as i64;
        millis
    });
    Refused {
        retry_after: asked.or_else(|| retry_after(response.headers())).filter(|_| class == Wait),
        scope: (class == Wait).then_some(WaitScope::Account),
        alert: class == Account,
        moved_to: json::id(parameters, "migrate_to_chat_id"),
        ..Refused::new(failure)
    }
}

/// The meaning of an answer that is none of the provider's own.
fn without_error(response: &HttpResponse) -> Refused {
    let status = response.status().as_u16();
    let (class, reason) = match status {
        429 => (Wait, R::RateLimited),
        413 => (Final, R::MediaFailed),
        // A gateway lost the answer of whoever may have done it; and a success that nobody can read is no proof.
        200..=299 | 408 | 502 | 504 => (FailureClass::Ambiguous, R::Unconfirmed),
        500..=599 => (Retry, R::Unavailable),
        _ => (Final, R::Unknown),
    };
    let failure = Failure { class, reason, code: Some(format!("http_{status}")), provider_text: None };
    Refused {
        retry_after: retry_after(response.headers()).filter(|_| class == Wait),
        scope: (class == Wait).then_some(WaitScope::Account),
        ..Refused::new(failure)
    }
}
