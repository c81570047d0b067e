//! Golden cases of the message path: what is given, the event as the function gets it, and what is expected after it.

use std::fs;
use std::path::Path as FilePath;

use base64::Engine as _;
use colibri_app::http::{Record, RecordHandler};
use colibri_app::ports::{KeyVault, QueueName};
use colibri_domain::channel::Channel;
use colibri_domain::{ContactId, FileId};
use colibri_store::ProviderApp;
use colibri_testing::{Demo, MemoryVault, Path, demo};
use secrecy::SecretString;
use serde_json::{Value, json};

/// Functions on the way of a message, which share one installation per case.
pub(crate) const ON_THE_PATH: [&str; 8] = [
    "webhook-whatsapp",
    "webhook-messenger",
    "webhook-instagram",
    "webhook-telegram",
    "webhook-twilio",
    "message-receive",
    "message-status",
    "message-send",
];

/// Runs every case of a function's folder.
pub(crate) async fn cases(function: &str) {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function);
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    assert!(files.len() >= 3, "{function}: at least happy, malformed and duplicate");
    for file in files {
        let name = format!("{function}/{}", file.file_stem().unwrap().to_string_lossy());
        let case: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        run(function, &name, &case).await;
    }
}

async fn run(function: &str, name: &str, case: &Value) {
    let path = Path::new().await;
    for step in case["given"].as_array().unwrap_or(&Vec::new()) {
        given(&path, step).await;
    }
    let mut answer = Value::Null;
    for _ in 0..case["times"].as_u64().unwrap_or(1) {
        answer = event(&path, function, &grown(case)).await;
    }
    for (what, wanted) in case["expect"].as_object().unwrap() {
        let got = found(&path, what, &answer).await;
        assert!(fits(wanted, &got), "{name}: {what}\nwanted {wanted:#}\ngot {got:#}");
    }
}

/// The case's event; `…` in it stands for as many letters as the case says.
fn grown(case: &Value) -> Value {
    let Some(letters) = case["grow"].as_u64() else { return case["event"].clone() };
    let long = "a".repeat(usize::try_from(letters).unwrap());
    serde_json::from_str(&case["event"].to_string().replace('…', &long)).unwrap()
}

async fn given(path: &Path, step: &Value) {
    if let Some(delivery) = step.get("delivery") {
        path.deliver(delivery).await;
    }
    if step["bot"].as_bool() == Some(true) {
        path.demo.connect_bot().await;
    }
    if step["texts"].as_bool() == Some(true) {
        path.demo.connect_texts().await;
    }
    if let Some(text) = step["text_message"].as_str() {
        path.text_message("SM1", "+593991234567", text).await;
    }
    if step["page"].as_bool() == Some(true) {
        path.demo.connect_page().await;
    }
    if step["instagram"].as_bool() == Some(true) {
        path.demo.connect_instagram().await;
    }
    if let Some(events) = step.get("messenger") {
        path.meta(&path.messenger, "page", demo::PAGE, events.clone()).await;
    }
    if let Some(update) = step.get("update") {
        path.update(update).await;
    }
    if let Some(second) = step["second"].as_i64() {
        path.at(second);
    }
    if let Some(answer) = step.get("provider") {
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        path.http.answer(status, answer["body"].to_string());
    }
    if let Some(limit) = step["quota"].as_u64() {
        path.demo.store.organization(&path.demo.organization).set_quota(limit).await.unwrap();
    }
    if let Some(name) = step["raw"].as_str() {
        path.bucket.files().keep_raw(name, step["text"].as_str().unwrap().to_owned().into()).await.unwrap();
    }
    if let Some(app) = step.get("app") {
        own_app(&path.demo, app).await;
    }
    if let Some(text) = step["accept_file"].as_str() {
        accept_file(path, text).await;
    }
    if let Some(text) = step["accept"].as_str() {
        let head = path.head(1).await;
        let mut message = path.demo.outgoing(&head, "k1", 10, text);
        let first = &head.channels[0];
        (message.channel_id, message.contact_channel_id) = (first.channel_id.clone(), first.id.clone());
        path.accept(message).await;
        path.queue.take(QueueName::Outbound);
    }
    if step["leaves"].as_bool() == Some(true) {
        let waiting = path.messages(1).await.into_iter().find(|message| message.send.is_some());
        path.nudge_for(&waiting.unwrap()).await;
        path.nudge().await;
    }
}

/// The demo's number belongs to an app that a customer has brought.
pub(crate) async fn own_app(demo: &Demo, app: &Value) {
    let text = |name: &str| SecretString::from(app[name].as_str().unwrap().to_owned());
    let own = ProviderApp {
        id: app["id"].as_str().unwrap().to_owned(),
        secret: MemoryVault.seal("installation", &text("secret")).await.unwrap(),
        verify_token: MemoryVault.seal("installation", &text("verify_token")).await.unwrap(),
    };
    let channel = Channel { app: Some(own.id.clone()), ..demo.channel.clone() };
    demo.store.installation().claim_account(&channel, Some(&own)).await.unwrap();
}

/// Alba sends a file that she has uploaded.
async fn accept_file(path: &Path, text: &str) {
    let (id, workspace) = (FileId::from_unique("1"), &path.demo.workspace);
    let mime_type = "application/pdf".to_owned();
    path.bucket.files().write(workspace, &id, &mime_type, text.to_owned().into()).await.unwrap();
    let file = json!({ "id": id, "name": "factura.pdf", "mime_type": mime_type, "size": text.len(), "state": "ready",
        "created_at": path.demo.now });
    path.demo.data().put_file(&serde_json::from_value(file).unwrap()).await.unwrap();
    let mut message = path.demo.outgoing(&path.head(1).await, "k1", 10, "");
    let content = json!({ "kind": "attachment", "file_id": id });
    message.outbound = Some(serde_json::from_value(content).unwrap());
    path.accept(message).await;
    path.queue.take(QueueName::Outbound);
}

