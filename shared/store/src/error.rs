//! What can go wrong with the store, in kinds that callers treat differently.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// There is nothing with this key.
    NotFound,
    /// Somebody else changed it first, again and again.
    Conflict,
    /// The table takes no more for the moment.
    Throttled,
    /// The table did not answer.
    Unavailable,
    /// What is stored cannot be read.
    Corrupt,
    /// The organization's contact quota is full.
    Quota,
    /// A page token that is not for this list.
    CursorInvalid,
}

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[error("{op}: {kind:?}: {detail}")]
pub struct StoreError {
    /// What class of failure.
    pub kind: StoreErrorKind,
    /// What was being done.
    pub op: &'static str,
    /// For logs; no customer data.
    pub detail: String,
}

impl StoreError {
    /// Builds one.
    pub fn new(kind: StoreErrorKind, op: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, op, detail: detail.into() }
    }

    /// What is stored cannot be read.
    pub(crate) fn corrupt(op: &'static str, error: &serde_json::Error) -> Self {
        // Position and category only: the message may quote customer data.
        Self::new(
            StoreErrorKind::Corrupt,
            op,
            format!("{:?} at {}:{}", error.classify(), error.line(), error.column()),
        )
    }
}

/// Whether a call met a transaction on the same item: nothing was decided, and the same call again is right.
pub(crate) fn met_transaction<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("TransactionConflictException")
}

/// Classifies a failed call.
pub(crate) fn sdk<E: ProvideErrorMetadata, R>(op: &'static str, error: &SdkError<E, R>) -> StoreError {
    let code = error.as_service_error().and_then(|e| e.code().map(str::to_owned)).unwrap_or_default();
    let kind = match code.as_str() {
        "ConditionalCheckFailedException"
        | "TransactionCanceledException"
        | "TransactionConflictException" => StoreErrorKind::Conflict,
        "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded" => {
            StoreErrorKind::Throttled
        }
        "ResourceNotFoundException" | "ValidationException" | "AccessDeniedException" => {
            StoreErrorKind::Corrupt
        }
        _ => StoreErrorKind::Unavailable,
    };
    let message = error
        .as_service_error()
        .and_then(|e| e.message().map(str::to_owned))
        .unwrap_or_else(|| "no answer".into());
    StoreError::new(kind, op, format!("{code} {message}"))
}
