//! As much of HTTP/1.1 as the Runtime API and the SDK speak: one request after the other on a kept connection.

use std::io::{self, BufRead, BufReader, Read, Write};

/// Longest line of a request's head.
const LINE: u64 = 16 * 1024;

/// A request.
pub struct Request {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// A header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Answers every request of a connection until the other side ends it.
pub fn serve<S: Read + Write>(
    stream: S,
    mut answer: impl FnMut(Request) -> Option<Response>,
) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(64 * 1024, stream);
    while let Some(request) = read(&mut stream)? {
        let Some(response) = answer(request) else { return Ok(()) };
        let mut bytes =
            format!("HTTP/1.1 {} x\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            bytes.extend([*name, ": ", value, "\r\n"]);
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(&response.body);
        let way = stream.get_mut();
        way.write_all(&bytes)?;
        way.flush()?;
    }
    Ok(())
}

fn read<S: Read>(stream: &mut BufReader<S>) -> io::Result<Option<Request>> {
    let first = line(stream)?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return if first.is_empty() { Ok(None) } else { Err(broken("no request line")) };
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    request.body = if request.header("transfer-encoding").is_some() {
        chunks(stream)?
    } else {
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        body
    };
    Ok(Some(request))
}

fn chunks<S: Read>(stream: &mut BufReader<S>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = line(stream)?;
        let length = usize::from_str_radix(length.trim(), 16).map_err(|_| broken("no length of a chunk"))?;
        let from = body.len();
        body.resize(from + length, 0);
        stream.read_exact(&mut body[from..])?;
        line(stream)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// A line without its end; empty at the end of the stream.
fn line<S: Read>(stream: &mut BufReader<S>) -> io::Result<String> {
    let mut line = String::new();
    stream.take(LINE).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
