//! Somebody of one tenant who asks for what belongs to another.

use http::Method;
use serde_json::Value;

use super::super::world::{Resource, World};
use super::BUSY_MILLIS;
use crate::locked;

/// Starts one.
pub fn start(world: &World) {
    let world = world.clone();
    world.clone().scheduler.spawn("stranger", async move {
        for _ in 0..2 {
            world.pause(BUSY_MILLIS / 4, BUSY_MILLIS / 2).await;
            let (mine, theirs) = (&world.tenants[0], &world.tenants[1]);
            let contact = 1 + world.random.next() % theirs.quota;
            let path = format!("/console/{}/messages/{contact}", theirs.workspace);
            let answer = world
                .call(Resource::Messages, &mine.subjects[0], Method::GET, path, None, &Value::Null)
                .await;
            if let Some((status, _)) = answer.filter(|(status, _)| *status < 500) {
                let mut ledger = locked(&world.ledger);
                ledger.strangers.0 += 1;
                ledger.strangers.1 += u64::from(status == 404);
            }
        }
    });
}
