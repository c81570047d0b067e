//! The way of a message, from the provider's POST to the table and back out.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test ends where its ground is missing"
)]

mod consumers;
mod exports;
mod imports;
mod inbound;
mod late;
mod lists;
mod media;
mod merge;
mod messenger;
mod outbound;
mod people;
mod screens;
mod statuses;
mod sweep;
mod telegram;
mod trash;
mod webchat;
