//! One function's process as Lambda runs it: events over the Runtime API, and what the process used.

use std::collections::BTreeMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::wire::{self, Request, Response};

/// Longest wait for a start or an answer.
const PATIENCE: Duration = Duration::from_mins(1);
const BASE: &str = "/2018-06-01/runtime/";

/// What a process has used up to now.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Processor time of all of its threads.
    pub cpu: Duration,
    /// Most memory that it held, in bytes.
    pub peak: u64,
}

/// A running function.
pub struct Lambda {
    child: Child,
    events: Sender<String>,
    answers: Receiver<Told>,
    /// From its start to its first question for an event.
    pub ready_after: Duration,
    /// What it had used by then.
    pub at_start: Usage,
}

/// What a function tells.
enum Told {
    Ready,
    Answer(Vec<u8>),
    Failure(Vec<u8>),
}

impl Lambda {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, or does not ask for an event.
    pub fn start(binary: &Path, variables: &BTreeMap<String, String>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (events, waiting) = channel();
        let (tell, answers) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        std::thread::spawn(move || {
            for connection in listener.incoming().filter_map(Result::ok) {
                let (waiting, tell) = (Arc::clone(&waiting), tell.clone());
                std::thread::spawn(move || interface(connection, &waiting, &tell));
            }
        });
        let begin = Instant::now();
        let child = Command::new(binary)
            .env_clear()
            .envs(variables)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut lambda = Self {
            child,
            events,
            answers,
            ready_after: Duration::ZERO,
            at_start: Usage { cpu: Duration::ZERO, peak: 0 },
        };
        match lambda.answers.recv_timeout(PATIENCE) {
            Ok(Told::Ready) => {}
            _ => return Err(io::Error::other(format!("{} does not start", binary.display()))),
        }
        lambda.ready_after = begin.elapsed();
        lambda.at_start = lambda.usage()?;
        Ok(lambda)
    }

    /// Gives it an event and waits for the answer.
    ///
    /// # Errors
    /// When it fails or does not answer.
    pub fn invoke(&self, event: String) -> io::Result<Vec<u8>> {
        self.events.send(event).map_err(io::Error::other)?;
        loop {
            match self.answers.recv_timeout(PATIENCE) {
                Ok(Told::Ready) => {}
                Ok(Told::Answer(answer)) => return Ok(answer),
                Ok(Told::Failure(why)) => {
                    return Err(io::Error::other(String::from_utf8_lossy(&why).into_owned()));
                }
                Err(error @ (RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)) => {
                    return Err(io::Error::other(error));
                }
            }
        }
    }

    /// What it has used.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn usage(&self) -> io::Result<Usage> {
        usage(self.child.id())
    }
}

/// What a process has used.
///
/// # Errors
/// When the process is gone.
pub fn usage(process: u32) -> io::Result<Usage> {
    let process = format!("/proc/{process}");
    let mut nanos = 0;
    for task in std::fs::read_dir(format!("{process}/task"))? {
        // A thread may end between the listing and the reading.
        let Ok(spent) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        nanos += spent.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0);
    }
    let status = std::fs::read_to_string(format!("{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0);
    Ok(Usage { cpu: Duration::from_nanos(nanos), peak: peak * 1024 })
}

impl Drop for Lambda {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection of the Runtime API.
fn interface(connection: TcpStream, waiting: &Mutex<Receiver<String>>, tell: &Sender<Told>) {
    let _ = connection.set_nodelay(true);
    let ended = wire::serve(connection, |request| question(request, waiting, tell));
    if let Err(error) = ended
        && error.kind() != io::ErrorKind::ConnectionReset
    {
        eprintln!("runtime interface: {error}");
    }
}

fn question(request: Request, waiting: &Mutex<Receiver<String>>, tell: &Sender<Told>) -> Option<Response> {
    let path = request.path.strip_prefix(BASE).unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "invocation/next") => {
            tell.send(Told::Ready).ok()?;
            let event = waiting.lock().ok()?.recv().ok()?;
            let headers = vec![
                ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
                ("lambda-runtime-deadline-ms", (now() + 30_000).to_string()),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:1:function:f".to_owned()),
                ("content-type", "application/json".to_owned()),
            ];
            Some(Response { status: 200, headers, body: event.into_bytes() })
        }
        ("POST", path) => {
            let told = if path.ends_with("/response") {
                Told::Answer(request.body)
            } else {
                Told::Failure(request.body)
            };
            tell.send(told).ok()?;
            Some(Response { status: 202, headers: Vec::new(), body: Vec::new() })
        }
        _ => Some(Response { status: 404, headers: Vec::new(), body: Vec::new() }),
    }
}

#[allow(clippy::disallowed_methods, reason = "the deadline is a time of the machine")]
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis())
}
