//! The table's stream: its batches go to `event-publish`, one after the other, until each is done.

use super::functions;
use super::world::World;

/// The longest that `event-publish` works on a batch, in milliseconds.
const LIMIT: i64 = 60_000;

/// Reads until nothing is new.
pub async fn follow(world: &World) {
    loop {
        world.pause(50, 1_500).await;
        let changes = world.table.read();
        if changes.is_empty() {
            return;
        }
        let events: Vec<_> = changes
            .into_iter()
            .filter(|change| change.new.as_ref().is_some_and(|new| new.get("ev").is_some()))
            .collect();
        for batch in events.chunks(100) {
            let pool = &world.functions.publish;
            loop {
                let batch = batch.to_vec();
                let work = |function: std::sync::Arc<colibri_app::publish::EventPublish>| async move {
                    colibri_app::http::StreamHandler::handle(&*function, batch).await
                };
                if pool.invoke(world, LIMIT, functions::publish, work).await.is_some() {
                    break;
                }
                world.pause(100, 2_000).await;
            }
        }
    }
}
