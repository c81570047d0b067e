//! Files: uploaded straight to storage by a signed address, checked, then usable. Reading is a route of ours that
//! checks and then signs for five minutes, so that a link in an old message works as long as the message is visible.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::sniff::sniff;
use colibri_domain::FileId;
use colibri_domain::content::FileRef;
use colibri_domain::people::Right;
use colibri_store::{File, FileState, Files};
use http::{HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

/// Largest upload in bytes: the largest document that any channel takes.
const MAX_BYTES: u64 = 100 * 1024 * 1024;
/// Bytes that are read to find out what a file is.
const SNIFF_BYTES: u64 = 64 * 1024;

const FUNCTION: &str = "api-files";

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/files",
        "createFile",
        Access::Member(Some(Right::MessageSend)),
        Some("FileRequest"),
        201,
        Some("FileUpload"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/files/{file}/complete",
        "completeFile",
        Access::Member(Some(Right::MessageSend)),
        None,
        200,
        Some("FileAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/files/{file}",
        "readFile",
        Access::Member(Some(Right::ContactRead)),
        None,
        302,
        Some("FileLink"),
        &["json", "download"],
    ),
];

/// A file about to be uploaded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRequest {
    /// Name to show and download under; at most 255 characters, no path.
    pub name: String,
    /// What the browser believes it is; the bytes decide.
    pub mime_type: String,
    /// Exact length in bytes, 1 to 100 MiB.
    pub size: u64,
}

/// Where to put the bytes.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct FileUpload {
    pub file: FileRefId,
    pub upload: Upload,
}

/// A file by its id.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct FileRefId {
    pub id: FileId,
}

/// One signed request.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Upload {
    pub url: String,
    pub method: &'static str,
    pub headers: std::collections::BTreeMap<String, String>,
}

/// A usable file.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct FileAnswer {
    pub file: FileRef,
}

/// A signed address for five minutes.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct FileLink {
    pub url: String,
    pub file: FileRef,
}

/// The resource.
#[allow(missing_docs)]
pub struct FilesResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub files: Files,
}

#[async_trait]
impl Resource for FilesResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "createFile" => self.create(&call, &member).await,
            "completeFile" => self.complete(&call, &member).await,
            "readFile" => self.read(&call, &member).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl FilesResource {
    async fn create(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: FileRequest = call.body()?;
        if body.size == 0 || body.size > MAX_BYTES {
            return Err(Problem::invalid("/size", "out_of_range", "1 byte to 100 MiB"));
        }
        let file = File {
            id: FileId::from_unique(&self.ids.unique()),
            name: safe_name(&body.name),
            mime_type: claimed_type(&body.mime_type),
            size: body.size,
            state: FileState::Uploading,
            uploaded_by: Some(member.user.id.clone()),
            created_at: self.clock.now(),
            inline: false,
            width: None,
            height: None,
            duration_ms: None,
            waveform: None,
        };
        member.store.put_file(&file).await?;
        let signed =
            self.files.sign_upload(&member.workspace().id, &file.id, &file.mime_type, file.size).await?;
        let upload = Upload { url: signed.url, method: "PUT", headers: signed.headers };
        Ok(Response::json(StatusCode::CREATED, &FileUpload { file: FileRefId { id: file.id }, upload }))
    }

    async fn complete(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let id: FileId = call.id("file")?;
        let mut file = member.store.file(&id).await?.ok_or_else(Problem::not_found)?;
        if file.state == FileState::Uploading {
            let workspace = &member.workspace().id;
            let stored = self.files.size(workspace, &id).await?;
            let stored =
                stored.ok_or_else(|| Problem::conflict("not_uploaded", "The bytes have not arrived."))?;
            if stored != file.size {
                return Err(Problem::conflict(
                    "wrong_size",
                    "The bytes that arrived are not as many as announced.",
                ));
            }
            let head = self.files.read_start(workspace, &id, SNIFF_BYTES).await?;
            let sniffed = sniff(&head, Some(&file.mime_type), Some(&file.name));
            file.mime_type = sniffed.mime_type;
            file.inline = sniffed.inline;
            file.width = sniffed.width;
            file.height = sniffed.height;
            file.duration_ms = sniffed.duration_ms;
            file.state = FileState::Ready;
            member.store.put_file(&file).await?;
        }
        let file = file.reference().ok_or_else(Problem::not_found)?;
        Ok(Response::json(StatusCode::OK, &FileAnswer { file }))
    }

    async fn read(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let id: FileId = call.id("file")?;
        let file = member.store.file(&id).await?.ok_or_else(Problem::not_found)?;
        let reference = file.reference().ok_or_else(Problem::not_found)?;
        let download = call.flag("download") || !file.inline;
        let url = self.files.sign_download(&member.workspace().id, &file, download).await?;
        if call.flag("json") {
            return Ok(Response::json(StatusCode::OK, &FileLink { url, file: reference }));
        }
        let mut response = Response::empty(StatusCode::FOUND);
        let location = HeaderValue::from_str(&url).map_err(|_| Problem::unavailable(1))?;
        response.headers.insert(http::header::LOCATION, location);
        response.headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        Ok(response)
    }
}

/// The last part of a path, without control characters, at most 255 characters, never empty.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(255).collect();
    let clean = clean.trim().trim_start_matches('.');
    if clean.is_empty() { "archivo".to_owned() } else { clean.to_owned() }
}

/// A type that can stand in a header; anything odd is a plain file.
fn claimed_type(text: &str) -> String {
    let legal =
        text.len() <= 100 && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && text.contains('/');
    if legal { text.to_lowercase() } else { "application/octet-stream".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_controls() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name("C:\\fotos\\sala.jpg"), "sala.jpg");
        assert_eq!(safe_name("a\r\nb.pdf"), "ab.pdf");
        assert_eq!(safe_name(".."), "archivo");
        assert_eq!(safe_name(".htaccess"), "htaccess");
    }
}
