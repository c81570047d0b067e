//! Web chat: what visitors' pages call, what reaches them, and who may.
//!
//! A chat is found by its public key in the path. A page may call from the sites that the chat allows; a visitor proves
//! himself by a token that we signed, which speaks for one visitor of one channel and for nothing else.

pub mod deliver;
pub mod file;
pub mod limit;
pub mod message;
pub mod note;
pub mod serve;
pub mod session;
pub mod socket;
pub mod view;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use colibri_channels::webchat::identity::{Secrets, is_visitor};
use colibri_channels::webchat::origin;
use colibri_channels::webchat::token::{Claims, TokenError, TokenKind, verify};
use colibri_domain::channel::{Channel, ChannelSource, ChannelState};
use colibri_domain::webchat::WebchatSettings;
use colibri_domain::{ChannelId, Millis};
use colibri_store::{Store, VisitorStore, WorkspaceStore};
use http::{HeaderValue, Method, StatusCode, header};
use serde::de::DeserializeOwned;

use self::limit::Limits;
use crate::http::{HttpHandler, Request, Response};
use crate::ports::{Clock, Ids, KeyVault, Metrics};
use crate::problem::{FieldProblem, Problem};

/// How long what the table says of a chat is trusted, in milliseconds.
const TRUST_MILLIS: i64 = 30_000;
/// Chats that a warm function remembers; strangers may ask for any number.
const REMEMBERED: usize = 2_000;
/// Largest body that a page posts, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// One chat as a warm function knows it.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Chat {
    pub channel: Channel,
    pub settings: WebchatSettings,
    pub secrets: Secrets,
}

type Known = Mutex<HashMap<String, (Millis, Option<Arc<Chat>>)>>;

/// Finds chats and lets visitors in.
#[allow(missing_docs)]
pub struct Webchat {
    pub store: Store,
    pub vault: Arc<dyn KeyVault>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub metrics: Arc<dyn Metrics>,
    /// Base of public addresses, without a slash at its end.
    pub base_url: String,
    /// What this process remembers of chats.
    pub known: Known,
    /// What this process remembers of those who do too much.
    pub limits: Limits,
}

/// The public address of a chat.
#[must_use]
pub fn chat_url(base_url: &str, key: &str) -> String {
    format!("{base_url}/webchat/{key}")
}

impl Webchat {
    /// The chat of a public key; none where there is none, or it is disconnected.
    pub async fn chat(&self, key: &str) -> Result<Option<Arc<Chat>>, Problem> {
        if key.is_empty() || key.len() > 64 || !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let now = self.clock.now();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, chat)) = known.get(key).filter(|(at, _)| now.since(*at) < TRUST_MILLIS) {
                return Ok(chat.clone());
            }
        }
        let chat = self.read_chat(key).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key.to_owned(), (now, chat.clone()));
        Ok(chat)
    }

    async fn read_chat(&self, key: &str) -> Result<Option<Arc<Chat>>, Problem> {
        let entry = self.store.installation().channel_by_account(ChannelSource::Webchat, key).await?;
        let Some(entry) = entry else { return Ok(None) };
        let store = self.store.workspace(&entry.workspace);
        let Some(channel) = store.channel(&entry.channel).await? else { return Ok(None) };
        let secrets = secrets(&store, &*self.vault, &channel.id).await?;
        let (Some(settings), Some(secrets)) = (channel.webchat.clone(), secrets) else { return Ok(None) };
        if channel.state == ChannelState::Disconnected {
            return Ok(None);
        }
        Ok(Some(Arc::new(Chat { channel, settings, secrets })))
    }

    /// The data of a chat's workspace.
    #[must_use]
    pub fn data(&self, chat: &Chat) -> WorkspaceStore {
        self.store.workspace(&chat.channel.workspace_id)
    }

    /// A visitor's data.
    #[must_use]
    pub fn visitor(&self, chat: &Chat, visitor: &str) -> VisitorStore {
        self.data(chat).visitor(&chat.channel.id, visitor)
    }
}

/// The secrets of a chat, opened.
pub(crate) async fn secrets(
    store: &WorkspaceStore,
    vault: &dyn KeyVault,
    channel: &ChannelId,
) -> Result<Option<Secrets>, Problem> {
    let Some(sealed) = store.channel_secret(channel).await? else { return Ok(None) };
    Ok(Secrets::parse(&vault.open(store.id.as_str(), &sealed).await?))
}

