//! Sessions of visitors: settings of the chat, tokens, the form before the first message, tickets for sockets, the way
//! back from a mail.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::webchat::identity::{anonymous, identity, visitor_of, vouched};
use colibri_channels::webchat::inbound::{Form, check_form, clean_line, introduced};
use colibri_channels::webchat::token::{Claims, TokenError, TokenKind, sign, verify};
use colibri_channels::webchat::{limits as sizes, origin};
use colibri_channels::webhook::ParsedEvent;
use colibri_domain::Millis;
use colibri_domain::inbound::{InboundEvent, InboundKind};
use colibri_domain::phone::Email;
use colibri_domain::time::Seconds;
use colibri_domain::webchat::{VisitorSession, WebchatLanguage};
use colibri_store::VisitorState;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::limit::{self, address};
use super::{Chat, Visit, VisitorRoutes, Webchat, refused};
use crate::http::Response;
use crate::ports::{Queue, QueueName};
use crate::problem::Problem;
use crate::webhook::inbound_message;

/// Life of a session's token in seconds.
const SESSION_SECONDS: i64 = 24 * 3_600;
/// How long after its end a token may still be renewed, in seconds.
const RENEW_SECONDS: i64 = 90 * 86_400;
/// Life of a socket's ticket in milliseconds.
const TICKET_MILLIS: i64 = 30_000;

/// Routes of sessions.
#[allow(missing_docs)]
pub struct SessionRoutes {
    pub queue: Arc<dyn Queue>,
    /// Address of the visitors' WebSocket.
    pub socket_url: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Opening {
    token: Option<String>,
    restore: Option<String>,
    identity: Option<Claimed>,
    page: Option<String>,
    language: Option<String>,
}

/// Who the site says that the visitor is.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Claimed {
    id: Option<String>,
    hash: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

#[async_trait]
impl VisitorRoutes for SessionRoutes {
    async fn answer(&self, webchat: &Webchat, visit: Visit) -> Result<Response, Problem> {
        let rest: Vec<&str> = visit.rest.iter().map(String::as_str).collect();
        match (visit.request.method.as_str(), rest.as_slice()) {
            // A link in a mail comes from no site.
            ("GET", ["restore"]) => return restore(webchat, &visit).await,
            ("GET", ["config"]) | ("POST", ["sessions" | "prechat" | "sockets"]) => visit.allowed()?,
            _ => return Err(Problem::not_found()),
        }
        match rest.as_slice() {
            ["config"] => Ok(config(&visit.chat)),
            ["sessions"] => self.open(webchat, &visit).await,
            ["prechat"] => self.prechat(webchat, &visit).await,
            _ => self.ticket(webchat, &visit).await,
        }
    }
}

fn config(chat: &Chat) -> Response {
    let settings = &chat.settings;
    let mut answer = json!({
        "title": settings.title, "colour": settings.colour, "icon": settings.icon, "welcome": settings.welcome,
        "language": settings.language, "position": settings.position, "prechat": settings.prechat,
        "offline": { "note": settings.offline_note },
        "limits": { "text": sizes::TEXT, "file_bytes": sizes::FILE_BYTES, "file_types": sizes::FILE_TYPES },
    });
    if let Some(url) = &settings.avatar_url {
        answer["avatar_url"] = json!(url);
    }
    let mut response = Response::json(StatusCode::OK, &answer);
    response.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}

/// What a token from before allows: to go on as the same visitor.
fn earlier(chat: &Chat, token: &str, kind: TokenKind, now: Seconds) -> Option<Claims> {
    match verify(&chat.secrets.session, token, kind, &chat.channel.id, now) {
        Ok(claims) => Some(claims),
        Err(TokenError::Expired(claims)) if kind == TokenKind::Session => {
            Some(*claims).filter(|claims| claims.expires.0 + RENEW_SECONDS > now.0)
        }
        Err(_) => None,
    }
}

/// `es` or `en`: as the chat is set, else as the page asks.
fn language(chat: &Chat, asked: Option<&str>) -> &'static str {
    match (chat.settings.language, asked) {
        (WebchatLanguage::En, _) | (WebchatLanguage::Auto, Some("en")) => "en",
        _ => "es",
    }
}

/// A page of a site that may carry the chat, without what follows `#`.
fn page(chat: &Chat, page: Option<&str>) -> Option<String> {
    let page = page?.split('#').next()?.to_owned();
    let site = origin::of(&page)?;
    (page.len() <= sizes::URL && origin::allowed(&chat.settings.allowed_origins, &site)).then_some(page)
}

