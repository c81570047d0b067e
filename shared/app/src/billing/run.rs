//! The clock of billing: finds what is due by its index and has each subscription worked on by itself.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::OrganizationId;
use colibri_domain::billing::Input;
use colibri_store::{DUE_SHARDS, Store};
use serde_json::{Value, json};

use super::{Billing, BillingError};
use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Invoke};

/// Subscriptions of a shard that one run starts; more wait for the next run.
const MOST: usize = 2_000;
/// Effects that one invocation does.
const EFFECTS: usize = 60;

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Starts the work on every subscription that something is due for.
#[allow(missing_docs)]
pub struct BillingRun {
    pub store: Store,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl JsonHandler for BillingRun {
    async fn handle(&self, _: Value) -> Result<Value, RecordError> {
        let mut started = 0;
        for shard in 0..DUE_SHARDS {
            let due = self.store.installation().due_subscriptions(shard, self.clock.now(), MOST).await;
            for organization in due.map_err(failed)? {
                start(&*self.invoke, &organization).await?;
                started += 1;
            }
        }
        Ok(json!({ "started": started }))
    }
}

/// Has a subscription worked on. Started twice, the second finds nothing to do.
pub async fn start(invoke: &dyn Invoke, organization: &OrganizationId) -> Result<(), RecordError> {
    let job = json!({ "organization_id": organization });
    invoke.start("billing-charge", &job.to_string()).await.map_err(failed)
}

/// Works on one subscription: debits, invoices, mails.
pub struct BillingCharge {
    /// What it works with.
    pub billing: Billing,
}

#[async_trait]
impl JsonHandler for BillingCharge {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let organization = payload["detail"]["organization_id"].as_str().unwrap_or_default();
        let organization: OrganizationId = organization.parse().map_err(failed)?;
        let left = self.billing.work(&organization).await?;
        Ok(json!({ "left": left }))
    }
}

impl Billing {
    /// Does what time brings and what waits; returns how many effects still wait for somebody outside.
    pub async fn work(&self, organization: &OrganizationId) -> Result<usize, RecordError> {
        // Nobody's debit waits for a warning.
        if let Err(error) = self.warn_quota(organization).await {
            tracing::warn!(organization.id = %organization, error.cause = %error, "quota not looked at");
        }
        let mut later = Vec::new();
        for _ in 0..EFFECTS {
            let stored = match self.subscription(organization).await {
                Ok(stored) => stored,
                Err(BillingError::Missing) => return Ok(0),
                Err(error) => return Err(failed(error)),
            };
            let next = stored.subscription.todo.iter().find(|todo| !later.contains(&todo.id)).cloned();
            let Some(todo) = next else {
                let before = stored.subscription.decided;
                match self.change(&stored, &Input::Tick, None, "clock").await.map_err(failed)? {
                    Some(after) if after.decided == before => return Ok(later.len()),
                    _ => continue,
                }
            };
            match self.perform(&stored.subscription, &todo).await? {
                Some(input) => {
                    // Lost to somebody else: it is looked at again, and done again to no effect.
                    self.change(&stored, &input, Some(todo.id), "provider").await.map_err(failed)?;
                }
                None => later.push(todo.id),
            }
        }
        Ok(later.len())
    }
}
