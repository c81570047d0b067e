//! The provider's read receipt: what the customer sees as "read". It goes out when an agent replies or marks as
//! read, and by merely opening only where the channel's setting says so.

use colibri_channels::send::{Transport, read_receipt_request, transport};
use colibri_domain::channel::{Channel, ChannelState, ReadReceipts as Setting};
use colibri_domain::contact::{ContactChannel, Head};
use colibri_store::WorkspaceStore;

use crate::api::Member;
use crate::provider::{PROVIDER_LIMITS, Providers};

/// Sends read receipts. Best effort: a receipt that does not arrive is no reason to disturb anybody.
#[derive(Clone)]
pub struct ReadReceipts {
    /// Providers.
    pub providers: Providers,
}

impl ReadReceipts {
    /// An agent marked as read (`opened`: he only opened the conversation).
    pub async fn read(&self, member: &Member, head: &Head, opened: bool) {
        if head.unread == 0 {
            return;
        }
        for identity in &head.channels {
            let channel = member.settings.channels.iter().find(|c| c.id == identity.channel_id);
            let Some(channel) = channel else { continue };
            let wanted = match channel.read_receipts {
                Setting::Never => false,
                Setting::OnOpen => true,
                Setting::OnReply => !opened,
            };
            if wanted {
                self.send(&member.store, channel, identity).await;
            }
        }
    }

    /// Tells the provider that the last message of this identity was read.
    pub async fn send(&self, store: &WorkspaceStore, channel: &Channel, identity: &ContactChannel) {
        let Some(reference) = &identity.last_inbound_ref else { return };
        if channel.state != ChannelState::Connected {
            return;
        }
        if transport(channel.source) == Transport::Own {
            let Some(visitors) = &self.providers.visitors else { return };
            let visitor = store.visitor(&channel.id, &identity.identity);
            if let Err(cause) = visitors.read(&visitor, reference).await {
                tracing::info!(channel.id = %channel.id, error.cause = %cause, "read receipt not kept");
            }
            return;
        }
        let sent = async {
            let endpoint = self.providers.endpoint(store, channel).await.map_err(|e| e.to_string())?;
            let request =
                read_receipt_request(channel.source, &endpoint, &identity.identity, reference, false)
                    .map_err(|e| e.to_string())?;
            if let Some(request) = request {
                self.providers.call(request, PROVIDER_LIMITS).await.map_err(|e| e.to_string())?;
            }
            Ok::<_, String>(())
        };
        if let Err(cause) = sent.await {
            tracing::info!(channel.id = %channel.id, error.cause = %cause, "read receipt not sent");
        }
    }
}
