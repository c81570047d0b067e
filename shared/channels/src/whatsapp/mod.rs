//! WhatsApp Cloud API (Meta Graph).

pub mod account;
pub mod capabilities;
pub mod convert;
pub mod coverage;
pub mod envelope;
pub mod errors;
pub mod fields;
pub mod identity;
pub mod inbound;
mod interactive;
pub mod limits;
pub mod media;
mod parts;
pub mod send;
pub mod status;
pub mod templates;

pub use crate::meta::GRAPH_VERSION;
