//! A page beside the number: who writes is asked for, several files are several messages, reports come for all
//! messages up to a time, and only people may answer after a day.

use bytes::Bytes;
use colibri_domain::contact::Head;
use colibri_domain::content::{AttachmentState, Content, SharedWhat};
use colibri_domain::failure::FailureReason;
use colibri_domain::message::MessageState::{Delivered, Read, Sent};
use colibri_domain::message::{Actor, Message, MessageState, Source, StatusValue, Traffic};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::{ContactId, FileId};
use colibri_store::{File, FileState};
use colibri_testing::demo::{INSTAGRAM, PAGE};
use colibri_testing::path::Path;
use serde_json::{Value, json};

const PERSON: &str = "6001";
const HOUR: i64 = 60 * 60;

/// An event of the person at a second, with what it says.
fn at(path: &Path, second: i64, what: Value) -> Value {
    let mut event = json!({ "sender": { "id": PERSON }, "recipient": { "id": PAGE },
        "timestamp": path.second(second) * 1000 });
    event.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    event
}

/// The same from the page.
fn of_page(path: &Path, second: i64, what: Value) -> Value {
    let mut event = at(path, second, what);
    event["sender"] = json!({ "id": PAGE });
    event["recipient"] = json!({ "id": PERSON });
    event
}

fn says(path: &Path, second: i64, mid: &str, text: &str) -> Value {
    at(path, second, json!({ "message": { "mid": mid, "text": text } }))
}

async fn page(path: &Path, event: Value) {
    path.meta(&path.messenger, "page", PAGE, json!([event])).await;
}

/// A path on which the person has written to the page.
async fn begun() -> (Path, Head) {
    let path = Path::new().await;
    path.demo.connect_page().await;
    page(&path, says(&path, 1, "m_1", "hola")).await;
    path.at(10);
    let head = path.head(1).await;
    (path, head)
}

/// Alba's answer at a second.
fn answer(path: &Path, head: &Head, key: &str, second: i64, content: OutboundContent) -> Message {
    Message {
        outbound: Some(content),
        channel_id: head.channels[0].channel_id.clone(),
        contact_channel_id: head.channels[0].id.clone(),
        ..path.demo.outgoing(head, key, second, "x")
    }
}

fn text(text: &str) -> OutboundContent {
    OutboundContent::Text { text: text.into(), preview_url: false }
}

/// Sends an answer that the provider takes under an id.
async fn sent(path: &Path, head: &Head, key: &str, second: i64, mid: &str) {
    path.http.answer(200, json!({ "recipient_id": PERSON, "message_id": mid }).to_string());
    path.at(second);
    path.accept(answer(path, head, key, second, text(key))).await;
    path.nudge().await;
}

fn bodies(path: &Path) -> Vec<Value> {
    let sends = |r: &http::Request<Bytes>| serde_json::from_slice::<Value>(r.body()).ok();
    path.http.requests().iter().filter_map(sends).filter(|body| body.get("message").is_some()).collect()
}

fn states(messages: &[Message]) -> Vec<MessageState> {
    messages.iter().filter_map(Message::state).collect()
}

#[tokio::test]
async fn who_writes_is_asked_for_once_and_named() {
    let (path, head) = begun().await;
    assert_eq!((head.first_name.as_str(), head.unread), ("", 1));
    path.http.answer(200, json!({ "first_name": "Ana", "last_name": "Vera", "id": PERSON }).to_string());
    path.fetch_media().await;
    let head = path.head(1).await;
    assert_eq!(head.first_name, "Ana Vera");
    assert_eq!(head.channels[0].name.as_deref(), Some("Ana Vera"));
    assert_eq!(path.http.requests()[0].uri().path(), format!("/v25.0/{PERSON}"));
    page(&path, says(&path, 20, "m_2", "¿están?")).await;
    path.fetch_media().await;
    assert!(path.http.requests().is_empty(), "nobody is asked twice");
}

