//! Charges, payments and invoices: what the subscription's rules decide, done.
//!
//! The rules keep what is to be done with the subscription; here it is done, one effect after the other, each so that
//! doing it again changes nothing. A run that dies leaves the rest to the next one, which the index finds.

pub mod deletions;
mod effects;
pub mod mails;
pub mod payments;
pub mod pdf;
pub mod run;
pub mod stripe;
pub mod tax_authority;
mod warnings;
pub mod webhook;

pub use effects::{TRANSFER, asked};

use std::sync::Arc;

use colibri_domain::OrganizationId;
use colibri_domain::billing::ledger::HistoryEntry;
use colibri_domain::billing::{Facts, Input, Refusal, Subscription, step};
use colibri_store::{Files, Store, StoreError, StoredSubscription};
use serde_json::json;

use crate::ports::{Clock, Invoke, Mail};
use payments::Payments;
use tax_authority::TaxAuthority;

/// Tries of a change that somebody else was first with.
const TRIES: u32 = 12;

/// Everything that billing is done with.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Billing {
    pub store: Store,
    pub files: Files,
    pub payments: Arc<dyn Payments>,
    pub authority: Arc<dyn TaxAuthority>,
    pub mail: Arc<dyn Mail>,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    /// Base address of the console, for the links of mails.
    pub console_url: String,
}

/// Decides what follows from what happened, and does nothing of it: whoever works on the subscription next does.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Decisions {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
}

/// Why something was not decided.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BillingError {
    #[error("there is no subscription")]
    Missing,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("too many changes at once")]
    Contended,
}

impl Decisions {
    /// Applies what happened. `by` is a user's id, `provider` or `clock`.
    pub async fn apply(
        &self,
        organization: &OrganizationId,
        input: &Input,
        by: &str,
    ) -> Result<Subscription, BillingError> {
        for _ in 0..TRIES {
            let stored = self.subscription(organization).await?;
            match self.change(&stored, input, None, by).await? {
                Some(after) => return Ok(after),
                None => tokio::task::yield_now().await,
            }
        }
        Err(BillingError::Contended)
    }

    /// The subscription as it is.
    pub async fn subscription(
        &self,
        organization: &OrganizationId,
    ) -> Result<StoredSubscription, BillingError> {
        let stored = self.store.organization(organization).subscription().await?;
        stored.ok_or(BillingError::Missing)
    }

    /// Writes what follows from an input, and that an effect is done; `None`: somebody else was first.
    pub(crate) async fn change(
        &self,
        stored: &StoredSubscription,
        input: &Input,
        done: Option<u64>,
        by: &str,
    ) -> Result<Option<Subscription>, BillingError> {
        let organization = self.store.organization(&stored.subscription.organization);
        let mut before = stored.subscription.clone();
        before.todo.retain(|todo| Some(todo.id) != done);
        let catalogue = self.store.installation().catalogue().await?;
        let contacts = organization.quota().await?.used;
        let now = self.clock.now();
        let after = step(&before, input, Facts { now, catalogue: &catalogue, contacts })?.state;
        if after == stored.subscription {
            return Ok(Some(after));
        }
        // The clock's own steps say in their effects what they did.
        let told = !matches!(input, Input::Tick);
        let history =
            told.then(|| HistoryEntry { at: now, by: by.to_owned(), what: json!({ "input": input }) });
        let saved = organization.save_subscription(&after, stored.version, history.as_ref()).await?;
        Ok(saved.then_some(after))
    }
}

impl Billing {
    /// What decides here.
    fn decisions(&self) -> Decisions {
        Decisions { store: self.store.clone(), clock: Arc::clone(&self.clock) }
    }

    /// Applies what happened. `by` is a user's id, `provider` or `clock`.
    pub async fn apply(
        &self,
        organization: &OrganizationId,
        input: &Input,
        by: &str,
    ) -> Result<Subscription, BillingError> {
        self.decisions().apply(organization, input, by).await
    }

    /// The subscription as it is.
    pub async fn subscription(
        &self,
        organization: &OrganizationId,
    ) -> Result<StoredSubscription, BillingError> {
        self.decisions().subscription(organization).await
    }

    async fn change(
        &self,
        stored: &StoredSubscription,
        input: &Input,
        done: Option<u64>,
        by: &str,
    ) -> Result<Option<Subscription>, BillingError> {
        self.decisions().change(stored, input, done, by).await
    }
}
