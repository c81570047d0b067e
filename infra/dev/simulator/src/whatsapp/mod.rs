//! WhatsApp Cloud API: Graph's routes, webhooks, and what a customer can do.

mod account;
mod act;
mod check;
mod config;
mod defaults;
mod envelope;
mod errors;
mod graph;
mod limits;
mod media;
mod people;
mod phone;
mod play;
mod send;
pub mod sign;
mod state;
mod status;
mod templates;

use std::sync::{Arc, Mutex};

pub use config::{Config, DEMO_ACCOUNT, DEMO_APP, DEMO_NUMBER};
pub use state::{Customer, SentMessage};

use crate::callback::Outgoing;
use crate::phone::thread::{Bubble, ThreadKey};
use crate::sim::Sim;
use crate::sync::lock;
use state::State;

/// Name in paths, scopes and the journal.
pub const NAME: &str = "whatsapp";

/// The played WhatsApp Cloud API; cheap to clone.
#[derive(Clone)]
pub struct WhatsApp {
    sim: Sim,
    state: Arc<Mutex<State>>,
    held: Arc<Mutex<Vec<(Outgoing, u32)>>>,
}

impl WhatsApp {
    /// With the demo's configuration and customers.
    pub fn new(sim: Sim) -> Self {
        let this = Self { sim, state: Arc::default(), held: Arc::default() };
        this.forget();
        this
    }

    /// Forgets all but the configuration.
    fn forget(&self) {
        lock(&self.held).clear();
        let mut state = lock(&self.state);
        let config = std::mem::take(&mut state.config);
        *state = State { config, ..State::default() };
        for customer in defaults::customers(self.sim.now_ms()) {
            state.customers.insert(customer.id(), customer);
        }
    }

    fn thread_key(line: &str, person: &str) -> ThreadKey {
        ThreadKey { provider: NAME.to_owned(), line: line.to_owned(), person: person.to_owned() }
    }

    /// Puts a bubble into a thread and shows it on open pages.
    fn show(&self, line: &str, person: &str, bubble: Bubble) {
        let key = Self::thread_key(line, person);
        self.sim.publish(serde_json::json!({"type": "bubble", "thread": key, "bubble": bubble}));
        self.sim.threads().put(&key, bubble);
    }

    /// Changes a bubble and shows it on open pages.
    fn change(&self, line: &str, person: &str, id: &str, change: impl FnOnce(&mut Bubble)) {
        let key = Self::thread_key(line, person);
        let changed = self.sim.threads().change(&key, id, change);
        if let Some(bubble) = changed {
            self.sim.publish(serde_json::json!({"type": "bubble", "thread": key, "bubble": bubble}));
        }
    }

    /// A new message id.
    fn message_id(&self) -> String {
        format!("wamid.HBgM{}", self.sim.random().hex(16))
    }
}
