//! A bot beside the number: a secret of its own, files that go with their message, moves and blocks.

use bytes::Bytes;
use colibri_domain::contact::Head;
use colibri_domain::content::{Content, Media};
use colibri_domain::message::{Message, MessageState, Traffic};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::{ContactId, FileId};
use colibri_store::{File, FileState};
use colibri_testing::demo::BOT_TOKEN;
use colibri_testing::path::{Path, bot_secret};
use serde_json::{Value, json};

fn wrote(update: u64, message: u64, second: i64, what: Value) -> Value {
    let mut body = json!({ "message_id": message, "date": second, "chat": { "id": 99, "type": "private" },
        "from": { "id": 99, "is_bot": false, "first_name": "Bo", "language_code": "es" } });
    body.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    json!({ "update_id": update, "message": body })
}

/// A path on which Bo has written to the bot.
async fn begun() -> (Path, Head) {
    let path = Path::new().await;
    path.demo.connect_bot().await;
    path.update(&wrote(1, 5, path.second(1), json!({ "text": "hola" }))).await;
    path.at(10);
    let head = path.head(1).await;
    (path, head)
}

/// Alba's answer on the bot, with this content.
fn answer(path: &Path, head: &Head, key: &str, content: OutboundContent) -> Message {
    Message {
        outbound: Some(content),
        channel_id: head.channels[0].channel_id.clone(),
        ..path.demo.outgoing(head, key, 10, "x")
    }
}

async fn picture(path: &Path) -> FileId {
    let id = FileId::from_unique("picture");
    let file = File {
        id: id.clone(),
        name: "mesa.png".into(),
        mime_type: "image/png".into(),
        size: 5,
        state: FileState::Ready,
        uploaded_by: None,
        created_at: path.demo.now,
        inline: true,
        width: Some(10),
        height: Some(10),
        duration_ms: None,
        waveform: None,
    };
    path.bucket
        .files()
        .write(&path.demo.workspace, &id, "image/png", Bytes::from_static(b"bytes"))
        .await
        .unwrap();
    path.demo.data().put_file(&file).await.unwrap();
    id
}

fn attachment(file_id: &FileId, media: Option<Media>) -> OutboundContent {
    OutboundContent::Attachment { file_id: file_id.clone(), media, caption: None, voice: false }
}

fn taken(id: u64, field: &str) -> String {
    let file = json!({ "file_id": format!("AgAC-{field}") });
    let file = if field == "photo" { json!([file]) } else { file };
    json!({ "ok": true, "result": { "message_id": id, "chat": { "id": 99 }, field: file } }).to_string()
}

#[tokio::test]
async fn a_file_goes_with_its_message_and_the_next_time_by_its_id() {
    let (path, head) = begun().await;
    let file = picture(&path).await;
    path.http.answer(200, taken(8, "photo"));
    path.http.answer(200, taken(9, "photo"));
    path.http.answer(200, taken(10, "document"));
    for (key, media) in [("k1", None), ("k2", None), ("k3", Some(Media::File))] {
        path.accept(answer(&path, &head, key, attachment(&file, media))).await;
        path.nudge().await;
        path.clock.pass(2_000);
    }
    let requests = path.http.requests();
    let bodies: Vec<String> =
        requests.iter().map(|r| String::from_utf8_lossy(r.body()).into_owned()).collect();
    assert!(bodies[0].contains("name=\"photo\"; filename=\"mesa.png\"") && bodies[0].contains("bytes"));
    let again: Value = serde_json::from_str(&bodies[1]).unwrap();
    assert_eq!(again["photo"], "AgAC-photo", "no bytes the second time");
    assert!(bodies[2].contains("name=\"document\""), "an id of a picture is none of a document");
    let states: Vec<_> = path.messages(1).await.iter().filter_map(Message::state).collect();
    assert_eq!(states, [MessageState::Sent; 3]);
    assert!(requests.iter().all(|r| r.headers().get("authorization").is_none()));
}

#[tokio::test]
async fn a_chat_that_moved_is_written_to_where_it_is_now() {
    let (path, head) = begun().await;
    let moved = json!({ "ok": false, "error_code": 400, "parameters": { "migrate_to_chat_id": 77 },
        "description": "Bad Request: group chat was upgraded to a supergroup chat" });
    path.http.answer(400, moved.to_string());
    path.http
        .answer(200, json!({ "ok": true, "result": { "message_id": 8, "chat": { "id": 77 } } }).to_string());
    let text = OutboundContent::Text { text: "buenas".into(), preview_url: false };
    path.accept(answer(&path, &head, "k1", text)).await;
    path.nudge().await;
    let chats: Vec<i64> = path
        .http
        .requests()
        .iter()
        .map(|r| serde_json::from_slice::<Value>(r.body()).unwrap()["chat_id"].as_i64().unwrap())
        .collect();
    assert_eq!(chats, [99, 77]);
    assert!(path.head(1).await.channels[0].aliases.contains(&"77".to_owned()), "the new id finds him");
}

