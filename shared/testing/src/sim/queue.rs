//! Queues by SQS's rules.
//!
//! Standard: at least once, in no order, fair between groups: who has the fewest messages in flight comes first.
//! FIFO: the oldest first, one batch of a group in flight at a time, groups looked for among the first 120,000
//! messages only, a de-duplication id counts once in five minutes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use colibri_app::ports::QueueMessage;

use super::random::Random;

/// Messages among which a FIFO queue looks for groups.
const FIFO_REACH: usize = 120_000;
/// How long a de-duplication id counts, in milliseconds.
const DEDUP_MILLIS: i64 = 5 * 60 * 1000;

/// How a queue behaves.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// In order, each once.
    pub fifo: bool,
    /// How long a received message stays hidden, in milliseconds.
    pub visibility: i64,
    /// Receives after which a message is dead.
    pub receives: u32,
}

/// A message as it was received.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Received {
    pub id: u64,
    pub message: QueueMessage,
    pub receives: u32,
}

struct Held {
    message: QueueMessage,
    receives: u32,
    /// Hidden until then.
    hidden: i64,
    in_flight: bool,
}

/// A queue.
pub struct SimQueue {
    rules: Rules,
    last: u64,
    held: BTreeMap<u64, Held>,
    /// What is visible, by group.
    visible: BTreeMap<String, BTreeSet<u64>>,
    /// What becomes visible, by time.
    hidden: BTreeSet<(i64, u64)>,
    flying: HashMap<String, usize>,
    seen: HashMap<(String, String), i64>,
    /// Messages received too often.
    pub dead: Vec<QueueMessage>,
}

