//! What the store promises, tried against the table in process with its faults.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::large_futures)]

mod billing;
mod contacts;
mod costs;
mod faults;
mod files;
mod keys;
mod messages;
mod reading;
mod scopes;
mod sends;
mod snippets;
mod table;