/// Hands the event over as the runtime would.
async fn event(path: &Path, function: &str, event: &Value) -> Value {
    let meta = match function {
        "webhook-whatsapp" => Some((&path.webhook, "whatsapp")),
        "webhook-messenger" => Some((&path.messenger, "messenger")),
        "webhook-instagram" => Some((&path.instagram, "instagram")),
        _ => None,
    };
    if let Some((webhook, product)) = meta {
        let text = event["body"].as_str().unwrap_or_default();
        let body = match event["isBase64Encoded"].as_bool() {
            Some(true) => base64::engine::general_purpose::STANDARD.decode(text).unwrap(),
            _ => text.as_bytes().to_vec(),
        };
        let method = event["requestContext"]["http"]["method"].as_str().unwrap().parse().unwrap();
        let app = event["rawPath"].as_str().unwrap().rsplit('/').next().unwrap();
        let query = event["rawQueryString"].as_str().unwrap_or_default();
        let signature = event["headers"]["x-hub-signature-256"].as_str();
        let answer = path.request_of(webhook, product, method, app, query, signature, &body).await;
        return json!({ "status": answer.status.as_u16(), "body": String::from_utf8_lossy(&answer.body) });
    }
    if function == "webhook-telegram" {
        let channel = event["rawPath"].as_str().unwrap().rsplit('/').next().unwrap();
        let secret = event["headers"]["x-telegram-bot-api-secret-token"].as_str();
        let body = event["body"].as_str().unwrap_or_default();
        let answer = path.bot_request(channel, secret, body.as_bytes()).await;
        return json!({ "status": answer.status.as_u16(), "body": String::from_utf8_lossy(&answer.body) });
    }
    if function == "webhook-twilio" {
        let channel = event["rawPath"].as_str().unwrap().rsplit('/').next().unwrap();
        let query = event["rawQueryString"].as_str().unwrap_or_default();
        let signature = event["headers"]["x-twilio-signature"].as_str();
        let body = base64::engine::general_purpose::STANDARD.decode(event["body"].as_str().unwrap()).unwrap();
        let answer = path.text_request(channel, query, signature, &body).await;
        let typed =
            answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        return json!({ "status": answer.status.as_u16(), "type": typed, "body": body });
    }
    let handler: &dyn RecordHandler = match function {
        "message-receive" => &path.receive,
        "message-status" => &path.status,
        "message-send" => &path.send,
        other => panic!("{other} is not on the path"),
    };
    let mut failed = Vec::new();
    for message in event["Records"].as_array().unwrap() {
        let id = message["messageId"].as_str().unwrap().to_owned();
        let group = message["attributes"]["MessageGroupId"].as_str().map(str::to_owned);
        let record = Record {
            id: id.clone(),
            body: message["body"].as_str().unwrap().to_owned(),
            group,
            receive_count: 1,
        };
        if handler.handle(record).await.is_err() {
            failed.push(id);
        }
    }
    json!({ "failed": failed })
}

async fn found(path: &Path, what: &str, answer: &Value) -> Value {
    let waiting =
        |queue: QueueName| json!(path.queue.all().iter().filter(|(name, _)| *name == queue).count());
    match what {
        "answer" => answer.clone(),
        "inbound" => json!(path.queue.take(QueueName::Inbound).len()),
        "status" => waiting(QueueName::Status),
        "media" => waiting(QueueName::Media),
        "outbound" => waiting(QueueName::Outbound),
        "kept" => json!(path.bucket.names().len()),
        "scheduled" => json!(path.scheduler.take().len()),
        "started" => json!(path.invoke.take().len()),
        "profile" => serde_json::to_value(path.demo.data().profile(ContactId(1)).await.unwrap()).unwrap(),
        "texts" => {
            let id = colibri_domain::ChannelId::from_unique("texts");
            serde_json::to_value(path.demo.data().channel(&id).await.unwrap()).unwrap()
        }
        "forms" => path
            .http
            .requests()
            .iter()
            .map(|r| String::from_utf8_lossy(r.body()).into_owned())
            .collect::<Vec<_>>()
            .into(),
        "channel" => {
            serde_json::to_value(path.demo.data().channel(&path.demo.channel.id).await.unwrap()).unwrap()
        }
        "requests" => json!(
            path.http
                .requests()
                .iter()
                .filter(|r| String::from_utf8_lossy(r.body()).contains("\"type\""))
                .count()
        ),
        "calls" => path
            .http
            .requests()
            .iter()
            .map(|r| r.uri().path().rsplit('/').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
            .into(),
        "table_calls" => json!(path.demo.table.calls().len()),
        "bot" => {
            let id = colibri_domain::ChannelId::from_unique("bot");
            serde_json::to_value(path.demo.data().channel(&id).await.unwrap()).unwrap()
        }
        "head" => serde_json::to_value(path.demo.data().head(ContactId(1)).await.unwrap()).unwrap(),
        "messages" => {
            let stored = path.messages(1).await;
            stored
                .iter()
                .map(|m| {
                    let mut v = serde_json::to_value(m).unwrap();
                    v["state"] = json!(m.state());
                    v
                })
                .collect()
        }
        other => panic!("cannot look for {other}"),
    }
}

/// Whether everything that is wanted is there; lists must have the same length, objects may have more.
pub(crate) fn fits(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            wanted.iter().all(|(key, value)| fits(value, got.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(w, g)| fits(w, g))
        }
        _ => wanted == got,
    }
}
