//! The provider's limits. Lengths count characters.

use colibri_domain::content::Media;

/// Kinds of outgoing message.
pub const OUTBOUND_TYPES: &[&str] = &[
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive/button",
    "interactive/list",
    "interactive/cta_url",
    "interactive/location_request_message",
    "interactive/flow",
    "template",
    "reaction",
    "read",
];

/// Text of a message.
pub const TEXT: usize = 4096;
/// Caption of a file.
pub const CAPTION: usize = 1024;
/// Body of buttons, lists and the like.
pub const INTERACTIVE_BODY: usize = 1024;
/// Header or footer of them.
pub const HEADER: usize = 60;
/// Reply buttons.
pub const BUTTONS: usize = 3;
/// Title of a reply button, label of a link, of a form and of a list's button.
pub const BUTTON_TITLE: usize = 20;
/// Id of a reply button.
pub const BUTTON_ID: usize = 256;
/// Sections of a list.
pub const LIST_SECTIONS: usize = 10;
/// Rows of a list, all sections together.
pub const LIST_ROWS: usize = 10;
/// Title of a row or section.
pub const ROW_TITLE: usize = 24;
/// Second line of a row.
pub const ROW_DESCRIPTION: usize = 72;
/// Id of a row.
pub const ROW_ID: usize = 200;
/// Address cards of one message.
pub const CONTACTS: usize = 257;
/// Name of a template.
pub const TEMPLATE_NAME: usize = 512;
/// Our reference.
pub const REFERENCE: usize = 512;
/// Messages per second of a number, both directions.
pub const THROUGHPUT: u32 = 80;
/// Messages per second of an upgraded number.
pub const UPGRADED_THROUGHPUT: u32 = 1000;

const MB: u64 = 1024 * 1024;
const KB: u64 = 1024;
/// A sticker that does not move, in bytes.
pub const STATIC_STICKER: u64 = 100 * KB;

/// Bytes of a file that is sent as this.
pub const fn bytes(media: Media) -> u64 {
    match media {
        Media::Image => 5 * MB,
        Media::Video | Media::Audio => 16 * MB,
        Media::File => 100 * MB,
        Media::Sticker => 500 * KB,
    }
}

/// Types that may be sent as this; empty = any.
pub const fn mime_types(media: Media) -> &'static [&'static str] {
    match media {
        Media::Image => &["image/jpeg", "image/png"],
        Media::Video => &["video/mp4", "video/3gpp"],
        Media::Audio => &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", OPUS],
        Media::File => &[],
        Media::Sticker => &["image/webp"],
    }
}

/// The only type that becomes a voice note.
pub const OPUS: &str = "audio/ogg; codecs=opus";
