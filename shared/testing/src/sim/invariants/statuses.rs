//! I4: what the agent sees of a message only goes forward, unless somebody sends it again.

use colibri_domain::message::{Message, MessageState, SendStep};

use super::super::facts::Facts;
use super::must;

fn rank(message: &Message) -> u8 {
    match message.state() {
        None => 0,
        Some(MessageState::Pending) => 1,
        Some(MessageState::Ambiguous) => 2,
        Some(MessageState::Sent) => 3,
        Some(MessageState::Failed) => 4,
        Some(MessageState::Delivered) => 5,
        Some(MessageState::Read) => 6,
    }
}

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let mut judged = 0;
    for (old, new) in facts.message_changes() {
        let Some(old) = old.filter(|old| !old.statuses.is_empty() || old.send.is_some()) else { continue };
        judged += 1;
        let retried = matches!(new.send, Some(SendStep::Queued { .. })) && old.may_retry();
        must(retried || rank(&old) <= rank(&new), || {
            format!("message {} went from {:?} back to {:?}", new.id, old.state(), new.state())
        })?;
        let kept = old.statuses.keys().all(|value| new.statuses.contains_key(value));
        must(retried || kept, || format!("message {} forgot a report", new.id))?;
    }
    Ok(judged)
}
