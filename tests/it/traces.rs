//! One id from the webhook to the provider and back, in every line that is logged, and nothing in any line that is
//! nobody's business. The real entries over the real handlers; queues hand on what would be sent to SQS.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use colibri_app::api::messages::MessagesResource;
use colibri_app::api::{Api, Gate};
use colibri_app::http::StreamHandler;
use colibri_app::ports::{Metrics, PortError, Queue, QueueMessage, QueueName};
use colibri_app::publish::EventPublish;
use colibri_app::react::ProviderReactions;
use colibri_domain::ContactId;
use colibri_lambda::raw::{self, Emf, Entry, Invocation};
use colibri_store::correlation;
use colibri_testing::path::{SECRET, report, signature, text};
use colibri_testing::ports::response;
use colibri_testing::{FakeIdentity, Path, RecordingBus, RecordingPush};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const ANA: &str = "593991234567";
const SAID: &str = "Mi clave del banco es 4711";
const APP: &str = "424200000000001";
/// Request ids as API Gateway makes them, and what is left of each.
const WEBHOOK: (&str, &str) = ("JKJaXmPLvHcESHA=", "JKJaXmPLvHcE");
const ANSWER: (&str, &str) = ("Zs5N8hGqIAMESRA=", "Zs5N8hGqIAME");
const REPORT: (&str, &str) = ("EZ9g2jB1oAMEVqw=", "EZ9g2jB1oAME");

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

/// Queues that hand on what the runtime would have sent.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<(QueueName, Box<RawValue>)>>>);

#[async_trait]
impl Queue for Wire {
    async fn send(&self, queue: QueueName, messages: Vec<QueueMessage>) -> Result<(), PortError> {
        self.0.lock().unwrap().push((queue, raw::received(queue, messages)));
        Ok(())
    }
}

impl Wire {
    fn take(&self, queue: QueueName) -> Box<RawValue> {
        let mut sent = self.0.lock().unwrap();
        let place = sent.iter().position(|(name, _)| *name == queue).expect("something was sent");
        sent.remove(place).1
    }
}

/// Every function of a message's way, as it is deployed.
struct Bundle {
    path: Path,
    wire: Wire,
    lines: Lines,
    emf: Arc<Emf>,
    _logging: tracing::subscriber::DefaultGuard,
}

impl Bundle {
    async fn new() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let level = "info".parse().unwrap();
        let logging = tracing::subscriber::set_default(raw::subscriber(level, move || writer.clone()));
        let mut path = Path::new().await;
        let wire = Wire::default();
        let emf = Arc::new(Emf::new("prod"));
        let (queue, metrics): (Arc<dyn Queue>, Arc<dyn Metrics>) = (Arc::new(wire.clone()), emf.clone());
        path.webhook.queue = queue.clone();
        path.receive.queue = queue.clone();
        path.status.queue = queue.clone();
        path.send.queue = queue;
        path.webhook.metrics = metrics.clone();
        path.receive.metrics = metrics.clone();
        path.status.metrics = metrics.clone();
        path.send.metrics = metrics;
        Self { path, wire, lines, emf, _logging: logging }
    }

    /// One invocation: what it answers and what it logs.
    async fn run(&self, entry: Entry, event: Box<RawValue>) -> (Value, Vec<String>) {
        #[allow(clippy::disallowed_methods, reason = "deadlines are the runtime's, on the machine's clock")]
        let deadline = SystemTime::now() + Duration::from_secs(20);
        let invocation = Invocation { request_id: "0a1b2c3d-0000-4000-8000-000000000000".into(), deadline };
        let (answer, line) = raw::invoke(&entry, &self.emf, event, invocation).await;
        let mut lines = self.lines.take();
        lines.extend(line);
        (serde_json::from_str(answer.expect("an answer").get()).unwrap(), lines)
    }
}

fn request(id: &str, method: &str, path: &str, headers: &Value, body: &str) -> Box<RawValue> {
    let event = json!({
        "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers, "body": body,
        "requestContext": { "requestId": id, "http": { "method": method, "path": path, "sourceIp": "203.0.113.7" } },
    });
    serde_json::value::to_raw_value(&event).unwrap()
}

