//! Exports are written slice by slice, each a part of its own; the parts are joined at the end.
//!
//! A slice covers a fixed range of contacts and has a name that follows from its place: whoever writes it again
//! replaces it. Only the run that saves the cursor goes on, so that a killed or repeated slice doubles nothing.

mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_domain::export::{ContactScope, ExportJob, ExportStatus, ExportWhat};
use colibri_domain::people::{Membership, Right};
use colibri_domain::{ContactId, NotificationId, WorkspaceId};
use colibri_store::{Files, Notification, Settings, Store, WorkspaceStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Invoke};
use rows::{Rows, head_line};

/// Slices that one run writes before it starts another run.
pub const SLICES: usize = 200;
/// How long a run begins new slices, in milliseconds: far below the function's timeout.
const RUN_MILLIS: i64 = 240_000;
/// Contacts of a slice.
const CONTACTS: u64 = 1_000;
/// Contacts of a slice whose messages are read.
const TALKS: u64 = 100;
/// Bytes of an export at most: what a run can join within its time.
const MOST_BYTES: u64 = 1_024 * 1_048_576;

/// Writes an export.
#[allow(missing_docs)]
pub struct ContactExport {
    pub store: Store,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    /// Slices of one run: [`SLICES`].
    pub slices: usize,
    /// Contacts of a slice, where they are not as many as usual.
    pub span: Option<u64>,
}

/// One export.
#[derive(Deserialize)]
struct One {
    workspace_id: WorkspaceId,
    export_id: String,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Name of an export's file.
pub(crate) fn file_name(export: &str) -> String {
    format!("{export}.csv")
}

fn part_name(export: &str, part: u32) -> String {
    format!("{export}/{part:06}")
}

#[async_trait]
impl JsonHandler for ContactExport {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let one: One = serde_json::from_value(payload["detail"].clone())
            .map_err(|e| crate::http::unreadable("export job", &e))?;
        let store = self.store.workspace(&one.workspace_id);
        let started = self.clock.now();
        for slice in 0.. {
            let Some(job) = store.export(&one.export_id).await.map_err(failed)? else { break };
            if !job.is_active() {
                break;
            }
            if slice >= self.slices || (slice > 0 && self.clock.now().since(started) > RUN_MILLIS) {
                let next = json!({ "workspace_id": one.workspace_id, "export_id": one.export_id });
                self.invoke.start("contact-export", &next.to_string()).await.map_err(failed)?;
                break;
            }
            if !self.step(&store, job).await? {
                // Another run is ahead, or somebody has canceled it.
                break;
            }
        }
        Ok(Value::Null)
    }
}

impl ContactExport {
    /// The next slice, or the end; false where somebody else has changed the export meanwhile.
    async fn step(&self, store: &WorkspaceStore, job: ExportJob) -> Result<bool, RecordError> {
        let settings = store.settings_now().await.map_err(failed)?;
        let Some(settings) = settings else { return self.refuse(store, job, "not_allowed").await };
        let member = settings.member(&job.requested_by).filter(|member| member.may(Right::DataExport));
        let Some(member) = member else { return self.refuse(store, job, "not_allowed").await };
        if job.done >= job.total {
            return self.finish(store, job).await;
        }
        let job = self.slice(store, &settings, member, job).await?;
        match job {
            Ok(job) if job.size > MOST_BYTES => self.refuse(store, job, "too_large").await,
            Ok(job) => store.save_export(&job).await.map_err(failed),
            Err((job, reason)) => self.refuse(store, *job, reason).await,
        }
    }

    async fn slice(
        &self,
        store: &WorkspaceStore,
        settings: &Settings,
        member: &Membership,
        job: ExportJob,
    ) -> Result<Result<ExportJob, (Box<ExportJob>, &'static str)>, RecordError> {
        let usual = if job.what.messages().is_some() { TALKS } else { CONTACTS };
        let up_to = job.total.min(job.done.saturating_add(self.span.unwrap_or(usual).max(1)));
        let ids: Vec<ContactId> = match &job.what {
            ExportWhat::Contacts(ContactScope { contact_ids: Some(ids), .. }) => {
                let from = usize::try_from(job.done).unwrap_or(usize::MAX);
                let wanted = usize::try_from(up_to - job.done).unwrap_or(usize::MAX);
                ids.iter().skip(from).take(wanted).copied().collect()
            }
            _ => (job.done + 1..=up_to).map(ContactId).collect(),
        };
        let teammates = settings.teammates(member);
        let rows = Rows { store, settings, member, teammates: &teammates, job: &job };
        let Some(lines) = rows.of(&ids).await.map_err(failed)? else {
            return Ok(Err((Box::new(job), "invalid_filter")));
        };
        let (count, text) = (lines.len() as u64, lines.concat());
        let size = text.len() as u64;
        let name = part_name(&job.id, job.parts);
        self.files.write_export(&store.id, &name, Bytes::from(text)).await.map_err(failed)?;
        Ok(Ok(ExportJob {
            status: ExportStatus::Running,
            done: up_to,
            parts: job.parts + 1,
            rows: job.rows + count,
            size: job.size + size,
            updated_at: self.clock.now(),
            ..job
        }))
    }

    /// Joins the parts, tells who asked, and says that it is ready.
    async fn finish(&self, store: &WorkspaceStore, job: ExportJob) -> Result<bool, RecordError> {
        let mut file = self.files.begin_export(&store.id, &file_name(&job.id));
        file.append(format!("\u{feff}{}", head_line(&job)).as_bytes()).await.map_err(failed)?;
        for part in 0..job.parts {
            let name = part_name(&job.id, part);
            let part = self.files.read_export(&store.id, &name).await.map_err(failed)?;
            file.append(&part).await.map_err(failed)?;
        }
        let size = file.finish().await.map_err(failed)?;
        let was = job.updated_at;
        let ready =
            ExportJob { status: ExportStatus::Completed, size, updated_at: self.clock.now(), ..job.clone() };
        if !store.save_export(&ready).await.map_err(failed)? {
            return Ok(false);
        }
        tracing::info!(export.id = %job.id, rows = job.rows, size, "export written");
        self.tell(store, &ready, "export_ready", was).await?;
        Ok(true)
    }

    async fn refuse(&self, store: &WorkspaceStore, job: ExportJob, why: &str) -> Result<bool, RecordError> {
        let was = job.updated_at;
        let job = job.failed(why, self.clock.now());
        if !store.save_export(&job).await.map_err(failed)? {
            return Ok(false);
        }
        tracing::warn!(export.id = %job.id, reason = why, "export failed");
        self.tell(store, &job, "export_failed", was).await?;
        Ok(true)
    }

    async fn tell(
        &self,
        store: &WorkspaceStore,
        job: &ExportJob,
        kind: &str,
        at: colibri_domain::Millis,
    ) -> Result<(), RecordError> {
        let unique = job.id.trim_start_matches("exp_").replace('_', "-");
        let notification = Notification {
            id: NotificationId::from_unique(&unique),
            kind: kind.to_owned(),
            contact_id: None,
            args: [("export_id".to_owned(), job.id.clone()), ("name".to_owned(), job.rows.to_string())]
                .into(),
            at,
            read: false,
        };
        store.put_notification(&job.requested_by, &notification).await.map(|_| ()).map_err(failed)
    }
}
