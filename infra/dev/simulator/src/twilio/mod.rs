//! Twilio's Programmable Messaging: numbers, sends with their reports, and what a customer's phone does.

mod act;
mod api;
mod config;
mod control;
mod out;
mod send;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::phone::thread::{Bubble, ThreadKey};
use crate::samples::Held;
use crate::sim::Sim;
use config::{Config, Number};

/// Name in paths, scopes and the journal.
pub const NAME: &str = "twilio";

/// A person with a phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Customer {
    /// With + and the country's code.
    pub number: String,
    /// For the page only: networks tell no names.
    pub name: String,
    /// The phone is switched on.
    pub reachable: bool,
}

/// What survives a restart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// By number.
    pub customers: BTreeMap<String, Customer>,
    /// Number of the business and of the person who wrote STOP to it.
    pub stopped: BTreeSet<(String, String)>,
}

/// Everything.
#[derive(Debug)]
struct State {
    config: Config,
    kept: Kept,
    /// By media id.
    files: BTreeMap<String, Held>,
    /// Messages that were taken, as their answers said.
    sent: Vec<Value>,
    /// Second and messages in it, by number.
    rates: BTreeMap<String, (i64, u32)>,
}

impl Default for State {
    fn default() -> Self {
        let people = [("+593990000201", "Sofía Andrade"), ("+593990000202", "Mateo Cueva")];
        let customer = |(number, name): (&str, &str)| {
            (
                number.to_owned(),
                Customer { number: number.to_owned(), name: name.to_owned(), reachable: true },
            )
        };
        Self {
            config: Config::default(),
            kept: Kept { customers: people.map(customer).into(), ..Kept::default() },
            files: BTreeMap::new(),
            sent: Vec::new(),
            rates: BTreeMap::new(),
        }
    }
}

impl State {
    fn number(&self, number: &str) -> Option<&Number> {
        self.config.numbers.iter().find(|known| known.number == number)
    }
}

/// The played provider; cheap to clone.
#[derive(Clone)]
pub struct Twilio {
    sim: Sim,
    state: Arc<Mutex<State>>,
}

impl Twilio {
    /// With the demo's account, number and customers.
    pub fn new(sim: Sim) -> Self {
        Self { sim, state: Arc::new(Mutex::new(State::default())) }
    }

    fn key(line: &str, person: &str) -> ThreadKey {
        ThreadKey { provider: NAME.to_owned(), line: line.to_owned(), person: person.to_owned() }
    }

    /// Puts a bubble into a thread and shows it on open pages.
    fn show(&self, line: &str, person: &str, bubble: Bubble) {
        let key = Self::key(line, person);
        self.sim.publish(serde_json::json!({"type": "bubble", "thread": key, "bubble": bubble}));
        self.sim.threads().put(&key, bubble);
    }

    /// Changes a bubble and shows it on open pages.
    fn change(&self, line: &str, person: &str, id: &str, change: impl FnOnce(&mut Bubble)) {
        let key = Self::key(line, person);
        let changed = self.sim.threads().change(&key, id, change);
        if let Some(bubble) = changed {
            self.sim.publish(serde_json::json!({"type": "bubble", "thread": key, "bubble": bubble}));
        }
    }

    fn sid(&self, kind: &str) -> String {
        format!("{kind}{}", self.sim.random().hex(32))
    }
}
