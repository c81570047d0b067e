//! One message to its provider: what it refers to is read, files are handed over first, the answer is read.

use colibri_channels::media::{Upload, read_upload, upload_request};
use colibri_channels::send::{
    Material, MediaHandle, Outcome, Outgoing, SendError, Transport, read_response, request, transport,
    transport_failure,
};
use colibri_channels::{Endpoint, HttpRequest, Refused};
use colibri_domain::channel::Channel;
use colibri_domain::contact::ContactChannel;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::Message;
use colibri_domain::outbound::{HeaderParameter, OutboundContent};
use colibri_domain::template::Template;
use colibri_store::{File, WorkspaceStore};

use super::{MessageSend, failed, ours};
use crate::http::RecordError;
use crate::ports::HttpError;
use crate::provider::PROVIDER_LIMITS;
use crate::status::reference;

/// How long the provider's id of an uploaded file is used again: a day less than `WhatsApp` keeps it, in milliseconds.
const MEDIA_ID_MILLIS: i64 = 29 * 24 * 60 * 60 * 1000;

impl MessageSend {
    /// Hands a message to the provider. Nothing here fails the record: the message is leased, its outcome is noted.
    pub(super) async fn hand_over(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        identity: &ContactChannel,
        message: &Message,
    ) -> Outcome {
        if transport(channel.source) == Transport::Own {
            return self.to_visitor(store, channel, identity, message).await;
        }
        let unavailable =
            || Outcome::Failed(Refused::new(Failure::ours(FailureClass::Retry, FailureReason::Unavailable)));
        let endpoint = match self.providers.endpoint(store, channel).await {
            Ok(endpoint) => endpoint,
            Err(error) => {
                tracing::warn!(channel.id = %channel.id, error.cause = %error, "no endpoint");
                return unavailable();
            }
        };
        let Some(content) = &message.outbound else {
            return Outcome::Failed(Refused::new(ours(FailureReason::Unknown)));
        };
        let Ok((file, template)) = self.material(store, channel, content).await else { return unavailable() };
        let media = match &file {
            Some(file) => match self.upload(channel, &endpoint, store, file).await {
                Ok(handle) => Some(handle),
                Err(refused) => return Outcome::Failed(refused),
            },
            None => None,
        };
        let reply_to = message.reply_to.as_ref().map(|q| q.channel_message_id.as_str());
        let reference = reference(&store.id, message.contact_id, message.id);
        let file = file.as_ref().and_then(File::reference);
        let build = |to: &str| {
            let material = Material { file: file.as_ref(), template: template.as_ref(), language: "es" };
            let outgoing =
                Outgoing { to, content, material, media: media.as_ref(), reply_to, reference: &reference };
            request(channel.source, &endpoint, &outgoing)
        };
        let outcome = self.call(channel, build(&identity.identity)).await;
        match (&outcome, phone_of(identity)) {
            // This kind of message does not go to a scoped id: the number may take it.
            (Outcome::Failed(refused), Some(phone)) if refused.try_phone => {
                self.call(channel, build(phone)).await
            }
            _ => outcome,
        }
    }

    async fn call(&self, channel: &Channel, request: Result<HttpRequest, SendError>) -> Outcome {
        let request = match request {
            Ok(request) => request,
            Err(SendError::Refused(refusal)) => return Outcome::Failed(Refused::new(refusal.code.failure())),
            Err(SendError::Invalid(_)) => {
                return Outcome::Failed(Refused::new(Failure::ours(
                    FailureClass::Account,
                    FailureReason::AccountProblem,
                )));
            }
        };
        match self.providers.call(request, PROVIDER_LIMITS).await {
            Ok(answer) => read_response(channel.source, &answer),
            Err(HttpError::NotSent(_)) => Outcome::Failed(transport_failure(false)),
            Err(HttpError::AnswerLost(_) | HttpError::Refused(_)) => Outcome::Failed(transport_failure(true)),
        }
    }

    pub(super) async fn material(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        content: &OutboundContent,
    ) -> Result<(Option<File>, Option<Template>), RecordError> {
        let (file, template) = match content {
            OutboundContent::Attachment { file_id, .. } => (Some(file_id), None),
            OutboundContent::Template(send) => {
                let file = match &send.parameters.header {
                    Some(HeaderParameter::File { file_id }) => Some(file_id),
                    _ => None,
                };
                (file, Some(send))
            }
            _ => (None, None),
        };
        let file = match file {
            Some(id) => store.file(id).await.map_err(failed)?,
            None => None,
        };
        let template = match template {
            Some(send) => store.template(&channel.id, &send.name, &send.language).await.map_err(failed)?,
            None => None,
        };
        Ok((file, template))
    }

    /// Hands the bytes to the provider once; later sends of the same file use the id that it gave.
    async fn upload(
        &self,
        channel: &Channel,
        endpoint: &Endpoint,
        store: &WorkspaceStore,
        file: &File,
    ) -> Result<MediaHandle, Refused> {
        let broken = |class| Refused::new(Failure::ours(class, FailureReason::MediaFailed));
        let now = self.clock.now();
        if let Ok(Some(known)) = store.provider_media(&file.id, &channel.id, now).await {
            return Ok(MediaHandle::Id(known));
        }
        let bytes = self.files.read(&store.id, &file.id).await.map_err(|_| broken(FailureClass::Retry))?;
        let upload = Upload { name: &file.name, mime_type: &file.mime_type, bytes: &bytes };
        let request =
            upload_request(channel.source, endpoint, &upload).map_err(|_| broken(FailureClass::Final))?;
        // An upload that is lost has sent nothing: it is simply repeated.
        let answer =
            self.providers.call(request, PROVIDER_LIMITS).await.map_err(|_| transport_failure(false))?;
        let id = match read_upload(channel.source, &answer) {
            Ok(id) => id,
            // Nobody was written to: whatever became of an upload, it may be repeated.
            Err(refused) if refused.failure.class == FailureClass::Ambiguous => {
                return Err(broken(FailureClass::Retry));
            }
            Err(refused) => return Err(refused),
        };
        if let Err(error) =
            store.put_provider_media(&file.id, &channel.id, &id, now.plus(MEDIA_ID_MILLIS)).await
        {
            tracing::info!(error.cause = %error, "id of an uploaded file not kept");
        }
        Ok(MediaHandle::Id(id))
    }
}

/// The identity's phone number, where it is known beside a scoped id.
fn phone_of(identity: &ContactChannel) -> Option<&str> {
    identity
        .aliases
        .iter()
        .map(String::as_str)
        .find(|alias| alias.len() >= 7 && alias.bytes().all(|b| b.is_ascii_digit()))
}
