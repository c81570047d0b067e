//! When a channel last delivered something: beside its settings, so that noting it disturbs nobody who changes them.

use colibri_domain::channel::Channel;
use colibri_domain::{ChannelId, Millis};

use crate::WorkspaceStore;
use crate::db::{Expression, unless_conflict};
use crate::error::StoreError;
use crate::item::{Attributes, number, number_of, read};
use crate::keys;

/// Noted at most once in ten minutes, in milliseconds.
const NOTED_EVERY: i64 = 10 * 60 * 1000;

impl WorkspaceStore {
    /// Notes an authentic delivery; true where it was news.
    pub async fn channel_seen(&self, channel: &ChannelId, now: Millis) -> Result<bool, StoreError> {
        let at = keys::setting(&self.id, "CH", channel.as_str());
        let update = Expression::new("SET seen = :now")
            .value(":now", number(now.0))
            .value(":before", number(now.0 - NOTED_EVERY));
        let condition = "attribute_exists(PK) AND (attribute_not_exists(seen) OR seen < :before)";
        Ok(unless_conflict(self.db.update("channel seen", &at, update, Some(condition)).await)?.is_some())
    }
}

/// A channel from its item.
pub(crate) fn channel_of(item: &Attributes) -> Result<Channel, StoreError> {
    let mut channel: Channel = read("channel", item)?;
    channel.last_event_at = channel.last_event_at.max(number_of(item, "seen").map(Millis));
    Ok(channel)
}
