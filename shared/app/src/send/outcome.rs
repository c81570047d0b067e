//! What comes of a send: noted with the message, then everything else.

use colibri_channels::Refused;
use colibri_channels::send::{Outcome, Sent};
use colibri_channels::wire::WaitScope;
use colibri_domain::Millis;
use colibri_domain::channel::{Channel, ChannelError, ChannelState, ReadReceipts as Setting};
use colibri_domain::contact::ContactChannel;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::{Actor, AfterFailure, Message, SendStep, Source, after_failure};
use colibri_store::{WorkspaceStore, WriteContext};

use super::{MessageSend, Next, failed, locked, remember};
use crate::http::RecordError;
use crate::receipts::ReadReceipts;

/// Tries to note that the provider took a message.
const NOTE_TRIES: u32 = 3;
/// The longest time that a number is left alone after a refusal for all of it, in milliseconds.
const PAUSE_MILLIS: i64 = 60_000;

impl MessageSend {
    pub(super) async fn refuse(
        &self,
        store: &WorkspaceStore,
        message: &Message,
        failure: &Failure,
    ) -> Result<Next, RecordError> {
        self.metrics.count("send.failed", 1);
        match store
            .step(message, &SendStep::Failed, None, Some(failure), self.clock.now())
            .await
            .map_err(failed)?
        {
            Some(message) => self.leave(store, &message, None).await,
            None => Ok(Next::Go),
        }
    }

    pub(super) async fn record(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        identity: &ContactChannel,
        message: Message,
        outcome: Outcome,
        due: Option<Millis>,
    ) -> Result<Next, RecordError> {
        match outcome {
            Outcome::Sent(sent) => {
                self.metrics.count("send.accepted", 1);
                let noted = self.note(store, &message, &sent).await?;
                let next = self.leave(store, noted.as_ref().unwrap_or(&message), due).await?;
                self.after(store, channel, identity, &message, &sent).await;
                Ok(next)
            }
            Outcome::Failed(refused) => self.refused(store, channel, message, refused).await,
        }
    }

    /// The provider has it: this note is worth some tries, because without it nobody knows.
    async fn note(
        &self,
        store: &WorkspaceStore,
        message: &Message,
        sent: &Sent,
    ) -> Result<Option<Message>, RecordError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match store
                .step(message, &SendStep::Accepted, Some(&sent.provider_id), None, self.clock.now())
                .await
            {
                Ok(noted) => return Ok(noted),
                Err(error) if tries < NOTE_TRIES => {
                    tracing::warn!(error.cause = %error, "acceptance not noted yet");
                }
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// What is worth doing after a send, and no reason to fail one.
    async fn after(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        identity: &ContactChannel,
        message: &Message,
        sent: &Sent,
    ) {
        let new: Vec<String> = sent
            .aliases
            .iter()
            .filter(|a| **a != identity.identity && !identity.aliases.contains(a))
            .cloned()
            .collect();
        if !new.is_empty() {
            let context = WriteContext { actor: Actor::source(Source::System), now: self.clock.now() };
            if let Err(error) =
                store.connect_identity(message.contact_id, identity.clone(), &new, &context).await
            {
                tracing::info!(error.cause = %error, "further identity not kept");
            }
        }
        if message.sender.source == Source::User && channel.read_receipts != Setting::Never {
            self.receipt(store, channel, identity).await;
        }
    }

    /// Whoever answers has read; each message of the customer's is told so once.
    async fn receipt(&self, store: &WorkspaceStore, channel: &Channel, identity: &ContactChannel) {
        let Some(reference) = &identity.last_inbound_ref else { return };
        if locked(&self.warm.receipts).get(&identity.id) == Some(reference) {
            return;
        }
        remember(&self.warm.receipts, identity.id.clone(), reference.clone());
        ReadReceipts { providers: self.providers.clone() }.send(store, channel, identity).await;
    }

    async fn refused(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        message: Message,
        refused: Refused,
    ) -> Result<Next, RecordError> {
        let now = self.clock.now();
        let attempts = match message.send {
            Some(SendStep::Sending { attempts, .. }) => attempts,
            _ => 0,
        };
        if refused.alert {
            self.warn(store, channel, &refused.failure, now).await?;
        }
        match after_failure(refused.failure.class, attempts, refused.retry_after, self.ids.random(1000)) {
            AfterFailure::Again { delay, attempts } => {
                self.metrics.count("send.waits", 1);
                if refused.scope == Some(WaitScope::Account) {
                    let until = now.plus(delay.min(PAUSE_MILLIS));
                    remember(&self.warm.paused, channel.id.clone(), until);
                }
                let step = SendStep::Queued { due_at: now.plus(delay), attempts };
                store.step(&message, &step, None, None, now).await.map_err(failed)?;
                Ok(Next::Wait(delay))
            }
            AfterFailure::Ambiguous => {
                self.metrics.count("send.ambiguous", 1);
                match store
                    .step(&message, &SendStep::Ambiguous, None, Some(&refused.failure), now)
                    .await
                    .map_err(failed)?
                {
                    Some(message) => self.leave(store, &message, None).await,
                    None => Ok(Next::Go),
                }
            }
            AfterFailure::Fail => {
                if refused.failure.class == FailureClass::Account {
                    self.mark(store, channel, &refused.failure, now).await?;
                }
                if refused.failure.class == FailureClass::OptedOut {
                    let context = WriteContext { actor: Actor::source(Source::Contact), now };
                    store
                        .set_marketing(message.contact_id, &message.contact_channel_id, true, &context)
                        .await
                        .map_err(failed)?;
                }
                self.refuse(store, &message, &refused.failure).await
            }
        }
    }

    /// The provider warns about the number: shown with the channel, which goes on working.
    async fn warn(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        failure: &Failure,
        now: Millis,
    ) -> Result<(), RecordError> {
        let known = channel.error.as_ref().is_some_and(|e| e.reason == failure.reason);
        if known || channel.state != ChannelState::Connected {
            return Ok(());
        }
        let error = ChannelError { reason: failure.reason, code: failure.code.clone(), at: now };
        let warned = Channel { error: Some(error), ..channel.clone() };
        store.put_channel(&warned, None).await.map_err(failed)
    }

    /// The account has a problem: its channel shows it, so that not every message has to.
    async fn mark(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        failure: &Failure,
        now: Millis,
    ) -> Result<(), RecordError> {
        let template =
            matches!(failure.reason, FailureReason::TemplatePaused | FailureReason::TemplateDisabled);
        if template || channel.state != ChannelState::Connected {
            return Ok(());
        }
        let error = ChannelError { reason: failure.reason, code: failure.code.clone(), at: now };
        let broken = Channel { state: ChannelState::Error, error: Some(error), ..channel.clone() };
        store.put_channel(&broken, None).await.map_err(failed)
    }
}
