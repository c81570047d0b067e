//! What reaches visitors: our messages in their feed and on their sockets, that we read theirs, that somebody types.

use std::sync::Arc;
use std::time::Duration;

use colibri_channels::webchat::outbound::encode;
use colibri_domain::channel::Channel;
use colibri_domain::contact::ContactChannel;
use colibri_domain::content::FileRef;
use colibri_domain::ids::digest;
use colibri_domain::message::{Message, Source};
use colibri_domain::webchat::{FeedAuthor, FeedEntry, VisitorSession};
use colibri_domain::{ChannelId, Millis, WorkspaceId};
use colibri_store::{Mark, StoreError, VisitorStore, WorkspaceStore};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::secrets;
use super::view::{self, Addresses};
use crate::ports::{KeyVault, Push, Pushed, Queue, QueueMessage, QueueName};
use crate::status::reference;

/// A push that takes longer is abandoned: the page catches up.
const PUSH_LIMIT: Duration = Duration::from_millis(300);
/// How long a visitor may stay away after an answer before he gets a mail.
pub const AWAY: Duration = Duration::from_mins(10);

/// The way to visitors' pages.
#[derive(Clone)]
pub struct Visitors {
    /// Pushes to their sockets.
    pub push: Arc<dyn Push>,
    /// Base of public addresses.
    pub base_url: String,
}

/// What the queue of visitors to look after carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct NoteJob {
    pub workspace_id: WorkspaceId,
    pub channel_id: ChannelId,
    pub visitor: String,
}

impl NoteJob {
    /// This job as a queue message, not before `delay` (at most 15 minutes).
    #[must_use]
    pub fn message(&self, delay: Duration) -> QueueMessage {
        QueueMessage {
            body: serde_json::to_string(self).unwrap_or_default(),
            group: self.workspace_id.to_string(),
            dedup: None,
            delay,
        }
    }
}

/// Why a message did not reach the feed.
#[derive(Debug, thiserror::Error)]
pub enum NotDelivered {
    /// The content is none for a web chat.
    #[error(transparent)]
    Refused(#[from] colibri_channels::send::Refusal),
    /// For now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a delivery needs.
#[allow(missing_docs)]
pub struct Delivery<'a> {
    pub store: &'a WorkspaceStore,
    pub vault: &'a dyn KeyVault,
    pub queue: &'a dyn Queue,
    pub channel: &'a Channel,
    pub identity: &'a ContactChannel,
    pub message: &'a Message,
    pub file: Option<&'a FileRef>,
    pub now: Millis,
}

impl Visitors {
    /// Puts a message into the visitor's feed, once however often it is tried, and shows it where he has the page open.
    /// Returns the id under which it is known there.
    pub async fn deliver(&self, delivery: Delivery<'_>) -> Result<String, NotDelivered> {
        let Delivery { store, channel, identity, message, now, .. } = delivery;
        let content = message.outbound.as_ref().ok_or_else(|| {
            StoreError::new(colibri_store::StoreErrorKind::Corrupt, "deliver", "nothing to send")
        })?;
        let body = encode(content, delivery.file)?;
        let reference = reference(&store.id, message.contact_id, message.id);
        let id = format!("wa_{}", hex::encode(&digest(&[&reference])[..12]));
        let entry = FeedEntry {
            seq: 0,
            id: id.clone(),
            from: match message.sender.source {
                Source::User | Source::Api | Source::Broadcast => FeedAuthor::Agent,
                Source::Workflow | Source::Bot => FeedAuthor::Bot,
                _ => FeedAuthor::System,
            },
            author: author(store, message).await?,
            at: message.at,
            body,
            client_message_id: None,
            reference: Some(reference),
        };
        let visitor = store.visitor(&channel.id, &identity.identity);
        let session = VisitorSession { created_at: now, ..VisitorSession::default() };
        let (entry, _) = visitor.append(&id, &entry, &session).await?;
        self.show(&delivery, &visitor, &entry).await;
        arrange_note(&delivery, &visitor).await?;
        Ok(id)
    }

    /// Best effort: what a page misses it reads.
    async fn show(&self, delivery: &Delivery<'_>, visitor: &VisitorStore, entry: &FeedEntry) {
        let Ok(sockets) = visitor.sockets().await else { return };
        if sockets.is_empty() {
            return;
        }
        let Ok(Some(secrets)) = secrets(delivery.store, delivery.vault, &delivery.channel.id).await else {
            return;
        };
        let addresses = Addresses {
            base_url: &self.base_url,
            key: &delivery.channel.account,
            channel: &delivery.channel.id,
            session_key: &secrets.session,
            visitor: &visitor.visitor,
        };
        let view = view::entry(addresses, entry, delivery.now);
        self.push_all(visitor, sockets, &json!({ "type": "message", "message": view })).await;
    }

    /// Pushes a frame to every page that a visitor has open. Best effort.
    pub async fn push_to(&self, visitor: &VisitorStore, frame: &Value) {
        if let Ok(sockets) = visitor.sockets().await {
            self.push_all(visitor, sockets, frame).await;
        }
    }

    async fn push_all(&self, visitor: &VisitorStore, sockets: Vec<String>, frame: &Value) {
        let frame = frame.to_string();
        let frame = &frame;
        let pushes = sockets.iter().map(|connection| async move {
            if let Ok(Ok(Pushed::Gone)) =
                tokio::time::timeout(PUSH_LIMIT, self.push.push(connection, frame)).await
            {
                let _ = visitor.delete_socket(connection).await;
            }
        });
        futures::future::join_all(pushes).await;
    }

    /// Somebody of ours types.
    pub async fn typing(&self, visitor: &VisitorStore) {
        self.push_to(visitor, &json!({ "type": "typing" })).await;
    }

    /// Our side has read up to one of the visitor's messages.
    pub async fn read(&self, visitor: &VisitorStore, provider_id: &str) -> Result<(), StoreError> {
        let Some(entry) = visitor.entry_of(provider_id).await? else { return Ok(()) };
        if visitor.mark(Mark::AgentRead, entry.seq).await? {
            self.push_to(visitor, &json!({ "type": "read", "up_to": entry.seq })).await;
        }
        Ok(())
    }
}

/// First name of the agent who wrote.
async fn author(store: &WorkspaceStore, message: &Message) -> Result<Option<String>, StoreError> {
    let Some(user) = &message.sender.user_id else { return Ok(None) };
    let settings = store.settings().await?;
    let member = settings.as_ref().and_then(|settings| settings.member(user));
    Ok(member.and_then(|member| member.name.split_whitespace().next().map(str::to_owned)))
}

/// Looks after the visitor in ten minutes, if he left an address and nobody does already.
async fn arrange_note(delivery: &Delivery<'_>, visitor: &VisitorStore) -> Result<(), StoreError> {
    let state = visitor.state().await?;
    let wanted = state.is_some_and(|state| state.session.email.is_some());
    let due = delivery.now.plus(i64::try_from(AWAY.as_millis()).unwrap_or(0));
    if !wanted || !visitor.arrange_note(delivery.now, due).await? {
        return Ok(());
    }
    let job = NoteJob {
        workspace_id: delivery.store.id.clone(),
        channel_id: visitor.channel.clone(),
        visitor: visitor.visitor.clone(),
    };
    if let Err(error) = delivery.queue.send(QueueName::Note, vec![job.message(AWAY)]).await {
        // The answer is in the feed: a missing mail must not send it again.
        tracing::warn!(error.cause = %error, "offline note not arranged");
        visitor.end_note().await?;
    }
    Ok(())
}
