//! What the store promises, tried against the table in process with its faults.

mod contacts;
mod faults;
mod messages;
mod reading;
mod scopes;
mod sends;
