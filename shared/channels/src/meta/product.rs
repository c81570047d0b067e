//! What tells Messenger and Instagram apart.

use colibri_domain::content::Media;

use super::errors::Rule;
use crate::check::ButtonForm;

/// One of the two products, as data.
pub struct Product {
    /// `object` of its deliveries.
    pub object: &'static str,
    /// Length of a text, in the provider's unit.
    pub length: fn(&str) -> usize,
    /// Longest text in that unit.
    pub text: usize,
    /// Texts that a longer one may become.
    pub parts: usize,
    /// Limits of what can be tapped.
    pub buttons: ButtonForm,
    /// Types that may be sent as this; empty = any.
    pub mime_types: fn(Media) -> &'static [&'static str],
    /// Bytes of a file that is sent as this.
    pub bytes: fn(Media) -> u64,
    /// What its codes mean.
    pub rules: &'static [Rule],
    /// What we subscribe to.
    pub subscribed: &'static [&'static str],
    /// Rights that a token needs, each row one or another.
    pub scopes: &'static [&'static [&'static str]],
    /// What is asked about the account itself.
    pub account_fields: &'static str,
    /// What is asked about a person.
    pub profile_fields: &'static str,
    /// Settings that name the account, the required one first.
    pub ids: &'static [&'static str],
}
