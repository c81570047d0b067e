//! What the queue `outbound` carries: not messages (they wait in the table) but a hint where to look.

use std::time::Duration;

use colibri_domain::{ContactChannelId, ContactId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::ports::{PortError, Queue, QueueMessage, QueueName};

/// "Something may be due on this contact channel."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nudge {
    /// Tenant; also the queue's fairness group.
    pub workspace_id: WorkspaceId,
    /// Whose.
    pub contact_id: ContactId,
    /// Where.
    pub contact_channel_id: ContactChannelId,
}

impl Nudge {
    /// This nudge as a queue message, not before `delay` (at most 15 minutes).
    #[must_use]
    pub fn message(&self, delay: Duration) -> QueueMessage {
        QueueMessage {
            body: serde_json::to_string(self).unwrap_or_default(),
            group: self.workspace_id.to_string(),
            dedup: None,
            delay,
        }
    }

    /// Puts this nudge on the queue at once.
    pub async fn send(&self, queue: &dyn Queue) -> Result<(), PortError> {
        queue.send(QueueName::Outbound, vec![self.message(Duration::ZERO)]).await
    }
}
