//! The bench: counts what the frequent things cost, and holds it against what they may.

#![allow(clippy::expect_used)]

use std::path::PathBuf;

use colibri_testing::bench::{json, markdown, rows, rows_of_scale, table};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/bench".to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut rows = runtime.block_on(rows());
    if std::env::args().any(|flag| flag == "--scale") {
        rows.extend(runtime.block_on(rows_of_scale()));
    }
    std::fs::create_dir_all(&folder).expect("a folder for the result");
    std::fs::write(folder.join("counts.json"), format!("{:#}\n", json(&rows))).expect("the result is kept");
    std::fs::write(folder.join("counts.md"), markdown(&rows)).expect("the result is kept");
    print!("{}", table(&rows));
}
