//! E-mail: what a raw mail says, whether its sender is who he claims to be, whether a machine wrote it, and what it
//! reports about a mail of ours. Pure; nothing here fails or panics on a broken mail.

pub mod fold;
pub mod read;
pub mod report;
pub mod trust;

/// Largest raw mail that is read, in bytes.
pub const MAX_MAIL_BYTES: usize = 25 * 1024 * 1024;
