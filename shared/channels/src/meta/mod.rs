//! What the products of Meta have in common: signatures, answers of the Graph API, links to files, and the events and
//! requests of Messenger and Instagram, which differ in little.

pub(crate) mod account;
pub(crate) mod answer;
pub(crate) mod convert;
pub mod envelope;
pub mod errors;
mod events;
pub(crate) mod media;
mod parts;
pub mod product;
pub(crate) mod profile;
pub(crate) mod send;
pub mod verify;

/// The version of the Graph API that requests name.
pub const GRAPH_VERSION: &str = "v25.0";

/// Kinds of message of a product, as cases name them.
pub(crate) const fn parts_of(instagram: bool) -> &'static [&'static str] {
    if instagram { parts::INSTAGRAM_TYPES } else { parts::INBOUND_TYPES }
}

/// Kinds of event of a product, as cases name them.
pub(crate) const fn events_of(instagram: bool) -> &'static [&'static str] {
    if instagram { events::INSTAGRAM_FIELDS } else { events::FIELDS }
}
