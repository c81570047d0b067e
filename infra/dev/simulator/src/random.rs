//! Seeded randomness: the same seed and the same calls give the same ids.

use std::sync::Mutex;

use crate::sync::lock;

/// A small seeded generator (SplitMix64); good enough for ids, never for secrets.
#[derive(Debug)]
pub struct Random(Mutex<u64>);

impl Random {
    /// A generator that repeats its sequence for the same `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Begins the sequence of `seed` again.
    pub fn reseed(&self, seed: u64) {
        *lock(&self.0) = seed;
    }

    /// The next number of the sequence.
    pub fn next(&self) -> u64 {
        let mut state = lock(&self.0);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// `bytes` random bytes as upper-case hex.
    pub fn hex(&self, bytes: usize) -> String {
        let mut raw = Vec::with_capacity(bytes + 8);
        while raw.len() < bytes {
            raw.extend_from_slice(&self.next().to_be_bytes());
        }
        raw.truncate(bytes);
        hex::encode_upper(raw)
    }

    /// A random decimal id of `digits` digits that does not begin with zero.
    pub fn digits(&self, digits: u32) -> String {
        let low = 10_u64.pow(digits - 1);
        (low + self.next() % (9 * low)).to_string()
    }
}
