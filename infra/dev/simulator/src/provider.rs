//! The seam for channels: what one provider's file brings.

use axum::Router;
use serde::Serialize;
use serde_json::Value;

use crate::phone::act::Act;

/// A refusal in words, for the control API and the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Why, in English.
    pub error: String,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { error: reason.into() }
    }
}

/// A number, page or bot of the business that a customer can write to.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Provider name.
    pub provider: &'static str,
    /// The provider's id of it.
    pub id: String,
    /// Number or handle as people read it.
    pub display: String,
    /// Name of the business.
    pub name: String,
}

/// A person who can be played on the phone.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// Provider name.
    pub provider: &'static str,
    /// The provider's id of the person.
    pub id: String,
    /// Name on their profile.
    pub name: String,
    /// Number or handle as people read it; empty when hidden.
    pub display: String,
    /// Sends read receipts.
    pub receipts: bool,
    /// The phone is switched on.
    pub reachable: bool,
}

/// One played provider.
pub trait Provider: Send + Sync {
    /// Name used in paths, scopes and the journal.
    fn name(&self) -> &'static str;
    /// The provider's own API, with full paths.
    fn api(&self) -> Router;
    /// What only this provider's control API has; nested under `/control/<name>`.
    fn control(&self) -> Router;
    /// What customers can write to.
    fn lines(&self) -> Vec<Line>;
    /// Who can be played.
    fn people(&self) -> Vec<Person>;
    /// Adds or changes a person from the phone page.
    fn save_person(&self, person: &Value) -> Result<Person, Refusal>;
    /// A person does something on the phone; gives the id of what came of it.
    fn act(&self, line: &str, person: &str, act: Act) -> Result<String, Refusal>;
    /// Bytes of a medium for the phone page, with their type.
    fn media(&self, id: &str) -> Option<(String, bytes::Bytes)>;
    /// Configuration as JSON.
    fn config(&self) -> Value;
    /// Replaces the configuration.
    fn set_config(&self, config: Value) -> Result<(), Refusal>;
    /// What should survive a restart besides the configuration.
    fn snapshot(&self) -> Value;
    /// Takes a snapshot back.
    fn restore(&self, snapshot: Value) -> Result<(), Refusal>;
    /// Forgets all but the configuration.
    fn reset(&self);
}
