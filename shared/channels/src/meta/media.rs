//! Files that Meta hands out by links.

use http::Method;
use url::Url;

use colibri_domain::content::Media;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use crate::wire::{Body, Endpoint, HttpRequest, InvalidRequest, Refused, Resumed as _};

/// Hosts of the provider that hand out files, with their subdomains.
const FILE_HOSTS: &[&str] =
    &["fbsbx.com", "fbcdn.net", "graph.facebook.com", "whatsapp.net", "cdninstagram.com"];

/// Whether a link is the provider's: what people make us fetch must lead nowhere else.
pub(crate) fn leads_to_provider(url: &Url, base: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    if url.origin() == base.origin() {
        return true;
    }
    let Some(host) = url.host_str() else { return false };
    let of = |known: &str| host.strip_suffix(known).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
    url.scheme() == "https" && url.port().is_none() && FILE_HOSTS.iter().any(|known| of(known))
}

/// Asks for the bytes behind a link that needs no proof of who asks.
pub(crate) fn download_request(
    endpoint: &Endpoint,
    url: &str,
    offset: u64,
) -> Result<HttpRequest, InvalidRequest> {
    let url = Url::parse(url).map_err(|_| InvalidRequest::ForeignHost)?;
    if !leads_to_provider(&url, endpoint.base()) {
        return Err(InvalidRequest::ForeignHost);
    }
    endpoint.bare(Method::GET, &url, Body::none())?.resumed(offset)
}

/// What the status of a failed download means. Dead links are asked for anew.
pub(crate) fn download_failure(status: u16) -> Refused {
    let class = match status {
        429 => FailureClass::Wait,
        410 | 413 | 416 => FailureClass::Final,
        _ => FailureClass::Retry,
    };
    let failure =
        Failure { code: Some(format!("http_{status}")), ..Failure::ours(class, FailureReason::MediaFailed) };
    Refused::new(failure)
}

/// Bytes that an incoming file may have.
pub(crate) fn inbound_limit(media: Media) -> u64 {
    const MB: u64 = 1024 * 1024;
    match media {
        Media::Image | Media::Sticker => 16 * MB,
        Media::Video | Media::Audio | Media::File => 64 * MB,
    }
}
