//! Counters of the installation, written as one embedded-metrics line per invocation, only where something was counted.
//! The line also names the work that the invocation did, and so is its log line.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use colibri_app::ports::Metrics;
use serde_json::{Map, Value, json};

/// Most names that an installation pays for.
pub const MAX_NAMES: usize = 20;
/// Bytes of logs that an invocation may cost: the line names as much work as fits.
const MAX_LINE: usize = 300;
const NAMESPACE: &str = "Colibri";

/// Collects until the invocation ends.
#[derive(Debug)]
pub struct Emf {
    stage: String,
    counts: Mutex<BTreeMap<&'static str, Measured>>,
}

#[derive(Debug, Clone, Copy)]
enum Measured {
    Count(u64),
    /// The worst of the invocation, in milliseconds.
    Worst(i64),
}

impl Emf {
    /// For an installation.
    pub fn new(stage: &str) -> Self {
        Self { stage: stage.to_owned(), counts: Mutex::new(BTreeMap::new()) }
    }

    /// The line for what was counted since the last one, and the ids of the work that it was counted in.
    pub fn line(&self, now_millis: i64, concerned: &[String]) -> Option<String> {
        let counts = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return None;
        }
        let names: Vec<Value> = counts.iter().map(|(name, measured)| definition(name, *measured)).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({ "Timestamp": now_millis, "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["stage"]], "Metrics": names }] }),
        );
        line.insert("stage".to_owned(), self.stage.clone().into());
        line.extend(counts.into_iter().map(|(name, measured)| {
            let value = match measured {
                Measured::Count(count) => count.into(),
                Measured::Worst(millis) => millis.into(),
            };
            (name.to_owned(), value)
        }));
        let base = Value::Object(line.clone()).to_string().len();
        let room = MAX_LINE.saturating_sub(base + r#""correlation":[],"#.len());
        let mut used = 0;
        let fitting = concerned.iter().enumerate().take_while(|(place, id)| {
            used += id.len() + r#""","#.len();
            *place == 0 || used <= room
        });
        let causes: Vec<Value> = fitting.map(|(_, id)| id.as_str().into()).collect();
        if !causes.is_empty() {
            line.insert("correlation".to_owned(), causes.into());
        }
        Some(Value::Object(line).to_string())
    }
}

/// A metric's entry in the line; a count needs no unit.
fn definition(name: &str, measured: Measured) -> Value {
    match measured {
        Measured::Count(_) => json!({ "Name": name }),
        Measured::Worst(_) => json!({ "Name": name, "Unit": "Milliseconds" }),
    }
}

impl Emf {
    fn measure(&self, name: &'static str, new: Measured) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() < MAX_NAMES || counts.contains_key(name) {
            counts.entry(name).and_modify(|known| *known = known.with(new)).or_insert(new);
        }
    }
}

impl Measured {
    fn with(self, new: Self) -> Self {
        match (self, new) {
            (Self::Count(known), Self::Count(new)) => Self::Count(known.saturating_add(new)),
            (Self::Worst(known), Self::Worst(new)) => Self::Worst(known.max(new)),
            (known, _) => known,
        }
    }
}

impl Metrics for Emf {
    fn count(&self, name: &'static str, value: u64) {
        if value > 0 {
            self.measure(name, Measured::Count(value));
        }
    }

    fn worst(&self, name: &'static str, millis: i64) {
        self.measure(name, Measured::Worst(millis.max(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_only_for_what_happened() {
        let emf = Emf::new("dev");
        emf.count("nothing", 0);
        assert_eq!(emf.line(1, &[]), None);
        emf.count("messages_received", 2);
        emf.count("messages_received", 1);
        let line: Value = serde_json::from_str(&emf.line(1_700_000_000_000, &[]).unwrap()).unwrap();
        assert_eq!(line["messages_received"], 3);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"], json!([{ "Name": "messages_received" }]));
        assert_eq!(emf.line(1, &[]), None);
    }

    #[test]
    fn the_worst_of_an_invocation_is_what_counts() {
        let emf = Emf::new("dev");
        for millis in [40, 900, 70, -5] {
            emf.worst("ingest.lag", millis);
        }
        let line: Value = serde_json::from_str(&emf.line(1, &[]).unwrap()).unwrap();
        assert_eq!(line["ingest.lag"], 900);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"], "Milliseconds");
    }

    #[test]
    fn a_line_names_as_much_of_its_work_as_fits() {
        let ids: Vec<String> = (0..100).map(|n| format!("{n:012}")).collect();
        for work in [0, 1, 10, 100] {
            let emf = Emf::new("prod");
            emf.count("message.stored", 10);
            emf.worst("ingest.lag", 12_345);
            let line = emf.line(1_700_000_000_000, &ids[..work]).unwrap();
            assert!(line.len() <= MAX_LINE, "{} bytes for {work}: {line}", line.len());
            let named =
                serde_json::from_str::<Value>(&line).unwrap()["correlation"].as_array().map_or(0, Vec::len);
            assert!(named >= work.min(2), "{line}");
        }
    }
}
