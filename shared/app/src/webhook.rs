//! Webhooks of providers: is it theirs, whose is it, and onto the queue with it. Nothing is answered with 2xx before
//! every event of the delivery is durably accepted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_channels::send::{Transport, transport};
use colibri_channels::webhook::{
    AccountDelivery, AccountRef, Delivery, Kept, Proof, answer_type, handshake, parse, path, proof, verify,
};
use colibri_domain::channel::{Channel, ChannelSource};
use colibri_domain::ids::digest;
use colibri_domain::inbound::{InboundEvent, InboundKind, StatusJob};
use colibri_domain::planted::{Planted, planted};
use colibri_domain::{ChannelId, Millis};
use colibri_store::{Directory, Files, Store};
use http::{Method, StatusCode};
use secrecy::SecretString;

use crate::http::{HttpHandler, Request, Response};
use crate::ports::{Clock, KeyVault, Metrics, Queue, QueueMessage, QueueName};
use crate::problem::Problem;
use crate::receive::stored_reference;
use crate::settings::{InstallationKey, MetaApps};

/// How long what the directory says is trusted, in milliseconds.
const TRUST_MILLIS: i64 = 30_000;
/// How often the time of a channel's last delivery is written, in milliseconds.
const SEEN_MILLIS: i64 = 10 * 60 * 1000;
/// Largest body taken, in bytes: providers send up to 3 MB.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Largest event that goes on a queue itself, in bytes: a queue takes 1 MiB, envelope included.
const MAX_MESSAGE: usize = 900_000;
/// Entries that a warm function remembers; a stranger may ask for any number of apps.
const REMEMBERED: usize = 5_000;

type Cached<T> = Mutex<HashMap<String, (Millis, T)>>;

/// The webhook of one provider.
pub struct Webhook {
    /// Which provider.
    pub source: ChannelSource,
    /// Directory and channels.
    pub store: Store,
    /// Keeps what cannot be read.
    pub files: Files,
    /// Where events go.
    pub queue: Arc<dyn Queue>,
    /// What deliveries are checked with.
    pub keys: Keys,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Counters.
    pub metrics: Arc<dyn Metrics>,
    /// What the directory said lately.
    pub cache: Cache,
}

/// What deliveries are checked with.
pub enum Keys {
    /// Secrets of the provider's apps.
    Apps {
        /// The installation's own.
        own: MetaApps,
        /// Opens those of customers.
        vault: Arc<dyn KeyVault>,
    },
    /// Secrets that follow from the channel in the address.
    Channels(InstallationKey),
    /// Tokens of the accounts of the channels in the address.
    Accounts {
        /// Opens them.
        vault: Arc<dyn KeyVault>,
        /// Base of the addresses that providers call, without a slash at its end: they sign the whole address.
        base: String,
    },
}

/// The secret of a channel's deliveries, where the channel itself is named in their address.
#[must_use]
pub fn channel_secret(key: &InstallationKey, channel: &ChannelId) -> Option<SecretString> {
    key.derive("webhook", channel.as_str())
}

/// The address that a channel's provider calls; `base` without a slash at its end.
#[must_use]
pub fn address(base: &str, channel: &Channel) -> String {
    let name = match (proof(channel.source), transport(channel.source)) {
        (Proof::App, _) => channel.app.as_deref().unwrap_or_default(),
        (Proof::Channel, Transport::Provider) | (Proof::Account, _) => channel.id.as_str(),
        // The public key that stands in the sites' snippet.
        (Proof::Channel, Transport::Own) => &channel.account,
    };
    format!("{base}/{}/{name}", path(channel.source))
}

/// Secret of an address, and what its handshake must name.
#[derive(Clone)]
struct Secrets {
    secret: SecretString,
    verify_token: Option<SecretString>,
}

/// What a warm function remembers of the directory.
#[derive(Default)]
pub struct Cache {
    accounts: Cached<Vec<Directory>>,
    apps: Cached<Option<Secrets>>,
    seen: Cached<()>,
}

fn recent<T: Clone>(cache: &Cached<T>, key: &str, now: Millis, trust: i64) -> Option<T> {
    let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.get(key).filter(|(at, _)| now.since(*at) < trust).map(|(_, value)| value.clone())
}

