//! Instants as integers that say their unit.

use serde::{Deserialize, Serialize};

/// An instant in milliseconds since the Unix epoch, UTC.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// An instant in whole seconds since the Unix epoch, UTC: the precision of most providers.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Seconds(pub i64);

impl Millis {
    /// The second that contains this instant.
    pub const fn seconds(self) -> Seconds {
        Seconds(self.0.div_euclid(1000))
    }

    /// This instant moved by a number of milliseconds; saturates.
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Seconds {
    /// The first millisecond of this second.
    pub const fn millis(self) -> Millis {
        Millis(self.0.saturating_mul(1000))
    }
}
