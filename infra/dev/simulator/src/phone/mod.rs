//! The customer's phone: what it shows, what a person can do on it, and its page.

pub mod act;
pub mod routes;
pub mod thread;
