//! What a phone shows: one thread per provider, line and person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bubbles kept of one thread; older ones go.
const KEPT: usize = 400;

/// Which thread.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ThreadKey {
    /// Provider name.
    pub provider: String,
    /// The business's number or account.
    pub line: String,
    /// The person's id.
    pub person: String,
}

/// How far a bubble got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tick {
    /// On its way.
    Sent,
    /// The other side has it.
    Delivered,
    /// The other side has read it.
    Read,
    /// It never arrived.
    Failed,
}

/// One bubble.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Bubble {
    /// The provider's message id.
    pub id: String,
    /// Written by the person on this phone.
    pub mine: bool,
    /// Unix milliseconds.
    pub at: i64,
    /// What it shows; `kind` says which sort.
    pub content: Value,
    /// How far it got.
    pub tick: Tick,
    /// The bubble it answers.
    #[serde(default)]
    pub quote: Option<String>,
    /// Reaction of the person.
    #[serde(default)]
    pub my_reaction: Option<String>,
    /// Reaction of the business.
    #[serde(default)]
    pub their_reaction: Option<String>,
    /// Changed after it was sent.
    #[serde(default)]
    pub edited: bool,
    /// Taken back.
    #[serde(default)]
    pub revoked: bool,
    /// Provider's error code when it failed.
    #[serde(default)]
    pub code: Option<u32>,
    /// Hidden until the phone is reachable again or because it never arrived.
    #[serde(default)]
    pub hidden: bool,
}

impl Bubble {
    /// A bubble with nothing special.
    pub fn new(id: &str, mine: bool, at: i64, content: Value) -> Self {
        Self {
            id: id.to_owned(),
            mine,
            at,
            content,
            tick: Tick::Sent,
            quote: None,
            my_reaction: None,
            their_reaction: None,
            edited: false,
            revoked: false,
            code: None,
            hidden: false,
        }
    }
}

/// All threads.
#[derive(Debug, Default)]
pub struct Threads(BTreeMap<ThreadKey, Vec<Bubble>>);

impl Threads {
    /// Bubbles of a thread, oldest first.
    pub fn bubbles(&self, key: &ThreadKey) -> &[Bubble] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Adds a bubble in the order of time, or replaces the one with the same id.
    pub fn put(&mut self, key: &ThreadKey, bubble: Bubble) {
        let thread = self.0.entry(key.clone()).or_default();
        if let Some(held) = thread.iter_mut().find(|held| held.id == bubble.id) {
            *held = bubble;
            return;
        }
        let place = thread.iter().rposition(|held| held.at <= bubble.at).map_or(0, |place| place + 1);
        thread.insert(place, bubble);
        if thread.len() > KEPT {
            thread.remove(0);
        }
    }

    /// Changes a bubble and gives the changed one.
    pub fn change(&mut self, key: &ThreadKey, id: &str, change: impl FnOnce(&mut Bubble)) -> Option<Bubble> {
        let bubble = self.0.get_mut(key)?.iter_mut().find(|bubble| bubble.id == id)?;
        change(bubble);
        Some(bubble.clone())
    }

    /// The thread that holds a message.
    pub fn find(&self, id: &str) -> Option<(&ThreadKey, &Bubble)> {
        self.0.iter().find_map(|(key, thread)| Some((key, thread.iter().find(|bubble| bubble.id == id)?)))
    }

    /// All threads, for the state file.
    pub fn all(&self) -> Vec<(ThreadKey, Vec<Bubble>)> {
        self.0.iter().map(|(key, thread)| (key.clone(), thread.clone())).collect()
    }

    /// Takes threads back from the state file.
    pub fn restore(&mut self, all: Vec<(ThreadKey, Vec<Bubble>)>) {
        self.0 = all.into_iter().collect();
    }
}
