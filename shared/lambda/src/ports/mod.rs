//! The ports of the use cases on AWS.

pub mod bus;
pub mod guard;
pub mod http;
pub mod identity;
pub mod mail;
pub mod push;
pub mod queue;
pub mod scheduler;
pub mod system;
pub mod tokens;
pub mod vault;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use colibri_app::ports::{PortError, PortErrorKind};

/// The AWS permissions that each method of a port needs; the tests hold them against the roles of the templates.
/// What is not listed calls nothing that asks for a permission: sockets of HTTP, clocks, and the user pool's public
/// calls, which the token or the code authorises.
pub const ACTIONS: &[(&str, &[&str])] = &[
    ("Queue::send", &["sqs:SendMessage"]),
    ("Bus::publish", &["events:PutEvents"]),
    ("Invoke::start", &["events:PutEvents"]),
    ("Push::push", &["execute-api:ManageConnections"]),
    ("Push::close", &["execute-api:ManageConnections"]),
    ("Mail::send", &["ses:SendEmail"]),
    ("Scheduler::at", &["scheduler:CreateSchedule", "iam:PassRole"]),
    ("KeyVault::seal", &["kms:GenerateDataKey"]),
    ("KeyVault::open", &["kms:Decrypt"]),
    ("Identity::sign_in", &["cognito-idp:AdminInitiateAuth"]),
    (
        "Identity::create",
        &["cognito-idp:AdminCreateUser", "cognito-idp:AdminSetUserPassword", "cognito-idp:AdminGetUser"],
    ),
    ("Identity::new_password", &["cognito-idp:AdminRespondToAuthChallenge"]),
];

/// Sorts a failed SDK call into the classes that callers tell apart. The detail is the service's code only: messages may
/// quote what was sent.
pub fn port_error<E: ProvideErrorMetadata, R>(op: &'static str, error: &SdkError<E, R>) -> PortError {
    let code = match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown"),
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "connection",
        _ => "response",
    };
    PortError::new(kind(code), op, code)
}

fn kind(code: &str) -> PortErrorKind {
    let has = |part: &str| code.contains(part);
    if has("Throttl") || has("TooManyRequests") || has("LimitExceeded") {
        PortErrorKind::Throttled
    } else if has("AccessDenied") || has("NotAuthorized") || has("Forbidden") {
        PortErrorKind::Denied
    } else if has("NotFound") || has("NonExistent") || has("DoesNotExist") {
        PortErrorKind::NotFound
    } else if has("Conflict") {
        PortErrorKind::Conflict
    } else if has("InvalidCiphertext") {
        PortErrorKind::Corrupt
    } else {
        PortErrorKind::Unavailable
    }
}
