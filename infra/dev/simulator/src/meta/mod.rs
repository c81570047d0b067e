//! Messenger and Instagram Direct: one Graph API, two products that differ in data.

mod act;
mod api;
mod config;
mod control;
mod errors;
mod events;
mod product;
mod send;
mod shown;
mod state;

use std::sync::{Arc, Mutex};

pub use product::{INSTAGRAM, MESSENGER, Product};

use crate::phone::thread::{Bubble, ThreadKey};
use crate::sim::Sim;
use crate::sync::lock;
use state::State;

/// One played product; cheap to clone.
#[derive(Clone)]
pub struct Meta {
    sim: Sim,
    product: &'static Product,
    state: Arc<Mutex<State>>,
}

impl Meta {
    /// With the demo's account and people of a product.
    pub fn new(sim: Sim, product: &'static Product) -> Self {
        let state = State::begun(product, sim.now_ms());
        Self { sim, product, state: Arc::new(Mutex::new(state)) }
    }

    fn key(&self, line: &str, person: &str) -> ThreadKey {
        ThreadKey { provider: self.product.name.to_owned(), line: line.to_owned(), person: person.to_owned() }
    }

    /// Puts a bubble into a thread and shows it on open pages.
    fn show(&self, line: &str, person: &str, bubble: Bubble) {
        let key = self.key(line, person);
        self.sim.publish(serde_json::json!({"type": "bubble", "thread": key, "bubble": bubble}));
        self.sim.threads().put(&key, bubble);
    }

    /// Changes a bubble and shows it on open pages.
    fn change(&self, line: &str, person: &str, id: &str, change: impl FnOnce(&mut Bubble)) {
        let key = self.key(line, person);
        let changed = self.sim.threads().change(&key, id, change);
        if let Some(bubble) = changed {
            self.sim.publish(serde_json::json!({"type": "bubble", "thread": key, "bubble": bubble}));
        }
    }

    /// A new message id.
    fn mid(&self) -> String {
        format!("{}{}", self.product.mid, self.sim.random().hex(16))
    }

    /// The state, for as long as a statement lasts.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.state)
    }
}
