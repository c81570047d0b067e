//! Signature of deliveries and the subscription handshake.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::webhook::{HandshakeError, SignatureError};

const HEADER: &str = "x-hub-signature-256";
const PREFIX: &str = "sha256=";

/// HMAC-SHA-256 over the bytes as received, in lower-case hexadecimal, keyed with the app's secret.
pub fn verify(secrets: &[SecretString], headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
    let mut given = headers.get_all(HEADER).iter();
    let claimed = given.next().ok_or(SignatureError::Missing)?;
    if given.next().is_some() {
        return Err(SignatureError::Malformed);
    }
    let claimed =
        claimed.to_str().ok().and_then(|text| text.strip_prefix(PREFIX)).ok_or(SignatureError::Malformed)?;
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if claimed.len() != 64 || !claimed.bytes().all(lower_hex) {
        return Err(SignatureError::Malformed);
    }
    let claimed = hex::decode(claimed).map_err(|_| SignatureError::Malformed)?;
    let mut keys = secrets.iter().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty()).peekable();
    if keys.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    let fits = keys.fold(subtle::Choice::from(0), |fits, key| fits | sign(key, body).ct_eq(&claimed));
    if bool::from(fits) { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// The value of the signature header for a body: what the provider computes, and its simulator too.
pub fn signature(secret: &SecretString, body: &[u8]) -> String {
    format!("{PREFIX}{}", hex::encode(sign(secret.expose_secret(), body)))
}

fn sign(key: &str, body: &[u8]) -> Vec<u8> {
    // Keys of any length are legal for HMAC; without one nothing equals the empty answer.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

/// Longest challenge that we echo.
const MAX_CHALLENGE: usize = 1024;

/// Answers `hub.mode=subscribe` with the challenge when the verify token is ours.
pub fn handshake(verify_tokens: &[SecretString], query: &str) -> Result<String, HandshakeError> {
    let (mut mode, mut token, mut challenge) = (None, None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "hub.mode" => mode = Some(value),
            "hub.verify_token" => token = Some(value),
            "hub.challenge" => challenge = Some(value),
            _ => {}
        }
    }
    let (Some(mode), Some(token), Some(challenge)) = (mode, token, challenge) else {
        return Err(HandshakeError::Malformed);
    };
    if mode != "subscribe" || challenge.is_empty() || challenge.len() > MAX_CHALLENGE {
        return Err(HandshakeError::Malformed);
    }
    // Digests, so that the comparison takes as long for a token of another length.
    let given = Sha256::digest(token.as_bytes());
    let fits = verify_tokens
        .iter()
        .map(ExposeSecret::expose_secret)
        .filter(|ours| !ours.is_empty())
        .fold(subtle::Choice::from(0), |fits, ours| {
            fits | Sha256::digest(ours.as_bytes()).as_slice().ct_eq(given.as_slice())
        });
    if bool::from(fits) { Ok(challenge.into_owned()) } else { Err(HandshakeError::WrongToken) }
}
