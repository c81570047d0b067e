//! What providers report about our messages, and news about accounts.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use colibri_domain::channel::{ChannelError, ChannelState};
use colibri_domain::failure::{FailureClass, FailureReason};
use colibri_domain::inbound::{ChannelNotice, InboundEvent, StatusJob, StatusReport, UpTo, Watermark};
use colibri_domain::message::{Actor, Message, MessageState, SendStep, Source, StatusValue, Traffic};
use colibri_domain::phone::E164;
use colibri_domain::{ChannelId, ContactId, MessageId, Millis, WorkspaceId};
use colibri_store::{Entry, Identify, StatusOutcome, Store, WorkspaceStore, WriteContext};

use crate::http::{Record, RecordError, RecordHandler, unreadable};
use crate::ports::{Clock, Invoke, Metrics, Queue, QueueMessage, QueueName};
use crate::receive::{forms, join, vouched_phone};

/// Waits of a report, or of a change, that met no message yet, in seconds: five minutes together.
const PARKING: [u64; 5] = [5, 15, 40, 90, 150];

/// Newest entries of a timeline that a report about several messages looks through.
const WATERMARK_PAGE: u32 = 100;

/// Our reference on a send: it comes back with the provider's reports.
#[must_use]
pub fn reference(workspace: &WorkspaceId, contact: ContactId, message: MessageId) -> String {
    format!("{workspace}/{contact}/{message}")
}

/// The message that a reference names, if it is one of this workspace.
#[must_use]
pub fn referred(workspace: &WorkspaceId, reference: &str) -> Option<(ContactId, MessageId)> {
    let mut parts = reference.split('/');
    let named = parts.next()? == workspace.as_str();
    let (contact, message) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (named && parts.next().is_none()).then_some((contact, message))
}

/// Takes reports and notices.
#[allow(missing_docs)]
pub struct MessageStatus {
    pub store: Store,
    pub queue: Arc<dyn Queue>,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<dyn Metrics>,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// A job that comes back after its next wait; `None` after the last one.
fn later(job: &StatusJob, group: String, parked: u32) -> Option<QueueMessage> {
    let wait = PARKING.get(parked as usize)?;
    let body = serde_json::to_string(job).ok()?;
    Some(QueueMessage { body, group, dedup: None, delay: Duration::from_secs(*wait) })
}

/// A change that has met no message so many times, on its way back; `None` after the last time.
pub(crate) fn parked_change(event: InboundEvent, parked: u32) -> Option<QueueMessage> {
    let group = event.workspace_id.to_string();
    later(&StatusJob::Change { event: Box::new(event), parked: parked + 1 }, group, parked)
}

#[async_trait]
impl RecordHandler for MessageStatus {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        let job: StatusJob = serde_json::from_str(&record.body).map_err(|e| unreadable("status job", &e))?;
        match job {
            StatusJob::Status { workspace_id, channel_id, report, parked } => {
                self.status(workspace_id, channel_id, report, parked).await
            }
            StatusJob::Watermark { workspace_id, channel_id, watermark, parked } => {
                self.watermark(workspace_id, channel_id, watermark, parked).await
            }
            StatusJob::Change { event, parked } => self.change(*event, parked).await,
            StatusJob::Notice { workspace_id, channel_id, notice, at } => {
                self.notice(&workspace_id, &channel_id, notice, at).await
            }
        }
    }
}

impl MessageStatus {
    async fn status(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        report: StatusReport,
        parked: u32,
    ) -> Result<(), RecordError> {
        let store = self.store.workspace(&workspace);
        let place = self.place(&store, &workspace, &channel, &report).await?;
        let outcome = match place {
            Some((contact, message)) => self.apply(&store, &channel, contact, message, &report).await?,
            None => StatusOutcome::NoMessage,
        };
        if outcome == StatusOutcome::NoMessage {
            return self.park(workspace, channel, report, parked).await;
        }
        Ok(())
    }

    /// Which message a report is about: by our reference, else by the provider's id among the recipient's messages.
    async fn place(
        &self,
        store: &WorkspaceStore,
        workspace: &WorkspaceId,
        channel: &ChannelId,
        report: &StatusReport,
    ) -> Result<Option<(ContactId, MessageId)>, RecordError> {
        if let Some(place) = report.reference.as_deref().and_then(|r| referred(workspace, r)) {
            return Ok(Some(place));
        }
        let Some(recipient) = &report.recipient else { return Ok(None) };
        let mut forms = vec![recipient.clone()];
        forms.extend(
            E164::from_digits(recipient)
                .ok()
                .map(|phone| phone.matching_form())
                .filter(|form| form != recipient),
        );
        let who = Identify { channel, forms: &forms, phone: None };
        let Some(contact) = store.find_contact(who).await.map_err(failed)? else { return Ok(None) };
        let message = store.message_by_provider_id(contact, &report.provider_id).await.map_err(failed)?;
        Ok(message.map(|m| (contact, m.id)))
    }