#[tokio::test]
async fn somebody_who_forbids_it_stays_without_a_name_and_is_not_asked_for_ever() {
    let (path, _) = begun().await;
    path.http
        .answer(400, json!({ "error": { "message": "no", "code": 100, "error_subcode": 33 } }).to_string());
    path.fetch_media().await;
    path.at(2 * HOUR);
    page(&path, says(&path, 2 * HOUR, "m_2", "¿están?")).await;
    path.fetch_media().await;
    assert_eq!(path.http.requests().len(), 1);
    assert_eq!(path.messages(1).await.len(), 2, "what he writes is there all the same");
}

#[tokio::test]
async fn everything_that_people_do_arrives() {
    let (path, _) = begun().await;
    let several = json!({ "message": { "mid": "m_2", "text": "los dos", "attachments": [
        { "type": "image", "payload": { "url": "https://scontent.xx.fbcdn.net/a.png" } },
        { "type": "file", "payload": { "url": "https://cdn.fbsbx.com/lista.pdf" } } ] } });
    for event in [
        at(&path, 2, several),
        at(
            &path,
            3,
            json!({ "message": { "mid": "m_3", "text": "Rojo", "quick_reply": { "payload": "RED" } } }),
        ),
        at(&path, 4, json!({ "postback": { "mid": "m_4", "title": "Empezar", "payload": "START" } })),
        at(&path, 5, json!({ "referral": { "ref": "feria", "source": "SHORTLINK", "type": "OPEN_THREAD" } })),
        at(
            &path,
            6,
            json!({ "reaction": { "mid": "m_1", "emoji": "❤", "action": "react", "reaction": "love" } }),
        ),
        at(&path, 7, json!({ "message_edit": { "mid": "m_1", "text": "hola a todos", "num_edit": 1 } })),
        of_page(
            &path,
            8,
            json!({ "message": { "mid": "m_8", "is_echo": true, "app_id": 7, "text": "Con gusto" } }),
        ),
    ] {
        page(&path, event.clone()).await;
        // Every delivery comes twice.
        page(&path, event).await;
    }
    let messages = path.messages(1).await;
    assert_eq!(messages.len(), 8, "{messages:#?}");
    assert_eq!(messages[0].content, Content::Text { text: "hola a todos".into() });
    assert_eq!(messages[0].reactions.len(), 1);
    let referred = messages.iter().find(|m| m.referral.is_some()).unwrap();
    assert_eq!(referred.referral.as_ref().unwrap().source_id.as_deref(), Some("feria"));
    let echo = messages.iter().find(|m| m.traffic == Traffic::Outgoing).unwrap();
    assert_eq!((echo.sender.source, echo.state()), (Source::Echo, Some(MessageState::Sent)));
}

#[tokio::test]
async fn files_are_copied_from_the_provider_and_from_nowhere_else() {
    let (path, _) = begun().await;
    path.http.answer(200, json!({ "name": "Ana", "id": PERSON }).to_string());
    path.fetch_media().await;
    let of = |mid: &str, url: &str| json!({ "message": { "mid": mid, "attachments": [{ "type": "file", "payload": { "url": url } }] } });
    page(&path, at(&path, 2, of("m_2", "https://cdn.fbsbx.com/v/lista.txt?x=1"))).await;
    page(&path, at(&path, 3, of("m_3", "https://evil.example/lista.txt"))).await;
    path.http.answer(200, "sofa,489");
    path.fetch_media().await;
    let found: Vec<_> = path
        .messages(1)
        .await
        .into_iter()
        .filter_map(|m| match m.content {
            Content::Attachment(a) => Some((a.state, a.file_name.clone())),
            _ => None,
        })
        .collect();
    let name = Some("lista.txt".to_owned());
    assert_eq!(found, [(AttachmentState::Ready, name.clone()), (AttachmentState::Failed, name)]);
    let asked = path.http.requests();
    let hosts: Vec<_> = asked.iter().filter_map(|r| r.uri().host()).collect();
    assert_eq!(hosts, ["pages.example", "cdn.fbsbx.com"]);
    assert!(asked[1].headers().get("authorization").is_none(), "the token stays here");
}

