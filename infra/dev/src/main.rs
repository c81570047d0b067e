//! `cargo dev`: runs, tests and inspects the whole platform on one machine.

mod bench;
mod build;
mod builds;
mod cloud;
mod demo;
mod inspect;
mod lock;
mod package;
mod place;
mod ports;
mod process;
mod proxy;
mod relay;
mod restore;
mod run;
mod setup;
mod simulation;
mod suite;
mod up;

use std::process::ExitCode;

use place::Place;
use run::Failure;

const USAGE: &str = "\
cargo dev <command>

  up                       builds, deploys and starts everything; ends with one link
  down                     stops everything, keeping its state
  reset                    stops everything and forgets its state
  seed [--refresh]         fills the demo workspace; --refresh moves its times to now
  logs [function] [--follow]
  invoke <function> <case> sends the event of events/<function>/<case>.json to the deployed function
  trace <message id>       tells what happened to a message; --aws --stage <stage> asks AWS
  redrive <queue>          moves dead messages back to where they came from
  restore                  tries the restore runbook: a restored table takes the place of the one in use
  package [--arm64]        builds every function for AWS and shows how large each archive is
  sim [--seeds N] [--seed S] [--go-on] [--planted]
                           the seeded simulation: N seeds from S; --planted makes known mistakes and looks for them
  bench [--write]          counts what the frequent things cost, and holds it against what they may;
                           --write puts the result into the README
  test [part]              fmt, lint, unit, sim, web, template, cloud, browser; all of them without a part
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match Place::find().and_then(|place| dispatch(&place, &words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_told() {
                eprintln!("error: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(place: &Place, words: &[&str]) -> Result<(), Failure> {
    match words {
        ["up"] => lock::holding(place, "up", || up::up(place)),
        ["down"] => lock::holding(place, "down", || {
            up::down(place);
            Ok(())
        }),
        ["reset"] => lock::holding(place, "reset", || up::reset(place)),
        ["seed"] => lock::holding(place, "seed", || up::seed(place, false)),
        ["seed", "--refresh"] => lock::holding(place, "seed", || up::seed(place, true)),
        ["logs", rest @ ..] => inspect::logs(place, rest),
        ["invoke", function, case] => inspect::invoke(place, function, case),
        ["trace", rest @ ..] => inspect::trace(place, rest),
        ["redrive", queue] => inspect::redrive(place, queue),
        ["restore"] => lock::holding(place, "restore", || restore::restore(place)),
        ["sim", rest @ ..] => simulation::by_hand(place, rest),
        ["bench", flags @ ..] => bench::bench(place, flags),
        ["package", flags @ ..] => package::package(place, flags),
        ["test"] => suite::all(place),
        ["test", part] => suite::one(place, part),
        // Started by `up`, never by hand.
        ["proxy", settings] => proxy::serve(settings),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::new(format!("unknown command: {}\n\n{USAGE}", words.join(" ")))),
    }
}
