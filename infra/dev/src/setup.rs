//! Installs what is missing where that needs no question.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::place::Place;
use crate::run::{Done, Failure, done, quietly, step};

/// Python in the virtual environment of the checkout.
pub fn python(place: &Place) -> Command {
    let mut command = Command::new(place.dev("venv/bin/python"));
    command.current_dir(place.root());
    command
}

/// Cargo without what the outer `cargo run` has put into the environment:
/// build scripts that watch those variables would otherwise run again each time.
pub fn cargo(place: &Place) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(place.root());
    for (name, _) in std::env::vars() {
        let inherited = ["CARGO_PKG_", "CARGO_MANIFEST", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY"];
        if name == "CARGO" || inherited.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Checks the languages and fills the virtual environment.
///
/// # Errors
/// One line that says how to install what is missing.
pub fn tools(place: &Place) -> Result<(), Failure> {
    place.prepare()?;
    step("tools", || {
        let python = version("python3", "--version", (3, 10), "apt-get install python3 python3-venv")?;
        let node = version(
            "node",
            "--version",
            (20, 19),
            "apt-get install nodejs npm, or a newer Node from nodejs.org",
        )?;
        Ok(done((), format!("Python {python}, Node {node}")))
    })?;
    let wanted = digest_of(&[place.at("infra/dev/requirements.txt")])?;
    let marker = place.dev("venv/requirements.sha256");
    if fs::read_to_string(&marker).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    step("python", || venv(place, &marker, &wanted))
}

fn venv(place: &Place, marker: &Path, wanted: &str) -> Result<Done<()>, Failure> {
    let create = || quietly(Command::new("python3").arg("-m").arg("venv").arg(place.dev("venv")));
    if !place.dev("venv/bin/pip").exists() && create().is_err() {
        // Debian packs the module apart.
        apt(&["python3-venv"])?;
        create()?;
    }
    let requirements = place.at("infra/dev/requirements.txt");
    quietly(
        python(place)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
            ])
            .arg(requirements),
    )?;
    write(marker, wanted)?;
    Ok(done((), "packages installed into .dev/venv"))
}

/// Installs the packages of a Node folder when its lock file has changed.
///
/// # Errors
/// What npm says.
pub fn node_packages(place: &Place, folder: &str) -> Result<(), Failure> {
    let lock = place.at(folder).join("package-lock.json");
    let wanted = digest_of(&[lock])?;
    let marker = place.dev(format!("npm-{}", folder.replace('/', "-")));
    let present = place.at(folder).join("node_modules").is_dir();
    if present && fs::read_to_string(&marker).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    step("npm", || {
        quietly(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(place.at(folder)))?;
        write(&marker, &wanted)?;
        Ok(done((), format!("packages of {folder}")))
    })
}

/// The Chromium that the browser tests drive; installed when missing.
///
/// # Errors
/// One line that says how to install it.
pub fn chromium() -> Result<PathBuf, Failure> {
    let find = || {
        ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
            .map(PathBuf::from)
            .into_iter()
            .find(|path| path.exists())
    };
    if let Some(path) = find() {
        return Ok(path);
    }
    step("chromium", || {
        apt(&["chromium"])?;
        Ok(done((), "installed"))
    })?;
    find().ok_or_else(|| Failure::new("Chromium is missing: apt-get install chromium"))
}

fn apt(packages: &[&str]) -> Result<(), Failure> {
    let hint = format!("apt-get install {}", packages.join(" "));
    if !is_root() {
        return Err(Failure::new(format!("missing on this machine; as root: {hint}")));
    }
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    quietly(apt().args(["update", "-qq"]))?;
    quietly(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))?;
    Ok(())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn version(program: &str, flag: &str, least: (u32, u32), hint: &str) -> Result<String, Failure> {
    let text = quietly(Command::new(program).arg(flag))
        .map_err(|_| Failure::new(format!("{program} is missing: {hint}")))?;
    let number = text.trim().trim_start_matches("Python ").trim_start_matches('v').to_owned();
    let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < least {
        return Err(Failure::new(format!(
            "{program} {number} is too old, {}.{} is needed: {hint}",
            least.0, least.1
        )));
    }
    Ok(number)
}

/// A digest over the content of files.
///
/// # Errors
/// When a file cannot be read.
pub fn digest_of(files: &[PathBuf]) -> Result<String, Failure> {
    let mut digest = Sha256::new();
    for file in files {
        let content = fs::read(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
        digest.update(file.to_string_lossy().as_bytes());
        digest.update([0]);
        digest.update(content);
    }
    Ok(hex::encode(digest.finalize()))
}

/// Writes a file, naming it when that fails.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}
