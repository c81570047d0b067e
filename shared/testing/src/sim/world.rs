//! Everything of one run, joined as in the cloud.

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use colibri_app::http::{HttpHandler, Request, Response};
use colibri_app::ports::{Bus, Http, Queue, Scheduler as WakeUps};
use colibri_domain::Millis;
use colibri_store::{Files, Store};
use serde_json::{Value, json};

use super::faults::{Trouble, Troubles};
use super::functions::{self, Functions};
use super::ledger::Ledger;
use super::ports::{SimBus, SimQueues, SimWakeUps};
use super::provider::Provider;
use super::queue::SimQueue;
use super::random::Random;
use super::scheduler::Scheduler;
use super::table::SimTable;
use super::tenant::{BEGINNING, Tenant};
use crate::path::{SECRET, signature};
use crate::{FakeIdentity, TestBucket, locked};

/// How long things go wrong, in milliseconds.
pub(super) const TROUBLED_MILLIS: i64 = 30 * 60 * 1000;
/// The longest that an HTTP function works, in milliseconds.
const HTTP_LIMIT: i64 = 29_000;
/// A provider's longest wait between two tries, in milliseconds.
const LONGEST_WAIT: i64 = 10 * 60 * 1000;

/// What the table holds when these tenants begin. It is written through the store once for all runs.
fn founded(tenants: &[Tenant]) -> Vec<Value> {
    static FOUNDED: OnceLock<Vec<Value>> = OnceLock::new();
    let mut items = FOUNDED.get_or_init(|| found(tenants)).clone();
    for tenant in tenants {
        let at = format!("O#{}", tenant.organization);
        let quota =
            items.iter_mut().find(|item| item["PK"]["S"] == at.as_str() && item["SK"]["S"] == "QUOTA");
        quota.expect("every tenant has a quota")["lim"] = json!({ "N": tenant.quota.to_string() });
    }
    items
}

fn found(tenants: &[Tenant]) -> Vec<Value> {
    let random = Random::new(0);
    let scheduler = Scheduler::new(BEGINNING, random.clone());
    let table = SimTable::new(&scheduler, &random, &Troubles::none(scheduler.clone(), random.clone()));
    let (store, founding) = (table.store(), tenants.to_vec());
    scheduler.spawn("founding", async move {
        for tenant in founding {
            tenant.found(&store).await.expect("a fresh table takes its tenants");
        }
    });
    scheduler.run(100_000).expect("a fresh table answers");
    table.wire_items()
}

/// A world; clones are the same one.
#[derive(Clone)]
pub struct World(pub(super) Arc<Shared>);

/// What is shared in a world.
#[allow(missing_docs)]
pub struct Shared {
    pub scheduler: Scheduler,
    pub random: Random,
    pub troubles: Troubles,
    pub table: SimTable,
    pub bucket: TestBucket,
    pub tenants: Vec<Tenant>,
    pub functions: Functions,
    pub ledger: Mutex<Ledger>,
    /// Much goes on. Most runs are small: more of them find more than fewer large ones.
    pub busy: bool,
    /// The poll at which the next killed invocation ends, where a test wants a certain one.
    pub fatal: Mutex<Option<i64>>,
    pub(super) queues: super::ports::Queues,
}

impl Deref for World {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl World {
    /// The world of a seed, with faults.
    pub fn new(seed: u64) -> Self {
        let random = Random::new(seed);
        let scheduler = Scheduler::new(BEGINNING, random.clone());
        let until = BEGINNING.plus(TROUBLED_MILLIS);
        let troubles = Troubles::draw(scheduler.clone(), random.clone(), until);
        Self::with(scheduler, random, troubles)
    }

    /// A world in which nothing goes wrong by itself.
    pub fn calm(seed: u64) -> Self {
        let random = Random::new(seed);
        let scheduler = Scheduler::new(BEGINNING, random.clone());
        let troubles = Troubles::none(scheduler.clone(), random.clone());
        Self::with(scheduler, random, troubles)
    }

    fn with(scheduler: Scheduler, random: Random, troubles: Troubles) -> Self {
        let quiet = Troubles::none(scheduler.clone(), random.clone());
        let table = SimTable::new(&scheduler, &random, &quiet);
        let tenants: Vec<Tenant> =
            (0..2).map(|place| Tenant::new(place, 1 + random.below(4) as u64)).collect();
        table.fill(&founded(&tenants));
        table.trouble(&troubles);
        let busy = random.below(5) == 0;
        let shared = Shared {
            busy,
            table,
            bucket: TestBucket::new(),
            tenants,
            functions: Functions::default(),
            ledger: Mutex::default(),
            fatal: Mutex::default(),
            queues: super::ports::Queues::default(),
            scheduler,
            random,
            troubles,
        };
        let world = Self(Arc::new(shared));
        let weak = Arc::downgrade(&world.0);
        world.table.on_change(move || {
            if let Some(shared) = weak.upgrade() {
                let world = Self(shared);
                world.clone().scheduler.spawn("stream", async move { super::stream::follow(&world).await });
            }
        });
        world
    }

