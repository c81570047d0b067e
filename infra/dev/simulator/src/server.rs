//! The HTTP server: it can cut a connection instead of answering, which axum's own cannot.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_service::Service;

use crate::journal::Received;
use crate::sim::Sim;

/// Longest request body; larger than any medium a provider takes.
const LARGEST: usize = 110 * 1024 * 1024;

/// Marks a response that must never reach the caller: the connection closes instead.
#[derive(Debug, Clone, Copy)]
pub struct CutConnection;

/// A response that closes the connection instead of answering.
pub fn cut() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(CutConnection);
    response
}

/// Serves until the task is aborted.
pub fn serve(listener: TcpListener, router: Router) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // A cut connection ends with an error, which is what was wanted.
                    tokio::spawn(connection(stream, router.clone()));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
}

async fn connection(stream: tokio::net::TcpStream, router: Router) {
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let mut router = router.clone();
        async move {
            let response = match router.call(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<CutConnection>().is_some() {
                return Err(std::io::Error::other("connection cut on demand"));
            }
            Ok(response)
        }
    });
    let _ = stream.set_nodelay(true);
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Binds `127.0.0.1:port`; port 0 takes a free one.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await
}

#[derive(Clone)]
struct Book {
    sim: Sim,
    provider: &'static str,
}

/// Writes every call of a provider's API into the journal.
pub fn journaled(sim: &Sim, provider: &'static str, api: Router) -> Router {
    api.layer(middleware::from_fn_with_state(Book { sim: sim.clone(), provider }, write_down))
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST))
}

async fn write_down(State(book): State<Book>, request: Request, next: Next) -> Response {
    let at = book.sim.now_ms();
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.to_string(), parts.uri.to_string());
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let received = shown(&bytes);
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST).await.unwrap_or_default();
    let cut = head.extensions.get::<CutConnection>().is_some();
    book.sim.journal().received(Received {
        seq: 0,
        at,
        provider: book.provider.to_owned(),
        method,
        path,
        body: received,
        status: (!cut).then(|| head.status.as_u16()),
        answer: shown(&bytes),
    });
    Response::from_parts(head, Body::from(bytes))
}

fn shown(bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| match std::str::from_utf8(bytes) {
        Ok(text) if text.len() < 4_000 => json!(text),
        _ => json!({"bytes": bytes.len()}),
    })
}

/// Lets pages of this machine call across ports, and nobody else's.
pub fn local_origins(router: Router) -> Router {
    router.layer(middleware::from_fn(check_origin))
}

async fn check_origin(request: Request, next: Next) -> Result<Response, Infallible> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let local = origin.as_ref().and_then(|origin| origin.to_str().ok()).is_none_or(is_local);
    if !local {
        return Ok((StatusCode::FORBIDDEN, "origin not of this machine").into_response());
    }
    let mut response = match (request.method(), &origin) {
        (&Method::OPTIONS, Some(_)) => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
        headers
            .insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
    }
    Ok(response)
}

fn is_local(origin: &str) -> bool {
    let host = origin.trim_start_matches("https://").trim_start_matches("http://");
    let host =
        host.rsplit_once(':').map_or(host, |(host, port)| if port.ends_with(']') { origin } else { host });
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}
