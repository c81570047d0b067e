//! Rates: messages per second of a number, messages per 6 s of a pair.

use std::collections::{BTreeMap, VecDeque};

/// Milliseconds that one message to one customer takes of the pair's budget.
const PAIR_STEP_MS: i64 = 6_000;
/// Messages to one customer that may go at once.
const PAIR_BURST: i64 = 45;

/// Rates in use.
#[derive(Debug, Default)]
pub struct Rates {
    lately: BTreeMap<String, VecDeque<i64>>,
    paid_until: BTreeMap<(String, String), i64>,
}

impl Rates {
    /// Counts a message of a number, either way.
    pub fn count(&mut self, number: &str, now_ms: i64) {
        let lately = self.lately.entry(number.to_owned()).or_default();
        lately.push_back(now_ms);
        while lately.front().is_some_and(|at| *at <= now_ms - 1_000) {
            lately.pop_front();
        }
    }

    /// Whether a number may send one more within this second.
    pub fn number_free(&self, number: &str, per_second: u32, now_ms: i64) -> bool {
        let used = self
            .lately
            .get(number)
            .map_or(0, |lately| lately.iter().filter(|at| **at > now_ms - 1_000).count());
        used < per_second as usize
    }

    /// Takes one message of a pair's budget; false when it is used up, and nothing is taken.
    pub fn take_pair(&mut self, number: &str, customer: &str, now_ms: i64) -> bool {
        let paid = self.paid_until.entry((number.to_owned(), customer.to_owned())).or_insert(now_ms);
        let begin = (*paid).max(now_ms);
        if begin - now_ms > (PAIR_BURST - 1) * PAIR_STEP_MS {
            return false;
        }
        *paid = begin + PAIR_STEP_MS;
        true
    }
}
