//! Running other programs, and telling what went wrong.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// How much of a failed program's output is shown.
const SHOWN_LINES: usize = 40;

/// A sentence for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// Wraps a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A failure that a program of ours has already told on the terminal.
    pub fn told() -> Self {
        Self(String::new())
    }

    /// Whether there is nothing left to say.
    pub fn is_told(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One line of progress: says what is going on, then how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<Done<T>, Failure>) -> Result<T, Failure> {
    let started = Instant::now();
    if io::stdout().is_terminal() {
        // Overwritten by the line that says how it ended.
        print!("  {what:<12} …\r");
        let _ = io::stdout().flush();
    }
    let done = work()?;
    let seconds = started.elapsed().as_secs_f64();
    println!("  {what:<12} {:<48} {seconds:>6.1} s", done.note);
    Ok(done.value)
}

/// What a step answers: a value and a few words about it.
pub struct Done<T> {
    value: T,
    note: String,
}

/// The end of a step.
pub fn done<T>(value: T, note: impl Into<String>) -> Done<T> {
    Done { value, note: note.into() }
}

/// Runs a program to its end; its output is shown only when it fails.
///
/// # Errors
/// When the program is missing or ends with anything but 0.
pub fn quietly(command: &mut Command) -> Result<String, Failure> {
    let name = program(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("{name} cannot be started: {error}")))?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(out);
    }
    let err = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = out.lines().chain(err.lines()).filter(|line| !line.trim().is_empty()).collect();
    let text = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
    Err(Failure::new(format!("{name} ended with {}:\n{text}", output.status)))
}

/// Runs a program whose output goes straight to the terminal.
///
/// # Errors
/// When the program is missing or ends with anything but 0.
pub fn openly(command: &mut Command) -> Result<(), Failure> {
    let name = program(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::new(format!("{name} cannot be started: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{name} ended with {status}"))) }
}

fn program(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
