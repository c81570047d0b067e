//! What a web chat can do.

use colibri_domain::channel::{Capabilities, ChoiceLimits, MediaCapability};
use colibri_domain::content::Media;
use colibri_domain::message::StatusValue;

use super::limits;

/// As data.
#[allow(clippy::cast_possible_truncation)] // limits are small
pub fn capabilities() -> Capabilities {
    let media = |media| MediaCapability { media, mime_types: Vec::new(), max_bytes: limits::FILE_BYTES };
    Capabilities {
        text_limit: limits::TEXT as u32,
        caption_limit: limits::TEXT as u32,
        media: [Media::Image, Media::Video, Media::Audio, Media::File].map(media).into(),
        buttons: limits::REPLIES as u32,
        list_rows: limits::REPLIES as u32,
        choice_limits: Some(ChoiceLimits {
            body: limits::TEXT as u32,
            header: limits::TEXT as u32,
            footer: limits::TEXT as u32,
            button_title: limits::REPLY_TITLE as u32,
            list_label: limits::REPLY_TITLE as u32,
            row_title: limits::REPLY_TITLE as u32,
            row_description: limits::REPLY_DESCRIPTION as u32,
        }),
        location: false,
        contacts: false,
        reactions: false,
        replies: false,
        templates: false,
        window_millis: None,
        human_window_millis: None,
        starts_first: false,
        statuses: vec![StatusValue::Sent, StatusValue::Delivered, StatusValue::Read],
    }
}
