//! What a contact typed about himself where nobody vouches for it: shown, never used to find, route or send.

use colibri_domain::ContactId;
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::phone::{E164, Email};

use crate::WorkspaceStore;
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::{TRIES, WriteContext};
use crate::item::document;
use crate::keys;

/// Typed values.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Typed {
    pub phone: Option<E164>,
    pub email: Option<Email>,
    /// ISO 639-1; kept where none is known.
    pub language: Option<String>,
}

impl WorkspaceStore {
    /// Keeps typed values in the profile. What the contact owns already is no news.
    pub async fn note_typed(
        &self,
        contact: ContactId,
        typed: &Typed,
        context: &WriteContext,
    ) -> Result<(), StoreError> {
        for attempt in 0..TRIES {
            let missing = || StoreError::new(StoreErrorKind::NotFound, "typed", "");
            let stored = self.stored_head(contact).await?.ok_or_else(missing)?;
            let contact = stored.head.id;
            let before = self.profile(contact).await?.ok_or_else(missing)?;
            let mut profile = before.clone();
            if typed.phone.is_some() && typed.phone != stored.head.phone {
                profile.foreign_phone.clone_from(&typed.phone);
            }
            if typed.email.is_some() && typed.email != stored.head.email {
                profile.foreign_email.clone_from(&typed.email);
            }
            profile.language = profile.language.or_else(|| typed.language.clone());
            if profile == before {
                return Ok(());
            }
            let write = self.db.put_in_transaction(
                document(&keys::profile(&self.id, contact), "profile", &profile)?,
                None,
            )?;
            let shown = [
                before.foreign_phone.clone().map(String::from),
                before.foreign_email.clone().map(String::from),
            ];
            let mut writes = vec![write];
            writes.extend(self.holder_writes(contact, &shown, &profile, &[])?);
            let change = Change {
                head: stored.head.clone(),
                events: vec![EventKind::ContactRefreshed],
                activities: Vec::new(),
                conversation: None,
            };
            if self.write_change(stored, change, context, writes, contact.0).await?.is_some() {
                return Ok(());
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "typed", "too much contention"))
    }
}
