//! Who is let in, and from when.

use std::sync::Arc;

use bytes::Bytes;
use colibri_app::api::contacts::ContactsResource;
use colibri_app::api::{Api, Gate};
use colibri_app::http::{HttpHandler, Request};
use colibri_app::receipts::ReadReceipts;
use colibri_store::{SettingWrite, Settings, StoreError};
use colibri_testing::path::Path;
use colibri_testing::{As, FakeIdentity};

async fn status(path: &Path, contacts: &As<Api<ContactsResource>>, subject: &str) -> u16 {
    let mut headers = http::HeaderMap::new();
    let token = FakeIdentity::token(subject, path.clock_now());
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
    contacts.handle(request).await.status.as_u16()
}

#[tokio::test]
async fn who_joins_is_let_in_at_once_and_who_is_removed_within_half_a_minute() {
    let path = Path::new().await;
    let (store, clock) = (path.demo.store.clone(), Arc::new(path.clock.clone()));
    let gate = Arc::new(Gate::new(store.clone(), Arc::new(FakeIdentity::default()), clock.clone()));
    let receipts = ReadReceipts { providers: path.providers.clone() };
    let contacts =
        As::new("api-contacts", Api { gate, resource: ContactsResource { clock, store, receipts } });
    let data = path.demo.data();
    let bruno = path.demo.bruno.clone();
    assert_eq!(status(&path, &contacts, "sub-bruno").await, 200);

    let before = data.settings().await.unwrap().unwrap();
    let removal =
        |_: &Settings| Ok::<_, StoreError>((vec![SettingWrite::NoMember(bruno.clone())], Vec::new()));
    data.change_settings(removal).await.unwrap();
    path.clock.pass(31_000);
    assert_ne!(status(&path, &contacts, "sub-bruno").await, 200);
    assert_eq!(status(&path, &contacts, "sub-alba").await, 200);

    // The function has just read settings that do not know him.
    data.put_member(before.member(&bruno).unwrap()).await.unwrap();
    path.clock.pass(1_100);
    assert_eq!(status(&path, &contacts, "sub-bruno").await, 200);
}
