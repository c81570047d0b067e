//! Agents: read the list, answer, assign, close, mark as read, try failed messages again.

use http::Method;
use serde_json::{Value, json};

use super::super::world::{Resource, World};
use super::BUSY_MILLIS;
use super::client::{TRIES, send};
use crate::locked;

/// Starts one or two for each tenant.
pub fn start(world: &World) {
    for tenant in 0..world.tenants.len() {
        for person in 0..=world.random.below(if world.busy { 2 } else { 1 }) {
            let world = world.clone();
            world.clone().scheduler.spawn("agent", async move { work(&world, tenant, person).await });
        }
    }
}

async fn work(world: &World, tenant: usize, person: usize) {
    let of = &world.tenants[tenant];
    let subject = &of.subjects[person];
    for act in 0..if world.busy { 3 } else { 2 } {
        world.pause(BUSY_MILLIS / 8, BUSY_MILLIS / 3).await;
        let list = format!("/console/{}/contacts", of.workspace);
        let page = world.call(Resource::Contacts, subject, Method::GET, list, None, &Value::Null).await;
        let Some((200, page)) = page else { continue };
        let rows = page["items"].as_array().cloned().unwrap_or_default();
        if rows.is_empty() {
            continue;
        }
        let head = world.random.pick(&rows).clone();
        let contact = head["id"].as_u64().unwrap_or_default();
        let post = |resource, path: String, body: Value| async move {
            world.call(resource, subject, Method::POST, path, None, &body).await
        };
        match world.random.below(10) {
            0 => {
                let path = format!("/console/{}/conversations/{contact}/assign", of.workspace);
                let user = of.users[world.random.below(2)].to_string();
                post(Resource::Conversations, path, json!({ "user_id": user })).await;
            }
            1 => {
                let path = format!("/console/{}/conversations/{contact}/close", of.workspace);
                post(Resource::Conversations, path, Value::Null).await;
            }
            2 => {
                let path = format!("/console/{}/contacts/{contact}/read", of.workspace);
                post(Resource::Contacts, path, Value::Null).await;
            }
            3 | 4 => again(world, tenant, subject, contact).await,
            _ => {
                let channel = head["channels"][0]["id"].as_str().unwrap_or_default().to_owned();
                let text = format!("{} agent {person} act {act}", of.mark());
                send(world, tenant, subject, contact, &channel, &text).await;
            }
        }
    }
}

/// Tries what failed or is unconfirmed again.
async fn again(world: &World, tenant: usize, subject: &str, contact: u64) {
    let workspace = &world.tenants[tenant].workspace;
    let path = format!("/console/{workspace}/messages/{contact}");
    let page = world.call(Resource::Messages, subject, Method::GET, path, None, &Value::Null).await;
    let Some((200, page)) = page else { return };
    let failed = page["items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|item| matches!(item["state"].as_str(), Some("failed" | "ambiguous")));
    let Some(item) = failed else { return };
    let (id, text) = (item["id"].as_u64().unwrap_or_default(), item["content"]["text"].as_str());
    // Counted before the call: its answer may be lost after the effect.
    if let Some(intent) = locked(&world.ledger).intents.get_mut(text.unwrap_or_default()) {
        intent.retries += 1;
    }
    let path = format!("/console/{workspace}/messages/{contact}/{id}/retry");
    for _ in 0..TRIES {
        let answer =
            world.call(Resource::Messages, subject, Method::POST, path.clone(), None, &Value::Null).await;
        if answer.is_some_and(|(status, _)| status < 500) {
            return;
        }
        world.pause(500, 20_000).await;
    }
}
