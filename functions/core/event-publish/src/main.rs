//! Publishes the events that written items carry: to sockets and to the bus.

use std::sync::Arc;

use colibri_app::publish::EventPublish;
use colibri_lambda::Need::{Bus, DeadLetters, Push, Table};

fn main() {
    colibri_lambda::stream(&[Bus, DeadLetters, Push, Table], |world| {
        let (push, bus, queue) = (world.push(), world.bus(), world.queue());
        let publish = EventPublish::new(world.store(), push, bus, queue, world.clock());
        Arc::new(publish.counting(world.metrics()))
    });
}
