//! The provider's limits.

use colibri_domain::content::Media;

/// Kinds of outgoing message.
pub const OUTBOUND_TYPES: &[&str] = &["sms", "mms"];

/// Text of a message, in UTF-16 units: how the provider counts beyond the first plane is not documented, and this is
/// the stricter way.
pub const TEXT: usize = 1600;
/// Bytes of a file, both ways.
pub const FILE_BYTES: u64 = 5 * 1024 * 1024;
/// Files of one message.
pub const FILES: usize = 10;

/// Bytes of a file that goes as this.
pub const fn bytes(_media: Media) -> u64 {
    FILE_BYTES
}

/// Types that may be sent as this. The provider fits pictures to the phone; other files reach few networks.
pub const fn mime_types(media: Media) -> &'static [&'static str] {
    match media {
        Media::Image => &["image/jpeg", "image/png", "image/gif"],
        Media::Video | Media::Audio | Media::File | Media::Sticker => &["none"],
    }
}

/// Segments a second of a number: of toll-free numbers in North America, of other numbers there, of all others.
pub const TOLL_FREE: u32 = 3;
/// See above.
pub const NORTH_AMERICA: u32 = 1;
/// See above.
pub const ELSEWHERE: u32 = 10;

/// Segments a second that the provider takes for a number of these digits.
pub fn throughput(digits: &str) -> u32 {
    match digits.strip_prefix('1') {
        Some(rest) => {
            let free = ["800", "833", "844", "855", "866", "877", "888"];
            if free.iter().any(|area| rest.starts_with(area)) { TOLL_FREE } else { NORTH_AMERICA }
        }
        None => ELSEWHERE,
    }
}
