//! Events that are handed over as they are.

use std::sync::Arc;

use colibri_app::http::JsonHandler;

use super::boot::{Entry, answer};

/// Wraps a handler. An error is the invocation's: Lambda repeats it and then hands it to the on-failure queue.
pub fn entry(handler: Arc<dyn JsonHandler>) -> Entry {
    Box::new(move |payload, invocation| {
        let handler = handler.clone();
        Box::pin(async move {
            let payload = serde_json::from_str(payload.get())?;
            match handler.handle(payload).await {
                Ok(value) => answer(&value),
                Err(error) => {
                    tracing::warn!(request = invocation.request_id, %error, "not handled");
                    Err(error.0.into())
                }
            }
        })
    })
}
