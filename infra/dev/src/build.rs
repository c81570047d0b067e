//! Builds what is deployed: the console, the chat widget and the functions.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

use crate::place::Place;
use crate::run::{Failure, done, openly, quietly, step};
use crate::setup::{cargo, digest_of, node_packages, write};

/// A folder with a `package.json` whose `npm run build` makes files that a function embeds.
struct Web {
    name: &'static str,
    folder: &'static str,
    /// What else it reads, beside its own folder.
    also: &'static [&'static str],
    /// A file that a finished build leaves in `dist`.
    made: &'static str,
}

/// The console shows the widget in its settings, from the widget's sources.
const CONSOLE: Web = Web {
    name: "console",
    folder: "functions/console/web",
    also: &["functions/webchat/widget/src"],
    made: "index.html",
};
const WIDGET: Web = Web { name: "widget", folder: "functions/webchat/widget", also: &[], made: "widget.js" };

/// The folders whose checks and tests npm runs.
pub const WEB_FOLDERS: [&str; 2] = [CONSOLE.folder, WIDGET.folder];

/// Builds the console and the chat widget unless nothing has changed since the last time.
///
/// # Errors
/// What npm, TypeScript or Vite say.
pub fn web(place: &Place) -> Result<(), Failure> {
    [CONSOLE, WIDGET].iter().try_for_each(|one| build_web(place, one))
}

fn build_web(place: &Place, web: &Web) -> Result<(), Failure> {
    node_packages(place, web.folder)?;
    let mut inputs = Vec::new();
    for folder in [web.folder].iter().chain(web.also) {
        sources(&place.at(folder), &mut inputs)?;
    }
    inputs.sort();
    let wanted = digest_of(&inputs)?;
    let marker = place.dev(format!("{}.sha256", web.name));
    let built = place.at(web.folder).join("dist").join(web.made).exists();
    if built && fs::read_to_string(&marker).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    step(web.name, || {
        quietly(Command::new("npm").args(["run", "--silent", "build"]).current_dir(place.at(web.folder)))?;
        write(&marker, &wanted)?;
        Ok(done((), "built"))
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries =
        fs::read_dir(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "node_modules" && name != "dist" {
                sources(&path, found)?;
            }
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// Builds all functions with the profile that the tests use, and lays each one
/// where the template looks for it.
///
/// # Errors
/// What the compiler says (on the terminal).
pub fn functions(place: &Place) -> Result<(), Failure> {
    let names = function_names(place)?;
    step("functions", || {
        openly(building(place).args(["--workspace", "--bins"]))?;
        let mut fresh = 0;
        for name in &names {
            if lay_out(&target(place).join("debug").join(name), &target(place).join("lambda").join(name))? {
                fresh += 1;
            }
        }
        Ok(done((), format!("{} built, {fresh} changed", names.len())))
    })
}

/// `cargo build`, with its progress where somebody watches: the first time takes minutes.
fn building(place: &Place) -> Command {
    let mut command = cargo(place);
    command.arg("build");
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    command
}

fn target(place: &Place) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| place.at("target"), PathBuf::from)
}

/// The packages under `functions/` that have a binary.
///
/// # Errors
/// What cargo says.
pub fn function_names(place: &Place) -> Result<Vec<String>, Failure> {
    let text = quietly(cargo(place).args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| Failure::new(error.to_string()))?;
    let folder = place.at("functions");
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> = packages
        .iter()
        .filter(|package| {
            package["manifest_path"].as_str().is_some_and(|path| Path::new(path).starts_with(&folder))
        })
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// Copies a binary to `<folder>/bootstrap` unless it is there already. A copy, not
/// a link: a release build by cargo-lambda writes into the same place.
fn lay_out(binary: &Path, folder: &Path) -> Result<bool, Failure> {
    let fail = |error: std::io::Error| Failure::new(format!("{}: {error}", binary.display()));
    let bootstrap = folder.join("bootstrap");
    let from = fs::metadata(binary).map_err(fail)?;
    let same =
        fs::metadata(&bootstrap).is_ok_and(|to| to.len() == from.len() && modified(&to) == modified(&from));
    if same {
        return Ok(false);
    }
    fs::create_dir_all(folder).map_err(fail)?;
    let _ = fs::remove_file(&bootstrap);
    fs::copy(binary, &bootstrap).map_err(fail)?;
    if let Some(time) = modified(&from) {
        let copy = fs::File::options().write(true).open(&bootstrap).map_err(fail)?;
        copy.set_modified(time).map_err(fail)?;
    }
    Ok(true)
}

fn modified(metadata: &fs::Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}

/// Builds the simulator; answers its path.
///
/// # Errors
/// What the compiler says (on the terminal).
pub fn simulator(place: &Place) -> Result<PathBuf, Failure> {
    let folder = place.at("infra/dev/target");
    step("simulator", || {
        openly(
            building(place)
                .args(["--package", "colibri-simulator", "--manifest-path"])
                .arg(place.at("infra/dev/Cargo.toml"))
                .arg("--target-dir")
                .arg(&folder),
        )?;
        Ok(done((), "built"))
    })?;
    Ok(folder.join("debug/colibri-simulator"))
}
