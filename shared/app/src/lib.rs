//! Use cases, a module per feature. Talks to the store and to small traits.

pub mod api;
pub mod channel_health;
pub mod console_serve;
pub mod http;
pub mod nudge;
pub mod ports;
pub mod problem;
pub mod provider;
pub mod react;
pub mod receipts;
pub mod settings;
pub mod channel_check;
pub mod contact_index;
pub mod media;
pub mod notify;
pub mod publish;
pub mod realtime;
pub mod template_sync;
pub mod receive;
pub mod webhook;
pub mod send;
pub mod status;
