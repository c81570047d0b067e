//! `cargo dev package`: every function as it goes to AWS, built by cargo-lambda, and how large each one is.

use std::fs;
use std::path::Path;

use crate::build;
use crate::place::Place;
use crate::run::{Failure, done, openly, quietly, step};
use crate::setup::{cargo, digest_of, python, tools, write};

/// What an archive should stay below, in bytes: a cold start has to fetch it.
pub const BUDGET: u64 = 4 * 1024 * 1024;
/// What it must stay below.
const LIMIT: u64 = 6 * 1024 * 1024;
const REQUIREMENTS: &str = "infra/dev/requirements-package.txt";

/// Builds the release of every function and checks that each is packaged and small.
///
/// # Errors
/// What the compiler says (on the terminal), or which functions are missing or too large.
pub fn package(place: &Place, flags: &[&str]) -> Result<(), Failure> {
    build::web(place)?;
    let folder = place.at("target/package");
    // Binaries only: what only tests need is not compiled.
    let flags: Vec<&str> = ["--bins", "--output-format", "zip"].iter().chain(flags).copied().collect();
    release(place, &flags, &folder)?;
    let sizes = sizes(&build::function_names(place)?, &folder);
    print!("{}", table(&sizes));
    let wrong: Vec<&str> =
        sizes.iter().filter(|(_, size)| !fits(*size)).map(|(name, _)| name.as_str()).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("not packaged, or not below {} MiB: {}", LIMIT >> 20, wrong.join(", "))))
}

/// `cargo lambda build --release` with these flags into a folder.
///
/// # Errors
/// What the compiler says, on the terminal.
pub fn release(place: &Place, flags: &[&str], folder: &Path) -> Result<(), Failure> {
    tools(place)?;
    cargo_lambda(place)?;
    let tools = place.dev("venv/bin");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut release = cargo(place);
    release.env("PATH", format!("{}:{path}", tools.display()));
    release.args(["lambda", "build", "--release", "--lambda-dir"]).arg(folder).args(flags);
    openly(&mut release)
}

/// Not part of `up`: its compiler for the other architecture is large.
fn cargo_lambda(place: &Place) -> Result<(), Failure> {
    let wanted = digest_of(&[place.at(REQUIREMENTS)])?;
    let marker = place.dev("venv/requirements-package.sha256");
    if fs::read_to_string(&marker).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    step("cargo-lambda", || {
        let install =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
        quietly(python(place).args(install).arg(place.at(REQUIREMENTS)))?;
        write(&marker, &wanted)?;
        Ok(done((), "installed into .dev/venv"))
    })
}

/// The size of each function's archive in bytes; none where there is no archive.
fn sizes(functions: &[String], folder: &Path) -> Vec<(String, Option<u64>)> {
    let size =
        |name: &String| fs::metadata(folder.join(name).join("bootstrap.zip")).ok().map(|file| file.len());
    functions.iter().map(|name| (name.clone(), size(name))).collect()
}

fn fits(size: Option<u64>) -> bool {
    size.is_some_and(|size| size < LIMIT)
}

fn table(sizes: &[(String, Option<u64>)]) -> String {
    let line = |(name, size): &(String, Option<u64>)| {
        let size = size.map_or_else(|| "missing".to_owned(), |size| format!("{} KiB", size.div_ceil(1024)));
        format!("  {name:<22} {size:>10}\n")
    };
    let below = sizes.iter().filter(|(_, size)| size.is_some_and(|size| size < BUDGET)).count();
    let sum = format!("  {below} of {} below {} MiB\n", sizes.len(), BUDGET >> 20);
    sizes.iter().map(line).chain([sum]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_too_large_does_not_pass() {
        assert!(fits(Some(LIMIT - 1)));
        assert!(!fits(Some(LIMIT)));
        assert!(!fits(None));
        let names = ["no-such-function".to_owned()];
        let found = sizes(&names, Path::new("/nowhere"));
        assert_eq!(found, [("no-such-function".to_owned(), None)]);
        assert!(table(&found).contains("missing") && table(&found).contains("0 of 1 below 4 MiB"));
    }
}
