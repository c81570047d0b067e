//! One seed from its beginning to its judgement, and many of them.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use colibri_app::ports::QueueName;

use super::actors::CAST;
use super::facts::Facts;
use super::faults::KINDS;
use super::invariants::INVARIANTS;
use super::world::{TROUBLED_MILLIS, World};
use crate::locked;

/// Steps after which a run is taken for endless.
const STEPS: u64 = 400_000;
/// How often the operator puts the dead back.
const REDRIVES: usize = 6;

/// What came of a seed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// How often each fault of [`KINDS`] happened.
    pub fired: Vec<u64>,
    /// Which of [`INVARIANTS`] had something to judge.
    pub judged: Vec<bool>,
    /// Calls of the table.
    pub calls: u64,
    /// What is wrong.
    pub broken: Option<String>,
}

/// Runs a seed.
pub fn run(seed: u64) -> Outcome {
    // Some code asks for a timer of the runtime; none ever fires.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _context = runtime.enter();
    let world = World::new(seed);
    for start in CAST {
        start(&world);
    }
    let mut outcome =
        Outcome { seed, fired: Vec::new(), judged: vec![false; INVARIANTS.len()], calls: 0, broken: None };
    let rest = rest(&world);
    outcome.fired = world.troubles.fired();
    outcome.calls = world.table.calls();
    match rest {
        Err(reason) => outcome.broken = Some(reason),
        Ok(facts) => judge(&facts, &mut outcome),
    }
    outcome
}

/// The first invariant that does not hold.
pub fn verdict(facts: &Facts) -> Result<(), String> {
    for invariant in &INVARIANTS {
        (invariant.judge)(facts).map_err(|reason| format!("{}: {reason}", invariant.name))?;
    }
    Ok(())
}

fn judge(facts: &Facts, outcome: &mut Outcome) {
    for (place, invariant) in INVARIANTS.iter().enumerate() {
        match (invariant.judge)(facts) {
            Ok(judged) => outcome.judged[place] = judged > 0,
            Err(reason) => {
                outcome.broken = Some(format!("{}: {reason}", invariant.name));
                return;
            }
        }
    }
}

/// Lets everything come to rest; the dead are put back, as an operator would.
pub fn rest(world: &World) -> Result<Facts, String> {
    for _ in 0..REDRIVES {
        world.scheduler.run(STEPS).map_err(|stuck| format!("does not come to rest: {stuck:?}"))?;
        if !redrive(world) {
            break;
        }
    }
    let facts = Arc::new(Mutex::new(None));
    let (slot, reader) = (Arc::clone(&facts), world.clone());
    world.scheduler.spawn("facts", async move {
        // Whoever looks must not meet faults himself.
        reader.scheduler.sleep(TROUBLED_MILLIS).await;
        let read = Facts::of(&reader).await;
        *locked(&slot) = Some(read);
    });
    world.scheduler.run(STEPS).map_err(|stuck| format!("cannot be read: {stuck:?}"))?;
    locked(&facts).take().ok_or_else(|| "cannot be read".to_owned())
}

/// Puts dead messages back where they came from; false: there were none.
fn redrive(world: &World) -> bool {
    let mut moved = false;
    for name in [QueueName::Inbound, QueueName::Status, QueueName::Media, QueueName::Outbound] {
        let dead = std::mem::take(&mut locked(world.queue_of(name)).dead);
        for message in dead {
            moved = true;
            locked(&world.ledger).dead.push(format!("{name:?}: received too often"));
            world.enqueue(name, message);
        }
    }
    moved
}

/// What many seeds came to.
#[derive(Debug, Clone)]
pub struct Tally {
    seeds: u64,
    calls: u64,
    fired: Vec<u64>,
    judged: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { seeds: 0, calls: 0, fired: vec![0; KINDS.len()], judged: vec![0; INVARIANTS.len()] }
    }
}

impl Tally {
    /// Adds a seed's.
    pub fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.calls += outcome.calls;
        for (sum, fired) in self.fired.iter_mut().zip(&outcome.fired) {
            *sum += fired;
        }
        for (sum, judged) in self.judged.iter_mut().zip(&outcome.judged) {
            *sum += u64::from(*judged);
        }
    }

    /// Faults that never happened and invariants that had nothing to judge.
    pub fn empty(&self) -> Vec<&'static str> {
        let faults = KINDS.iter().zip(&self.fired).filter(|(_, n)| **n == 0).map(|(kind, _)| kind.name);
        let held = INVARIANTS.iter().zip(&self.judged).filter(|(_, n)| **n == 0).map(|(i, _)| i.name);
        faults.chain(held).collect()
    }

    /// As text, a line each.
    pub fn report(&self) -> String {
        let mut text = format!("{} seeds, {} calls of the table\n", self.seeds, self.calls);
        for (kind, fired) in KINDS.iter().zip(&self.fired) {
            let _ = writeln!(text, "  {fired:>9} × {}", kind.name);
        }
        for (invariant, judged) in INVARIANTS.iter().zip(&self.judged) {
            let _ = writeln!(text, "  {judged:>9} histories: {}", invariant.name);
        }
        text
    }
}
