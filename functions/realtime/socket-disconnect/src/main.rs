//! Forgets a socket.

use std::sync::Arc;

use colibri_app::realtime::SocketDisconnect;
use colibri_lambda::Need::Table;

fn main() {
    colibri_lambda::json(&[Table], |world| Arc::new(SocketDisconnect { store: world.store() }));
}
