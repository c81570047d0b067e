//! `cargo dev sim`: the seeded simulation of `shared/testing`, by hand.

use std::process::Command;

use crate::place::Place;
use crate::run::{Failure, openly};
use crate::setup::cargo;

/// Seeds that `cargo dev test` runs.
pub const SEEDS: u64 = 60;

/// How it is built: the tests' own build has it already, an optimised one is quicker for many seeds.
#[derive(Clone, Copy)]
pub enum Build {
    /// With everything else that is tested.
    Dev,
    /// Optimised.
    Sim,
}

impl Build {
    /// Profile, and the folder of its programs.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev => ("dev", "debug"),
            Self::Sim => ("sim", "sim"),
        }
    }
}

/// Builds it with the features of the whole workspace: a part alone would compile its dependencies anew.
///
/// # Errors
/// When it does not compile.
pub fn build(place: &Place, build: Build) -> Result<(), Failure> {
    let (profile, _) = build.names();
    let mut command = cargo(place);
    command.args(["build", "--quiet", "--profile", profile, "--workspace", "--example", "simulate"]);
    openly(&mut command)
}

/// A process that runs with these arguments.
pub fn process(place: &Place, build: Build, arguments: &[String]) -> Command {
    let (_, folder) = build.names();
    let mut run = Command::new(place.at("target").join(folder).join("examples/simulate"));
    run.current_dir(place.root()).args(arguments);
    run
}

/// What the halves of so many seeds are called with.
pub fn halves(seeds: u64, first: u64) -> [Vec<String>; 2] {
    let half = seeds / 2;
    [(half, first), (seeds - half, first + half)].map(|(seeds, first)| {
        ["--seeds".into(), seeds.to_string(), "--seed".into(), first.to_string()].into()
    })
}

/// Runs as the words say.
///
/// # Errors
/// When a seed breaks something, or a word is unknown.
pub fn by_hand(place: &Place, words: &[&str]) -> Result<(), Failure> {
    build(place, Build::Sim)?;
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    openly(&mut process(place, Build::Sim, &words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_share_the_seeds() {
        let [first, second] = halves(5, 10);
        assert_eq!(first, ["--seeds", "2", "--seed", "10"]);
        assert_eq!(second, ["--seeds", "3", "--seed", "12"]);
    }
}
