//! Who a visitor is: an anonymous id of ours, or a user whom the site vouches for.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use colibri_domain::ChannelId;
use colibri_domain::inbound::Identity;
use colibri_domain::phone::{E164, Email};

use super::limits;

/// Secrets of one web chat, kept sealed beside the channel.
#[derive(Clone, Deserialize)]
pub struct Secrets {
    /// Signs sessions.
    pub session: SecretString,
    /// What the site signs user ids with.
    pub identity: SecretString,
}

impl Secrets {
    /// Reads what [`Secrets::text`] wrote.
    pub fn parse(text: &SecretString) -> Option<Self> {
        serde_json::from_str(text.expose_secret()).ok()
    }

    /// As one text to seal.
    pub fn text(&self) -> SecretString {
        let both = serde_json::json!({
            "session": self.session.expose_secret(),
            "identity": self.identity.expose_secret(),
        });
        SecretString::from(both.to_string())
    }
}

/// Whether the site signed this user id: hexadecimal HMAC-SHA256(identity secret, user id), compared in constant time.
pub fn vouched(secret: &SecretString, user_id: &str, hash: &str) -> bool {
    if user_id.is_empty() || user_id.chars().count() > limits::USER_ID || secret.expose_secret().is_empty() {
        return false;
    }
    let (Ok(hash), Ok(mut mac)) =
        (hex::decode(hash.trim()), Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()))
    else {
        return false;
    };
    mac.update(user_id.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

/// The visitor id of a user of the site: the same on each of his devices, and telling nothing about him.
pub fn visitor_of(channel: &ChannelId, user_id: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(channel.as_str());
    hasher.update([0]);
    hasher.update(user_id);
    format!("u{}", hex::encode(&hasher.finalize()[..16]))
}

/// The visitor id of somebody new.
pub fn anonymous(unique: &str) -> String {
    format!("v{unique}")
}

/// Whether a text has the shape of a visitor id.
pub fn is_visitor(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(['u', 'v'])
        && text.len() > 8
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The visitor as the rest of the product knows him.
///
/// Only a user id that the site signed vouches for anything: where it is an e-mail address or an international number
/// itself, it finds the contact that owns it. What was typed vouches for nothing.
pub fn identity(visitor: &str, user: Option<&str>, name: Option<&str>, language: &str) -> Identity {
    let email = user.and_then(|user| user.parse::<Email>().ok()).map(String::from);
    let phone = user
        .filter(|user| user.starts_with('+'))
        .and_then(|user| E164::from_digits(user.trim_start_matches('+')).ok())
        .map(String::from);
    let unnamed = || {
        // Somebody whom the site knows may be a contact with a name of its own.
        visitor.starts_with('v').then(|| placeholder(visitor, language))
    };
    Identity {
        id: visitor.to_owned(),
        aliases: Vec::new(),
        phone,
        email,
        name: name.map(str::to_owned).or_else(unnamed),
        username: user.map(str::to_owned),
        language: None,
    }
}

/// What people see of somebody who has told no name.
fn placeholder(visitor: &str, language: &str) -> String {
    let tail = &visitor[visitor.len().saturating_sub(4)..];
    format!("{} {}", if language == "en" { "Visitor" } else { "Visitante" }, tail.to_uppercase())
}
