//! The functions of the bundle as Lambda runs them: warm instances, each with its own clock and memory, that may be
//! killed at any await.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use colibri_app::api::conversations::ConversationsResource;
use colibri_app::api::messages::MessagesResource;
use colibri_app::api::{Api, Gate, contacts::ContactsResource};
use colibri_app::contact_index::ContactIndex;
use colibri_app::media::MediaFetch;
use colibri_app::notify::Notify;
use colibri_app::ports::{Clock, Ids};
use colibri_app::provider::{ProviderUrls, Providers};
use colibri_app::publish::EventPublish;
use colibri_app::react::ProviderReactions;
use colibri_app::receipts::ReadReceipts;
use colibri_app::receive::MessageReceive;
use colibri_app::send::{MessageSend, Warm};
use colibri_app::settings::MetaApps;
use colibri_app::status::MessageStatus;
use colibri_app::sweep::MessageSweep;
use colibri_app::webhook::{Cache, Keys, Webhook};
use colibri_domain::Millis;
use colibri_domain::channel::ChannelSource;

use super::faults::Trouble;
use super::random::Random;
use super::scheduler::{Scheduler, Sleep};
use super::world::World;
use crate::path::{SECRET, VERIFY_TOKEN};
use crate::{FakeIdentity, MemoryVault, RecordingInvoke, RecordingMetrics, RecordingPush, locked};

/// Base address of the provider.
pub const GRAPH: &str = "https://graph.example";
/// How far a wrong clock is off at most, in milliseconds.
const SKEW_MILLIS: i64 = 600_000;

/// Warm instances of one function.
pub struct Pool<H> {
    idle: Mutex<Vec<Arc<H>>>,
}

impl<H> Default for Pool<H> {
    fn default() -> Self {
        Self { idle: Mutex::default() }
    }
}

/// All pools.
#[derive(Default)]
#[allow(missing_docs)]
pub struct Functions {
    pub webhook: Pool<Webhook>,
    pub receive: Pool<MessageReceive>,
    pub status: Pool<MessageStatus>,
    pub media: Pool<MediaFetch>,
    pub send: Pool<MessageSend>,
    pub publish: Pool<EventPublish>,
    pub notify: Pool<Notify>,
    pub contact_index: Pool<ContactIndex>,
    pub messages: Pool<Api<MessagesResource>>,
    pub conversations: Pool<Api<ConversationsResource>>,
    pub contacts: Pool<Api<ContactsResource>>,
}

impl<H> Pool<H> {
    /// Runs one invocation of at most so many milliseconds on a warm instance or a new one; `None`: it was killed,
    /// its instance is gone, and nobody knows how far it got.
    pub async fn invoke<'a, T, F>(
        &self,
        world: &'a World,
        limit: i64,
        make: impl FnOnce(&World) -> H,
        work: impl FnOnce(Arc<H>) -> F,
    ) -> Option<T>
    where
        F: Future<Output = T> + Send + 'a,
    {
        let warm = locked(&self.idle).pop();
        let instance = warm.unwrap_or_else(|| Arc::new(make(world)));
        let polls = world.troubles.hits(Trouble::Killed).then(|| {
            let planned = locked(&world.fatal).take();
            planned.unwrap_or_else(|| world.random.between(1, 60))
        });
        let mortal = Mortal {
            work: Box::pin(work(Arc::clone(&instance))),
            polls,
            limit: Box::pin(world.scheduler.sleep(limit)),
        };
        let ended = mortal.await;
        if ended.is_some() {
            locked(&self.idle).push(instance);
        }
        ended
    }
}

/// An invocation that ends by itself, at its time limit, or at a poll of chance.
struct Mortal<'a, T> {
    work: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    polls: Option<i64>,
    limit: Pin<Box<Sleep>>,
}

impl<T> Future for Mortal<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(left) = &mut self.polls {
            *left -= 1;
            if *left < 0 {
                return Poll::Ready(None);
            }
        }
        if let Poll::Ready(done) = self.work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        self.limit.as_mut().poll(context).map(|()| None)
    }
}

/// The time as one instance sees it.
struct Skewed {
    scheduler: Scheduler,
    off: i64,
}

impl Clock for Skewed {
    fn now(&self) -> Millis {
        self.scheduler.now().plus(self.off)
    }
}

struct Drawn(Random);

impl Ids for Drawn {
    fn unique(&self) -> String {
        format!("{:016x}{:016x}", self.0.next(), self.0.next())
    }

    fn random(&self, below: u32) -> u32 {
        u32::try_from(self.0.below(below as usize)).unwrap_or(0)
    }