#[tokio::test]
async fn who_blocks_the_bot_is_noted_and_who_comes_back_too() {
    let (path, _) = begun().await;
    let member = |update: u64, status: &str| {
        json!({ "update_id": update, "my_chat_member": { "chat": { "id": 99, "type": "private" },
            "from": { "id": 99, "first_name": "Bo" }, "date": path.second(20),
            "new_chat_member": { "status": status, "user": { "id": 1, "is_bot": true } } } })
    };
    path.update(&member(2, "kicked")).await;
    let profile = path.demo.data().profile(ContactId(1)).await.unwrap().unwrap();
    assert_eq!(profile.marketing_opt_outs.len(), 1);
    path.update(&member(3, "member")).await;
    let profile = path.demo.data().profile(ContactId(1)).await.unwrap().unwrap();
    assert!(profile.marketing_opt_outs.is_empty());
}

#[tokio::test]
async fn a_false_delivery_is_refused_without_a_look_at_anything() {
    let path = Path::new().await;
    let bot = path.demo.connect_bot().await;
    path.demo.table.calls();
    let body = wrote(1, 5, path.second(1), json!({ "text": "hola" })).to_string();
    let other = bot_secret(&colibri_domain::ChannelId::from_unique("other"));
    for secret in [None, Some("x"), Some(other.as_str()), Some(BOT_TOKEN)] {
        let answer = path.bot_request(bot.id.as_str(), secret, body.as_bytes()).await;
        assert_eq!(answer.status.as_u16(), 401, "{secret:?}");
    }
    assert!(path.demo.table.calls().is_empty());
    assert!(path.queue.all().is_empty());
}

/// A message in a chat that an account of the business shares with the bot.
fn shared(update: u64, message: u64, author: u64, second: i64, text: &str) -> Value {
    json!({ "update_id": update, "business_message": { "business_connection_id": "bc_1", "message_id": message,
        "date": second, "chat": { "id": 99, "type": "private", "first_name": "Bo" },
        "from": { "id": author, "is_bot": false, "first_name": if author == 99 { "Bo" } else { "Alba" } },
        "text": text } })
}

#[tokio::test]
async fn a_chat_of_a_connected_account_is_answered_there_and_apart_from_the_bots_own() {
    let (path, own) = begun().await;
    path.update(&shared(2, 5, 99, path.second(11), "¿siguen abiertos?")).await;
    path.update(&shared(3, 6, 7, path.second(12), "hasta las seis")).await;
    path.at(20);
    let head = path.head(2).await;
    assert_eq!(head.channels[0].identity, "bc_1/99");
    assert_ne!(head.id, own.id, "the same number of a message in another chat is another message");
    let texts = |messages: Vec<Message>| -> Vec<(bool, String)> {
        messages
            .into_iter()
            .filter_map(|message| {
                let Content::Text { text } = message.content else { return None };
                Some((message.traffic == Traffic::Incoming, text))
            })
            .collect()
    };
    let said = texts(path.messages(2).await);
    let wanted = [(true, "¿siguen abiertos?".to_owned()), (false, "hasta las seis".to_owned())];
    assert_eq!(said, wanted, "what the owner writes in the app is ours");

    let sent = json!({ "ok": true, "result": { "message_id": 8, "business_connection_id": "bc_1",
        "chat": { "id": 99 } } });
    path.http.answer(200, sent.to_string());
    let text = OutboundContent::Text { text: "Sí".into(), preview_url: false };
    path.accept(answer(&path, &head, "k1", text)).await;
    path.nudge().await;
    let requests = path.http.requests();
    let body: Value = serde_json::from_slice(requests.last().unwrap().body()).unwrap();
    assert_eq!((&body["chat_id"], &body["business_connection_id"]), (&json!(99), &json!("bc_1")));

    let deleted = json!({ "update_id": 4, "deleted_business_messages": { "business_connection_id": "bc_1",
        "chat": { "id": 99, "type": "private", "first_name": "Bo" }, "message_ids": [5] } });
    path.update(&deleted).await;
    let left: Vec<String> = texts(path.messages(2).await).into_iter().map(|(_, text)| text).collect();
    assert_eq!(&left[1..], ["", "hasta las seis"], "what was taken back is erased");
    assert_eq!(texts(path.messages(1).await), [(true, "hola".to_owned())], "the bot's own chat lost nothing");
}
