//! Graph's errors: code, HTTP status, words.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// An error that Graph answers with or puts into a failed status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// Meta's code.
    pub code: u32,
    /// What exactly is wrong.
    pub details: String,
}

impl GraphError {
    /// An error with its detail.
    pub fn new(code: u32, details: impl Into<String>) -> Self {
        Self { code, details: details.into() }
    }

    /// An error with Meta's usual words.
    pub fn usual(code: u32) -> Self {
        Self::new(code, words(code).1)
    }

    /// HTTP status that goes with the code.
    pub fn status(&self) -> u16 {
        words(self.code).0
    }

    /// Body of a refused call.
    pub fn body(&self, trace: &str) -> Value {
        let kind = match self.code {
            33 => "GraphMethodException",
            _ => "OAuthException",
        };
        let mut error = json!({
            "message": format!("(#{}) {}", self.code, words(self.code).1), "type": kind, "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details}, "fbtrace_id": trace,
        });
        if self.code == 190 {
            error["message"] = json!(self.details);
            error["error_subcode"] = json!(463);
        }
        json!({"error": error})
    }

    /// Entry of `errors` in a webhook.
    pub fn in_webhook(&self) -> Value {
        let title = words(self.code).1;
        json!({
            "code": self.code, "title": title, "message": title, "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        })
    }

    /// The refused call's answer.
    pub fn response(&self, trace: &str) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(self.body(trace))).into_response()
    }
}

/// HTTP status and title of a code.
fn words(code: u32) -> (u16, &'static str) {
    match code {
        0 => (401, "AuthException"),
        1 => (400, "API Unknown"),
        2 => (503, "API Service"),
        3 => (500, "API Method"),
        4 => (400, "API Too Many Calls"),
        10 => (403, "Permission Denied"),
        100 => (400, "Invalid parameter"),
        190 => (401, "Access token has expired"),
        200..=299 => (403, "API Permission"),
        368 => (403, "Temporarily blocked for policies violations"),
        80007 => (400, "Rate limit issues"),
        130_429 => (429, "Rate limit hit"),
        130_472 => (400, "User's number is part of an experiment"),
        130_497 => (403, "Business account is restricted from messaging users in this country"),
        131_000 => (500, "Something went wrong"),
        131_005 => (403, "Access denied"),
        131_008 => (400, "Required parameter is missing"),
        33 | 131_009 => (400, "Parameter value is not valid"),
        131_016 => (500, "Service unavailable"),
        131_021 => (400, "Recipient cannot be sender"),
        131_026 => (400, "Message undeliverable"),
        131_030 => (400, "Recipient phone number not in allowed list"),
        131_031 => (403, "Account has been locked"),
        131_037 => (400, "WhatsApp provided number needs display name approval"),
        131_042 => (400, "Business eligibility payment issue"),
        131_045 => (500, "Incorrect certificate"),
        131_047 => (400, "Re-engagement message"),
        131_048 => (429, "Spam rate limit hit"),
        131_049 => (400, "This message was not delivered to maintain healthy ecosystem engagement"),
        131_050 => (400, "User has stopped marketing messages from this business"),
        131_051 => (400, "Unsupported message type"),
        131_052 => (400, "Media download error"),
        131_053 => (400, "Media upload error"),
        131_056 => (429, "Business account and consumer account pair rate limit hit"),
        131_057 => (500, "Account in maintenance mode"),
        131_062 => (400, "Message type not supported for business-scoped user id"),
        131_063 => (400, "Business-scoped user id cannot be used here"),
        132_000 => (400, "Number of parameters does not match the expected number of params"),
        132_001 => (404, "Template name does not exist in the translation"),
        132_005 => (400, "Translated text too long"),
        132_007 => (400, "Template format character policy violated"),
        132_008 | 132_012 => (400, "Parameter format does not match format in the created template"),
        132_015 => (400, "Template is paused"),
        132_016 => (400, "Template is disabled"),
        132_068 => (400, "Flow is blocked"),
        132_069 => (400, "Flow is throttled"),
        133_016 => (429, "Too many register calls"),
        135_000 => (400, "Generic user error"),
        137_000 => (400, "Identity key check failed"),
        _ => (400, "Unknown error"),
    }
}
