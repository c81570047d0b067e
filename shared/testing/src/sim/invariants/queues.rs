//! I9: nothing is left in a queue after the operator put the dead back, and what is buried says why.

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    for (name, left) in &facts.waiting {
        must(*left == 0, || format!("{left} messages are left in {name}"))?;
    }
    for reason in &facts.ledger.dead {
        must(!reason.is_empty(), || "a dead letter has no reason".to_owned())?;
    }
    // Something must have gone through them.
    Ok(facts.messages.values().map(Vec::len).sum())
}
