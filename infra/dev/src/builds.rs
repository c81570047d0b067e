//! How long builds take: everything from nothing, and what a developer waits for after a change.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use crate::place::Place;
use crate::run::{Failure, done, quietly, step};
use crate::setup::{cargo, tools};

/// A folder of its own, so that a build from nothing costs nobody else's artefacts.
const FOLDER: &str = "target/bench/builds";
/// What is touched, and how the change is called.
const CHANGES: [(&str, &str); 4] = [
    ("nothing has changed", ""),
    ("after a change in one function", "functions/inbound/message-receive/src/main.rs"),
    ("after a change in the use cases", "shared/app/src/lib.rs"),
    ("after a change in the rules that everything rests on", "shared/domain/src/lib.rs"),
];

/// Rows of the bench: all functions as the local cloud takes them, from nothing and after changes.
///
/// # Errors
/// What the compiler says.
pub fn rows(place: &Place) -> Result<String, Failure> {
    tools(place)?;
    let folder = place.at(FOLDER);
    if folder.is_dir() {
        std::fs::remove_dir_all(&folder).map_err(|error| wrong(FOLDER, &error))?;
    }
    let cold = step("cold build", || {
        let took = timed(&mut build(place))?;
        Ok(done(took, "built"))
    })?;
    let mut rows = row("every function built from nothing", cold, "packages are fetched, profile `dev`");
    for (what, file) in CHANGES {
        let took = step("build", || {
            if !file.is_empty() {
                touch(place, file)?;
            }
            Ok(done(timed(&mut build(place))?, what))
        })?;
        let share = 100.0 * took.as_secs_f64() / cold.as_secs_f64();
        rows += &row(&format!("the same, {what}"), took, &format!("{share:.1} % of that"));
    }
    Ok(rows)
}

fn build(place: &Place) -> Command {
    let mut build = cargo(place);
    build.args(["build", "--quiet", "--workspace", "--bins", "--target-dir"]).arg(place.at(FOLDER));
    build
}

fn timed(command: &mut Command) -> Result<Duration, Failure> {
    let started = Instant::now();
    quietly(command)?;
    Ok(started.elapsed())
}

/// As an editor does that saves a file.
#[allow(clippy::disallowed_methods)] // a file is as old as the machine says
fn touch(place: &Place, file: &str) -> Result<(), Failure> {
    let opened = File::options().append(true).open(place.at(file)).map_err(|error| wrong(file, &error))?;
    opened.set_modified(SystemTime::now()).map_err(|error| wrong(file, &error))
}

fn wrong(file: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("{file}: {error}"))
}

fn row(what: &str, took: Duration, why: &str) -> String {
    format!("| {what} | {:.1} s | - | measured | {why} |\n", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_is_touched_is_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (_, file) in CHANGES {
            assert!(file.is_empty() || root.join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn a_time_has_no_limit_of_its_own() {
        assert_eq!(row("a", Duration::from_millis(1_250), "b"), "| a | 1.2 s | - | measured | b |\n");
    }
}
