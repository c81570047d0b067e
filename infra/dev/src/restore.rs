//! `cargo dev restore`: the restore runbook, tried on the local cloud.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cloud::{self, output};
use crate::place::Place;
use crate::run::{Failure, quietly};
use crate::setup::python;
use crate::up;

fn script(place: &Place, words: &[&str]) -> Result<String, Failure> {
    let mut command = python(place);
    command.arg(place.at("infra/dev/py/restore.py")).args(words).stdin(Stdio::null());
    cloud::aws_env(place, &mut command);
    quietly(&mut command)
}

/// The template's parameters that name the table in use; none for the original.
pub fn parameters(place: &Place) -> Value {
    let kept = fs::read(place.dev("run/restored.json")).ok();
    let kept: Value = kept.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    match (kept["table"].as_str(), kept["stream"].as_str()) {
        (Some(table), Some(stream)) => json!({ "RestoredTable": table, "RestoredTableStream": stream }),
        _ => json!({}),
    }
}

/// Restores the table in use beside itself and changes everything over to what was restored. What had been written
/// is there; the old table stays untouched.
///
/// # Errors
/// When nothing is deployed, or a step fails; the message names it. A second run begins anew.
pub fn restore(place: &Place) -> Result<(), Failure> {
    let outputs = cloud::outputs(place)?;
    let table = output(&outputs, "TableName")?;
    script(place, &["stop"])?;
    let restored = script(place, &["table", table])?;
    let file = place.dev("run/restored.json");
    fs::write(&file, restored.trim())
        .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    up::up(place)?;
    script(place, &["start"])?;
    let outputs = cloud::outputs(place)?;
    println!("  table      {} (was {table})", output(&outputs, "TableName")?);
    Ok(())
}
