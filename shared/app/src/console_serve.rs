//! Serves the built web app: compressed, immutable where the name holds a hash, under a strict content policy.

use async_trait::async_trait;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};

use crate::http::{HttpHandler, Request, Response};

/// One file of the build, embedded in the function.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Path below the root, without leading `/`.
    pub path: &'static str,
    /// Bytes as built.
    pub bytes: &'static [u8],
}

/// The web app and where it may connect to.
pub struct ConsoleServe {
    assets: &'static [Asset],
    policy: HeaderValue,
    config: String,
}

impl ConsoleServe {
    /// `files_origin`: origin of signed file addresses; `socket_url`: address of the socket.
    #[must_use]
    pub fn new(assets: &'static [Asset], files_origin: &str, socket_url: &str) -> Self {
        let socket =
            url::Url::parse(socket_url).map(|u| u.origin().ascii_serialization()).unwrap_or_default();
        // An origin of a ws scheme serialises as "null": name it by hand.
        let socket = if socket == "null" || socket.is_empty() {
            socket_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
        } else {
            socket
        };
        let policy = format!(
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data: {files_origin}; \
             media-src 'self' blob: {files_origin}; connect-src 'self' {files_origin} {socket}; font-src 'self'; \
             worker-src 'self' blob:; frame-src 'self' blob: {files_origin}; frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
        );
        let config =
            serde_json::json!({ "files_origin": files_origin, "socket_url": socket_url }).to_string();
        Self {
            assets,
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'self'")),
            config,
        }
    }

    fn asset(&self, path: &str) -> Option<&'static Asset> {
        self.assets.iter().find(|asset| asset.path == path)
    }

    fn answer(&self, request: &Request) -> Response {
        if request.method != Method::GET && request.method != Method::HEAD {
            return Response::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let path = request.path.trim_start_matches('/');
        if path == "app-config.json" {
            return Response::typed(StatusCode::OK, "application/json", self.config.clone());
        }
        match self.asset(path) {
            Some(asset) if path != "index.html" => serve(asset, request),
            // A missing file is an error; anything else is a screen of the app.
            None if path.rsplit('/').next().is_some_and(|last| last.contains('.')) => {
                Response::empty(StatusCode::NOT_FOUND)
            }
            _ => self
                .asset("index.html")
                .map_or_else(|| Response::empty(StatusCode::NOT_FOUND), |asset| serve(asset, request)),
        }
    }
}

#[async_trait]
impl HttpHandler for ConsoleServe {
    async fn handle(&self, request: Request) -> Response {
        let mut response = self.answer(&request);
        let headers = &mut response.headers;
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
        headers.insert(
            "permissions-policy",
            HeaderValue::from_static("microphone=(self), camera=(self), geolocation=(self)"),
        );
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        if request.method == Method::HEAD {
            response.body = bytes::Bytes::new();
        }
        response
    }
}

/// One file: compressed as the caller takes it, immutable where its name holds a hash.
pub(crate) fn serve(asset: &'static Asset, request: &Request) -> Response {
    let hashed = asset.path.starts_with("assets/");
    let tag = format!(
        "\"{}\"",
        hex::encode(&colibri_domain::ids::digest(&[asset.path, &asset.bytes.len().to_string()])[..8])
    );
    let tag = if hashed { tag } else { format!("\"{}\"", content_tag(asset.bytes)) };
    if request.headers.get(IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes()) {
        return Response::empty(StatusCode::NOT_MODIFIED);
    }
    let kind = content_type(asset.path);
    let (body, encoding) = compressed(asset, kind, request);
    let mut response = Response::typed(StatusCode::OK, kind, body);
    let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers.insert(ETAG, tag);
    }
    if let Some(encoding) = encoding {
        response.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn content_tag(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(&Sha256::digest(bytes)[..8])
}

fn compressed(asset: &'static Asset, kind: &str, request: &Request) -> (bytes::Bytes, Option<&'static str>) {
    use std::io::Write;
    let plain = bytes::Bytes::from_static(asset.bytes);
    let text = kind.starts_with("text/")
        || kind.contains("javascript")
        || kind.contains("json")
        || kind.contains("svg");
    if !text || asset.bytes.len() < 1024 {
        return (plain, None);
    }
    let accepted = request.headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accepted.contains("br") {
        let mut body = Vec::new();
        let mut writer = brotli::CompressorWriter::new(&mut body, 4096, 5, 22);
        let written = writer.write_all(asset.bytes).and_then(|()| writer.flush());
        drop(writer);
        if written.is_ok() {
            return (body.into(), Some("br"));
        }
    }
    if accepted.contains("gzip") {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        if let Ok(body) = writer.write_all(asset.bytes).and_then(|()| writer.finish()) {
            return (body.into(), Some("gzip"));
        }
    }
    (plain, None)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "mp3" => "audio/mpeg",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSETS: &[Asset] = &[
        Asset { path: "index.html", bytes: b"<!doctype html><title>Colibri</title>" },
        Asset { path: "assets/app-1a2b.js", bytes: &[b'a'; 4000] },
    ];

    fn get(path: &str, headers: &[(&'static str, &'static str)]) -> Response {
        let serve = ConsoleServe::new(ASSETS, "https://files.example", "wss://socket.example/prod");
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        let request = Request {
            method: Method::GET,
            path: path.into(),
            query: String::new(),
            headers: map,
            cookies: Vec::new(),
            body: bytes::Bytes::new(),
            source_ip: String::new(),
            request_id: "r".into(),
        };
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(serve.handle(request))
    }

    #[test]
    fn screens_are_the_app_and_missing_files_are_missing() {
        assert_eq!(get("/w/ws_1/inbox/all/42", &[]).body, ASSETS[0].bytes);
        assert_eq!(get("/", &[]).headers[CACHE_CONTROL], "no-cache");
        assert_eq!(get("/assets/gone.js", &[]).status, StatusCode::NOT_FOUND);
    }

    #[test]
    fn hashed_files_are_immutable_and_compressed() {
        let response = get("/assets/app-1a2b.js", &[("accept-encoding", "gzip, br")]);
        assert_eq!(response.headers[CONTENT_ENCODING], "br");
        assert!(response.body.len() < 200);
        assert_eq!(response.headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
    }

    #[test]
    fn the_policy_names_only_our_own_origins() {
        let policy = get("/", &[]).headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(
            policy.contains("connect-src 'self' https://files.example wss://socket.example;"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
    }
}
