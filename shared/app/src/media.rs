//! Media that people send: fetched from the provider at once, because its links die within minutes, checked, and
//! kept in our own storage.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_channels::media::{
    Lookup, digest_fits, download_failure, download_request, inbound_limit, lookup, read_lookup,
};
use colibri_channels::profile;
use colibri_channels::send::{Transport, transport};
use colibri_channels::sniff::sniff;
use colibri_domain::channel::Channel;
use colibri_domain::contact::Head;
use colibri_domain::content::{AttachmentState, Content, FileRef};
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::failure::FailureClass;
use colibri_domain::inbound::RemoteMedia;
use colibri_domain::message::{Actor, Source};
use colibri_domain::{ChannelId, ContactId, FileId, MessageId, WorkspaceId};
use colibri_store::{File, FileState, Files, Store, WorkspaceStore, WriteContext};
use serde::{Deserialize, Serialize};

use crate::http::{Record, RecordError, RecordHandler};
use crate::ports::{CallLimits, Clock, HttpError, QueueMessage, Trust};
use crate::provider::{PROVIDER_LIMITS, Providers};

/// Receives after which a provider that keeps failing is given up on, one before the queue would do it: the agent
/// then sees "not available" instead of an endless spinner.
const LAST_RECEIVE: u32 = 4;

/// What the queue `media` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MediaJob {
    pub workspace_id: WorkspaceId,
    pub contact_id: ContactId,
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    pub media: RemoteMedia,
}

impl MediaJob {
    /// This job as a queue message.
    #[must_use]
    pub fn message(&self) -> QueueMessage {
        QueueMessage {
            body: serde_json::to_string(self).unwrap_or_default(),
            group: self.workspace_id.to_string(),
            dedup: None,
            delay: Duration::ZERO,
        }
    }
}

/// The same queue: somebody wrote of whom the delivery told nothing but an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ProfileJob {
    pub workspace_id: WorkspaceId,
    pub contact_id: ContactId,
    pub channel_id: ChannelId,
    /// The provider's id of the person.
    pub profile_of: String,
}

impl ProfileJob {
    /// This job as a queue message.
    #[must_use]
    pub fn message(&self) -> QueueMessage {
        QueueMessage {
            body: serde_json::to_string(self).unwrap_or_default(),
            group: self.workspace_id.to_string(),
            dedup: None,
            delay: Duration::ZERO,
        }
    }
}

/// Either job.
#[derive(Deserialize)]
#[serde(untagged)]
enum Job {
    Media(MediaJob),
    Profile(ProfileJob),
}

/// Fetches media, and who people are.
#[allow(missing_docs)]
pub struct MediaFetch {
    pub store: Store,
    pub files: Files,
    pub providers: Providers,
    pub clock: Arc<dyn Clock>,
}

enum Fetched {
    Bytes(Bytes, Option<String>),
    /// The provider no longer has it, or it breaks a limit: no use in trying again.
    Never(&'static str),
}

#[async_trait]
impl RecordHandler for MediaFetch {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        let job = match serde_json::from_str(&record.body) {
            Ok(Job::Media(job)) => job,
            Ok(Job::Profile(job)) => return self.profile(&job, record.receive_count).await,
            Err(error) => return Err(crate::http::unreadable("media job", &error)),
        };
        let store = self.store.workspace(&job.workspace_id);
        let now = self.clock.now();
        let Some(message) = store.message(job.contact_id, job.message_id).await.map_err(failed)? else {
            return Err(RecordError("the message is not stored yet".into()));
        };
        let waiting =
            matches!(&message.content, Content::Attachment(a) if a.state == AttachmentState::Fetching);
        if !waiting {
            return Ok(());
        }
        let fetched = match self.fetch(&store, &job).await {
            Ok(fetched) => fetched,
            Err(error) if record.receive_count >= LAST_RECEIVE => {
                tracing::warn!(error.cause = %error, "media given up");
                Fetched::Never("provider failed")
            }
            Err(error) => return Err(error),
        };
        let name = match &message.content {
            Content::Attachment(a) => a.file_name.clone(),
            _ => None,
        };
        let file = match fetched {
            Fetched::Bytes(bytes, claimed) => Some(self.keep(&store, &job, bytes, claimed, name).await?),
            Fetched::Never(why) => {
                tracing::info!(reason = why, "media not available");
                None
            }
        };
        let attached = store.change_message(job.contact_id, job.message_id, now, |message| {
            attach(&mut message.content, file.as_ref())
        });
        attached.await.map_err(failed)?;
        Ok(())
    }
}

