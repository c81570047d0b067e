//! Proof of deliveries: the provider repeats the secret that we gave it with our address.

use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::webhook::SignatureError;

/// The header that carries the secret.
pub const HEADER: &str = "x-telegram-bot-api-secret-token";
/// Longest secret that the provider takes, in bytes.
const LONGEST: usize = 256;

/// Whether the header names one of our secrets; compared in constant time.
pub fn verify(secrets: &[SecretString], headers: &HeaderMap) -> Result<(), SignatureError> {
    let mut given = headers.get_all(HEADER).iter();
    let claimed = given.next().ok_or(SignatureError::Missing)?;
    if given.next().is_some() {
        return Err(SignatureError::Malformed);
    }
    let claimed = claimed.as_bytes();
    let legal = |b: &u8| b.is_ascii_alphanumeric() || matches!(*b, b'_' | b'-');
    if claimed.is_empty() || claimed.len() > LONGEST || !claimed.iter().all(legal) {
        return Err(SignatureError::Malformed);
    }
    let mut ours = secrets.iter().map(ExposeSecret::expose_secret).filter(|s| !s.is_empty()).peekable();
    if ours.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    // Digests, so that the comparison takes as long for a secret of another length.
    let claimed = Sha256::digest(claimed);
    let fits = ours.fold(subtle::Choice::from(0), |fits, ours| {
        fits | Sha256::digest(ours.as_bytes()).as_slice().ct_eq(claimed.as_slice())
    });
    if bool::from(fits) { Ok(()) } else { Err(SignatureError::Mismatch) }
}
