//! What must be true when everything has come to rest. A new invariant is a file here and a line in [`INVARIANTS`].

mod conversations;
mod counters;
mod once;
mod order;
mod queues;
mod quota;
mod sends;
mod statuses;
mod tenants;

use super::facts::Facts;

/// Judges a history: how much there was to judge, or what is wrong.
pub type Judge = fn(&Facts) -> Result<usize, String>;

/// Something that always holds.
pub struct Invariant {
    /// As reports name it.
    pub name: &'static str,
    /// How it is judged.
    pub judge: Judge,
}

const fn invariant(name: &'static str, judge: Judge) -> Invariant {
    Invariant { name, judge }
}

/// All of them.
pub const INVARIANTS: [Invariant; 9] = [
    invariant("I1 what was answered with 200 exists once", once::judge),
    invariant("I2 shown in the provider's order", order::judge),
    invariant("I3 sent at most once, or marked", sends::judge),
    invariant("I4 a status never regresses", statuses::judge),
    invariant("I5 counters equal a recount", counters::judge),
    invariant("I6 one open conversation", conversations::judge),
    invariant("I7 tenants apart", tenants::judge),
    invariant("I9 queues drain, the dead have a reason", queues::judge),
    invariant("I10 the quota holds, the known are served", quota::judge),
];

/// An error where a condition does not hold.
fn must(holds: bool, else_: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(else_()) }
}
