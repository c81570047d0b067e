//! Customers: each writes to two numbers of each tenant, several things at a time, from the same phone.

use serde_json::{Value, json};

use super::super::ledger::Said;
use super::super::world::World;
use super::BUSY_MILLIS;
use crate::locked;
use crate::path::delivery_for;

/// Phones; the same people write to both tenants.
const PHONES: [&str; 3] = ["593991000001", "593991000002", "593991000003"];

/// Starts them.
pub fn start(world: &World) {
    for tenant in 0..world.tenants.len() {
        for phone in &PHONES[..=world.random.below(if world.busy { 3 } else { 2 })] {
            let world = world.clone();
            world.clone().scheduler.spawn("customer", async move { talk(&world, tenant, phone).await });
        }
    }
}

async fn talk(world: &World, tenant: usize, phone: &'static str) {
    let channels = &world.tenants[tenant].channels;
    let mut said: Vec<(String, String)> = Vec::new();
    for _ in 0..=world.random.below(if world.busy { 3 } else { 2 }) {
        world.pause(100, BUSY_MILLIS / 3).await;
        let account = world.random.pick(channels).account.clone();
        let delivery = locked(&world.ledger).delivery();
        let mut messages = Vec::new();
        for place in 0..=world.random.below(2) {
            let mut known = said.iter().filter(|(on, _)| *on == account).map(|(_, id)| id.clone());
            let message = message(world, tenant, phone, delivery, place, known.next_back().as_deref());
            if message["type"] != "reaction" {
                said.push((account.clone(), message["id"].as_str().unwrap_or_default().to_owned()));
            }
            messages.push(message);
        }
        let value = json!({
            "contacts": [{ "profile": { "name": format!("Eva {}", world.tenants[tenant].mark()) }, "wa_id": phone }],
            "messages": messages,
        });
        world.deliver(delivery_for(&account, value), delivery, 0);
    }
}

/// Something said now: a text, a picture, or a reaction to what was said before.
fn message(
    world: &World,
    tenant: usize,
    phone: &str,
    delivery: u64,
    place: usize,
    known: Option<&str>,
) -> Value {
    let second = world.now().seconds().0;
    let id = format!("wamid.in.{:016x}", world.random.next());
    let mut message = json!({ "from": phone, "id": id, "timestamp": second.to_string() });
    let kind = world.random.below(10);
    if let (0, Some(target)) = (kind, known) {
        message["type"] = "reaction".into();
        message["reaction"] = json!({ "message_id": target, "emoji": "👍" });
        return message;
    }
    if kind == 1 {
        message["type"] = "image".into();
        message["image"] = json!({ "id": format!("media-{id}"), "mime_type": "image/jpeg" });
    } else {
        message["type"] = "text".into();
        let mark = world.tenants[tenant].mark();
        message["text"] = json!({ "body": format!("{mark} {phone} {delivery}.{place}") });
    }
    locked(&world.ledger).said.push(Said {
        tenant,
        customer: phone.to_owned(),
        provider_id: id,
        second,
        delivery,
        place,
        acknowledged: false,
    });
    message
}
