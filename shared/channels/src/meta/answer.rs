//! Answers of the Graph API: an error object has a code, and each product its own table of what codes mean.

use serde_json::Value;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use crate::json;
use crate::redact::redact;
use crate::wire::{HttpResponse, Refused, WaitScope, retry_after, text_header};

use FailureClass::{Account, Final, Retry, Wait};
use FailureReason as R;

/// The provider's own words, without secrets.
pub(crate) fn text(error: &Value, secrets: &[&str]) -> Option<String> {
    let details = error.get("error_data").and_then(|data| json::filled(data, "details"));
    let words = json::filled(error, "message").or_else(|| json::filled(error, "title"));
    let text = match (words, details) {
        (Some(words), Some(details)) if words != details => format!("{words}: {details}"),
        (words, details) => details.or(words)?,
    };
    Some(redact(&text, secrets))
}

/// The body of an accepted request, or what its refusal means. An answer of 200 may hold an error all the same.
pub(crate) fn accepted(response: &HttpResponse, classify: fn(&Value) -> Refused) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let status = response.status();
    if let Some(error) = body.get("error").filter(|e| e.is_object()) {
        return Err(refused(response, classify(error)));
    }
    if status.is_success() && body.is_object() { Ok(body) } else { Err(without_error(response)) }
}

/// The same for a question: one whose answer nobody can read is simply asked again.
pub(crate) fn answered(response: &HttpResponse, classify: fn(&Value) -> Refused) -> Result<Value, Refused> {
    accepted(response, classify).map_err(|mut refused| {
        if refused.failure.class == FailureClass::Ambiguous {
            (refused.failure.class, refused.failure.reason) = (Retry, R::Unavailable);
        }
        refused
    })
}

fn refused(response: &HttpResponse, mut refused: Refused) -> Refused {
    let unknown = refused.failure.reason == R::Unknown;
    if unknown {
        let by_status = without_error(response).failure;
        if matches!(by_status.class, Wait | Retry | Account) {
            (refused.failure.class, refused.failure.reason) = (by_status.class, by_status.reason);
        }
    }
    // Whatever the code says, an overloaded provider wants us to come back later.
    if response.status().as_u16() == 429 && refused.failure.class != Wait {
        (refused.failure.class, refused.failure.reason) = (Wait, R::RateLimited);
    }
    if refused.failure.class == Wait && refused.scope.is_none() {
        refused.scope = Some(WaitScope::Account);
    }
    refused.alert |= refused.failure.class == Account;
    if matches!(refused.failure.class, Wait | Retry) {
        refused.retry_after = wanted_pause(response).or(refused.retry_after);
    }
    refused
}

/// The meaning of an answer without a readable error.
fn without_error(response: &HttpResponse) -> Refused {
    let status = response.status().as_u16();
    let (class, reason) = match status {
        429 => (Wait, R::RateLimited),
        401 => (Account, R::TokenInvalid),
        403 => (Account, R::PermissionMissing),
        // A gateway lost the answer of whoever may have done it; and a success that nobody can read is no proof.
        200..=299 | 408 | 502 | 504 => (FailureClass::Ambiguous, R::Unconfirmed),
        500..=599 => (Retry, R::Unavailable),
        _ => (Final, R::Unknown),
    };
    let failure = Failure { class, reason, code: Some(format!("http_{status}")), provider_text: None };
    Refused {
        retry_after: if matches!(class, Wait | Retry) { wanted_pause(response) } else { None },
        scope: (class == Wait).then_some(WaitScope::Account),
        alert: class == Account,
        ..Refused::new(failure)
    }
}

/// Milliseconds that the answer's headers ask us to wait.
fn wanted_pause(response: &HttpResponse) -> Option<i64> {
    retry_after(response.headers()).or_else(|| {
        let usage = http::HeaderName::from_static("x-business-use-case-usage");
        let usage: Value = serde_json::from_str(text_header(response.headers(), &usage)?).ok()?;
        let entries = usage.as_object()?.values().filter_map(Value::as_array).flatten();
        let minutes = entries.filter_map(|e| e.get("estimated_time_to_regain_access")?.as_i64()).max()?;
        (minutes > 0).then(|| minutes.min(24 * 60) * 60_000)
    })
}
