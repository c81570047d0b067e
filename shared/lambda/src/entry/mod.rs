//! One entry per kind of trigger. All of them end in the same loop, which is compiled once.

mod boot;
mod http_event;
mod json_event;
mod queue_event;
mod stream_event;

use std::sync::Arc;

pub use boot::{Entry, Invocation, invoke};
pub use http_event::entry as http_entry;
pub use queue_event::entry as queue_entry;
pub use stream_event::entry as stream_entry;

use colibri_app::http::{HttpHandler, JsonHandler, RecordHandler, StreamHandler};

use crate::needs::Need;
use crate::world::World;

/// Serves HTTP requests of API Gateway.
pub fn http(needs: &[Need], make: fn(&World) -> Arc<dyn HttpHandler>) {
    boot::run(needs, &|world| http_event::entry(make(world)));
}

/// Serves batches of a queue.
pub fn queue(needs: &[Need], make: fn(&World) -> Arc<dyn RecordHandler>) {
    boot::run(needs, &|world| queue_event::entry(make(world)));
}

/// Serves batches of the table's stream.
pub fn stream(needs: &[Need], make: fn(&World) -> Arc<dyn StreamHandler>) {
    boot::run(needs, &|world| stream_event::entry(make(world)));
}

/// Serves bus events, schedules, asynchronous invocations and events of sockets.
pub fn json(needs: &[Need], make: fn(&World) -> Arc<dyn JsonHandler>) {
    boot::run(needs, &|world| json_event::entry(make(world)));
}
