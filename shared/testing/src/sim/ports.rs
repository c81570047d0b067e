//! Queues, bus and wake-ups as functions see them.

use std::collections::BTreeSet;
use std::sync::{Mutex, Weak};

use async_trait::async_trait;
use colibri_app::http::JsonHandler;
use colibri_app::ports::{
    Bus, BusEvent, PortError, PortErrorKind, Queue, QueueMessage, QueueName, Scheduler as WakeUps,
};
use colibri_domain::Millis;
use serde_json::{Value, json};

use super::consumers;
use super::faults::Trouble;
use super::functions;
use super::queue::{Rules, SimQueue};
use super::world::{Shared, World};
use crate::locked;

/// What the functions of bus events may take, in milliseconds.
const ASYNC_LIMIT: i64 = 60_000;
/// Tries of an event before it is dead.
const EVENT_TRIES: u32 = 20;

/// The queues of the bundle.
pub struct Queues {
    queues: [(&'static str, Mutex<SimQueue>); 6],
    woken: Mutex<BTreeSet<String>>,
}

const fn rules(fifo: bool, visibility_seconds: i64) -> Rules {
    Rules { fifo, visibility: visibility_seconds * 1000, receives: 5 }
}

impl Default for Queues {
    fn default() -> Self {
        // As in infra/stacks/core.yaml.
        let queue = |rules| Mutex::new(SimQueue::new(rules));
        let queues = [
            ("inbound", queue(rules(true, 180))),
            ("status", queue(rules(false, 190))),
            ("media", queue(rules(false, 720))),
            ("outbound", queue(rules(false, 360))),
            ("dead", queue(rules(false, 30))),
            ("note", queue(rules(false, 30))),
        ];
        Self { queues, woken: Mutex::default() }
    }
}

impl Queues {
    pub(super) fn all(&self) -> &[(&'static str, Mutex<SimQueue>)] {
        &self.queues
    }

    pub(super) fn of(&self, name: QueueName) -> &Mutex<SimQueue> {
        let place = match name {
            QueueName::Inbound => 0,
            QueueName::Status => 1,
            QueueName::Media => 2,
            QueueName::Outbound => 3,
            QueueName::Dead => 4,
            QueueName::Note => 5,
        };
        &self.queues[place].1
    }
}

fn world(of: &Weak<Shared>, op: &'static str) -> Result<World, PortError> {
    of.upgrade()
        .map(World)
        .ok_or_else(|| PortError::new(PortErrorKind::Unavailable, op, "the world has ended"))
}

/// Queues, sent to.
pub struct SimQueues {
    pub(super) world: Weak<Shared>,
}

#[async_trait]
impl Queue for SimQueues {
    async fn send(&self, queue: QueueName, messages: Vec<QueueMessage>) -> Result<(), PortError> {
        let world = world(&self.world, "queue.send")?;
        let away = || PortError::new(PortErrorKind::Unavailable, "queue.send", "no answer");
        for batch in messages.chunks(10) {
            world.pause(1, 15).await;
            if world.troubles.hits(Trouble::QueueRefuses) {
                return Err(away());
            }
            let partly = batch.len() > 1 && world.troubles.hits(Trouble::QueuePartly);
            let taken = if partly { 1 + world.random.below(batch.len() - 1) } else { batch.len() };
            for message in &batch[..taken] {
                world.enqueue(queue, message.clone());
            }
            world.pause(0, 10).await;
            if partly || world.troubles.hits(Trouble::QueueAnswerLost) {
                return Err(away());
            }
        }
        Ok(())
    }
}

impl World {
    /// Puts a message on a queue and sees to it that somebody receives it.
    pub fn enqueue(&self, name: QueueName, message: QueueMessage) {
        let late = if self.troubles.hits(Trouble::QueueDelay) { self.random.between(0, 90_000) } else { 0 };
        if name == QueueName::Dead {
            let reason = serde_json::from_str::<Value>(&message.body).ok();
            let reason = reason.and_then(|body| body["reason"].as_str().map(str::to_owned));
            locked(&self.ledger).dead.push(reason.unwrap_or_default());
            return;
        }
        // Only a standard queue delays single messages.
        let late = if name == QueueName::Inbound { 0 } else { late };
        let own = if name == QueueName::Inbound {
            0
        } else {
            i64::try_from(message.delay.as_millis()).unwrap_or(0)
        };
        locked(self.queue_of(name)).send(self.now().0, message, late);
        consumers::wake_after(self, name, own + late);
    }
}

/// The bus: two rules, each with a function behind it.
pub struct SimBus {
    pub(super) world: Weak<Shared>,
}

#[async_trait]
impl Bus for SimBus {
    async fn publish(&self, events: Vec<BusEvent>) -> Result<Vec<usize>, PortError> {
        let world = world(&self.world, "bus.publish")?;
        world.pause(1, 10).await;
        if world.troubles.hits(Trouble::BusRefuses) {
            return Err(PortError::new(PortErrorKind::Unavailable, "bus.publish", "no answer"));
        }
        for event in events {
            let times = if world.troubles.hits(Trouble::BusDuplicate) { 2 } else { 1 };
            let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
            for _ in 0..times {
                match event.name {
                    "contact.created" | "contact.updated" | "contact.channel_connected" => {
                        run(&world, Listener::ContactIndex, detail.clone());
                    }
                    "contact.assignee_updated" | "comment.created" | "message.status" => {
                        run(&world, Listener::Notify, detail.clone());
                    }
                    _ => {}
                }
            }
        }
        Ok(Vec::new())
    }
}

#[derive(Clone, Copy)]
enum Listener {
    ContactIndex,
    Notify,
}

/// An asynchronous invocation: again until it succeeds, then among the dead.
fn run(world: &World, listener: Listener, detail: Value) {
    let world = world.clone();
    world.clone().scheduler.spawn("event", async move {
        world.pause(20, 2_000).await;
        for _ in 0..EVENT_TRIES {
            let payload = json!({ "detail": detail });
            let pools = &world.functions;
            let done = match listener {
                Listener::ContactIndex => {
                    let work = |f: std::sync::Arc<colibri_app::contact_index::ContactIndex>| async move {
                        f.handle(payload).await
                    };
                    pools.contact_index.invoke(&world, ASYNC_LIMIT, functions::contact_index, work).await
                }
                Listener::Notify => {
                    let work = |f: std::sync::Arc<colibri_app::notify::Notify>| async move {
                        f.handle(payload).await
                    };
                    pools.notify.invoke(&world, ASYNC_LIMIT, functions::notify, work).await
                }
            };
            if matches!(done, Some(Ok(_))) {
                return;
            }
            world.pause(1_000, 60_000).await;
        }
        locked(&world.ledger).dead.push("an event was not handled in 20 tries".to_owned());
    });
}

/// One-shot wake-ups; the first of a name stays.
pub struct SimWakeUps {
    pub(super) world: Weak<Shared>,
}

#[async_trait]
impl WakeUps for SimWakeUps {
    async fn at(
        &self,
        name: &str,
        at: Millis,
        queue: QueueName,
        message: QueueMessage,
    ) -> Result<(), PortError> {
        let world = world(&self.world, "scheduler.at")?;
        world.pause(1, 15).await;
        if locked(&world.queues.woken).insert(name.to_owned()) {
            let later = world.clone();
            world.scheduler.spawn("wake-up", async move {
                later.scheduler.sleep(at.since(later.now())).await;
                later.enqueue(queue, message);
            });
        }
        Ok(())
    }
}
