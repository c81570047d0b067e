//! What visitors write and read.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::webchat::inbound::{Posted, PostedKind, check, event, message_id};
use colibri_channels::webchat::token::Claims;
use colibri_domain::inbound::{StatusJob, StatusReport};
use colibri_domain::message::StatusValue;
use colibri_domain::webchat::{FeedAuthor, FeedEntry, FeedFile};
use colibri_domain::{FileId, Millis};
use colibri_store::{Files, Mark, VisitorState, VisitorStore};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::deliver::Visitors;
use super::limit::{self, address};
use super::session::{enqueue, fresh, from};
use super::view::{self, Addresses, rfc3339};
use super::{Chat, Visit, VisitorRoutes, Webchat, refused};
use crate::http::Response;
use crate::ports::{Queue, QueueMessage, QueueName};
use crate::problem::Problem;

/// Entries of a page where none are asked for.
const PAGE: u32 = 50;
/// Receipts that one call passes on; older ones follow with the next.
const RECEIPTS: u32 = 200;

/// Routes of messages.
#[allow(missing_docs)]
pub struct MessageRoutes {
    pub queue: Arc<dyn Queue>,
    pub files: Files,
    /// Tells the visitor's other tabs.
    pub visitors: Visitors,
}

#[derive(Deserialize)]
struct Receipt {
    up_to_seq: u64,
    #[serde(default)]
    state: ReceiptState,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum ReceiptState {
    Delivered,
    #[default]
    Read,
}

#[async_trait]
impl VisitorRoutes for MessageRoutes {
    async fn answer(&self, webchat: &Webchat, visit: Visit) -> Result<Response, Problem> {
        visit.allowed()?;
        let claims = visit.claims(webchat.clock.now())?;
        let data = webchat.visitor(&visit.chat, &claims.visitor);
        match (&visit.request.method, visit.rest.first().map(String::as_str)) {
            (&Method::GET, Some("messages")) => read(webchat, &visit, &claims, &data).await,
            (&Method::POST, Some("messages")) => self.post(webchat, &visit, &claims, &data).await,
            (&Method::POST, Some("receipts")) => self.receipt(webchat, &visit, &claims, &data).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// What addresses in a visitor's entries are made from.
fn addresses<'a>(webchat: &'a Webchat, chat: &'a Chat, visitor: &'a str) -> Addresses<'a> {
    Addresses {
        base_url: &webchat.base_url,
        key: &chat.channel.account,
        channel: &chat.channel.id,
        session_key: &chat.secrets.session,
        visitor,
    }
}

fn number(visit: &Visit, name: &str) -> Result<Option<u64>, Problem> {
    let Some(text) = visit.query(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        Problem::invalid(format!("query:{name}"), "invalid_value", "a number that is not negative")
    })
}

async fn read(
    webchat: &Webchat,
    visit: &Visit,
    claims: &Claims,
    data: &VisitorStore,
) -> Result<Response, Problem> {
    webchat.admit_lightly(&visit.chat, &claims.visitor, limit::READS)?;
    let limit = match number(visit, "limit")? {
        None => PAGE,
        Some(limit @ 1..=100) => u32::try_from(limit).unwrap_or(PAGE),
        Some(_) => return Err(Problem::invalid("query:limit", "out_of_range", "limit is 1 to 100")),
    };
    let (before, since) = (number(visit, "before")?, number(visit, "since")?.unwrap_or(0));
    let state = data.state().await?.unwrap_or_default();
    let (entries, more) = match before {
        Some(before) => data.feed_before(before, limit).await?,
        None if since >= state.seq => (Vec::new(), false),
        None => data.feed_after(since, limit).await?,
    };
    let now = webchat.clock.now();
    let addresses = addresses(webchat, &visit.chat, &claims.visitor);
    let messages: Vec<_> = entries.iter().map(|entry| view::entry(addresses, entry, now)).collect();
    let answer = json!({
        "messages": messages, "seq": state.seq, "more": more,
        "read_up_to": state.agent_read, "seen_up_to": state.read,
    });
    Ok(Response::json(StatusCode::OK, &answer))
}

impl MessageRoutes {
    async fn post(
        &self,
        webchat: &Webchat,
        visit: &Visit,
        claims: &Claims,
        data: &VisitorStore,
    ) -> Result<Response, Problem> {
        let (chat, now) = (&visit.chat, webchat.clock.now());
        let from_address = address(chat, &visit.request.source_ip);
        webchat.admit(chat, &claims.visitor, limit::MESSAGES).await?;
        webchat.admit(chat, &from_address, limit::MESSAGES_OF_ADDRESS).await?;
        let posted: Posted = visit.body()?;
        let file = match (&posted.kind, &posted.file_id) {
            (PostedKind::Attachment, Some(id)) => self.uploaded(chat, data, id).await?,
            _ => None,
        };
        let body = check(&posted, file.as_ref()).map_err(|refusal| refused(&refusal))?;
        let state = data.state().await?;
        if state.as_ref().is_none_or(|state| state.seq == 0 && !state.session.introduced) {
            introduced_first(chat, claims)?;
            webchat.admit(chat, &from_address, limit::NEWCOMERS).await?;
        }
        let session = state.map_or_else(|| fresh(visit, claims, now), |VisitorState { session, .. }| session);
        let id = message_id(&claims.visitor, &posted.client_message_id);
        let entry = FeedEntry {
            seq: 0,
            id: id.clone(),
            from: FeedAuthor::Visitor,
            author: None,
            at: now,
            body,
            client_message_id: Some(posted.client_message_id.clone()),
            reference: None,
        };
        let (entry, new) = data.append(&id, &entry, &session).await?;
        // Also for a repetition: whoever repeats may not have got as far as this.
        let parsed = event(from(claims, &session), &posted, &entry.body, entry.at.seconds());
        enqueue(&*self.queue, chat, parsed, now).await?;
        if new {
            webchat.metrics.count("webchat.messages", 1);
            let view = view::entry(addresses(webchat, chat, &claims.visitor), &entry, now);
            self.visitors.push_to(data, &json!({ "type": "message", "message": view })).await;
        }
        let answer = json!({ "id": entry.id, "seq": entry.seq, "at": rfc3339(entry.at) });
        Ok(Response::json(StatusCode::CREATED, &answer))
    }

