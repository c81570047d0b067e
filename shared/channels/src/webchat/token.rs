//! Tokens that we sign: a visitor's session, the link of a mail that restores it, an address of one file.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use colibri_domain::time::Seconds;
use colibri_domain::{ChannelId, FileId};

/// What a token is for; one kind never passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenKind {
    /// A visitor's session.
    #[serde(rename = "s")]
    Session,
    /// Opens a session again from a mail.
    #[serde(rename = "r")]
    Restore,
    /// Reads one file of a session.
    #[serde(rename = "f")]
    File,
}

/// What a token says. Short names: it travels with every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// What it is for.
    #[serde(rename = "k")]
    pub kind: TokenKind,
    /// The channel it counts on.
    #[serde(rename = "c")]
    pub channel: ChannelId,
    /// The visitor it speaks for.
    #[serde(rename = "v")]
    pub visitor: String,
    /// Until when.
    #[serde(rename = "e")]
    pub expires: Seconds,
    /// The user id of the site, where the site vouched for it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `es` or `en`: the language that the visitor chose.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The file.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileId>,
}

/// Why a token does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, changed on the way, for another channel or another purpose.
    #[error("the token is not valid here")]
    Invalid,
    /// Ours, and over; the claims may renew it.
    #[error("the token has expired")]
    Expired(Box<Claims>),
}

fn mac(key: &SecretString, text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).ok()?;
    mac.update(b"colibri-webchat-1:");
    mac.update(text.as_bytes());
    Some(mac)
}

/// Signs claims.
pub fn sign(key: &SecretString, claims: &Claims) -> String {
    let payload = B64.encode(serde_json::to_vec(claims).unwrap_or_default());
    let tag = mac(key, &payload).map(|mac| B64.encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("{payload}.{tag}")
}

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 2048;

/// Reads a token of this kind for this channel. The signature is compared in constant time.
pub fn verify(
    key: &SecretString,
    token: &str,
    kind: TokenKind,
    channel: &ChannelId,
    now: Seconds,
) -> Result<Claims, TokenError> {
    let invalid = || TokenError::Invalid;
    if token.len() > LONGEST || key.expose_secret().is_empty() {
        return Err(TokenError::Invalid);
    }
    let (payload, tag) = token.split_once('.').ok_or_else(invalid)?;
    let tag = B64.decode(tag).map_err(|_| invalid())?;
    mac(key, payload).ok_or_else(invalid)?.verify_slice(&tag).map_err(|_| invalid())?;
    let bytes = B64.decode(payload).map_err(|_| invalid())?;
    let claims: Claims = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    if claims.kind != kind || claims.channel != *channel {
        return Err(TokenError::Invalid);
    }
    if claims.expires <= now { Err(TokenError::Expired(Box::new(claims))) } else { Ok(claims) }
}
