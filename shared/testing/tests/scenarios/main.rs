//! Faults one by one in the simulated world, each under its name.

mod bench;
mod inbound;
mod outbound;
mod queues;
