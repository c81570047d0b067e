//! A calm world with one customer and one agent to try things on.

use colibri_domain::ContactId;
use colibri_domain::message::Message;
use colibri_testing::path::delivery_for;
use colibri_testing::sim::World;
use colibri_testing::sim::facts::Facts;
use colibri_testing::sim::run::{rest, verdict};
use colibri_testing::sim::world::Resource;
use serde_json::{Value, json};

pub const EVA: &str = "593991000001";
pub const LUZ: &str = "593991000002";

/// Runs something in a calm world, lets it come to rest and judges it.
pub fn tried<F>(seed: u64, act: impl FnOnce(World) -> F) -> Facts
where
    F: Future<Output = ()> + Send + 'static,
{
    let facts = left_by(seed, act);
    verdict(&facts).unwrap();
    facts
}

/// The same without a judgement.
pub fn left_by<F>(seed: u64, act: impl FnOnce(World) -> F) -> Facts
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = runtime.enter();
    let world = World::calm(seed);
    world.scheduler.spawn("test", act(world.clone()));
    rest(&world).unwrap()
}

/// Eva writes; returns when the provider has heard 200.
pub async fn eva_writes(world: &World, id: &str) {
    let body = delivery(world, EVA, &[text(EVA, id, second(world))]);
    while world.post(&body).await != 200 {
        world.pause(500, 1_000).await;
    }
}

pub fn text(from: &str, id: &str, second: i64) -> Value {
    json!({ "from": from, "id": id, "timestamp": second.to_string(), "type": "text", "text": { "body": id } })
}

pub fn delivery(world: &World, from: &str, messages: &[Value]) -> Value {
    let value = json!({
        "contacts": [{ "profile": { "name": "Eva" }, "wa_id": from }],
        "messages": messages,
    });
    delivery_for(&world.tenants[0].channels[0].account, value)
}

pub fn second(world: &World) -> i64 {
    world.now().seconds().0
}

pub fn shown(facts: &Facts, contact: u64) -> Vec<&Message> {
    facts.messages.get(&(0, ContactId(contact))).map(|m| m.iter().collect()).unwrap_or_default()
}

pub fn names(facts: &Facts, contact: u64) -> Vec<&str> {
    shown(facts, contact).iter().filter_map(|m| m.channel_message_id.as_deref()).collect()
}

/// Alba answers a contact.
pub async fn answers(world: &World, contact: u64, words: &str) -> u16 {
    let tenant = &world.tenants[0];
    let head = world.store().workspace(&tenant.workspace).head(ContactId(contact)).await.unwrap().unwrap();
    let body =
        json!({ "contact_channel_id": head.channels[0].id, "content": { "kind": "text", "text": words } });
    let path = format!("/console/{}/messages/{contact}", tenant.workspace);
    let key = format!("key-of-{}", words.len());
    let call =
        world.call(Resource::Messages, &tenant.subjects[0], http::Method::POST, path, Some(&key), &body);
    call.await.map_or(502, |(status, _)| status)
}
