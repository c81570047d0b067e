//! What customers write, on every kind of bad day.

use colibri_app::http::RecordHandler;
use colibri_app::ports::QueueName;
use colibri_domain::ContactId;
use colibri_domain::content::Content;
use colibri_domain::conversation::{self, ClosingNote};
use colibri_domain::message::{Actor, Traffic};
use colibri_store::WriteContext;
use colibri_testing::demo::APP;
use colibri_testing::path::{Path, SECRET, VERIFY_TOKEN, delivery, delivery_for, record, signature, text};
use colibri_testing::{Demo, Fault};
use serde_json::json;

const ANA: &str = "593991234567";

fn words(content: &Content) -> &str {
    if let Content::Text { text } = content { text } else { panic!("{content:?}") }
}

#[tokio::test]
async fn a_first_text_makes_contact_conversation_and_message() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "hola")).await;
    let head = path.head(1).await;
    assert_eq!((head.first_name.as_str(), head.unread, head.unreplied), ("Ana Vera", 1, true));
    assert_eq!(head.phone.as_ref().map(ToString::to_string).as_deref(), Some("+593991234567"));
    let messages = path.messages(1).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(words(&messages[0].content), "hola");
    assert_eq!(messages[0].conversation_id, head.conversation.map(|c| c.id));
    assert!(messages[0].conversation_id.is_some());
    let carried: Vec<String> = path
        .demo
        .table
        .changes()
        .iter()
        .filter_map(|c| c.new.as_ref()?.get("ev")?.as_str().map(str::to_owned))
        .collect();
    let all = carried.concat();
    for name in ["contact.created", "conversation.opened", "message.received"] {
        assert_eq!(all.matches(&format!("\"type\":\"{name}\"")).count(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_same_delivery_any_number_of_times_has_the_effect_of_one() {
    let path = Path::new().await;
    let mut twice = text(ANA, "Ana", "wamid.1", path.second(1), "hola");
    let again = twice["entry"][0]["changes"][0]["value"]["messages"][0].clone();
    twice["entry"][0]["changes"][0]["value"]["messages"].as_array_mut().unwrap().push(again);
    assert_eq!(path.post(&twice).await, 200);
    let inbound = path.queue.take(QueueName::Inbound);
    assert_eq!(inbound.len(), 1, "the queue sees through a repetition within one POST");
    let handled = futures::future::join_all((0..8).map(|_| path.receive.handle(record(&inbound[0])))).await;
    assert!(handled.iter().all(Result::is_ok), "{handled:?}");
    path.deliver(&twice).await;
    assert_eq!(path.messages(1).await.len(), 1);
    assert_eq!(path.head(1).await.unread, 1);
    assert_eq!(path.demo.store.organization(&path.demo.organization).quota().await.unwrap().used, 1);
}

#[tokio::test]
async fn two_first_messages_at_once_make_one_contact() {
    let path = Path::new().await;
    assert_eq!(path.post(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await, 200);
    assert_eq!(path.post(&text(ANA, "Ana", "wamid.2", path.second(2), "¿están?")).await, 200);
    let inbound = path.queue.take(QueueName::Inbound);
    let handled = futures::future::join_all(inbound.iter().map(|m| path.receive.handle(record(m)))).await;
    assert!(handled.iter().all(Result::is_ok), "{handled:?}");
    assert_eq!(path.messages(1).await.len(), 2);
    assert_eq!(path.head(1).await.unread, 2);
    assert!(path.demo.data().head(ContactId(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_late_message_stands_where_it_belongs_and_does_not_unanswer() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.2", path.second(20), "segundo")).await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(10), "primero")).await;
    let shown: Vec<String> = path.messages(1).await.iter().map(|m| words(&m.content).to_owned()).collect();
    assert_eq!(shown, ["primero", "segundo"]);
    let head = path.head(1).await;
    assert_eq!((head.unread, head.last_message.unwrap().preview.as_str()), (2, "segundo"));
}

#[tokio::test]
async fn a_crash_between_message_and_head_is_mended_by_the_next_delivery() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    path.post(&text(ANA, "Ana", "wamid.2", path.second(2), "¿están?")).await;
    let inbound = path.queue.take(QueueName::Inbound);
    // Put of the message goes through, the head's does not, again and again.
    for _ in 0..2 {
        path.demo.table.faults().next("PutItem", Fault::DropAfter);
    }
    for _ in 0..12 {
        path.demo.table.faults().next("PutItem", Fault::DropBefore);
    }
    let first = path.receive.handle(record(&inbound[0])).await;
    path.demo.table.faults().random(1, 0);
    while path.receive.handle(record(&inbound[0])).await.is_err() {}
    assert!(first.is_err() || path.head(1).await.unread == 2);
    assert_eq!(path.messages(1).await.len(), 2);
    assert_eq!(path.head(1).await.unread, 2);
}

#[tokio::test]
async fn nothing_unsigned_is_believed_or_stored() {
    let path = Path::new().await;
    let body = text(ANA, "Ana", "wamid.1", path.second(1), "hola").to_string();
    let good = signature(SECRET, body.as_bytes());
    let bad = [
        None,
        Some(signature("other", body.as_bytes())),
        Some(good[..70].to_owned()),
        Some(good.to_uppercase()),
        Some(String::new()),
    ];
    for header in bad {
        let answer = path.request(http::Method::POST, APP, "", header.as_deref(), body.as_bytes()).await;
        assert_eq!(answer.status, 401, "{header:?}");
    }
    assert_eq!(path.request(http::Method::POST, "999", "", Some(&good), body.as_bytes()).await.status, 401);
    assert!(path.queue.all().is_empty());
    assert!(path.bucket.names().is_empty());
}

#[tokio::test]
async fn a_signature_is_of_the_bytes_and_of_no_other_writing_of_them() {
    let path = Path::new().await;
    let body = text(ANA, "Ana", "wamid.1", path.second(1), "adiós");
    let signed = signature(SECRET, body.to_string().as_bytes());
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let escaped = body.to_string().replace('ó', "\\u00f3");
    for other in [pretty, escaped, format!("{body} "), body.to_string().to_uppercase()] {
        let answer = path.request(http::Method::POST, APP, "", Some(&signed), other.as_bytes()).await;
        assert_eq!(answer.status, 401, "{other}");
    }
    assert!(path.queue.all().is_empty() && path.bucket.names().is_empty());
}

#[tokio::test]
async fn large_bodies_are_refused_before_anybody_looks_at_them_and_packed_ones_stay_packed() {
    let path = Path::new().await;
    let (megabyte, huge) = (vec![b' '; 1024 * 1024], vec![b' '; 4 * 1024 * 1024 + 1]);
    let forged = path.request(http::Method::POST, APP, "", Some("sha256=00"), &megabyte).await;
    assert_eq!(forged.status, 401);
    let signed = signature(SECRET, &huge);
    assert_eq!(path.request(http::Method::POST, APP, "", Some(&signed), &huge).await.status, 413);
    assert!(path.queue.all().is_empty() && path.bucket.names().is_empty());
    // A gigabyte of nothing in a megabyte: authentic, so it is kept as it came, and nobody unpacks it.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &vec![0; 100_000]].concat();
    let answer = path.request(http::Method::POST, APP, "", Some(&signature(SECRET, &bomb)), &bomb).await;
    assert_eq!(answer.status, 200);
    assert!(path.queue.all().is_empty());
    assert_eq!(path.bucket.names().len(), 1);
}

#[tokio::test]
async fn bytes_that_parsers_disagree_about_are_stored_or_kept_and_never_poison() {
    let path = Path::new().await;
    let message = |id: &str, rest: &str| {
        format!(
            r#"{{"from":"{ANA}","id":"{id}","timestamp":"1768478401","type":"text","text":{{"body":{rest}}}}}"#
        )
    };
    let nested = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let odd = [
        message("wamid.1", r#""una vez","body":"otra vez""#),
        message("wamid.2", r#""\ud83d""#),
        message("wamid.3", r#""a\u0000b""#),
        message("wamid.4", "null"),
        message("wamid.5", &nested),
        message("wamid.6", &deep),
        message("wamid.7", r#""\u202Eodnuges""#),
    ];
    for odd in &odd {
        let body = delivery(json!({ "contacts": [], "messages": ["ODD"] })).to_string();
        let body = body.replace("\"ODD\"", odd);
        let signed = signature(SECRET, body.as_bytes());
        let answer = path.request(http::Method::POST, APP, "", Some(&signed), body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{odd:.120}");
        let failures = path.settle().await;
        assert!(failures.is_empty(), "{odd:.120}: {failures:?}");
    }
    // Each is a message or lies raw in the bucket; the next good one goes on.
    let stored = if path.demo.data().head(ContactId(1)).await.unwrap().is_some() {
        path.messages(1).await.len()
    } else {
        0
    };
    assert!(stored + path.bucket.names().len() >= odd.len(), "{stored} and {:?}", path.bucket.names());
    path.deliver(&text(ANA, "Ana", "wamid.9", path.second(9), "hola")).await;
    assert_eq!(path.messages(1).await.len(), stored + 1);
}

#[tokio::test]
async fn the_handshake_wants_our_token() {
    let path = Path::new().await;
    let ask = |token: &str| format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
    let answer = path.request(http::Method::GET, APP, &ask(VERIFY_TOKEN), None, b"").await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"1158201444"[..]));
    for query in [ask("wrong"), String::new(), "hub.mode=subscribe".to_owned()] {
        assert_eq!(path.request(http::Method::GET, APP, &query, None, b"").await.status, 403);
    }
    assert_eq!(path.request(http::Method::GET, "999", &ask(VERIFY_TOKEN), None, b"").await.status, 403);
}

#[tokio::test]
async fn unknown_numbers_and_numbers_of_another_app_are_ignored_and_counted() {
    let path = Path::new().await;
    let value = json!({ "messages": [{ "from": ANA, "id": "wamid.1", "timestamp": "1768478401", "type": "text", "text": { "body": "x" } }] });
    assert_eq!(path.post(&delivery_for("777", value.clone())).await, 200);
    let mut stranger = colibri_testing::demo::channel(&path.demo.workspace, "other", "778");
    stranger.app = Some("5555".into());
    path.demo.store.installation().claim_account(&stranger, None).await.unwrap();
    assert_eq!(path.post(&delivery_for("778", value)).await, 200);
    assert!(path.queue.all().is_empty());
    assert_eq!(path.metrics.value("webhook.unknown_account"), 2);
}

#[tokio::test]
async fn a_malformed_message_spoils_none_beside_it_and_is_kept() {
    let path = Path::new().await;
    let value = json!({
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA }],
        "messages": [
            { "from": ANA, "id": "wamid.1", "timestamp": "1768478401", "type": "text", "text": { "body": "uno" } },
            { "from": ANA, "timestamp": 5, "type": ["?"] },
            { "from": ANA, "id": "wamid.3", "timestamp": "1768478403", "type": "hologram", "hologram": {} },
            { "from": ANA, "id": "wamid.4", "timestamp": "1768478404", "type": "text", "text": { "body": "cuatro" } },
        ],
    });
    path.deliver(&delivery(value)).await;
    let messages = path.messages(1).await;
    assert_eq!(messages.len(), 3);
    assert!(matches!(messages[1].content, Content::Unsupported { .. }));
    assert_eq!(path.bucket.names().len(), 1);
    assert_eq!(path.metrics.value("webhook.kept"), 1);
}

#[tokio::test]
async fn what_the_queue_does_not_take_is_not_acknowledged() {
    let path = Path::new().await;
    path.queue.fail(1);
    let delivery = text(ANA, "Ana", "wamid.1", path.second(1), "hola");
    assert!(path.post(&delivery).await >= 500);
    path.deliver(&delivery).await;
    assert_eq!(path.messages(1).await.len(), 1);
}

#[tokio::test]
async fn events_larger_than_a_queue_takes_arrive_whole() {
    let path = Path::new().await;
    let fields: serde_json::Map<_, _> =
        (0..3000).map(|n| (format!("f{n}"), json!("x".repeat(400)))).collect();
    let reply = json!({ "type": "nfm_reply", "nfm_reply": { "name": "flow", "body": "Sent", "response_json": serde_json::Value::Object(fields).to_string() } });
    let value = json!({
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA }],
        "messages": [{ "from": ANA, "id": "wamid.1", "timestamp": "1768478401", "type": "interactive", "interactive": reply }],
    });
    assert_eq!(path.post(&delivery(value)).await, 200);
    assert!(path.queue.all().iter().all(|(_, message)| message.body.len() < 1_000_000));
}

#[tokio::test]
async fn a_full_quota_refuses_only_new_people_and_loses_nothing() {
    let path = Path::with_quota(1).await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    path.deliver(&text("593987654321", "Beto", "wamid.2", path.second(2), "hola")).await;
    path.deliver(&text(ANA, "Ana", "wamid.3", path.second(3), "sigo aquí")).await;
    assert_eq!(path.metrics.value("contact.refused_quota"), 1);
    assert_eq!(path.messages(1).await.len(), 2);
    let waiting = path.demo.table.calls().iter().filter(|call| format!("{call:?}").contains("#Y")).count();
    assert_eq!(waiting, 1, "the event of the one without a place is kept");
}

#[tokio::test]
async fn a_blocked_contact_is_stored_in_silence() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    let context = WriteContext { actor: Actor::user(path.demo.alba.clone()), now: path.demo.now.plus(5_000) };
    let block = |head| {
        Ok::<_, std::convert::Infallible>(conversation::block(head, context.actor.clone(), context.now))
    };
    path.demo.data().change_head(ContactId(1), &context, block).await.unwrap().unwrap();
    path.demo.table.changes();
    path.deliver(&text(ANA, "Ana", "wamid.2", path.second(9), "¿por qué?")).await;
    assert_eq!(path.messages(1).await.len(), 2);
    let head = path.head(1).await;
    assert_eq!((head.unread, head.conversation), (0, None));
    let carried = format!("{:?}", path.demo.table.changes());
    assert!(!carried.contains("message.received") && !carried.contains("conversation.opened"));
}

#[tokio::test]
async fn writing_again_after_closing_reopens_with_the_same_assignee() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    let context = WriteContext { actor: Actor::user(path.demo.alba.clone()), now: path.demo.now.plus(5_000) };
    let data = path.demo.data();
    let alba = path.demo.alba.clone();
    let assign = |head| Ok::<_, std::convert::Infallible>(conversation::assign(head, Some(alba.clone())));
    data.change_head(ContactId(1), &context, assign).await.unwrap().unwrap();
    let close = |head| conversation::close(head, context.actor.clone(), ClosingNote::default(), context.now);
    let closed = data.change_head(ContactId(1), &context, close).await.unwrap().unwrap();
    assert_eq!(closed.conversation, None);
    path.deliver(&text(ANA, "Ana", "wamid.2", path.second(60), "otra cosa")).await;
    let head = path.head(1).await;
    assert!(head.conversation.is_some());
    assert_eq!(head.assignee, Some(path.demo.alba.clone()));
}

#[tokio::test]
async fn scoped_ids_and_numbers_of_one_person_meet_in_one_contact() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "por número")).await;
    let both = json!({
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA, "user_id": "EC.5550001112223334" }],
        "messages": [{ "from": ANA, "from_user_id": "EC.5550001112223334", "id": "wamid.2", "timestamp": "1768478402", "type": "text", "text": { "body": "con ambos" } }],
    });
    path.deliver(&delivery(both)).await;
    let hidden = json!({
        "contacts": [{ "profile": { "name": "Ana" }, "user_id": "EC.5550001112223334" }],
        "messages": [{ "from_user_id": "EC.5550001112223334", "id": "wamid.3", "timestamp": "1768478403", "type": "text", "text": { "body": "sin número" } }],
    });
    path.deliver(&delivery(hidden)).await;
    assert_eq!(path.messages(1).await.len(), 3);
    let head = path.head(1).await;
    assert_eq!(head.channels.len(), 1);
    assert_eq!(head.channels[0].identity, "EC.5550001112223334");
}

