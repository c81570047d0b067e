//! Faults on demand: what goes wrong, where, and how often.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::sync::lock;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Answers (or delivers) `ms` later.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// HTTP 429 with `Retry-After`, nothing done.
    RateLimited {
        /// Seconds in `Retry-After`; no header when absent.
        retry_after: Option<u64>,
    },
    /// An HTTP 5xx with a body that is not the provider's shape, nothing done.
    ServerError {
        /// HTTP status.
        #[serde(default = "service_unavailable")]
        status: u16,
    },
    /// Takes the request and never answers; closes after `ms`.
    Hang {
        /// Milliseconds until the connection closes.
        #[serde(default = "two_minutes")]
        ms: u64,
    },
    /// Closes the connection before anything is done.
    Reset,
    /// Does everything, then closes the connection instead of answering.
    Lost,
    /// Does everything, then answers with broken JSON.
    Malformed,
    /// Nothing done, HTTP 200 with an error body.
    OkWithError {
        /// The provider's error code.
        code: u32,
    },
    /// Nothing done, the provider's error with this code.
    Error {
        /// The provider's error code.
        code: u32,
        /// Overrides the detail text.
        details: Option<String>,
        /// What exactly is meant, where the provider has sub-codes.
        #[serde(default)]
        subcode: Option<u32>,
    },
    /// Accepts, then reports failure in a status.
    FailStatus {
        /// The provider's error code.
        code: u32,
    },
    /// Accepts, and no status ever comes.
    NoStatus,
    /// The first status leaves before the send call is answered.
    StatusFirst,
    /// `read` comes, `delivered` never does.
    ReadOnly,
    /// Statuses come in the wrong order: read, delivered, sent.
    StatusesReversed,
    /// The media URL has expired.
    ExpiredMedia,
    /// The delivery is made this many times at once.
    Duplicate {
        /// Deliveries in all.
        #[serde(default = "two")]
        copies: u32,
    },
    /// The delivery waits until the next one has gone.
    Reorder,
    /// The delivery carries a wrong signature.
    Signature {
        /// How it is wrong.
        flaw: Flaw,
    },
    /// The delivery never leaves.
    Drop,
}

/// How a signature can be wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Not wrong at all.
    #[default]
    Good,
    /// Right shape, wrong digest.
    Bad,
    /// No header.
    Missing,
    /// The last eight digits are gone.
    Truncated,
    /// Upper-case hex digits.
    UpperCase,
    /// No `sha256=` in front.
    Unprefixed,
    /// Signed with another secret.
    OtherSecret,
    /// An empty header.
    Empty,
}

fn service_unavailable() -> u16 {
    503
}

fn two_minutes() -> u64 {
    120_000
}

fn two() -> u32 {
    2
}

impl Fault {
    /// Whether it happens to a delivery from us rather than to a call to us.
    fn on_delivery(&self) -> bool {
        matches!(self, Self::Duplicate { .. } | Self::Reorder | Self::Signature { .. } | Self::Drop)
    }

    /// Whether it can happen to the operation; `Delay` needs to be told when it means deliveries.
    fn fits(&self, operation: &str, named: bool) -> bool {
        match (operation == WEBHOOK, self) {
            (true, Self::Delay { .. }) => named,
            (webhook, fault) => webhook == fault.on_delivery(),
        }
    }
}

/// The operation name of deliveries.
pub const WEBHOOK: &str = "webhook";

/// Where a fault may strike; what is absent matches everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Provider name, such as `whatsapp`.
    pub provider: Option<String>,
    /// Operation name, such as `send`, `media_info`, `webhook`.
    pub operation: Option<String>,
    /// The business's number or account.
    pub line: Option<String>,
    /// The customer's id.
    pub customer: Option<String>,
    /// The message type, such as `text`.
    pub message_type: Option<String>,
}

/// The place that asks whether something goes wrong here.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Provider name.
    pub provider: String,
    /// Operation name.
    pub operation: String,
    /// The business's number or account, where known.
    pub line: Option<String>,
    /// The customer's id, where known.
    pub customer: Option<String>,
    /// The message type, where known.
    pub message_type: Option<String>,
}

/// A fault with its scope and count.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    /// Given by the simulator.
    #[serde(default)]
    pub id: u64,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// Where.
    #[serde(default)]
    pub scope: Scope,
    /// Lets this many matching operations pass first.
    #[serde(default)]
    pub skip: u32,
    /// How often it still strikes; ignored with `forever`.
    #[serde(default = "one")]
    pub count: u32,
    /// Strikes until it is removed.
    #[serde(default)]
    pub forever: bool,
    /// How often it has struck.
    #[serde(default)]
    pub struck: u32,
}

fn one() -> u32 {
    1
}

impl Rule {
    fn matches(&self, place: &Place) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        self.fault.fits(&place.operation, self.scope.operation.is_some())
            && same(&self.scope.provider, Some(&place.provider))
            && same(&self.scope.operation, Some(&place.operation))
            && same(&self.scope.line, place.line.as_deref())
            && same(&self.scope.customer, place.customer.as_deref())
            && same(&self.scope.message_type, place.message_type.as_deref())
    }
}

/// All faults that wait to strike.
#[derive(Debug, Default)]
pub struct Faults(Mutex<(u64, Vec<Rule>)>);

impl Faults {
    /// Adds a fault and gives its id.
    pub fn add(&self, mut rule: Rule) -> u64 {
        let mut held = lock(&self.0);
        held.0 += 1;
        rule.id = held.0;
        held.1.push(rule);
        held.0
    }

    /// What waits.
    pub fn list(&self) -> Vec<Rule> {
        lock(&self.0).1.clone()
    }

    /// Removes one; false when there is none with this id.
    pub fn remove(&self, id: u64) -> bool {
        let mut held = lock(&self.0);
        let before = held.1.len();
        held.1.retain(|rule| rule.id != id);
        held.1.len() < before
    }

    /// Removes all.
    pub fn clear(&self) {
        lock(&self.0).1.clear();
    }

    /// The faults that strike at `place`, at most one of each sort; counts them as struck.
    pub fn take(&self, place: &Place) -> Vec<Fault> {
        let mut held = lock(&self.0);
        let mut taken: Vec<Fault> = Vec::new();
        for rule in held.1.iter_mut().filter(|rule| rule.matches(place)) {
            let sort = std::mem::discriminant(&rule.fault);
            if taken.iter().any(|fault| std::mem::discriminant(fault) == sort) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.struck += 1;
            if !rule.forever {
                rule.count = rule.count.saturating_sub(1);
            }
            taken.push(rule.fault.clone());
        }
        held.1.retain(|rule| rule.forever || rule.count > 0);
        taken
    }
}
