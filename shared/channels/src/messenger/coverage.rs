//! Words of the provider that cases have to show.

use super::{errors, limits};
use crate::coverage::Coverage;
use crate::meta::{errors::words, events_of, parts_of};

/// The lists.
pub fn coverage() -> Coverage {
    Coverage {
        inbound: parts_of(false),
        fields: events_of(false),
        statuses: &["delivered", "read", "sent"],
        errors: words(errors::RULES),
        outbound: limits::OUTBOUND_TYPES,
    }
}
