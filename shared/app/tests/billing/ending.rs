//! The end of an organization: 30 days after its service nothing of it is left but what the law has kept. Who looks for
//! traces reads the raw table and bucket, and shares no code with what deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use colibri_app::billing::deletions::DeletionRun;
use colibri_app::http::JsonHandler as _;
use colibri_domain::billing::machine::Effect;
use colibri_domain::billing::{Status, Subscription};
use colibri_domain::{FileId, NotificationId};
use colibri_store::Notification;
use colibri_testing::{As, Demo, Fault, FixedClock, RecordingInvoke, RecordingMail, TestBucket};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
/// Everything by which somebody could be known again.
const TRACES: [&str; 8] = [
    "593991234561",
    "593991234562",
    "ximena",
    "borja",
    "yolanda",
    "palabra secreta",
    "alba@ceibo.example",
    "bruno@ceibo.example",
];
/// Kinds of items that the law has kept, and those of the installation and of other organizations.
const KEPT: [&str; 8] = [
    "subscription",
    "access",
    "billing_identity",
    "deletion_order",
    "charge",
    "invoice",
    "ledger",
    "billing_history",
];

struct Bench {
    demo: Demo,
    run: As<DeletionRun>,
    bucket: TestBucket,
    invoke: RecordingInvoke,
}

impl Bench {
    async fn new(status: Status) -> Self {
        let demo = Demo::new().await;
        for (digits, name) in [(TRACES[0], "Ximena Borja"), (TRACES[1], "Yolanda Cruz")] {
            let head = demo.contact(digits, name).await;
            let message = demo.incoming(&head, digits, -600, TRACES[5]);
            demo.data().put_message(&message).await.unwrap();
            demo.data().receive_on_head(head.id, &message, None).await.unwrap();
            let words = demo.data().index_contact(&head, &BTreeSet::new()).await.unwrap();
            demo.data().put_indexed(head.id, &words).await.unwrap();
            let told = Notification {
                id: NotificationId::from_unique(digits),
                kind: "assigned".into(),
                contact_id: Some(head.id),
                args: BTreeMap::from([("name".to_owned(), name.to_owned())]),
                at: demo.now,
                read: false,
            };
            demo.data().put_notification(&demo.alba, &told).await.unwrap();
        }
        demo.data().put_waiting("w1", "g1", "\"palabra secreta de ximena\"", demo.now).await.unwrap();
        let bucket = TestBucket::new();
        let receipt = FileId::from_unique("receipt");
        let bytes = Bytes::from_static(b"palabra secreta");
        bucket.files().write(&demo.workspace, &receipt, "image/png", bytes.clone()).await.unwrap();
        bucket.put(&format!("X/{}/export.csv", demo.workspace), "text/csv", bytes.clone());
        bucket.put(&format!("raw/waiting/{}/w1.json", demo.workspace), "application/json", bytes.clone());
        bucket.put("B/org_ceibo/001-001-000000001.pdf", "application/pdf", bytes.clone());
        bucket.put("W/ws_other/file_other", "image/png", bytes);
        let organization = demo.store.organization(&demo.organization);
        let mut sub = Subscription::signed_up(demo.organization.clone(), "America/Guayaquil", "EC");
        sub.status = status;
        sub.todo = vec![colibri_domain::billing::subscription::Todo { id: 1, effect: Effect::Purge }];
        sub.decided = 1;
        assert!(organization.save_subscription(&sub, 0, None).await.unwrap());
        let invoke = RecordingInvoke::default();
        let run = DeletionRun {
            store: demo.store.clone(),
            files: bucket.files(),
            invoke: Arc::new(invoke.clone()),
            mail: Arc::new(RecordingMail::default()),
            clock: Arc::new(FixedClock::at(demo.now.plus(60 * DAY))),
            console_url: "https://console.example".into(),
        };
        Self { demo, run: As::new("deletion-run", run), bucket, invoke }
    }

    /// The purge with everything that it starts; what breaks is tried again by the next hour's run.
    async fn go(&self) -> bool {
        let mut sound = true;
        let first = json!({ "organization_id": self.demo.organization, "purge": true });
        let mut jobs = vec![first.to_string()];
        while let Some(job) = jobs.pop() {
            let detail: Value = serde_json::from_str(&job).unwrap();
            sound &= self.run.handle(json!({ "detail": detail })).await.is_ok();
            jobs.extend(self.invoke.take().into_iter().map(|(_, job)| job));
        }
        sound
    }

    /// What is left that tells of anybody.
    fn traces(&self) -> Vec<String> {
        let told = |text: &str| TRACES.iter().any(|trace| text.to_lowercase().contains(trace));
        let items = self.demo.table.items().into_iter().map(|item| item.to_string());
        let mut left: Vec<String> = items.filter(|item| told(item)).collect();
        let own = format!("/{}/", self.demo.workspace);
        left.extend(self.bucket.names().into_iter().filter(|name| name.contains(&own)));
        left
    }

    /// Kinds of items of the organization and its workspace that are there.
    fn kinds(&self) -> BTreeSet<String> {
        let own = [self.demo.organization.as_str(), self.demo.workspace.as_str()];
        let items = self.demo.table.items().into_iter();
        let mine = items.filter(|item| own.iter().any(|id| item["PK"].as_str().unwrap_or("").contains(id)));
        mine.map(|item| item["_t"].as_str().unwrap_or("?").to_owned()).collect()
    }
}

#[tokio::test]
async fn nothing_tells_of_anybody_any_more() {
    let bench = Bench::new(Status::Purged).await;
    assert!(bench.traces().len() > 10, "there is something to find");
    assert!(bench.go().await);
    assert_eq!(bench.traces(), Vec::<String>::new());
    let kinds = bench.kinds();
    assert!(kinds.iter().all(|kind| KEPT.contains(&kind.as_str()) || kind == "deleted"), "{kinds:?}");
    let names = bench.bucket.names();
    assert_eq!(names, ["B/org_ceibo/001-001-000000001.pdf", "W/ws_other/file_other"]);
    let organization = bench.demo.store.organization(&bench.demo.organization);
    assert!(organization.get().await.unwrap().is_none());
    assert!(organization.subscription().await.unwrap().is_some());
    let orders = organization.deletion_orders().await.unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].tally.deleted, 2, "with a certificate");
    assert!(orders[0].certificate.is_some());
    let installation = bench.demo.store.installation();
    assert!(installation.user_by_email("alba@ceibo.example").await.unwrap().is_none());
    assert!(installation.channel(&bench.demo.channel.id).await.unwrap().is_none());
    assert!(bench.go().await, "again changes nothing");
}

#[tokio::test]
async fn whichever_call_breaks_the_next_run_ends_it() {
    for (first, fault) in [(0, Fault::DropBefore), (1, Fault::DropAfter)] {
        for place in (first..140).step_by(9) {
            let bench = Bench::new(Status::Purged).await;
            bench.demo.table.faults().after(place, fault, 4);
            let _ = bench.go().await;
            bench.demo.table.faults().clear();
            for _ in 0..3 {
                assert!(bench.go().await, "{place}");
            }
            assert_eq!(bench.traces(), Vec::<String>::new(), "{place}");
            let organization = bench.demo.store.organization(&bench.demo.organization);
            assert!(organization.get().await.unwrap().is_none(), "{place}");
        }
    }
}

#[tokio::test]
async fn who_came_back_in_time_keeps_everything() {
    let bench = Bench::new(Status::Active).await;
    let before = bench.demo.table.items();
    assert!(bench.go().await);
    assert_eq!(bench.demo.table.items(), before);
}
