//! Deleted contacts: out of sight at once, back within 30 days, else gone from everywhere.

use std::sync::Arc;

use colibri_app::http::JsonHandler;
use colibri_app::purge::{ContactPurge, PAGES};
use colibri_domain::activity::Comment;
use colibri_domain::contact::Head;
use colibri_domain::merge::Picks;
use colibri_domain::message::Actor;
use colibri_domain::phone::E164;
use colibri_domain::{ContactId, MessageId};
use colibri_store::{ContactEdit, Merging, Notification, Restored, Trashed, WriteContext};
use colibri_testing::As;
use colibri_testing::path::{Path, delivery, text};
use colibri_testing::ports::response;
use serde_json::{Value, json};

const ANA: &str = "593991234567";
const ANITA: &str = "593997654321";
const DAY: i64 = 86_400;

fn anybody(_: &Head) -> bool {
    true
}

fn context(path: &Path) -> WriteContext {
    WriteContext { actor: Actor::user(path.demo.alba.clone()), now: path.clock_now() }
}

async fn delete(path: &Path, contact: u64) -> Option<Trashed> {
    let (organization, contact) = (&path.demo.organization, ContactId(contact));
    path.demo.data().delete_contact(organization, contact, &anybody, &context(path)).await.unwrap()
}

async fn restore(path: &Path, contact: u64) -> Restored {
    let (organization, contact) = (&path.demo.organization, ContactId(contact));
    path.demo.data().restore_contact(organization, contact, &context(path)).await.unwrap()
}

fn purge(path: &Path) -> As<ContactPurge> {
    purge_by(path, PAGES)
}

fn purge_by(path: &Path, pages: usize) -> As<ContactPurge> {
    As::new(
        "contact-purge",
        ContactPurge {
            store: path.demo.store.clone(),
            files: path.bucket.files(),
            invoke: Arc::new(path.invoke.clone()),
            clock: Arc::new(path.clock.clone()),
            pages,
        },
    )
}

/// Every item of the table as text, read without any code of ours.
fn raw(path: &Path) -> Vec<String> {
    path.demo.table.items().iter().map(ToString::to_string).collect()
}

async fn used(path: &Path) -> u64 {
    path.demo.store.organization(&path.demo.organization).quota().await.unwrap().used
}

#[tokio::test]
async fn a_deleted_contact_is_nowhere_and_a_new_message_makes_another() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "hola")).await;
    path.at(60);
    assert!(delete(&path, 1).await.is_some());
    assert!(delete(&path, 1).await.is_none(), "once");
    let data = path.demo.data();
    assert!(data.head(ContactId(1)).await.unwrap().is_none());
    assert_eq!(data.contact_by_phone(&E164::from_digits(ANA).unwrap()).await.unwrap(), None);
    // What was written before comes again, and once more after somebody new has the number.
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "hola")).await;
    assert_eq!(data.contacts_created().await.unwrap(), 1, "a repetition makes nobody");
    path.deliver(&text(ANA, "Ana Vera", "wamid.2", path.second(70), "otra vez")).await;
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "hola")).await;
    assert_eq!(data.contacts_created().await.unwrap(), 2);
    assert_eq!(path.messages(2).await.len(), 1);
    assert_eq!(used(&path).await, 2, "the place is free on the first");
}

#[tokio::test]
async fn what_was_deleted_by_mistake_comes_back_whole() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "hola")).await;
    let before = path.head(1).await;
    path.at(60);
    delete(&path, 1).await.unwrap();
    assert_eq!(path.demo.data().trash(None, 50).await.unwrap().items[0].head, before);
    let Restored::Done(head) = restore(&path, 1).await else { panic!("not restored") };
    assert_eq!(Head { version: before.version, ..head }, before);
    assert_eq!(restore(&path, 1).await, Restored::NotInTrash);
    path.deliver(&text(ANA, "Ana Vera", "wamid.2", path.second(70), "gracias")).await;
    assert_eq!(path.messages(1).await.len(), 2);
    assert_eq!(used(&path).await, 1);
    assert!(path.demo.data().trash(None, 50).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn what_another_has_taken_meanwhile_is_not_taken_back() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "hola")).await;
    path.at(60);
    delete(&path, 1).await.unwrap();
    path.deliver(&text(ANA, "Ana Vera", "wamid.2", path.second(70), "soy yo")).await;
    let Restored::Done(head) = restore(&path, 1).await else { panic!("not restored") };
    assert!(head.channels.is_empty() && head.phone.is_none());
    let suggested = path.demo.data().merge_suggestions(&head).await.unwrap();
    assert_eq!(suggested.iter().map(|s| s.head.id).collect::<Vec<_>>(), [ContactId(2)]);
}

