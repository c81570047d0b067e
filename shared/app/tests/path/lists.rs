//! Rows of the inbox: what became of the last message costs one call for a page.

use std::sync::Arc;

use bytes::Bytes;
use colibri_app::api::contacts::ContactsResource;
use colibri_app::api::{Api, Gate};
use colibri_app::http::{HttpHandler, Request};
use colibri_app::receipts::ReadReceipts;
use colibri_app::status::reference;
use colibri_domain::ContactId;
use colibri_testing::path::{Path, report, text};
use colibri_testing::ports::response;
use colibri_testing::{As, FakeIdentity};
use serde_json::{Value, json};

const ANA: &str = "593991234567";

async fn rows(path: &Path) -> Vec<Value> {
    let (store, clock) = (path.demo.store.clone(), Arc::new(path.clock.clone()));
    let gate = Arc::new(Gate::new(store.clone(), Arc::new(FakeIdentity::default()), clock.clone()));
    let receipts = ReadReceipts { providers: path.providers.clone() };
    let resource = ContactsResource { clock, store, receipts };
    let contacts = As::new("api-contacts", Api { gate, resource });
    let mut headers = http::HeaderMap::new();
    let token = FakeIdentity::token("sub-alba", path.clock_now());
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let request = Request {
        method: http::Method::GET,
        path: format!("/console/{}/contacts", path.demo.workspace),
        query: String::new(),
        headers,
        cookies: Vec::new(),
        body: Bytes::new(),
        source_ip: "203.0.113.7".into(),
        request_id: "request".into(),
    };
    let answer = contacts.handle(request).await;
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_state_of_a_last_message_is_asked_for_only_where_it_may_change() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.in", path.second(1), "hola")).await;
    path.at(10);
    path.http.rule(|_| Ok(response(200, json!({ "messages": [{ "id": "wamid.out" }] }).to_string())));
    let head = path.head(1).await;
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    path.nudge().await;
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    path.deliver(&report("wamid.out", "delivered", path.second(20), ANA, Some(&reference), None)).await;

    path.demo.table.calls();
    let shown = rows(&path).await;
    assert_eq!(shown[0]["last_message"]["state"], "delivered", "though the head does not know");
    let reads =
        |path: &Path| path.demo.table.calls().iter().filter(|c| c.operation == "BatchGetItem").count();
    assert_eq!(reads(&path), 1);

    path.deliver(&text(ANA, "Ana", "wamid.in2", path.second(30), "gracias")).await;
    path.demo.table.calls();
    rows(&path).await;
    assert_eq!(reads(&path), 0, "what a contact wrote has no state");
}
