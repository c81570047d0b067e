//! When who pays is told that the places for contacts, or the bot's messages, run out.

use serde::{Deserialize, Serialize};

/// How full a quota is, as far as somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaLevel {
    /// 80 %.
    High,
    /// 90 %.
    VeryHigh,
    /// Nobody new fits.
    Full,
}

impl QuotaLevel {
    /// From how much of a hundred on.
    pub const fn percent(self) -> u32 {
        match self {
            Self::High => 80,
            Self::VeryHigh => 90,
            Self::Full => 100,
        }
    }
}

const LEVELS: [QuotaLevel; 3] = [QuotaLevel::High, QuotaLevel::VeryHigh, QuotaLevel::Full];

/// Hundredths that must be free again below a level before it is told anew: places that come and go at the edge are not
/// told of every day.
const SLACK: u32 = 2;

/// The level of a quota. Without places everything is full.
pub fn level(used: u64, limit: u64) -> Option<QuotaLevel> {
    LEVELS.into_iter().rfind(|level| reaches(used, limit, level.percent()))
}

fn reaches(used: u64, limit: u64, percent: u32) -> bool {
    u128::from(used) * 100 >= u128::from(limit) * u128::from(percent)
}

/// What to keep as told, and what to tell now, after what was told last.
pub fn warn(told: Option<QuotaLevel>, used: u64, limit: u64) -> (Option<QuotaLevel>, Option<QuotaLevel>) {
    let now = level(used, limit);
    if now > told {
        return (now, now);
    }
    // A level stays told until it is left clearly.
    let kept = LEVELS
        .into_iter()
        .rfind(|level| Some(*level) <= told && reaches(used, limit, level.percent() - SLACK));
    (kept.max(now), None)
}

#[cfg(test)]
mod tests {
    use super::QuotaLevel::{Full, High, VeryHigh};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn levels_are_exact() {
        for (used, limit, wanted) in [
            (0, 10, None),
            (799, 1_000, None),
            (800, 1_000, Some(High)),
            (899, 1_000, Some(High)),
            (900, 1_000, Some(VeryHigh)),
            (999, 1_000, Some(VeryHigh)),
            (1_000, 1_000, Some(Full)),
            (1_001, 1_000, Some(Full)),
            (0, 0, Some(Full)),
            (u64::MAX, u64::MAX, Some(Full)),
        ] {
            assert_eq!(level(used, limit), wanted, "{used} of {limit}");
        }
    }

    #[test]
    fn each_level_is_told_once_until_it_is_left() {
        let mut told = None;
        let mut said = Vec::new();
        for used in [790, 800, 799, 800, 900, 899, 900, 1_000, 999, 1_000, 979, 1_000, 700, 950] {
            let (kept, now) = warn(told, used, 1_000);
            told = kept;
            said.extend(now.map(|level| (used, level)));
        }
        assert_eq!(said, [(800, High), (900, VeryHigh), (1_000, Full), (1_000, Full), (950, VeryHigh)]);
    }

    proptest! {
        /// Told is never below what is so, and nothing is told that is not so.
        #[test]
        fn told_follows_use(uses in proptest::collection::vec(0u64..1_200, 1..60)) {
            let mut told = None;
            for used in uses {
                let (kept, now) = warn(told, used, 1_000);
                prop_assert!(kept >= level(used, 1_000));
                prop_assert!(now.is_none() || (now == level(used, 1_000) && now > told));
                told = kept;
            }
        }
    }
}
