//! Bytes in S3. Each workspace has its own prefix; addresses are signed for five minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use colibri_domain::{FileId, OrganizationId, WorkspaceId};

use crate::error::{StoreError, StoreErrorKind};
use crate::file_items::File;

/// Life of a signed address.
const SIGNED: Duration = Duration::from_mins(5);

/// The bucket.
#[derive(Debug, Clone)]
pub struct Files {
    pub(crate) client: Client,
    pub(crate) bucket: String,
}

/// A request that somebody else may carry out.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// Address with signature.
    pub url: String,
    /// Headers that are part of the signature.
    pub headers: BTreeMap<String, String>,
}

fn path(workspace: &WorkspaceId, file: &FileId) -> String {
    format!("W/{workspace}/{file}")
}

pub(crate) fn failed<E: std::fmt::Debug>(op: &'static str) -> impl Fn(E) -> StoreError {
    // The error's own text may hold a signed address.
    move |_| StoreError::new(StoreErrorKind::Unavailable, op, "the bucket did not answer as expected")
}

impl Files {
    /// Takes a client and the bucket's name.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    /// Stores bytes under a file's id.
    pub async fn write(
        &self,
        workspace: &WorkspaceId,
        file: &FileId,
        mime_type: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        self.write_at(&path(workspace, file), mime_type, bytes).await
    }

    /// Keeps a delivery that could not be read, for 30 days (by the bucket's rule for `raw/`).
    pub async fn keep_raw(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.write_at(&format!("raw/{name}"), "application/octet-stream", bytes).await
    }

    /// What was kept under a name.
    pub async fn read_raw(&self, name: &str) -> Result<Bytes, StoreError> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(format!("raw/{name}"))
            .send()
            .await
            .map_err(failed("read raw"))?;
        Ok(answer.body.collect().await.map_err(failed("read raw"))?.into_bytes())
    }

    /// Stores an invoice or credit note under its name: the same bytes' name every time.
    pub async fn write_document(
        &self,
        organization: &OrganizationId,
        name: String,
        mime_type: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        self.write_at(&format!("B/{organization}/{name}"), mime_type, bytes).await
    }

    /// An address to download a document from, which is stored under that name.
    pub async fn sign_document(
        &self,
        organization: &OrganizationId,
        name: &str,
        mime_type: &str,
    ) -> Result<String, StoreError> {
        let signing = PresigningConfig::expires_in(SIGNED).map_err(failed("sign document"))?;
        let call = self.client.get_object().bucket(&self.bucket).key(format!("B/{organization}/{name}"));
        let signed = call
            .response_content_type(mime_type)
            .response_content_disposition(format!("attachment; filename=\"{name}\""))
            .response_cache_control("private, max-age=240")
            .presigned(signing)
            .await
            .map_err(failed("sign document"))?;
        Ok(signed.uri().to_owned())
    }

    pub(crate) async fn write_at(&self, path: &str, mime_type: &str, bytes: Bytes) -> Result<(), StoreError> {
        let call = self.client.put_object().bucket(&self.bucket).key(path).content_type(mime_type);
        call.body(ByteStream::from(bytes)).send().await.map(|_| ()).map_err(failed("write file"))
    }

    /// All bytes of a file.
    pub async fn read(&self, workspace: &WorkspaceId, file: &FileId) -> Result<Bytes, StoreError> {
        self.read_at(path(workspace, file)).await
    }

    async fn read_at(&self, path: String) -> Result<Bytes, StoreError> {
        let call = self.client.get_object().bucket(&self.bucket).key(path);
        let answer = call.send().await.map_err(failed("read file"))?;
        Ok(answer.body.collect().await.map_err(failed("read file"))?.into_bytes())
    }

    /// The first bytes of a file.
    pub async fn read_start(
        &self,
        workspace: &WorkspaceId,
        file: &FileId,
        bytes: u64,
    ) -> Result<Bytes, StoreError> {
        let call = self.client.get_object().bucket(&self.bucket).key(path(workspace, file));
        let answer = call
            .range(format!("bytes=0-{}", bytes.saturating_sub(1)))
            .send()
            .await
            .map_err(failed("read file"))?;
        Ok(answer.body.collect().await.map_err(failed("read file"))?.into_bytes())
    }

    /// Deletes the bytes of a file; those that are gone already count as deleted.
    pub async fn delete(&self, workspace: &WorkspaceId, file: &FileId) -> Result<(), StoreError> {
        let call = self.client.delete_object().bucket(&self.bucket).key(path(workspace, file));
        call.send().await.map(|_| ()).map_err(failed("delete file"))
    }

    /// How many bytes have arrived; `None`: none.
    pub async fn size(&self, workspace: &WorkspaceId, file: &FileId) -> Result<Option<u64>, StoreError> {
        self.size_at(path(workspace, file)).await
    }

    async fn size_at(&self, path: String) -> Result<Option<u64>, StoreError> {
        match self.client.head_object().bucket(&self.bucket).key(path).send().await {
            Ok(answer) => Ok(answer.content_length().and_then(|n| u64::try_from(n).ok())),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::head_object::HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed("size of file")(error)),
        }
    }

    /// An address to upload exactly these bytes to.
    pub async fn sign_upload(
        &self,
        workspace: &WorkspaceId,
        file: &FileId,
        mime_type: &str,
        size: u64,
    ) -> Result<SignedRequest, StoreError> {
        self.sign_put(path(workspace, file), mime_type, size).await
    }

    async fn sign_put(&self, path: String, mime_type: &str, size: u64) -> Result<SignedRequest, StoreError> {
        let signing = PresigningConfig::expires_in(SIGNED).map_err(failed("sign upload"))?;
        let call = self.client.put_object().bucket(&self.bucket).key(path).content_type(mime_type);
        let signed = call
            .content_length(i64::try_from(size).unwrap_or(i64::MAX))
            .presigned(signing)
            .await
            .map_err(failed("sign upload"))?;
        let headers = signed
            .headers()
            .filter(|(name, _)| {
                !name.eq_ignore_ascii_case("host") && !name.eq_ignore_ascii_case("content-length")
            })
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(SignedRequest { url: signed.uri().to_owned(), headers })
    }

    /// An address to read a file from, with the type that its bytes showed.
    pub async fn sign_download(
        &self,
        workspace: &WorkspaceId,
        file: &File,
        attachment: bool,
    ) -> Result<String, StoreError> {
        let signing = PresigningConfig::expires_in(SIGNED).map_err(failed("sign download"))?;
        let name: String = file
            .name
            .chars()
            .map(|c| if c.is_ascii_graphic() && !"\"\\;".contains(c) { c } else { '_' })
            .collect();
        let disposition =
            format!("{}; filename=\"{name}\"", if attachment { "attachment" } else { "inline" });
        let signed = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(path(workspace, &file.id))
            .response_content_type(&file.mime_type)
            .response_content_disposition(disposition)
            .response_cache_control("private, max-age=240")
            .presigned(signing)
            .await
            .map_err(failed("sign download"))?;
        Ok(signed.uri().to_owned())
    }
}

