//! Words of the provider that cases have to show.

use super::{errors, limits, parts, update};
use crate::coverage::Coverage;

/// The lists.
pub fn coverage() -> Coverage {
    Coverage {
        inbound: parts::INBOUND_TYPES,
        fields: update::FIELDS,
        statuses: &[],
        errors: errors::RULES.iter().map(errors::Rule::word).collect(),
        outbound: limits::OUTBOUND_TYPES,
    }
}
