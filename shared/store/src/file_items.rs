//! Files of a workspace, as the table knows them; the bytes are in S3.

use colibri_domain::content::FileRef;
use colibri_domain::{FileId, Millis, UserId};
use serde::{Deserialize, Serialize};

use crate::WorkspaceStore;
use crate::error::StoreError;
use crate::item::{document, number_of, read};
use crate::keys;

/// Whether the bytes are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FileState {
    Uploading,
    Ready,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct File {
    pub id: FileId,
    pub name: String,
    pub mime_type: String,
    pub size: u64,
    pub state: FileState,
    #[serde(default)]
    pub uploaded_by: Option<UserId>,
    pub created_at: Millis,
    /// May be shown in a browser; anything else is downloaded.
    #[serde(default)]
    pub inline: bool,
    #[serde(default)]
    pub width: Option<u32>,
    #[serde(default)]
    pub height: Option<u32>,
    #[serde(default)]
    pub duration_ms: Option<u32>,
    #[serde(default)]
    pub waveform: Option<Vec<u8>>,
}

impl File {
    /// The file as messages show it, once its bytes are there.
    pub fn reference(&self) -> Option<FileRef> {
        (self.state == FileState::Ready).then(|| FileRef {
            id: self.id.clone(),
            mime_type: self.mime_type.clone(),
            size: self.size,
            width: self.width,
            height: self.height,
            duration_ms: self.duration_ms,
            waveform: self.waveform.clone(),
            name: Some(self.name.clone()),
        })
    }
}

impl WorkspaceStore {
    /// A file.
    pub async fn file(&self, id: &FileId) -> Result<Option<File>, StoreError> {
        let item = self.db.get("file", &keys::file(&self.id, id)).await?;
        item.map(|item| read("file", &item)).transpose()
    }

    /// Stores what is known of a file.
    pub async fn put_file(&self, file: &File) -> Result<(), StoreError> {
        self.db.put("file", document(&keys::file(&self.id, &file.id), "file", file)?, None).await
    }

    /// The contact sequence: how many contacts were ever created here.
    pub async fn contacts_created(&self) -> Result<u64, StoreError> {
        let item = self.db.get("sequence", &keys::sequence(&self.id)).await?;
        Ok(item.and_then(|item| number_of(&item, "n")).unwrap_or(0))
    }
}