/// A request of a page.
pub struct Visit {
    /// As received.
    pub request: Request,
    /// The chat.
    pub chat: Arc<Chat>,
    /// What follows the key in the path.
    pub rest: Vec<String>,
    /// The site that the page is on.
    pub origin: Option<String>,
}

impl Visit {
    /// Who calls: the token's claims.
    pub fn claims(&self, now: Millis) -> Result<Claims, Problem> {
        let bearer = self.request.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token = bearer.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
        match verify(
            &self.chat.secrets.session,
            token,
            TokenKind::Session,
            &self.chat.channel.id,
            now.seconds(),
        ) {
            Ok(claims) if is_visitor(&claims.visitor) => Ok(claims),
            Err(TokenError::Expired(_)) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "session_expired",
                "Ask for a new session with this token.",
            )),
            _ => Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Ask for a session first.")),
        }
    }

    /// The body as a typed value; an empty one is an empty object.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let bytes: &[u8] = if self.request.body.is_empty() { b"{}" } else { &self.request.body };
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let pointer = if path == "." { String::new() } else { format!("/{}", path.replace('.', "/")) };
            Problem::invalid(pointer, "invalid_value", error.into_inner().to_string())
        })
    }

    /// A query parameter that is not empty.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.request.query.as_bytes())
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.into_owned())
    }

    /// Refuses pages of sites that may not carry the chat.
    pub fn allowed(&self) -> Result<(), Problem> {
        match &self.origin {
            Some(origin) if origin::allowed(&self.chat.settings.allowed_origins, origin) => Ok(()),
            _ => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "origin_not_allowed",
                "This site is not among those that may carry the chat.",
            )),
        }
    }
}

/// What one function answers.
#[async_trait]
pub trait VisitorRoutes: Send + Sync {
    /// Answers; whether the site may call was not looked at yet.
    async fn answer(&self, webchat: &Webchat, visit: Visit) -> Result<Response, Problem>;
}

/// The way in for pages: finds the chat, answers preflights, turns errors into problems that a page may read.
#[allow(missing_docs)]
pub struct VisitorApi<R> {
    pub webchat: Webchat,
    pub routes: R,
}

#[async_trait]
impl<R: VisitorRoutes> HttpHandler for VisitorApi<R> {
    async fn handle(&self, request: Request) -> Response {
        let request_id = request.request_id.clone();
        let origin = request.headers.get(header::ORIGIN).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let mut open = false;
        let answered = self.answer(request, origin.clone(), &mut open).await;
        let mut response = answered.unwrap_or_else(|problem| problem.into_response(&request_id));
        if open {
            allow(&mut response, origin.as_deref());
        }
        response
    }
}

impl<R: VisitorRoutes> VisitorApi<R> {
    /// `open` tells whether the page may read the answer.
    async fn answer(
        &self,
        request: Request,
        origin: Option<String>,
        open: &mut bool,
    ) -> Result<Response, Problem> {
        if request.body.len() > MAX_BODY {
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "At most 64 KiB."));
        }
        let (key, rest) = place(&request.path);
        let chat = self.webchat.chat(&key).await?;
        // A page learns that its chat is gone wherever it stands: there is no site left to keep out.
        *open = chat.as_ref().is_none_or(|chat| {
            origin.as_ref().is_some_and(|o| origin::allowed(&chat.settings.allowed_origins, o))
        });
        let chat = chat.ok_or_else(Problem::not_found)?;
        let visit = Visit { request, chat, rest, origin };
        if visit.request.method == Method::OPTIONS {
            visit.allowed()?;
            return Ok(Response::empty(StatusCode::NO_CONTENT));
        }
        self.routes.answer(&self.webchat, visit).await
    }
}

/// The key in a path, and what follows it.
pub(crate) fn place(path: &str) -> (String, Vec<String>) {
    let mut parts = path.split('/').skip_while(|part| *part != "webchat").skip(1).map(str::to_owned);
    (parts.next().unwrap_or_default(), parts.filter(|part| !part.is_empty()).collect())
}

/// Lets the page read the answer.
fn allow(response: &mut Response, origin: Option<&str>) {
    let headers = &mut response.headers;
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// A refused value as a problem with its pointer.
pub(crate) fn refused(refusal: &colibri_channels::send::Refusal) -> Problem {
    let mut problem =
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
    problem.errors.push(FieldProblem {
        pointer: refusal.pointer.clone(),
        code: refusal.code.as_str().to_owned(),
        detail: refusal.detail.clone(),
    });
    problem
}
