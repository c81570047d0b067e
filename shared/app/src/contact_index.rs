//! Search follows what contacts are called.

use std::collections::BTreeSet;

use async_trait::async_trait;
use colibri_domain::event::Event;
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
        let store = self.store.workspace(&event.workspace_id);
        // The head as it is now: events may come in any order.
        let Some(head) = store.head(contact).await.map_err(|e| failed(&e))? else { return Ok(Value::Null) };
        let before: BTreeSet<String> = store.indexed(contact).await.map_err(|e| failed(&e))?;
        let words = store.index_contact(&head, &before).await.map_err(|e| failed(&e))?;
        if words != before {
            store.put_indexed(contact, &words).await.map_err(|e| failed(&e))?;
        }
        Ok(Value::Null)
    }
}
