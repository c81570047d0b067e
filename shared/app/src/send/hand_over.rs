//! One message to its provider: what it refers to is read, files are handed over first, the answer is read.

use colibri_channels::media::{HandOver, Upload, hand_over, is_reusable, read_upload, upload_request};
use colibri_channels::send::{
    Material, MediaHandle, Outcome, Outgoing, SendError, Sent, Transport, read_response, request, transport,
    transport_failure,
};
use colibri_channels::webhook::{Proof, proof};
use colibri_channels::{Endpoint, HttpRequest, Refused};
use colibri_domain::channel::Channel;
use colibri_domain::contact::ContactChannel;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::Message;
use colibri_domain::outbound::{HeaderParameter, OutboundContent};
use colibri_domain::template::Template;
use colibri_domain::window::Reach;
use colibri_store::{File, WorkspaceStore};

use super::{MessageSend, failed, ours, reach};
use crate::http::RecordError;
use crate::ports::HttpError;
use crate::provider::PROVIDER_LIMITS;
use crate::status::reference;
use crate::webhook::address;

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
            Some(file) => match self.hand_file(channel, &endpoint, store, file, content).await {
                Ok(handle) => Some(handle),
                Err(refused) => return Outcome::Failed(refused),
            },
            None => None,
        };
        let reply_to = message.reply_to.as_ref().map(|q| q.channel_message_id.as_str());
        let reference = reference(&store.id, message.contact_id, message.id);
        let shown = file.as_ref().and_then(File::reference);
        let tag = match reach(channel, identity, message, self.clock.now()) {
            Reach::Tagged(tag) => Some(tag),
            Reach::Free | Reach::Closed => None,
        };
        let base = self.providers.visitors.as_ref().map(|visitors| visitors.base_url.as_str());
        // The others know our address from their app or from when they were connected.
        let callback =
            base.filter(|_| proof(channel.source) == Proof::Account).map(|base| address(base, channel));
        let build = |to: &str| {
            let material = Material { file: shown.as_ref(), template: template.as_ref(), language: "es" };
            let outgoing = Outgoing {
                to,
                content,
                material,
                media: media.as_ref(),
                reply_to,
                tag,
                reference: &reference,
                callback: callback.as_deref(),
            };
            request(channel.source, &endpoint, &outgoing)
        };
        let outcome = self.call(channel, build(&identity.identity)).await;
        let outcome = match &outcome {
            Outcome::Failed(Refused { moved_to: Some(new), .. }) => {
                let outcome = self.call(channel, build(new)).await;
                reached_as(outcome, new)
            }
            _ => outcome,
        };
        if let (Some(file), Outcome::Sent(Sent { media: Some(id), .. })) = (&file, &outcome) {
            self.keep_media(store, channel, file, id).await;
        }
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
    /// The provider's id of a file that it has, else its bytes: uploaded now, or to go with the message.
    async fn hand_file(
        &self,
        channel: &Channel,
        endpoint: &Endpoint,
        store: &WorkspaceStore,
        file: &File,
        content: &OutboundContent,
    ) -> Result<MediaHandle, Refused> {
        let now = self.clock.now();
        if let Ok(Some(known)) = store.provider_media(&file.id, &channel.id, now).await
            && file.reference().is_some_and(|file| is_reusable(channel.source, &known, content, &file))
        {
            return Ok(MediaHandle::Id(known));
        }
        if hand_over(channel.source) == HandOver::Link {
            let link = self.files.sign_download(&store.id, file, true).await;
            return link.map(MediaHandle::Link).map_err(|_| broken(FailureClass::Retry));
        }
        let bytes = self.files.read(&store.id, &file.id).await.map_err(|_| broken(FailureClass::Retry))?;
        match hand_over(channel.source) {
            HandOver::Before => self.upload(channel, endpoint, store, file, &bytes).await,
            HandOver::Within | HandOver::Link => Ok(MediaHandle::Bytes(bytes.into())),
        }
    }

    async fn upload(
        &self,
        channel: &Channel,
        endpoint: &Endpoint,
        store: &WorkspaceStore,
        file: &File,
        bytes: &[u8],
    ) -> Result<MediaHandle, Refused> {
        let upload = Upload { name: &file.name, mime_type: &file.mime_type, bytes };
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
        self.keep_media(store, channel, file, &id).await;
        Ok(MediaHandle::Id(id))
    }

    /// Best effort: without it the bytes go once more.
    async fn keep_media(&self, store: &WorkspaceStore, channel: &Channel, file: &File, id: &str) {
        let until = self.clock.now().plus(MEDIA_ID_MILLIS);
        if let Err(error) = store.put_provider_media(&file.id, &channel.id, id, until).await {
            tracing::info!(error.cause = %error, "id of a file not kept");
        }
    }
}

fn broken(class: FailureClass) -> Refused {
    Refused::new(Failure::ours(class, FailureReason::MediaFailed))
}

/// The id under which the person was reached finds him from now on.
fn reached_as(outcome: Outcome, id: &str) -> Outcome {
    match outcome {
        Outcome::Sent(mut sent) => {
            sent.aliases.push(id.to_owned());
            Outcome::Sent(sent)
        }
        failed @ Outcome::Failed(_) => failed,
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
