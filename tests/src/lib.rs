//! Integration tests of the whole bundle, and what they share.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its ground is missing")]

pub mod bundle;

use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
