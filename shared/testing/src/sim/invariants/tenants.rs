//! I7: each item stands in the scope of its owner and says nothing of another; strangers find nothing.

use super::super::facts::Facts;
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let mut judged = 0;
    for item in &facts.items {
        let partition = item["PK"].as_str().unwrap_or_default();
        let mut parts = partition.split('#');
        match (parts.next(), parts.next()) {
            (Some("W"), Some(workspace)) => {
                let owner = facts.tenants.iter().find(|tenant| tenant.workspace.as_str() == workspace);
                let owner = owner.ok_or_else(|| format!("{partition} belongs to nobody"))?;
                let text = item.to_string();
                for other in facts.tenants.iter().filter(|other| other.place != owner.place) {
                    let told = text.contains(&other.mark()) || text.contains(other.workspace.as_str());
                    must(!told, || format!("{partition} tells of {}", other.workspace))?;
                }
                judged += 1;
            }
            (Some("O" | "I"), Some(_)) => {}
            _ => return Err(format!("{partition} has no scope")),
        }
    }
    let (asked, refused) = facts.ledger.strangers;
    must(asked == refused, || "a stranger was shown another tenant's contact".to_owned())?;
    Ok(judged)
}
