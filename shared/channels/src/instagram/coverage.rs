//! Words of the provider that cases have to show.

use super::{errors, limits};
use crate::coverage::Coverage;
use crate::meta::{errors::words, events_of, parts_of};

/// The lists.
pub fn coverage() -> Coverage {
    Coverage {
        inbound: parts_of(true),
        fields: events_of(true),
        statuses: &["read", "sent"],
        errors: words(errors::RULES),
        outbound: limits::OUTBOUND_TYPES,
    }
}
