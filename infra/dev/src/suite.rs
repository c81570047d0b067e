//! `cargo dev test`: all tests in an order that fails fast.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use crate::cloud;
use crate::place::Place;
use crate::run::{Failure, quietly};
use crate::setup::{cargo, chromium, node_packages, python, tools};
use crate::{build, simulation, up};

/// What one part has found.
#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
    skipped: u32,
}

struct Part {
    name: &'static str,
    run: fn(&Place, &mut Tally) -> Result<(), Failure>,
}

/// Quick ones first, then what needs the whole installation.
const PARTS: [Part; 8] = [
    Part { name: "fmt", run: fmt },
    Part { name: "template", run: template },
    Part { name: "web", run: web },
    Part { name: "lint", run: lint },
    Part { name: "unit", run: unit },
    Part { name: "sim", run: sim },
    Part { name: "cloud", run: local_cloud },
    Part { name: "browser", run: browser },
];

/// What takes long, and is called by its name only: thousands of messages while things are cut off and killed.
const ON_DEMAND: [Part; 1] = [Part { name: "load", run: load }];

/// Runs every part, and stops at the first that fails.
///
/// # Errors
/// When a test failed.
pub fn all(place: &Place) -> Result<(), Failure> {
    run(place, &PARTS)
}

/// Runs one part.
///
/// # Errors
/// When there is no such part, or a test failed.
pub fn one(place: &Place, name: &str) -> Result<(), Failure> {
    let all = || PARTS.iter().chain(&ON_DEMAND);
    let known = || all().map(|part| part.name).collect::<Vec<_>>().join(", ");
    let part = all().find(|part| part.name == name);
    let part =
        part.ok_or_else(|| Failure::new(format!("there is no part {name}; there are: {}", known())))?;
    run(place, std::slice::from_ref(part))
}

fn run(place: &Place, parts: &[Part]) -> Result<(), Failure> {
    tools(place)?;
    let mut rows = Vec::new();
    let mut reason = None;
    for part in parts {
        println!("\n== {}", part.name);
        let started = Instant::now();
        let mut tally = Tally::default();
        let result = (part.run)(place, &mut tally);
        if result.is_err() && tally.failed == 0 {
            tally.failed = 1;
        }
        rows.push((part.name, tally, started.elapsed()));
        if let Err(failure) = result {
            reason = Some(Failure::new(format!("{}: {failure}", part.name)));
            break;
        }
    }
    report(&rows, parts.len());
    reason.map_or(Ok(()), Err)
}

fn report(rows: &[(&str, Tally, Duration)], planned: usize) {
    println!("\n  {:<10} {:>7} {:>7} {:>8} {:>8}", "part", "passed", "failed", "skipped", "seconds");
    let mut sum = Tally::default();
    for (name, tally, time) in rows {
        println!(
            "  {name:<10} {:>7} {:>7} {:>8} {:>8.1}",
            tally.passed,
            tally.failed,
            tally.skipped,
            time.as_secs_f64()
        );
        sum.passed += tally.passed;
        sum.failed += tally.failed;
        sum.skipped += tally.skipped;
    }
    if rows.len() < planned {
        println!("  {} parts were not run", planned - rows.len());
    }
    let skipped = if sum.skipped > 0 { format!(", {} skipped", sum.skipped) } else { String::new() };
    println!("\n{} passed, {} failed{skipped}", sum.passed, sum.failed);
}

fn tool_cargo(place: &Place, command: &str) -> Command {
    let mut cargo = cargo(place);
    cargo.arg(command).arg("--manifest-path").arg(place.at("infra/dev/Cargo.toml"));
    cargo
}

/// The tool's own target folder; `fmt` takes no such flag.
fn in_tool_target(place: &Place, command: &mut Command) {
    command.arg("--target-dir").arg(place.at("infra/dev/target"));
}

fn fmt(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    check(cargo(place).args(["fmt", "--all", "--check"]), tally)?;
    check(tool_cargo(place, "fmt").args(["--all", "--check"]), tally)
}

