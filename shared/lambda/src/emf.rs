//! Counters of the installation, written as one embedded-metrics line per invocation, only where something was counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use colibri_app::ports::Metrics;
use serde_json::{Map, Value, json};

/// Most names that an installation pays for.
pub const MAX_NAMES: usize = 20;
const NAMESPACE: &str = "Colibri";

/// Collects until the invocation ends.
#[derive(Debug)]
pub struct Emf {
    stage: String,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Emf {
    /// For an installation.
    pub fn new(stage: &str) -> Self {
        Self { stage: stage.to_owned(), counts: Mutex::new(BTreeMap::new()) }
    }

    /// The line for what was counted since the last one.
    pub fn line(&self, now_millis: i64) -> Option<String> {
        let counts = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return None;
        }
        let names: Vec<Value> = counts.keys().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({ "Timestamp": now_millis, "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["stage"]], "Metrics": names }] }),
        );
        line.insert("stage".to_owned(), self.stage.clone().into());
        line.extend(counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())));
        Some(Value::Object(line).to_string())
    }
}

impl Metrics for Emf {
    fn count(&self, name: &'static str, value: u64) {
        if value == 0 {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() < MAX_NAMES || counts.contains_key(name) {
            let sum = counts.entry(name).or_default();
            *sum = sum.saturating_add(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_only_for_what_happened() {
        let emf = Emf::new("dev");
        emf.count("nothing", 0);
        assert_eq!(emf.line(1), None);
        emf.count("messages_received", 2);
        emf.count("messages_received", 1);
        let line: Value = serde_json::from_str(&emf.line(1_700_000_000_000).unwrap()).unwrap();
        assert_eq!(line["messages_received"], 3);
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Metrics"],
            json!([{ "Name": "messages_received", "Unit": "Count" }])
        );
        assert_eq!(emf.line(1), None);
    }
}