    /// What this visitor announced under an id, once its bytes are there.
    async fn uploaded(
        &self,
        chat: &Chat,
        data: &VisitorStore,
        id: &FileId,
    ) -> Result<Option<FeedFile>, Problem> {
        let Some(file) = data.upload(id).await? else { return Ok(None) };
        match self.files.visitor_upload_size(&chat.channel.workspace_id, id).await? {
            Some(size) if size == file.size => Ok(Some(file)),
            Some(_) => {
                Err(Problem::conflict("wrong_size", "The bytes that arrived are not as many as announced."))
            }
            None => Err(Problem::conflict("not_uploaded", "The bytes have not arrived.")),
        }
    }

    /// What the visitor received or read becomes a report about each of our messages, as a provider's would.
    async fn receipt(
        &self,
        webchat: &Webchat,
        visit: &Visit,
        claims: &Claims,
        data: &VisitorStore,
    ) -> Result<Response, Problem> {
        let (chat, now) = (&visit.chat, webchat.clock.now());
        webchat.admit_lightly(chat, &claims.visitor, limit::READS)?;
        let receipt: Receipt = visit.body()?;
        let done = Ok(Response::empty(StatusCode::NO_CONTENT));
        let Some(state) = data.state().await? else { return done };
        let up_to = receipt.up_to_seq.min(state.seq);
        let (mark, since, value) = match receipt.state {
            ReceiptState::Read => (Mark::Read, state.read, StatusValue::Read),
            ReceiptState::Delivered => {
                (Mark::Delivered, state.delivered.max(state.read), StatusValue::Delivered)
            }
        };
        if up_to <= since {
            return done;
        }
        let (entries, _) = data.feed_after(since, RECEIPTS).await?;
        let up_to = if entries.len() < RECEIPTS as usize {
            up_to
        } else {
            up_to.min(entries.last().map_or(up_to, |entry| entry.seq))
        };
        let reports: Vec<QueueMessage> = entries
            .iter()
            .filter(|entry| entry.seq <= up_to)
            .filter_map(|entry| report(chat, &claims.visitor, entry, value, now))
            .collect();
        // Reports first: they may come twice, but not get lost.
        if !reports.is_empty() {
            self.queue.send(QueueName::Status, reports).await?;
        }
        data.mark(mark, up_to).await?;
        done
    }
}

/// Where the form must be filled in, nobody writes before.
fn introduced_first(chat: &Chat, claims: &Claims) -> Result<(), Problem> {
    let prechat = &chat.settings.prechat;
    if prechat.enabled && claims.user.is_none() && prechat.fields.iter().any(|field| field.required) {
        return Err(Problem::conflict("prechat_required", "The form comes before the first message."));
    }
    Ok(())
}

fn report(
    chat: &Chat,
    visitor: &str,
    entry: &FeedEntry,
    value: StatusValue,
    now: Millis,
) -> Option<QueueMessage> {
    let job = StatusJob::Status {
        workspace_id: chat.channel.workspace_id.clone(),
        channel_id: chat.channel.id.clone(),
        report: StatusReport {
            provider_id: entry.id.clone(),
            reference: Some(entry.reference.clone()?),
            value,
            at: now.seconds(),
            failure: None,
            recipient: Some(visitor.to_owned()),
            pricing: None,
        },
        parked: 0,
    };
    Some(QueueMessage {
        body: serde_json::to_string(&job).ok()?,
        group: chat.channel.workspace_id.to_string(),
        dedup: None,
        delay: std::time::Duration::ZERO,
    })
}
