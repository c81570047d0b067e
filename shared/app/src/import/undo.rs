//! Takes an import back: who was added goes to the trash, who was changed becomes what he was. What somebody has
//! touched since stays as it is.

use colibri_domain::contact::Head;
use colibri_domain::import::{Import, ImportState, Outcome};
use colibri_store::{ContactEdit, RowMark, WorkspaceStore, WriteContext};
use serde_json::{Value, json};

use super::rows::{edit_of, held};
use super::{ContactImport, SLICE, failed};
use crate::http::RecordError;

impl ContactImport {
    /// Some rows more; whether any are left.
    pub(super) async fn take_back(
        &self,
        store: &WorkspaceStore,
        import: Import,
    ) -> Result<bool, RecordError> {
        let mut import = import;
        let settings = store.settings().await.map_err(failed)?.ok_or_else(|| failed("no such workspace"))?;
        let context = WriteContext {
            actor: colibri_domain::message::Actor {
                source: colibri_domain::message::Source::Import,
                user_id: Some(import.by.clone()),
            },
            now: self.clock.now(),
        };
        let mut left = self.slices * SLICE;
        loop {
            let limit = u32::try_from(SLICE.min(left)).unwrap_or(1);
            let marks = store.row_marks(&import.id, import.done, limit).await.map_err(failed)?;
            let Some(last) = marks.last().map(|mark| mark.row) else {
                let ended =
                    Import { state: ImportState::Undone, ended_at: Some(self.clock.now()), ..import.clone() };
                store.save_import(&import, &ended).await.map_err(failed)?;
                store.end_import(&import.id).await.map_err(failed)?;
                return Ok(false);
            };
            let mut next = import.clone();
            for mark in &marks {
                let outcome = if mark.added {
                    let organization = &settings.workspace.organization_id;
                    // As it was made: no message, no edit, no merge.
                    let untouched = |head: &Head| head.version == 1 && head.last_message.is_none();
                    let gone = store.delete_contact(organization, mark.contact, &untouched, &context).await;
                    if gone.map_err(failed)?.is_some() { Outcome::Added } else { Outcome::Skipped }
                } else {
                    changed_back(store, mark, &context).await?
                };
                next.undone.count(outcome);
            }
            next.done = last + 1;
            if !store.save_import(&import, &next).await.map_err(failed)? {
                return Ok(false);
            }
            import = next;
            left = left.saturating_sub(marks.len());
            if left == 0 {
                return Ok(true);
            }
        }
    }
}

/// Restores what still is as the import left it.
async fn changed_back(
    store: &WorkspaceStore,
    mark: &RowMark,
    context: &WriteContext,
) -> Result<Outcome, RecordError> {
    let Some(head) = store.own_head(mark.contact).await.map_err(failed)? else { return Ok(Outcome::Skipped) };
    let Some(profile) = store.profile(head.id).await.map_err(failed)? else { return Ok(Outcome::Skipped) };
    let mut before = mark.before.clone();
    before.retain(|name, _| name != "tags" && mark.after.get(name) == Some(&held(name, &head, &profile)));
    let added: Vec<String> = mark
        .after
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    let edit = ContactEdit {
        remove_tags: added.into_iter().filter(|tag| head.tags.contains(tag)).collect(),
        ..edit_of(&before)
    };
    if before.is_empty() && edit.remove_tags.is_empty() {
        return Ok(Outcome::Skipped);
    }
    store.edit_contact(head.id, edit, context).await.map_err(failed)?;
    tracing::debug!(contact.id = %head.id, fields = %json!(before.keys().collect::<Vec<_>>()), "changed back");
    Ok(Outcome::Updated)
}
