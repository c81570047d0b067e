//! Thousands of messages through the running installation, with what goes wrong there: the same delivery twice at once,
//! a table that cannot be reached, functions killed in the middle. Counted is what was acknowledged and what is stored.

mod meta;
mod workspace;

use std::collections::BTreeSet;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::meta::{Text, body, post};
use self::workspace::{Load, Stored};
use super::place::{Place, until_within};

/// Longest time without anything leaving a queue that drains. How fast it drains is the machine's affair; what a killed
/// function held stays out of sight for the three minutes of its queue's visibility timeout.
const STILL: Duration = Duration::from_mins(4);
/// Messages of one batch request to a queue.
const BATCH: usize = 10;

#[allow(clippy::disallowed_methods, reason = "deliveries carry the time of the machine")]
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// `each` texts of every customer, so many of them in a second.
fn texts(load: &Load<'_>, customers: usize, each: usize, in_a_second: usize) -> Vec<Vec<Text>> {
    let begin = now() - 600;
    let of = |customer: usize| {
        let from = format!("5939{:08}", 70_000_000 + customer);
        let text = |n: usize| Text {
            from: from.clone(),
            id: format!("wamid.{}.{customer}.{n}", load.workspace),
            at: begin + i64::try_from(n / in_a_second).unwrap(),
            words: format!("{n:04}"),
        };
        (0..each).map(text).collect()
    };
    (0..customers).map(of).collect()
}

fn drained(place: &Place, queue: &str) {
    let (mut moved, mut least, mut quiet) = (Instant::now(), u64::MAX, 0);
    while quiet < 3 {
        let pending = place.pending(queue);
        quiet = if pending == 0 { quiet + 1 } else { 0 };
        if pending < least {
            (moved, least) = (Instant::now(), pending);
        }
        assert!(moved.elapsed() < STILL, "{queue} still holds {pending}");
        sleep(Duration::from_millis(400));
    }
}

/// Every text is there once, in its customer's order, and counted once.
fn exactly(load: &Load<'_>, sent: &[Vec<Text>]) {
    let stored = load.timelines();
    let ids: Vec<&str> = stored.iter().flatten().map(|m| m.provider_id.as_str()).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    let wanted: BTreeSet<&str> = sent.iter().flatten().map(|text| text.id.as_str()).collect();
    let missing: Vec<_> = wanted.difference(&unique).take(5).collect();
    assert!(
        missing.is_empty(),
        "{} of {} are missing: {missing:?}",
        wanted.len() - unique.len(),
        wanted.len()
    );
    assert_eq!(ids.len(), wanted.len(), "nothing twice");
    assert_eq!(stored.len(), sent.len(), "a contact for each customer");
    for timeline in &stored {
        let shown: Vec<&str> = timeline.iter().map(|m: &Stored| m.text.as_str()).collect();
        assert!(shown.is_sorted(), "out of order: {shown:?}");
    }
    assert_eq!(load.unread(), wanted.len() as u64, "each counted once");
}

/// Single deliveries, customers interleaved, each customer's own in order.
fn one_each(load: &Load<'_>, sent: &[Vec<Text>]) -> Vec<String> {
    let each = sent.iter().map(Vec::len).max().unwrap_or(0);
    let rounds = (0..each).flat_map(|n| sent.iter().filter_map(move |texts| texts.get(n)));
    rounds.map(|text| body(&load.account, std::slice::from_ref(text))).collect()
}

#[test]
#[ignore = "needs the running installation"]
fn a_thousand_deliveries_twice_at_the_same_moment_are_a_thousand_messages() {
    let place = Place::signed_in();
    let load = Load::new(&place);
    let sent = texts(&load, 50, 20, 1);
    let outcome = post(&load, place.console(), &Place::app_secret(), &one_each(&load, &sent), 2);
    assert_eq!(outcome.accepted, 2000, "{outcome:?}");
    drained(&place, "InboundQueueUrl");
    exactly(&load, &sent);
}

