//! Answers in the provider's shape.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone)]
pub struct Refused {
    /// `error_code`, which is the HTTP status too.
    pub code: u16,
    /// In the provider's words.
    pub description: String,
    /// `retry_after`, `migrate_to_chat_id`.
    pub parameters: Option<Value>,
}

/// What a method answers.
pub type Answered = Result<Value, Refused>;

impl Refused {
    /// A refusal with these words.
    pub fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), parameters: None }
    }

    /// The request was wrong.
    pub fn bad(words: &str) -> Self {
        Self::new(400, format!("Bad Request: {words}"))
    }

    /// Too many, come back in this many seconds.
    pub fn flood(seconds: u64) -> Self {
        Self {
            parameters: Some(json!({"retry_after": seconds})),
            ..Self::new(429, format!("Too Many Requests: retry after {seconds}"))
        }
    }

    /// What the provider usually means by a code.
    pub fn usual(code: u16) -> Self {
        match code {
            401 => Self::new(401, "Unauthorized"),
            403 => Self::new(403, "Forbidden: bot was blocked by the user"),
            404 => Self::new(404, "Not Found"),
            409 => Self::new(409, "Conflict: terminated by setWebhook request"),
            413 => Self::new(413, "Request Entity Too Large"),
            429 => Self::flood(3),
            500.. => Self::new(code, "Internal Server Error"),
            _ => Self { code, ..Self::bad("chat not found") },
        }
    }

    /// As the body of an answer.
    pub fn body(&self) -> Value {
        let mut body = json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(parameters) = &self.parameters {
            body["parameters"] = parameters.clone();
        }
        body
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(self.body())).into_response()
    }
}

/// The answer of a method.
pub fn response(answered: Answered) -> Response {
    match answered {
        Ok(result) => Json(json!({"ok": true, "result": result})).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// Broken on the way.
pub fn malformed() -> Response {
    let broken = Body::from("{\"ok\":true,\"result\":{\"message_id\":");
    ([(header::CONTENT_TYPE, "application/json")], broken).into_response()
}
