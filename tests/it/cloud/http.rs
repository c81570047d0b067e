//! Just enough HTTP to talk to the local installation without another client library.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// What came back.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body as it came.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// Longest wait for an answer.
const LIMIT: Duration = Duration::from_secs(40);

/// Sends one request to a `http://host:port` address. HTTP/1.0: the body ends where the connection does.
pub fn call(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    try_call(method, url, headers, body).unwrap_or_else(|| panic!("no answer: {method} {url}"))
}

/// The same; none where nothing answers, in time or at all.
pub fn try_call(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let mut head = format!("{method} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some(Answer { status, text: body.to_owned() })
}
