//! How often an address may try what needs no session.

use std::sync::Arc;

use colibri_store::Store;
use sha2::{Digest, Sha256};

use super::route::Call;
use crate::ports::Clock;
use crate::problem::Problem;

/// Length of the stretch of time that is counted over, in seconds.
const WINDOW: i64 = 3_600;
/// When somebody who was refused may ask again, in seconds. Shorter than the window, which may end at any moment.
const AGAIN: u32 = 600;

/// Counts attempts, one conditional write for each; addresses are kept as hashes, for two hours.
pub struct Attempts {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Attempts {
    /// Over the installation's own counters.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Admits at most `most` calls an hour from the caller's address of the network.
    ///
    /// # Errors
    /// 429 above that.
    pub async fn from_network(&self, call: &Call, purpose: &str, most: u32) -> Result<(), Problem> {
        self.admit(&format!("{purpose}:{}", short(&call.request.source_ip)), most).await
    }

    /// Admits at most `most` calls an hour that name this address of mail.
    ///
    /// # Errors
    /// 429 above that.
    pub async fn to_mail(&self, email: &str, most: u32) -> Result<(), Problem> {
        self.admit(&format!("e:{}", short(email)), most).await
    }

    async fn admit(&self, who: &str, most: u32) -> Result<(), Problem> {
        let now = self.clock.now().seconds().0;
        let window = (now / WINDOW).to_string();
        let admitted = self.store.installation().admit(who, &window, most, now + 2 * WINDOW).await?;
        if admitted { Ok(()) } else { Err(Problem::too_many(AGAIN)) }
    }
}

fn short(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..12])
}