    async fn apply(
        &self,
        store: &WorkspaceStore,
        channel: &ChannelId,
        contact: ContactId,
        id: MessageId,
        report: &StatusReport,
    ) -> Result<StatusOutcome, RecordError> {
        let now = self.clock.now();
        let mut author = Actor::source(Source::System);
        if report.value == StatusValue::Failed {
            // Only a failure is news to its author, and only a failure changes the head.
            match store.message(contact, id).await.map_err(failed)? {
                Some(message) if message.channel_id == *channel => author = message.sender,
                _ => return Ok(StatusOutcome::NoMessage),
            }
        }
        let outcome = store.apply_status(contact, id, report, author, now).await.map_err(failed)?;
        if let StatusOutcome::New(message) = &outcome {
            self.metrics.count("status.applied", 1);
            self.failure(store, message, report, now).await?;
        }
        if outcome == StatusOutcome::Known && report.value == StatusValue::Failed {
            self.repair(store, contact, id, report, now).await?;
        }
        Ok(outcome)
    }

    /// A message that failed after it looked sent: the head counts it, an opt-out is kept with the contact. A failure
    /// after the message was seen to arrive is only noted.
    async fn failure(
        &self,
        store: &WorkspaceStore,
        message: &Message,
        report: &StatusReport,
        now: Millis,
    ) -> Result<(), RecordError> {
        if report.value != StatusValue::Failed || message.state() != Some(MessageState::Failed) {
            return Ok(());
        }
        store.failed_late(message, now).await.map_err(failed)?;
        if report.failure.as_ref().is_some_and(|f| f.class == FailureClass::OptedOut) {
            let context = WriteContext { actor: Actor::source(Source::Contact), now };
            store
                .set_marketing(message.contact_id, &message.contact_channel_id, true, &context)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    /// A failure reported again: where the first time ended between message and head, the list's line tells.
    async fn repair(
        &self,
        store: &WorkspaceStore,
        contact: ContactId,
        id: MessageId,
        report: &StatusReport,
        now: Millis,
    ) -> Result<(), RecordError> {
        let Some(message) = store.message(contact, id).await.map_err(failed)? else { return Ok(()) };
        let head = store.head(contact).await.map_err(failed)?;
        let shown =
            head.and_then(|h| h.last_message).filter(|last| last.id == id).and_then(|last| last.state);
        if shown.is_some_and(|state| state != MessageState::Failed) {
            self.failure(store, &message, report, now).await?;
        }
        Ok(())
    }

    /// All our messages to somebody up to one: each that has no such report yet gets it. One that is just leaving may
    /// be meant too, so the report comes back.
    async fn watermark(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        watermark: Watermark,
        parked: u32,
    ) -> Result<(), RecordError> {
        let store = self.store.workspace(&workspace);
        let forms = [watermark.recipient.clone()];
        let who = Identify { channel: &channel, forms: &forms, phone: None };
        let Some(contact) = store.find_contact(who).await.map_err(failed)? else { return Ok(()) };
        let page = store.timeline(contact, None, WATERMARK_PAGE).await.map_err(failed)?;
        let ours: Vec<Message> = page
            .items
            .into_iter()
            .filter_map(|entry| if let Entry::Message(message) = entry { Some(message) } else { None })
            .filter(|m| m.traffic == Traffic::Outgoing && m.channel_id == channel)
            .collect();
        let last = match &watermark.up_to {
            UpTo::Time { at } => Some(*at),
            UpTo::Message { provider_id } => {
                let named = |m: &&Message| m.channel_message_id.as_ref() == Some(provider_id);
                ours.iter().find(named).map(|m| m.at)
            }
        };
        let mut leaving = last.is_none();
        for message in ours.iter().filter(|m| last.is_some_and(|last| m.at <= last)) {
            leaving |= matches!(message.send, Some(SendStep::Sending { .. }));
            let taken = matches!(message.send, None | Some(SendStep::Accepted | SendStep::Ambiguous));
            let Some(provider_id) = message.channel_message_id.clone().filter(|_| taken) else { continue };
            if message.statuses.contains_key(&watermark.value) {
                continue;
            }
            let report = StatusReport {
                provider_id,
                reference: None,
                value: watermark.value,
                at: watermark.at,
                failure: None,
                recipient: None,
                pricing: None,
            };
            self.apply(&store, &channel, message.contact_id, message.id, &report).await?;
        }
        if leaving {
            let group = workspace.to_string();
            let job = StatusJob::Watermark {
                workspace_id: workspace,
                channel_id: channel,
                watermark,
                parked: parked + 1,
            };
            if let Some(message) = later(&job, group, parked) {
                return self.queue.send(QueueName::Status, vec![message]).await.map_err(failed);
            }
        }
        Ok(())
    }

    /// Comes back later: the write that the report is about may still be under way.
    async fn park(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        report: StatusReport,
        parked: u32,
    ) -> Result<(), RecordError> {
        let group = workspace.to_string();
        let job =
            StatusJob::Status { workspace_id: workspace, channel_id: channel, report, parked: parked + 1 };
        if let Some(message) = later(&job, group, parked) {
            self.queue.send(QueueName::Status, vec![message]).await.map_err(failed)
        } else {
            self.metrics.count("status.orphaned", 1);
            Ok(())
        }
    }

    /// A change that came before its message is joined to it, as soon as it is there.
    async fn change(&self, event: InboundEvent, parked: u32) -> Result<(), RecordError> {
        let store = self.store.workspace(&event.workspace_id);
        let (forms, phone) = (forms(&event.from), vouched_phone(&event.from));
        let who = Identify { channel: &event.channel_id, forms: &forms, phone: phone.as_ref() };
        if let Some(contact) = store.find_contact(who).await.map_err(failed)?
            && join(&store, contact, &event.kind).await?
        {
            return Ok(());
        }
        let Some(message) = parked_change(event, parked) else {
            // Its message was never ours.
            self.metrics.count("event.no_target", 1);
            return Ok(());
        };
        self.queue.send(QueueName::Status, vec![message]).await.map_err(failed)
    }

    async fn notice(
        &self,
        workspace: &WorkspaceId,
        id: &ChannelId,
        notice: ChannelNotice,
        at: Millis,
    ) -> Result<(), RecordError> {
        let store = self.store.workspace(workspace);
        match notice {
            ChannelNotice::TemplateStatus { name, language, status, reason } => store
                .set_template_status(id, &name, &language, status, reason.as_deref(), at)
                .await
                .map_err(failed),
            ChannelNotice::TemplateChanged { .. } => {
                let job = serde_json::json!({ "workspace_id": workspace, "channel_id": id });
                self.invoke.start("template-sync", &job.to_string()).await.map_err(failed)
            }
            ChannelNotice::Quality { quality, throughput, messaging_limit } => {
                let Some(mut channel) = store.channel(id).await.map_err(failed)? else { return Ok(()) };
                let before = channel.clone();
                channel.quality = quality.or(channel.quality);
                channel.throughput = throughput.unwrap_or(channel.throughput);
                channel.messaging_limit = messaging_limit.or(channel.messaging_limit);
                if channel == before {
                    Ok(())
                } else {
                    store.put_channel(&channel, None).await.map_err(failed)
                }
            }
            ChannelNotice::Account { event, fatal } => {
                tracing::warn!(channel.id = %id, account.event = event, fatal, "account notice");
                let Some(mut channel) = store.channel(id).await.map_err(failed)? else { return Ok(()) };
                if !fatal || channel.state != ChannelState::Connected {
                    return Ok(());
                }
                channel.state = ChannelState::Error;
                channel.error =
                    Some(ChannelError { reason: FailureReason::AccountLocked, code: Some(event), at });
                store.put_channel(&channel, None).await.map_err(failed)
            }
            ChannelNotice::Other { .. } => {
                tracing::info!(channel.id = %id, "notice without consequence");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_a_message_of_its_own_workspace_only() {
        let ours = WorkspaceId::from_unique("a");
        let text = reference(&ours, ContactId(7), MessageId(99));
        assert_eq!(referred(&ours, &text), Some((ContactId(7), MessageId(99))));
        assert_eq!(referred(&WorkspaceId::from_unique("b"), &text), None);
        for bad in ["", "ws_a", "ws_a/7", "ws_a/7/99/1", "ws_a/x/99", "ws_a/7/-1"] {
            assert_eq!(referred(&ours, bad), None, "{bad}");
        }
    }
}
