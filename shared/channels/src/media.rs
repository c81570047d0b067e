//! Files of messages, both ways.

use colibri_domain::channel::ChannelSource;
use colibri_domain::content::{FileRef, Media};
use colibri_domain::inbound::RemoteMedia;
use colibri_domain::outbound::OutboundContent;

use crate::meta::media as graph;
use crate::wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};
use crate::{telegram, twilio, webchat, whatsapp};

/// What a provider says about a file before it hands it out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RemoteFile {
    /// Where the bytes are, as [`download_request`] takes it; valid for minutes.
    pub url: String,
    /// Claimed type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Claimed bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 as given (hexadecimal or Base64).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A file to hand to the provider.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// Name with an extension that fits the type.
    pub name: &'a str,
    /// Sniffed type.
    pub mime_type: &'a str,
    /// Content.
    pub bytes: &'a [u8],
}

/// How to learn where an incoming file is.
#[derive(Debug)]
pub enum Lookup {
    /// The provider has to be asked. Ask anew for each attempt: links die within minutes.
    Ask(HttpRequest),
    /// The delivery said it.
    Known(RemoteFile),
}

/// Finds the link to an incoming file.
pub fn lookup(
    source: ChannelSource,
    endpoint: &Endpoint,
    media: &RemoteMedia,
) -> Result<Lookup, InvalidRequest> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::media::lookup_request(endpoint, media).map(Lookup::Ask),
        ChannelSource::Webchat => Err(InvalidRequest::NoProvider),
        ChannelSource::Telegram => telegram::media::lookup_request(endpoint, media).map(Lookup::Ask),
        ChannelSource::Twilio => twilio::media::lookup_request(endpoint, media).map(Lookup::Ask),
        ChannelSource::Facebook | ChannelSource::Instagram => {
            let url = media.url.clone().ok_or(InvalidRequest::Malformed)?;
            Ok(Lookup::Known(RemoteFile {
                url,
                mime_type: media.mime_type.clone(),
                size: None,
                sha256: None,
            }))
        }
    }
}

/// Reads the answer to a lookup. Class `final` means that the provider no longer has the file.
pub fn read_lookup(source: ChannelSource, response: &HttpResponse) -> Result<RemoteFile, Refused> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::media::read_lookup(response),
        ChannelSource::Webchat => Err(webchat::no_provider()),
        ChannelSource::Telegram => telegram::media::read_lookup(response),
        ChannelSource::Twilio => twilio::media::read_lookup(response),
        ChannelSource::Facebook | ChannelSource::Instagram => Err(graph::download_failure(404)),
    }
}

/// Asks for the bytes, from an offset when a download is continued. Refuses links that do not lead to the provider:
/// the request carries the channel's token. Redirects must not be followed.
pub fn download_request(
    source: ChannelSource,
    endpoint: &Endpoint,
    url: &str,
    offset: u64,
) -> Result<HttpRequest, InvalidRequest> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::media::download_request(endpoint, url, offset),
        ChannelSource::Webchat => Err(InvalidRequest::NoProvider),
        ChannelSource::Telegram => telegram::media::download_request(endpoint, url, offset),
        ChannelSource::Twilio => twilio::media::download_request(endpoint, url, offset),
        ChannelSource::Facebook | ChannelSource::Instagram => graph::download_request(endpoint, url, offset),
    }
}

/// What the status of a download other than 200 and 206 means.
pub fn download_failure(source: ChannelSource, status: u16) -> Refused {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Facebook | ChannelSource::Instagram => {
            graph::download_failure(status)
        }
        ChannelSource::Webchat => webchat::no_provider(),
        ChannelSource::Telegram => telegram::media::download_failure(status),
        ChannelSource::Twilio => twilio::media::download_failure(status),
    }
}

/// Bytes that an incoming file may have at most. Check the claimed size, and count while reading.
pub fn inbound_limit(source: ChannelSource, media: Media) -> u64 {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::media::inbound_limit(media),
        ChannelSource::Webchat => webchat::limits::FILE_BYTES,
        ChannelSource::Telegram => telegram::limits::DOWNLOAD,
        ChannelSource::Twilio => twilio::limits::FILE_BYTES,
        ChannelSource::Facebook | ChannelSource::Instagram => graph::inbound_limit(media),
    }
}

/// Whether the bytes have the digest that the provider announced; true when it announced none.
pub fn digest_fits(announced: Option<&str>, bytes: &[u8]) -> bool {
    use base64::Engine as _;
    use sha2::{Digest, Sha256};
    let Some(announced) = announced.map(str::trim).filter(|a| !a.is_empty()) else { return true };
    let digest = Sha256::digest(bytes);
    hex::encode(digest).eq_ignore_ascii_case(announced)
        || base64::engine::general_purpose::STANDARD.encode(digest).trim_end_matches('=')
            == announced.trim_end_matches('=')
}

/// When the bytes of a file go to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOver {
    /// By an upload, before the message.
    Before,
    /// With the message itself.
    Within,
    /// By a link in the message, which the provider follows within minutes.
    Link,
}

/// When the bytes of a file go to the provider.
pub const fn hand_over(source: ChannelSource) -> HandOver {
    match source {
        ChannelSource::WhatsappCloud => HandOver::Before,
        ChannelSource::Telegram | ChannelSource::Webchat => HandOver::Within,
        ChannelSource::Facebook | ChannelSource::Instagram | ChannelSource::Twilio => HandOver::Link,
    }
}

/// Whether the provider's id of a file that was handed over before does for this message.
pub fn is_reusable(
    source: ChannelSource,
    provider_id: &str,
    content: &OutboundContent,
    file: &FileRef,
) -> bool {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Webchat => true,
        // Links are made for one message.
        ChannelSource::Facebook | ChannelSource::Instagram | ChannelSource::Twilio => false,
        ChannelSource::Telegram => telegram::send::is_reusable(provider_id, content, file),
    }
}

/// Hands a file to the provider before it is sent.
pub fn upload_request(
    source: ChannelSource,
    endpoint: &Endpoint,
    upload: &Upload<'_>,
) -> Result<HttpRequest, InvalidRequest> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::media::upload_request(endpoint, upload),
        ChannelSource::Webchat => Err(InvalidRequest::NoProvider),
        ChannelSource::Telegram
        | ChannelSource::Facebook
        | ChannelSource::Instagram
        | ChannelSource::Twilio => Err(InvalidRequest::Malformed),
    }
}

/// Reads the provider's id of an uploaded file.
pub fn read_upload(source: ChannelSource, response: &HttpResponse) -> Result<String, Refused> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::media::read_upload(response),
        ChannelSource::Webchat => Err(webchat::no_provider()),
        ChannelSource::Telegram => telegram::media::read_upload(response),
        ChannelSource::Twilio => twilio::media::read_upload(response),
        ChannelSource::Facebook | ChannelSource::Instagram => Err(graph::download_failure(413)),
    }
}
