//! Serves the script of the chat. The same for every chat: what is in the path is looked at by the script.

use async_trait::async_trait;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};

use super::place;
use crate::console_serve::{Asset, serve};
use crate::http::{HttpHandler, Request, Response};

/// The built script.
pub struct WidgetServe {
    /// Files of the build.
    pub assets: &'static [Asset],
}

#[async_trait]
impl HttpHandler for WidgetServe {
    async fn handle(&self, request: Request) -> Response {
        if request.method != Method::GET && request.method != Method::HEAD {
            return Response::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let (_, rest) = place(&request.path);
        let path = rest.join("/");
        let known = self.assets.iter().find(|asset| asset.path == path);
        let Some(asset) = known else { return Response::empty(StatusCode::NOT_FOUND) };
        let mut response = serve(asset, &request);
        let headers = &mut response.headers;
        if !path.starts_with("assets/") {
            // Known by one name for ever: fresh within minutes, and never in the way of a page.
            let caching = HeaderValue::from_static("public, max-age=300, stale-while-revalidate=86400");
            headers.insert(CACHE_CONTROL, caching);
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
        headers.entry(VARY).or_insert(HeaderValue::from_static("accept-encoding"));
        if request.method == Method::HEAD {
            response.body = bytes::Bytes::new();
        }
        response
    }
}