#[tokio::test]
async fn number_variants_make_no_second_contact_and_answers_keep_the_form() {
    let path = Path::new().await;
    path.deliver(&text("5511988887777", "Bia", "wamid.1", path.second(1), "oi")).await;
    path.deliver(&text("551188887777", "Bia", "wamid.2", path.second(2), "oi de novo")).await;
    assert_eq!(path.messages(1).await.len(), 2);
    assert_eq!(path.head(1).await.channels[0].identity, "551188887777");
}

#[tokio::test]
async fn a_changed_number_stays_the_same_person() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    let change = json!({ "messages": [{ "from": ANA, "id": "wamid.2", "timestamp": "1768478402", "type": "system", "system": { "body": "changed", "type": "user_changed_number", "wa_id": "593998887766" } }] });
    path.deliver(&delivery(change.clone())).await;
    path.deliver(&delivery(change)).await;
    path.deliver(&text("593998887766", "Ana", "wamid.3", path.second(3), "soy yo")).await;
    let head = path.head(1).await;
    assert_eq!(head.channels.len(), 1);
    assert_eq!(head.channels[0].identity, "593998887766");
    assert_eq!(head.phone.map(|p| p.to_string()).as_deref(), Some("+593998887766"));
    assert_eq!(path.messages(1).await.len(), 2);
}

