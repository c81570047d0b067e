//! Exports: each contact once, however often a slice is killed or repeated.

use std::sync::Arc;

use bytes::Bytes;
use colibri_app::api::exports::ExportsResource;
use colibri_app::api::{Api, Gate};
use colibri_app::export::ContactExport;
use colibri_app::http::{HttpHandler, JsonHandler, Request};
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::export::{ContactScope, ExportJob, ExportStatus, ExportWhat, KEPT_MILLIS, MessageScope};
use colibri_domain::message::Actor;
use colibri_domain::people::{CustomRole, Right};
use colibri_domain::{ContactId, EventId, UserId, conversation};
use colibri_store::{StatusOutcome, WriteContext};
use colibri_testing::path::{Path, text};
use colibri_testing::{As, FakeIdentity, SeqIds};
use serde_json::{Value, json};

fn writer(path: &Path) -> As<ContactExport> {
    As::new(
        "contact-export",
        ContactExport {
            store: path.demo.store.clone(),
            files: path.bucket.files(),
            invoke: Arc::new(path.invoke.clone()),
            clock: Arc::new(path.clock.clone()),
            slices: 1,
            span: Some(1),
        },
    )
}

async fn asked(path: &Path, what: ExportWhat) {
    asked_by(path, path.demo.alba.clone(), what).await;
}

async fn asked_by(path: &Path, user: UserId, what: ExportWhat) {
    let now = path.clock_now();
    let job = ExportJob {
        id: "exp_1".into(),
        what,
        requested_by: user.clone(),
        requested_name: "Alba".into(),
        fields: Vec::new(),
        status: ExportStatus::Queued,
        done: 0,
        total: path.demo.data().newest_contact().await.unwrap().0,
        parts: 0,
        rows: 0,
        size: 0,
        reason: None,
        created_at: now,
        updated_at: now,
        version: 0,
    };
    let entry = AuditEntry {
        id: EventId::from_unique("1"),
        at: now,
        user_id: Some(user),
        user_name: "Alba".into(),
        action: AuditAction::DataExported,
        target: None,
        target_name: String::new(),
        details: std::collections::BTreeMap::new(),
        address: String::new(),
    };
    assert!(path.demo.data().create_export(&job, &entry, now).await.unwrap().is_none());
}

