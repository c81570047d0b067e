//! Webhook deliveries: one POST after another until the other side says 200.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::journal::{Attempt, Delivery, DeliveryState};
use crate::sim::Sim;

/// Longest wait for an answer to a delivery.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest body kept in the journal.
const SHOWN: usize = 20_000;

/// A call from a provider to a callback URL.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Provider name.
    pub provider: String,
    /// What it carries, in a word.
    pub subject: String,
    /// Callback URL.
    pub url: String,
    /// Headers; the content type is JSON where none is among them.
    pub headers: Vec<(String, String)>,
    /// Body as sent.
    pub body: Bytes,
    /// Tried again until answered with 200.
    pub redeliver: bool,
}

/// An HTTP answer to a delivery.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body as text.
    pub body: String,
}

/// The future of a call.
pub type Calling = Pin<Box<dyn Future<Output = Result<Answer, String>> + Send>>;

/// Carries calls to callback URLs; tests put their own in its place.
pub trait Caller: Send + Sync {
    /// Makes one HTTP call. The error says in words why there was no answer.
    fn call(&self, method: Method, url: &str, headers: &[(String, String)], body: Bytes) -> Calling;
}

/// Plain HTTP/1.1 over TCP; callbacks on one machine need no TLS.
#[derive(Debug, Default)]
pub struct Tcp;

impl Caller for Tcp {
    fn call(&self, method: Method, url: &str, headers: &[(String, String)], body: Bytes) -> Calling {
        let (url, headers) = (url.to_owned(), headers.to_vec());
        Box::pin(async move {
            match tokio::time::timeout(PATIENCE, exchange(method, &url, &headers, body)).await {
                Ok(answer) => answer.map(|(status, bytes)| Answer {
                    status,
                    body: String::from_utf8_lossy(&bytes).into_owned(),
                }),
                Err(_) => Err("no answer in time".to_owned()),
            }
        })
    }
}

/// One HTTP exchange on a fresh connection.
pub async fn exchange(
    method: Method,
    url: &str,
    headers: &[(String, String)],
    body: Bytes,
) -> Result<(u16, Bytes), String> {
    let uri: Uri = url.parse().map_err(|error| format!("bad URL: {error}"))?;
    if uri.scheme_str() != Some("http") {
        return Err("only http URLs can be called from the simulator".to_owned());
    }
    let host = uri.host().ok_or("URL without host")?;
    let port = uri.port_u16().unwrap_or(80);
    let stream =
        TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header("host", format!("{host}:{port}"));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    driver.abort();
    Ok((status, bytes))
}

/// Delivers in the background; the receiver gets the first attempt's outcome.
pub fn deliver(sim: &Sim, out: Outgoing, delay: Duration) -> (u64, oneshot::Receiver<Attempt>) {
    let (first, receiver) = oneshot::channel();
    let mut headers = out.headers.clone();
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.insert(0, ("content-type".to_owned(), "application/json".to_owned()));
    }
    let shown = &out.body[..out.body.len().min(SHOWN)];
    let id = sim.journal().delivery(Delivery {
        id: 0,
        at: sim.now_ms(),
        provider: out.provider.clone(),
        subject: out.subject.clone(),
        url: out.url.clone(),
        headers: headers.clone(),
        body: String::from_utf8_lossy(shown).into_owned(),
        attempts: Vec::new(),
        state: DeliveryState::Pending,
    });
    let this = sim.clone();
    sim.spawn(async move {
        tokio::time::sleep(delay).await;
        attempts(&this, id, &out, &headers, first).await;
    });
    (id, receiver)
}

async fn attempts(
    sim: &Sim,
    id: u64,
    out: &Outgoing,
    headers: &[(String, String)],
    first: oneshot::Sender<Attempt>,
) {
    let mut first = Some(first);
    let mut gaps = sim.redelivery_gaps().into_iter();
    loop {
        let at = sim.now_ms();
        let outcome = sim.caller().call(Method::POST, &out.url, headers, out.body.clone()).await;
        let (status, answer) = match outcome {
            Ok(answer) => (Some(answer.status), answer.body),
            Err(reason) => (None, reason),
        };
        let attempt = Attempt { at, status, answer, took_ms: sim.now_ms() - at };
        if let Some(first) = first.take() {
            // Nobody need be waiting for it.
            let _ = first.send(attempt.clone());
        }
        let gap = if out.redeliver { gaps.next() } else { None };
        let state = match (status, gap) {
            (Some(200), _) => DeliveryState::Done,
            (_, Some(_)) => DeliveryState::Pending,
            (_, None) => DeliveryState::Ended,
        };
        sim.journal().attempt(id, Some(attempt), state);
        match (state, gap) {
            (DeliveryState::Pending, Some(gap)) => tokio::time::sleep(gap).await,
            _ => return,
        }
    }
}
