//! Events that are handed over as they are.

use std::sync::Arc;

use colibri_app::http::JsonHandler;
use colibri_store::correlation;

use super::boot::{Entry, answer};

/// Wraps a handler. An error is the invocation's: Lambda repeats it and then hands it to the on-failure queue.
pub fn entry(handler: Arc<dyn JsonHandler>) -> Entry {
    Box::new(move |payload, invocation| {
        let handler = handler.clone();
        Box::pin(async move {
            let payload: serde_json::Value = serde_json::from_str(payload.get())?;
            let given = payload["detail"]["correlation"].as_str().map(str::to_owned);
            let id = given.unwrap_or_else(|| correlation::of_request(&invocation.request_id));
            let work = async {
                match handler.handle(payload).await {
                    Ok(value) => answer(&value),
                    Err(error) => {
                        tracing::warn!(request = invocation.request_id, %error, "not handled");
                        Err(error.0.into())
                    }
                }
            };
            correlation::within(Some(&id), work).await
        })
    })
}
