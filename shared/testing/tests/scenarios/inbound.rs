//! What arrives.

use std::collections::BTreeSet;

use colibri_app::http::JsonHandler as _;
use colibri_app::ports::QueueName;
use colibri_domain::ContactId;
use colibri_testing::sim::faults::Trouble;
use colibri_testing::sim::functions;
use colibri_testing::sim::world::Resource;
use serde_json::{Value, json};

use crate::bench::{EVA, answers, delivery, eva_writes, names, second, shown, text, tried};

fn once(facts: &colibri_testing::sim::facts::Facts) {
    assert_eq!(names(facts, 1), ["wamid.1"]);
    assert_eq!(facts.heads[&(0, ContactId(1))].unread, 1);
}

#[test]
fn x02_the_same_webhook_after_20_ms_2_minutes_an_hour_and_6_days_is_one_message() {
    let facts = tried(1, |world| async move {
        let body = delivery(&world, EVA, &[text(EVA, "wamid.1", second(&world))]);
        for wait in [0, 20, 120_000, 3_600_000, 6 * 86_400_000] {
            world.scheduler.sleep(wait).await;
            assert_eq!(world.post(&body).await, 200);
        }
    });
    once(&facts);
}

#[test]
fn x03_while_the_store_is_away_nothing_is_acknowledged_and_nothing_lost() {
    let facts = tried(1, |world| async move {
        let body = delivery(&world, EVA, &[text(EVA, "wamid.1", second(&world))]);
        world.troubles.plan(Trouble::DropBefore, 0, 12);
        let before = world.now();
        assert!(world.post(&body).await >= 500);
        assert!(world.now().since(before) < 1_000, "the provider is told at once");
        eva_writes(&world, "wamid.1").await;
    });
    once(&facts);
}

#[test]
fn x06_a_crash_between_message_and_head_is_repaired_by_the_redelivery() {
    // Wherever it dies: before, between, after.
    for poll in 0..36 {
        let facts = tried(poll, |world| async move {
            eva_writes(&world, "wamid.0").await;
            world.scheduler.sleep(10_000).await;
            *world.fatal.lock().unwrap() = Some(i64::try_from(poll).unwrap());
            // The webhook is asked first and lives.
            world.troubles.plan(Trouble::Killed, 1, 1);
            eva_writes(&world, "wamid.1").await;
        });
        assert_eq!(names(&facts, 1).len(), 2, "killed at {poll}");
        assert_eq!(facts.heads[&(0, ContactId(1))].unread, 2, "killed at {poll}");
    }
}

#[test]
fn x08_an_answer_lost_after_the_effect_has_no_second_effect() {
    for call in 0..24 {
        let facts = tried(call, |world| async move {
            world.troubles.plan(Trouble::DropAfter, call, 1);
            eva_writes(&world, "wamid.1").await;
        });
        once(&facts);
    }
}

#[test]
fn x11_two_functions_with_the_same_message_have_one_effect() {
    for seed in 0..8 {
        let facts = tried(seed, |world| async move {
            world.troubles.plan(Trouble::BatchTwice, 0, 1);
            eva_writes(&world, "wamid.1").await;
        });
        once(&facts);
    }
}

#[test]
fn x13_shuffled_deliveries_are_shown_as_they_were_sent() {
    for seed in 0..4 {
        let facts = tried(seed, |world| async move {
            let now = second(&world);
            for part in 0..5_i64 {
                let of = |n: i64| text(EVA, &format!("wamid.{:02}", part * 4 + n), now + part);
                let body = delivery(&world, EVA, &[of(1), of(2), of(3), of(4)]);
                world.deliver(body, 0, world.random.between(0, 20_000));
            }
        });
        let expected: Vec<String> = (1..=20).map(|n| format!("wamid.{n:02}")).collect();
        assert_eq!(names(&facts, 1), expected);
        assert_eq!(facts.heads[&(0, ContactId(1))].unread, 20);
    }
}

#[test]
fn x07_emptied_queues_lose_nothing_because_the_sweep_reads_the_table() {
    let facts = tried(1, |world| async move {
        eva_writes(&world, "wamid.1").await;
        world.scheduler.sleep(5_000).await;
        world.troubles.plan(Trouble::QueueDelay, 0, 1);
        assert_eq!(answers(&world, 1, "buenas").await, 202);
        // The nudge is gone; the message itself waits in the table.
        for name in [QueueName::Inbound, QueueName::Status, QueueName::Outbound] {
            world.queue_of(name).lock().unwrap().purge();
        }
        world.scheduler.sleep(10 * 60_000).await;
        assert_eq!(world.ledger.lock().unwrap().taken.get("buenas"), None, "nobody sends it by himself");
        assert!(functions::sweep(&world).handle(Value::Null).await.is_ok());
    });
    assert_eq!(facts.ledger.taken.get("buenas"), Some(&1));
}

