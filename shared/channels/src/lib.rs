//! One folder per channel: bytes in, values out; request out, response in. Pure: no I/O, no clock.
//!
//! The modules here are the seam. Each of their functions is one `match` on
//! [`ChannelSource`](colibri_domain::channel::ChannelSource), so that after one more line in that enum the
//! compiler lists what the new channel's folder has to answer.
//!
//! To add a channel: one line in that enum, a folder here beside [`whatsapp`] with the functions that the compiler
//! then asks for, its case tables in `cases/<channel>` with one case for each word of its
//! [`coverage`], and a webhook function. Nothing else knows one provider from another.

pub mod account;
pub mod capabilities;
mod check;
pub mod coverage;
mod json;
pub mod media;
pub mod meta;
mod part;
pub mod profile;
pub mod redact;
pub mod send;
pub mod sniff;
pub mod templates;
pub mod webhook;
pub mod wire;

pub mod email;
pub mod instagram;
pub mod messenger;
pub mod telegram;
pub mod twilio;
pub mod webchat;
pub mod whatsapp;

pub use capabilities::capabilities;
pub use wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused, WaitScope};