#[tokio::test]
async fn after_thirty_days_nothing_of_him_is_left_anywhere() {
    let path = Path::new().await;
    let data = path.demo.data();
    path.deliver(&text("593990000009", "Otro Contacto", "wamid.0", path.second(1), "yo me quedo")).await;
    path.deliver(&text(ANA, "Ana Secreta", "wamid.1", path.second(1), "palabra-uno")).await;
    path.deliver(&text(ANITA, "Anita Secreta", "wamid.2", path.second(2), "palabra-dos")).await;
    let email = ContactEdit {
        email: Some(Some("secreta@ejemplo.example".parse().unwrap())),
        ..ContactEdit::default()
    };
    data.edit_contact(ContactId(2), email, &context(&path)).await.unwrap();
    for id in [2, 3] {
        let head = path.head(id).await;
        let words = data.index_contact(&head, &std::collections::BTreeSet::new()).await.unwrap();
        data.put_indexed(head.id, &words).await.unwrap();
    }
    let told = Notification {
        id: colibri_domain::NotificationId::from_unique("1"),
        kind: "mention".into(),
        contact_id: Some(ContactId(2)),
        args: [("name".to_owned(), "Ana Secreta".to_owned())].into(),
        at: path.demo.now,
        read: false,
    };
    data.put_notification(&path.demo.alba, &told).await.unwrap();
    let merging = Merging {
        organization: &path.demo.organization,
        primary: ContactId(2),
        secondary: ContactId(3),
        picks: &Picks::new(),
    };
    data.merge_contacts(&merging, &anybody, &context(&path)).await.unwrap().unwrap();
    delete(&path, 2).await.unwrap();
    let kept = path.bucket.names();

    path.at(29 * DAY);
    purge(&path).handle(Value::Null).await.unwrap();
    assert!(data.trashed(ContactId(2)).await.unwrap().is_some(), "not yet");
    path.at(31 * DAY);
    // A run that dies on the way is taken up by the next.
    for _ in 0..3 {
        path.demo.table.faults().next("DeleteItem", colibri_testing::Fault::DropBefore);
    }
    let _ = purge(&path).handle(Value::Null).await;
    path.demo.table.faults().random(1, 0);
    for _ in 0..3 {
        purge(&path).handle(Value::Null).await.unwrap();
    }
    let left = raw(&path);
    for trace in
        [ANA, ANITA, "Secreta", "secreta", "palabra", "#C#0000000002", "#C#0000000003", "wamid.1", "wamid.2"]
    {
        let found: Vec<&String> = left.iter().filter(|item| item.contains(trace)).collect();
        assert!(found.is_empty(), "{trace}: {found:?}");
    }
    assert!(left.iter().any(|item| item.contains("yo me quedo")), "others stay");
    assert!(path.bucket.names().len() <= kept.len());
    assert_eq!(used(&path).await, 1, "and their places are free");
}

#[tokio::test]
async fn pictures_shared_values_and_a_long_history_go_too_in_as_many_runs_as_it_takes() {
    let path = Path::new().await;
    let data = path.demo.data();
    path.deliver(&text("593990000009", "Otro Contacto", "wamid.0", path.second(1), "yo me quedo")).await;
    path.deliver(&text(ANA, "Ana Secreta", "wamid.1", path.second(1), "palabra-uno")).await;
    // The other one owns the address that she shows, too.
    let email = || ContactEdit {
        email: Some(Some("familia@ejemplo.example".parse().unwrap())),
        ..ContactEdit::default()
    };
    for contact in [1, 2] {
        data.edit_contact(ContactId(contact), email(), &context(&path)).await.unwrap();
    }
    let image = json!({ "id": "9001", "mime_type": "image/png" });
    let picture = json!({ "from": ANA, "id": "wamid.2", "timestamp": path.second(2).to_string(), "type": "image", "image": image });
    let value = json!({ "contacts": [{ "profile": { "name": "Ana Secreta" }, "wa_id": ANA }], "messages": [picture] });
    path.deliver(&delivery(value)).await;
    let bytes: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x06\0\0\0";
    let link = json!({ "url": "https://graph.example/bytes/9001", "mime_type": "image/png", "file_size": bytes.len(), "id": "9001" });
    path.http.rule(move |request| {
        let body =
            if request.uri().path().contains("/bytes/") { bytes.to_vec() } else { link.to_string().into() };
        Ok(response(200, body))
    });
    path.fetch_media().await;
    assert!(path.bucket.names().iter().any(|name| name.starts_with("W/")), "{:?}", path.bucket.names());
    for n in 0..120_i64 {
        let comment = Comment {
            id: MessageId::derive(path.clock_now().seconds(), "comment", &n.to_string()),
            contact_id: ContactId(2),
            conversation_id: None,
            author: Actor::user(path.demo.alba.clone()),
            text: "palabra".into(),
            mentions: Vec::new(),
            at: path.clock_now(),
        };
        data.put_comment(&comment).await.unwrap();
    }
    path.at(60);
    delete(&path, 2).await.unwrap();
    path.at(31 * DAY);
    purge_by(&path, 1).handle(Value::Null).await.unwrap();
    let mut runs = 0;
    while let Some((_, job)) = path.invoke.take().pop() {
        runs += 1;
        let job = json!({ "detail": serde_json::from_str::<Value>(&job).unwrap() });
        purge_by(&path, 1).handle(job).await.unwrap();
    }
    assert!(runs >= 1, "one run was not enough");
    assert!(!path.bucket.names().iter().any(|name| name.starts_with("W/")), "{:?}", path.bucket.names());
    let left = raw(&path);
    assert!(!left.iter().any(|item| item.contains("palabra") || item.contains("Secreta")));
    let other = path.head(1).await;
    assert_eq!(
        other.email.map(|email| email.as_str().to_owned()).as_deref(),
        Some("familia@ejemplo.example")
    );
}

#[tokio::test]
async fn whoever_asks_for_it_is_erased_at_once() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana Secreta", "wamid.1", path.second(1), "palabra-uno")).await;
    path.at(60);
    delete(&path, 1).await.unwrap();
    assert!(path.demo.data().erase_now(ContactId(1), path.clock_now()).await.unwrap());
    assert_eq!(restore(&path, 1).await, Restored::NotInTrash);
    let job = json!({ "detail": { "workspace_id": path.demo.workspace, "contact_id": 1 } });
    purge(&path).handle(job.clone()).await.unwrap();
    purge(&path).handle(job).await.unwrap();
    let left = raw(&path);
    assert!(!left.iter().any(|item| item.contains("palabra") || item.contains("Secreta")));
}
