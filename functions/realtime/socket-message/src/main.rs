//! Answers pings and passes on who views and who types.

use std::sync::Arc;

use colibri_app::realtime::SocketMessage;
use colibri_lambda::Need::{Push, Table, VisitorPush};

fn main() {
    colibri_lambda::json(&[Push, Table, VisitorPush], |world| {
        Arc::new(SocketMessage::new(world.store(), world.push(), world.visitors(), world.clock()))
    });
}
