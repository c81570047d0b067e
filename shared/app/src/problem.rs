//! The one shape of API errors: RFC 9457 problem details with a stable code and JSON pointers.

use colibri_store::{StoreError, StoreErrorKind};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::http::Response;
use crate::ports::{PortError, PortErrorKind};

/// An error of the API. `code` never changes its meaning; `detail` is for developers, in English, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Stable address of this kind of problem.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The status in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The request's id, as in the logs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instance: String,
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// What is wrong where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Seconds to wait, also sent as a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The contact that this one is a part of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<colibri_domain::ContactId>,
}

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// RFC 6901 pointer into the body, or `query:name`.
    pub pointer: String,
    /// Stable, `snake_case`.
    pub code: String,
    /// For developers.
    pub detail: String,
}

impl Problem {
    /// Builds a problem.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            type_uri: format!("urn:colibri:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            instance: String::new(),
            code,
            errors: Vec::new(),
            retry_after: None,
            merged_into: None,
        }
    }

    /// 400 with one pointer.
    pub fn invalid(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
        problem.errors.push(FieldProblem { pointer: pointer.into(), code: code.to_owned(), detail });
        problem
    }

    /// 401.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in again.")
    }

    /// 403: the user is known and lacks a right.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Your access level does not allow this.")
    }

    /// 404: does not exist, or belongs to somebody else.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing with this id.")
    }

    /// 404: the contact is a part of another one, which the caller may see.
    #[must_use]
    pub fn merged_into(contact: colibri_domain::ContactId) -> Self {
        Self {
            merged_into: Some(contact),
            ..Self::new(StatusCode::NOT_FOUND, "contact_merged", "This contact was merged into another one.")
        }
    }

    /// 409.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422: understood, but the rules of the product or of the channel forbid it.
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 503 with a time to wait in seconds.
    #[must_use]
    pub fn unavailable(retry_after: u32) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Something we depend on did not answer. Try again.",
        );
        problem.retry_after = Some(retry_after);
        problem
    }

    /// 429 with a time to wait in seconds.
    #[must_use]
    pub fn too_many(retry_after: u32) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many attempts. Wait a little.",
        );
        problem.retry_after = Some(retry_after);
        problem
    }

    /// The response that carries this problem.
    pub fn into_response(mut self, request_id: &str) -> Response {
        request_id.clone_into(&mut self.instance);
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::json(status, &self);
        response
            .headers
            .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            response.headers.insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error.kind {
            StoreErrorKind::NotFound => Self::not_found(),
            StoreErrorKind::Conflict => Self::conflict(
                "changed_meanwhile",
                "Somebody changed this at the same moment. Read it again and repeat.",
            ),
            StoreErrorKind::Throttled | StoreErrorKind::Unavailable => Self::unavailable(2),
            StoreErrorKind::Quota => Self::refused("quota_reached", "The plan's contact quota is full."),
            StoreErrorKind::CursorInvalid => {
                Self::invalid("query:cursor", "cursor_invalid", "This cursor is not for this list.")
            }
            StoreErrorKind::Corrupt => internal(&error.to_string()),
        }
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        match error.kind {
            PortErrorKind::NotFound => Self::not_found(),
            PortErrorKind::Conflict => {
                Self::conflict("changed_meanwhile", "Somebody changed this at the same moment.")
            }
            PortErrorKind::Throttled | PortErrorKind::Unavailable => Self::unavailable(2),
            PortErrorKind::Denied | PortErrorKind::Corrupt => internal(&error.to_string()),
        }
    }
}

fn internal(cause: &str) -> Problem {
    tracing::error!(error.cause = cause, "request failed");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "We failed. The request id helps us find out why.",
    )
}
