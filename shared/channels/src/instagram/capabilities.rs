//! What Instagram can do.

use colibri_domain::channel::{Capabilities, ChoiceLimits};
use colibri_domain::content::Media;
use colibri_domain::message::StatusValue;
use colibri_domain::window::{DAY_MILLIS, WEEK_MILLIS};

use super::limits;
use crate::capabilities::media;

/// As data.
#[allow(clippy::cast_possible_truncation)] // limits are small
pub fn capabilities() -> Capabilities {
    Capabilities {
        text_limit: limits::TEXT as u32,
        // Words and files never share a message.
        caption_limit: 0,
        media: media(
            &[Media::Image, Media::Video, Media::Audio, Media::File],
            limits::mime_types,
            limits::bytes,
        ),
        buttons: limits::QUICK_REPLIES as u32,
        list_rows: 0,
        // Header, body and footer share one text; rows of lists become quick replies.
        choice_limits: Some(ChoiceLimits {
            body: limits::TEXT as u32,
            header: limits::BUTTON_TEXT as u32,
            footer: limits::BUTTON_TEXT as u32,
            button_title: limits::QUICK_REPLY_TITLE as u32,
            list_label: 0,
            row_title: 0,
            row_description: 0,
        }),
        location: false,
        contacts: false,
        reactions: false,
        replies: true,
        templates: false,
        window_millis: Some(DAY_MILLIS),
        human_window_millis: Some(WEEK_MILLIS),
        starts_first: false,
        statuses: vec![StatusValue::Sent, StatusValue::Read, StatusValue::Failed],
    }
}
