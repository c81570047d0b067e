//! Applies statuses of messages and notices about channels, templates and preferences.

use std::sync::Arc;

use colibri_app::status::MessageStatus;
use colibri_lambda::Need::{Bus, StatusQueue, Table};

fn main() {
    colibri_lambda::queue(&[Bus, StatusQueue, Table], |world| {
        Arc::new(MessageStatus {
            store: world.store(),
            queue: world.queue(),
            invoke: world.invoke(),
            clock: world.clock(),
            metrics: world.metrics(),
        })
    });
}
