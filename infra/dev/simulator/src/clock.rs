//! The simulator's clock: the machine's time at start, moved by what the tests ask for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use tokio::time::Instant;

/// Time as the played providers see it, in unix milliseconds.
///
/// It runs on tokio's clock, so a test that pauses tokio's time pauses this one too.
#[derive(Debug)]
pub struct Clock {
    base_ms: i64,
    started: Instant,
    offset_ms: AtomicI64,
}

impl Clock {
    /// A clock that begins at the machine's time.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the simulator reads the machine's time"
        )]
        let now = SystemTime::now();
        let elapsed = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self::starting_at(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }

    /// A clock that begins at `base_ms` unix milliseconds.
    pub fn starting_at(base_ms: i64) -> Self {
        Self { base_ms, started: Instant::now(), offset_ms: AtomicI64::new(0) }
    }

    /// Unix milliseconds now.
    pub fn now_ms(&self) -> i64 {
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.base_ms + elapsed + self.offset_ms()
    }

    /// Unix seconds now, as text, the way Meta writes times.
    pub fn now_text(&self) -> String {
        (self.now_ms() / 1000).to_string()
    }

    /// How far the clock has been moved, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Moves the clock to `offset_ms` from the machine's time.
    pub fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}
