//! What Telegram can do.

use colibri_domain::channel::{Capabilities, ChoiceLimits};
use colibri_domain::content::Media;
use colibri_domain::message::StatusValue;

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
        list_rows: 0,
        // Header, body and footer share one text; there are no lists, whose rows become buttons.
        choice_limits: Some(ChoiceLimits {
            body: limits::TEXT as u32,
            header: limits::CAPTION as u32,
            footer: limits::CAPTION as u32,
            button_title: limits::BUTTON_TITLE as u32,
            list_label: 0,
            row_title: 0,
            row_description: 0,
        }),
        location: true,
        contacts: true,
        reactions: true,
        replies: true,
        templates: false,
        window_millis: None,
        // Only the customer can begin, by pressing Start.
        human_window_millis: None,
        starts_first: false,
        // Nothing is reported after a message was taken.
        statuses: vec![StatusValue::Sent, StatusValue::Failed],
    }
}
