//! What each channel can do, as data.

use colibri_domain::channel::{Capabilities, ChannelSource, MediaCapability};
use colibri_domain::content::Media;

use crate::{instagram, messenger, telegram, twilio, webchat, whatsapp};

/// What a kind of channel can do: drives the composer, conversions and checks.
pub fn capabilities(source: ChannelSource) -> Capabilities {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::capabilities::capabilities(),
        ChannelSource::Webchat => webchat::capabilities::capabilities(),
        ChannelSource::Telegram => telegram::capabilities::capabilities(),
        ChannelSource::Twilio => twilio::capabilities::capabilities(),
        ChannelSource::Facebook => messenger::capabilities::capabilities(),
        ChannelSource::Instagram => instagram::capabilities::capabilities(),
    }
}

/// Kinds of file that a channel takes, with their limits.
pub(crate) fn media(
    kinds: &[Media],
    mime_types: fn(Media) -> &'static [&'static str],
    max_bytes: fn(Media) -> u64,
) -> Vec<MediaCapability> {
    let types = |media| mime_types(media).iter().map(|&mime| mime.to_owned()).collect();
    let one =
        |&media: &Media| MediaCapability { media, mime_types: types(media), max_bytes: max_bytes(media) };
    kinds.iter().map(one).collect()
}