/// A label that the site gives, short and on one line.
fn label(text: Option<&str>) -> Option<String> {
    let text: String = clean_line(text?).chars().take(sizes::NAME).collect();
    (!text.is_empty()).then_some(text)
}

/// An event of a visitor on the queue of what people do.
pub(super) async fn enqueue(
    queue: &dyn Queue,
    chat: &Chat,
    parsed: ParsedEvent,
    now: Millis,
) -> Result<(), Problem> {
    let event = InboundEvent {
        workspace_id: chat.channel.workspace_id.clone(),
        channel_id: chat.channel.id.clone(),
        source: chat.channel.source,
        from: parsed.from,
        kind: parsed.kind,
        received_at: now,
        place: parsed.place,
    };
    Ok(queue.send(QueueName::Inbound, vec![inbound_message(&event)]).await?)
}

impl SessionRoutes {
    async fn open(&self, webchat: &Webchat, visit: &Visit) -> Result<Response, Problem> {
        let chat = &visit.chat;
        webchat.admit(chat, &address(chat, &visit.request.source_ip), limit::SESSIONS).await?;
        let opening: Opening = visit.body()?;
        let now = webchat.clock.now();
        let second = now.seconds();
        let restored = opening.restore.as_deref().and_then(|t| earlier(chat, t, TokenKind::Restore, second));
        let before = opening.token.as_deref().and_then(|t| earlier(chat, t, TokenKind::Session, second));
        let claimed = opening.identity.unwrap_or_default();
        let user = match (claimed.id.as_deref(), claimed.hash.as_deref()) {
            (Some(id), Some(hash)) if vouched(&chat.secrets.identity, id, hash) => Some(id.to_owned()),
            _ => None,
        };
        let is_restored = user.is_none() && restored.is_some();
        let visitor = match (&user, &restored, &before) {
            (Some(user), _, _) => visitor_of(&chat.channel.id, user),
            (None, Some(claims), _) => claims.visitor.clone(),
            // The user of the site has signed out: whoever sits there now is somebody else.
            (None, None, Some(claims)) if claims.user.is_none() => claims.visitor.clone(),
            _ => anonymous(&webchat.ids.unique()),
        };
        let language = language(chat, opening.language.as_deref());
        let data = webchat.visitor(chat, &visitor);
        if let (Some(user), Some(old)) = (&user, before.as_ref().filter(|c| c.user.is_none())) {
            let anonymous = webchat.visitor(chat, &old.visitor);
            if old.visitor != visitor && data.take_over(&anonymous).await? {
                let new = identity(&visitor, Some(user), None, language);
                let from = identity(&old.visitor, None, None, language);
                let kind = InboundKind::IdentityChanged { new, at: second };
                enqueue(&*self.queue, chat, ParsedEvent { from, kind, place: 0 }, now).await?;
            }
        }
        let state = data.state().await?;
        let page = page(chat, opening.page.as_deref());
        let session = labelled(state.as_ref(), &claimed, page, language, now);
        // Nothing is written for somebody who only opens the chat; what a site tells of its user is kept.
        if user.is_some() || state.as_ref().is_some_and(|state| state.session != session) {
            data.put_session(&session).await?;
        }
        let state = state.unwrap_or_default();
        let expires = Seconds(second.0 + SESSION_SECONDS);
        let asked = chat.settings.prechat.enabled && chat.settings.prechat.fields.iter().any(|f| f.required);
        let answer = json!({
            "visitor_id": visitor, "expires_at": expires.millis(), "seq": state.seq, "read_up_to": state.agent_read,
            "identified": user.is_some(), "restored": is_restored,
            "introduced": session.introduced || user.is_some() || !asked,
            "token": sign(&chat.secrets.session, &Claims {
                kind: TokenKind::Session, channel: chat.channel.id.clone(), visitor, expires,
                user, language: Some(language.to_owned()), file: None,
            }),
        });
        Ok(Response::json(StatusCode::CREATED, &answer))
    }

