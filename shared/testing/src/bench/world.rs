//! A workspace as a busy one is: known contacts with fields and tags, agents with open screens, every function warm.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use colibri_app::api::contacts::ContactsResource;
use colibri_app::api::messages::MessagesResource;
use colibri_app::api::{Api, Gate};
use colibri_app::contact_index::ContactIndex;
use colibri_app::http::{HttpHandler, JsonHandler, Record, RecordHandler, Request, StreamHandler};
use colibri_app::ports::QueueName;
use colibri_app::publish::EventPublish;
use colibri_app::react::ProviderReactions;
use colibri_app::receipts::ReadReceipts;
use colibri_domain::message::{Actor, Source};
use colibri_domain::people::{ActivityStatus, Membership, Role, Visibility};
use colibri_domain::{ContactId, UserId};
use colibri_store::{ContactEdit, Socket, WriteContext, correlation};
use serde_json::{Value, json};

use super::bill::Bill;
use super::prices::waits;
use crate::demo::APP;
use crate::path::{Path, SECRET, record, report, signature, text};
use crate::ports::response;
use crate::{As, Call, Demo, FakeIdentity, RecordingBus, RecordingPush, SeqIds, TestTable};

/// What an event of the bus starts, as the rules of the jobs stack say.
const INDEXED: [&str; 3] = ["contact.created", "contact.updated", "contact.channel_connected"];
/// Bytes of a frame over a WebSocket that are billed as one.
const FRAME: usize = 32 * 1024;
/// Messages that a known contact has written before.
const MESSAGES: usize = 16;
/// Pushes at the same time.
const PUSHES_AT_ONCE: f64 = 16.0;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// Sees everything.
    Owner,
    /// Sees what is assigned to him.
    Agent,
}

pub(super) struct World {
    pub path: Path,
    bus: RecordingBus,
    push: RecordingPush,
    publish: As<EventPublish>,
    index: As<ContactIndex>,
    messages: As<Api<MessagesResource>>,
    contacts: As<Api<ContactsResource>>,
    turn: std::sync::atomic::AtomicU64,
}

/// The number of a customer.
pub(super) fn number(place: usize) -> String {
    format!("5939910{place:05}")
}

/// 300 characters as people write them.
fn words() -> String {
    let words = "Hola, quisiera saber si el sillón de tres puestos está disponible en gris y cuánto cuesta el envío a Cuenca; ";
    words.chars().cycle().take(300).collect()
}

impl World {
    /// A workspace whose owner has a screen open.
    pub async fn new() -> Self {
        Self::on(TestTable::new()).await
    }

    pub async fn on(table: TestTable) -> Self {
        let path = Path::over(Demo::lifelike(table, 100_000).await);
        path.http.rule(|_| Ok(response(200, json!({ "messages": [{ "id": PROVIDER_ID }] }).to_string())));
        let (bus, push) = (RecordingBus::default(), RecordingPush::default());
        let clock = || Arc::new(path.clock.clone());
        let store = || path.demo.store.clone();
        let publish = EventPublish::new(
            store(),
            Arc::new(push.clone()),
            Arc::new(bus.clone()),
            Arc::new(path.queue.clone()),
            clock(),
        )
        .counting(Arc::new(path.metrics.clone()));
        let gate = || Arc::new(Gate::new(store(), Arc::new(FakeIdentity::default()), clock()));
        let reactions = Arc::new(ProviderReactions { providers: path.providers.clone(), clock: clock() });
        let messages = MessagesResource {
            clock: clock(),
            ids: Arc::new(SeqIds::default()),
            queue: Arc::new(path.queue.clone()),
            reactions,
        };
        let receipts = ReadReceipts { providers: path.providers.clone() };
        let contacts = ContactsResource { clock: clock(), store: store(), receipts };
        let (messages, contacts) =
            (Api { gate: gate(), resource: messages }, Api { gate: gate(), resource: contacts });
        let index = ContactIndex { store: store() };
        let world = Self {
            bus,
            push,
            publish: As::new("event-publish", publish),
            index: As::new("contact-index", index),
            messages: As::new("api-messages", messages),
            contacts: As::new("api-contacts", contacts),
            turn: std::sync::atomic::AtomicU64::new(0),
            path,
        };
        world.opens_a_screen(&world.path.demo.alba, "L0SM9cOFvHcCIhw=").await;
        world
    }

