//! Brings back messages that were stored and then forgotten.

use std::sync::Arc;

use colibri_app::sweep::MessageSweep;
use colibri_lambda::Need::{OutboundQueue, Table};

fn main() {
    colibri_lambda::json(&[OutboundQueue, Table], |world| {
        let (queue, clock, metrics) = (world.queue(), world.clock(), world.metrics());
        Arc::new(MessageSweep { store: world.store(), queue, clock, metrics })
    });
}
