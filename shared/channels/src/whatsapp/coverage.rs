//! Words of the provider that cases have to show.

use super::{errors, fields, inbound, limits, status};
use crate::coverage::Coverage;

/// The lists.
pub fn coverage() -> Coverage {
    let code = |rule: &errors::Rule| {
        if rule.from == rule.to { rule.from.to_string() } else { format!("{}-{}", rule.from, rule.to) }
    };
    Coverage {
        inbound: inbound::INBOUND_TYPES,
        fields: fields::FIELDS,
        statuses: status::STATUSES,
        errors: errors::RULES.iter().map(code).collect(),
        outbound: limits::OUTBOUND_TYPES,
    }
}
