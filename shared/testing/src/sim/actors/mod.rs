//! Who acts in a world. A new actor is a file here and a line in [`CAST`].

mod agent;
mod client;
mod customer;
mod stranger;

use super::world::World;

/// An actor: starts its tasks in a world.
pub type Actor = fn(&World);

/// Everybody.
pub const CAST: [Actor; 4] = [customer::start, agent::start, client::start, stranger::start];

/// Milliseconds during which people act.
const BUSY_MILLIS: i64 = 8 * 60 * 1000;