    fn secret(&self) -> String {
        format!("{:016x}{:016x}{:016x}{:016x}", self.0.next(), self.0.next(), self.0.next(), self.0.next())
    }
}

fn clock(world: &World) -> Arc<dyn Clock> {
    let wrong = world.troubles.hits(Trouble::Skew);
    let off = if wrong { world.random.between(-SKEW_MILLIS, SKEW_MILLIS) } else { 0 };
    Arc::new(Skewed { scheduler: world.scheduler.clone(), off })
}

fn ids(world: &World) -> Arc<dyn Ids> {
    Arc::new(Drawn(world.random.clone()))
}

fn metrics() -> Arc<RecordingMetrics> {
    Arc::new(RecordingMetrics::default())
}

fn providers(world: &World) -> Providers {
    let urls = ProviderUrls {
        whatsapp: GRAPH.into(),
        telegram: GRAPH.into(),
        messenger: GRAPH.into(),
        instagram: GRAPH.into(),
        twilio: GRAPH.into(),
    };
    Providers { http: world.provider(), vault: Arc::new(MemoryVault), urls, visitors: None }
}

fn gate(world: &World) -> Arc<Gate> {
    Arc::new(Gate::new(world.store(), Arc::new(FakeIdentity::default()), clock(world)))
}

/// A new instance of the webhook.
pub fn webhook(world: &World) -> Webhook {
    let apps = serde_json::json!({ crate::demo::APP: { "secret": SECRET, "verify_token": VERIFY_TOKEN } });
    let own = MetaApps::parse(&apps.to_string()).expect("apps");
    Webhook {
        source: ChannelSource::WhatsappCloud,
        store: world.store(),
        files: world.files(),
        queue: world.queue(),
        keys: Keys::Apps { own, vault: Arc::new(MemoryVault) },
        clock: clock(world),
        metrics: metrics(),
        cache: Cache::default(),
    }
}

/// A new instance of `message-receive`.
pub fn receive(world: &World) -> MessageReceive {
    MessageReceive {
        store: world.store(),
        files: world.files(),
        queue: world.queue(),
        clock: clock(world),
        metrics: metrics(),
    }
}

/// A new instance of `message-status`.
pub fn status(world: &World) -> MessageStatus {
    MessageStatus {
        store: world.store(),
        queue: world.queue(),
        invoke: Arc::new(RecordingInvoke::default()),
        clock: clock(world),
        metrics: metrics(),
    }
}

/// A new instance of `media-fetch`.
pub fn media(world: &World) -> MediaFetch {
    MediaFetch {
        store: world.store(),
        files: world.files(),
        providers: providers(world),
        clock: clock(world),
    }
}

/// A new instance of `message-send`.
pub fn send(world: &World) -> MessageSend {
    MessageSend {
        store: world.store(),
        files: world.files(),
        providers: providers(world),
        queue: world.queue(),
        scheduler: world.wake_ups(),
        clock: clock(world),
        ids: ids(world),
        metrics: metrics(),
        warm: Warm::default(),
    }
}

/// A new instance of `event-publish`.
pub fn publish(world: &World) -> EventPublish {
    let push = Arc::new(RecordingPush::default());
    EventPublish::new(world.store(), push, world.bus(), world.queue(), clock(world))
}

/// A new instance of `message-sweep`.
pub fn sweep(world: &World) -> MessageSweep {
    MessageSweep { store: world.store(), queue: world.queue(), clock: clock(world), metrics: metrics() }
}

/// A new instance of `notify`.
pub fn notify(world: &World) -> Notify {
    Notify { store: world.store(), invoke: Arc::new(RecordingInvoke::default()) }
}

/// A new instance of `contact-index`.
pub fn contact_index(world: &World) -> ContactIndex {
    ContactIndex { store: world.store() }
}

/// A new instance of `api-messages`.
pub fn messages(world: &World) -> Api<MessagesResource> {
    let reactions = Arc::new(ProviderReactions { providers: providers(world), clock: clock(world) });
    let resource = MessagesResource { clock: clock(world), ids: ids(world), queue: world.queue(), reactions };
    Api { gate: gate(world), resource }
}

/// A new instance of `api-conversations`.
pub fn conversations(world: &World) -> Api<ConversationsResource> {
    Api { gate: gate(world), resource: ConversationsResource { clock: clock(world), ids: ids(world) } }
}

/// A new instance of `api-contacts`.
pub fn contacts(world: &World) -> Api<ContactsResource> {
    let receipts = ReadReceipts { providers: providers(world) };
    Api {
        gate: gate(world),
        resource: ContactsResource { clock: clock(world), store: world.store(), receipts },
    }
}
