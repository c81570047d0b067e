//! Templates are read from the provider: when a channel is connected, on request, and every few hours.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::capabilities;
use colibri_channels::templates::{list_request, read_page};
use colibri_domain::channel::{Channel, ChannelState};
use colibri_domain::{ChannelId, WorkspaceId};
use colibri_store::{Store, WorkspaceStore};
use serde_json::Value;

use crate::http::{JsonHandler, RecordError};
use crate::ports::Invoke;
use crate::provider::{PROVIDER_LIMITS, Providers};

/// Pages read of one account: 6,000 templates is Meta's limit, at 100 a page.
const PAGES: usize = 80;

/// Reads templates.
#[allow(missing_docs)]
pub struct TemplateSync {
    pub store: Store,
    pub providers: Providers,
    pub invoke: Arc<dyn Invoke>,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl JsonHandler for TemplateSync {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let detail = &payload["detail"];
        let named = || -> Option<(WorkspaceId, ChannelId)> {
            Some((
                detail["workspace_id"].as_str()?.parse().ok()?,
                detail["channel_id"].as_str()?.parse().ok()?,
            ))
        };
        let Some((workspace, channel)) = named() else { return self.start_all().await };
        let store = self.store.workspace(&workspace);
        if let Some(channel) = store.channel(&channel).await.map_err(failed)?
            && channel.state == ChannelState::Connected
            && capabilities(channel.source).templates
        {
            self.read(&store, &channel).await?;
        }
        Ok(Value::Null)
    }
}

impl TemplateSync {
    /// The schedule names nobody: one run for each channel.
    async fn start_all(&self) -> Result<Value, RecordError> {
        for entry in self.store.installation().active_channels().await.map_err(failed)? {
            let job = serde_json::json!({ "workspace_id": entry.workspace, "channel_id": entry.channel });
            self.invoke.start("template-sync", &job.to_string()).await.map_err(failed)?;
        }
        Ok(Value::Null)
    }

    async fn read(&self, store: &WorkspaceStore, channel: &Channel) -> Result<(), RecordError> {
        let endpoint = self.providers.endpoint(store, channel).await.map_err(failed)?;
        let mut templates = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let Some(request) = list_request(channel.source, &endpoint, after.as_deref()).map_err(failed)?
            else {
                return Ok(());
            };
            let answer = self.providers.call(request, PROVIDER_LIMITS).await.map_err(failed)?;
            let page = match read_page(channel.source, &channel.id, &answer) {
                Ok(page) => page,
                Err(refused) => {
                    return Err(RecordError(format!("templates refused: {:?}", refused.failure.reason)));
                }
            };
            templates.extend(page.templates);
            after = page.next;
            if after.is_none() {
                return store.replace_templates(&channel.id, &templates).await.map_err(failed);
            }
        }
        // Never finished: what was read is stored, nothing is taken for deleted.
        for template in &templates {
            store.put_template(template, None).await.map_err(failed)?;
        }
        Ok(())
    }
}
