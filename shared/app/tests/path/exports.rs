//! Exports: each contact once, however often a slice is killed or repeated.

use std::sync::Arc;

use colibri_app::export::ContactExport;
use colibri_app::http::JsonHandler;
use colibri_domain::EventId;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::export::{ContactScope, ExportJob, ExportStatus, ExportWhat, MessageScope};
use colibri_testing::As;
use colibri_testing::path::{Path, text};
use serde_json::json;

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
    let now = path.clock_now();
    let job = ExportJob {
        id: "exp_1".into(),
        what,
        requested_by: path.demo.alba.clone(),
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
        user_id: Some(path.demo.alba.clone()),
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
    let event = json!({ "detail": { "workspace_id": path.demo.workspace, "export_id": "exp_1" } });
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
