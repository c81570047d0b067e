//! Lets a socket in for a single-use ticket.

use std::sync::Arc;

use colibri_app::realtime::SocketConnect;
use colibri_lambda::Need::{Push, Table};

fn main() {
    colibri_lambda::json(&[Table, Push], |world| {
        Arc::new(SocketConnect { store: world.store(), push: world.push(), clock: world.clock() })
    });
}