#[tokio::test]
async fn reactions_edits_and_revokes_change_what_is_there_and_create_nothing() {
    let path = Path::new().await;
    let event = |id: &str, second: i64, part: serde_json::Value| {
        let mut message = json!({ "from": ANA, "id": id, "timestamp": path.second(second).to_string() });
        message.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        delivery(
            json!({ "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA }], "messages": [message] }),
        )
    };
    path.deliver(&event(
        "wamid.9",
        1,
        json!({ "type": "reaction", "reaction": { "message_id": "wamid.1", "emoji": "👍" } }),
    ))
    .await;
    assert!(
        path.demo.data().head(ContactId(1)).await.unwrap().is_none(),
        "a reaction of a stranger makes nobody"
    );
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(2), "hola")).await;
    path.deliver(&event(
        "wamid.10",
        3,
        json!({ "type": "reaction", "reaction": { "message_id": "wamid.1", "emoji": "👍" } }),
    ))
    .await;
    path.deliver(&event("wamid.11", 4, json!({ "type": "edit", "edit": { "original_message_id": "wamid.1", "message": { "type": "text", "text": { "body": "buenas" } } } }))).await;
    let message = &path.messages(1).await[0];
    assert_eq!((words(&message.content), message.reactions.len()), ("buenas", 1));
    path.deliver(&event(
        "wamid.12",
        5,
        json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.1" } }),
    ))
    .await;
    path.deliver(&event("wamid.13", 6, json!({ "type": "edit", "edit": { "original_message_id": "wamid.1", "message": { "type": "text", "text": { "body": "tarde" } } } }))).await;
    let message = &path.messages(1).await[0];
    assert!(message.revoked_at.is_some() && words(&message.content).is_empty());
    let head = path.head(1).await;
    assert_eq!((head.unread, head.last_message.unwrap().preview.as_str()), (1, ""));
}

