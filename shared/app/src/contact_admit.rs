//! People who wrote while the contact quota was full are let in when there is room again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use colibri_domain::WorkspaceId;
use colibri_domain::inbound::InboundEvent;
use colibri_store::{Identify, Store, WorkspaceStore};
use serde_json::{Value, json};

use crate::http::{JsonHandler, RecordError};
use crate::ports::{Invoke, Queue, QueueMessage, QueueName};
use crate::receive::{forms, vouched_phone};

/// Puts waiting events back on the queue: the schedule's run starts one run for each workspace.
#[allow(missing_docs)]
pub struct ContactAdmit {
    pub store: Store,
    pub queue: Arc<dyn Queue>,
    pub invoke: Arc<dyn Invoke>,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Whether the person of an event is a contact. One whose event is too large for the table is asked again later.
async fn known(store: &WorkspaceStore, event: &str) -> Result<bool, RecordError> {
    let Ok(event) = serde_json::from_str::<InboundEvent>(event) else { return Ok(false) };
    let (forms, phone) = (forms(&event.from), vouched_phone(&event.from));
    let who = Identify { channel: &event.channel_id, forms: &forms, phone: phone.as_ref() };
    store.find_contact(who).await.map(|contact| contact.is_some()).map_err(failed)
}

#[async_trait]
impl JsonHandler for ContactAdmit {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        match payload["detail"]["workspace_id"].as_str() {
            Some(workspace) => self.admit(&workspace.parse().map_err(failed)?).await?,
            None => self.start_all().await?,
        }
        Ok(Value::Null)
    }
}

impl ContactAdmit {
    async fn start_all(&self) -> Result<(), RecordError> {
        let channels = self.store.installation().active_channels().await.map_err(failed)?;
        let workspaces: BTreeSet<WorkspaceId> = channels.into_iter().map(|entry| entry.workspace).collect();
        for workspace in workspaces {
            let job = json!({ "workspace_id": workspace });
            self.invoke.start("contact-admit", &job.to_string()).await.map_err(failed)?;
        }
        Ok(())
    }

    /// As many people as there is room for, in the order in which they came, each with everything that he wrote.
    /// Handled twice, an event is one message; where somebody else took the place meanwhile, it waits again.
    async fn admit(&self, id: &WorkspaceId) -> Result<(), RecordError> {
        let store = self.store.workspace(id);
        let waiting = store.waiting().await.map_err(failed)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let Some(settings) = store.settings().await.map_err(failed)? else { return Ok(()) };
        let organization = self.store.organization(&settings.workspace.organization_id);
        let quota = organization.quota().await.map_err(failed)?;
        let room = usize::try_from(quota.limit.saturating_sub(quota.used)).unwrap_or(usize::MAX);
        let mut people: BTreeMap<String, bool> = BTreeMap::new();
        let mut taken = 0;
        for event in waiting {
            let admitted = match people.get(&event.group) {
                Some(admitted) => *admitted,
                None if taken < room => {
                    taken += 1;
                    true
                }
                // Who has a place by now needs none.
                None => known(&store, &event.event).await?,
            };
            people.insert(event.group.clone(), admitted);
            if !admitted {
                continue;
            }
            let message = QueueMessage {
                body: event.event,
                group: event.group,
                dedup: Some(format!("admit-{}", event.id)),
                delay: Duration::ZERO,
            };
            self.queue.send(QueueName::Inbound, vec![message]).await.map_err(failed)?;
            store.delete_waiting(&event.id).await.map_err(failed)?;
        }
        Ok(())
    }
}
