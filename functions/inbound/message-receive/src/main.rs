//! Files one inbound event: contact, conversation, message.

use std::sync::Arc;

use colibri_app::receive::MessageReceive;
use colibri_lambda::Need::{MediaQueue, Table};

fn main() {
    colibri_lambda::queue(&[MediaQueue, Table], |world| {
        let (store, queue) = (world.store(), world.queue());
        Arc::new(MessageReceive { store, queue, clock: world.clock(), metrics: world.metrics() })
    });
}
