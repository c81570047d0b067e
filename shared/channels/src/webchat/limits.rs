//! Our limits. Lengths count characters.

/// A text, and the words of anything else.
pub const TEXT: usize = 4096;
/// Bytes of a file, both ways.
pub const FILE_BYTES: u64 = 20 * 1024 * 1024;
/// Choices of one message.
pub const REPLIES: usize = 10;
/// Title of a choice or link.
pub const REPLY_TITLE: usize = 80;
/// Second line of a choice.
pub const REPLY_DESCRIPTION: usize = 120;
/// Id of a choice.
pub const REPLY_ID: usize = 256;
/// A link, in bytes.
pub const URL: usize = 2000;
/// Name of a file.
pub const FILE_NAME: usize = 255;
/// A visitor's name.
pub const NAME: usize = 120;
/// A user id of the site.
pub const USER_ID: usize = 200;

/// Types that visitors may send. Nothing that a browser would run: no HTML, no SVG, no scripts.
pub const FILE_TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/webm",
    "audio/wav",
    "audio/aac",
    "application/pdf",
    "text/plain",
    "text/csv",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/zip",
];

/// Whether visitors may send a file of this type; parameters such as `; codecs=opus` do not matter.
pub fn takes(mime_type: &str) -> bool {
    let plain = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    FILE_TYPES.contains(&plain.as_str())
}
