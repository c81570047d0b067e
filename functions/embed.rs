//! For build scripts: embeds a built web folder in a function, as a list of its files in `assets.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Embeds a folder, named from the package that is built. Before `npm run build` there is none, and the list is empty.
///
/// # Errors
/// When the folder cannot be read or the list not written.
pub fn folder(below: &str) -> io::Result<()> {
    let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join(below);
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.is_dir() {
        collect(&dist, &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let path = file.strip_prefix(&dist).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        let source = file.canonicalize()?.to_string_lossy().into_owned();
        let _ = writeln!(code, "    Asset {{ path: {path:?}, bytes: include_bytes!({source:?}) }},");
    }
    code.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("assets.rs"), code)
}

/// Source maps are for developers and stay behind.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_none_or(|ending| ending != "map") {
            files.push(path);
        }
    }
    Ok(())
}