#[tokio::test]
async fn a_report_up_to_a_time_is_about_all_messages_before_it() {
    let (path, head) = begun().await;
    for (key, second, mid) in [("uno", 20, "m_a"), ("dos", 30, "m_b"), ("tres", 60, "m_c")] {
        sent(&path, &head, key, second, mid).await;
    }
    path.at(70);
    page(
        &path,
        of_page(&path, 0, json!({ "message": { "mid": "m_z", "is_echo": true, "text": "por la app" } })),
    )
    .await;
    page(
        &path,
        at(&path, 40, json!({ "delivery": { "mids": ["m_b"], "watermark": path.second(40) * 1000 } })),
    )
    .await;
    let ours = |messages: Vec<Message>| {
        messages.into_iter().filter(|m| m.sender.source == Source::User).collect::<Vec<_>>()
    };
    assert_eq!(states(&ours(path.messages(1).await)), [Delivered, Delivered, Sent]);
    page(&path, at(&path, 65, json!({ "read": { "watermark": path.second(65) * 1000 } }))).await;
    let all = path.messages(1).await;
    assert_eq!(states(&ours(all.clone())), [Read, Read, Read]);
    assert_eq!(
        states(&all).iter().filter(|state| **state == Read).count(),
        4,
        "what was written in the app too"
    );
    // An older report that comes late changes nothing.
    page(&path, at(&path, 41, json!({ "delivery": { "watermark": path.second(41) * 1000 } }))).await;
    assert_eq!(states(&ours(path.messages(1).await)), [Read, Read, Read]);
}

#[tokio::test]
async fn an_echo_of_our_own_is_no_second_message_and_tells_what_became_of_a_lost_send() {
    let (path, head) = begun().await;
    path.http.answer_with(Err(colibri_app::ports::HttpError::AnswerLost("timeout".into())));
    path.at(20);
    let message = path.accept(answer(&path, &head, "k1", 20, text("buenas"))).await;
    path.nudge().await;
    assert_eq!(states(&path.messages(1).await), [MessageState::Ambiguous]);
    let reference = bodies(&path)[0]["message"]["metadata"].clone();
    let echo = json!({ "message": { "mid": "m_x", "is_echo": true, "app_id": 7, "metadata": reference, "text": "buenas" } });
    page(&path, of_page(&path, 21, echo.clone())).await;
    page(&path, of_page(&path, 21, echo)).await;
    let messages = path.messages(1).await;
    assert_eq!((messages.len(), states(&messages)), (2, vec![MessageState::Sent]));
    assert_eq!(messages[1].id, message.id);
    assert_eq!(messages[1].channel_message_id.as_deref(), Some("m_x"));
}

#[tokio::test]
async fn after_a_day_a_person_answers_with_the_tag_and_automation_does_not() {
    let (path, head) = begun().await;
    sent(&path, &head, "hoy", 20, "m_a").await;
    sent(&path, &head, "mañana", 30 * HOUR, "m_b").await;
    path.at(31 * HOUR);
    let robot = Message {
        sender: Actor::source(Source::System),
        ..answer(&path, &head, "robot", 31 * HOUR, text("¿Sigue ahí?"))
    };
    path.accept(robot).await;
    path.nudge().await;
    path.at(8 * 24 * HOUR);
    path.accept(answer(&path, &head, "tarde", 8 * 24 * HOUR, text("tarde"))).await;
    path.nudge().await;
    let bodies = bodies(&path);
    let tags: Vec<_> =
        bodies.iter().map(|b| (b["messaging_type"].as_str().unwrap(), b["tag"].as_str())).collect();
    assert_eq!(tags, [("RESPONSE", None), ("MESSAGE_TAG", Some("HUMAN_AGENT"))]);
    let failed: Vec<_> =
        path.messages(1).await.iter().filter_map(|m| m.failure.as_ref().map(|f| f.reason)).collect();
    assert_eq!(failed, [FailureReason::WindowClosed; 2]);
}