fn remember<T>(cache: &Cached<T>, key: &str, now: Millis, value: T) {
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= REMEMBERED {
        cache.clear();
    }
    cache.insert(key.to_owned(), (now, value));
}

#[async_trait]
impl HttpHandler for Webhook {
    async fn handle(&self, request: Request) -> Response {
        let request_id = request.request_id.clone();
        match self.answer(request).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(&request_id),
        }
    }
}

impl Webhook {
    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let name = request.path.trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let Some(Secrets { secret, verify_token }) = self.secrets(&name).await? else {
            self.metrics.count("webhook.refused", 1);
            return Ok(Response::empty(if request.method == Method::GET {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::UNAUTHORIZED
            }));
        };
        match request.method {
            Method::GET => Ok(match handshake(self.source, verify_token.as_slice(), &request.query) {
                Ok(challenge) => Response::typed(StatusCode::OK, "text/plain; charset=utf-8", challenge),
                Err(_) => Response::empty(StatusCode::FORBIDDEN),
            }),
            Method::POST if request.body.len() > MAX_BODY => {
                Ok(Response::empty(StatusCode::PAYLOAD_TOO_LARGE))
            }
            Method::POST => {
                let called = self.called(&request);
                if verify(self.source, &[secret], &request.headers, &called, &request.body).is_err() {
                    self.metrics.count("webhook.refused", 1);
                    return Ok(Response::empty(StatusCode::UNAUTHORIZED));
                }
                Ok(match self.take(&name, &request.body).await? {
                    Some(answer) => Response::typed(StatusCode::OK, answer_type(self.source), answer),
                    None => Response::empty(StatusCode::OK),
                })
            }
            _ => Ok(Response::empty(StatusCode::METHOD_NOT_ALLOWED)),
        }
    }

    /// The public address as the provider called it.
    fn called(&self, request: &Request) -> String {
        let Keys::Accounts { base, .. } = &self.keys else { return String::new() };
        let mark = if request.query.is_empty() { "" } else { "?" };
        format!("{base}{}{mark}{}", request.path, request.query)
    }

    /// The secrets of an address: without a call to anything, except for customers' own apps and accounts.
    async fn secrets(&self, name: &str) -> Result<Option<Secrets>, Problem> {
        match &self.keys {
            Keys::Apps { own, vault } => self.app(own, &**vault, name).await,
            Keys::Channels(key) => {
                let secret = name.parse().ok().and_then(|channel| channel_secret(key, &channel));
                Ok(secret.map(|secret| Secrets { secret, verify_token: None }))
            }
            Keys::Accounts { vault, .. } => self.account(&**vault, name).await,
        }
    }

    /// The token of a connected channel. What was found is remembered, so that a flood of false deliveries costs
    /// nothing but the first of each address.
    async fn account(&self, vault: &dyn KeyVault, name: &str) -> Result<Option<Secrets>, Problem> {
        let Ok(channel) = name.parse::<ChannelId>() else { return Ok(None) };
        let now = self.clock.now();
        if let Some(known) = recent(&self.cache.apps, name, now, TRUST_MILLIS) {
            return Ok(known);
        }
        let entry = self.store.installation().channel(&channel).await?;
        let sealed = match &entry {
            Some(entry) => self.store.workspace(&entry.workspace).channel_secret(&channel).await?,
            None => None,
        };
        let found = match (entry, sealed) {
            (Some(entry), Some(sealed)) => {
                let secret = vault.open(entry.workspace.as_str(), &sealed).await?;
                Some(Secrets { secret, verify_token: None })
            }
            _ => None,
        };
        remember(&self.cache.apps, name, now, found.clone());
        Ok(found)
    }

    async fn app(&self, own: &MetaApps, vault: &dyn KeyVault, app: &str) -> Result<Option<Secrets>, Problem> {
        if let (Some(secret), Some(token)) = (own.secret(app), own.verify_token(app)) {
            let verify_token = Some(SecretString::from(token));
            return Ok(Some(Secrets { secret: secret.clone(), verify_token }));
        }
        if app.is_empty() || app.len() > 64 {
            return Ok(None);
        }
        let now = self.clock.now();
        if let Some(known) = recent(&self.cache.apps, app, now, TRUST_MILLIS) {
            return Ok(known);
        }
        let found = match self.store.installation().provider_app(app).await? {
            Some(sealed) => {
                let secret = vault.open("installation", &sealed.secret).await?;
                let verify_token = Some(vault.open("installation", &sealed.verify_token).await?);
                Some(Secrets { secret, verify_token })
            }
            None => None,
        };
        remember(&self.cache.apps, app, now, found.clone());
        Ok(found)
    }

    /// Puts everything on its queue; returns what the answer has to say.
    async fn take(&self, name: &str, body: &Bytes) -> Result<Option<String>, Problem> {
        let now = self.clock.now();
        let delivery = parse(self.source, body, now);
        self.keep(&delivery, now).await?;
        let mut inbound = Vec::new();
        let mut statuses = Vec::new();
        for account in delivery.accounts {
            let channels = self.channels(name, &account.account, now).await?;
            if channels.is_empty() {
                self.metrics.count("webhook.unknown_account", 1);
            }
            for entry in channels {
                self.split(&entry, &account, now, &mut inbound, &mut statuses);
                self.seen(&entry, now).await;
            }
        }
        self.metrics.count("webhook.events", (inbound.len() + statuses.len()) as u64);
        let mut fitting = Vec::with_capacity(inbound.len());
        for message in inbound {
            fitting.push(self.fit(message).await?);
        }
        let inbound = fitting;
        if !inbound.is_empty() {
            let sent = self.queue.send(QueueName::Inbound, inbound).await;
            if !planted(Planted::AcknowledgedEarly) {
                sent?;
            }
        }
        if !statuses.is_empty() {
            self.queue.send(QueueName::Status, statuses).await?;
        }
        Ok(delivery.answer)
    }

    fn split(
        &self,
        entry: &Directory,
        account: &AccountDelivery,
        now: Millis,
        inbound: &mut Vec<QueueMessage>,
        statuses: &mut Vec<QueueMessage>,
    ) {
        for parsed in &account.events {
            let event = InboundEvent {
                workspace_id: entry.workspace.clone(),
                channel_id: entry.channel.clone(),
                source: self.source,
                from: parsed.from.clone(),
                kind: parsed.kind.clone(),
                received_at: now,
                place: parsed.place,
            };
            inbound.push(inbound_message(&event));
        }
        let standard = |job: &StatusJob| QueueMessage {
            body: serde_json::to_string(job).unwrap_or_default(),
            group: entry.workspace.to_string(),
            dedup: None,
            delay: Duration::ZERO,
        };
        let (workspace_id, channel_id) = (entry.workspace.clone(), entry.channel.clone());
        statuses.extend(account.statuses.iter().map(|report| {
            standard(&StatusJob::Status {
                workspace_id: workspace_id.clone(),
                channel_id: channel_id.clone(),
                report: report.clone(),
                parked: 0,
            })
        }));
        statuses.extend(account.watermarks.iter().map(|watermark| {
            standard(&StatusJob::Watermark {
                workspace_id: workspace_id.clone(),
                channel_id: channel_id.clone(),
                watermark: watermark.clone(),
                parked: 0,
            })
        }));
        statuses.extend(account.notices.iter().map(|notice| {
            standard(&StatusJob::Notice {
                workspace_id: workspace_id.clone(),
                channel_id: channel_id.clone(),
                notice: notice.clone(),
                at: now,
            })
        }));
    }

    /// The channels that a delivery is for: the one in its address, or those whose own app signed it.
    async fn channels(
        &self,
        name: &str,
        account: &AccountRef,
        now: Millis,
    ) -> Result<Vec<Directory>, Problem> {
        let (key, display) = match account {
            AccountRef::Address => (format!("c#{name}"), None),
            AccountRef::Account { id } => (format!("a#{id}"), None),
            AccountRef::Parent { id, display } => (format!("p#{id}"), display.as_deref()),
        };
        let entries = if let Some(known) = recent(&self.cache.accounts, &key, now, TRUST_MILLIS) {
            known
        } else {
            let installation = self.store.installation();
            let found = match account {
                AccountRef::Address => match name.parse() {
                    Ok(channel) => installation.channel(&channel).await?.into_iter().collect(),
                    Err(_) => Vec::new(),
                },
                AccountRef::Account { id } => {
                    installation.channel_by_account(self.source, id).await?.into_iter().collect()
                }
                AccountRef::Parent { id, .. } => installation.channels_by_parent(self.source, id).await?,
            };
            remember(&self.cache.accounts, &key, now, found.clone());
            found
        };
        let signed = |entry: &Directory| match proof(self.source) {
            Proof::App => entry.app.as_deref() == Some(name),
            Proof::Channel | Proof::Account => entry.channel.as_str() == name,
        };
        let mut ours: Vec<Directory> = entries.into_iter().filter(signed).collect();
        if let Some(digits) = display {
            let mut meant = Vec::new();
            for entry in ours {
                let channel = self.store.workspace(&entry.workspace).channel(&entry.channel).await?;
                let shown: String = channel
                    .map(|c| c.display.chars().filter(char::is_ascii_digit).collect())
                    .unwrap_or_default();
                if shown == digits {
                    meant.push(entry);
                }
            }
            ours = meant;
        }
        Ok(ours)
    }

    /// Authentic but not understood: kept as delivered.
    async fn keep(&self, delivery: &Delivery, now: Millis) -> Result<(), Problem> {
        let kept: Vec<&Kept> =
            delivery.kept.iter().chain(delivery.accounts.iter().flat_map(|a| &a.kept)).collect();
        if kept.is_empty() {
            return Ok(());
        }
        self.metrics.count("webhook.kept", kept.len() as u64);
        let body = serde_json::to_vec(&kept).unwrap_or_default();
        let name = format!(
            "{}/{}-{}.json",
            self.source.as_str(),
            now.0,
            hex::encode(&digest(&[&String::from_utf8_lossy(&body)])[..8])
        );
        Ok(self.files.keep_raw(&name, Bytes::from(body)).await?)
    }

    /// Notes that the channel is alive. Best effort, seldom.
    async fn seen(&self, entry: &Directory, now: Millis) {
        let key = entry.channel.to_string();
        if recent(&self.cache.seen, &key, now, SEEN_MILLIS).is_some() {
            return;
        }
        remember(&self.cache.seen, &key, now, ());
        if let Err(error) = self.store.workspace(&entry.workspace).channel_seen(&entry.channel, now).await {
            tracing::info!(error.cause = %error, "time of delivery not noted");
        }
    }

    /// What no queue takes is kept in the bucket, and its name goes on the queue.
    async fn fit(&self, message: QueueMessage) -> Result<QueueMessage, Problem> {
        if message.body.len() <= MAX_MESSAGE {
            return Ok(message);
        }
        let name = format!("events/{}.json", message.dedup.as_deref().unwrap_or_default());
        self.files.keep_raw(&name, Bytes::from(message.body)).await?;
        Ok(QueueMessage { body: stored_reference(&name), ..message })
    }
}

