//! What text messages can do.

use colibri_domain::channel::Capabilities;
use colibri_domain::content::Media;
use colibri_domain::message::StatusValue;

use super::limits;
use crate::capabilities::media;

/// As data.
#[allow(clippy::cast_possible_truncation)] // limits are small
pub fn capabilities() -> Capabilities {
    Capabilities {
        text_limit: limits::TEXT as u32,
        caption_limit: limits::TEXT as u32,
        media: media(&[Media::Image], limits::mime_types, limits::bytes),
        buttons: 0,
        list_rows: 0,
        choice_limits: None,
        location: false,
        contacts: false,
        reactions: false,
        replies: false,
        templates: false,
        window_millis: None,
        human_window_millis: None,
        starts_first: true,
        statuses: vec![StatusValue::Sent, StatusValue::Delivered, StatusValue::Failed],
    }
}
