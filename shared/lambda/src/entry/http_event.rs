//! HTTP requests of API Gateway, payload format 2.0.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use colibri_app::http::{HttpHandler, Request, Response};
use colibri_store::correlation;
use futures::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::boot::{Entry, Invocation, answer};

/// Header of every answer that says under which id its work is found in the logs.
const CORRELATION_HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    headers: HashMap<String, String>,
    request_context: RequestContext,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    http: Http,
    #[serde(default)]
    request_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    #[serde(default)]
    source_ip: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: HashMap<String, String>,
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

/// Wraps a handler. A panic and a request that runs out of time become problems; nothing is left without an answer.
pub fn entry(handler: Arc<dyn HttpHandler>) -> Entry {
    Box::new(move |payload, invocation| {
        let handler = handler.clone();
        Box::pin(async move {
            let event: Event = serde_json::from_str(payload.get())?;
            // What the caller may quote, and everything that follows is logged with.
            let id = correlation::of_request(&event.request_context.request_id);
            let work = answered(handler.as_ref(), event, &id, &invocation);
            let mut response = correlation::within(Some(&id), work).await;
            if let Ok(value) = HeaderValue::from_str(&id) {
                response.headers.insert(CORRELATION_HEADER, value);
            }
            answer(&from_response(response))
        })
    })
}

async fn answered(handler: &dyn HttpHandler, event: Event, id: &str, invocation: &Invocation) -> Response {
    let Some(request) = request(event, id) else {
        return problem(StatusCode::BAD_REQUEST, "bad_request", id);
    };
    let answering = AssertUnwindSafe(handler.handle(request)).catch_unwind();
    match tokio::time::timeout(invocation.left(), answering).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!(request = invocation.request_id, "panicked");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", id)
        }
        Err(_) => {
            tracing::error!(request = invocation.request_id, "out of time");
            problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", id)
        }
    }
}

fn problem(status: StatusCode, code: &'static str, id: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "code": code, "instance": id });
    Response::typed(status, "application/problem+json", body.to_string())
}

/// The request, or none where it is not one that HTTP allows.
fn request(event: Event, id: &str) -> Option<Request> {
    let body = match event.body {
        None => Bytes::new(),
        Some(text) if event.is_base64_encoded => STANDARD.decode(text).ok()?.into(),
        Some(text) => text.into(),
    };
    let mut headers = HeaderMap::with_capacity(event.headers.len());
    for (name, value) in event.headers {
        // A header that HTTP does not allow says nothing to anybody.
        let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.insert(name, value);
        }
    }
    Some(Request {
        method: Method::from_bytes(event.request_context.http.method.to_ascii_uppercase().as_bytes()).ok()?,
        path: event.raw_path,
        query: event.raw_query_string,
        headers,
        cookies: event.cookies,
        body,
        source_ip: event.request_context.http.source_ip,
        request_id: id.to_owned(),
    })
}

fn from_response(response: Response) -> Answer {
    let mut headers: HashMap<String, String> = HashMap::with_capacity(response.headers.len());
    for (name, value) in &response.headers {
        let Ok(value) = value.to_str() else { continue };
        // Format 2.0 has one value per name; repeated headers are joined as HTTP allows.
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|joined| {
                joined.push_str(", ");
                joined.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    let (body, is_base64_encoded) = text(response.body, headers.contains_key("content-encoding"));
    Answer {
        status_code: response.status.as_u16(),
        headers,
        cookies: response.cookies,
        body,
        is_base64_encoded,
    }
}

/// Text as it is, everything else as base64.
fn text(body: Bytes, encoded: bool) -> (String, bool) {
    if encoded {
        return (STANDARD.encode(body), true);
    }
    String::from_utf8(body.into())
        .map_or_else(|error| (STANDARD.encode(error.as_bytes()), true), |text| (text, false))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "deadlines are the runtime's, on the machine's clock")]
mod tests {
    use std::time::{Duration, SystemTime};

    use serde_json::Value;

    use super::*;

    struct Echo;

    #[async_trait::async_trait]
    impl HttpHandler for Echo {
        async fn handle(&self, request: Request) -> Response {
            assert_ne!(request.path, "/panic");
            let mut response = Response::typed(StatusCode::OK, "application/octet-stream", request.body);
            response.headers.insert("x-seen", request.headers.get("x-hub-signature-256").cloned().unwrap());
            response.cookies.push("a=b; HttpOnly".to_owned());
            response
        }
    }

    async fn call(path: &str, body: &str, base64: bool) -> Value {
        let event = json!({ "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": { "X-Hub-Signature-256": "sha256=1" },
            "requestContext": { "requestId": "JKJaXmPLvHcESHA=", "http": { "method": "POST", "path": path, "sourceIp": "1.2.3.4" } }, "body": body, "isBase64Encoded": base64 });
        let invocation =
            Invocation { request_id: "r".to_owned(), deadline: SystemTime::now() + Duration::from_secs(9) };
        let answer = entry(Arc::new(Echo))(serde_json::value::to_raw_value(&event).unwrap(), invocation)
            .await
            .unwrap();
        serde_json::from_str(answer.get()).unwrap()
    }

    #[tokio::test]
    async fn bodies_arrive_as_the_bytes_that_were_sent() {
        let plain = call("/x", "{\"á\":1}", false).await;
        assert_eq!((plain["statusCode"].as_u64(), plain["body"].as_str()), (Some(200), Some("{\"á\":1}")));
        assert_eq!(plain["headers"]["x-seen"], "sha256=1");
        assert_eq!(plain["headers"]["x-correlation-id"], "JKJaXmPLvHcE");
        assert_eq!(plain["cookies"], json!(["a=b; HttpOnly"]));
        let binary = call("/x", "/wD+", true).await;
        assert_eq!(
            (binary["isBase64Encoded"].as_bool(), binary["body"].as_str()),
            (Some(true), Some("/wD+"))
        );
    }

    #[tokio::test]
    async fn broken_base64_and_panics_become_problems() {
        let broken = call("/x", "%%%", true).await;
        assert_eq!(broken["statusCode"], 400);
        let panicked = call("/panic", "", false).await;
        assert_eq!(panicked["statusCode"], 500);
        assert_eq!(panicked["headers"]["content-type"], "application/problem+json");
    }
}
