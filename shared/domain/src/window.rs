//! Messaging windows: until when free-form messages may be sent.

use crate::time::Millis;

/// A channel's rule for free-form messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowRule {
    /// Always allowed.
    None,
    /// Allowed for this many milliseconds after the contact's last inbound message.
    AfterInbound {
        /// Length in milliseconds.
        millis: i64,
    },
    /// The same, and what a person writes may leave with a tag for longer.
    AfterInboundTagged {
        /// Length in milliseconds.
        millis: i64,
        /// Length in milliseconds for a person's messages.
        human_millis: i64,
    },
}

/// What allows a message to leave after the window closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageTag {
    /// A person answers, no automation.
    HumanAgent,
}

/// How a free-form message may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// As it is.
    Free,
    /// With a tag.
    Tagged(MessageTag),
    /// Not at all.
    Closed,
}

/// Kept free before the end: our clock, the provider's and the way of the request differ by seconds.
pub const MARGIN_MILLIS: i64 = 5_000;

/// 24 hours in milliseconds.
pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// 7 days in milliseconds.
pub const WEEK_MILLIS: i64 = 7 * DAY_MILLIS;

impl WindowRule {
    /// When the window closes for what a person writes; `None` where there is no window to close or it never opened.
    pub fn closes_at(self, last_inbound_at: Option<Millis>) -> Option<Millis> {
        match self {
            Self::None => None,
            Self::AfterInbound { millis } | Self::AfterInboundTagged { human_millis: millis, .. } => {
                last_inbound_at.map(|at| at.plus(millis))
            }
        }
    }

    /// Whether a free-form message may be sent at `now`.
    pub fn is_open(self, last_inbound_at: Option<Millis>, now: Millis) -> bool {
        match self {
            Self::None => true,
            Self::AfterInbound { millis } | Self::AfterInboundTagged { millis, .. } => {
                last_inbound_at.is_some_and(|at| now.plus(MARGIN_MILLIS) < at.plus(millis))
            }
        }
    }

    /// How a free-form message may leave at `now`; `human`: a person wrote it.
    pub fn reach(self, last_inbound_at: Option<Millis>, now: Millis, human: bool) -> Reach {
        if self.is_open(last_inbound_at, now) {
            return Reach::Free;
        }
        let longer = matches!(self, Self::AfterInboundTagged { .. }) && human;
        if longer && self.closes_at(last_inbound_at).is_some_and(|end| now.plus(MARGIN_MILLIS) < end) {
            return Reach::Tagged(MessageTag::HumanAgent);
        }
        Reach::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const META: WindowRule = WindowRule::AfterInboundTagged { millis: DAY_MILLIS, human_millis: WEEK_MILLIS };

    #[test]
    fn a_person_may_answer_for_a_week_and_automation_for_a_day() {
        let wrote = Some(Millis(1_000_000));
        let after = |millis: i64| Millis(1_000_000 + millis);
        let hour = 60 * 60 * 1000;
        for (later, human, expected) in [
            (hour, true, Reach::Free),
            (hour, false, Reach::Free),
            (25 * hour, true, Reach::Tagged(MessageTag::HumanAgent)),
            (25 * hour, false, Reach::Closed),
            (WEEK_MILLIS - MARGIN_MILLIS, true, Reach::Closed),
        ] {
            assert_eq!(META.reach(wrote, after(later), human), expected, "{later} {human}");
        }
        assert_eq!(META.reach(None, after(0), true), Reach::Closed, "nobody can be written to first");
        let whatsapp = WindowRule::AfterInbound { millis: DAY_MILLIS };
        assert_eq!(whatsapp.reach(wrote, after(25 * hour), true), Reach::Closed);
    }

    proptest! {
        /// Automation never gets a tag, and a tag is never given while none is needed.
        #[test]
        fn tags_are_for_people_after_the_window(wrote in 0i64..1_000_000_000, later in 0i64..1_000_000_000) {
            let (last, now) = (Some(Millis(wrote)), Millis(wrote + later));
            prop_assert!(!matches!(META.reach(last, now, false), Reach::Tagged(_)));
            if let Reach::Tagged(_) = META.reach(last, now, true) {
                prop_assert!(!META.is_open(last, now));
                prop_assert!(now < META.closes_at(last).unwrap());
            }
        }
    }
}