/// Runs until the export is over, each run twice and now and then one that dies at its write.
async fn written(path: &Path) -> (ExportJob, String) {
    let event = slice(path);
    for _ in 0..8 {
        path.demo.table.faults().next("PutItem", colibri_testing::Fault::DropBefore);
        let _killed = writer(path).handle(event.clone()).await;
        writer(path).handle(event.clone()).await.unwrap();
    }
    let job = path.demo.data().export("exp_1").await.unwrap().unwrap();
    let bytes = path.bucket.files().read_export(&path.demo.workspace, "exp_1.csv").await.unwrap();
    (job, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn every_contact_stands_in_the_file_once() {
    let path = Path::new().await;
    for (place, name) in ["=Ana", "Beto", "Carla"].iter().enumerate() {
        let digits = format!("59399000000{place}");
        path.deliver(&text(&digits, name, &format!("wamid.{place}"), path.second(1), "hola")).await;
    }
    asked(&path, ExportWhat::Contacts(ContactScope::default())).await;
    let (job, file) = written(&path).await;
    assert_eq!((job.status, job.rows, job.done), (ExportStatus::Completed, 3, 3));
    assert!(file.starts_with("\u{feff}contact_id,first_name"), "{file}");
    assert_eq!(file.lines().count(), 4, "{file}");
    for line in ["1,'=Ana,", "2,Beto,", "3,Carla,"] {
        assert_eq!(file.matches(line).count(), 1, "{line}: {file}");
    }
    assert_eq!(path.demo.data().notifications(&path.demo.alba, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn messages_of_the_asked_time_are_exported() {
    let path = Path::new().await;
    path.deliver(&text("593990000001", "Ana", "wamid.1", path.second(1), "antes")).await;
    path.deliver(&text("593990000001", "Ana", "wamid.2", path.second(10), "dentro")).await;
    let from = colibri_domain::Millis(path.demo.now.0 + 5_000);
    let scope = MessageScope { from, until: from.plus(60_000), channel_id: None, user_id: None };
    asked(&path, ExportWhat::Messages(scope)).await;
    let (job, file) = written(&path).await;
    assert_eq!(job.status, ExportStatus::Completed);
    assert!(file.contains("dentro") && !file.contains("antes"), "{file}");
}

/// What starts the next slice.
fn slice(path: &Path) -> Value {
    json!({ "detail": { "workspace_id": path.demo.workspace, "export_id": "exp_1" } })
}

/// The console asks as Alba; status and body.
async fn console(path: &Path, method: http::Method, rest: &str) -> (u16, Value) {
    let clock = Arc::new(path.clock.clone());
    let gate = Gate::new(path.demo.store.clone(), Arc::new(FakeIdentity::default()), clock.clone());
    let resource = ExportsResource {
        clock,
        ids: Arc::new(SeqIds::default()),
        files: path.bucket.files(),
        invoke: Arc::new(path.invoke.clone()),
    };
    let api = As::new("api-exports", Api { gate: Arc::new(gate), resource });
    let mut headers = http::HeaderMap::new();
    let token = FakeIdentity::token("sub-alba", path.clock_now());
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let request = Request {
        method,
        path: format!("/console/{}/exports{rest}", path.demo.workspace),
        query: String::new(),
        headers,
        cookies: Vec::new(),
        body: Bytes::new(),
        source_ip: "203.0.113.7".into(),
        request_id: "request".into(),
    };
    let response = api.handle(request).await;
    (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap())
}

/// Ana, Beto and Carla have written.
async fn three() -> Path {
    let path = Path::new().await;
    for (place, name) in ["Ana", "Beto", "Carla"].iter().enumerate() {
        let digits = format!("59399000000{place}");
        path.deliver(&text(&digits, name, &format!("wamid.{place}"), path.second(1), "hola")).await;
    }
    path
}

fn all_day(path: &Path) -> MessageScope {
    let from = path.demo.now.plus(-3_600_000);
    MessageScope { from, until: from.plus(86_400_000), channel_id: None, user_id: None }
}

#[tokio::test]
async fn what_is_canceled_midway_stops_has_no_file_and_lets_the_next_begin() {
    let path = three().await;
    asked(&path, ExportWhat::Contacts(ContactScope::default())).await;
    writer(&path).handle(slice(&path)).await.unwrap();
    let (status, shown) = console(&path, http::Method::POST, "/exp_1/cancel").await;
    assert_eq!((status, &shown["export"]["status"]), (200, &json!("canceled")));
    assert_eq!(shown["export"]["done"], 1);

    for _ in 0..4 {
        writer(&path).handle(slice(&path)).await.unwrap();
    }
    let job = path.demo.data().export("exp_1").await.unwrap().unwrap();
    assert_eq!((job.status, job.done), (ExportStatus::Canceled, 1));
    assert!(!path.bucket.names().iter().any(|name| name.contains("exp_1.csv")), "{:?}", path.bucket.names());
    assert!(path.demo.data().notifications(&path.demo.alba, 10).await.unwrap().is_empty());
    let (status, refused) = console(&path, http::Method::GET, "/exp_1/link").await;
    assert_eq!((status, &refused["code"]), (409, &json!("export_not_ready")));
    // To cancel twice is to cancel once.
    assert_eq!(console(&path, http::Method::POST, "/exp_1/cancel").await.0, 200);

    let next = ExportJob { id: "exp_2".into(), status: ExportStatus::Queued, version: 0, ..job };
    let entry = AuditEntry {
        id: EventId::from_unique("2"),
        at: path.clock_now(),
        user_id: None,
        user_name: "Alba".into(),
        action: AuditAction::DataExported,
        target: None,
        target_name: String::new(),
        details: std::collections::BTreeMap::new(),
        address: String::new(),
    };
    assert!(path.demo.data().create_export(&next, &entry, path.clock_now()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_file_is_fetched_for_seven_days_and_what_is_over_is_not_canceled() {
    let path = three().await;
    asked(&path, ExportWhat::Contacts(ContactScope::default())).await;
    written(&path).await;
    let (status, refused) = console(&path, http::Method::POST, "/exp_1/cancel").await;
    assert_eq!((status, &refused["code"]), (409, &json!("export_over")));

    path.clock.pass(KEPT_MILLIS - 1);
    let (status, link) = console(&path, http::Method::GET, "/exp_1/link").await;
    assert_eq!(status, 200);
    assert!(link["url"].as_str().unwrap().contains("/exp_1.csv?"), "{link}");
    assert!(console(&path, http::Method::GET, "/exp_1").await.1["export"]["link_until"].is_i64());

    path.clock.pass(2);
    let (status, gone) = console(&path, http::Method::GET, "/exp_1/link").await;
    assert_eq!((status, &gone["code"]), (410, &json!("export_expired")));
    let (_, shown) = console(&path, http::Method::GET, "/exp_1").await;
    assert_eq!(shown["export"].get("link_until"), None);
}

fn exporter(rights: Vec<Right>) -> CustomRole {
    CustomRole { id: "ro_export".into(), name: "Exporta".into(), rights }
}

/// Bruno sees his own contacts only, and may export; Beto is his.
async fn restricted() -> Path {
    let path = three().await;
    let data = path.demo.data();
    let mut bruno = data.settings().await.unwrap().unwrap().member(&path.demo.bruno).unwrap().clone();
    bruno.custom_role = Some("ro_export".into());
    data.put_member(&bruno).await.unwrap();
    data.put_role(&exporter(vec![Right::ContactRead, Right::DataExport])).await.unwrap();
    let context = WriteContext { actor: Actor::user(path.demo.alba.clone()), now: path.clock_now() };
    let his = path.demo.bruno.clone();
    let assign = |head| Ok::<_, std::convert::Infallible>(conversation::assign(head, Some(his.clone())));
    data.change_head(ContactId(2), &context, assign).await.unwrap().unwrap();
    path
}

#[tokio::test]
async fn who_sees_his_own_contacts_only_exports_no_others() {
    let path = restricted().await;
    asked_by(&path, path.demo.bruno.clone(), ExportWhat::Contacts(ContactScope::default())).await;
    let (job, file) = written(&path).await;
    assert_eq!((job.status, job.rows), (ExportStatus::Completed, 1));
    assert!(file.contains("Beto") && !file.contains("Ana") && !file.contains("Carla"), "{file}");
}

#[tokio::test]
async fn naming_others_contacts_or_their_messages_brings_none_of_them() {
    let named =
        ContactScope { contact_ids: Some(vec![ContactId(1), ContactId(3)]), ..ContactScope::default() };
    let path = restricted().await;
    asked_by(&path, path.demo.bruno.clone(), ExportWhat::Contacts(named)).await;
    let (job, file) = written(&path).await;
    assert_eq!((job.status, job.rows, file.lines().count()), (ExportStatus::Completed, 0, 1));

    let path = restricted().await;
    asked_by(&path, path.demo.bruno.clone(), ExportWhat::Messages(all_day(&path))).await;
    let (job, file) = written(&path).await;
    assert_eq!((job.status, job.rows), (ExportStatus::Completed, 1));
    assert!(file.contains("Beto") && !file.contains("Ana") && !file.contains("Carla"), "{file}");
}

#[tokio::test]
async fn an_export_ends_when_its_asker_may_export_no_more() {
    let path = restricted().await;
    asked_by(&path, path.demo.bruno.clone(), ExportWhat::Contacts(ContactScope::default())).await;
    writer(&path).handle(slice(&path)).await.unwrap();
    let data = path.demo.data();
    data.put_role(&exporter(vec![Right::ContactRead])).await.unwrap();
    writer(&path).handle(slice(&path)).await.unwrap();
    let job = data.export("exp_1").await.unwrap().unwrap();
    assert_eq!((job.status, job.reason.as_deref()), (ExportStatus::Failed, Some("not_allowed")));
    assert!(!path.bucket.names().iter().any(|name| name.contains("exp_1.csv")), "{:?}", path.bucket.names());
}

#[tokio::test]
async fn failed_messages_are_exported_with_their_reason_and_no_others() {
    let path = three().await;
    let head = path.head(1).await;
    for (key, said) in [("k1", "llegó"), ("k2", "no llegó")] {
        let message = path.accept(path.demo.outgoing(&head, key, 20, said)).await;
        let report = if key == "k1" {
            json!({ "provider_id": key, "value": "delivered", "at": path.demo.now.plus(30_000).seconds() })
        } else {
            json!({ "provider_id": key, "value": "failed", "at": path.demo.now.plus(30_000).seconds(),
                "failure": { "class": "final", "reason": "undeliverable" } })
        };
        let report = serde_json::from_value(report).unwrap();
        let (author, at) = (message.sender.clone(), path.demo.now.plus(30_000));
        let told = path.demo.data().apply_status(head.id, message.id, &report, author, at).await.unwrap();
        assert!(matches!(told, StatusOutcome::New(_)), "{told:?}");
    }
    asked(&path, ExportWhat::FailedMessages(all_day(&path))).await;
    let (job, file) = written(&path).await;
    assert_eq!((job.status, job.rows), (ExportStatus::Completed, 1), "{file}");
    let line = file.lines().nth(1).unwrap();
    assert!(line.contains(",Ana,") && line.contains(",outgoing,") && line.contains(",Alba,"), "{line}");
    assert!(line.contains(",no llegó,failed,undeliverable,"), "{line}");
}

#[tokio::test]
async fn nothing_that_customers_write_runs_in_a_spreadsheet() {
    let path = Path::new().await;
    let texts = ["=HYPERLINK(\"http://x\")", "+1+1", "-2", "@SUM(A1)", "\t=1", "precio, \"rojo\""];
    for (place, said) in texts.iter().enumerate() {
        let second = path.second(i64::try_from(place).unwrap());
        path.deliver(&text("593990000001", "@Ana", &format!("wamid.{place}"), second, said)).await;
    }
    asked(&path, ExportWhat::Messages(all_day(&path))).await;
    let (job, file) = written(&path).await;
    assert_eq!((job.status, job.rows), (ExportStatus::Completed, 6), "{file}");
    for cell in [
        "\"'=HYPERLINK(\"\"http://x\"\")\"",
        "'+1+1",
        "'-2",
        "'@SUM(A1)",
        "'\t=1",
        "'@Ana",
        "\"precio, \"\"rojo\"\"\"",
    ] {
        assert!(file.contains(&format!(",{cell},")), "{cell}: {file}");
    }
}
