//! What comes later than it should: changes before their message, messages behind many others, people before there
//! is room for them.

use colibri_app::contact_admit::ContactAdmit;
use colibri_app::http::JsonHandler;
use colibri_domain::ContactId;
use colibri_domain::content::Content;
use colibri_testing::As;
use colibri_testing::path::{Path, delivery, text};
use serde_json::{Value, json};
use std::sync::Arc;

const ANA: &str = "593991234567";

fn event(path: &Path, id: &str, second: i64, part: &Value) -> Value {
    let mut message = json!({ "from": ANA, "id": id, "timestamp": path.second(second).to_string() });
    message.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
    delivery(json!({ "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA }], "messages": [message] }))
}

fn revoke(path: &Path) -> Value {
    event(path, "wamid.9", 5, &json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.1" } }))
}

#[tokio::test]
async fn a_revocation_before_its_message_is_joined_to_it() {
    for stranger in [true, false] {
        let path = Path::new().await;
        if !stranger {
            path.deliver(&text(ANA, "Ana", "wamid.0", path.second(0), "buenas")).await;
        }
        // Both are on their queues before anything is handled: the revocation first.
        assert_eq!(path.post(&revoke(&path)).await, 200);
        assert_eq!(path.post(&text(ANA, "Ana", "wamid.1", path.second(1), "secreto")).await, 200);
        assert!(path.settle().await.is_empty());
        let messages = path.messages(1).await;
        let erased = messages.iter().find(|m| m.channel_message_id.as_deref() == Some("wamid.1")).unwrap();
        assert!(erased.revoked_at.is_some(), "stranger: {stranger}");
        assert_eq!(erased.content, Content::Text { text: String::new() });
        assert_eq!(path.metrics.value("event.no_target"), 0);
        assert_eq!(path.head(1).await.last_message.unwrap().preview, "");
    }
}

#[tokio::test]
async fn an_edit_and_a_revocation_before_their_message_keep_their_order() {
    let path = Path::new().await;
    let edit = json!({ "type": "edit", "edit": { "original_message_id": "wamid.1", "message": { "type": "text", "text": { "body": "corregido" } } } });
    path.post(&event(&path, "wamid.8", 4, &edit)).await;
    path.post(&revoke(&path)).await;
    path.post(&text(ANA, "Ana", "wamid.1", path.second(1), "secreto")).await;
    assert!(path.settle().await.is_empty());
    let message = path.messages(1).await.remove(0);
    assert!(message.revoked_at.is_some());
    assert_eq!(message.content, Content::Text { text: String::new() });
}

#[tokio::test]
async fn a_change_of_a_message_that_never_comes_is_given_up_and_counted() {
    let path = Path::new().await;
    path.deliver(&revoke(&path)).await;
    assert_eq!(path.metrics.value("event.no_target"), 1);
    assert!(path.demo.data().head(ContactId(1)).await.unwrap().is_none(), "it made nobody");
}

#[tokio::test]
async fn a_message_later_than_all_that_is_remembered_counts_once() {
    let path = Path::new().await;
    for second in 0..40 {
        path.deliver(&text(ANA, "Ana", &format!("wamid.{second}"), path.second(100 + second), "hola")).await;
    }
    for _ in 0..3 {
        path.deliver(&text(ANA, "Ana", "wamid.late", path.second(1), "perdido")).await;
    }
    assert_eq!(path.messages(1).await.len(), 41);
    let head = path.head(1).await;
    assert_eq!(head.unread, 41);
    assert_eq!(head.last_message.unwrap().preview, "hola");
    // What was counted long ago and comes again counts no more.
    path.deliver(&text(ANA, "Ana", "wamid.0", path.second(100), "hola")).await;
    assert_eq!(path.head(1).await.unread, 41);
}

#[tokio::test]
async fn who_waited_is_let_in_when_there_is_room() {
    let path = Path::with_quota(1).await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    for (who, id) in [("593987654321", "wamid.2"), ("593987654321", "wamid.3"), ("593976543210", "wamid.4")] {
        path.clock.pass(1000);
        path.deliver(&text(who, "Beto", id, path.second(2), "¿hay alguien?")).await;
    }
    let admit = As::new(
        "contact-admit",
        ContactAdmit {
            store: path.demo.store.clone(),
            queue: Arc::new(path.queue.clone()),
            invoke: Arc::new(path.invoke.clone()),
        },
    );
    let run = || admit.handle(json!({ "detail": { "workspace_id": path.demo.workspace } }));
    run().await.unwrap();
    assert!(path.settle().await.is_empty());
    assert!(path.demo.data().head(ContactId(2)).await.unwrap().is_none(), "there is no room yet");

    path.demo.store.organization(&path.demo.organization).set_quota(2).await.unwrap();
    run().await.unwrap();
    run().await.unwrap();
    assert!(path.settle().await.is_empty());
    assert_eq!(path.messages(2).await.len(), 2, "with everything that he wrote");
    assert_eq!(path.demo.data().waiting().await.unwrap().len(), 1, "the other one waits on");
}
