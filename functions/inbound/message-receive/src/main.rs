//! Files one inbound event: contact, conversation, message.

use std::sync::Arc;

use colibri_app::receive::MessageReceive;
use colibri_lambda::Need::{Files, MediaQueue, StatusQueue, Table};

fn main() {
    colibri_lambda::queue(&[Files, MediaQueue, StatusQueue, Table], |world| {
        let (store, files, queue) = (world.store(), world.files(), world.queue());
        Arc::new(MessageReceive { store, files, queue, clock: world.clock(), metrics: world.metrics() })
    });
}