/// The queue hides a repeated delivery for five minutes only; here it hides none.
#[test]
#[ignore = "needs the running installation"]
fn a_thousand_pairs_that_the_queue_cannot_tell_apart_are_a_thousand_messages() {
    let place = Place::signed_in();
    let load = Load::new(&place);
    let sent = texts(&load, 50, 20, 1);
    let copies: Vec<Value> = sent
        .iter()
        .flatten()
        .flat_map(|text| {
            let event = json!({
                "workspace_id": load.workspace, "channel_id": load.channel, "source": "whatsapp_cloud",
                "from": {"id": text.from, "phone": text.from, "name": "Ana Vera"},
                "received_at": now() * 1000, "place": 0,
                "event": "message", "provider_id": text.id, "at": text.at,
                "content": {"kind": "text", "text": text.words},
            });
            let entry = move |copy: u8| {
                json!({
                    "MessageBody": event.to_string(),
                    "MessageGroupId": text.from,
                    "MessageDeduplicationId": format!("{}-{copy}", text.id),
                })
            };
            [entry(1), entry(2)]
        })
        .collect();
    for batch in copies.chunks(BATCH) {
        let entries: Vec<Value> = batch
            .iter()
            .enumerate()
            .map(|(n, entry)| {
                let mut entry = entry.clone();
                entry["Id"] = json!(n.to_string());
                entry
            })
            .collect();
        let body = json!({"QueueUrl": place.output("InboundQueueUrl"), "Entries": entries});
        let answer = place.aws("AmazonSQS.SendMessageBatch", &body);
        assert!(answer["Failed"].as_array().is_none_or(Vec::is_empty), "{answer}");
    }
    drained(&place, "InboundQueueUrl");
    exactly(&load, &sent);
}

#[test]
#[ignore = "needs the running installation"]
fn five_thousand_messages_in_one_burst_keep_each_contacts_order() {
    let place = Place::signed_in();
    let load = Load::new(&place);
    // Two in each second: within it the place in the delivery decides.
    let sent = texts(&load, 500, 10, 2);
    // As Meta posts under load: several customers and several of their messages in one delivery.
    let bodies: Vec<String> = sent
        .chunks(2)
        .map(|customers| body(&load.account, &customers.iter().flatten().cloned().collect::<Vec<_>>()))
        .collect();
    post(&load, place.console(), &Place::app_secret(), &bodies, 1);
    drained(&place, "InboundQueueUrl");
    exactly(&load, &sent);
}

#[test]
#[ignore = "needs the running installation"]
fn nothing_acknowledged_is_missing_when_the_table_is_cut_off_and_functions_are_killed() {
    let place = Place::signed_in();
    let load = Load::new(&place);
    let sent = texts(&load, 300, 10, 1);
    let bodies = one_each(&load, &sent);
    scope(|threads| {
        threads.spawn(|| {
            let outcome = post(&load, place.console(), &Place::app_secret(), &bodies, 1);
            println!("{} deliveries, {} of them had to be repeated", outcome.accepted, outcome.refused);
        });
        sleep(Duration::from_secs(4));
        assert!(place.kill_functions(), "functions run");
        sleep(Duration::from_secs(2));
        place.table_way("cut");
        sleep(Duration::from_secs(10));
        place.table_way("open");
        sleep(Duration::from_secs(3));
        assert!(place.kill_functions(), "functions run");
        place.table_way("reset");
        sleep(Duration::from_secs(3));
        place.table_way("open");
        sleep(Duration::from_secs(3));
        assert!(place.kill_functions(), "functions run");
    });
    drained(&place, "InboundQueueUrl");
    exactly(&load, &sent);
}

/// What waits to be sent in one workspace does not hold up what others' customers write.
#[test]
#[ignore = "needs the running installation"]
fn a_flood_on_the_way_out_does_not_delay_what_comes_in() {
    let place = Place::signed_in();
    let flood = Load::new(&place);
    let nudge = json!({"workspace_id": flood.workspace, "contact_id": 1, "contact_channel_id": "none"});
    let entries: Vec<Value> = (0..BATCH)
        .map(|n| json!({"Id": n.to_string(), "MessageBody": nudge.to_string(), "MessageGroupId": flood.workspace}))
        .collect();
    let body = json!({"QueueUrl": place.output("OutboundQueueUrl"), "Entries": entries});
    scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..500).for_each(|_| drop(place.aws("AmazonSQS.SendMessageBatch", &body))));
        }
    });
    let before = place.pending("OutboundQueueUrl");
    assert!(before > 5_000, "the flood stands: {before}");
    let quiet = Load::new(&place);
    let sent = texts(&quiet, 20, 1, 1);
    let started = Instant::now();
    post(&quiet, place.console(), &Place::app_secret(), &one_each(&quiet, &sent), 1);
    until_within(STILL, "20 quiet customers' messages", || (quiet.timelines().len() == 20).then_some(()));
    let (took, left) = (started.elapsed(), place.pending("OutboundQueueUrl"));
    println!("20 messages came in within {:.1} s beside {left} nudges that wait", took.as_secs_f64());
    assert!(left > 0, "all of it while the flood still stood");
    place.aws("AmazonSQS.PurgeQueue", &json!({"QueueUrl": place.output("OutboundQueueUrl")}));
}
