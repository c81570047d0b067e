//! Programs that go on after the tool has ended: pid files, logs, orderly stops.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::ports;
use crate::run::Failure;

/// A background program of ours.
pub struct Service<'a> {
    place: &'a Place,
    name: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Record {
    pid: i32,
    /// Start time in kernel ticks: tells our process from a later one with the same pid.
    started: String,
    /// What it was started with; another value means that it must be started anew.
    fingerprint: String,
}

impl<'a> Service<'a> {
    /// A service by its name, which also names its log and pid file.
    pub fn new(place: &'a Place, name: &'static str) -> Self {
        Self { place, name }
    }

    fn record_path(&self) -> PathBuf {
        self.place.dev(format!("run/{}.json", self.name))
    }

    /// Where its output goes.
    pub fn log_path(&self) -> PathBuf {
        self.place.dev(format!("logs/{}.log", self.name))
    }

    fn record(&self) -> Option<Record> {
        let record: Record = serde_json::from_slice(&fs::read(self.record_path()).ok()?).ok()?;
        let alive = start_time(record.pid).is_some_and(|started| started == record.started);
        alive.then_some(record)
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.record().is_some()
    }

    /// Whether it runs and was started with this fingerprint.
    pub fn runs_as(&self, fingerprint: &str) -> bool {
        self.record().is_some_and(|record| record.fingerprint == fingerprint)
    }

    /// Starts it in a process group of its own, so that Ctrl-C in the terminal does not reach it.
    ///
    /// # Errors
    /// When the program cannot be started or its pid not be noted.
    pub fn start(&self, command: &mut Command, fingerprint: &str) -> Result<(), Failure> {
        let fail = |error: std::io::Error| Failure::new(format!("{}: {error}", self.name));
        let log = File::create(self.log_path()).map_err(fail)?;
        let errors = log.try_clone().map_err(fail)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .current_dir(self.place.root())
            .process_group(0)
            .spawn()
            .map_err(fail)?;
        let pid = i32::try_from(child.id()).map_err(|error| Failure::new(error.to_string()))?;
        let started = start_time(pid).ok_or_else(|| self.died())?;
        let record = Record { pid, started, fingerprint: fingerprint.to_owned() };
        let text = serde_json::to_vec(&record).map_err(|error| Failure::new(error.to_string()))?;
        fs::write(self.record_path(), text).map_err(fail)
    }

    /// Waits until it listens.
    ///
    /// # Errors
    /// When it ends before, or takes longer than the limit.
    pub fn wait_open(&self, port: u16, limit: Duration) -> Result<(), Failure> {
        let started = Instant::now();
        while !ports::is_open(port) {
            if !self.runs() || started.elapsed() > limit {
                return Err(self.died());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The failure to show when it ended by itself or never listened: the end of its log.
    fn died(&self) -> Failure {
        let log = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(15)..].join("\n");
        Failure::new(format!("the {} did not start; {} says:\n{tail}", self.name, self.log_path().display()))
    }

    /// Asks it to end and waits; ends it by force only after the limit.
    /// Answers whether it ran.
    pub fn stop(&self, limit: Duration) -> bool {
        let Some(record) = self.record() else {
            let _ = fs::remove_file(self.record_path());
            return false;
        };
        let Some(pid) = Pid::from_raw(record.pid) else { return false };
        let _ = kill_process(pid, Signal::TERM);
        let asked = Instant::now();
        while test_kill_process(pid).is_ok()
            && start_time(record.pid).is_some_and(|started| started == record.started)
        {
            if asked.elapsed() > limit {
                let _ = kill_process(pid, Signal::KILL);
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = fs::remove_file(self.record_path());
        true
    }
}

/// Field 22 of `/proc/<pid>/stat`; none for a process that has ended, a zombie included.
fn start_time(pid: i32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces.
    let mut words = text.rsplit_once(") ")?.1.split(' ');
    if words.next()? == "Z" {
        return None;
    }
    words.nth(18).map(str::to_owned)
}
