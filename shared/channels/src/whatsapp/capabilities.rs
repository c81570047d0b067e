//! What WhatsApp can do.

use colibri_domain::channel::{Capabilities, ChoiceLimits};
use colibri_domain::content::Media;
use colibri_domain::message::StatusValue;
use colibri_domain::window::DAY_MILLIS;

use super::limits;
use crate::capabilities::media;

/// As data.
#[allow(clippy::cast_possible_truncation)] // limits are small
pub fn capabilities() -> Capabilities {
    Capabilities {
        text_limit: limits::TEXT as u32,
        caption_limit: limits::CAPTION as u32,
        media: media(
            &[Media::Image, Media::Video, Media::Audio, Media::File, Media::Sticker],
            limits::mime_types,
            limits::bytes,
        ),
        buttons: limits::BUTTONS as u32,
        list_rows: limits::LIST_ROWS as u32,
        choice_limits: Some(ChoiceLimits {
            body: limits::INTERACTIVE_BODY as u32,
            header: limits::HEADER as u32,
            footer: limits::HEADER as u32,
            button_title: limits::BUTTON_TITLE as u32,
            list_label: limits::BUTTON_TITLE as u32,
            row_title: limits::ROW_TITLE as u32,
            row_description: limits::ROW_DESCRIPTION as u32,
        }),
        location: true,
        contacts: true,
        reactions: true,
        replies: true,
        templates: true,
        window_millis: Some(DAY_MILLIS),
        human_window_millis: None,
        starts_first: true,
        statuses: vec![StatusValue::Sent, StatusValue::Delivered, StatusValue::Read, StatusValue::Failed],
    }
}
