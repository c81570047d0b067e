//! What each channel can do, as data.

use colibri_domain::channel::{Capabilities, ChannelSource};

use crate::{telegram, webchat, whatsapp};

/// What a kind of channel can do: drives the composer, conversions and checks.
pub fn capabilities(source: ChannelSource) -> Capabilities {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::capabilities::capabilities(),
        ChannelSource::Webchat => webchat::capabilities::capabilities(),
        ChannelSource::Telegram => telegram::capabilities::capabilities(),
    }
}
