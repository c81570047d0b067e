//! A web chat of the demo workspace, and a visitor who uses it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use colibri_app::http::{HttpHandler, Request, Response};
use colibri_app::ports::KeyVault;
use colibri_app::webchat::limit::Limits;
use colibri_app::webchat::{VisitorApi, VisitorRoutes, Webchat};
use colibri_channels::webchat::identity::Secrets;
use colibri_channels::webchat::token::{Claims, TokenKind, sign};
use colibri_domain::channel::{Channel, ChannelSource};
use colibri_domain::time::Seconds;
use colibri_domain::webchat::WebchatSettings;
use colibri_domain::{ChannelId, Millis};
use colibri_store::{ChannelSecrets, StoreError};
use http::{HeaderValue, Method};
use secrecy::SecretString;
use serde_json::Value;

use crate::{Demo, FixedClock, MemoryVault, RecordingMetrics, SeqIds};

/// Public key of the demo's chat.
pub const CHAT: &str = "chatceibo";
/// The site that carries it.
pub const SITE: &str = "https://tienda.example";
/// What the site signs user ids with.
pub const IDENTITY_SECRET: &str = "identity-secret-of-the-shop";
const SESSION_SECRET: &str = "session-secret-of-the-chat";

/// The chat's secrets.
pub fn chat_secrets() -> Secrets {
    Secrets {
        session: SecretString::from(SESSION_SECRET.to_owned()),
        identity: SecretString::from(IDENTITY_SECRET.to_owned()),
    }
}

impl Demo {
    /// Adds a web chat.
    pub async fn chat(&self, settings: WebchatSettings) -> Result<Channel, StoreError> {
        let channel = Channel {
            id: ChannelId::from_unique("chat"),
            source: ChannelSource::Webchat,
            name: "Chat de la tienda".into(),
            account: CHAT.into(),
            parent_account: None,
            app: None,
            display: SITE.into(),
            webchat: Some(WebchatSettings {
                title: "Ceibo".into(),
                allowed_origins: vec![SITE.into()],
                ..settings
            }),
            ..self.channel.clone()
        };
        let token = MemoryVault.seal(self.workspace.as_str(), &chat_secrets().text()).await;
        let token = token.expect("a vault in memory");
        self.store.installation().claim_account(&channel, None).await?;
        self.data().put_channel(&channel, Some(&ChannelSecrets { token })).await?;
        Ok(channel)
    }

    /// A token of a visitor that works for an hour.
    pub fn visitor_token(&self, visitor: &str, now: Millis) -> String {
        let claims = Claims {
            kind: TokenKind::Session,
            channel: ChannelId::from_unique("chat"),
            visitor: visitor.into(),
            expires: Seconds(now.seconds().0 + 3_600),
            user: None,
            language: Some("es".into()),
            file: None,
        };
        sign(&chat_secrets().session, &claims)
    }

    /// The way in for pages, over what is stored.
    pub fn webchat<R: VisitorRoutes>(&self, clock: &FixedClock, ids: &SeqIds, routes: R) -> VisitorApi<R> {
        let webchat = Webchat {
            store: self.store.clone(),
            vault: Arc::new(MemoryVault),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(ids.clone()),
            metrics: Arc::new(RecordingMetrics::default()),
            base_url: "https://hooks.example".into(),
            known: Mutex::default(),
            limits: Limits::default(),
        };
        VisitorApi { webchat, routes }
    }
}

/// A call of a page on the demo's site.
pub struct PageCall<'a> {
    /// `GET` or `POST`.
    pub method: Method,
    /// What follows the chat's key, with its query.
    pub path: &'a str,
    /// The visitor's token.
    pub token: Option<&'a str>,
    /// JSON.
    pub body: Value,
    /// The site; another one to be refused.
    pub origin: &'a str,
    /// The visitor's address.
    pub ip: &'a str,
}

impl<'a> PageCall<'a> {
    /// A call with a body.
    pub fn post(path: &'a str, token: Option<&'a str>, body: Value) -> Self {
        Self { method: Method::POST, path, token, body, origin: SITE, ip: "203.0.113.9" }
    }

    /// A read.
    pub fn get(path: &'a str, token: Option<&'a str>) -> Self {
        Self { method: Method::GET, body: Value::Null, ..Self::post(path, token, Value::Null) }
    }

    /// Makes it.
    pub async fn call(&self, handler: &dyn HttpHandler) -> Response {
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::ORIGIN, HeaderValue::from_str(self.origin).expect("an origin"));
        if let Some(token) = self.token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a token");
            headers.insert(http::header::AUTHORIZATION, bearer);
        }
        let (path, query) = self.path.split_once('?').unwrap_or((self.path, ""));
        let body = if self.body.is_null() { Bytes::new() } else { Bytes::from(self.body.to_string()) };
        let request = Request {
            method: self.method.clone(),
            path: format!("/webchat/{CHAT}/{path}"),
            query: query.into(),
            headers,
            cookies: Vec::new(),
            body,
            source_ip: self.ip.into(),
            request_id: "r".into(),
        };
        handler.handle(request).await
    }
}

/// The JSON of an answer.
pub fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}