    async fn opens_a_screen(&self, user: &UserId, connection: &str) {
        let opened_at = self.path.clock_now();
        let socket = Socket { connection: connection.into(), user: user.clone(), viewing: None, opened_at };
        self.path.demo.data().put_socket(&socket).await.expect("a socket");
    }

    /// More agents who see everything, each with a screen open.
    pub async fn agents(&self, count: usize) {
        for place in 0..count {
            let id = UserId::from_unique(&format!("0199f1d2a6c27b33b3a4c5d6e7f9{place:04}"));
            let member = Membership {
                user_id: id.clone(),
                name: format!("Agente {place}"),
                email: format!("agente{place}@ceibo.example"),
                role: Role::Agent,
                visibility: Visibility::All,
                teams: Vec::new(),
                status: ActivityStatus::Online,
                restrictions: Vec::new(),
                custom_role: None,
                custom_rights: Vec::new(),
            };
            self.path.demo.data().put_member(&member).await.expect("a member");
            self.opens_a_screen(&id, &format!("L0SM9cOFvH{place:03}hw=")).await;
        }
    }

    /// An id of something new, as long as the provider's are.
    fn unique(&self) -> String {
        let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("wamid.HBgMNTkzOTkxMDAwMDAwFQIAEhgUM0E5QjQ3RDhFNkM1{turn:010}AA==")
    }

    /// Contacts who are known well: the owner's, 20 fields, 5 tags, an open conversation that was quiet for a while.
    pub async fn known(&self, count: usize) {
        let write = async |place: usize| {
            let delivery =
                text(&number(place), "Ana María Villavicencio", &self.unique(), self.second(), &words());
            self.path.deliver(&delivery).await;
        };
        for place in 0..count {
            write(place).await;
        }
        let data = self.path.demo.data();
        let context = WriteContext { actor: Actor::source(Source::Contact), now: self.path.clock_now() };
        for place in 1..=count {
            let field = |n: usize| (format!("campo_{n:02}"), Value::from(format!("valor del campo {n}")));
            let edit = ContactEdit {
                fields: (0..20).map(field).collect::<BTreeMap<_, _>>(),
                add_tags: (0..5).map(|n| format!("tg_0199f1d2{n:04}")).collect(),
                ..ContactEdit::default()
            };
            let contact = ContactId(place as u64);
            data.edit_contact(contact, edit, &context).await.expect("an edit");
            let owner = Some(self.path.demo.alba.clone());
            let assign = |head| Ok::<_, ()>(colibri_domain::conversation::assign(head, owner.clone()));
            data.change_head(contact, &context, assign).await.expect("a write").expect("no refusal");
        }
        // As many messages as a head remembers.
        for _ in 0..MESSAGES {
            self.path.clock.pass(3_600_000);
            for place in 0..count {
                write(place).await;
            }
        }
        self.path.clock.pass(120_000);
        self.quiet();
    }

    fn second(&self) -> i64 {
        self.path.clock_now().seconds().0
    }

    /// Forgets what has been counted and said so far.
    pub fn quiet(&self) -> Vec<Call> {
        self.path.demo.table.changes();
        self.push.take();
        self.bus.take();
        for queue in [QueueName::Inbound, QueueName::Status, QueueName::Outbound, QueueName::Media] {
            self.path.queue.take(queue);
        }
        self.path.demo.table.calls()
    }

