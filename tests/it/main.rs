//! One binary for all integration tests: it links once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its ground is missing")]

mod cloud;
mod coverage;
mod dependencies;
mod golden;
mod golden_other;
mod process;
mod roles;
mod template;
mod traces;
