//! What the simulator can play or take, held against the channels' own cases: `coverage/<channel>.json` says how each
//! word of a provider is played. What was proven is written to `target/coverage/`, for the table of the test run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names,
    reason = "a test ends where its ground is missing"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};
use support::{World, world};
use tower::ServiceExt;

const LISTS: [&str; 4] = ["inbound", "status", "error", "outbound"];
const BOUNDARY: &str = "a-boundary-of-the-test";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The first case of each word of a channel. Messenger's adapter has another name than its channel.
fn cases(channel: &str) -> BTreeMap<String, Value> {
    let channel = if channel == "facebook" { "messenger" } else { channel };
    let mut found = BTreeMap::new();
    let mut files: Vec<_> =
        fs::read_dir(root().join("shared/channels/cases").join(channel)).unwrap().flatten().collect();
    files.sort_by_key(fs::DirEntry::path);
    for file in files {
        let table: Vec<Value> = serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
        for case in table {
            for word in case["covers"].as_array().cloned().unwrap_or_default() {
                found.entry(word.as_str().unwrap().to_owned()).or_insert_with(|| case.clone());
            }
        }
    }
    found
}

/// A word as the provider writes it: the first code of a range, a number where it is one.
fn plain(word: &str) -> Value {
    let first = word.split('-').next().unwrap_or(word);
    first.parse::<u64>().map_or_else(|_| json!(word), |code| json!(code))
}

/// A template with its `$case` and `$word` filled in; null in a case means that the member is absent.
fn filled(template: &Value, word: &str, case: &Value) -> Value {
    if let Some(pointer) = template["$case"].as_str() {
        let part = case.pointer(pointer).unwrap_or_else(|| panic!("{word}: no {pointer} in its case"));
        return without_null(part);
    }
    if template["$word"] == true {
        return plain(word.split_once(':').unwrap().1);
    }
    match template {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), filled(v, word, case))).collect(),
        Value::Array(items) => items.iter().map(|item| filled(item, word, case)).collect(),
        other => other.clone(),
    }
}

fn without_null(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), without_null(member)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_null).collect(),
        other => other.clone(),
    }
}

/// Whether everything wanted is there; lists may have more.
fn fits(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            wanted.iter().all(|(name, value)| got.get(name).is_some_and(|got| fits(value, got)))
        }
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() <= got.len() && wanted.iter().zip(got).all(|(w, g)| fits(w, g))
        }
        _ => wanted == got,
    }
}

/// Whether it fits anywhere inside.
fn holds(wanted: &Value, got: &Value) -> bool {
    fits(wanted, got)
        || match got {
            Value::Object(map) => map.values().any(|inner| holds(wanted, inner)),
            Value::Array(items) => items.iter().any(|inner| holds(wanted, inner)),
            _ => false,
        }
}

async fn upload(world: &World, path: &str, mime_type: &str) -> String {
    let part = |name: &str, more: &str, value: &str| {
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
    };
    let body = [
        part("messaging_product", "", "whatsapp"),
        part("type", "", mime_type),
        part("file", "; filename=\"a\"", "bytes"),
        format!("--{BOUNDARY}--\r\n"),
    ];
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("authorization", "Bearer colibri-demo-token")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(Body::from(body.concat()))
        .unwrap();
    let response = world.app.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{mime_type}");
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// A delivery as JSON; of a form, its members.
fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value))).collect()
    })
}

/// Plays one word as its recipe says.
async fn play(word: &str, recipe: &Value, case: &Value) {
    let world = world();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for step in recipe["steps"].as_array().unwrap() {
        if step["if"].as_str().is_some_and(|pointer| case.pointer(pointer).is_none()) {
            continue;
        }
        if let Some(path) = step["upload"].as_str() {
            let text = |name: &str| filled(&step[name], word, case).as_str().unwrap().to_owned();
            ids.insert(text("instead_of"), upload(&world, path, &text("mime_type")).await);
            continue;
        }
        let mut body = filled(&step["body"], word, case).to_string();
        for (known, id) in &ids {
            body = body.replace(&format!("\"{known}\""), &format!("\"{id}\""));
        }
        let path = step["post"].as_str().unwrap();
        let (status, answer) = world.post(path, serde_json::from_str(&body).unwrap()).await;
        match step.get("answers") {
            Some(wanted) => {
                let wanted = filled(wanted, word, case);
                assert!(fits(&wanted, &answer), "{word}: {path} answered {answer}, wanted {wanted}");
            }
            None => assert_eq!(status, StatusCode::OK, "{word}: {path}: {answer}"),
        }
    }
    world.settle().await;
    // Not every provider tells anything more after its answer.
    if recipe.get("delivers").is_none() {
        return;
    }
    let wanted = filled(&recipe["delivers"], word, case);
    let delivered: Vec<Value> = world.recorder.all().iter().map(|one| read(&one.body)).collect();
    assert!(delivered.iter().any(|body| holds(&wanted, body)), "{word}: {delivered:#?} holds no {wanted:#}");
}

#[tokio::test(start_paused = true)]
async fn every_word_of_a_channels_cases_can_be_played() {
    for file in fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("coverage")).unwrap().flatten() {
        let path = file.path();
        let channel = path.file_stem().unwrap().to_string_lossy().into_owned();
        let recipes: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let mut parts = Map::new();
        for (word, case) in cases(&channel) {
            let (list, _) = word.split_once(':').unwrap();
            if !LISTS.contains(&list) {
                continue;
            }
            let recipe = recipes.get(&word).or_else(|| recipes.get(list));
            let recipe =
                recipe.unwrap_or_else(|| panic!("{}: nothing says how {word} is played", path.display()));
            play(&word, recipe, &expanded(&case)).await;
            parts.insert(word, recipe["part"].clone());
        }
        let folder = root().join("target/coverage");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("simulator-{channel}.json")), Value::from(parts).to_string()).unwrap();
    }
}

/// `{"$list": [{…}, 3]}` in a case stands for three elements in which `#` is the place.
fn expanded(value: &Value) -> Value {
    if let Some([item, times]) = value["$list"].as_array().map(Vec::as_slice) {
        let text = item.to_string();
        let one = |at: u64| expanded(&serde_json::from_str(&text.replace('#', &at.to_string())).unwrap());
        return (0..times.as_u64().unwrap()).map(one).collect();
    }
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), expanded(v))).collect(),
        Value::Array(items) => items.iter().map(expanded).collect(),
        other => other.clone(),
    }
}
