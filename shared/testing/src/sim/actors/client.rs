//! A client of the API: sends with an idempotency key, the same request again until it hears an answer, and
//! sometimes twice at the same time.

use colibri_domain::{ContactId, MessageId};
use http::Method;
use serde_json::{Value, json};

use super::super::world::{Resource, World};
use super::BUSY_MILLIS;
use crate::locked;

/// Tries of a request before a client gives up.
pub const TRIES: usize = 200;

/// Starts one for each tenant.
pub fn start(world: &World) {
    for tenant in 0..world.tenants.len() {
        let world = world.clone();
        world.clone().scheduler.spawn("client", async move { work(&world, tenant).await });
    }
}

async fn work(world: &World, tenant: usize) {
    let of = &world.tenants[tenant];
    for n in 0..=world.random.below(if world.busy { 2 } else { 1 }) {
        world.pause(BUSY_MILLIS / 6, BUSY_MILLIS / 3).await;
        let contact = 1 + world.random.next() % of.quota;
        let path = format!("/console/{}/messages/{contact}", of.workspace);
        let subject = &of.subjects[1];
        let page = world.call(Resource::Messages, subject, Method::GET, path, None, &Value::Null).await;
        let Some((200, page)) = page else { continue };
        let Some(channel) = page["head"]["channels"][0]["id"].as_str() else { continue };
        let text = format!("{} client {n}", of.mark());
        let once = || send(world, tenant, subject, contact, channel, &text);
        if world.random.chance(300) {
            futures::future::join(once(), once()).await;
        } else {
            once().await;
        }
    }
}

/// Sends a text whose words are its key, until there is an answer.
pub async fn send(world: &World, tenant: usize, subject: &str, contact: u64, channel: &str, text: &str) {
    let path = format!("/console/{}/messages/{contact}", world.tenants[tenant].workspace);
    let key: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let body = json!({ "contact_channel_id": channel, "content": { "kind": "text", "text": text } });
    locked(&world.ledger).intents.entry(text.to_owned()).or_default().tenant = tenant;
    for _ in 0..TRIES {
        let answer =
            world.call(Resource::Messages, subject, Method::POST, path.clone(), Some(&key), &body).await;
        match answer {
            Some((202, answer)) => {
                let id = MessageId(answer["message"]["id"].as_u64().unwrap_or_default());
                if let Some(intent) = locked(&world.ledger).intents.get_mut(text) {
                    intent.accepted.insert((ContactId(contact), id));
                }
                return;
            }
            Some((status, _)) if status < 500 && status != 429 && status != 409 => return,
            _ => world.pause(500, 20_000).await,
        }
    }
}
