//! The provider's limits. Lengths of text count UTF-16 units, as the provider's offsets do: how it counts characters
//! beyond the first plane is not documented, and this is the stricter way.

use colibri_domain::content::Media;

/// Kinds of outgoing message.
pub const OUTBOUND_TYPES: &[&str] = &[
    "text",
    "photo",
    "animation",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "venue",
    "contact",
    "inline_keyboard",
    "inline_keyboard/url",
    "keyboard/request_location",
    "reaction",
];

/// Text of a message.
pub const TEXT: usize = 4096;
/// Caption of a file.
pub const CAPTION: usize = 1024;
/// Buttons under a message. The provider takes more; nobody reads more.
pub const BUTTONS: usize = 10;
/// Label of a button. The provider cuts long ones on small screens.
pub const BUTTON_TITLE: usize = 64;
/// What a button sends back, in bytes.
pub const CALLBACK_BYTES: usize = 64;
/// Messages per second of one bot.
pub const THROUGHPUT: u32 = 30;

const MB: u64 = 1024 * 1024;
const KB: u64 = 1024;

/// Bytes of a file that a bot can fetch.
pub const DOWNLOAD: u64 = 20 * MB;
/// Width and height of a picture together.
pub const PICTURE_SIDES: u32 = 10_000;
/// How much longer one side of a picture may be.
pub const PICTURE_RATIO: u32 = 20;

/// Bytes of a file that is sent as this.
pub const fn bytes(media: Media) -> u64 {
    match media {
        Media::Image => 10 * MB,
        Media::Video | Media::Audio | Media::File => 50 * MB,
        Media::Sticker => 512 * KB,
    }
}

/// Types that may be sent as this; empty = any.
pub const fn mime_types(media: Media) -> &'static [&'static str] {
    match media {
        Media::Image => &["image/jpeg", "image/png", GIF],
        Media::Video => &["video/mp4"],
        Media::Audio => &["audio/mpeg", "audio/mp4"],
        Media::File => &[],
        Media::Sticker => &["image/webp"],
    }
}

/// A picture that moves is sent as an animation.
pub const GIF: &str = "image/gif";

/// Types that become a voice note.
pub const VOICE: &[&str] = &["audio/ogg; codecs=opus", "audio/mpeg", "audio/mp4"];
