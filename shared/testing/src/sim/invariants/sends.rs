//! I3: an intent reaches the provider once; a second time only where a person asked for it; what is unknown says so.

use colibri_domain::content::Content;
use colibri_domain::message::{Message, MessageState, SendStep, StatusValue};

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let mut judged = 0;
    for (text, intent) in &facts.ledger.intents {
        let of =
            |message: &&Message| matches!(&message.content, Content::Text { text: said } if said == text);
        let stored: Vec<&Message> = facts.all().map(|(_, m)| m).filter(of).collect();
        must(stored.len() <= 1, || format!("{text:?} became {} messages", stored.len()))?;
        must(intent.accepted.len() <= 1, || format!("{text:?} was answered with different messages"))?;
        must(intent.accepted.is_empty() || stored.len() == 1, || {
            format!("{text:?} was accepted and is gone")
        })?;
        let taken = facts.ledger.taken.get(text).copied().unwrap_or(0);
        must(taken <= 1 + intent.retries, || {
            format!("{text:?} was sent {taken} times, tried again by people {} times", intent.retries)
        })?;
        let Some(message) = stored.first() else { continue };
        judged += 1;
        let sure = if intent.retries == 0 { facts.ledger.confirmed.get(text).copied() } else { None };
        settled(text, message, taken, sure.unwrap_or(0))?;
    }
    Ok(judged)
}

fn settled(text: &str, message: &Message, taken: u32, confirmed: u32) -> Result<(), String> {
    let step = message.send.as_ref();
    must(matches!(step, Some(SendStep::Accepted | SendStep::Failed | SendStep::Ambiguous)), || {
        format!("{text:?} ended as {step:?}")
    })?;
    must(step != Some(&SendStep::Accepted) || taken > 0, || format!("{text:?} says sent and was not"))?;
    let reported_failed = message.statuses.contains_key(&StatusValue::Failed);
    let looks_failed = message.state() == Some(MessageState::Failed) && !reported_failed;
    must(!looks_failed || confirmed == 0, || format!("{text:?} says failed and was sent"))
}
