//! The seeded simulation, see the README beside this file.

pub mod actors;
mod consumers;
pub mod facts;
pub mod faults;
pub mod functions;
pub mod invariants;
pub mod ledger;
mod ports;
mod provider;
pub mod queue;
pub mod random;
pub mod run;
pub mod scheduler;
mod stream;
pub mod table;
pub mod tenant;
pub mod world;

pub use run::{Outcome, Tally, run};
pub use world::World;
