//! Telegram Bot API: methods, updates, and what a customer can do.

mod act;
mod answer;
mod api;
mod config;
mod control;
mod send;
mod state;
mod updates;

use std::sync::{Arc, Mutex};

use crate::phone::thread::{Bubble, ThreadKey};
use crate::sim::Sim;
use crate::sync::lock;
use state::State;

/// Name in paths, scopes and the journal.
pub const NAME: &str = "telegram";

/// The played Bot API; cheap to clone.
#[derive(Clone)]
pub struct Telegram {
    sim: Sim,
    state: Arc<Mutex<State>>,
}

impl Telegram {
    /// With the demo's bot and customers.
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

    /// The next message id; ids go up over all chats of all bots.
    fn next_message(&self) -> i64 {
        let mut state = lock(&self.state);
        state.kept.messages += 1;
        state.kept.messages
    }
}

/// The phone's id of a message: chat and message, as chats of two customers may use one number.
fn bubble_id(chat: i64, message: i64) -> String {
    format!("{chat}:{message}")
}

/// The message of a phone's id.
fn message_of(bubble: &str) -> Option<i64> {
    bubble.split_once(':')?.1.parse().ok()
}
