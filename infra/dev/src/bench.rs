//! `cargo dev bench`: what the frequent things cost, against what they may.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::place::Place;
use crate::run::{Failure, done, openly, quietly, step};
use crate::setup::{cargo, chromium, python, tools, write};
use crate::{build, builds, package};

/// Where results are kept, for comparison.
const FOLDER: &str = "target/bench";
/// Beginning and end of the generated part of the README.
const MARKS: [&str; 2] = ["<!-- bench -->\n", "<!-- /bench -->"];
const HEAD: &str = "| what | figure | at most | | made of |\n|---|---|---|---|---|\n";
/// Largest script and styles of the console's first load, compressed.
const FIRST_LOAD: u64 = 250 * 1000;

/// Counts, measures, prints and keeps.
///
/// # Errors
/// When something does not build or run; a missed budget is a result.
pub fn bench(place: &Place, flags: &[&str]) -> Result<(), Failure> {
    let options = options(flags)?;
    step("counters", || {
        let mut build = cargo(place);
        build.args(["build", "--quiet", "--workspace", "--example", "bench"]);
        openly(&mut build)?;
        Ok(done((), "built"))
    })?;
    let mut counts = Command::new(place.at("target/debug/examples/bench"));
    counts.current_dir(place.root()).arg(place.at(FOLDER));
    if options.scale {
        counts.arg("--scale");
    }
    openly(&mut counts)?;
    let mut rows = read(&place.at(FOLDER).join("counts.md"))?;
    if options.processes {
        rows += &processes(place, options.kannel)?;
    }
    if options.console {
        rows += &console(place)?;
    }
    if options.builds {
        rows += &builds::rows(place)?;
    }
    let files = files(place)?;
    print!("{files}");
    write(&place.at(FOLDER).join("files.md"), &files)?;
    rows += &files;
    if options.write {
        let path = place.at("README.md");
        let readme = read(&path)?;
        let fresh =
            generated(&readme, &rows).ok_or_else(|| Failure::new("README.md: no marks for the bench"))?;
        write(&path, fresh)?;
    }
    Ok(())
}

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a flag
struct Options {
    write: bool,
    processes: bool,
    kannel: bool,
    console: bool,
    builds: bool,
    scale: bool,
}

fn options(flags: &[&str]) -> Result<Options, Failure> {
    let mut options = Options::default();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match *flag {
            "--write" => options.write = true,
            "--processes" => options.processes = true,
            "--console" => options.console = true,
            "--builds" => options.builds = true,
            "--scale" => options.scale = true,
            "--all" => {
                let all = Options { processes: true, console: true, builds: true, scale: true, ..options };
                options = all;
            }
            "--vs" if flags.next() == Some(&"kannel") => {
                (options.processes, options.kannel) = (true, true);
            }
            "--vs" => return Err(Failure::new("--vs takes kannel")),
            unknown => return Err(Failure::new(format!("unknown flag: {unknown}"))),
        }
    }
    Ok(options)
}

/// Functions whose processes are measured.
const MEASURED: [&str; 5] =
    ["webhook-whatsapp", "webhook-messenger", "webhook-instagram", "webhook-telegram", "message-receive"];

/// Processor time, starts and memory of functions as `cargo dev package` made them.
fn processes(place: &Place, kannel: bool) -> Result<String, Failure> {
    let folder = place.at(FOLDER);
    let functions = folder.join("functions");
    step("processes", || {
        tools(place)?;
        for name in MEASURED {
            let archive = place.at("target/package").join(name).join("bootstrap.zip");
            if !archive.is_file() {
                return Err(Failure::new(format!("{name} is not packaged: run cargo dev package first")));
            }
            let mut unpack = python(place);
            unpack.args(["-m", "zipfile", "-e"]).arg(&archive).arg(functions.join(name));
            quietly(&mut unpack)?;
            executable(&functions.join(name).join("bootstrap"))?;
        }
        package::release(place, &["--package", "colibri-lambda", "--example", "nothing"], &folder)?;
        let mut build = cargo(place);
        build.args(["build", "--quiet", "--workspace", "--example", "processes"]);
        openly(&mut build)?;
        Ok(done((), "built"))
    })?;
    let mut measure = Command::new(place.at("target/debug/examples/processes"));
    measure.current_dir(place.root());
    measure.arg(&functions).arg(folder.join("nothing/bootstrap")).arg(&folder);
    if kannel {
        measure.arg("--vs-kannel");
    }
    openly(&mut measure)?;
    read(&folder.join("processes.md"))
}

/// Archives made by Python keep no permissions when Python unpacks them.
fn executable(file: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
        .map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

/// First load and long lists of the built console, in Chromium.
fn console(place: &Place) -> Result<String, Failure> {
    build::web(place)?;
    let browser = chromium()?;
    let folder = place.at(FOLDER);
    let mut timings = Command::new("node");
    timings.current_dir(place.at("functions/console/web")).env("CHROMIUM", browser);
    openly(timings.arg("tools/timings.mjs").arg(&folder))?;
    read(&folder.join("console.md"))
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
        let below = sizes.iter().filter(|(size, _)| *size < package::BUDGET).count();
        let why = format!("{name}; {below} of {} packaged by `cargo dev package` keep it", sizes.len());
        rows.push_str(&row("largest archive of a function", *largest, package::BUDGET, &why));
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
    fn flags_choose_what_is_measured() {
        let kannel = Options { processes: true, kannel: true, ..Options::default() };
        assert_eq!(options(&["--vs", "kannel"]).ok(), Some(kannel));
        let all =
            Options { write: true, processes: true, console: true, builds: true, scale: true, kannel: false };
        assert_eq!(options(&["--all", "--write"]).ok(), Some(all));
        assert!(options(&["--vs", "other"]).is_err());
        assert!(options(&["--everything"]).is_err());
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
