//! I6: of a contact's sessions at most one is open, the one that its head names; none is opened over another.

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let mut judged = 0;
    for (place, head) in &facts.heads {
        let partition = format!("#C#{:010}", place.1.0);
        let open: Vec<&str> = facts
            .items_of(place.0, &partition)
            .filter(|item| item["_t"] == "conversation")
            .filter(|item| item.get("closed").is_none())
            .filter_map(|item| item["SK"].as_str()?.strip_prefix("A#"))
            .collect();
        let named: Vec<&str> = head.conversation.iter().map(|open| open.id.as_str()).collect();
        must(open == named, || format!("contact {place:?} has {open:?} open, its head names {named:?}"))?;
        judged += open.len();
    }
    for (old, new, _) in facts.head_changes() {
        let (Some(before), Some(after)) = (old.and_then(|old| old.conversation), &new.conversation) else {
            continue;
        };
        must(before.id == after.id, || format!("contact {} opened a session over another", new.id))?;
    }
    Ok(judged)
}
