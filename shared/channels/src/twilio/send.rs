//! Requests that send, and their answer.

use http::Method;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::outbound::OutboundContent;

use super::{convert, errors, url};
use crate::json;
use crate::send::{MediaHandle, Outcome, Outgoing, Refusal, RefusalCode as Code, SendError, Sent};
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, Refused};

/// Builds the request of a send.
pub fn request(endpoint: &Endpoint, outgoing: &Outgoing<'_>) -> Result<HttpRequest, SendError> {
    let checked = convert::check(outgoing.content, &outgoing.material)?;
    let to = format!("+{}", outgoing.to);
    if super::digits(&to).is_none() {
        return Err(Refusal::new("/to", Code::InvalidRecipient, "is no number that can be answered").into());
    }
    let mut fields = vec![("To", to.as_str()), ("From", endpoint.account())];
    match (&checked.content, outgoing.media) {
        (OutboundContent::Text { text, .. }, _) => fields.push(("Body", text)),
        (OutboundContent::Attachment { caption, .. }, Some(MediaHandle::Link(link))) => {
            if let Some(caption) = caption {
                fields.push(("Body", caption));
            }
            fields.push(("MediaUrl", link));
        }
        // Refused or converted by the check, or no link was made.
        _ => {
            let detail = "the file was not handed to the provider";
            return Err(Refusal::new("/file_id", Code::FileMissing, detail).into());
        }
    }
    if let Some(callback) = outgoing.callback {
        fields.push(("StatusCallback", callback));
    }
    let url = url(endpoint, &["Messages.json"])?;
    let account = endpoint.parent_account()?;
    Ok(endpoint.basic(account, Method::POST, &url, Body::urlencoded(&fields))?)
}

/// Reads the answer to a message.
pub fn read_response(response: &HttpResponse) -> Outcome {
    let message = match errors::accepted(response) {
        Ok(message) => message,
        Err(refused) => return Outcome::Failed(refused),
    };
    let Some(provider_id) = json::id(&message, "sid") else {
        let unconfirmed = Failure::ours(FailureClass::Ambiguous, FailureReason::Unconfirmed);
        return Outcome::Failed(Refused::new(unconfirmed));
    };
    Outcome::Sent(Sent { provider_id, aliases: Vec::new(), media: None })
}
