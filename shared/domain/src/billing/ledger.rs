//! What is noted of money and of decisions: entries that are never changed.

use serde::{Deserialize, Serialize};

use super::money::Money;
use crate::time::Millis;

/// Kind of an entry of the ledger, by what it does to the balance that a customer owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// An invoice: he owes.
    Invoiced,
    /// Money came in.
    Paid,
    /// A credit note: he owes less.
    Credited,
    /// Money went back.
    Refunded,
    /// Money came in that nobody owed.
    PaidUnowed,
    /// It went back.
    GivenBack,
    /// A bank took a payment back.
    Disputed,
}

impl EntryKind {
    /// Whether it makes the customer owe more.
    pub const fn is_owing(self) -> bool {
        matches!(self, Self::Invoiced | Self::Refunded | Self::GivenBack | Self::Disputed)
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LedgerEntry {
    /// Follows from what it notes.
    pub id: String,
    /// When.
    pub at: Millis,
    /// What.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// For which charge.
    pub charge: String,
    /// Never negative; the kind says the direction.
    pub amount: Money,
    /// Number of the document, or the provider's id of the payment.
    pub reference: String,
}

impl LedgerEntry {
    /// What it adds to what the customer owes, in minor units.
    pub const fn balance(&self) -> i64 {
        if self.kind.is_owing() { self.amount.minor } else { -self.amount.minor }
    }
}

/// What somebody did about a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// When.
    pub at: Millis,
    /// A user's id, `provider` or `clock`.
    pub by: String,
    /// What: a name of ours with what it was about.
    #[schema(value_type = Object)]
    pub what: serde_json::Value,
}