impl SimQueue {
    /// An empty queue.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            last: 0,
            held: BTreeMap::new(),
            visible: BTreeMap::new(),
            hidden: BTreeSet::new(),
            flying: HashMap::new(),
            seen: HashMap::new(),
            dead: Vec::new(),
        }
    }

    /// Takes a message, hidden for so many milliseconds more than its own delay; false: it was sent before.
    pub fn send(&mut self, now: i64, message: QueueMessage, more_delay: i64) -> bool {
        if let (true, Some(dedup)) = (self.rules.fifo, &message.dedup) {
            let known = self.seen.insert((message.group.clone(), dedup.clone()), now);
            if let Some(before) = known.filter(|before| now - before < DEDUP_MILLIS) {
                self.seen.insert((message.group, dedup.clone()), before);
                return false;
            }
        }
        self.last += 1;
        let own = if self.rules.fifo { 0 } else { i64::try_from(message.delay.as_millis()).unwrap_or(0) };
        let hidden = now + own + more_delay;
        self.hidden.insert((hidden, self.last));
        self.held.insert(self.last, Held { message, receives: 0, hidden, in_flight: false });
        true
    }

    /// How it behaves.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Messages that are there, in flight or not.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn surface(&mut self, now: i64) {
        while let Some((at, id)) = self.hidden.first().copied().filter(|(at, _)| *at <= now) {
            self.hidden.remove(&(at, id));
            let Some(held) = self.held.get_mut(&id) else { continue };
            let group = held.message.group.clone();
            if std::mem::take(&mut held.in_flight) {
                self.landed(&group);
            }
            if self.held.get(&id).is_some_and(|held| held.receives >= self.rules.receives) {
                self.dead.extend(self.held.remove(&id).map(|held| held.message));
            } else {
                self.visible.entry(group).or_default().insert(id);
            }
        }
    }

    fn landed(&mut self, group: &str) {
        if let Some(count) = self.flying.get_mut(group) {
            *count -= 1;
            if *count == 0 {
                self.flying.remove(group);
            }
        }
    }

    /// Up to `most` messages for one receiver.
    pub fn receive(&mut self, now: i64, most: usize, random: &Random) -> Vec<Received> {
        self.surface(now);
        let chosen = if self.rules.fifo { self.oldest(most) } else { self.fair(most, random) };
        chosen.into_iter().filter_map(|id| self.hand_out(now, id)).collect()
    }

    fn hand_out(&mut self, now: i64, id: u64) -> Option<Received> {
        let held = self.held.get_mut(&id)?;
        held.receives += 1;
        held.in_flight = true;
        held.hidden = now + self.rules.visibility;
        let group = held.message.group.clone();
        let received = Received { id, message: held.message.clone(), receives: held.receives };
        self.hidden.insert((held.hidden, id));
        if let Some(visible) = self.visible.get_mut(&group) {
            visible.remove(&id);
            if visible.is_empty() {
                self.visible.remove(&group);
            }
        }
        *self.flying.entry(group).or_default() += 1;
        Some(received)
    }

    fn oldest(&self, most: usize) -> Vec<u64> {
        let mut blocked: BTreeSet<&str> = BTreeSet::new();
        let mut chosen = Vec::new();
        for (id, held) in self.held.iter().take(FIFO_REACH) {
            let group = held.message.group.as_str();
            let visible = self.visible.get(group).is_some_and(|ids| ids.contains(id));
            // What is hidden holds back everything behind it.
            if !visible || self.flying.contains_key(group) {
                blocked.insert(group);
            }
            if !blocked.contains(group) {
                chosen.push(*id);
                if chosen.len() >= most {
                    break;
                }
            }
        }
        chosen
    }

    fn fair(&self, most: usize, random: &Random) -> Vec<u64> {
        let mut chosen = Vec::new();
        let mut taken: HashMap<&str, usize> = HashMap::new();
        while chosen.len() < most {
            let load = |group: &str| {
                self.flying.get(group).copied().unwrap_or(0) + taken.get(group).copied().unwrap_or(0)
            };
            let open = self
                .visible
                .iter()
                .filter(|(group, ids)| taken.get(group.as_str()).copied().unwrap_or(0) < ids.len());
            let Some((group, ids)) = open.min_by_key(|(group, _)| load(group)) else { break };
            let free: Vec<u64> = ids.iter().copied().filter(|id| !chosen.contains(id)).take(8).collect();
            if free.is_empty() {
                break;
            }
            chosen.push(*random.pick(&free));
            *taken.entry(group.as_str()).or_default() += 1;
        }
        chosen
    }

    /// Everything is gone, as after `PurgeQueue`.
    pub fn purge(&mut self) {
        let ids: Vec<u64> = self.held.keys().copied().collect();
        for id in ids {
            self.delete(id);
        }
    }

    /// It is done with.
    pub fn delete(&mut self, id: u64) {
        let Some(held) = self.held.remove(&id) else { return };
        self.hidden.remove(&(held.hidden, id));
        if held.in_flight {
            self.landed(&held.message.group);
        }
        if let Some(visible) = self.visible.get_mut(&held.message.group) {
            visible.remove(&id);
            if visible.is_empty() {
                self.visible.remove(&held.message.group);
            }
        }
    }

    /// A received message becomes visible at once beside the one in flight.
    pub fn duplicate(&mut self, now: i64, id: u64) {
        if let Some(held) = self.held.get(&id) {
            let message = QueueMessage { delay: std::time::Duration::ZERO, ..held.message.clone() };
            self.send(now, message, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn message(group: &str, body: &str) -> QueueMessage {
        QueueMessage {
            body: body.into(),
            group: group.into(),
            dedup: Some(body.into()),
            delay: Duration::ZERO,
        }
    }

    fn bodies(received: &[Received]) -> Vec<&str> {
        received.iter().map(|r| r.message.body.as_str()).collect()
    }

    const FIFO: Rules = Rules { fifo: true, visibility: 1_000, receives: 2 };
    const STANDARD: Rules = Rules { fifo: false, visibility: 1_000, receives: 2 };

    #[test]
    fn a_fifo_group_has_one_batch_in_flight_and_a_repetition_counts_once() {
        let (mut queue, random) = (SimQueue::new(FIFO), Random::new(1));
        for body in ["a1", "a2", "a1"] {
            queue.send(0, message("a", body), 0);
        }
        queue.send(0, message("b", "b1"), 0);
        let first = queue.receive(0, 1, &random);
        assert_eq!(bodies(&first), ["a1"]);
        assert_eq!(bodies(&queue.receive(0, 10, &random)), ["b1"]);
        queue.delete(first[0].id);
        assert_eq!(bodies(&queue.receive(0, 10, &random)), ["a2"]);
        assert!(queue.send(DEDUP_MILLIS, message("a", "a1"), 0), "five minutes later it is a new one");
    }

    #[test]
    fn what_is_received_too_often_is_dead_and_frees_its_group() {
        let (mut queue, random) = (SimQueue::new(FIFO), Random::new(1));
        queue.send(0, message("a", "poison"), 0);
        queue.send(0, message("a", "next"), 0);
        for round in 0..2 {
            assert_eq!(bodies(&queue.receive(round * 1_000, 1, &random)), ["poison"]);
        }
        assert_eq!(bodies(&queue.receive(2_000, 1, &random)), ["next"]);
        assert_eq!(queue.dead.len(), 1);
    }

    #[test]
    fn a_fifo_queue_looks_for_groups_among_its_first_messages_only() {
        let (mut queue, random) = (SimQueue::new(FIFO), Random::new(1));
        for n in 0..FIFO_REACH {
            queue.send(0, message("loud", &n.to_string()), 0);
        }
        queue.send(0, message("quiet", "hello"), 0);
        assert_eq!(queue.receive(0, 1, &random).len(), 1);
        assert!(queue.receive(0, 1, &random).is_empty(), "the quiet one is out of reach");
    }

    #[test]
    fn a_standard_queue_serves_first_who_has_least_in_flight() {
        let (mut queue, random) = (SimQueue::new(STANDARD), Random::new(1));
        for n in 0..50 {
            queue.send(0, message("loud", &n.to_string()), 0);
        }
        queue.receive(0, 10, &random);
        queue.send(0, message("quiet", "hello"), 0);
        assert!(bodies(&queue.receive(0, 1, &random)).contains(&"hello"));
    }
}
