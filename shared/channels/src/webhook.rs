//! What providers deliver to us: is it theirs, and what does it say.

use http::HeaderMap;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use colibri_domain::Millis;
use colibri_domain::channel::ChannelSource;
use colibri_domain::inbound::{ChannelNotice, Identity, InboundKind, StatusReport, Watermark};

use crate::meta::{envelope, verify as graph};
use crate::{instagram, messenger, telegram, twilio, whatsapp};

/// Why a delivery is not believed. All of them mean "refuse, store nothing".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureError {
    /// No signature header.
    #[error("the delivery is not signed")]
    Missing,
    /// More than one, wrong prefix, wrong length, not in the provider's alphabet.
    #[error("the signature is malformed")]
    Malformed,
    /// Signed by somebody else, or changed on the way.
    #[error("the signature does not fit the body")]
    Mismatch,
    /// We hold no secret to check with.
    #[error("no secret is configured")]
    NoSecret,
}

/// Why a subscription handshake is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakeError {
    /// A parameter is missing or not what the provider sends.
    #[error("this is no subscription handshake")]
    Malformed,
    /// Not our verify token.
    #[error("the verify token is wrong")]
    WrongToken,
}

/// What proves that a delivery comes from the provider. It also says what the last part of its address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The secret of the provider's app that the address names.
    App,
    /// A secret that we derive from the channel that the address names.
    Channel,
    /// The token of the account of the channel that the address names.
    Account,
}

/// How deliveries of a channel prove themselves.
pub const fn proof(source: ChannelSource) -> Proof {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Facebook | ChannelSource::Instagram => Proof::App,
        ChannelSource::Telegram | ChannelSource::Webchat => Proof::Channel,
        ChannelSource::Twilio => Proof::Account,
    }
}

/// The last part but one of the addresses that the provider calls.
pub const fn path(source: ChannelSource) -> &'static str {
    match source {
        ChannelSource::WhatsappCloud => "whatsapp",
        ChannelSource::Telegram => "telegram",
        ChannelSource::Facebook => "messenger",
        ChannelSource::Instagram => "instagram",
        ChannelSource::Webchat => "webchat",
        ChannelSource::Twilio => "twilio",
    }
}

/// The type of what the answer to a delivery says.
pub const fn answer_type(source: ChannelSource) -> &'static str {
    match source {
        ChannelSource::Twilio => "text/xml; charset=utf-8",
        ChannelSource::WhatsappCloud
        | ChannelSource::Telegram
        | ChannelSource::Facebook
        | ChannelSource::Instagram
        | ChannelSource::Webchat => "application/json",
    }
}

/// Checks in constant time that the provider signed these bytes. Several secrets serve a change of secret; `url` is the
/// public address as it was called, query and all, which some providers sign too.
pub fn verify(
    source: ChannelSource,
    secrets: &[SecretString],
    headers: &HeaderMap,
    url: &str,
    body: &[u8],
) -> Result<(), SignatureError> {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Facebook | ChannelSource::Instagram => {
            graph::verify(secrets, headers, body)
        }
        // Visitors prove themselves by their session's token, see `webchat::token`.
        ChannelSource::Webchat => Err(SignatureError::NoSecret),
        ChannelSource::Telegram => telegram::verify::verify(secrets, headers),
        ChannelSource::Twilio => twilio::verify::verify(secrets, headers, url, body),
    }
}

/// Answers the provider's subscription handshake: the text to send back as `text/plain`.
///
/// `query` is the raw query string.
pub fn handshake(
    source: ChannelSource,
    verify_tokens: &[SecretString],
    query: &str,
) -> Result<String, HandshakeError> {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Facebook | ChannelSource::Instagram => {
            graph::handshake(verify_tokens, query)
        }
        // Telegram and Twilio believe whoever holds the token and ask nothing, and a web chat has nobody who would ask.
        ChannelSource::Telegram | ChannelSource::Twilio | ChannelSource::Webchat => {
            Err(HandshakeError::Malformed)
        }
    }
}

/// Reads an authentic delivery. Never fails and never panics: what cannot be read is in `kept`, and spoils nothing
/// beside it.
pub fn parse(source: ChannelSource, body: &[u8], received_at: Millis) -> Delivery {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::envelope::parse(body, received_at),
        // Nobody posts deliveries for it: `webchat::inbound` reads what visitors send.
        ChannelSource::Webchat => Delivery::default(),
        ChannelSource::Telegram => telegram::update::parse(body, received_at),
        ChannelSource::Twilio => twilio::inbound::parse(body, received_at),
        ChannelSource::Facebook => envelope::parse(&messenger::PRODUCT, body, received_at),
        ChannelSource::Instagram => envelope::parse(&instagram::PRODUCT, body, received_at),
    }
}

/// Everything that one POST said, by account.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Delivery {
    /// One entry per account, in order of first appearance.
    pub accounts: Vec<AccountDelivery>,
    /// What belongs to no account we could tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// What the answer to the POST says, of type [`answer_type`], where the provider listens to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Delivery {
    /// The part about an account, which is added where it is not there yet.
    pub(crate) fn account(&mut self, account: AccountRef) -> &mut AccountDelivery {
        let known = self.accounts.iter().position(|known| known.account == account);
        let at = known.unwrap_or_else(|| {
            self.accounts.push(AccountDelivery::of(account));
            self.accounts.len() - 1
        });
        &mut self.accounts[at]
    }
}

impl AccountDelivery {
    /// Nothing yet.
    pub(crate) const fn of(account: AccountRef) -> Self {
        Self {
            account,
            events: Vec::new(),
            statuses: Vec::new(),
            watermarks: Vec::new(),
            notices: Vec::new(),
            kept: Vec::new(),
        }
    }
}

/// What one POST said about one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountDelivery {
    /// Which.
    pub account: AccountRef,
    /// Events of persons, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ParsedEvent>,
    /// Reports about our messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<StatusReport>,
    /// Reports about all our messages to somebody up to one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watermarks: Vec<Watermark>,
    /// News about the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<ChannelNotice>,
    /// What could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
}

/// How a delivery names an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum AccountRef {
    /// By the address that was called: the channel named there.
    Address,
    /// By the provider's id of the account itself: `Channel::account`.
    Account {
        /// The id.
        id: String,
    },
    /// By what it belongs to: all channels whose `parent_account` this is, or the one with this display number.
    Parent {
        /// The id.
        id: String,
        /// Digits of the number meant, where told; compare with the digits of `Channel::display`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display: Option<String>,
    },
}

/// An event of a person, still without tenant and channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParsedEvent {
    /// The person.
    pub from: Identity,
    /// What happened.
    #[serde(flatten)]
    pub kind: InboundKind,
    /// Place within the POST, from 0.
    pub place: u32,
}

/// Something authentic that we could not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Why.
    pub why: KeptWhy,
    /// As delivered, at most 64 KiB.
    pub raw: String,
}

/// Why something was kept unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptWhy {
    /// Not JSON, or not the shape of a delivery.
    Unreadable,
    /// For another product of the provider.
    OtherObject,
    /// A field that we do not know.
    UnknownField,
    /// It does not say which account it is for.
    NoAccount,
    /// A message or report without an id.
    NoId,
    /// It does not say who.
    NoPerson,
    /// A kind of report or system message that we do not know.
    UnknownKind,
}

/// Longest raw text kept, in bytes.
pub const RAW_LIMIT: usize = 64 * 1024;