fn lint(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    check(
        cargo(place).args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        tally,
    )?;
    let mut own = tool_cargo(place, "clippy");
    in_tool_target(place, &mut own);
    check(own.args(["--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]), tally)
}

/// nextest where it is installed; building it would take longer than the tests.
fn runner(place: &Place) -> Command {
    let mut command = cargo(place);
    command.args(if has_nextest(place) { &["nextest", "run"][..] } else { &["test"][..] });
    command
}

fn has_nextest(place: &Place) -> bool {
    quietly(cargo(place).args(["nextest", "--version"])).is_ok()
}

fn unit(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    // Functions embed the built console and widget, and some tests start the functions.
    build::web(place)?;
    build::functions(place)?;
    let uses = place.at("target/uses");
    forgotten(&uses)?;
    counted(runner(place).args(["--workspace", "--no-fail-fast"]).env(USES, &uses), tally)?;
    counted(ignored(place, "roles::every_grant_is_used").env(USES, &uses), tally)?;
    let mut own = runner(place);
    own.arg("--manifest-path").arg(place.at("infra/dev/Cargo.toml"));
    in_tool_target(place, &mut own);
    counted(own.args(["--workspace", "--no-fail-fast"]), tally)
}

/// Where tests leave what functions ask of AWS, to be held against their roles when all have run.
const USES: &str = "COLIBRI_USES";

fn forgotten(folder: &std::path::Path) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(fail)?;
    }
    std::fs::create_dir_all(folder).map_err(fail)
}

/// One test of `tests/` that is ignored where not all that it needs is there.
fn ignored(place: &Place, test: &str) -> Command {
    let mut tests = runner(place);
    tests.args(["--package", "colibri-tests"]);
    if has_nextest(place) {
        tests.args(["--run-ignored", "only", "--filterset", &format!("test({test})")]);
    } else {
        tests.args(["--", "--ignored", test]);
    }
    tests
}

/// Many seeds; then each of the known mistakes, until a seed notices it.
fn sim(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    simulation::build(place)?;
    let seeds = simulation::SEEDS.to_string();
    counted(&mut simulation::process(place, &["--seeds", &seeds]), tally)?;
    counted(&mut simulation::process(place, &["--planted", "--seeds", &seeds]), tally)
}

fn web(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    for folder in build::WEB_FOLDERS {
        node_packages(place, folder)?;
        let npm = || {
            let mut command = Command::new("npm");
            command.current_dir(place.at(folder)).args(["run", "--silent"]);
            command
        };
        check(npm().arg("check"), tally)?;
        counted(npm().arg("test"), tally)?;
    }
    Ok(())
}

fn template(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    let mut lint = Command::new(place.dev("venv/bin/cfn-lint"));
    lint.current_dir(place.root()).arg("infra/template.yaml").arg("infra/stacks/*.yaml");
    check(&mut lint, tally)?;
    let mut own = python(place);
    own.args(["-m", "unittest", "discover", "--start-directory", "infra/dev/py", "--pattern", "test_*.py"]);
    counted(&mut own, tally)
}

fn local_cloud(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    // What the installation knows outlives a restart, and it works on: every test shows it.
    crate::lock::holding(place, "test", || {
        up::up(place)?;
        up::down(place);
        up::up(place)
    })?;
    let mut tests = runner(place);
    tests.args(["--package", "colibri-tests", "--no-fail-fast"]);
    // Tests that need the running installation are ignored elsewhere.
    if has_nextest(place) {
        tests.args([
            "--run-ignored",
            "only",
            "--filterset",
            "(test(cloud::) | test(process::)) - test(cloud::load::)",
        ]);
    } else {
        tests.args(["--", "--ignored", "--skip", "cloud::load::", "--skip", "roles::"]);
    }
    environment(place, &mut tests)?;
    counted(&mut tests, tally)
}

/// One after the other: what one cuts off, another needs.
fn load(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    up::up(place)?;
    let mut tests = cargo(place);
    tests.args(["test", "--package", "colibri-tests", "--test", "it", "--", "--ignored", "--nocapture"]);
    tests.args(["--test-threads", "1", "cloud::load::"]);
    environment(place, &mut tests)?;
    counted(&mut tests, tally)
}

fn browser(place: &Place, tally: &mut Tally) -> Result<(), Failure> {
    let chromium = chromium()?;
    let folder = "tests/browser";
    node_packages(place, folder)?;
    crate::lock::holding(place, "test", || up::up(place))?;
    coverage(place)?;
    let mut tests = Command::new("npm");
    tests.current_dir(place.at(folder)).args(["run", "--silent", "test"]).env("CHROMIUM", chromium);
    environment(place, &mut tests)?;
    counted(&mut tests, tally)
}

/// What the coverage table of the browser tests is made from: the API's answers, and what the simulator can play.
fn coverage(place: &Place) -> Result<(), Failure> {
    quietly(runner(place).args(["--workspace", "every_word_of_a_provider"]))?;
    let mut own = runner(place);
    own.arg("--manifest-path").arg(place.at("infra/dev/Cargo.toml"));
    in_tool_target(place, &mut own);
    quietly(own.args(["--workspace", "every_word_of_a_channel"])).map(|_| ())
}

/// What tests of the running installation need to know.
fn environment(place: &Place, command: &mut Command) -> Result<(), Failure> {
    cloud::aws_env(place, command);
    let outputs = cloud::outputs(place)?;
    let text = serde_json::to_string(&outputs).map_err(|error| Failure::new(error.to_string()))?;
    command
        .env("COLIBRI_OUTPUTS", text)
        .env("COLIBRI_CONSOLE_URL", place.console_url())
        .env("COLIBRI_SIMULATOR_URL", place.simulator_url())
        .env("COLIBRI_DEMO", place.dev("demo.json"))
        .env("COLIBRI_SHOP", place.dev("run/shop"));
    Ok(())
}

/// A program that is one check: it passes or it fails.
fn check(command: &mut Command, tally: &mut Tally) -> Result<(), Failure> {
    let result = crate::run::openly(command);
    if result.is_ok() {
        tally.passed += 1;
    } else {
        tally.failed += 1;
    }
    result
}

/// A test runner: its output goes on to the terminal, its closing lines are counted.
fn counted(command: &mut Command, tally: &mut Tally) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::new(error.to_string());
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(fail)?;
    let (sender, lines) = channel();
    for pipe in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)].into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || pass_on(pipe, &sender));
    }
    drop(sender);
    for line in lines {
        println!("{line}");
        count(&plain(&line), tally);
    }
    let status = child.wait().map_err(fail)?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("tests failed ({status})"))) }
}