#[tokio::test]
async fn an_echo_is_ours_and_answers() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "hola")).await;
    let echo = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "424200000000201", "changes": [{ "field": "smb_message_echoes", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "593900000100", "phone_number_id": "424200000000101" },
        "message_echoes": [{ "from": "593900000100", "to": ANA, "id": "wamid.2", "timestamp": "1768478410", "type": "text", "text": { "body": "desde el teléfono" } }],
    } }] }] });
    path.deliver(&echo).await;
    let messages = path.messages(1).await;
    assert_eq!(messages[1].traffic, Traffic::Outgoing);
    let head = path.head(1).await;
    assert_eq!((head.unread, head.unreplied), (0, false));
}

#[tokio::test]
async fn bytes_of_an_attachment_are_asked_for_until_they_are_there() {
    let path = Path::new().await;
    let value = json!({
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA }],
        "messages": [{ "from": ANA, "id": "wamid.1", "timestamp": "1768478401", "type": "image", "image": { "id": "9001", "mime_type": "image/jpeg", "sha256": "x", "caption": "mire" } }],
    });
    path.deliver(&delivery(value.clone())).await;
    assert_eq!(path.queue.take(QueueName::Media).len(), 1);
    // A redelivery after a crash asks again: fetching twice attaches once.
    path.deliver(&delivery(value)).await;
    assert_eq!(path.queue.take(QueueName::Media).len(), 1);
}

