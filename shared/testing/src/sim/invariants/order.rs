//! I2: by the provider's second; what came in one delivery, in the order of that delivery.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let said: BTreeMap<&str, _> = facts.ledger.said.iter().map(|s| (s.provider_id.as_str(), s)).collect();
    let mut judged = 0;
    for (place, messages) in &facts.messages {
        let shown: Vec<_> =
            messages.iter().filter_map(|message| said.get(message.channel_message_id.as_deref()?)).collect();
        for pair in shown.windows(2) {
            judged += 1;
            let (first, second) = (pair[0], pair[1]);
            must(first.second <= second.second, || {
                format!("contact {place:?} shows {} before {}", first.provider_id, second.provider_id)
            })?;
            let together =
                !facts.skewed && first.delivery == second.delivery && first.second == second.second;
            must(!together || first.place < second.place, || {
                format!(
                    "contact {place:?} shows {} and {} as they were not sent",
                    first.provider_id, second.provider_id
                )
            })?;
        }
    }
    Ok(judged)
}
