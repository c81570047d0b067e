//! An organization that has ended goes for good, 30 days after the end of its service.
//!
//! Its contacts go by an order like any other, with its certificate; then files, settings and people. What the law has
//! kept stays: subscription, documents, ledger. Every step may be repeated; the organization itself goes last.

use std::sync::Arc;

use colibri_domain::billing::Status;
use colibri_domain::billing::deletion::{Choice, DeletionOrder, OrderFile, OrderStatus, Tally};
use colibri_domain::{OrganizationId, UserId, WorkspaceId};
use colibri_store::{Files, OrganizationStore, Store};
use serde_json::json;

use crate::http::RecordError;
use crate::ports::{Clock, Invoke};

/// Lists of objects that one run empties.
const LISTS: usize = 20;
/// What the ids of such orders begin with.
const ENDING: &str = "ord_ending-";

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Whether an order was made by the end of an organization.
pub(crate) fn is_ending(order: &DeletionOrder) -> bool {
    order.id.starts_with(ENDING)
}

/// Deletes organizations whose subscription has ended for good.
#[allow(missing_docs)]
pub(crate) struct OrganizationPurge {
    pub store: Store,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
}

impl OrganizationPurge {
    /// Goes on with an organization; false where something is still on its way.
    pub async fn run(&self, id: &OrganizationId) -> Result<bool, RecordError> {
        let organization = self.store.organization(id);
        let stored = organization.subscription().await.map_err(failed)?;
        // Who came back in time, or never had one, keeps everything.
        let Some(stored) = stored.filter(|stored| stored.subscription.status == Status::Purged) else {
            return Ok(true);
        };
        for workspace in organization.workspaces().await.map_err(failed)? {
            if !self.contacts(&organization, &workspace.id, &stored.subscription.zone).await?
                || !self.files(&workspace.id).await?
            {
                return Ok(false);
            }
            self.store.workspace(&workspace.id).end().await.map_err(failed)?;
            organization.forget_workspace(&workspace).await.map_err(failed)?;
        }
        organization.end().await.map_err(failed)?;
        tracing::info!(organization.id = %id, "organization purged");
        Ok(true)
    }

    async fn contacts(
        &self,
        organization: &OrganizationStore,
        workspace: &WorkspaceId,
        zone: &str,
    ) -> Result<bool, RecordError> {
        let order = format!("{ENDING}{workspace}");
        match organization.deletion_order(&order).await.map_err(failed)? {
            Some((file, _)) if file.order.status == OrderStatus::Executed => return Ok(true),
            Some(_) => {}
            None => {
                let contacts = self.store.workspace(workspace).contacts_created().await.map_err(failed)?;
                let now = self.clock.now();
                let file = OrderFile {
                    order: DeletionOrder {
                        id: order.clone(),
                        workspace: workspace.clone(),
                        by: UserId::from_unique("system"),
                        status: OrderStatus::Executing,
                        requested_at: now,
                        confirmed_at: Some(now),
                        contacts,
                        writers_too: true,
                        runs_at: Some(now),
                        reminded: true,
                    },
                    choice: Choice::Everything { until: contacts },
                    zone: zone.to_owned(),
                    place: 0,
                    going: false,
                    tally: Tally::default(),
                    certificate: None,
                };
                // Somebody else made it at the same moment: it is the same.
                organization.save_deletion_order(&file, 0).await.map_err(failed)?;
            }
        }
        let job = json!({ "organization_id": organization.id, "order_id": order });
        self.invoke.start("deletion-run", &job.to_string()).await.map_err(failed)?;
        Ok(false)
    }

    async fn files(&self, workspace: &WorkspaceId) -> Result<bool, RecordError> {
        for _ in 0..LISTS {
            let (deleted, own) = self.files.delete_some(workspace).await.map_err(failed)?;
            self.store.workspace(workspace).forget_files(&own).await.map_err(failed)?;
            if deleted == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