#[tokio::test]
async fn with_faults_everywhere_every_message_is_there_once() {
    let path = Path::over(Demo::new().await);
    for n in 0..30 {
        let from = format!("59399000{:04}", n % 5);
        assert_eq!(
            path.post(&text(&from, "Persona", &format!("wamid.{n}"), path.second(n), "hola")).await,
            200
        );
    }
    let mut waiting = path.queue.take(QueueName::Inbound);
    path.demo.table.faults().random(7, 60);
    for _ in 0..50 {
        let mut back = Vec::new();
        for message in waiting {
            if path.receive.handle(record(&message)).await.is_err() {
                back.push(message);
            }
        }
        waiting = back;
    }
    path.demo.table.faults().random(7, 0);
    assert!(waiting.is_empty());
    let mut unread = 0;
    for contact in 1..=5 {
        assert_eq!(path.messages(contact).await.len(), 6);
        unread += path.head(contact).await.unread;
    }
    assert_eq!(unread, 30);
}

#[tokio::test]
async fn an_old_answer_about_who_writes_costs_a_second_try_and_nothing_else() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.1", path.second(1), "uno")).await;
    path.demo.table.freeze_indexes();
    for (place, word) in [(2, "dos"), (3, "tres")] {
        path.deliver(&text(ANA, "Ana", &format!("wamid.{place}"), path.second(place), word)).await;
    }
    path.deliver(&text(ANA, "Ana", "wamid.2", path.second(2), "dos")).await;
    path.demo.table.thaw_indexes();
    let head = path.head(1).await;
    assert_eq!((head.unread, head.last_message.map(|last| last.preview).as_deref()), (3, Some("tres")));
    let messages = path.messages(1).await;
    assert_eq!(messages.iter().map(|m| words(&m.content)).collect::<Vec<_>>(), ["uno", "dos", "tres"]);
    assert!(messages.iter().all(|m| m.conversation_id == messages[0].conversation_id));
}
