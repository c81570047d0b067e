//! What goes wrong: each fault is a line of [`KINDS`] and one question at its seam.

use std::sync::{Arc, Mutex};

use colibri_domain::Millis;

use super::random::Random;
use super::scheduler::Scheduler;
use crate::locked;

/// A way for something to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the table below says what each is
pub enum Trouble {
    Throttle,
    Conflict,
    Storm,
    DropBefore,
    DropAfter,
    Stall,
    Outage,
    StaleIndex,
    QueueRefuses,
    QueueAnswerLost,
    QueuePartly,
    QueueDuplicate,
    QueueDelay,
    DeleteLost,
    BatchLost,
    BatchTwice,
    Killed,
    Skew,
    BusDuplicate,
    BusRefuses,
    TooManyRequests,
    PairLimit,
    ServerError,
    BadGateway,
    SlowProvider,
    Reset,
    AnswerLost,
    Nonsense,
    StatusTwice,
    StatusShuffled,
    StatusEarly,
    FailsLater,
    WebhookTwice,
    WebhookLate,
}

/// A fault with the rates, in 1,000, of which each run draws one.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Kind {
    pub trouble: Trouble,
    pub name: &'static str,
    pub rates: &'static [u32],
}

const fn kind(trouble: Trouble, name: &'static str, rates: &'static [u32]) -> Kind {
    Kind { trouble, name, rates }
}

/// Every fault. The order is that of [`Trouble`].
pub const KINDS: [Kind; 34] = [
    kind(Trouble::Throttle, "table: throttled", &[0, 0, 20, 100]),
    kind(Trouble::Conflict, "table: transaction conflict", &[0, 0, 20, 100]),
    kind(Trouble::Storm, "table: somebody else writes first", &[0, 0, 50, 300]),
    kind(Trouble::DropBefore, "table: dropped before the effect", &[0, 0, 10, 60]),
    kind(Trouble::DropAfter, "table: answer lost after the effect", &[0, 0, 20, 100]),
    kind(Trouble::Stall, "table: hangs for minutes", &[0, 0, 3, 15]),
    kind(Trouble::Outage, "table: away for seconds", &[0, 0, 0, 2]),
    kind(Trouble::StaleIndex, "index: read up to 2 s old", &[0, 500, 1000]),
    kind(Trouble::QueueRefuses, "queue: refuses", &[0, 0, 30, 150]),
    kind(Trouble::QueueAnswerLost, "queue: answer lost after the effect", &[0, 0, 30, 150]),
    kind(Trouble::QueuePartly, "queue: takes a part of a batch", &[0, 0, 50, 250]),
    kind(Trouble::QueueDuplicate, "queue: delivers twice", &[0, 0, 50, 200]),
    kind(Trouble::QueueDelay, "queue: delivers late, out of order", &[0, 0, 100, 400]),
    kind(Trouble::DeleteLost, "queue: handled but not deleted", &[0, 0, 30, 150]),
    kind(Trouble::BatchLost, "queue: answer for a part of a batch lost", &[0, 0, 30, 100]),
    kind(Trouble::BatchTwice, "queue: one batch to two functions at once", &[0, 0, 30, 150]),
    kind(Trouble::Killed, "function: killed at any await", &[0, 20, 60, 150]),
    kind(Trouble::Skew, "function: clock off by up to 10 min", &[0, 0, 0, 300]),
    kind(Trouble::BusDuplicate, "bus: delivers twice", &[0, 0, 100]),
    kind(Trouble::BusRefuses, "bus: refuses", &[0, 0, 50]),
    kind(Trouble::TooManyRequests, "provider: 429 for the number", &[0, 0, 50, 200]),
    kind(Trouble::PairLimit, "provider: too many for one person", &[0, 0, 50, 200]),
    kind(Trouble::ServerError, "provider: 500", &[0, 0, 50, 200]),
    kind(Trouble::BadGateway, "provider: 502, done or not", &[0, 0, 50, 150]),
    kind(Trouble::SlowProvider, "provider: slow", &[0, 0, 100]),
    kind(Trouble::Reset, "provider: connection refused", &[0, 0, 50, 150]),
    kind(Trouble::AnswerLost, "provider: done, answer lost", &[0, 0, 50, 150]),
    kind(Trouble::Nonsense, "provider: 200 that nobody can read", &[0, 0, 30]),
    kind(Trouble::StatusTwice, "status: reported twice", &[0, 100, 400]),
    kind(Trouble::StatusShuffled, "status: in any order", &[0, 200, 600]),
    kind(Trouble::StatusEarly, "status: before our send is noted", &[0, 0, 200]),
    kind(Trouble::FailsLater, "status: fails after it looked sent", &[0, 50, 150]),
    kind(Trouble::WebhookTwice, "webhook: again after its 200", &[0, 100, 400]),
    kind(Trouble::WebhookLate, "webhook: minutes late", &[0, 0, 100, 300]),
];

/// The faults of one run.
#[derive(Clone)]
pub struct Troubles(Arc<Inner>);

struct Inner {
    scheduler: Scheduler,
    random: Random,
    rates: Vec<u32>,
    until: Millis,
    fired: Mutex<Vec<u64>>,
    /// Of each fault: questions before the next planned hit, then how many in a row.
    planned: Mutex<Vec<(u64, u64)>>,
}

impl Troubles {
    /// Draws the rates of a run; after `until` nothing goes wrong any more.
    pub fn draw(scheduler: Scheduler, random: Random, until: Millis) -> Self {
        let rates = KINDS.iter().map(|kind| *random.pick(kind.rates)).collect();
        Self::with(scheduler, random, rates, until)
    }

    /// A run in which nothing goes wrong by itself.
    pub fn none(scheduler: Scheduler, random: Random) -> Self {
        let until = scheduler.now();
        Self::with(scheduler, random, vec![0; KINDS.len()], until)
    }

    fn with(scheduler: Scheduler, random: Random, rates: Vec<u32>, until: Millis) -> Self {
        let fired = Mutex::new(vec![0; KINDS.len()]);
        let planned = Mutex::new(vec![(0, 0); KINDS.len()]);
        Self(Arc::new(Inner { scheduler, random, rates, until, fired, planned }))
    }

    /// Whether it goes wrong now.
    pub fn hits(&self, trouble: Trouble) -> bool {
        let place = trouble as usize;
        let rate = self.0.rates[place];
        let chance = rate > 0 && self.0.scheduler.now() < self.0.until && self.0.random.chance(rate);
        let hit = chance || self.due(place);
        if hit {
            locked(&self.0.fired)[place] += 1;
        }
        hit
    }

    /// After `skip` questions it goes wrong so many times in a row, whatever the rate.
    pub fn plan(&self, trouble: Trouble, skip: u64, times: u64) {
        locked(&self.0.planned)[trouble as usize] = (skip, times);
    }

    fn due(&self, place: usize) -> bool {
        let mut planned = locked(&self.0.planned);
        let (skip, times) = &mut planned[place];
        if *times == 0 {
            return false;
        }
        if *skip > 0 {
            *skip -= 1;
            return false;
        }
        *times -= 1;
        true
    }

    /// How often each fault happened.
    pub fn fired(&self) -> Vec<u64> {
        locked(&self.0.fired).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_faults_is_in_the_order_of_their_names() {
        for (place, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.trouble as usize, place, "{}", kind.name);
        }
    }
}
