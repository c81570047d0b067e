//! Files: lookup, download, upload.

use http::Method;
use url::Url;

use colibri_domain::content::Media;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::inbound::RemoteMedia;

use super::{GRAPH_VERSION, errors};
use crate::json;
use crate::media::{RemoteFile, Upload};
use crate::meta::media::leads_to_provider;
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused, Resumed as _};

/// Asks for the link to a file.
pub fn lookup_request(endpoint: &Endpoint, media: &RemoteMedia) -> Result<HttpRequest, InvalidRequest> {
    let mut url = endpoint.url(&[GRAPH_VERSION, &media.provider_id])?;
    url.query_pairs_mut().append_pair("phone_number_id", endpoint.account());
    endpoint.request(Method::GET, &url, Body::none())
}

/// Reads the link.
pub fn read_lookup(response: &HttpResponse) -> Result<RemoteFile, Refused> {
    let gone = matches!(response.status().as_u16(), 400 | 404);
    let body = errors::answered(response).map_err(|refused| as_media(refused, gone))?;
    let url = json::filled(&body, "url").ok_or_else(|| Refused::new(failed(FailureClass::Retry, None)))?;
    let size = json::number(&body, "file_size").filter(|n| *n >= 0.0);
    Ok(RemoteFile {
        url,
        mime_type: json::filled(&body, "mime_type"),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a size in bytes
        size: size.map(|n| n as u64),
        sha256: json::filled(&body, "sha256"),
    })
}

/// A file that the provider does not know any more is a final failure of the file, not of the channel.
fn as_media(mut refused: Refused, gone: bool) -> Refused {
    let asked_wrong =
        matches!(refused.failure.reason, FailureReason::InvalidParameter | FailureReason::Unknown);
    if (gone && asked_wrong) || refused.failure.reason == FailureReason::MediaFailed {
        (refused.failure.class, refused.failure.reason) = (FailureClass::Final, FailureReason::MediaFailed);
    }
    refused
}

fn failed(class: FailureClass, code: Option<String>) -> Failure {
    Failure { code, ..Failure::ours(class, FailureReason::MediaFailed) }
}

/// Asks for the bytes.
pub fn download_request(endpoint: &Endpoint, url: &str, offset: u64) -> Result<HttpRequest, InvalidRequest> {
    let url = Url::parse(url).map_err(|_| InvalidRequest::ForeignHost)?;
    if !leads_to_provider(&url, endpoint.base()) {
        return Err(InvalidRequest::ForeignHost);
    }
    endpoint.request(Method::GET, &url, Body::none())?.resumed(offset)
}

/// Bytes that an incoming file may have: what the apps let people send, which is more than we may send.
pub fn inbound_limit(media: Media) -> u64 {
    const MB: u64 = 1024 * 1024;
    match media {
        Media::Image | Media::Sticker => 16 * MB,
        Media::Video | Media::Audio => 64 * MB,
        Media::File => 100 * MB,
    }
}

/// Hands a file over as a form.
pub fn upload_request(endpoint: &Endpoint, upload: &Upload<'_>) -> Result<HttpRequest, InvalidRequest> {
    let url = endpoint.url(&[GRAPH_VERSION, endpoint.account(), "media"])?;
    let fields = [("messaging_product", "whatsapp"), ("type", upload.mime_type)];
    endpoint.request(Method::POST, &url, Body::form(&fields, "file", upload))
}

/// Reads the id of an uploaded file. An upload whose answer was lost may be repeated: nobody sees it.
pub fn read_upload(response: &HttpResponse) -> Result<String, Refused> {
    let body = errors::answered(response)?;
    json::filled(&body, "id").ok_or_else(|| Refused::new(failed(FailureClass::Retry, None)))
}
