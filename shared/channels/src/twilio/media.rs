//! Files of incoming messages. The provider's own address asks for the account's token and leads on to a store that
//! must not get it.

use http::{Method, header};

use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::inbound::RemoteMedia;

use super::errors;
use crate::media::RemoteFile;
use crate::wire::{
    Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused, Resumed as _, text_header,
};

/// Asks where the bytes are. A link elsewhere than at the provider is refused: the request carries the token.
pub fn lookup_request(endpoint: &Endpoint, media: &RemoteMedia) -> Result<HttpRequest, InvalidRequest> {
    let link = media.url.as_deref().ok_or(InvalidRequest::Malformed)?;
    let link = url::Url::parse(link).map_err(|_| InvalidRequest::Malformed)?;
    let base = endpoint.base();
    let same = link.scheme() == base.scheme()
        && link.host() == base.host()
        && link.port_or_known_default() == base.port_or_known_default();
    let plain = link.username().is_empty() && link.password().is_none();
    if !same || !plain || !link.path().starts_with(base.path().trim_end_matches('/')) {
        return Err(InvalidRequest::ForeignHost);
    }
    endpoint.basic(endpoint.parent_account()?, Method::GET, &link, Body::none())
}

/// Reads where the provider leads on to.
pub fn read_lookup(response: &HttpResponse) -> Result<RemoteFile, Refused> {
    let status = response.status();
    if status.is_redirection() {
        let led = text_header(response.headers(), &header::LOCATION).map(str::to_owned);
        let url = led.ok_or_else(|| failed(FailureClass::Retry, status.as_u16()))?;
        return Ok(RemoteFile { url, mime_type: None, size: None, sha256: None });
    }
    match status.as_u16() {
        // Right after a message its files may not be there yet; the queue gives up in the end.
        404 | 200..=299 => Err(failed(FailureClass::Retry, status.as_u16())),
        410 => Err(failed(FailureClass::Final, 410)),
        _ => Err(errors::answered(response)
            .err()
            .unwrap_or_else(|| failed(FailureClass::Retry, status.as_u16()))),
    }
}

fn failed(class: FailureClass, status: u16) -> Refused {
    let code = Some(format!("http_{status}"));
    Refused::new(Failure { code, ..Failure::ours(class, FailureReason::MediaFailed) })
}

/// Asks the store for the bytes; its address carries its own proof.
pub fn download_request(endpoint: &Endpoint, link: &str, offset: u64) -> Result<HttpRequest, InvalidRequest> {
    let link = url::Url::parse(link).map_err(|_| InvalidRequest::Malformed)?;
    // The scheme of our own base: https everywhere but at the simulator.
    if link.scheme() != "https" && link.scheme() != endpoint.base().scheme() {
        return Err(InvalidRequest::ForeignHost);
    }
    endpoint.bare(Method::GET, &link, Body::none())?.resumed(offset)
}

/// What the status of a failed download means. Links die soon: they are asked for anew.
pub fn download_failure(status: u16) -> Refused {
    let class = match status {
        429 => FailureClass::Wait,
        410 | 413 | 416 => FailureClass::Final,
        _ => FailureClass::Retry,
    };
    failed(class, status)
}

/// There is nothing to upload before a message: see [`crate::media::HandOver`].
pub fn read_upload(_response: &HttpResponse) -> Result<String, Refused> {
    Err(failed(FailureClass::Final, 413))
}
