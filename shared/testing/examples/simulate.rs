//! The seeded simulation: many seeds, or one.

#![allow(clippy::expect_used)]

use std::process::ExitCode;

use colibri_domain::planted::{Planted, plant};
use colibri_testing::sim::{Tally, run};

struct Wanted {
    seeds: u64,
    first: u64,
    planted: bool,
    /// Does not stop at the first that breaks something.
    on: bool,
}

fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted { seeds: 2_000, first: 1, planted: false, on: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => wanted.seeds = words.next()?.parse().ok()?,
            "--seed" => wanted.first = words.next()?.parse().ok()?,
            "--go-on" => wanted.on = true,
            "--planted" => wanted.planted = true,
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("simulate [--seeds N] [--seed first] [--planted] [--go-on]");
        return ExitCode::FAILURE;
    };
    if wanted.planted { mistakes(&wanted) } else { seeds(&wanted) }
}

/// Runs seeds until one breaks something.
fn seeds(wanted: &Wanted) -> ExitCode {
    let mut tally = Tally::default();
    let mut broken_seeds = 0;
    for seed in wanted.first..wanted.first + wanted.seeds {
        let outcome = run(seed);
        tally.add(&outcome);
        if let Some(broken) = outcome.broken {
            println!("seed {seed}: {broken}\nagain: --seeds 1 --seed {seed}");
            broken_seeds += 1;
            if !wanted.on {
                break;
            }
        }
    }
    println!("{}", tally.report());
    if broken_seeds > 0 {
        println!("0 passed, {broken_seeds} failed");
        return ExitCode::FAILURE;
    }
    let empty = tally.empty();
    // One seed alone has not everything.
    if wanted.seeds >= 100 && !empty.is_empty() {
        println!("never happened or never judged: {}", empty.join(", "));
        return ExitCode::FAILURE;
    }
    println!("1 passed");
    ExitCode::SUCCESS
}

/// Makes one known mistake after the other until each is noticed.
fn mistakes(wanted: &Wanted) -> ExitCode {
    let mut missed = 0;
    for mistake in Planted::ALL {
        plant(Some(mistake));
        let found = (wanted.first..wanted.first + wanted.seeds)
            .find_map(|seed| run(seed).broken.map(|broken| (seed, broken)));
        plant(None);
        if let Some((seed, broken)) = found {
            println!("{mistake:?}: seed {seed}: {broken}");
        } else {
            println!("{mistake:?}: not noticed in {} seeds", wanted.seeds);
            missed += 1;
        }
    }
    println!("{} passed, {missed} failed", Planted::ALL.len() - missed);
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
