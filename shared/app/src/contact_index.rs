//! Search follows what contacts are called.

use std::collections::BTreeSet;

use async_trait::async_trait;
use colibri_domain::event::{Event, EventKind};
use colibri_store::Store;
use serde_json::Value;

use crate::http::{JsonHandler, RecordError};

/// Keeps the search words of contacts.
pub struct ContactIndex {
    /// Table.
    pub store: Store,
}

#[async_trait]
impl JsonHandler for ContactIndex {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let failed = |e: &dyn std::fmt::Display| RecordError(e.to_string());
        let event: Event = serde_json::from_value(payload["detail"].clone()).map_err(|e| failed(&e))?;
        let Some(contact) = event.contact_id else { return Ok(Value::Null) };
        let also = match event.kind {
            EventKind::ContactMerged { secondary } | EventKind::ContactUnmerged { secondary } => {
                Some(secondary)
            }
            _ => None,
        };
        let store = self.store.workspace(&event.workspace_id);
        for contact in std::iter::once(contact).chain(also) {
            let before: BTreeSet<String> = store.indexed(contact).await.map_err(|e| failed(&e))?;
            // The head as it is now: events may come in any order. Who is no contact any more is not found.
            let words = match store.own_head(contact).await.map_err(|e| failed(&e))? {
                Some(head) => store.index_contact(&head, &before).await,
                None => store.unindex_contact(contact, &before).await,
            };
            let words = words.map_err(|e| failed(&e))?;
            if words != before {
                store.put_indexed(contact, &words).await.map_err(|e| failed(&e))?;
            }
        }
        Ok(Value::Null)
    }
}
