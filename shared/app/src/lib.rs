//! Use cases, a module per feature. Talks to the store and to small traits.

pub mod api;
pub mod billing;
pub mod channel_check;
pub mod channel_health;
pub mod console_serve;
pub mod contact_admit;
pub mod contact_index;
pub mod http;
pub mod media;
pub mod notify;
pub mod nudge;
pub mod ports;
pub mod problem;
pub mod provider;
pub mod publish;
pub mod react;
pub mod realtime;
pub mod receipts;
pub mod receive;
pub mod send;
pub mod settings;
pub mod status;
pub mod sweep;
pub mod template_sync;
pub mod webchat;
pub mod webhook;