fn delivery(id: &str, body: &Value) -> Box<RawValue> {
    let body = body.to_string();
    let headers = json!({ "x-hub-signature-256": signature(SECRET, body.as_bytes()) });
    request(id, "POST", &format!("/whatsapp/{APP}"), &headers, &body)
}

/// That each line is small, names one of these ids and tells nothing of anybody.
fn check(lines: &[String], ids: &[&str], least: usize) {
    assert!(lines.len() >= least, "nothing was logged");
    for line in lines {
        let fields: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let named = match &fields["correlation"] {
            Value::Array(named) => named.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => vec![fields["span"]["correlation"].as_str().unwrap_or_default().to_owned()],
        };
        assert!(ids.iter().any(|id| named.iter().any(|named| named == id)), "{ids:?} not in {line}");
        for private in [ANA, "1234567", SAID, "4711", SECRET, "Ana", "access:", "EAA", "Bearer"] {
            assert!(!line.contains(private), "{private} in {line}");
        }
    }
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    assert!(least != 1 || bytes <= 301, "{bytes} bytes: {lines:?}");
}

#[tokio::test]
async fn one_id_leads_from_the_webhook_to_the_screens() {
    let mut bundle = Bundle::new().await;
    let second = bundle.path.second(-3);
    let event = delivery(WEBHOOK.0, &text(ANA, "Ana", "wamid.in", second, SAID));
    let Path { webhook, receive, demo, clock, .. } = std::mem::replace(&mut bundle.path, Path::new().await);
    let (answer, lines) = bundle.run(raw::http_entry(Arc::new(webhook)), event).await;
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["headers"]["x-correlation-id"], WEBHOOK.1);
    check(&lines, &[WEBHOOK.1], 1);

    let inbound = bundle.wire.take(QueueName::Inbound);
    let (answer, lines) = bundle.run(raw::queue_entry(Arc::new(receive)), inbound).await;
    assert_eq!(answer["batchItemFailures"], json!([]));
    check(&lines, &[WEBHOOK.1], 1);
    assert!(lines[0].contains(r#""ingest.lag":3000"#), "provider's time to stored: {}", lines[0]);

    let bus = RecordingBus::default();
    let publish = EventPublish::new(
        demo.store.clone(),
        Arc::new(RecordingPush::default()),
        Arc::new(bus.clone()),
        Arc::new(bundle.wire.clone()),
        Arc::new(clock),
    )
    .counting(bundle.emf.clone());
    let ((), seen) = correlation::journal(async {
        publish.handle(demo.table.changes()).await;
    })
    .await;
    assert_eq!(seen, [WEBHOOK.1]);
    let events = bus.take();
    assert!(!events.is_empty());
    for event in events {
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        assert_eq!(detail["correlation"], WEBHOOK.1, "{}", event.name);
    }
    check(&[bundle.emf.line(0, &seen).unwrap()], &[WEBHOOK.1], 1);
}

#[tokio::test]
async fn one_id_leads_from_an_agents_request_to_the_provider_and_to_its_report() {
    let mut bundle = Bundle::new().await;
    let head = bundle.path.demo.contact(ANA, "Ana").await;
    let message = bundle.path.demo.incoming(&head, "wamid.in", -3, "hola");
    bundle.path.demo.data().put_message(&message).await.unwrap();
    bundle.path.demo.data().receive_on_head(head.id, &message, None).await.unwrap();
    bundle.emf.line(0, &[]);

    let (store, clock) = (bundle.path.demo.store.clone(), Arc::new(bundle.path.clock.clone()));
    let identity = Arc::new(FakeIdentity::default());
    identity.add("alba@ceibo.example", "Ceibo-1234", "sub-alba", false);
    let resource = MessagesResource {
        clock: clock.clone(),
        ids: Arc::new(colibri_testing::SeqIds::default()),
        queue: Arc::new(bundle.wire.clone()),
        reactions: Arc::new(ProviderReactions {
            providers: bundle.path.send.providers.clone(),
            clock: clock.clone(),
        }),
    };
    let api = Arc::new(Api { gate: Arc::new(Gate::new(store, identity, clock)), resource });
    let token = FakeIdentity::token("sub-alba", colibri_domain::Millis(0));
    let headers = json!({ "authorization": format!("Bearer {token}"), "idempotency-key": "key-00000001" });
    let channel = head.channels[0].id.as_str();
    let body =
        json!({ "contact_channel_id": channel, "content": { "kind": "text", "text": SAID } }).to_string();
    let path = format!("/console/{}/messages/{}", bundle.path.demo.workspace, head.id);
    let (answer, _) =
        bundle.run(raw::http_entry(api.clone()), request(ANSWER.0, "POST", &path, &headers, &body)).await;
    assert_eq!(answer["statusCode"], 202, "{answer}");
    assert_eq!(answer["headers"]["x-correlation-id"], ANSWER.1);
    let sent: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let id = sent["message"]["id"].as_u64().unwrap();

    let (problem, _) =
        bundle.run(raw::http_entry(api), request(REPORT.0, "POST", &path, &json!({}), "{")).await;
    let problem: Value = serde_json::from_str(problem["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["instance"], REPORT.1, "a problem names where it is found: {problem}");

    bundle.path.http.rule(|_| Ok(response(200, json!({ "messages": [{ "id": "wamid.out" }] }).to_string())));
    let nudge = bundle.wire.take(QueueName::Outbound);
    let Path { webhook, send, status, demo, .. } = std::mem::replace(&mut bundle.path, Path::new().await);
    let (answer, lines) = bundle.run(raw::queue_entry(Arc::new(send)), nudge).await;
    assert_eq!(answer["batchItemFailures"], json!([]));
    check(&lines, &[ANSWER.1], 1);
    let stored = demo.data().traced_message(ContactId(head.id.0), colibri_domain::MessageId(id)).await;
    assert_eq!(stored.unwrap().unwrap().1.as_deref(), Some(ANSWER.1));

    let reference = format!("{}/{}/{id}", demo.workspace, head.id);
    let delivered = report("wamid.out", "delivered", demo.now.seconds().0, ANA, Some(&reference), None);
    bundle.run(raw::http_entry(Arc::new(webhook)), delivery(REPORT.0, &delivered)).await;
    let report = bundle.wire.take(QueueName::Status);
    let (_, lines) = bundle.run(raw::queue_entry(Arc::new(status)), report).await;
    check(&lines, &[REPORT.1], 1);
    check(&lines, &[ANSWER.1], 1);
}

#[tokio::test]
async fn what_goes_wrong_is_logged_under_its_id_and_tells_nothing_private() {
    let mut bundle = Bundle::new().await;
    let private = json!({ "workspace_id": 1, "from": ANA, "text": SAID }).to_string();
    let broken = |queue| {
        let message =
            QueueMessage { body: private.clone(), group: "g".into(), dedup: None, delay: Duration::ZERO };
        raw::received(queue, vec![message])
    };
    let event = delivery(WEBHOOK.0, &text(ANA, "Ana", "wamid.in", bundle.path.second(-3), SAID));
    // The queue is away: the provider hears so, and repeats.
    bundle.path.queue.fail(1);
    bundle.path.webhook.queue = Arc::new(bundle.path.queue.clone());
    let Path { webhook, receive, send, status, .. } = std::mem::replace(&mut bundle.path, Path::new().await);
    let (refused, _) = bundle.run(raw::http_entry(Arc::new(webhook)), event).await;
    assert_eq!(refused["statusCode"], 503);

    let by = |queue| async move { correlation::within(Some(WEBHOOK.1), async { broken(queue) }).await };
    let handlers = [
        (raw::queue_entry(Arc::new(receive)), QueueName::Inbound),
        (raw::queue_entry(Arc::new(send)), QueueName::Outbound),
        (raw::queue_entry(Arc::new(status)), QueueName::Status),
    ];
    for (entry, queue) in handlers {
        let (answer, lines) = bundle.run(entry, by(queue).await).await;
        assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1);
        check(&lines, &[WEBHOOK.1], 1);
    }
}
