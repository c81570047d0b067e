//! The file of an export, written piece by piece: no more of it is in memory than one part of a multipart upload.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use colibri_domain::WorkspaceId;

use crate::error::{StoreError, StoreErrorKind};
use crate::files::{CSV, Files, export_path, failed};

/// Bytes of a part: S3 takes no part below 5 MiB but the last one, and at most 10,000 of them.
const PART: usize = 8 * 1_048_576;

/// A file that grows. Nothing is to be seen of it before [`ExportFile::finish`]; what never ends is swept by the
/// bucket's rule for unfinished uploads.
#[derive(Debug)]
pub struct ExportFile {
    files: Files,
    path: String,
    upload: Option<String>,
    parts: Vec<CompletedPart>,
    waiting: BytesMut,
    size: u64,
}

impl Files {
    /// Begins the file of an export; once finished it replaces what has the same name.
    #[must_use]
    pub fn begin_export(&self, workspace: &WorkspaceId, name: &str) -> ExportFile {
        ExportFile {
            files: self.clone(),
            path: export_path(workspace, name),
            upload: None,
            parts: Vec::new(),
            waiting: BytesMut::new(),
            size: 0,
        }
    }
}

impl ExportFile {
    /// Appends bytes.
    pub async fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.size += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PART { self.send().await } else { Ok(()) }
    }

    /// Makes it the file, and says how many bytes it has. A small one is written in one piece.
    pub async fn finish(mut self) -> Result<u64, StoreError> {
        if self.upload.is_none() {
            self.files.write_at(&self.path, CSV, self.waiting.freeze()).await?;
            return Ok(self.size);
        }
        if !self.waiting.is_empty() {
            self.send().await?;
        }
        let whole = CompletedMultipartUpload::builder().set_parts(Some(self.parts)).build();
        let call = self.files.client.complete_multipart_upload().bucket(&self.files.bucket).key(self.path);
        let call = call.set_upload_id(self.upload).multipart_upload(whole);
        call.send().await.map_err(failed("join export"))?;
        Ok(self.size)
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        let upload = match &self.upload {
            Some(upload) => upload.clone(),
            None => self.upload.insert(self.begin().await?).clone(),
        };
        let number = i32::try_from(self.parts.len() + 1).map_err(failed("write export"))?;
        let bytes: Bytes = self.waiting.split().freeze();
        let call = self.files.client.upload_part().bucket(&self.files.bucket).key(&self.path);
        let call = call.upload_id(upload).part_number(number).body(ByteStream::from(bytes));
        let tag = call.send().await.map_err(failed("write export"))?.e_tag;
        self.parts.push(CompletedPart::builder().part_number(number).set_e_tag(tag).build());
        Ok(())
    }

    async fn begin(&self) -> Result<String, StoreError> {
        let call = self.files.client.create_multipart_upload().bucket(&self.files.bucket).key(&self.path);
        let answer = call.content_type(CSV).send().await.map_err(failed("write export"))?;
        let none = || StoreError::new(StoreErrorKind::Corrupt, "write export", "an upload without an id");
        answer.upload_id.ok_or_else(none)
    }
}
