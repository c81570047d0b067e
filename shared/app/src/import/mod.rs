//! The job that carries out an import, a slice of rows at a time.
//!
//! A slice that is repeated does nothing twice: a contact is created together with a note of its row, a change notes
//! first what there was, counts are saved with the place that they reach. A run ends after some rows and starts the
//! next, so that no import outlives its function; a schedule is not needed, the call itself is tried again.

mod rows;
mod undo;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_domain::import::{Identifier, Import, ImportState, Outcome, Reader, RowError, Sheet};
use colibri_domain::message::{Actor, Source};
use colibri_domain::{ContactId, FileId, WorkspaceId};
use colibri_store::{File, FileState, Files, Settings, Store, WorkspaceStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::audit::safe;
use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Ids, Invoke};

/// Rows between two saves.
const SLICE: usize = 100;
/// Slices of a run.
pub const SLICES: usize = 40;

/// Carries out imports and takes them back.
#[allow(missing_docs)]
pub struct ContactImport {
    pub store: Store,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Slices of a run: [`SLICES`].
    pub slices: usize,
}

/// Which import.
#[derive(Deserialize)]
struct Job {
    workspace_id: WorkspaceId,
    import_id: String,
}

/// What became of a row.
struct Done {
    outcome: Outcome,
    code: &'static str,
    contact: Option<ContactId>,
}

impl Done {
    const fn failed(error: RowError) -> Self {
        Self { outcome: Outcome::Failed, code: error.code(), contact: None }
    }
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl JsonHandler for ContactImport {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let job: Job = serde_json::from_value(payload["detail"].clone())
            .map_err(|e| crate::http::unreadable("import job", &e))?;
        let store = self.store.workspace(&job.workspace_id);
        let Some(mut import) = store.import(&job.import_id).await.map_err(failed)? else {
            return Ok(Value::Null);
        };
        if import.state == ImportState::Queued {
            let next = Import { state: ImportState::InProgress, ..import.clone() };
            // Who was first goes on; the other finds that it is not his turn.
            if !store.save_import(&import, &next).await.map_err(failed)? {
                return Ok(Value::Null);
            }
            import = next;
        }
        let more = match import.state {
            ImportState::InProgress => self.run(&store, import).await?,
            ImportState::Undoing => self.take_back(&store, import).await?,
            // Cancelled between two runs: what it did is told.
            ImportState::Cancelled if import.result.is_none() => {
                self.finish(&store, import, ImportState::Cancelled).await?;
                false
            }
            _ => false,
        };
        if more {
            self.again(&job.workspace_id, &job.import_id).await?;
        }
        Ok(Value::Null)
    }
}

impl ContactImport {
    async fn again(&self, workspace: &WorkspaceId, import: &str) -> Result<(), RecordError> {
        let job = json!({ "workspace_id": workspace, "import_id": import });
        self.invoke.start("contact-import", &job.to_string()).await.map_err(failed)
    }

    /// Some rows more; whether any are left.
    async fn run(&self, store: &WorkspaceStore, import: Import) -> Result<bool, RecordError> {
        let settings = store.settings_now().await.map_err(failed)?;
        let settings = settings.ok_or_else(|| failed("no such workspace"))?;
        let bytes = self.files.read(&store.id, &import.file_id).await.map_err(failed)?;
        let Ok(sheet) = Sheet::read(&bytes) else {
            // It was readable when it was asked for: the bytes are not those any more.
            self.finish(store, import, ImportState::Failed).await?;
            return Ok(false);
        };
        let mut work = Work { store, settings, import, sheet, seen: BTreeSet::new() };
        work.remember_seen();
        let end = work.sheet.rows.len().min(work.place() + self.slices * SLICE);
        while work.place() < end {
            let until = end.min(work.place() + SLICE);
            let (was, next, lines) = self.slice(&mut work, until).await?;
            let part = part_of(&next, was.done);
            let bytes = Bytes::from(lines.concat());
            self.files.write(&store.id, &part, "text/csv", bytes).await.map_err(failed)?;
            if !store.save_import(&was, &next).await.map_err(failed)? {
                return self.overtaken(store, &was.id).await;
            }
            work.import = next;
        }
        if work.place() < work.sheet.rows.len() {
            return Ok(true);
        }
        let import = work.import;
        self.finish(store, import, ImportState::Completed).await?;
        Ok(false)
    }

    /// Somebody else changed the job: another run of it, or who stopped it.
    async fn overtaken(&self, store: &WorkspaceStore, id: &str) -> Result<bool, RecordError> {
        if let Some(now) = store.import(id).await.map_err(failed)?
            && now.state == ImportState::Cancelled
            && now.result.is_none()
        {
            self.finish(store, now, ImportState::Cancelled).await?;
        }
        Ok(false)
    }

