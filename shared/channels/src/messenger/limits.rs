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

/// Text of a message, in characters.
pub const TEXT: usize = 2000;
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
        Media::Image | Media::Sticker => &["image/jpeg", "image/png", "image/gif", "image/webp"],
        Media::Video => &["video/mp4", "video/quicktime", "video/webm", "video/3gpp"],
        Media::Audio => {
            &["audio/aac", "audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/ogg; codecs=opus"]
        }
        Media::File => &[],
    }
}