#[tokio::test]
async fn a_file_goes_by_a_link_of_its_own() {
    let (path, head) = begun().await;
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
        width: None,
        height: None,
        duration_ms: None,
        waveform: None,
    };
    let bytes = Bytes::from_static(b"bytes");
    path.bucket.files().write(&path.demo.workspace, &id, "image/png", bytes).await.unwrap();
    path.demo.data().put_file(&file).await.unwrap();
    path.http.answer(200, json!({ "recipient_id": PERSON, "message_id": "m_a" }).to_string());
    path.at(20);
    let content = OutboundContent::Attachment { file_id: id, media: None, caption: None, voice: false };
    path.accept(answer(&path, &head, "k1", 20, content)).await;
    path.nudge().await;
    let body = bodies(&path).remove(0);
    let attachment = &body["message"]["attachment"];
    assert_eq!(attachment["type"], "image");
    let url = attachment["payload"]["url"].as_str().unwrap();
    assert!(url.contains("X-Amz-Signature"), "it dies by itself: {url}");
    assert_eq!(states(&path.messages(1).await), [MessageState::Sent]);
}

#[tokio::test]
async fn a_refusal_is_explained_and_a_dead_token_stops_the_channel() {
    let (path, head) = begun().await;
    let refusal = |code: i64, sub: i64| {
        json!({ "error": { "message": "(#x) words", "code": code, "error_subcode": sub } }).to_string()
    };
    path.at(30);
    path.http.answer(400, refusal(551, 1_545_041));
    path.accept(answer(&path, &head, "k1", 20, text("uno"))).await;
    path.nudge().await;
    path.http.answer(400, refusal(190, 463));
    path.accept(answer(&path, &head, "k2", 21, text("dos"))).await;
    path.nudge().await;
    let reasons: Vec<_> =
        path.messages(1).await.iter().filter_map(|m| m.failure.as_ref().map(|f| f.reason)).collect();
    assert_eq!(reasons, [FailureReason::Undeliverable, FailureReason::TokenInvalid]);
    let channel = path.demo.data().channel(&head.channels[0].channel_id).await.unwrap().unwrap();
    assert_eq!(channel.error.unwrap().reason, FailureReason::TokenInvalid);
}

#[tokio::test]
async fn consent_to_news_is_kept_and_a_blocked_page_is_marked() {
    let (path, head) = begun().await;
    let status = |status: &str| json!({ "optin": { "type": "notification_messages", "notification_messages_status": status } });
    page(&path, at(&path, 20, status("STOP_NOTIFICATIONS"))).await;
    let profile = path.demo.data().profile(ContactId(1)).await.unwrap().unwrap();
    assert_eq!(profile.marketing_opt_outs.len(), 1);
    page(&path, at(&path, 21, status("RESUME_NOTIFICATIONS"))).await;
    let profile = path.demo.data().profile(ContactId(1)).await.unwrap().unwrap();
    assert!(profile.marketing_opt_outs.is_empty());
    page(
        &path,
        json!({ "recipient": { "id": PAGE }, "timestamp": 1, "policy_enforcement": { "action": "block" } }),
    )
    .await;
    let channel = path.demo.data().channel(&head.channels[0].channel_id).await.unwrap().unwrap();
    assert_eq!(channel.error.unwrap().code.as_deref(), Some("policy_block"));
}

mod instagram {
    use super::*;

    fn event(path: &Path, second: i64, what: Value) -> Value {
        let mut event = at(path, second, what);
        event["recipient"] = json!({ "id": INSTAGRAM });
        event
    }

