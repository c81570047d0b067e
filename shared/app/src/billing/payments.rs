//! Payment providers behind one small trait.

use async_trait::async_trait;
use colibri_domain::billing::charge::Payment;
use colibri_domain::billing::{Card, Money};
use colibri_domain::{Millis, OrganizationId};

/// What is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// By whom.
    pub organization: OrganizationId,
    /// The charge's id: the provider keeps it with the payment and tells it in its webhooks.
    pub charge: String,
    /// With tax.
    pub total: Money,
    /// One line for the provider's page and the card's statement.
    pub text: String,
}

/// How a try to pay ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Paid.
    Paid(Received),
    /// The bank or the provider said no; its reason in a stable word.
    Declined(String),
    /// Not decided yet.
    Waiting,
}

/// Money that the provider says it has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// For whom and what.
    pub organization: OrganizationId,
    /// The charge's id.
    pub charge: String,
    /// How much.
    pub total: Money,
    /// As it is kept with the charge.
    pub payment: Payment,
    /// The card, where the provider keeps it for later debits.
    pub card: Option<Card>,
}

/// Why a provider gave no answer that decides anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum PaymentError {
    /// Not reached, too busy, or the answer was lost: asked again, with the same key.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// It refuses the request itself: our mistake or our account's.
    #[error("refused: {0}")]
    Refused(String),
}

/// What a delivery tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something became of a payment: its id, to be asked for at the provider.
    Payment(String),
    /// A bank takes a payment back.
    Disputed {
        /// The payment's id.
        payment: String,
        /// How much.
        total: Money,
    },
    /// Nothing that concerns us.
    Nothing,
}

/// Why a delivery is not the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Forged {
    #[error("no signature, or a wrong one")]
    Signature,
    #[error("signed too long ago, or in the future")]
    Stale,
    #[error("not readable")]
    Unreadable,
}

/// A payment provider.
#[async_trait]
pub trait Payments: Send + Sync {
    /// Its name in charges and ledgers.
    fn name(&self) -> &'static str;

    /// A page of the provider on which any card pays a charge and is kept for later debits. `back` is where it leads to.
    async fn page(&self, asked: &Asked, known: Option<&Card>, back: &str) -> Result<String, PaymentError>;

    /// Debits a kept card. `key` is the same for every repetition of one try, and a repetition debits nothing.
    async fn debit(&self, asked: &Asked, card: &Card, key: &str) -> Result<Outcome, PaymentError>;

    /// A payment for this charge that succeeded or waits, by whatever way it was made.
    async fn find(&self, asked: &Asked, card: Option<&Card>) -> Result<Option<Outcome>, PaymentError>;

    /// What became of a payment.
    async fn payment(&self, id: &str) -> Result<Option<Outcome>, PaymentError>;

    /// Pays back; `key` as for a debit. Money that went back already counts as done.
    async fn refund(&self, payment: &str, amount: Money, key: &str) -> Result<(), PaymentError>;

    /// Checks a delivery's signature and says what it tells.
    fn told(&self, headers: &http::HeaderMap, body: &[u8], now: Millis) -> Result<Told, Forged>;
}
