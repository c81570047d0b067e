//! What all played providers share: clock, ids, faults, journal, threads, live events, callbacks.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{broadcast, watch};

use crate::callback::{Caller, Tcp};
use crate::clock::Clock;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::phone::thread::Threads;
use crate::random::Random;
use crate::sync::lock;

/// Gaps between the attempts of one delivery, in seconds; the last one repeats for a week.
const GAPS: [u64; 9] = [1, 2, 5, 15, 60, 300, 900, 3_600, 14_400];
/// Attempts with the last gap that fill about a week.
const LAST_GAPS: usize = 40;

/// How a simulator is made.
pub struct Options {
    /// Seed of all ids.
    pub seed: u64,
    /// Where configuration and customers are kept; nowhere when absent.
    pub state_file: Option<PathBuf>,
    /// Carries calls to callback URLs.
    pub caller: Arc<dyn Caller>,
    /// The clock.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, state_file: None, caller: Arc::new(Tcp), clock: Clock::system() }
    }
}

struct Core {
    seed: AtomicU64,
    state_file: Option<PathBuf>,
    caller: Arc<dyn Caller>,
    clock: Clock,
    random: Random,
    faults: Faults,
    journal: Journal,
    threads: Mutex<Threads>,
    live: broadcast::Sender<Value>,
    generation: watch::Sender<u64>,
    running: watch::Sender<usize>,
    public_url: Mutex<String>,
}

/// Handle on the shared parts; cheap to clone.
#[derive(Clone)]
pub struct Sim(Arc<Core>);

impl Sim {
    /// The shared parts of a new simulator.
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Core {
            seed: AtomicU64::new(options.seed),
            state_file: options.state_file,
            caller: options.caller,
            clock: options.clock,
            random: Random::seeded(options.seed),
            faults: Faults::default(),
            journal: Journal::default(),
            threads: Mutex::new(Threads::default()),
            live: broadcast::channel(1024).0,
            generation: watch::channel(0).0,
            running: watch::channel(0).0,
            public_url: Mutex::new("http://127.0.0.1:4601".to_owned()),
        }))
    }

    /// Unix milliseconds as the providers see them.
    pub fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Seeded ids.
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// Faults that wait to strike.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The log of calls and deliveries.
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// What the customers' phones show.
    pub fn threads(&self) -> std::sync::MutexGuard<'_, Threads> {
        lock(&self.0.threads)
    }

    /// The carrier of callbacks.
    pub fn caller(&self) -> &Arc<dyn Caller> {
        &self.0.caller
    }

    /// Where the state is kept.
    pub fn state_file(&self) -> Option<&PathBuf> {
        self.0.state_file.as_ref()
    }

    /// Base URL under which this simulator is reached.
    pub fn public_url(&self) -> String {
        lock(&self.0.public_url).clone()
    }

    /// Sets the base URL under which this simulator is reached, without a trailing slash.
    pub fn set_public_url(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut lock(&self.0.public_url));
    }

    /// Tells every open phone page.
    pub fn publish(&self, event: Value) {
        // No open page is no error.
        let _ = self.0.live.send(event);
    }

    /// Live events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Value> {
        self.0.live.subscribe()
    }

    /// Gaps between attempts of a delivery.
    pub fn redelivery_gaps(&self) -> Vec<Duration> {
        let last = GAPS[GAPS.len() - 1];
        let repeated = std::iter::repeat_n(last, LAST_GAPS);
        GAPS.into_iter().chain(repeated).map(Duration::from_secs).collect()
    }

    /// Runs until done or until the next reset; `idle` waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.running.send_modify(|running| *running += 1);
        let this = self.clone();
        let until_reset = self.until_reset();
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = until_reset => {}
            }
            this.0.running.send_modify(|running| *running -= 1);
        });
    }

    /// Like `spawn`, but `idle` does not wait for it.
    pub fn spawn_aside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let until_reset = self.until_reset();
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = until_reset => {}
            }
        });
    }

    fn until_reset(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut generation = self.0.generation.subscribe();
        async move {
            // An error means that the simulator is gone, which ends the work as well.
            let _ = generation.changed().await;
        }
    }

    /// Waits until no delivery and no status is under way; false when `limit` passed first.
    pub async fn idle(&self, limit: Duration) -> bool {
        let mut running = self.0.running.subscribe();
        tokio::time::timeout(limit, running.wait_for(|running| *running == 0)).await.is_ok()
    }

    /// Stops all work under way and forgets faults, journal, threads and clock offset.
    pub fn reset(&self, seed: Option<u64>) {
        self.0.generation.send_modify(|generation| *generation += 1);
        // Without a seed the sequence goes on: ids of before the reset must not come again.
        if let Some(seed) = seed {
            self.0.seed.store(seed, Ordering::Relaxed);
            self.0.random.reseed(seed);
        }
        self.0.faults.clear();
        self.0.journal.clear();
        self.0.clock.set_offset_ms(0);
        *self.threads() = Threads::default();
        self.publish(serde_json::json!({"type": "reset"}));
    }

    /// The seed of all ids.
    pub fn seed(&self) -> u64 {
        self.0.seed.load(Ordering::Relaxed)
    }
}