    /// The rows up to a place: what the job is afterwards, and a line for each.
    async fn slice(
        &self,
        work: &mut Work<'_>,
        until: usize,
    ) -> Result<(Import, Import, Vec<String>), RecordError> {
        let from = work.place();
        let range = work.import.done..until as u64;
        let marks = work.store.row_marks_in(&work.import.id, range).await.map_err(failed)?;
        let was = work.import.clone();
        let mut next = was.clone();
        let mut lines = Vec::with_capacity(until - from);
        for row in from..until {
            let done = match marks.get(&(row as u64)) {
                Some(mark) if mark.added => {
                    work.see(row);
                    Done { outcome: Outcome::Added, code: "", contact: Some(mark.contact) }
                }
                _ => self.row(work, row).await?,
            };
            next.counts.count(done.outcome);
            lines.push(line(row, &done, &work.sheet.rows[row]));
        }
        next.done = until as u64;
        Ok((was, next, lines))
    }

    /// Joins what became of the rows, and lets the next import begin. May be repeated.
    async fn finish(
        &self,
        store: &WorkspaceStore,
        import: Import,
        state: ImportState,
    ) -> Result<(), RecordError> {
        let mut text = String::from("\u{feff}row,outcome,reason,contact_id\r\n");
        let mut from = 0;
        while from < import.done {
            let part = part_of(&import, from);
            let bytes = self.files.read(&store.id, &part).await.map_err(failed)?;
            text.push_str(&String::from_utf8_lossy(&bytes));
            from = from.saturating_add(SLICE as u64 - from % SLICE as u64);
        }
        let id = FileId::from_unique(&format!("{}-result", bare(&import.id)));
        let file = File {
            id: id.clone(),
            name: format!("{}-result.csv", import.name.trim_end_matches(".csv")),
            mime_type: "text/csv".into(),
            size: text.len() as u64,
            state: FileState::Ready,
            uploaded_by: Some(import.by.clone()),
            created_at: self.clock.now(),
            inline: false,
            width: None,
            height: None,
            duration_ms: None,
            waveform: None,
        };
        self.files.write(&store.id, &id, "text/csv", Bytes::from(text)).await.map_err(failed)?;
        store.put_file(&file).await.map_err(failed)?;
        let now = Some(self.clock.now());
        let ended = Import { state, result: Some(id), ended_at: now, ..import.clone() };
        store.save_import(&import, &ended).await.map_err(failed)?;
        store.end_import(&import.id).await.map_err(failed)?;
        tracing::info!(import.id = %import.id, added = ended.counts.added, updated = ended.counts.updated,
            failed = ended.counts.failed, "import ended");
        Ok(())
    }
}

/// What a run works on.
struct Work<'a> {
    store: &'a WorkspaceStore,
    settings: Settings,
    import: Import,
    sheet: Sheet,
    /// Identifiers of the rows so far.
    seen: BTreeSet<String>,
}

impl Work<'_> {
    fn place(&self) -> usize {
        usize::try_from(self.import.done).unwrap_or(usize::MAX)
    }

    fn reader<'b>(&'b self, settings: &'b Settings) -> Reader<'b> {
        Reader::new(&self.import.columns, &settings.fields, &settings.stages, &settings.workspace.country)
    }

    fn actor(&self) -> Actor {
        Actor { source: Source::Import, user_id: Some(self.import.by.clone()) }
    }

    fn key(&self, row: usize) -> Option<String> {
        let identifier: Identifier = self.import.identifier?;
        self.reader(&self.settings).read(&self.sheet.rows[row]).ok()?.values.key(identifier)
    }

    fn see(&mut self, row: usize) {
        if let Some(key) = self.key(row) {
            self.seen.insert(key);
        }
    }

    /// The rows of earlier runs count too where the file has one twice.
    fn remember_seen(&mut self) {
        for row in 0..self.place().min(self.sheet.rows.len()) {
            self.see(row);
        }
    }
}

/// The id without its prefix: ids of files are letters and digits.
fn bare(import: &str) -> &str {
    import.trim_start_matches("imp_")
}

fn part_of(import: &Import, from: u64) -> FileId {
    FileId::from_unique(&format!("{}-{from:07}", bare(&import.id)))
}

/// A line of the result file: where the row stands in the file, what became of it, and its cells.
fn line(row: usize, done: &Done, cells: &[String]) -> String {
    // The header is the first line of the file, the first row its second.
    let mut parts = vec![
        (row + 2).to_string(),
        done.outcome.name().to_owned(),
        done.code.to_owned(),
        done.contact.map(|id| id.to_string()).unwrap_or_default(),
    ];
    parts.extend(cells.iter().map(|cell| safe(cell)));
    format!("{}\r\n", parts.join(","))
}
