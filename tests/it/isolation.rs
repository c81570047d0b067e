//! What belongs to another tenant is not there: every route of the console's API is asked, with one tenant's token, for
//! what is another's.

use std::fs;

use colibri_domain::{ChannelId, ContactId, FileId, MessageId};
use colibri_store::{File, FileState};
use colibri_testing::Demo;
use colibri_testing::sim::tenant::Tenant;
use serde_json::{Value, json};

use crate::golden_other::World;

/// A word that stands in everything of the other tenant's.
const MARK: &str = "Secreta";

/// The other tenant, and ids of his.
struct Other {
    demo: Demo,
    user: String,
    contact: ContactId,
    identity: String,
    message: MessageId,
    channel: ChannelId,
    file: FileId,
}

async fn other(demo: &Demo) -> Other {
    let tenant = Tenant::new(1, 10);
    tenant.found(&demo.store).await.unwrap();
    let theirs = Demo {
        organization: tenant.organization.clone(),
        workspace: tenant.workspace.clone(),
        alba: tenant.users[0].clone(),
        bruno: tenant.users[1].clone(),
        channel: tenant.channels[0].clone(),
        ..demo.clone()
    };
    // Numbers of contacts are dense: the last of these is no contact of ours.
    theirs.contact("593990000001", MARK).await;
    theirs.contact("593990000002", MARK).await;
    let head = theirs.contact("593990000003", MARK).await;
    let message = theirs.incoming(&head, "wamid.theirs", -60, MARK);
    theirs.data().put_message(&message).await.unwrap();
    theirs.data().receive_on_head(head.id, &message, None).await.unwrap();
    let file = FileId::from_unique("theirs");
    let stored = File {
        id: file.clone(),
        name: format!("{MARK}.pdf"),
        mime_type: "application/pdf".into(),
        size: 3,
        state: FileState::Ready,
        uploaded_by: Some(theirs.alba.clone()),
        created_at: demo.now,
        inline: false,
        width: None,
        height: None,
        duration_ms: None,
        waveform: None,
    };
    theirs.data().put_file(&stored).await.unwrap();
    Other {
        user: theirs.alba.to_string(),
        contact: head.id,
        identity: head.channels[0].id.to_string(),
        message: message.id,
        channel: theirs.channel.id.clone(),
        file,
        demo: theirs,
    }
}

/// Method and path of every route below a workspace, and the function that answers there.
fn routes() -> Vec<(String, String, String)> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");
    let document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if path.starts_with("/console/{workspace}/") {
                let function = operation["tags"][0].as_str().unwrap().to_owned();
                found.push((method.to_uppercase(), path.clone(), function));
            }
        }
    }
    assert!(found.len() > 30, "{found:?}");
    found
}

fn filled(path: &str, workspace: &str, contact: ContactId, of: &Other) -> String {
    path.replace("{workspace}", workspace)
        .replace("{contact}", &contact.0.to_string())
        .replace("{message}", &of.message.0.to_string())
        .replace("{channel}", of.channel.as_str())
        .replace("{file}", of.file.as_str())
        .replace("{snippet}", "saludo")
}

/// A body that fits most routes: what is refused for its shape shows nothing either.
fn body(of: &Other) -> String {
    json!({
        "text": "hola", "emoji": "👍", "name": "x", "user_id": of.user,
        "contact_channel_id": of.identity, "content": { "kind": "text", "text": "hola" },
    })
    .to_string()
}

async fn asked(world: &World, function: &str, method: &str, path: &str, body: &str) -> (u64, String) {
    let event = json!({
        "requestContext": { "http": { "method": method } }, "rawPath": path, "body": body,
        "headers": { "idempotency-key": "k" },
    });
    let answer = world.call(function, &event).await;
    (answer["status"].as_u64().unwrap(), answer["body"].to_string())
}

#[tokio::test]
async fn another_tenants_workspace_is_not_there_on_any_route() {
    let demo = Demo::new().await;
    let of = other(&demo).await;
    let world = World::over(demo.clone(), &json!({})).await;
    let before = demo.table.items();
    for (method, path, function) in routes() {
        let path = filled(&path, of.demo.workspace.as_str(), of.contact, &of);
        let (status, said) = asked(&world, &function, &method, &path, &body(&of)).await;
        assert_eq!(status, 404, "{method} {path}: {said}");
        assert!(!said.contains(MARK) && !said.contains("wamid"), "{method} {path}: {said}");
    }
    assert!(demo.table.items() == before, "nothing was changed");
}

#[tokio::test]
async fn ids_of_another_tenant_lead_nowhere_in_ones_own_workspace() {
    let demo = Demo::new().await;
    let of = other(&demo).await;
    let head = demo.contact("593991234567", "Ana").await;
    assert!(head.id < of.contact);
    let world = World::over(demo.clone(), &json!({})).await;
    let before = demo.table.items();
    let mut tried = 0;
    for (method, path, function) in routes() {
        // With a contact of ours only what comes after it is another's.
        let names = ["{message}", "{channel}", "{file}"];
        let contacts = if names.iter().any(|name| path.contains(name)) {
            vec![head.id, of.contact]
        } else if path.contains("{contact}") {
            vec![of.contact]
        } else {
            continue;
        };
        for contact in contacts {
            tried += 1;
            let path = filled(&path, demo.workspace.as_str(), contact, &of);
            let (status, said) = asked(&world, &function, &method, &path, &body(&of)).await;
            let reads = matches!(method.as_str(), "GET" | "DELETE");
            assert!(
                status == 404 || (!reads && matches!(status, 400 | 422)),
                "{method} {path}: {status} {said}"
            );
            assert!(!said.contains(MARK), "{method} {path}: {said}");
        }
    }
    assert!(tried > 20);
    assert!(demo.table.items() == before, "nothing was changed");
}

#[tokio::test]
async fn ids_of_another_tenant_in_a_body_are_refused() {
    let demo = Demo::new().await;
    let of = other(&demo).await;
    let head = demo.contact("593991234567", "Ana").await;
    let world = World::over(demo.clone(), &json!({})).await;
    let mine = head.channels[0].id.to_string();
    let before = demo.table.items();
    let text = json!({ "kind": "text", "text": "hola" });
    let file = json!({ "kind": "attachment", "file_id": of.file });
    for (route, body) in [
        ("conversations/1/assign", json!({ "user_id": of.user })),
        ("messages/1", json!({ "contact_channel_id": of.identity, "content": text })),
        ("messages/1", json!({ "contact_channel_id": mine, "content": file })),
        ("messages/1", json!({ "contact_channel_id": mine, "content": text, "reply_to": of.message })),
        ("contacts", json!({ "channel_id": of.channel, "phone": "+593991234568" })),
    ] {
        let path = format!("/console/{}/{route}", demo.workspace);
        let function = format!("api-{}", route.split('/').next().unwrap());
        let (status, said) = asked(&world, &function, "POST", &path, &body.to_string()).await;
        assert!(matches!(status, 400 | 404 | 409 | 422), "{route} {body}: {status} {said}");
        assert!(!said.contains(MARK), "{said}");
    }
    assert!(demo.table.items() == before, "nothing was changed");
}
