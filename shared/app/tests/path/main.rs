//! The way of a message, from the provider's POST to the table and back out.

mod inbound;
mod outbound;
mod statuses;
