//! Media: upload, address, bytes, deletion.

use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::config::Number;
use super::errors::GraphError;
use super::graph::{Answered, Params, place, success};
use super::state::Medium;
use super::{WhatsApp, check};
use crate::fault::Fault;
use crate::sync::lock;

/// Milliseconds for which a media URL works.
const URL_LIFE_MS: i64 = 5 * 60_000;
/// Milliseconds for which a medium from a customer is kept.
const CUSTOMER_LIFE_MS: i64 = 7 * 86_400_000;
/// Milliseconds for which an uploaded medium is kept.
const UPLOAD_LIFE_MS: i64 = 30 * 86_400_000;
const MEGABYTE: usize = 1024 * 1024;

/// `POST /{phone-number-id}/media`.
pub async fn upload(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let struck = whatsapp.strike(place("upload", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = match whatsapp.check_token(&headers) {
        Ok(()) => whatsapp.take_upload(&id, form).await,
        Err(error) => Err(error),
    };
    whatsapp.finish(answered, &struck.later)
}

/// `GET /{media-id}`.
pub async fn info(whatsapp: WhatsApp, id: String, params: Params, headers: HeaderMap) -> Response {
    let struck =
        whatsapp.strike(place("media_info", params.get("phone_number_id").map_or("", String::as_str))).await;
    if let Some(response) = struck.early {
        return response;
    }
    let expired = struck.has(&Fault::ExpiredMedia);
    let answered = whatsapp
        .check_token(&headers)
        .and_then(|()| whatsapp.media_info(&id, params.get("phone_number_id"), expired));
    whatsapp.finish(answered, &struck.later)
}

/// The bytes behind a media URL; the same bearer token as everywhere.
pub async fn download(
    State(whatsapp): State<WhatsApp>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let struck = whatsapp.strike(place("media_download", "")).await;
    if let Some(response) = struck.early {
        return response;
    }
    if struck.has(&Fault::Lost) || struck.has(&Fault::Malformed) {
        return whatsapp.finish(Ok(Value::Null), &struck.later);
    }
    if whatsapp.check_token(&headers).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let ends = params.get("oe").and_then(|ends| i64::from_str_radix(ends, 16).ok()).unwrap_or(0);
    if struck.has(&Fault::ExpiredMedia) || whatsapp.sim.now_ms() > ends * 1000 {
        return (StatusCode::NOT_FOUND, "URL signature expired").into_response();
    }
    let found = lock(&whatsapp.state).media.get(&id).cloned();
    match found {
        Some(medium) => ([(header::CONTENT_TYPE, medium.mime_type)], medium.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `DELETE /{media-id}`.
pub async fn delete(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let struck = whatsapp.strike(place("media_delete", "")).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = whatsapp.check_token(&headers).and_then(|()| {
        let gone = lock(&whatsapp.state).media.remove(&id);
        gone.map(|_| success()).ok_or_else(|| no_medium(&id))
    });
    whatsapp.finish(answered, &struck.later)
}

fn no_medium(id: &str) -> GraphError {
    GraphError::new(
        33,
        format!("Object with ID '{id}' does not exist, cannot be loaded due to missing permissions"),
    )
}

/// `sha256` as webhooks and Graph show it for media.
pub fn digest(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes))
}

/// Message type and largest size of a media type; `None` when it is not taken.
fn allowed(mime_type: &str) -> Option<(&'static str, usize)> {
    let bare = mime_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    match bare.as_str() {
        "image/jpeg" | "image/png" => Some(("image", 5 * MEGABYTE)),
        "image/webp" => Some(("sticker", 500 * 1024)),
        "video/mp4" | "video/3gpp" => Some(("video", 16 * MEGABYTE)),
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" | "audio/opus" => {
            Some(("audio", 16 * MEGABYTE))
        }
        "text/plain"
        | "application/pdf"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint" => Some(("document", 100 * MEGABYTE)),
        office if office.starts_with("application/vnd.openxmlformats-officedocument.") => {
            Some(("document", 100 * MEGABYTE))
        }
        _ => None,
    }
}

impl WhatsApp {
    async fn take_upload(&self, number: &str, mut form: Multipart) -> Answered {
        if lock(&self.state).number(number).is_none() {
            return Err(no_medium(number));
        }
        let (mut product, mut kind, mut file) = (None, None, None);
        let broken = |_| GraphError::new(100, "The multipart body cannot be read");
        while let Some(field) = form.next_field().await.map_err(broken)? {
            match field.name() {
                Some("messaging_product") => product = Some(field.text().await.map_err(broken)?),
                Some("type") => kind = Some(field.text().await.map_err(broken)?),
                Some("file") => {
                    let name = field.file_name().map(str::to_owned);
                    let own = field.content_type().map(str::to_owned);
                    file = Some((name, own, field.bytes().await.map_err(broken)?));
                }
                _ => {}
            }
        }
        check::product(&json!({"messaging_product": product}))?;
        let (file_name, own, bytes) =
            file.ok_or_else(|| GraphError::new(100, "The parameter file is required."))?;
        let mime_type = kind.or(own).unwrap_or_default();
        let (_, largest) = allowed(&mime_type).ok_or_else(|| {
            GraphError::new(
                100,
                format!("Param file must be a file with one of the supported types, received {mime_type}"),
            )
        })?;
        if bytes.len() > largest {
            return Err(GraphError::new(131_053, format!("The file is larger than {largest} bytes")));
        }
        if bytes.is_empty() {
            return Err(GraphError::new(100, "Param file is empty"));
        }
        let id = self.keep_medium(number, &mime_type, file_name, bytes, true);
        Ok(json!({"id": id}))
    }

    /// Keeps a medium and gives its id.
    pub fn keep_medium(
        &self,
        number: &str,
        mime_type: &str,
        file_name: Option<String>,
        bytes: Bytes,
        ours: bool,
    ) -> String {
        let id = self.sim.random().digits(16);
        let medium = Medium {
            mime_type: mime_type.to_owned(),
            file_name,
            bytes,
            number: number.to_owned(),
            at: self.sim.now_ms(),
            ours,
        };
        lock(&self.state).media.insert(id.clone(), medium);
        id
    }

    fn media_info(&self, id: &str, number: Option<&String>, expired: bool) -> Answered {
        let now = self.sim.now_ms();
        let state = lock(&self.state);
        let medium = state.media.get(id).ok_or_else(|| no_medium(id))?;
        let life = if medium.ours { UPLOAD_LIFE_MS } else { CUSTOMER_LIFE_MS };
        if expired || now - medium.at > life || number.is_some_and(|number| *number != medium.number) {
            return Err(no_medium(id));
        }
        Ok(json!({
            "messaging_product": "whatsapp", "id": id, "url": self.media_url(id, now), "mime_type": medium.mime_type,
            "sha256": hex::encode(Sha256::digest(&medium.bytes)), "file_size": medium.bytes.len(),
        }))
    }

    /// A URL of a medium that works for five minutes.
    pub fn media_url(&self, id: &str, now_ms: i64) -> String {
        let ends = (now_ms + URL_LIFE_MS) / 1000;
        format!("{}/graph/media-files/{id}?oe={ends:x}", self.sim.public_url())
    }

    /// An uploaded medium that a message names is there and of the message's sort.
    pub fn check_media(&self, number: &Number, body: &Value) -> Result<(), GraphError> {
        let kind = body["type"].as_str().unwrap_or("text");
        let Some(id) = body[kind]["id"].as_str() else { return Ok(()) };
        if !matches!(kind, "image" | "video" | "audio" | "document" | "sticker") {
            return Ok(());
        }
        let state = lock(&self.state);
        let medium = state.media.get(id).filter(|medium| medium.number == number.id);
        let medium = medium.ok_or_else(|| {
            GraphError::new(
                100,
                format!("Param {kind}['id'] is not a valid whatsapp business account media attachment ID"),
            )
        })?;
        let sort = allowed(&medium.mime_type).map(|(sort, _)| sort);
        if kind != "document" && sort != Some(kind) {
            return Err(GraphError::new(
                131_053,
                format!("Media of type {} cannot be sent as {kind}", medium.mime_type),
            ));
        }
        Ok(())
    }

    /// Fetches a medium given by an http link, as Meta would after accepting the message.
    pub async fn link_failure(&self, body: &Value) -> Option<GraphError> {
        let kind = body["type"].as_str()?;
        let link = body[kind]["link"].as_str().filter(|link| link.starts_with("http://"))?;
        let fetched = self.sim.caller().call(Method::GET, link, &[], Bytes::new()).await;
        let reason = match fetched {
            Ok(answer) if answer.status == 200 => return None,
            Ok(answer) => format!("Downloading media from weblink failed with http code {}", answer.status),
            Err(reason) => format!("Downloading media from weblink failed: {reason}"),
        };
        Some(GraphError::new(131_053, reason))
    }
}
