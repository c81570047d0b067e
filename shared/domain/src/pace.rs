//! How fast one person may be written to: a steady rate with a burst borrowed from later.
//!
//! Kept as one instant per identity, the time at which the next message would be due at the steady rate (the
//! generic cell rate algorithm): a message may leave while that instant is not too far ahead.

use crate::channel::ChannelSource;
use crate::time::Millis;

/// A channel's rule for messages to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Milliseconds between messages at the steady rate.
    pub every: i64,
    /// Messages that may leave at once.
    pub burst: i64,
}

impl ChannelSource {
    /// The rule for messages to one person, if there is one (WhatsApp: one in 6 s, up to 45 at once; Telegram:
    /// one in a second, short bursts pass).
    pub const fn pace(self) -> Option<Pace> {
        match self {
            Self::WhatsappCloud => Some(Pace { every: 6_000, burst: 45 }),
            Self::Webchat | Self::Facebook | Self::Instagram | Self::Twilio => None,
            Self::Telegram => Some(Pace { every: 1_000, burst: 5 }),
        }
    }
}

impl Pace {
    /// Milliseconds to wait before the next message; 0: it may leave now.
    pub fn wait(self, due: Option<Millis>, now: Millis) -> i64 {
        let ahead = due.map_or(0, |due| due.since(now).max(0));
        (ahead - (self.burst - 1) * self.every).max(0)
    }

    /// The instant to keep after a message left at `now`.
    pub fn after(self, due: Option<Millis>, now: Millis) -> Millis {
        due.unwrap_or(now).max(now).plus(self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PACE: Pace = Pace { every: 6_000, burst: 45 };

    #[test]
    fn a_burst_leaves_at_once_and_is_paid_back() {
        let now = Millis(1_000_000);
        let mut due = None;
        for n in 0..45 {
            assert_eq!(PACE.wait(due, now), 0, "message {n}");
            due = Some(PACE.after(due, now));
        }
        assert_eq!(PACE.wait(due, now), 6_000);
        assert_eq!(PACE.wait(due, now.plus(6_000)), 0);
        assert_eq!(PACE.wait(due, now.plus(45 * 6_000)), 0);
    }

    proptest! {
        /// Over any stretch no more leave than the burst plus one per interval.
        #[test]
        fn never_faster_than_the_rule(gaps in proptest::collection::vec(0i64..20_000, 1..300)) {
            let (mut now, mut due, mut sent) = (Millis(0), None, 0i64);
            for gap in gaps {
                now = now.plus(gap);
                if PACE.wait(due, now) == 0 {
                    due = Some(PACE.after(due, now));
                    sent += 1;
                    prop_assert!(sent <= PACE.burst + now.0 / PACE.every + 1);
                }
            }
        }
    }
}
