//! `cargo dev bench`: what the frequent things cost, against what they may.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::build;
use crate::place::Place;
use crate::run::{Failure, done, openly, step};
use crate::setup::{cargo, write};

/// Where results are kept, for comparison.
const FOLDER: &str = "target/bench";
/// Beginning and end of the generated part of the README.
const MARKS: [&str; 2] = ["<!-- bench -->\n", "<!-- /bench -->"];
const HEAD: &str = "| what | figure | at most | | made of |\n|---|---|---|---|---|\n";
/// Largest script and styles of the console's first load, compressed.
const FIRST_LOAD: u64 = 250 * 1000;
/// Largest archive of a function.
const ARCHIVE: u64 = 4 * 1024 * 1024;

/// Counts, measures, prints and keeps.
///
/// # Errors
/// When something does not build or run; a missed budget is a result.
pub fn bench(place: &Place, flags: &[&str]) -> Result<(), Failure> {
    if let Some(unknown) = flags.iter().find(|flag| **flag != "--write") {
        return Err(Failure::new(format!("unknown flag: {unknown}")));
    }
    step("counters", || {
        let mut build = cargo(place);
        build.args(["build", "--quiet", "--workspace", "--example", "bench"]);
        openly(&mut build)?;
        Ok(done((), "built"))
    })?;
    let mut counts = Command::new(place.at("target/debug/examples/bench"));
    openly(counts.current_dir(place.root()).arg(place.at(FOLDER)))?;
    let files = files(place)?;
    print!("{files}");
    write(&place.at(FOLDER).join("files.md"), &files)?;
    if flags.contains(&"--write") {
        let path = place.at("README.md");
        let readme = read(&path)?;
        let rows = read(&place.at(FOLDER).join("counts.md"))? + &files;
        let fresh =
            generated(&readme, &rows).ok_or_else(|| Failure::new("README.md: no marks for the bench"))?;
        write(&path, fresh)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// The text with these rows between its marks.
fn generated(text: &str, rows: &str) -> Option<String> {
    let (before, rest) = text.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}{HEAD}{rows}{}{after}", MARKS[0], MARKS[1]))
}

fn row(what: &str, size: u64, limit: u64, why: &str) -> String {
    let verdict = if size <= limit {
        "met".to_owned()
    } else {
        format!("missed by {} %", (size - limit) * 100 / limit)
    };
    format!("| {what} | {} kB | {} | {verdict} | {why} |\n", size.div_ceil(1000), limit / 1000)
}

/// Sizes of what was built; what was not is left out.
fn files(place: &Place) -> Result<String, Failure> {
    let mut rows = String::new();
    let dist = place.at("functions/console/web/dist");
    if dist.join("index.html").is_file() {
        let names = first_load(&read(&dist.join("index.html"))?);
        let mut size = 0;
        for name in &names {
            size += compressed(&dist.join(name))?;
        }
        let why = format!("{} files that the page itself names, gzip", names.len());
        rows.push_str(&row("console, first load", size, FIRST_LOAD, &why));
    }
    let folder = place.at("target/package");
    let size =
        |name: &String| fs::metadata(folder.join(name).join("bootstrap.zip")).ok().map(|file| file.len());
    let names = build::function_names(place)?;
    let sizes: Vec<(u64, &String)> = names.iter().filter_map(|name| Some((size(name)?, name))).collect();
    if let Some((largest, name)) = sizes.iter().max() {
        let why = format!("{name}, of {} packaged by `cargo dev package`", sizes.len());
        rows.push_str(&row("largest archive of a function", *largest, ARCHIVE, &why));
    }
    Ok(rows)
}

/// Scripts and styles that a page loads by itself.
fn first_load(page: &str) -> Vec<String> {
    let of = |name: &str| {
        let names = page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
        names.map(|name| name.trim_start_matches('/').to_owned()).collect::<Vec<_>>()
    };
    let loaded = |name: &String| [".js", ".css"].iter().any(|end| name.ends_with(end));
    of("src=\"").into_iter().chain(of("href=\"")).filter(loaded).collect()
}

fn compressed(file: &Path) -> Result<u64, Failure> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "-c"]).arg(file).stdin(Stdio::null());
    let output = gzip.output().map_err(|error| Failure::new(format!("gzip: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!("gzip {}: {}", file.display(), output.status)));
    }
    Ok(output.stdout.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n";
        let fresh = generated(text, "| new |\n").unwrap_or_default();
        assert_eq!(fresh, format!("a\n<!-- bench -->\n{HEAD}| new |\n<!-- /bench -->\nb\n"));
        assert_eq!(generated(&fresh, "| new |\n").as_deref(), Some(fresh.as_str()));
        assert_eq!(generated("nothing", ""), None);
    }

    #[test]
    fn the_first_load_is_what_the_page_names() {
        let page = r#"<link rel="icon" href="/icon.svg"><script type="module" src="/assets/a.js"></script>
            <link rel="modulepreload" href="/assets/b.js"><link rel="stylesheet" href="/assets/c.css">"#;
        assert_eq!(first_load(page), ["assets/a.js", "assets/b.js", "assets/c.css"]);
    }

    #[test]
    fn sizes_are_held_against_their_limits() {
        assert!(row("w", 999, 1_000, "").contains("| met |"));
        assert!(row("w", 1_500, 1_000, "").contains("missed by 50 %"));
    }
}
