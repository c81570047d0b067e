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
}

/// Kept free before the end: our clock, the provider's and the way of the request differ by seconds.
pub const MARGIN_MILLIS: i64 = 5_000;

/// 24 hours in milliseconds.
pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl WindowRule {
    /// When the window closes; `None` where there is no window to close or it never opened.
    pub fn closes_at(self, last_inbound_at: Option<Millis>) -> Option<Millis> {
        match self {
            Self::None => None,
            Self::AfterInbound { millis } => last_inbound_at.map(|at| at.plus(millis)),
        }
    }

    /// Whether a free-form message may be sent at `now`.
    pub fn is_open(self, last_inbound_at: Option<Millis>, now: Millis) -> bool {
        match self {
            Self::None => true,
            Self::AfterInbound { .. } => {
                self.closes_at(last_inbound_at).is_some_and(|end| now.plus(MARGIN_MILLIS) < end)
            }
        }
    }
}
