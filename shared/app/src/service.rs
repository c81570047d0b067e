//! What an organization's subscription lets its functions do, where nobody is signed in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use colibri_domain::billing::machine::Access;
use colibri_domain::{Millis, WorkspaceId};
use colibri_store::{Store, StoreError};

/// How long an answer is trusted: a frozen service stops, and a paid one goes on, within this time.
const TRUST_MILLIS: i64 = 30_000;
/// Answers that are remembered.
const REMEMBERED: usize = 5_000;

/// Remembers what it learns, so that a warm function asks twice a minute and workspace.
#[derive(Default)]
pub struct Service {
    known: Mutex<HashMap<WorkspaceId, (Millis, Access)>>,
}

impl Service {
    /// What the organization of a workspace may do now; a workspace that is gone may do nothing.
    pub async fn access(
        &self,
        store: &Store,
        workspace: &WorkspaceId,
        now: Millis,
    ) -> Result<Access, StoreError> {
        let locked = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = locked().get(workspace).copied();
        if let Some((at, access)) = known
            && now.since(at) < TRUST_MILLIS
        {
            return Ok(access);
        }
        let access = match store.workspace(workspace).settings().await? {
            Some(settings) => store.organization(&settings.workspace.organization_id).access().await?,
            None => Access::Ended,
        };
        let mut known = locked();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(workspace.clone(), (now, access));
        Ok(access)
    }
}