    /// The store.
    pub fn store(&self) -> Store {
        self.table.store()
    }

    /// The bucket's files.
    pub fn files(&self) -> Files {
        self.bucket.files()
    }

    pub(super) fn provider(&self) -> Arc<dyn Http> {
        Arc::new(Provider { world: Arc::downgrade(&self.0) })
    }

    pub(super) fn queue(&self) -> Arc<dyn Queue> {
        Arc::new(SimQueues { world: Arc::downgrade(&self.0) })
    }

    pub(super) fn bus(&self) -> Arc<dyn Bus> {
        Arc::new(SimBus { world: Arc::downgrade(&self.0) })
    }

    pub(super) fn wake_ups(&self) -> Arc<dyn WakeUps> {
        Arc::new(SimWakeUps { world: Arc::downgrade(&self.0) })
    }

    /// Waits for a time of chance, in milliseconds.
    pub async fn pause(&self, from: i64, to: i64) {
        self.scheduler.sleep(self.random.between(from, to)).await;
    }

    /// Now.
    pub fn now(&self) -> Millis {
        self.scheduler.now()
    }

    /// One try of a webhook; the answer's status, 502 where the function died.
    pub async fn post(&self, body: &Value) -> u16 {
        let bytes = body.to_string();
        let mut headers = http::HeaderMap::new();
        headers.insert("x-hub-signature-256", signature(SECRET, bytes.as_bytes()).parse().expect("a header"));
        let path = format!("/whatsapp/{}", crate::demo::APP);
        let request = self.request(http::Method::POST, path, headers, bytes.into());
        let pool = &self.functions.webhook;
        let answer =
            pool.invoke(self, HTTP_LIMIT, functions::webhook, |function| async move {
                function.handle(request).await
            })
            .await;
        answer.map_or(502, |answer| answer.status.as_u16())
    }

    fn request(&self, method: http::Method, path: String, headers: http::HeaderMap, body: Bytes) -> Request {
        Request {
            method,
            path,
            query: String::new(),
            headers,
            cookies: Vec::new(),
            body,
            source_ip: "203.0.113.7".into(),
            request_id: format!("{:016x}", self.random.next()),
        }
    }

    /// The provider delivers after so many milliseconds, again until it hears 200, and sometimes again after that.
    pub fn deliver(&self, body: Value, delivery: u64, after: i64) {
        let world = self.clone();
        let late =
            if world.troubles.hits(Trouble::WebhookLate) { world.random.between(0, 600_000) } else { 0 };
        let again = world.troubles.hits(Trouble::WebhookTwice);
        self.scheduler.spawn("delivery", async move {
            world.pause(after + late, after + late + 300).await;
            world.until_taken(&body, delivery).await;
            if again {
                let wait = *world.random.pick(&[0, 20, 120_000, 400_000, 6 * 86_400_000]);
                world.scheduler.sleep(wait).await;
                world.until_taken(&body, delivery).await;
            }
        });
    }

    async fn until_taken(&self, body: &Value, delivery: u64) {
        let mut wait = 500;
        while self.post(body).await != 200 {
            self.pause(wait, wait * 2).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        locked(&self.ledger).acknowledge(delivery);
    }

    /// A call of the console's API in the name of somebody; `None` where the function died.
    pub async fn call(
        &self,
        resource: Resource,
        subject: &str,
        method: http::Method,
        path: String,
        key: Option<&str>,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let mut headers = http::HeaderMap::new();
        let token = FakeIdentity::token(subject, BEGINNING);
        headers.insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        if let Some(key) = key {
            headers.insert("idempotency-key", key.parse().expect("a header"));
        }
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = self.request(method, path, headers, bytes);
        let pools = &self.functions;
        let answer: Option<Response> = match resource {
            Resource::Messages => {
                pools
                    .messages
                    .invoke(self, HTTP_LIMIT, functions::messages, |f| async move { f.handle(request).await })
                    .await
            }
            Resource::Conversations => {
                pools
                    .conversations
                    .invoke(
                        self,
                        HTTP_LIMIT,
                        functions::conversations,
                        |f| async move { f.handle(request).await },
                    )
                    .await
            }
            Resource::Contacts => {
                pools
                    .contacts
                    .invoke(self, HTTP_LIMIT, functions::contacts, |f| async move { f.handle(request).await })
                    .await
            }
        };
        answer.map(|a| (a.status.as_u16(), serde_json::from_slice(&a.body).unwrap_or(Value::Null)))
    }

    /// Messages that wait in the queues, in flight or not.
    pub fn waiting(&self) -> Vec<(&'static str, usize)> {
        self.queues.all().iter().map(|(name, queue)| (*name, locked(queue).len())).collect()
    }

    /// A queue.
    pub fn queue_of(&self, name: colibri_app::ports::QueueName) -> &Mutex<SimQueue> {
        self.queues.of(name)
    }
}

/// A function of the console's API.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum Resource {
    Messages,
    Conversations,
    Contacts,
}
