//! Text and picture messages through Twilio's Programmable Messaging.

pub mod account;
pub mod capabilities;
pub mod convert;
pub mod coverage;
pub mod errors;
pub mod inbound;
pub mod limits;
pub mod media;
pub mod send;
pub mod verify;

use url::Url;

use crate::wire::{Endpoint, InvalidRequest};

/// The version of the API that stands in every address.
const VERSION: &str = "2010-04-01";

/// An address under the account.
fn url(endpoint: &Endpoint, segments: &[&str]) -> Result<Url, InvalidRequest> {
    let account = endpoint.parent_account()?;
    endpoint.url(&[&[VERSION, "Accounts", account], segments].concat())
}

/// Digits of an international number of 7 to 15; none for short codes and senders with letters.
fn digits(address: &str) -> Option<&str> {
    let digits = address.trim().strip_prefix('+')?;
    ((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}
