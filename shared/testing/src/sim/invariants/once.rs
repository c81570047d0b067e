//! I1: in its conversation or waiting for room in the quota, exactly once.

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let mut judged = 0;
    for said in &facts.ledger.said {
        let id = said.provider_id.as_str();
        let stored = facts
            .incoming()
            .filter(|((tenant, _), m)| *tenant == said.tenant && m.channel_message_id.as_deref() == Some(id));
        let stored = stored.count();
        let waits = facts.items_of(said.tenant, "#Y").filter(|item| item.to_string().contains(id)).count();
        must(stored + waits <= 1, || format!("{id} is stored {stored} times and waits {waits} times"))?;
        if said.acknowledged {
            judged += 1;
            must(stored + waits == 1, || format!("{id} of {} was acknowledged and is gone", said.customer))?;
        }
    }
    Ok(judged)
}
