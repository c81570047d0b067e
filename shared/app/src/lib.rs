//! Use cases, a module per feature. Talks to the store and to small traits.

pub mod http;
pub mod ports;
