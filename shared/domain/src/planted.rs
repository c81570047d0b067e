//! Ten known mistakes, kept so that the seeded simulation can show that it would notice them.
//!
//! Without the feature `planted`, which only tests of `shared/testing` turn on, [`planted`] is always false and the
//! mistakes are not in the binary.

/// A mistake that the simulation must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// A duplicate is looked for, then the message is written without a condition.
    CheckThenWrite,
    /// A report replaces those before it.
    StatusRegression,
    /// The provider hears 200 although the queue did not take the events.
    AcknowledgedEarly,
    /// A repeated message is taken for one whose head was updated.
    HeadLostInCrash,
    /// The head does not remember which messages it has counted.
    CountedTwice,
    /// A message older than the newest is not stored.
    LateDropped,
    /// A send whose lease ran out is sent again.
    SentAgainAfterLease,
    /// A message leaves the queue of its contact before it was handed over.
    CursorBeforeEffect,
    /// The claim of a phone number does not name the workspace.
    KeyWithoutWorkspace,
    /// Whether a conversation is open is read from an index.
    StaleIndexTrusted,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::CheckThenWrite,
        Self::StatusRegression,
        Self::AcknowledgedEarly,
        Self::HeadLostInCrash,
        Self::CountedTwice,
        Self::LateDropped,
        Self::SentAgainAfterLease,
        Self::CursorBeforeEffect,
        Self::KeyWithoutWorkspace,
        Self::StaleIndexTrusted,
    ];
}

#[cfg(feature = "planted")]
thread_local! {
    static MADE: std::cell::Cell<Option<Planted>> = const { std::cell::Cell::new(None) };
}

/// Makes one mistake in this thread from now on, or none.
#[cfg(feature = "planted")]
pub fn plant(mistake: Option<Planted>) {
    MADE.set(mistake);
}

/// Whether this thread makes a mistake.
#[cfg(feature = "planted")]
pub fn planted(mistake: Planted) -> bool {
    MADE.get() == Some(mistake)
}

/// Whether this thread makes a mistake: never in a function.
#[cfg(not(feature = "planted"))]
pub const fn planted(_: Planted) -> bool {
    false
}
