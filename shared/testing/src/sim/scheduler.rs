//! One thread, one clock that nobody waits for, and an order of events that follows from the seed.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep as SdkSleep};
use colibri_domain::Millis;
use colibri_store::Pause;

use super::random::Random;
use crate::locked;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs tasks; time passes only when all of them wait.
#[derive(Clone)]
pub struct Scheduler {
    state: Arc<Mutex<State>>,
    ready: Arc<Mutex<VecDeque<u64>>>,
    random: Random,
}

struct State {
    now: i64,
    timers: BTreeMap<(i64, u64), Waker>,
    fresh: Vec<(&'static str, Work)>,
}

/// Why a run did not come to rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stuck {
    /// These tasks wait for something that never happens.
    Waiting(Vec<&'static str>),
    /// Still busy after this many steps.
    Busy(u64),
}

struct Wakeup {
    task: u64,
    ready: Arc<Mutex<VecDeque<u64>>>,
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        let mut ready = locked(&self.ready);
        if !ready.contains(&self.task) {
            ready.push_back(self.task);
        }
    }
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scheduler")
    }
}

impl Scheduler {
    /// With the clock at an instant.
    pub fn new(now: Millis, random: Random) -> Self {
        let state = State { now: now.0, timers: BTreeMap::new(), fresh: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), ready: Arc::default(), random }
    }

    /// The true time.
    pub fn now(&self) -> Millis {
        Millis(locked(&self.state).now)
    }

    /// Waits; who waits until the same instant goes on in an order of chance.
    pub fn sleep(&self, millis: i64) -> Sleep {
        let at = locked(&self.state).now + millis.max(0);
        Sleep { scheduler: self.clone(), place: (at, self.random.next()), registered: false }
    }

    /// Starts a task.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        locked(&self.state).fresh.push((name, Box::pin(work)));
    }

    /// Runs until nothing is left to do.
    pub fn run(&self, most: u64) -> Result<u64, Stuck> {
        let mut tasks: HashMap<u64, (&'static str, Work, Waker)> = HashMap::new();
        let (mut steps, mut last) = (0, 0);
        loop {
            for (name, work) in std::mem::take(&mut locked(&self.state).fresh) {
                last += 1;
                let waker = Waker::from(Arc::new(Wakeup { task: last, ready: Arc::clone(&self.ready) }));
                tasks.insert(last, (name, work, waker));
                locked(&self.ready).push_back(last);
            }
            let next = locked(&self.ready).pop_front();
            if let Some(id) = next {
                steps += 1;
                if steps > most {
                    return Err(Stuck::Busy(steps));
                }
                let Some((_, work, waker)) = tasks.get_mut(&id) else { continue };
                if work.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
                    tasks.remove(&id);
                }
                continue;
            }
            let timer = {
                let mut state = locked(&self.state);
                let first = state.timers.pop_first();
                if let Some(((at, _), _)) = &first {
                    state.now = state.now.max(*at);
                }
                first
            };
            match timer {
                Some((_, waker)) => waker.wake(),
                None if tasks.is_empty() => return Ok(steps),
                None => return Err(Stuck::Waiting(tasks.into_values().map(|(name, ..)| name).collect())),
            }
        }
    }
}

/// A wait; one that is dropped no longer moves the clock.
pub struct Sleep {
    scheduler: Scheduler,
    place: (i64, u64),
    registered: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = locked(&self.scheduler.state);
        // Even a wait of nothing lets others go first.
        if self.registered && state.now >= self.place.0 && !state.timers.contains_key(&self.place) {
            return Poll::Ready(());
        }
        state.timers.insert(self.place, context.waker().clone());
        drop(state);
        self.registered = true;
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        locked(&self.scheduler.state).timers.remove(&self.place);
    }
}

/// What the SDK waits with between its tries.
#[derive(Debug, Clone)]
pub(crate) struct Waits(pub(crate) Scheduler);

impl AsyncSleep for Waits {
    fn sleep(&self, _: Duration) -> SdkSleep {
        // Its jitter is not ours to repeat; the length of its waits is drawn anew.
        let millis = self.0.random.between(1, 60);
        SdkSleep::new(self.0.sleep(millis))
    }
}

impl Pause for Waits {
    fn wait(&self, attempt: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let millis = (2_i64 << attempt.min(6)) + self.0.random.between(0, 6);
        Box::pin(self.0.sleep(millis))
    }
}