fn attach(content: &mut Content, file: Option<&FileRef>) -> bool {
    let Content::Attachment(attachment) = content else { return false };
    if attachment.state != AttachmentState::Fetching {
        return false;
    }
    attachment.state = if file.is_some() { AttachmentState::Ready } else { AttachmentState::Failed };
    attachment.file = file.cloned();
    true
}

impl MediaFetch {
    /// Names the contact. Somebody who forbids it stays without a name; that is no failure.
    async fn profile(&self, job: &ProfileJob, receives: u32) -> Result<(), RecordError> {
        let store = self.store.workspace(&job.workspace_id);
        let Some(channel) = store.channel(&job.channel_id).await.map_err(failed)? else { return Ok(()) };
        let endpoint = self.providers.endpoint(&store, &channel).await.map_err(failed)?;
        let asked = profile::request(channel.source, &endpoint, &job.profile_of).map_err(failed)?;
        let Some(request) = asked else { return Ok(()) };
        let answer = self.providers.call(request, PROVIDER_LIMITS).await.map_err(failed)?;
        let person = match profile::read(channel.source, &job.profile_of, &answer) {
            Ok(person) => person,
            Err(refused) => {
                let later = matches!(refused.failure.class, FailureClass::Retry | FailureClass::Wait);
                return if later && receives < LAST_RECEIVE {
                    Err(RecordError("the provider does not say who it is for now".into()))
                } else {
                    tracing::info!(contact.id = %job.contact_id, "nobody says who this is");
                    Ok(())
                };
            }
        };
        let Some(name) = person.name else { return Ok(()) };
        let rule = |mut head: Head| {
            let mut new = head.take_channel_name(&name);
            for identity in &mut head.channels {
                let same = identity.channel_id == job.channel_id && identity.identity == job.profile_of;
                if same && identity.name.as_deref() != Some(name.as_str()) {
                    identity.name = Some(name.clone());
                    new = true;
                }
            }
            let events = if new { vec![EventKind::ContactRefreshed] } else { Vec::new() };
            Ok::<_, std::convert::Infallible>(Change {
                head,
                events,
                activities: Vec::new(),
                conversation: None,
            })
        };
        let context = WriteContext { actor: Actor::source(Source::Contact), now: self.clock.now() };
        store.change_head(job.contact_id, &context, rule).await.map(|_| ()).map_err(failed)
    }

