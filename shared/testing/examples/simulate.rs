//! The seeded simulation: many seeds, or one; with `--planted` a known mistake at a time, each until it is noticed.

#![allow(clippy::expect_used)]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use colibri_domain::planted::{Planted, plant};
use colibri_testing::sim::{Tally, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Below this many seeds not every fault and invariant has had its turn.
const ENOUGH: u64 = 100;

struct Wanted {
    seeds: u64,
    first: u64,
    threads: usize,
    planted: bool,
    /// Does not stop at the first that breaks something.
    on: bool,
}

fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted { seeds: 2_000, first: 1, threads: 2, planted: false, on: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => wanted.seeds = words.next()?.parse().ok()?,
            "--seed" => wanted.first = words.next()?.parse().ok()?,
            "--threads" => wanted.threads = words.next()?.parse().ok().filter(|threads| *threads > 0)?,
            "--go-on" => wanted.on = true,
            "--planted" => wanted.planted = true,
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("simulate [--seeds N] [--seed first] [--threads N] [--planted] [--go-on]");
        return ExitCode::FAILURE;
    };
    if wanted.planted { mistakes(&wanted) } else { seeds(&wanted) }
}

/// What the seeds came to, and those that broke something, in order.
fn swept(wanted: &Wanted, mistake: Option<Planted>) -> (Tally, Vec<(u64, String)>) {
    let (next, stop) = (AtomicU64::new(wanted.first), AtomicBool::new(false));
    let found = Mutex::new((Tally::default(), Vec::new()));
    std::thread::scope(|threads| {
        for _ in 0..wanted.threads {
            threads.spawn(|| {
                plant(mistake);
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= wanted.first + wanted.seeds {
                        break;
                    }
                    let outcome = run(seed);
                    let mut found = found.lock().expect("no thread has died");
                    found.0.add(&outcome);
                    if let Some(broken) = outcome.broken {
                        found.1.push((seed, broken));
                        stop.store(!wanted.on, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let (tally, mut broken) = found.into_inner().expect("no thread has died");
    broken.sort();
    (tally, broken)
}

/// Runs seeds until one breaks something.
fn seeds(wanted: &Wanted) -> ExitCode {
    let started = Instant::now();
    let (tally, broken) = swept(wanted, None);
    for (seed, broken) in &broken {
        println!("seed {seed}: {broken}\nagain: cargo dev sim --seeds 1 --seed {seed}");
    }
    println!("{}in {:.1} s", tally.report(), started.elapsed().as_secs_f64());
    if !broken.is_empty() {
        println!("0 passed, {} failed", broken.len());
        return ExitCode::FAILURE;
    }
    let empty = tally.empty();
    if wanted.seeds >= ENOUGH && !empty.is_empty() {
        println!("never happened or never judged: {}\n0 passed, 1 failed", empty.join(", "));
        return ExitCode::FAILURE;
    }
    println!("1 passed");
    ExitCode::SUCCESS
}

/// Makes one known mistake after the other until each is noticed.
fn mistakes(wanted: &Wanted) -> ExitCode {
    let mut missed = 0;
    for mistake in Planted::ALL {
        let started = Instant::now();
        let (_, broken) = swept(wanted, Some(mistake));
        let took = started.elapsed().as_secs_f64();
        if let Some((seed, broken)) = broken.first() {
            println!("{mistake:?}: found after {} seeds, {took:.1} s: {broken}", seed - wanted.first + 1);
        } else {
            println!("{mistake:?}: not noticed in {} seeds, {took:.1} s", wanted.seeds);
            missed += 1;
        }
    }
    println!("{} passed, {missed} failed", Planted::ALL.len() - missed);
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
