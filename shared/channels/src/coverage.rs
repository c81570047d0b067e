//! What each channel has to be shown with: one case at least for each of these.

use colibri_domain::channel::ChannelSource;

use crate::{instagram, messenger, telegram, twilio, webchat, whatsapp};

/// The words a provider uses, as lists. A case names what it shows as `<list>:<word>` in its `covers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Kinds of incoming message: `inbound:<word>`.
    pub inbound: &'static [&'static str],
    /// Kinds of delivery beside messages: `field:<word>`.
    pub fields: &'static [&'static str],
    /// Reports about our messages: `status:<word>`.
    pub statuses: &'static [&'static str],
    /// Error codes: `error:<word>`.
    pub errors: Vec<String>,
    /// Kinds of outgoing message: `outbound:<word>`.
    pub outbound: &'static [&'static str],
}

impl Coverage {
    /// Every word with its list, as cases write it.
    pub fn words(&self) -> Vec<String> {
        let with = |list: &str, words: &[&str]| -> Vec<String> {
            words.iter().map(|word| format!("{list}:{word}")).collect()
        };
        let mut all = with("inbound", self.inbound);
        all.extend(with("field", self.fields));
        all.extend(with("status", self.statuses));
        all.extend(self.errors.iter().map(|code| format!("error:{code}")));
        all.extend(with("outbound", self.outbound));
        all
    }
}

/// The words of one channel.
pub fn coverage(source: ChannelSource) -> Coverage {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::coverage::coverage(),
        ChannelSource::Webchat => webchat::coverage(),
        ChannelSource::Telegram => telegram::coverage::coverage(),
        ChannelSource::Twilio => twilio::coverage::coverage(),
        ChannelSource::Facebook => messenger::coverage::coverage(),
        ChannelSource::Instagram => instagram::coverage::coverage(),
    }
}
