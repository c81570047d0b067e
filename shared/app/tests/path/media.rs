//! Media on bad days: expired, too large, not what it claims to be, delivered twice, given up.

use std::sync::{Arc, Mutex};

use colibri_app::http::{RecordError, RecordHandler};
use colibri_app::media::MediaFetch;
use colibri_app::ports::{HttpError, QueueMessage, QueueName};
use colibri_domain::content::{Attachment, AttachmentState, Content};
use colibri_testing::path::{Path, delivery, record};
use colibri_testing::ports::response;
use colibri_testing::{As, Fault};
use serde_json::{Value, json};

const ANA: &str = "593991234567";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x06\0\0\0";

struct Waiting {
    path: Path,
    fetch: As<MediaFetch>,
    job: QueueMessage,
}

/// A picture that waits for its bytes.
async fn waiting(digest: Option<&str>) -> Waiting {
    let path = Path::new().await;
    let mut image = json!({ "id": "9001", "mime_type": "image/png" });
    image["sha256"] = digest.map_or(Value::Null, Value::from);
    let picture = json!({ "from": ANA, "id": "wamid.1", "timestamp": path.second(1).to_string(), "type": "image", "image": image });
    path.deliver(&delivery(
        json!({ "contacts": [{ "profile": { "name": "Ana" }, "wa_id": ANA }], "messages": [picture] }),
    ))
    .await;
    let job = path.queue.take(QueueName::Media).remove(0);
    let fetch = MediaFetch {
        store: path.demo.store.clone(),
        files: path.bucket.files(),
        providers: path.providers.clone(),
        clock: Arc::new(path.clock.clone()),
    };
    Waiting { path, fetch: As::new("media-fetch", fetch), job }
}

impl Waiting {
    /// The provider's answers: to the question for the link, then to the download.
    fn answers(&self, size: usize, status: u16, bytes: &'static [u8]) {
        let link = json!({ "url": "https://graph.example/bytes/9001", "mime_type": "image/png", "file_size": size, "id": "9001" });
        self.path.http.rule(move |request| {
            if request.uri().path().contains("/bytes/") {
                return Ok(response(status, bytes));
            }
            Ok(response(200, link.to_string()))
        });
    }

    async fn run(&self, receive: u32) -> Result<(), RecordError> {
        let mut record = record(&self.job);
        record.receive_count = receive;
        self.fetch.handle(record).await
    }

    async fn attachment(&self) -> Attachment {
        let Content::Attachment(attachment) = self.path.messages(1).await.remove(0).content else {
            panic!("no attachment")
        };
        attachment
    }
}

#[tokio::test]
async fn the_same_job_twice_keeps_one_file() {
    let waiting = waiting(None).await;
    waiting.answers(PNG.len(), 200, PNG);
    waiting.run(1).await.unwrap();
    waiting.run(2).await.unwrap();
    let attachment = waiting.attachment().await;
    assert_eq!(attachment.state, AttachmentState::Ready);
    assert_eq!(attachment.file.unwrap().mime_type, "image/png");
    assert_eq!(waiting.path.bucket.names().len(), 1);
}

#[tokio::test]
async fn what_is_too_large_is_not_available_and_not_kept() {
    let announced = waiting(None).await;
    announced.answers(900_000_000, 200, PNG);
    announced.run(1).await.unwrap();
    assert_eq!(announced.attachment().await.state, AttachmentState::Failed);

    // One that lies about its size is cut off while it is read.
    let lying = waiting(None).await;
    let asked = Mutex::new(0);
    lying.path.http.rule(move |_| {
        *asked.lock().unwrap() += 1;
        if *asked.lock().unwrap() > 1 {
            return Err(HttpError::Refused("the answer is too large".into()));
        }
        let link =
            json!({ "url": "https://graph.example/bytes/9001", "mime_type": "image/png", "id": "9001" });
        Ok(response(200, link.to_string()))
    });
    lying.run(1).await.unwrap();
    assert_eq!(lying.attachment().await.state, AttachmentState::Failed);
    assert!(lying.path.bucket.names().is_empty());
}

#[tokio::test]
async fn a_page_that_claims_to_be_a_picture_is_never_shown_in_the_browser() {
    let waiting = waiting(None).await;
    waiting.answers(60, 200, b"<!doctype html><script>alert(document.cookie)</script>      ");
    waiting.run(1).await.unwrap();
    let file = waiting.attachment().await.file.unwrap();
    assert_ne!(file.mime_type, "image/png");
    let stored = waiting.path.demo.data().file(&file.id).await.unwrap().unwrap();
    assert!(!stored.inline, "{stored:?}");
}

#[tokio::test]
async fn an_expired_link_is_asked_for_anew_until_the_last_receive() {
    let waiting = waiting(None).await;
    waiting.answers(PNG.len(), 401, b"");
    for receive in 1..4 {
        assert!(waiting.run(receive).await.is_err(), "receive {receive}");
        assert_eq!(waiting.attachment().await.state, AttachmentState::Fetching);
    }
    waiting.run(4).await.unwrap();
    assert_eq!(waiting.attachment().await.state, AttachmentState::Failed, "no endless spinner");
}

#[tokio::test]
async fn bytes_that_are_not_those_announced_are_not_kept() {
    let waiting = waiting(Some("bm90IHRoZSBkaWdlc3Qgb2YgdGhlc2UgYnl0ZXMhISE=")).await;
    waiting.answers(PNG.len(), 200, PNG);
    assert!(waiting.run(1).await.is_err());
    assert!(waiting.path.bucket.names().is_empty());
}

#[tokio::test]
async fn a_throttled_table_ends_in_one_file() {
    let waiting = waiting(None).await;
    waiting.answers(PNG.len(), 200, PNG);
    for _ in 0..4 {
        waiting.path.demo.table.faults().next("PutItem", Fault::Throttle);
    }
    let first = waiting.run(1).await;
    assert!(first.is_err(), "four refusals are one more than the client repeats");
    waiting.run(2).await.unwrap();
    assert_eq!(waiting.attachment().await.state, AttachmentState::Ready);
    assert_eq!(waiting.path.bucket.names().len(), 1);
}

#[tokio::test]
async fn a_job_before_its_message_comes_back() {
    let waiting = waiting(None).await;
    let mut early: Value = serde_json::from_str(&waiting.job.body).unwrap();
    early["message_id"] = json!(1);
    let mut record = record(&waiting.job);
    record.body = early.to_string();
    assert!(waiting.fetch.handle(record).await.is_err());
}
