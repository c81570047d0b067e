//! Looking into the running installation: logs, single invocations, dead messages.

use std::process::Stdio;

use crate::cloud::{self, output};
use crate::place::Place;
use crate::run::{Failure, openly};
use crate::setup::python;

/// Prints what functions have logged, oldest first.
///
/// # Errors
/// When nothing is deployed.
pub fn logs(place: &Place, words: &[&str]) -> Result<(), Failure> {
    let unknown = words.iter().find(|word| word.starts_with('-') && !matches!(**word, "--follow" | "-f"));
    if let Some(word) = unknown {
        return Err(Failure::new(format!("unknown flag {word}; logs takes [function] [--follow]")));
    }
    script(place, "logs.py", words)
}

/// Sends the event of a golden case to the deployed function and prints its answer.
///
/// # Errors
/// When there is no such case, or the function failed.
pub fn invoke(place: &Place, function: &str, case: &str) -> Result<(), Failure> {
    let path = place.at(format!("events/{function}/{}.json", case.trim_end_matches(".json")));
    if !path.is_file() {
        return Err(Failure::new(format!("there is no case {}", path.display())));
    }
    script(place, "invoke.py", &[function, &path.to_string_lossy()])
}

/// Tells what happened to a message, here or on AWS.
///
/// # Errors
/// When nothing is deployed, or there is no such message.
pub fn trace(place: &Place, words: &[&str]) -> Result<(), Failure> {
    if !words.contains(&"--aws") {
        return script(place, "trace.py", words);
    }
    crate::setup::tools(place)?;
    let mut command = python(place);
    command.arg(place.at("infra/dev/py/trace.py")).args(words).stdin(Stdio::null());
    // Whoever asks does so with his own credentials and region.
    openly(&mut command).map_err(|_| Failure::told())
}

/// Moves the messages of a dead-letter queue back to where each came from.
///
/// # Errors
/// When there is no such queue.
pub fn redrive(place: &Place, queue: &str) -> Result<(), Failure> {
    script(place, "redrive.py", &[queue])
}

fn script(place: &Place, name: &str, words: &[&str]) -> Result<(), Failure> {
    let outputs = cloud::outputs(place)?;
    let mut command = python(place);
    command.arg(place.at("infra/dev/py").join(name)).args(words).stdin(Stdio::null());
    cloud::aws_env(place, &mut command);
    command.env("COLIBRI_PREFIX", output(&outputs, "Prefix")?).env("COLIBRI_STACK", cloud::STACK);
    // The scripts say themselves what went wrong.
    openly(&mut command).map_err(|_| Failure::told())
}
