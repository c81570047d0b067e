//! Signature of deliveries: over the address that was called and everything in the form.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use url::Url;

use crate::webhook::SignatureError;

const HEADER: &str = "x-twilio-signature";

/// HMAC-SHA-1 over the public address and the sorted form, in Base64, keyed with the account's token. The provider
/// names the standard port sometimes and sometimes not: both forms of the address are tried.
pub fn verify(
    secrets: &[SecretString],
    headers: &HeaderMap,
    url: &str,
    body: &[u8],
) -> Result<(), SignatureError> {
    let mut given = headers.get_all(HEADER).iter();
    let claimed = given.next().ok_or(SignatureError::Missing)?;
    if given.next().is_some() {
        return Err(SignatureError::Malformed);
    }
    let claimed = STANDARD.decode(claimed.as_bytes()).map_err(|_| SignatureError::Malformed)?;
    if claimed.len() != 20 {
        return Err(SignatureError::Malformed);
    }
    let mut keys = secrets.iter().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty()).peekable();
    if keys.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    let form = match announced(url) {
        Some(digest) if !is_form(headers) => {
            let ours = hex::encode(Sha256::digest(body));
            if !bool::from(ours.as_bytes().ct_eq(digest.as_bytes())) {
                return Err(SignatureError::Mismatch);
            }
            String::new()
        }
        _ => sorted(body),
    };
    let forms = addresses(url);
    let fits = keys.fold(Choice::from(0), |fits, key| {
        forms.iter().fold(fits, |fits, address| fits | sign(key, address, &form).ct_eq(claimed.as_slice()))
    });
    if bool::from(fits) { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// The value of the signature header for a form: what the provider computes, and its simulator too.
pub fn signature(secret: &SecretString, url: &str, body: &[u8]) -> String {
    STANDARD.encode(sign(secret.expose_secret(), url, &sorted(body)))
}

fn sign(key: &str, url: &str, form: &str) -> Vec<u8> {
    // Keys of any length are legal for HMAC; without one nothing equals the empty answer.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(url.as_bytes());
    mac.update(form.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn is_form(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// The digest of a body that is no form, which stands in the address then.
fn announced(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "bodySHA256").map(|(_, digest)| digest.to_ascii_lowercase())
}

/// Names and values without anything between them, by name; a name that stands several times brings each of its values
/// once, in their order.
fn sorted(body: &[u8]) -> String {
    let pairs: BTreeSet<_> = url::form_urlencoded::parse(body).collect();
    pairs.iter().flat_map(|(name, value)| [&**name, &**value]).collect()
}

/// The address as it is, without and with the port of its scheme. Nothing else of it changes: a changed escape or a
/// changed order would be another address.
fn addresses(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    let Ok(parsed) = Url::parse(url) else { return forms };
    let Some((scheme, rest)) = url.split_once("://") else { return forms };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if let (None, Some(standard)) = (parsed.port(), parsed.port_or_known_default()) {
        let port = format!(":{standard}");
        let host = authority.strip_suffix(&port).unwrap_or(authority);
        forms = vec![format!("{scheme}://{host}{path}"), format!("{scheme}://{host}{port}{path}")];
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_only_thing_that_changes() {
        let forms = |url| addresses(url).join(" ");
        assert_eq!(forms("https://a.b/c?d=%20e&d"), "https://a.b/c?d=%20e&d https://a.b:443/c?d=%20e&d");
        assert_eq!(forms("https://a.b:443/c"), "https://a.b/c https://a.b:443/c");
        assert_eq!(forms("http://a.b?x=:80"), "http://a.b?x=:80 http://a.b:80?x=:80");
        assert_eq!(forms("https://a.b:8443/c"), "https://a.b:8443/c");
        assert_eq!(forms("nothing"), "nothing");
    }
}
