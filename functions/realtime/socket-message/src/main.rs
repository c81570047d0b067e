//! Answers pings and passes on who views and who types.

use std::sync::Arc;

use colibri_app::realtime::SocketMessage;
use colibri_lambda::Need::{Push, Table, VisitorPush};

fn main() {
    colibri_lambda::json(&[Push, Table, VisitorPush], |world| {
        Arc::new(SocketMessage { store: world.store(), push: world.push(), visitors: world.visitors() })
    });
}
