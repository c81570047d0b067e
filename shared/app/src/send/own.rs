//! Messages of our own channels: into the visitor's feed. Trying again has the effect of once, so nothing here is ever
//! ambiguous.

use colibri_channels::Refused;
use colibri_channels::send::{Outcome, Sent, Transport, transport};
use colibri_domain::channel::Channel;
use colibri_domain::contact::ContactChannel;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::{Message, SendStep};
use colibri_store::{File, WorkspaceStore};

use super::{MessageSend, Next, failed, ours};
use crate::http::RecordError;
use crate::webchat::deliver::{Delivery, NotDelivered};

impl MessageSend {
    pub(super) async fn to_visitor(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        identity: &ContactChannel,
        message: &Message,
    ) -> Outcome {
        let later =
            || Outcome::Failed(Refused::new(Failure::ours(FailureClass::Retry, FailureReason::Unavailable)));
        let (Some(content), Some(visitors)) = (&message.outbound, &self.providers.visitors) else {
            return Outcome::Failed(Refused::new(ours(FailureReason::Unknown)));
        };
        let Ok((file, _)) = self.material(store, channel, content).await else { return later() };
        let file = file.as_ref().and_then(File::reference);
        let delivery = Delivery {
            store,
            vault: &*self.providers.vault,
            queue: &*self.queue,
            channel,
            identity,
            message,
            file: file.as_ref(),
            now: self.clock.now(),
        };
        match visitors.deliver(delivery).await {
            Ok(provider_id) => Outcome::Sent(Sent { provider_id, aliases: Vec::new(), media: None }),
            Err(NotDelivered::Refused(refusal)) => Outcome::Failed(Refused::new(refusal.code.failure())),
            Err(NotDelivered::Store(error)) => {
                tracing::warn!(channel.id = %channel.id, error.cause = %error, "not delivered yet");
                later()
            }
        }
    }

    pub(super) async fn is_own(
        &self,
        store: &WorkspaceStore,
        message: &Message,
    ) -> Result<bool, RecordError> {
        let channel = store.channel(&message.channel_id).await.map_err(failed)?;
        Ok(channel.is_some_and(|channel| transport(channel.source) == Transport::Own))
    }

    /// Somebody died on the way: the message is simply tried again.
    pub(super) async fn again(&self, store: &WorkspaceStore, message: &Message) -> Result<Next, RecordError> {
        let now = self.clock.now();
        let attempts = match message.send {
            Some(SendStep::Sending { attempts, .. }) => attempts,
            _ => 0,
        };
        let step = SendStep::Queued { due_at: now, attempts };
        store.step(message, &step, None, None, now).await.map(|_| Next::Go).map_err(failed)
    }
}