    async fn prechat(&self, webchat: &Webchat, visit: &Visit) -> Result<Response, Problem> {
        let (chat, now) = (&visit.chat, webchat.clock.now());
        let claims = visit.claims(now)?;
        webchat.admit(chat, &claims.visitor, limit::FORMS).await?;
        let form: Form = visit.body()?;
        let form = check_form(&form, &chat.settings.prechat).map_err(|refusal| refused(&refusal))?;
        let data = webchat.visitor(chat, &claims.visitor);
        let state = data.state().await?;
        if state.is_none() {
            let from = address(chat, &visit.request.source_ip);
            webchat.admit(chat, &from, limit::NEWCOMERS).await?;
        }
        let mut session = state.map_or_else(|| fresh(visit, &claims, now), |state| state.session);
        session.name = form.name.clone().or(session.name);
        session.email = form.email.clone().or(session.email);
        session.phone = form.phone.clone().or(session.phone);
        session.introduced = true;
        let from = from(&claims, &session);
        // The queue first: a form that the visitor is told was taken has become a contact.
        enqueue(&*self.queue, chat, introduced(from, &form, &session.language, now.seconds()), now).await?;
        data.put_session(&session).await?;
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }

    async fn ticket(&self, webchat: &Webchat, visit: &Visit) -> Result<Response, Problem> {
        let (chat, now) = (&visit.chat, webchat.clock.now());
        let claims = visit.claims(now)?;
        let from = address(chat, &visit.request.source_ip);
        webchat.admit(chat, &claims.visitor, limit::SOCKETS).await?;
        webchat.admit(chat, &from, limit::SOCKETS_OF_ADDRESS).await?;
        webchat.admit(chat, &from, limit::OPEN_SOCKETS).await?;
        let ticket = webchat.ids.secret();
        let origin = visit.origin.clone().unwrap_or_default();
        let data = webchat.visitor(chat, &claims.visitor);
        data.put_ticket(&ticket, &origin, now.plus(TICKET_MILLIS)).await?;
        let answer = json!({ "ticket": ticket, "url": self.socket_url });
        Ok(Response::json(StatusCode::CREATED, &answer))
    }
}

/// What is known of a visitor who writes for the first time.
pub(super) fn fresh(visit: &Visit, claims: &Claims, now: Millis) -> VisitorSession {
    VisitorSession {
        language: claims.language.clone().unwrap_or_else(|| "es".to_owned()),
        page: visit.origin.as_ref().map(|origin| format!("{origin}/")),
        created_at: now,
        ..VisitorSession::default()
    }
}

/// The visitor as the rest of the product knows him.
pub(super) fn from(claims: &Claims, session: &VisitorSession) -> colibri_domain::inbound::Identity {
    identity(&claims.visitor, claims.user.as_deref(), session.name.as_deref(), &session.language)
}

/// The session with what the site tells: labels only, whoever vouches for the user id.
fn labelled(
    state: Option<&VisitorState>,
    claimed: &Claimed,
    page: Option<String>,
    language: &str,
    now: Millis,
) -> VisitorSession {
    let mut session = state.map_or_else(
        || VisitorSession { created_at: now, ..VisitorSession::default() },
        |state| state.session.clone(),
    );
    language.clone_into(&mut session.language);
    session.page = page.or(session.page);
    session.name = label(claimed.name.as_deref()).or(session.name);
    let email = label(claimed.email.as_deref()).filter(|text| text.parse::<Email>().is_ok());
    session.email = email.or(session.email);
    session.phone = label(claimed.phone.as_deref()).or(session.phone);
    session
}

/// From a mail back to the page: the token goes behind `#`, where no server and no log sees it.
async fn restore(webchat: &Webchat, visit: &Visit) -> Result<Response, Problem> {
    let (chat, now) = (&visit.chat, webchat.clock.now());
    let from = address(chat, &visit.request.source_ip);
    webchat.admit_lightly(chat, &from, limit::READS)?;
    let token = visit.query("t").unwrap_or_default();
    let gone = || Problem::new(StatusCode::GONE, "link_expired", "This link no longer works.");
    let claims = earlier(chat, &token, TokenKind::Restore, now.seconds()).ok_or_else(gone)?;
    let state = webchat.visitor(chat, &claims.visitor).state().await?.ok_or_else(gone)?;
    let first = chat.settings.allowed_origins.iter().find(|site| !site.contains('*'));
    let page = page(chat, state.session.page.as_deref()).or_else(|| first.map(|site| format!("{site}/")));
    let target = format!("{}#colibri-chat={token}", page.ok_or_else(Problem::not_found)?);
    let mut response = Response::empty(StatusCode::SEE_OTHER);
    let location = HeaderValue::from_str(&target).map_err(|_| Problem::not_found())?;
    response.headers.insert(header::LOCATION, location);
    for (name, value) in [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")] {
        response.headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