#[test]
fn x14_an_album_of_ten_deliveries_at_once_is_one_contact_one_conversation_ten_messages() {
    for seed in 0..6 {
        let facts = tried(seed, |world| async move {
            let now = second(&world);
            let picture = |n: i64| {
                let id = format!("wamid.{n:02}");
                json!({ "from": EVA, "id": id, "timestamp": now.to_string(), "type": "image",
                    "image": { "id": format!("media-{n}"), "mime_type": "image/jpeg" } })
            };
            let bodies: Vec<Value> = (0..10).map(|n| delivery(&world, EVA, &[picture(n)])).collect();
            let answers = futures::future::join_all(bodies.iter().map(|body| world.post(body))).await;
            assert_eq!(answers, [200; 10]);
        });
        assert_eq!((facts.heads.len(), shown(&facts, 1).len()), (1, 10));
        let ids: BTreeSet<_> = shown(&facts, 1).iter().map(|m| m.conversation_id.clone()).collect();
        assert_eq!(ids.len(), 1);
        assert!(ids.iter().all(Option::is_some));
    }
}

#[test]
fn x16_throttling_pushes_back_and_loses_nothing() {
    let facts = tried(1, |world| async move {
        for n in 0..10 {
            let body = delivery(&world, EVA, &[text(EVA, &format!("wamid.{n}"), second(&world) + n)]);
            world.deliver(body, 0, 0);
        }
        world.scheduler.sleep(200).await;
        world.troubles.plan(Trouble::Throttle, 0, 150);
    });
    assert_eq!(shown(&facts, 1).len(), 10);
}

#[test]
fn x17_a_storm_of_conflicts_ends_whole_or_not_at_all() {
    for conflicts in [3, 30, 120] {
        let facts = tried(conflicts, |world| async move {
            eva_writes(&world, "wamid.0").await;
            world.scheduler.sleep(5_000).await;
            world.troubles.plan(Trouble::Storm, 0, conflicts);
            eva_writes(&world, "wamid.1").await;
            let tenant = &world.tenants[0];
            let path = format!("/console/{}/conversations/1/close", tenant.workspace);
            let call = world.call(
                Resource::Conversations,
                &tenant.subjects[0],
                http::Method::POST,
                path,
                None,
                &Value::Null,
            );
            call.await;
        });
        assert_eq!(shown(&facts, 1).len(), 2);
    }
}

#[test]
fn x32_a_valid_webhook_replayed_an_hour_later_changes_nothing() {
    let facts = tried(1, |world| async move {
        let body = delivery(&world, EVA, &[text(EVA, "wamid.1", second(&world))]);
        assert_eq!(world.post(&body).await, 200);
        world.scheduler.sleep(3_600_000).await;
        let before = world.store().workspace(&world.tenants[0].workspace).head(ContactId(1)).await.unwrap();
        assert_eq!(world.post(&body).await, 200);
        world.scheduler.sleep(60_000).await;
        let after = world.store().workspace(&world.tenants[0].workspace).head(ContactId(1)).await.unwrap();
        assert_eq!(before, after);
    });
    once(&facts);
}

#[test]
fn x33_odd_messages_are_stored_or_kept_and_never_poison() {
    let odd = [
        json!({ "type": "hologram", "hologram": { "depth": 3 } }),
        json!({ "type": "text" }),
        json!({ "type": "text", "text": null }),
        json!({ "type": null }),
        json!({ "type": "text", "text": { "body": "\u{0}\u{202E}desrever 👩‍👩‍👧‍👦" } }),
        json!({ "type": "text", "text": { "body": "x".repeat(64 * 1024) } }),
        (0..100).fold(json!("deep"), |inner, _| json!({ "type": "text", "text": inner })),
    ];
    let count = odd.len();
    let facts = tried(1, |world| async move {
        let mut messages = Vec::new();
        for (n, mut message) in odd.into_iter().enumerate() {
            message["from"] = EVA.into();
            message["id"] = format!("wamid.odd.{n}").into();
            message["timestamp"] = second(&world).to_string().into();
            messages.push(message);
        }
        messages.push(text(EVA, "wamid.good", second(&world) + 1));
        assert_eq!(world.post(&delivery(&world, EVA, &messages)).await, 200);
    });
    assert!(facts.ledger.dead.is_empty(), "{:?}", facts.ledger.dead);
    assert_eq!(names(&facts, 1).last(), Some(&"wamid.good"));
    assert!(shown(&facts, 1).len() <= count + 1);
}
