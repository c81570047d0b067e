//! What a table does to its callers now and then, on demand.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::locked;

/// One way for a call to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused: too many requests. The SDK tries again by itself.
    Throttle,
    /// Refused: a transaction is working on the same item.
    Conflict,
    /// The connection broke before the table saw the call.
    DropBefore,
    /// The table did it, the answer was lost.
    DropAfter,
}

/// Faults to come.
#[derive(Debug, Default)]
pub struct Faults {
    planned: Mutex<VecDeque<(String, Fault)>>,
    /// Calls that go well, what then goes wrong, and how often in a row.
    later: Mutex<Option<(u64, Fault, u64)>>,
    random: Mutex<Option<Random>>,
}

#[derive(Debug)]
struct Random {
    state: u64,
    per_mille: u64,
}

impl Random {
    fn next(&mut self) -> u64 {
        // xorshift: the same seed gives the same faults.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}

impl Faults {
    /// The next call of an operation (`PutItem`, …; `*` for any) fails so. Several are taken in turn.
    pub fn next(&self, operation: &str, fault: Fault) {
        locked(&self.planned).push_back((operation.to_owned(), fault));
    }

    /// After so many calls that go well, so many in a row fail: more than the SDK tries break what was being done.
    pub fn after(&self, calls: u64, fault: Fault, times: u64) {
        *locked(&self.later) = Some((calls, fault, times));
    }

    /// Nothing that was planned comes any more.
    pub fn clear(&self) {
        locked(&self.planned).clear();
        *locked(&self.later) = None;
        *locked(&self.random) = None;
    }

    /// From now on this many of 1,000 calls fail, one way or another; 0 ends it.
    pub fn random(&self, seed: u64, per_mille: u64) {
        *locked(&self.random) = (per_mille > 0).then_some(Random { state: seed | 1, per_mille });
    }

    pub(crate) fn take(&self, operation: &str) -> Option<Fault> {
        let mut planned = locked(&self.planned);
        if let Some(place) = planned.iter().position(|(name, _)| name == operation || name == "*") {
            return planned.remove(place).map(|(_, fault)| fault);
        }
        let mut later = locked(&self.later);
        match later.as_mut() {
            Some((calls @ 1.., _, _)) => *calls -= 1,
            Some((_, fault, times @ 1..)) => {
                *times -= 1;
                return Some(*fault);
            }
            _ => {}
        }
        let mut random = locked(&self.random);
        let random = random.as_mut()?;
        if random.next() % 1000 >= random.per_mille {
            return None;
        }
        let writes = matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems");
        Some(match random.next() % 4 {
            0 => Fault::Throttle,
            1 if writes => Fault::Conflict,
            2 => Fault::DropAfter,
            _ => Fault::DropBefore,
        })
    }
}