    async fn account(path: &Path, event: Value) {
        path.meta(&path.instagram, "instagram", INSTAGRAM, json!([event])).await;
    }

    async fn begun() -> (Path, Head) {
        let path = Path::new().await;
        path.demo.connect_instagram().await;
        account(&path, event(&path, 1, json!({ "message": { "mid": "i_1", "text": "oi" } }))).await;
        path.at(10);
        let head = path.head(1).await;
        (path, head)
    }

    #[tokio::test]
    async fn stories_are_linked_and_never_copied() {
        let (path, _) = begun().await;
        path.http.answer(200, json!({ "name": "Ana", "username": "anavera", "id": PERSON }).to_string());
        path.fetch_media().await;
        let url = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1";
        let mention = json!({ "message": { "mid": "i_2", "attachments": [{ "type": "story_mention", "payload": { "url": url } }] } });
        let reply = json!({ "message": { "mid": "i_3", "text": "lindo", "reply_to": { "story": { "id": "1", "url": url } } } });
        account(&path, event(&path, 2, mention)).await;
        account(&path, event(&path, 3, reply)).await;
        path.fetch_media().await;
        assert_eq!(path.http.requests().len(), 1, "nobody asked for the story");
        assert!(path.bucket.names().is_empty(), "nothing of it is stored");
        let whats: Vec<_> = path
            .messages(1)
            .await
            .into_iter()
            .filter_map(|m| if let Content::Shared(shared) = m.content { Some(shared) } else { None })
            .map(|shared| (shared.what, shared.text))
            .collect();
        let said = Some("lindo".to_owned());
        assert_eq!(whats, [(SharedWhat::StoryMention, None), (SharedWhat::StoryReply, said)]);
    }

    #[tokio::test]
    async fn what_is_taken_back_is_erased_with_all_its_parts() {
        let (path, _) = begun().await;
        let two = json!({ "message": { "mid": "i_2", "text": "secreto", "attachments": [
            { "type": "image", "payload": { "url": "https://lookaside.fbsbx.com/a.png" } },
            { "type": "image", "payload": { "url": "https://lookaside.fbsbx.com/b.png" } } ] } });
        account(&path, event(&path, 2, two)).await;
        assert_eq!(path.messages(1).await.len(), 4);
        let gone = json!({ "message": { "mid": "i_2", "is_deleted": true } });
        account(&path, event(&path, 3, gone.clone())).await;
        account(&path, event(&path, 3, gone)).await;
        let messages = path.messages(1).await;
        let erased = messages.iter().filter(|m| m.revoked_at.is_some()).count();
        assert_eq!(erased, 3);
        let text = serde_json::to_string(&messages).unwrap();
        assert!(!text.contains("secreto") && !text.contains("image"), "{text}");
        let head = path.head(1).await;
        assert!(!serde_json::to_string(&head).unwrap().contains("secreto"));
        assert_eq!(head.first_name, "", "the contact stays");
    }

    #[tokio::test]
    async fn read_is_told_by_the_last_message() {
        let (path, head) = begun().await;
        for (key, second, mid) in [("uno", 20, "i_a"), ("dos", 30, "i_b"), ("tres", 40, "i_c")] {
            sent(&path, &head, key, second, mid).await;
        }
        path.at(50);
        account(&path, event(&path, 45, json!({ "read": { "mid": "i_b" } }))).await;
        let messages = path.messages(1).await;
        assert_eq!(states(&messages), [Read, Read, Sent]);
        let last = messages.iter().find(|m| m.channel_message_id.as_deref() == Some("i_b")).unwrap();
        assert_eq!(last.statuses[&StatusValue::Read].seconds().0, path.second(45));
        assert_eq!(
            path.http.requests()[0].uri().host(),
            Some("instagram.example"),
            "its own login's address"
        );
    }
}
