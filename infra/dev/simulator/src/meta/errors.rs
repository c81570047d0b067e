//! Graph's errors of the two products: code, sub-code, words.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// Meta's code.
    pub code: u32,
    /// What exactly is meant.
    pub sub: Option<u32>,
    /// In the provider's words.
    pub words: String,
}

impl GraphError {
    /// With these words.
    pub fn new(code: u32, words: impl Into<String>) -> Self {
        Self { code, sub: None, words: words.into() }
    }

    /// A parameter is wrong.
    pub fn bad(words: impl std::fmt::Display) -> Self {
        Self::new(100, format!("(#100) {words}"))
    }

    /// With a sub-code.
    pub fn sub(self, sub: u32) -> Self {
        Self { sub: Some(sub), ..self }
    }

    /// What the provider usually says to a code.
    pub fn usual(code: u32) -> Self {
        Self::new(code, format!("(#{code}) {}", usual(code)))
    }

    /// The object of this id is not there, or not for this token.
    pub fn no_object(id: &str) -> Self {
        let words = "does not exist, cannot be loaded due to missing permissions, or does not support this";
        Self::new(100, format!("Unsupported request. Object with ID '{id}' {words} operation")).sub(33)
    }

    /// Body of the refused call.
    pub fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": self.words, "type": "OAuthException", "code": self.code, "fbtrace_id": trace,
        });
        if let Some(sub) = self.sub {
            error["error_subcode"] = json!(sub);
        }
        json!({"error": error})
    }

    /// The refused call's answer.
    pub fn response(&self, trace: &str) -> Response {
        let status = match self.code {
            1 | 2 | 1200 => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(self.body(trace))).into_response()
    }
}

fn usual(code: u32) -> &'static str {
    match code {
        1 => "An unknown error has occurred.",
        2 | 1200 => "Temporary send message failure. Please try again later.",
        3 => "Application does not have the capability to make this API call.",
        4 => "Application request limit reached",
        10 => "Application does not have permission for this action",
        17 | 32 | 613 | 80_000..=80_014 => "Calls to this api have exceeded the rate limit.",
        190 => "Error validating access token",
        200..=299 => "Requires permission to manage the object",
        368 => "The action attempted has been deemed abusive or is otherwise disallowed",
        551 => "This person isn't available right now.",
        _ => "Invalid parameter",
    }
}