/// An event as a FIFO message: in order per identity, the same for every redelivery.
pub(crate) fn inbound_message(event: &InboundEvent) -> QueueMessage {
    let group = group(&event.channel_id, &event.from.id);
    let what = match &event.kind {
        InboundKind::Message(m) => format!("message {}", m.provider_id),
        InboundKind::Introduced(who) => format!("introduced {:?} {:?} {}", who.email, who.phone, who.at.0),
        InboundKind::Echo(m) => format!("echo {}", m.provider_id),
        InboundKind::Reaction { target, emoji, at, by_us } => {
            format!("reaction {target} {emoji:?} {} {by_us}", at.0)
        }
        InboundKind::Edit { target, at, content } => format!("edit {target} {} {}", at.0, content.preview()),
        InboundKind::Revoke { target, at } => format!("revoke {target} {}", at.0),
        InboundKind::IdentityChanged { new, at } => format!("identity {} {}", new.id, at.0),
        InboundKind::KeyChanged { at } => format!("key {}", at.0),
        InboundKind::MarketingPreference { stop, at } => format!("marketing {stop} {}", at.0),
    };
    let dedup = hex::encode(digest(&[event.channel_id.as_str(), &event.from.id, &what]));
    let body = serde_json::to_string(event).unwrap_or_default();
    QueueMessage { body, group, dedup: Some(dedup), delay: Duration::ZERO }
}

/// What keeps one person's events in order.
pub(crate) fn group(channel: &ChannelId, identity: &str) -> String {
    hex::encode(digest(&[channel.as_str(), identity]))
}
