//! Event sources: batches of a queue to its function, and what becomes of each record.

use std::collections::BTreeMap;
use std::sync::Arc;

use colibri_app::http::{Record, RecordHandler};
use colibri_app::ports::QueueName;
use futures::StreamExt as _;

use super::faults::Trouble;
use super::functions::{self, Pool};
use super::queue::Received;
use super::world::World;
use crate::locked;

/// Who reads a queue: seconds that an invocation may take, and the most records of a batch.
const fn source(name: QueueName) -> (i64, usize) {
    match name {
        QueueName::Inbound => (30, 10),
        QueueName::Status => (30, 20),
        QueueName::Media => (120, 5),
        QueueName::Note => (60, 1),
        QueueName::Outbound | QueueName::Dead => (60, 10),
    }
}

/// Something may be visible now: somebody comes, until there is nothing.
pub fn wake(world: &World, name: QueueName) {
    let world = world.clone();
    world.clone().scheduler.spawn("event source", async move {
        loop {
            world.pause(1, 40).await;
            if !poll(&world, name).await {
                break;
            }
        }
    });
}

/// Something becomes visible after so many milliseconds.
pub fn wake_after(world: &World, name: QueueName, millis: i64) {
    let world = world.clone();
    world.clone().scheduler.spawn("event source", async move {
        world.scheduler.sleep(millis).await;
        if !locked(world.queue_of(name)).is_empty() {
            wake(&world, name);
        }
    });
}

/// Receives once; false: there was nothing.
async fn poll(world: &World, name: QueueName) -> bool {
    let most = 1 + world.random.below(source(name).1);
    let (batch, visibility) = {
        let mut queue = locked(world.queue_of(name));
        (queue.receive(world.now().0, most, &world.random), queue.rules().visibility)
    };
    if batch.is_empty() {
        return false;
    }
    wake_after(world, name, visibility);
    let ids: Vec<u64> = batch.iter().map(|received| received.id).collect();
    if name != QueueName::Inbound {
        for id in ids.iter().filter(|_| world.troubles.hits(Trouble::QueueDuplicate)) {
            locked(world.queue_of(name)).duplicate(world.now().0, *id);
        }
    }
    // Others may be visible for another instance meanwhile.
    wake(world, name);
    if world.troubles.hits(Trouble::BatchTwice) {
        let (world, batch) = (world.clone(), batch.clone());
        world.clone().scheduler.spawn("event source", async move {
            hand_over(&world, name, batch).await;
        });
    }
    let failed = hand_over(world, name, batch).await;
    // Of a function that died nothing is known: its messages come back when they are visible again.
    if let Some(failed) = failed {
        let partly = world.troubles.hits(Trouble::BatchLost);
        for id in ids.into_iter().filter(|id| !failed.contains(id)) {
            if world.troubles.hits(Trouble::DeleteLost) || (partly && world.random.chance(500)) {
                continue;
            }
            locked(world.queue_of(name)).delete(id);
        }
    }
    true
}

/// One invocation with a batch; the records that failed, nothing where the function died.
async fn hand_over(world: &World, name: QueueName, batch: Vec<Received>) -> Option<Vec<u64>> {
    let pools = &world.functions;
    match name {
        QueueName::Inbound => batched(world, name, &pools.receive, functions::receive, batch).await,
        QueueName::Status => batched(world, name, &pools.status, functions::status, batch).await,
        QueueName::Media => batched(world, name, &pools.media, functions::media, batch).await,
        QueueName::Outbound => batched(world, name, &pools.send, functions::send, batch).await,
        // Nobody chats on a web site here, and what is dead stays.
        QueueName::Note | QueueName::Dead => Some(Vec::new()),
    }
}

/// As `shared/lambda` handles a batch: a group of a FIFO queue in order, others side by side.
async fn batched<H: RecordHandler>(
    world: &World,
    name: QueueName,
    pool: &Pool<H>,
    make: impl FnOnce(&World) -> H,
    batch: Vec<Received>,
) -> Option<Vec<u64>> {
    let fifo = name == QueueName::Inbound;
    let mut lanes: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    for (place, received) in batch.into_iter().enumerate() {
        let lane = if fifo { received.message.group.clone() } else { format!("{place:04}") };
        lanes.entry(lane).or_default().push(received);
    }
    let work = |handler: Arc<H>| async move {
        let runs = lanes.into_values().map(|lane| one_lane(&*handler, lane));
        let failed: Vec<Vec<u64>> = futures::stream::iter(runs).buffer_unordered(8).collect().await;
        failed.into_iter().flatten().collect()
    };
    pool.invoke(world, source(name).0 * 1000, make, work).await
}

/// After a failure the rest of the lane waits behind it.
async fn one_lane<H: RecordHandler + ?Sized>(handler: &H, lane: Vec<Received>) -> Vec<u64> {
    let mut back = Vec::new();
    for received in lane {
        let record = Record {
            id: received.id.to_string(),
            body: received.message.body,
            group: Some(received.message.group),
            receive_count: received.receives,
        };
        if !back.is_empty() || handler.handle(record).await.is_err() {
            back.push(received.id);
        }
    }
    back
}