fn boxed(pipe: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(pipe)
}

fn pass_on(pipe: Box<dyn Read + Send>, sender: &Sender<String>) {
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        if sender.send(line).is_err() {
            break;
        }
    }
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut escaped = false;
    for letter in line.chars() {
        match letter {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            _ => text.push(letter),
        }
    }
    text
}

/// Adds up the closing line of nextest, `cargo test`, Vitest, Playwright, `node --test` and unittest.
fn count(line: &str, tally: &mut Tally) {
    let line = line.trim();
    let words: Vec<&str> = line.split([' ', ',', '|', '(', ';']).filter(|word| !word.is_empty()).collect();
    let before = |name: &str| -> u32 {
        let at = words.iter().position(|word| *word == name);
        at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
    };
    let closing = line.starts_with("Summary [")
        || line.starts_with("Tests ")
        || line.starts_with("test result: ")
        || matches!(words.as_slice(), [number, "passed" | "failed" | "skipped", ..] if number.parse::<u32>().is_ok());
    if closing {
        tally.passed += before("passed");
        tally.failed += before("failed");
        tally.skipped += before("skipped") + before("ignored");
    } else if let ["Ran", number, "test" | "tests", ..] = words.as_slice() {
        tally.passed += number.parse::<u32>().unwrap_or(0);
    } else if let ["#" | "ℹ", what @ ("pass" | "fail" | "skipped"), number] = words.as_slice() {
        let number = number.parse::<u32>().unwrap_or(0);
        match *what {
            "pass" => tally.passed += number,
            "fail" => tally.failed += number,
            _ => tally.skipped += number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(line: &str) -> (u32, u32, u32) {
        let mut tally = Tally::default();
        count(&plain(line), &mut tally);
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn closing_lines_of_all_runners_are_counted() {
        assert_eq!(counted("     Summary [   0.012s] 3 tests run: 2 passed, 1 failed, 4 skipped"), (2, 1, 4));
        assert_eq!(
            counted("     Summary [   0.012s] 12 tests run: 12 passed (1 slow), 0 skipped"),
            (12, 0, 0)
        );
        assert_eq!(counted("\u{1b}[2m      Tests \u{1b}[22m 1 failed | 11 passed (12)"), (11, 1, 0));
        assert_eq!(counted("  7 passed (3.4s)"), (7, 0, 0));
        assert_eq!(
            counted("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out"),
            (5, 0, 1)
        );
        assert_eq!(counted("Ran 5 tests in 0.010s"), (5, 0, 0));
        assert_eq!(counted("# pass 9"), (9, 0, 0));
        assert_eq!(counted("ℹ fail 2"), (0, 2, 0));
    }

    #[test]
    fn other_lines_are_not_counted() {
        assert_eq!(counted(" Test Files  2 passed (2)"), (0, 0, 0));
        assert_eq!(counted("        PASS [   0.010s] colibri-domain phone::tests::two_passed"), (0, 0, 0));
        assert_eq!(counted("the 3 passed on"), (0, 0, 0));
    }
}
