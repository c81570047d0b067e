//! Every hour each connected channel is looked after: whether its organization still has it, and whether it works.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_store::Store;
use serde_json::Value;

use crate::channel_health::ChannelHealth;
use crate::channel_hooks::Hooks;
use crate::http::{JsonHandler, RecordError};
use crate::ports::Invoke;
use crate::settings::{InstallationKey, MetaApps};

/// Checks channels: the schedule's run starts one run for each.
#[allow(missing_docs)]
pub struct ChannelCheck {
    pub store: Store,
    pub health: ChannelHealth,
    pub invoke: Arc<dyn Invoke>,
    /// The installation's own apps with their verify tokens.
    pub apps: MetaApps,
    /// What secrets of deliveries follow from.
    pub key: InstallationKey,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl JsonHandler for ChannelCheck {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let detail = &payload["detail"];
        let (Some(workspace), Some(channel)) =
            (detail["workspace_id"].as_str(), detail["channel_id"].as_str())
        else {
            for entry in self.store.installation().active_channels().await.map_err(failed)? {
                let job = serde_json::json!({ "workspace_id": entry.workspace, "channel_id": entry.channel });
                self.invoke.start("channel-check", &job.to_string()).await.map_err(failed)?;
            }
            return Ok(Value::Null);
        };
        let store = self.store.workspace(&workspace.parse().map_err(failed)?);
        let Some(channel) = store.channel(&channel.parse().map_err(failed)?).await.map_err(failed)? else {
            return Ok(Value::Null);
        };
        let access = match store.organization_id().await.map_err(failed)? {
            Some(organization) => self.store.organization(&organization).access().await.map_err(failed)?,
            None => return Ok(Value::Null),
        };
        let hooks = Hooks {
            store: &self.store,
            providers: &self.health.providers,
            apps: &self.apps,
            key: &self.key,
            webhook_url: &self.health.webhook_url,
        };
        let followed = hooks.follow(&store, channel, access, self.health.clock.now()).await;
        let channel = followed.map_err(|problem| failed(problem.code))?;
        // An unreachable provider proves nothing about the channel: the next hour asks again.
        if let Err(problem) = self.health.check(&store, channel).await {
            tracing::info!(code = problem.code, "channel not checked");
        }
        Ok(Value::Null)
    }
}
