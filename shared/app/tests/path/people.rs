//! Who is let in, and from when.

use std::sync::Arc;

use bytes::Bytes;
use colibri_app::api::attempts::Attempts;
use colibri_app::api::contacts::ContactsResource;
use colibri_app::api::session::SessionResource;
use colibri_app::api::{Api, Gate};
use colibri_app::http::{HttpHandler, Request};
use colibri_app::receipts::ReadReceipts;
use colibri_store::{SettingWrite, Settings, StoreError};
use colibri_testing::path::Path;
use colibri_testing::{As, FakeIdentity, RecordingPush, SeqIds};
use serde_json::{Value, json};

async fn status(path: &Path, contacts: &As<Api<ContactsResource>>, subject: &str) -> u16 {
    status_of(path, contacts, &FakeIdentity::token(subject, path.clock_now())).await
}

async fn status_of(path: &Path, contacts: &As<Api<ContactsResource>>, token: &str) -> u16 {
    let to = format!("/console/{}/contacts", path.demo.workspace);
    contacts.handle(request(http::Method::GET, to, token, &Value::Null)).await.status.as_u16()
}

fn request(method: http::Method, path: String, token: &str, body: &Value) -> Request {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    Request {
        method,
        path,
        query: String::new(),
        headers,
        cookies: Vec::new(),
        body: Bytes::from(body.to_string()),
        source_ip: "203.0.113.7".into(),
        request_id: "request".into(),
    }
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

#[tokio::test]
async fn who_changes_his_password_goes_on_and_is_signed_out_everywhere_else() {
    let path = Path::new().await;
    let (store, clock) = (path.demo.store.clone(), Arc::new(path.clock.clone()));
    let identity = Arc::new(FakeIdentity::default());
    identity.add("alba@ceibo.example", "Ceibo-1234", "sub-alba", false);
    let gate = || Arc::new(Gate::new(store.clone(), identity.clone(), clock.clone()));
    let receipts = ReadReceipts { providers: path.providers.clone() };
    let resource = ContactsResource { clock: clock.clone(), store: store.clone(), receipts };
    let contacts = As::new("api-contacts", Api { gate: gate(), resource });
    let resource = SessionResource {
        identity: identity.clone(),
        attempts: Attempts::new(store.clone(), clock.clone()),
        store: store.clone(),
        push: Arc::new(RecordingPush::default()),
        clock: clock.clone(),
        ids: Arc::new(SeqIds::default()),
        console_origin: "https://console.example".into(),
    };
    let session = As::new("api-session", Api { gate: gate(), resource });
    let sign_in = async |password: &str| {
        let body = json!({ "email": "alba@ceibo.example", "password": password });
        let answer = session.handle(request(http::Method::POST, "/session/sign-in".into(), "", &body)).await;
        (answer.status.as_u16(), answer.cookies.first().cloned().unwrap_or_default())
    };
    let refresh = async |cookie: &str| {
        let mut request = request(http::Method::POST, "/session/refresh".into(), "", &Value::Null);
        request.cookies = vec![cookie.split(';').next().unwrap().to_owned()];
        session.handle(request).await.status.as_u16()
    };
    let elsewhere = FakeIdentity::token("sub-alba", colibri_domain::Millis(0));
    let (_, cookie) = sign_in("Ceibo-1234").await;
    assert_eq!((status_of(&path, &contacts, &elsewhere).await, refresh(&cookie).await), (200, 200));

    let body = json!({ "old_password": "Ceibo-1234", "new_password": "Guayacan-2026" });
    let to = "/session/password".to_owned();
    let answer = session.handle(request(http::Method::POST, to, &elsewhere, &body)).await;
    assert_eq!(answer.status.as_u16(), 200);
    let here: Value = serde_json::from_slice(&answer.body).unwrap();
    let here = here["access_token"].as_str().unwrap();

    path.clock.pass(31_000);
    assert_eq!(status_of(&path, &contacts, here).await, 200);
    assert_eq!(refresh(&answer.cookies[0]).await, 200);
    assert_eq!(status_of(&path, &contacts, &elsewhere).await, 401);
    assert_eq!(refresh(&cookie).await, 401);
    assert_eq!(sign_in("Ceibo-1234").await.0, 401);
    assert_eq!(sign_in("Guayacan-2026").await.0, 200);
}
