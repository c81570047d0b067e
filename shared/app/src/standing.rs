//! What a workspace's organization may do, as functions know it that send on its behalf.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use colibri_domain::billing::machine::Access;
use colibri_domain::{Millis, WorkspaceId};
use colibri_store::{Store, StoreError};

/// How long an answer is trusted, in milliseconds: a stopped service sends nothing more after this.
const TRUST_MILLIS: i64 = 15_000;
/// Workspaces that are remembered.
const REMEMBERED: usize = 5_000;

/// Remembers for a short time what organizations may do. Losing it costs two reads.
#[derive(Debug, Default)]
pub struct Standings(Mutex<HashMap<WorkspaceId, (Millis, Access)>>);

impl Standings {
    /// What the organization of a workspace may do; of a workspace that is no more: nothing.
    pub async fn of(
        &self,
        store: &Store,
        workspace: &WorkspaceId,
        now: Millis,
    ) -> Result<Access, StoreError> {
        let locked = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, access)) = locked().get(workspace).copied()
            && now.since(at) < TRUST_MILLIS
        {
            return Ok(access);
        }
        let access = match store.workspace(workspace).organization_id().await? {
            Some(organization) => store.organization(&organization).access().await?,
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
