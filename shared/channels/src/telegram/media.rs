//! Files of incoming messages: found by id, fetched by path.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::json;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::inbound::RemoteMedia;

use super::{call, errors};
use crate::json;
use crate::media::RemoteFile;
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused, Resumed as _};

/// Asks where a file is.
pub fn lookup_request(endpoint: &Endpoint, media: &RemoteMedia) -> Result<HttpRequest, InvalidRequest> {
    call(endpoint, "getFile", &json!({ "file_id": media.provider_id }))
}

/// Reads the path of a file. Its address would hold the token, so that is made only when it is called.
pub fn read_lookup(response: &HttpResponse) -> Result<RemoteFile, Refused> {
    let file = errors::answered(response).map_err(|mut refused| {
        if refused.failure.reason == FailureReason::InvalidParameter {
            refused.failure.reason = FailureReason::MediaFailed;
        }
        refused
    })?;
    let size = json::number(&file, "file_size").filter(|n| *n >= 0.0);
    Ok(RemoteFile {
        url: json::filled(&file, "file_path").ok_or_else(|| failed(FailureClass::Retry, None))?,
        mime_type: None,
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a size in bytes
        size: size.map(|n| n as u64),
        sha256: None,
    })
}

fn failed(class: FailureClass, code: Option<String>) -> Refused {
    Refused::new(Failure { code, ..Failure::ours(class, FailureReason::MediaFailed) })
}

/// Asks for the bytes at a path.
pub fn download_request(endpoint: &Endpoint, path: &str, offset: u64) -> Result<HttpRequest, InvalidRequest> {
    if path.contains("://") || path.starts_with('/') {
        return Err(InvalidRequest::ForeignHost);
    }
    let bot = format!("bot{}", endpoint.token().expose_secret());
    let segments: Vec<&str> = ["file", &bot].into_iter().chain(path.split('/')).collect();
    endpoint.bare(Method::GET, &endpoint.url(&segments)?, Body::none())?.resumed(offset)
}

/// What the status of a failed download means. Paths die after an hour: they are asked for anew.
pub fn download_failure(status: u16) -> Refused {
    let class = match status {
        429 => FailureClass::Wait,
        413 | 416 => FailureClass::Final,
        _ => FailureClass::Retry,
    };
    failed(class, Some(format!("http_{status}")))
}

/// There is nothing to upload before a message: see [`crate::media::HandOver`].
pub fn read_upload(_response: &HttpResponse) -> Result<String, Refused> {
    Err(failed(FailureClass::Final, None))
}