    async fn fetch(&self, store: &WorkspaceStore, job: &MediaJob) -> Result<Fetched, RecordError> {
        let Some(channel) = store.channel(&job.channel_id).await.map_err(failed)? else {
            return Ok(Fetched::Never("the channel is gone"));
        };
        if transport(channel.source) == Transport::Own {
            return self.uploaded(&channel, job).await;
        }
        let endpoint = self.providers.endpoint(store, &channel).await.map_err(failed)?;
        // The link is asked for anew at each attempt: an old one may have expired.
        let found = match lookup(channel.source, &endpoint, &job.media).map_err(failed)? {
            Lookup::Known(remote) => Ok(remote),
            Lookup::Ask(request) => {
                let answer = self.providers.call(request, PROVIDER_LIMITS).await.map_err(failed)?;
                read_lookup(channel.source, &answer)
            }
        };
        let remote = match found {
            Ok(remote) => remote,
            Err(refused) => {
                return match refused.failure.class {
                    FailureClass::Retry | FailureClass::Wait | FailureClass::Ambiguous => {
                        Err(RecordError("media lookup refused for now".into()))
                    }
                    _ => Ok(Fetched::Never("media lookup refused")),
                };
            }
        };
        let limit = inbound_limit(channel.source, job.media.media);
        if remote.size.is_some_and(|size| size > limit) {
            return Ok(Fetched::Never("larger than the limit"));
        }
        let Ok(request) = download_request(channel.source, &endpoint, &remote.url, 0) else {
            return Ok(Fetched::Never("the link does not lead to the provider"));
        };
        let limits = CallLimits { timeout: Duration::from_mins(1), max_bytes: limit, trust: Trust::Provider };
        let answer = match self.providers.call(request, limits).await {
            Ok(answer) => answer,
            Err(HttpError::Refused(_)) => return Ok(Fetched::Never("larger than the limit")),
            Err(error) => return Err(failed(error)),
        };
        if !answer.status().is_success() {
            let refused = download_failure(channel.source, answer.status().as_u16());
            return match refused.failure.class {
                FailureClass::Final => Ok(Fetched::Never("download refused")),
                _ => Err(RecordError("download refused for now".into())),
            };
        }
        let bytes = Bytes::from(answer.into_body());
        let digest = remote.sha256.as_deref().or(job.media.sha256.as_deref());
        if !digest_fits(digest, &bytes) {
            return Err(RecordError("the bytes are not those that were announced".into()));
        }
        Ok(Fetched::Bytes(bytes, remote.mime_type.or_else(|| job.media.mime_type.clone())))
    }

    /// A visitor's upload is copied to where nobody can write it any more, and checked there.
    async fn uploaded(&self, channel: &Channel, job: &MediaJob) -> Result<Fetched, RecordError> {
        let Ok(id) = job.media.provider_id.parse::<FileId>() else { return Ok(Fetched::Never("no upload")) };
        let limit = inbound_limit(channel.source, job.media.media);
        match self.files.visitor_upload_size(&job.workspace_id, &id).await.map_err(failed)? {
            None => return Ok(Fetched::Never("no upload")),
            Some(size) if size > limit => return Ok(Fetched::Never("larger than the limit")),
            Some(_) => {}
        }
        let bytes = self.files.read_visitor_upload(&job.workspace_id, &id).await.map_err(failed)?;
        Ok(Fetched::Bytes(bytes, job.media.mime_type.clone()))
    }

    /// Stores the bytes under an id that follows from the message: a repetition writes the same file again.
    async fn keep(
        &self,
        store: &WorkspaceStore,
        job: &MediaJob,
        bytes: Bytes,
        claimed: Option<String>,
        name: Option<String>,
    ) -> Result<FileRef, RecordError> {
        // A visitor's own page knows his upload by its id already.
        let own = job.media.provider_id.parse::<FileId>().ok();
        let id = own
            .unwrap_or_else(|| FileId::from_unique(&format!("{}-{:014x}", job.contact_id, job.message_id.0)));
        let sniffed = sniff(&bytes, claimed.as_deref(), name.as_deref());
        let extension = sniffed.mime_type.rsplit('/').next().unwrap_or("bin").to_owned();
        let file = File {
            id: id.clone(),
            name: name.unwrap_or_else(|| format!("{}.{extension}", job.media.provider_id)),
            mime_type: sniffed.mime_type.clone(),
            size: bytes.len() as u64,
            state: FileState::Ready,
            uploaded_by: None,
            created_at: self.clock.now(),
            inline: sniffed.inline,
            width: sniffed.width,
            height: sniffed.height,
            duration_ms: sniffed.duration_ms,
            waveform: None,
        };
        self.files.write(&job.workspace_id, &id, &file.mime_type, bytes).await.map_err(failed)?;
        store.put_file(&file).await.map_err(failed)?;
        file.reference().ok_or_else(|| RecordError("file not ready".into()))
    }
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}
