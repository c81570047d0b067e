//! Files of visitors: announced, uploaded straight to storage, read by addresses that work for one file of one session.

use async_trait::async_trait;
use colibri_channels::webchat::inbound::clean_line;
use colibri_channels::webchat::limits as sizes;
use colibri_channels::webchat::token::{TokenKind, verify};
use colibri_domain::FileId;
use colibri_domain::webchat::FeedFile;
use colibri_store::Files;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::limit::{self, address};
use super::{Visit, VisitorRoutes, Webchat};
use crate::http::Response;
use crate::problem::Problem;

/// Routes of files.
pub struct FileRoutes {
    /// Bytes.
    pub files: Files,
}

#[derive(Deserialize)]
struct Announced {
    name: String,
    size: u64,
    #[serde(rename = "type")]
    mime_type: String,
}

#[async_trait]
impl VisitorRoutes for FileRoutes {
    async fn answer(&self, webchat: &Webchat, visit: Visit) -> Result<Response, Problem> {
        let rest: Vec<&str> = visit.rest.iter().map(String::as_str).collect();
        match (visit.request.method.as_str(), rest.as_slice()) {
            ("POST", ["files"]) => self.announce(webchat, &visit).await,
            // A picture in a page is fetched without headers of ours: the address itself proves the right.
            ("GET", ["files", id]) => self.read(webchat, &visit, id).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl FileRoutes {
    async fn announce(&self, webchat: &Webchat, visit: &Visit) -> Result<Response, Problem> {
        visit.allowed()?;
        let (chat, now) = (&visit.chat, webchat.clock.now());
        let claims = visit.claims(now)?;
        webchat.admit(chat, &claims.visitor, limit::FILES).await?;
        let from = address(chat, &visit.request.source_ip);
        webchat.admit(chat, &from, limit::FILES_OF_ADDRESS).await?;
        let announced: Announced = visit.body()?;
        if announced.size == 0 || announced.size > sizes::FILE_BYTES {
            return Err(Problem::invalid("/size", "out_of_range", "1 byte to 20 MiB"));
        }
        if !sizes::takes(&announced.mime_type) {
            return Err(Problem::invalid(
                "/type",
                "unsupported_media",
                "not among the types of the settings",
            ));
        }
        let file = FeedFile {
            id: FileId::from_unique(&webchat.ids.unique()),
            name: safe_name(&announced.name),
            mime_type: announced.mime_type.trim().to_ascii_lowercase(),
            size: announced.size,
            width: None,
            height: None,
        };
        webchat.visitor(chat, &claims.visitor).put_upload(&file, now).await?;
        let workspace = &chat.channel.workspace_id;
        let signed = self.files.sign_visitor_upload(workspace, &file.id, &file.mime_type, file.size).await?;
        let upload = json!({ "url": signed.url, "method": "PUT", "headers": signed.headers });
        Ok(Response::json(StatusCode::CREATED, &json!({ "file_id": file.id, "upload": upload })))
    }

    async fn read(&self, webchat: &Webchat, visit: &Visit, id: &str) -> Result<Response, Problem> {
        let (chat, now) = (&visit.chat, webchat.clock.now());
        let token = visit.query("t").unwrap_or_default();
        let key = &chat.secrets.session;
        let claims = verify(key, &token, TokenKind::File, &chat.channel.id, now.seconds())
            .map_err(|_| Problem::not_found())?;
        let id: FileId = id.parse().map_err(|_| Problem::not_found())?;
        if claims.file.as_ref() != Some(&id) {
            return Err(Problem::not_found());
        }
        webchat.admit_lightly(chat, &claims.visitor, limit::READS)?;
        let file = webchat.data(chat).file(&id).await?.ok_or_else(Problem::not_found)?;
        if file.reference().is_none() {
            return Err(Problem::not_found());
        }
        let url = self.files.sign_download(&chat.channel.workspace_id, &file, !file.inline).await?;
        let mut response = Response::empty(StatusCode::FOUND);
        let location = HeaderValue::from_str(&url).map_err(|_| Problem::unavailable(1))?;
        response.headers.insert(header::LOCATION, location);
        for (name, value) in [
            // Shorter than the life of the signed address.
            (header::CACHE_CONTROL, "private, max-age=120"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        Ok(response)
    }
}

/// The last part of a path, on one line, never empty.
fn safe_name(name: &str) -> String {
    let last = clean_line(name.rsplit(['/', '\\']).next().unwrap_or_default());
    let name: String = last.trim_start_matches('.').chars().take(sizes::FILE_NAME).collect();
    if name.trim().is_empty() { "archivo".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_controls() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name("C:\\fotos\\sala.jpg"), "sala.jpg");
        assert_eq!(safe_name(".."), "archivo");
    }
}
