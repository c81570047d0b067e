//! I10: never more contacts than places, in the end exactly as many as counted, and nobody waits who is known.

use colibri_domain::contact::Head;
use serde_json::Value;

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    for image in facts.history.iter().filter_map(|change| change.new.as_ref()) {
        if image["SK"] == "QUOTA" {
            let (used, limit) = (image["used"].as_u64(), image["lim"].as_u64());
            must(used <= limit, || format!("{used:?} places of {limit:?} are used"))?;
        }
    }
    let mut judged = 0;
    for tenant in &facts.tenants {
        let at = format!("O#{}", tenant.organization);
        let used = facts.items.iter().find(|item| item["PK"] == at.as_str() && item["SK"] == "QUOTA");
        let used = used.and_then(|item| item["used"].as_u64()).unwrap_or(0);
        let heads: Vec<&Head> =
            facts.heads.iter().filter(|((of, _), _)| *of == tenant.place).map(|(_, head)| head).collect();
        must(used == heads.len() as u64, || format!("{used} places used by {} contacts", heads.len()))?;
        judged += heads.len();
        for waiting in facts.items_of(tenant.place, "#Y") {
            judged += 1;
            let who = waiter(waiting);
            let phones = heads.iter().filter_map(|head| head.phone.as_ref().map(|p| p.digits().to_owned()));
            must(!phones.into_iter().any(|known| known == who), || format!("{who} is known and waits"))?;
            must(used == tenant.quota, || format!("{who} waits while there is room"))?;
        }
    }
    Ok(judged)
}

/// Whose event waits.
fn waiter(item: &Value) -> String {
    let text = item["d"].as_str().unwrap_or_default();
    let event: Value = serde_json::from_str(text).unwrap_or_default();
    event["from"]["id"].as_str().unwrap_or_default().to_owned()
}