/// Type of an export.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// Where exports are: emptied by the bucket's rule for `X/` after 8 days.
pub(crate) fn export_path(workspace: &WorkspaceId, name: &str) -> String {
    format!("X/{workspace}/{name}")
}

impl Files {
    /// Stores a part of an export under its name: again under the same name replaces it.
    pub async fn write_export(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        self.write_at(&export_path(workspace, name), CSV, bytes).await
    }

    /// An export, or a part of one.
    pub async fn read_export(&self, workspace: &WorkspaceId, name: &str) -> Result<Bytes, StoreError> {
        self.read_at(export_path(workspace, name)).await
    }

    /// An address to download an export from, to be saved as `file_name`: letters, digits, `-`, `_` and `.` only.
    pub async fn sign_export(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        file_name: &str,
    ) -> Result<String, StoreError> {
        let signing = PresigningConfig::expires_in(SIGNED).map_err(failed("sign export"))?;
        let call = self.client.get_object().bucket(&self.bucket).key(export_path(workspace, name));
        let signed = call
            .response_content_type(CSV)
            .response_content_disposition(format!("attachment; filename=\"{file_name}\""))
            .response_cache_control("private, no-store")
            .presigned(signing)
            .await
            .map_err(failed("sign export"))?;
        Ok(signed.uri().to_owned())
    }
}

/// Where visitors upload: emptied by the bucket's rule for `U/` after a day. What becomes a message is copied.
fn upload_path(workspace: &WorkspaceId, file: &FileId) -> String {
    format!("U/{workspace}/{file}")
}

impl Files {
    /// A request by which a visitor uploads exactly this many bytes of this type.
    pub async fn sign_visitor_upload(
        &self,
        workspace: &WorkspaceId,
        file: &FileId,
        mime_type: &str,
        size: u64,
    ) -> Result<SignedRequest, StoreError> {
        self.sign_put(upload_path(workspace, file), mime_type, size).await
    }

    /// Bytes that a visitor uploaded; `None` where they are not there.
    pub async fn visitor_upload_size(
        &self,
        workspace: &WorkspaceId,
        file: &FileId,
    ) -> Result<Option<u64>, StoreError> {
        self.size_at(upload_path(workspace, file)).await
    }

    /// What a visitor uploaded.
    pub async fn read_visitor_upload(
        &self,
        workspace: &WorkspaceId,
        file: &FileId,
    ) -> Result<Bytes, StoreError> {
        self.read_at(upload_path(workspace, file)).await
    }
}

/// Everything that a workspace has in the bucket begins with one of these.
fn prefixes(workspace: &WorkspaceId) -> [String; 4] {
    [
        format!("W/{workspace}/"),
        format!("X/{workspace}/"),
        format!("U/{workspace}/"),
        format!("raw/waiting/{workspace}/"),
    ]
}

impl Files {
    /// Deletes up to a thousand objects of a workspace, and says which of its own files went: none means that nothing
    /// is left.
    pub async fn delete_some(&self, workspace: &WorkspaceId) -> Result<(usize, Vec<FileId>), StoreError> {
        for prefix in prefixes(workspace) {
            let call = self.client.list_objects_v2().bucket(&self.bucket).prefix(&prefix);
            let listed = call.send().await.map_err(failed("list files"))?;
            let names: Vec<&str> = listed.contents().iter().filter_map(|object| object.key()).collect();
            for name in &names {
                let call = self.client.delete_object().bucket(&self.bucket).key(*name);
                call.send().await.map_err(failed("delete file"))?;
            }
            if !names.is_empty() {
                let own = names.iter().filter_map(|name| name.strip_prefix("W/")?.split_once('/'));
                return Ok((names.len(), own.filter_map(|(_, id)| id.parse().ok()).collect()));
            }
        }
        Ok((0, Vec::new()))
    }
}
