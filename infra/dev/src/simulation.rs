//! The seeded simulation of `shared/testing`.

use std::process::Command;

use crate::place::Place;
use crate::run::{Failure, openly};
use crate::setup::cargo;

/// Seeds that `cargo dev test` runs, and within which each planted mistake must be noticed.
pub const SEEDS: u64 = 2_000;

/// Builds it in a profile of its own, with the features of the whole workspace.
///
/// # Errors
/// When it does not compile.
pub fn build(place: &Place) -> Result<(), Failure> {
    let mut command = cargo(place);
    command.args(["build", "--quiet", "--profile", "sim", "--workspace", "--example", "simulate"]);
    openly(&mut command)
}

/// A process that runs with these arguments.
pub fn process(place: &Place, arguments: &[&str]) -> Command {
    let mut run = Command::new(place.at("target/sim/examples/simulate"));
    run.current_dir(place.root()).args(arguments);
    run
}

/// Runs as the words say.
///
/// # Errors
/// When a seed breaks something, or a word is unknown.
pub fn by_hand(place: &Place, words: &[&str]) -> Result<(), Failure> {
    build(place)?;
    openly(&mut process(place, words))
}
