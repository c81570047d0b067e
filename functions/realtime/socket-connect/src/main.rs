//! Lets a socket in for a single-use ticket.

use std::sync::Arc;

use colibri_app::realtime::SocketConnect;
use colibri_lambda::Need::Table;

fn main() {
    colibri_lambda::json(&[Table], |world| {
        Arc::new(SocketConnect { store: world.store(), clock: world.clock() })
    });
}