    /// Each of these people writes once at about the same time; the bill of all of it until it is on the screens.
    pub async fn inbound(&self, people: &[String]) -> Bill {
        let mut bill = Bill::default();
        for person in people {
            let body = text(person, "Ana María Villavicencio", &self.unique(), self.second(), &words());
            bill += self.webhook(&body).await;
        }
        bill += self.received().await;
        bill += self.published().await;
        bill
    }

    /// A stranger writes for the first time: the bill of filing it, and that of his search words.
    pub async fn first(&self, person: &str) -> (Bill, Bill) {
        let body = text(person, "Ana María Villavicencio", &self.unique(), self.second(), &words());
        let mut filing = self.webhook(&body).await;
        filing += self.received().await;
        (filing, self.published().await)
    }

    /// A report about a message, until it is on the screens; `reference` is what the provider returns of ours.
    pub async fn reports(&self, reports: &[(String, String, Option<String>)]) -> Bill {
        let mut bill = Bill::default();
        for (person, status, reference) in reports {
            let body = report(PROVIDER_ID, status, self.second(), person, reference.as_deref(), None);
            bill += self.webhook(&body).await;
        }
        let records = self.path.queue.take(QueueName::Status);
        bill += self.batch(records.iter().map(record).collect(), &self.path.status).await;
        bill += self.published().await;
        bill
    }

    async fn webhook(&self, body: &Value) -> Bill {
        let body = body.to_string();
        let signed = signature(SECRET, body.as_bytes());
        let request = self.path.request(http::Method::POST, APP, "", Some(&signed), body.as_bytes());
        let answer = correlation::within(Some("JKJaXmPLvHcE"), request).await;
        assert_eq!(answer.status, http::StatusCode::OK);
        let mut bill = Bill { http: 1.0, queue: 1.0, millis: waits::QUEUE, ..Bill::invocation() };
        bill.millis += waits::OWN;
        bill += Bill::calls(&self.path.demo.table.calls());
        bill
    }

    async fn received(&self) -> Bill {
        let records = self.path.queue.take(QueueName::Inbound);
        self.batch(records.iter().map(record).collect(), &self.path.receive).await
    }

    /// One batch of a queue: received, handled, deleted.
    async fn batch(&self, records: Vec<Record>, handler: &dyn RecordHandler) -> Bill {
        if records.is_empty() {
            return Bill::default();
        }
        let requests = records.len().div_ceil(10) as f64 * 2.0;
        for record in records {
            let outcome = correlation::within(Some("JKJaXmPLvHcE"), handler.handle(record)).await;
            outcome.expect("a record is handled");
        }
        let mut bill = Bill { queue: requests, ..Bill::invocation() };
        bill += Bill::calls(&self.path.demo.table.calls());
        bill
    }

    /// What the stream's reader and the rules of the bus make of everything since the last time.
    pub async fn published(&self) -> Bill {
        let changes = self.path.demo.table.changes();
        if changes.is_empty() {
            return Bill::default();
        }
        self.publish.handle(changes).await;
        let frames = self.push.take();
        let pushes = frames.iter().map(|(_, frame)| frame.len().div_ceil(FRAME)).sum::<usize>() as f64;
        let events = self.bus.take();
        let mut bill = Bill { pushes, events: events.len() as f64, ..Bill::invocation() };
        bill.millis += (pushes / PUSHES_AT_ONCE).ceil() * waits::PUSH;
        bill.millis += if events.is_empty() { 0.0 } else { waits::BUS };
        bill += Bill::calls(&self.path.demo.table.calls());
        for event in events.iter().filter(|event| INDEXED.contains(&event.name)) {
            let detail: Value = serde_json::from_str(&event.detail).expect("an event is JSON");
            self.index.handle(json!({ "detail": detail })).await.expect("an event is handled");
            bill += Bill::invocation();
            bill += Bill::calls(&self.path.demo.table.calls());
        }
        bill
    }

    async fn api(&self, handler: &dyn HttpHandler, method: http::Method, path: &str, body: &Value) -> Value {
        self.api_of(Whom::Owner, handler, method, path, body).await
    }

