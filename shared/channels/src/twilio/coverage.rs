//! Words of the provider that cases have to show.

use super::{errors, inbound, limits};
use crate::coverage::Coverage;

/// The lists.
pub fn coverage() -> Coverage {
    Coverage {
        inbound: inbound::INBOUND_TYPES,
        fields: inbound::FIELDS,
        statuses: inbound::STATUSES,
        errors: errors::RULES.iter().map(|rule| rule.code.to_string()).collect(),
        outbound: limits::OUTBOUND_TYPES,
    }
}
