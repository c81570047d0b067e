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

impl Millis {
    /// The first instant of the next month (UTC), when what was given up in this one is free.
    pub fn next_month(self) -> Self {
        // Days to a date and back, after Howard Hinnant's algorithms for the proleptic calendar.
        const DAY: i64 = 86_400_000;
        let z = self.0.div_euclid(DAY) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        // Months are counted from March here.
        let mp = (5 * doy + 2) / 153;
        let (mp, yoe, era) = match (mp + 1, yoe) {
            (12, 399) => (0, 0, era + 1),
            (12, yoe) => (0, yoe + 1, era),
            (next, yoe) => (next, yoe, era),
        };
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + (153 * mp + 2) / 5;
        Self((era * 146_097 + doe - 719_468) * DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_month_begins_on_its_first() {
        let day = |days: i64| Millis(days * 86_400_000);
        for (now, first) in [
            (Millis(0), day(31)),
            (day(31), day(59)),
            // 2024-02-29 and 2024-12-31.
            (Millis(1_709_208_000_000), Millis(1_709_251_200_000)),
            (Millis(1_735_689_599_999), Millis(1_735_689_600_000)),
            (Millis(1_735_689_600_000), Millis(1_738_368_000_000)),
            // 2026-11-23.
            (Millis(1_795_392_000_000), Millis(1_796_083_200_000)),
        ] {
            assert_eq!(now.next_month(), first, "{now:?}");
        }
    }
}
