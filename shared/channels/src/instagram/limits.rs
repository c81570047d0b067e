//! The provider's limits.

use colibri_domain::content::Media;

/// Kinds of outgoing message.
pub const OUTBOUND_TYPES: &[&str] = &[
    "text",
    "text/human_agent",
    "reply_to",
    "image",
    "video",
    "audio",
    "file",
    "quick_replies",
    "button/web_url",
    "mark_seen",
];

/// Text of a message, in bytes: a letter with an accent counts two, an emoji four.
pub const TEXT: usize = 1000;
/// Messages that a longer text may become.
pub const PARTS: usize = 10;
/// Quick replies under a message.
pub const QUICK_REPLIES: usize = 13;
/// Label of a quick reply or button.
pub const QUICK_REPLY_TITLE: usize = 20;
/// What a quick reply sends back.
pub const PAYLOAD: usize = 1000;
/// Text above a button that opens a link.
pub const BUTTON_TEXT: usize = 640;

const MB: u64 = 1024 * 1024;

/// Bytes of a file that is sent as this.
pub const fn bytes(media: Media) -> u64 {
    match media {
        Media::Image | Media::Sticker => 8 * MB,
        Media::Video | Media::Audio | Media::File => 25 * MB,
    }
}

/// Types that may be sent as this; empty = any.
pub const fn mime_types(media: Media) -> &'static [&'static str] {
    match media {
        Media::Image => &["image/jpeg", "image/png", "image/gif"],
        Media::Video => &["video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"],
        Media::Audio => &["audio/aac", "audio/mp4", "audio/wav", "audio/x-wav"],
        Media::File => &["application/pdf"],
        // Nobody can send stickers from outside the app.
        Media::Sticker => &["-"],
    }
}
