//! HTTP as use cases see it: one request and response type, one shape of errors.

use bytes::Bytes;
use serde::Serialize;

/// A request after the runtime has decoded it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method, upper case.
    pub method: http::Method,
    /// Path without stage, percent-encoded as received.
    pub path: String,
    /// Query string as received, without `?`.
    pub query: String,
    /// Headers; names lower case.
    pub headers: http::HeaderMap,
    /// Cookies.
    pub cookies: Vec<String>,
    /// Bytes as received (base64 undone).
    pub body: Bytes,
    /// The caller's address as API Gateway saw it.
    pub source_ip: String,
    /// Under which id this request and what follows from it are found in the logs; problems name it.
    pub request_id: String,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status.
    pub status: http::StatusCode,
    /// Headers.
    pub headers: http::HeaderMap,
    /// `Set-Cookie` values.
    pub cookies: Vec<String>,
    /// Bytes.
    pub body: Bytes,
}

/// Anything that answers HTTP requests. Functions box one of these.
#[async_trait::async_trait]
pub trait HttpHandler: Send + Sync {
    /// Answers; errors are responses already.
    async fn handle(&self, request: Request) -> Response;
}

/// One record of a queue.
#[derive(Debug, Clone)]
pub struct Record {
    /// The queue's id of this message: what is reported as failed.
    pub id: String,
    /// JSON.
    pub body: String,
    /// FIFO group, if any.
    pub group: Option<String>,
    /// How often it has been received.
    pub receive_count: u32,
}

/// Why a record was not handled.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(pub String);

/// Why what a record holds is none of ours. Category and place only: the error may quote what somebody wrote.
#[must_use]
pub fn unreadable(what: &str, error: &serde_json::Error) -> RecordError {
    RecordError(format!("{what}: {:?} at {}:{}", error.classify(), error.line(), error.column()))
}

/// Anything that handles queue records one by one; the runtime keeps groups in order, isolates panics and reports failures.
#[async_trait::async_trait]
pub trait RecordHandler: Send + Sync {
    /// Handles one record; an error puts it back on its queue.
    async fn handle(&self, record: Record) -> Result<(), RecordError>;
}

/// Anything started with a JSON payload: bus events, schedules, asynchronous invocations, socket events.
#[async_trait::async_trait]
pub trait JsonHandler: Send + Sync {
    /// Handles one payload.
    async fn handle(&self, payload: serde_json::Value) -> Result<serde_json::Value, RecordError>;
}

/// One change of the table.
#[derive(Debug, Clone)]
pub struct Change {
    /// Position in the stream.
    pub sequence: String,
    /// The item after the change in plain JSON (numbers as numbers); none for a removal.
    pub new: Option<serde_json::Value>,
    /// The item before.
    pub old: Option<serde_json::Value>,
}

/// Anything that reads the table's stream in batches.
#[async_trait::async_trait]
pub trait StreamHandler: Send + Sync {
    /// Handles a batch; returns the sequence from which to repeat, or none.
    async fn handle(&self, changes: Vec<Change>) -> Option<String>;
}

impl Response {
    /// An empty response.
    #[must_use]
    pub fn empty(status: http::StatusCode) -> Self {
        Self { status, headers: http::HeaderMap::new(), cookies: Vec::new(), body: Bytes::new() }
    }

    /// JSON.
    pub fn json<T: Serialize>(status: http::StatusCode, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::typed(status, "application/json", body),
            Err(_) => Self::empty(http::StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// A body of a given type.
    pub fn typed(status: http::StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut response = Self::empty(status);
        response.headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        response.headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
        response.body = body.into();
        response
    }
}
