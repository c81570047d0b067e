//! Every hour each connected channel is looked after.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_store::Store;
use serde_json::Value;

use crate::channel_health::ChannelHealth;
use crate::http::{JsonHandler, RecordError};
use crate::ports::Invoke;

/// Checks channels: the schedule's run starts one run for each.
#[allow(missing_docs)]
pub struct ChannelCheck {
    pub store: Store,
    pub health: ChannelHealth,
    pub invoke: Arc<dyn Invoke>,
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
        // An unreachable provider proves nothing about the channel: the next hour asks again.
        if let Err(problem) = self.health.check(&store, channel).await {
            tracing::info!(code = problem.code, "channel not checked");
        }
        Ok(Value::Null)
    }
}
