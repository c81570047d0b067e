//! Who a person is, where deliveries do not say it.

use colibri_domain::channel::ChannelSource;
use colibri_domain::inbound::Identity;

use crate::meta::profile as graph;
use crate::wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};
use crate::{instagram, messenger};

/// Asks the provider about a person; none where deliveries say all that can be known.
pub fn request(
    source: ChannelSource,
    endpoint: &Endpoint,
    person: &str,
) -> Result<Option<HttpRequest>, InvalidRequest> {
    match source {
        ChannelSource::Facebook => graph::request(&messenger::PRODUCT, endpoint, person).map(Some),
        ChannelSource::Instagram => graph::request(&instagram::PRODUCT, endpoint, person).map(Some),
        ChannelSource::WhatsappCloud
        | ChannelSource::Telegram
        | ChannelSource::Webchat
        | ChannelSource::Twilio => Ok(None),
    }
}

/// Whether the provider has to be asked who writes.
pub const fn is_asked(source: ChannelSource) -> bool {
    matches!(source, ChannelSource::Facebook | ChannelSource::Instagram)
}

/// Reads the answer. A person may forbid it: class `final` means that nobody needs to ask again.
pub fn read(source: ChannelSource, person: &str, response: &HttpResponse) -> Result<Identity, Refused> {
    let body = match source {
        ChannelSource::Facebook => messenger::answered(response)?,
        ChannelSource::Instagram => instagram::answered(response)?,
        ChannelSource::WhatsappCloud
        | ChannelSource::Telegram
        | ChannelSource::Webchat
        | ChannelSource::Twilio => serde_json::Value::Null,
    };
    Ok(graph::read(person, &body))
}
