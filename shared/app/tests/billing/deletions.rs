//! A deletion order that is broken off at every call.

use std::sync::Arc;

use bytes::Bytes;
use colibri_app::billing::deletions::DeletionRun;
use colibri_app::http::JsonHandler as _;
use colibri_domain::billing::deletion::{OrderFile, OrderStatus};
use colibri_domain::{ContactId, FileId, Millis};
use colibri_testing::{As, Demo, Fault, FixedClock, RecordingInvoke, RecordingMail, TestBucket};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;
const WORDS: [&str; 5] = ["593991234561", "593991234562", "Ximena Borja", "Yolanda Cruz", "palabra secreta"];

struct Bench {
    demo: Demo,
    run: As<DeletionRun>,
    bucket: TestBucket,
    invoke: RecordingInvoke,
}

impl Bench {
    /// Two contacts who go, one who is in the trash, one who wrote since, and an order for all of them.
    async fn new() -> Self {
        let demo = Demo::new().await;
        for (digits, name) in [(WORDS[0], WORDS[2]), (WORDS[1], WORDS[3])] {
            let head = demo.contact(digits, name).await;
            let message = demo.incoming(&head, digits, -600, WORDS[4]);
            demo.data().put_message(&message).await.unwrap();
            demo.data().receive_on_head(head.id, &message, None).await.unwrap();
        }
        let later = demo.contact("593991234563", "Zoila Paz").await;
        let message = demo.incoming(&later, "in-3", 60, "sigo aquí");
        demo.data().put_message(&message).await.unwrap();
        demo.data().receive_on_head(later.id, &message, None).await.unwrap();
        let order: OrderFile = serde_json::from_value(json!({
            "order": { "id": "ord_1", "workspace": demo.workspace, "by": demo.alba, "status": "scheduled",
                "requested_at": demo.now, "confirmed_at": demo.now, "contacts": 4, "reminded": true,
                "runs_at": demo.now.plus(399 * HOUR) },
            "choice": { "kind": "everything", "until": 4 }, "zone": "America/Guayaquil",
        }))
        .unwrap();
        let organization = demo.store.organization(&demo.organization);
        assert!(organization.save_deletion_order(&order, 0).await.unwrap());
        let (invoke, bucket) = (RecordingInvoke::default(), TestBucket::new());
        let run = DeletionRun {
            store: demo.store.clone(),
            files: bucket.files(),
            invoke: Arc::new(invoke.clone()),
            mail: Arc::new(RecordingMail::default()),
            clock: Arc::new(FixedClock::at(demo.now.plus(400 * HOUR))),
            console_url: "https://console.example".into(),
        };
        Self { demo, run: As::new("deletion-run", run), bucket, invoke }
    }

    async fn file(&self) -> OrderFile {
        let organization = self.demo.store.organization(&self.demo.organization);
        organization.deletion_order("ord_1").await.unwrap().unwrap().0
    }

    async fn go(&self) -> Result<Value, String> {
        let job = json!({ "detail": { "organization_id": self.demo.organization, "order_id": "ord_1" } });
        self.run.handle(job).await.map_err(|error| error.0)
    }

    /// What the table holds of who is gone, read without the code that deleted it.
    fn left(&self) -> Vec<String> {
        let items = self.demo.table.items().into_iter().map(|item| item.to_string());
        items.filter(|item| WORDS.iter().any(|word| item.contains(word))).collect()
    }
}

#[tokio::test]
async fn whichever_call_breaks_nobody_is_counted_twice_and_nothing_is_left() {
    for (first, fault) in [(0, Fault::DropBefore), (1, Fault::DropAfter)] {
        for place in (first..100).step_by(3) {
            let bench = Bench::new().await;
            assert!(!bench.left().is_empty());
            bench.demo.table.faults().after(place, fault, 4);
            let _ = bench.go().await;
            bench.demo.table.faults().clear();
            for _ in 0..3 {
                bench.go().await.unwrap();
            }
            let file = bench.file().await;
            let tally = &file.tally;
            assert_eq!(
                (file.order.status, tally.deleted, tally.absent),
                (OrderStatus::Executed, 2, 1),
                "{place}"
            );
            assert_eq!(tally.spared.iter().map(|id| id.0).collect::<Vec<_>>(), [3], "{place}");
            assert_eq!(bench.left(), Vec::<String>::new(), "{place}");
            assert!(bench.demo.data().head(ContactId(3)).await.unwrap().is_some());
            bench.invoke.take();
        }
    }
}

#[tokio::test]
async fn places_are_free_from_the_first_of_the_organizations_month() {
    let bench = Bench::new().await;
    bench.go().await.unwrap();
    let organization = bench.demo.store.organization(&bench.demo.organization);
    // 1 February in Guayaquil, though it was that day in Greenwich already when they went.
    let first = Millis(1_769_922_000_000);
    assert_eq!(organization.places_to_come().await.unwrap(), [(first, 2)]);
    assert_eq!(organization.quota().await.unwrap().used, 3, "they count until then");
}

#[tokio::test]
async fn the_files_of_who_is_gone_go_too() {
    let bench = Bench::new().await;
    let (demo, file) = (&bench.demo, FileId::from_unique("receipt"));
    bench
        .bucket
        .files()
        .write(&demo.workspace, &file, "image/png", Bytes::from_static(b"png"))
        .await
        .unwrap();
    let head = demo.data().head(ContactId(1)).await.unwrap().unwrap();
    let mut message = demo.incoming(&head, "in-file", -500, "");
    message.content = serde_json::from_value(json!({ "kind": "attachment", "media": "image",
        "file": { "id": file, "mime_type": "image/png", "size": 3 } }))
    .unwrap();
    demo.data().put_message(&message).await.unwrap();
    assert_eq!(bench.bucket.names().len(), 1);
    bench.go().await.unwrap();
    let left = bench.bucket.names();
    assert!(left.iter().all(|name| !name.contains("receipt")), "{left:?}");
}
