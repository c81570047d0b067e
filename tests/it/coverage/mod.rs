//! The table of everything that a provider's words lead to: its golden case, and what the API answers when it has
//! happened. `tests/browser/coverage.test.js` adds the simulator's part and a screenshot to each row, and writes
//! `target/coverage.md`. A new channel comes in by its cases: nothing here knows any provider.

mod gallery;

use std::fs;

use colibri_channels::coverage::coverage;
use colibri_channels::send::{Transport, transport};
use colibri_channels::webhook;
use colibri_domain::channel::ChannelSource;
use colibri_tests::root;
use serde_json::{Value, json};

use self::gallery::Gallery;

/// One word of a provider with the case that shows it.
pub struct Row {
    /// The channel.
    pub source: ChannelSource,
    /// `inbound`, `status`, `error` or `outbound`.
    pub list: String,
    /// The provider's word.
    pub word: String,
    /// Where the case is: `<file>: <name>`.
    pub case: String,
    /// The case.
    pub value: Value,
}

/// Lists that a row is made of. `field` is news about accounts: it has cases, but no place in a conversation.
const LISTS: [&str; 4] = ["inbound", "status", "error", "outbound"];

/// All words of all providers; a word without a case is an error. Our own chat has no provider to play: its journeys
/// are tested with its functions.
fn rows() -> Vec<Row> {
    let cases = cases();
    let mut rows = Vec::new();
    for source in ChannelSource::ALL.iter().filter(|source| transport(**source) == Transport::Provider) {
        for covers in coverage(*source).words() {
            let (list, word) = covers.split_once(':').expect("a list and its word");
            if !LISTS.contains(&list) {
                continue;
            }
            let shows = |(folder, _, case): &&(String, String, Value)| {
                webhook::path(*source) == folder
                    && case["covers"].as_array().is_some_and(|c| c.iter().any(|c| *c == *covers))
            };
            let (_, file, case) =
                cases.iter().find(shows).unwrap_or_else(|| panic!("no case covers {covers}"));
            let name = case["name"].as_str().unwrap_or_default();
            rows.push(Row {
                source: *source,
                list: list.into(),
                word: word.into(),
                case: format!("{file}: {name}"),
                value: expanded(case),
            });
        }
    }
    rows
}

/// Every case of every channel: its folder, its file, itself.
fn cases() -> Vec<(String, String, Value)> {
    let folder = root().join("shared/channels/cases");
    let mut cases = Vec::new();
    for channel in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        let name = channel.file_name().to_string_lossy().into_owned();
        let mut files: Vec<_> = fs::read_dir(channel.path()).unwrap().flatten().map(|f| f.path()).collect();
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
            let shown =
                format!("shared/channels/cases/{name}/{}", file.file_name().unwrap().to_string_lossy());
            let table: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            let table = table.as_array().cloned().unwrap_or_default();
            cases.extend(table.into_iter().map(|case| (name.clone(), shown.clone(), case)));
        }
    }
    cases
}

/// `{"$list": [{…}, 3]}` stands for three elements in which `#` is the place, `{"$repeat": ["x", 3]}` for `"xxx"`.
fn expanded(value: &Value) -> Value {
    let pair = |name: &str| value.get(name).and_then(Value::as_array).filter(|pair| pair.len() == 2);
    if let Some(pair) = pair("$list") {
        let text = pair[0].to_string();
        let one = |at: u64| expanded(&serde_json::from_str(&text.replace('#', &at.to_string())).unwrap());
        return (0..pair[1].as_u64().unwrap()).map(one).collect();
    }
    if let Some(pair) = pair("$repeat") {
        return pair[0].as_str().unwrap().repeat(usize::try_from(pair[1].as_u64().unwrap()).unwrap()).into();
    }
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), expanded(value))).collect(),
        Value::Array(items) => items.iter().map(expanded).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn every_word_of_a_provider_has_its_case_and_a_place_in_a_conversation() {
    let rows = rows();
    let mut gallery = Gallery::new(2 * rows.len() as u64).await;
    let mut shown = Vec::new();
    for row in &rows {
        let contact = gallery.show(row).await;
        shown.push(
            json!({ "channel": row.source.as_str(), "list": row.list, "word": row.word, "case": row.case,
            "contact": contact.0 }),
        );
    }
    let answers = gallery.answers(&shown).await;
    let folder = root().join("target/coverage");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("gallery.json"), answers.to_string()).unwrap();
}