    async fn api_of(
        &self,
        whom: Whom,
        handler: &dyn HttpHandler,
        method: http::Method,
        path: &str,
        body: &Value,
    ) -> Value {
        let mut headers = http::HeaderMap::new();
        let subject = if whom == Whom::Owner { "sub-alba" } else { "sub-bruno" };
        let token = FakeIdentity::token(subject, self.path.clock_now());
        headers.insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        headers.insert("idempotency-key", self.unique().parse().expect("a header"));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method,
            path: format!("/console/{}/{path}", self.path.demo.workspace),
            query: query.into(),
            headers,
            cookies: Vec::new(),
            body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
            source_ip: "203.0.113.7".into(),
            request_id: "JKJaXmPLvHcE".into(),
        };
        let answer = correlation::within(Some("JKJaXmPLvHcE"), handler.handle(request)).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.status.is_success(), "{}: {text}", answer.status);
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What a caller's own standing costs to learn, once in 30 s, is not part of what he does.
    pub async fn warm(&self) {
        self.api(&self.messages, http::Method::GET, "messages/1?limit=1", &Value::Null).await;
        self.api(&self.contacts, http::Method::GET, "contacts?limit=1", &Value::Null).await;
        self.quiet();
    }

    /// A page, with what it read: what the bench wants to see is that it does not grow.
    pub async fn page(&self, path: &str) -> (Vec<Call>, usize) {
        let handler: &dyn HttpHandler =
            if path.starts_with("messages") { &self.messages } else { &self.contacts };
        let page = self.api(handler, http::Method::GET, path, &Value::Null).await;
        (self.path.demo.table.calls(), page["items"].as_array().map_or(0, Vec::len))
    }

    /// A page of contacts as one of them sees it.
    pub async fn page_of(&self, whom: Whom, path: &str) -> (Vec<Call>, usize) {
        let page = self.api_of(whom, &self.contacts, http::Method::GET, path, &Value::Null).await;
        (self.path.demo.table.calls(), page["items"].as_array().map_or(0, Vec::len))
    }

    /// As [`Self::warm`], for one of them.
    pub async fn warm_for(&self, whom: Whom) {
        self.page_of(whom, "contacts?limit=1").await;
    }

    /// The owner answers a contact: accepted, sent, on the screens. Also which calls accepting and sending took.
    pub async fn answer(&self, contact: u64) -> (Bill, [Vec<Call>; 2], String) {
        let head = self.path.head(contact).await;
        self.path.demo.table.calls();
        let channel = head.channels.first().map(|channel| channel.id.clone());
        let body = json!({ "contact_channel_id": channel, "content": { "kind": "text", "text": words() } });
        let answer =
            self.api(&self.messages, http::Method::POST, &format!("messages/{contact}"), &body).await;
        let accepted = self.path.demo.table.calls();
        let mut bill = Bill { http: 1.0, queue: 1.0, ..Bill::invocation() };
        bill.millis += waits::QUEUE + waits::PROVIDER;
        bill += Bill::calls(&accepted);
        let nudges = self.path.queue.take(QueueName::Outbound);
        let mut sending = Bill::invocation();
        sending.queue = 2.0;
        for nudge in &nudges {
            let handled =
                correlation::within(Some("JKJaXmPLvHcE"), self.path.send.handle(record(nudge))).await;
            handled.expect("a nudge is handled");
        }
        let sent = self.path.demo.table.calls();
        sending += Bill::calls(&sent);
        bill += sending;
        bill += self.published().await;
        let message = answer["message"]["id"].to_string();
        let reference = format!("{}/{contact}/{message}", self.path.demo.workspace);
        (bill, [accepted, sent], reference)
    }
}

/// What the provider calls each message that it takes.
const PROVIDER_ID: &str = "wamid.HBgMNTkzOTkxMDAwMDAwFQIAERgSQzE5QjQ3RDhFNkM1Nzg5MAA=";
