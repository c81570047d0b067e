//! Deleted contacts go for good when their time has come, and with them everything that knows them.
//!
//! This module alone says what a contact owns outside of its own items: files, what visitors left, what users were
//! told. Every step may be repeated; the contact itself goes last, so that a killed run is taken up by the next.

pub(crate) mod organization;

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::{ContactId, WorkspaceId};
use colibri_store::{Files, Store, WorkspaceStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Invoke};

/// Contacts that one run looks at.
const CONTACTS: i32 = 50;
/// Pages of a history that one run deletes before it starts another run: 100 entries each.
pub const PAGES: usize = 100;

/// Purges what is due: the schedule's run all of it, one that names a contact only that one.
#[allow(missing_docs)]
pub struct ContactPurge {
    pub store: Store,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    /// Pages of a history that one run deletes: [`PAGES`].
    pub pages: usize,
}

/// One contact.
#[derive(Deserialize)]
struct One {
    workspace_id: WorkspaceId,
    contact_id: ContactId,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl JsonHandler for ContactPurge {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let mut pages = self.pages;
        if let Some(detail) = payload.get("detail") {
            let one: One = serde_json::from_value(detail.clone())
                .map_err(|e| crate::http::unreadable("purge job", &e))?;
            return self.one(&one.workspace_id, one.contact_id, &mut pages).await.map(|()| Value::Null);
        }
        let now = self.clock.now();
        let installation = self.store.installation();
        for due in installation.due_places(now).await.map_err(failed)? {
            let freed = installation.release_places(&due).await.map_err(failed)?;
            tracing::info!(organization.id = %due.organization, freed, "places of the quota are free");
        }
        let mut broken = 0;
        for due in installation.due_contacts(now, CONTACTS).await.map_err(failed)? {
            if pages == 0 {
                break;
            }
            if let Err(error) = self.one(&due.workspace, due.contact, &mut pages).await {
                tracing::warn!(workspace.id = %due.workspace, contact.id = %due.contact, error.cause = %error,
                    "contact not purged");
                broken += 1;
            }
        }
        if broken > 0 {
            return Err(RecordError(format!("{broken} contacts could not be purged")));
        }
        Ok(Value::Null)
    }
}

impl ContactPurge {
    async fn one(
        &self,
        workspace: &WorkspaceId,
        contact: ContactId,
        pages: &mut usize,
    ) -> Result<(), RecordError> {
        let store = self.store.workspace(workspace);
        let trashed = store.trashed(contact).await.map_err(failed)?;
        // Restored meanwhile, or gone: the index lags.
        if trashed.is_none_or(|trashed| trashed.purge_at > self.clock.now()) {
            return Ok(());
        }
        if !self.purge(&store, contact, pages).await? {
            let job = json!({ "workspace_id": workspace, "contact_id": contact });
            return self.invoke.start("contact-purge", &job.to_string()).await.map_err(failed);
        }
        tracing::info!(contact.id = %contact, "contact purged");
        Ok(())
    }

    /// Deletes everything of a contact in the trash; false where pages ran out first.
    pub(crate) async fn purge(
        &self,
        store: &WorkspaceStore,
        contact: ContactId,
        pages: &mut usize,
    ) -> Result<bool, RecordError> {
        let Some(head) = store.deleted_head(contact).await.map_err(failed)? else {
            return Ok(true);
        };
        let parts: Vec<ContactId> = std::iter::once(contact).chain(head.origins()).collect();
        for part in &parts {
            loop {
                if *pages == 0 {
                    return Ok(false);
                }
                *pages -= 1;
                let page = store.history_page(*part).await.map_err(failed)?;
                // The bytes first: their names are known only from the messages.
                for file in &page.files {
                    self.files.delete(&store.id, file).await.map_err(failed)?;
                }
                store.purge_history(&page).await.map_err(failed)?;
                if !page.more {
                    break;
                }
            }
        }
        while store.purge_visitors(&head).await.map_err(failed)?.more {}
        store.purge_notifications(&parts).await.map_err(failed)?;
        store.purge_contact(contact, &head).await.map_err(failed)?;
        Ok(true)
    }
}
