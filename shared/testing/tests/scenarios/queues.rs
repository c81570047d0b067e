//! Queues by SQS's rules: poison, and one tenant's flood beside quiet ones.

use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use colibri_app::ports::{QueueMessage, QueueName};
use colibri_testing::sim::queue::{Rules, SimQueue};
use colibri_testing::sim::random::Random;

use crate::bench::{EVA, LUZ, delivery, left_by, names, second, text};

#[test]
fn x09_x10_poison_dies_alone_and_only_its_own_group_waits() {
    let facts = left_by(1, |world| async move {
        let poison = QueueMessage {
            body: "{".into(),
            group: "of Eva".into(),
            dedup: Some("poison".into()),
            delay: Duration::ZERO,
        };
        world.enqueue(QueueName::Inbound, poison);
        let both = [text(EVA, "wamid.1", second(&world)), text(EVA, "wamid.2", second(&world) + 1)];
        assert_eq!(world.post(&delivery(&world, EVA, &both)).await, 200);
        let other = delivery(&world, LUZ, &[text(LUZ, "wamid.3", second(&world))]);
        assert_eq!(world.post(&other).await, 200);
        world.scheduler.sleep(20_000).await;
        let workspace = world.store().workspace(&world.tenants[0].workspace);
        assert_eq!(workspace.contacts_created().await.unwrap(), 2, "the others did not wait");
    });
    assert_eq!([names(&facts, 1), names(&facts, 2)].concat().len(), 3);
    assert!(!facts.ledger.dead.is_empty(), "the poison is dead");
}

/// What a worker takes for a batch of nudges, in milliseconds.
const BATCH_MILLIS: i64 = 1_500;
/// Workers of `message-send`.
const WORKERS: usize = 50;

/// Delays of the quiet tenants' single messages beside a flood, in milliseconds.
fn quiet_delays(mut queue: SimQueue) -> Vec<i64> {
    let random = Random::new(23);
    let nudge = |group: &str, n: i64| QueueMessage {
        body: n.to_string(),
        group: group.to_owned(),
        dedup: Some(format!("{group} {n}")),
        delay: Duration::ZERO,
    };
    for n in 0..20_000 {
        queue.send(0, nudge("loud", n), 0);
    }
    let sent: BTreeMap<i64, String> = (0..20).map(|n| (1_000 + n * 700, format!("quiet {n}"))).collect();
    let mut to_send = sent.clone();
    let mut delays = Vec::new();
    // Workers by the time at which they are free; what they hold is deleted then.
    let mut free: BinaryHeap<(std::cmp::Reverse<i64>, usize)> =
        (0..WORKERS).map(|worker| (std::cmp::Reverse(0), worker)).collect();
    let mut held: Vec<Vec<u64>> = vec![Vec::new(); WORKERS];
    while delays.len() < sent.len() {
        let Some((std::cmp::Reverse(now), worker)) = free.pop() else { break };
        while let Some((at, group)) =
            to_send.first_key_value().map(|(at, g)| (*at, g.clone())).filter(|(at, _)| *at <= now)
        {
            to_send.remove(&at);
            queue.send(at, nudge(&group, at), 0);
        }
        for id in held[worker].drain(..) {
            queue.delete(id);
        }
        for received in queue.receive(now, 10, &random) {
            held[worker].push(received.id);
            if received.message.group != "loud" {
                let at: i64 = received.message.body.parse().unwrap();
                delays.push(now - at);
            }
        }
        let busy = if held[worker].is_empty() { 50 } else { BATCH_MILLIS };
        free.push((std::cmp::Reverse(now + busy), worker));
        assert!(now < 3_600_000, "the quiet ones starve");
    }
    delays
}

#[test]
fn x23_a_flood_of_20_000_sends_does_not_delay_20_quiet_tenants() {
    let fair = Rules { fifo: false, visibility: 360_000, receives: 5 };
    let delays = quiet_delays(SimQueue::new(fair));
    assert!(delays.iter().all(|delay| *delay < 5_000), "{delays:?}");
}
