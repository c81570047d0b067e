//! Whether a contact wants marketing on a contact channel.

use colibri_domain::activity::ActivityKind;
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::{ContactChannelId, ContactId};

use crate::WorkspaceStore;
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::{TRIES, WriteContext};
use crate::item::document;
use crate::keys;

impl WorkspaceStore {
    /// Notes a "stop" or "resume" for marketing, once; true where it changed something.
    pub async fn set_marketing(
        &self,
        contact: ContactId,
        identity: &ContactChannelId,
        stop: bool,
        context: &WriteContext,
    ) -> Result<bool, StoreError> {
        for attempt in 0..TRIES {
            let Some(stored) = self.stored_head(contact).await? else { return Ok(false) };
            let contact = stored.head.id;
            let Some(mut profile) = self.profile(contact).await? else { return Ok(false) };
            if profile.marketing_opt_outs.contains(identity) == stop {
                return Ok(false);
            }
            profile.marketing_opt_outs.retain(|known| known != identity);
            if stop {
                profile.marketing_opt_outs.push(identity.clone());
            }
            let activity = if stop { ActivityKind::MarketingStopped } else { ActivityKind::MarketingResumed };
            let change = Change {
                head: stored.head.clone(),
                events: vec![EventKind::ContactSubscriptionChanged { subscribed: !stop }],
                activities: vec![activity],
                conversation: None,
            };
            let write = self.db.put_in_transaction(
                document(&keys::profile(&self.id, contact), "profile", &profile)?,
                None,
            )?;
            if self.write_change(stored, change, context, vec![write], contact.0).await?.is_some() {
                return Ok(true);
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "marketing", "too much contention"))
    }
}
