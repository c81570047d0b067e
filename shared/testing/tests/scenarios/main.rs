//! Faults one by one in the simulated world, each under its name.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bench;
mod inbound;
mod outbound;
mod queues;
