//! The way of a message in one process: webhook, queues, receive, send and status, joined as in the cloud.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colibri_app::http::{HttpHandler, Record, RecordError, RecordHandler, Request, Response};
use colibri_app::media::MediaFetch;
use colibri_app::nudge::Nudge;
use colibri_app::ports::{Clock as _, Queue, QueueMessage, QueueName};
use colibri_app::provider::{ProviderUrls, Providers};
use colibri_app::receive::MessageReceive;
use colibri_app::send::{MessageSend, Warm};
use colibri_app::settings::{InstallationKey, MetaApps};
use colibri_app::status::MessageStatus;
use colibri_app::webchat::deliver::Visitors;
use colibri_app::webhook::{Cache, Keys, Webhook, channel_secret};
use colibri_domain::channel::ChannelSource;
use colibri_domain::contact::Head;
use colibri_domain::message::Message;
use colibri_domain::{ChannelId, ContactId, Millis, conversation};
use colibri_store::{Accepted, Entry, SendClaim, WriteContext};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::demo::{ACCOUNT, APP, PARENT};
use crate::{
    As, Demo, FixedClock, MemoryVault, RecordingInvoke, RecordingMetrics, RecordingPush, RecordingQueue,
    RecordingScheduler, ScriptedHttp, SeqIds, TestBucket,
};

/// What signs deliveries of the demo's app.
pub const SECRET: &str = "secret-of-the-app";
/// What the demo's handshake must name.
pub const VERIFY_TOKEN: &str = "verify-token-of-the-app";

/// The text of the installation's own key.
pub const INSTALLATION_KEY: &str = "key-of-the-demo-installation-0001";

/// The installation's own key.
#[must_use]
pub fn installation_key() -> InstallationKey {
    InstallationKey::new(SecretString::from(INSTALLATION_KEY))
}

/// What Telegram repeats with each delivery for this channel.
#[must_use]
pub fn bot_secret(channel: &ChannelId) -> String {
    let secret = channel_secret(&installation_key(), channel).expect("a key");
    secret.expose_secret().to_owned()
}

/// All functions between a provider and the table.
#[allow(missing_docs)]
pub struct Path {
    pub demo: Demo,
    pub clock: FixedClock,
    pub bucket: TestBucket,
    pub queue: RecordingQueue,
    pub http: ScriptedHttp,
    pub invoke: RecordingInvoke,
    pub scheduler: RecordingScheduler,
    /// To visitors of web chats.
    pub push: RecordingPush,
    pub metrics: RecordingMetrics,
    pub providers: Providers,
    pub webhook: As<Webhook>,
    pub telegram: As<Webhook>,
    pub messenger: As<Webhook>,
    pub instagram: As<Webhook>,
    pub twilio: As<Webhook>,
    pub receive: As<MessageReceive>,
    pub status: As<MessageStatus>,
    pub send: As<MessageSend>,
}

/// A queue message as a function gets it.
pub fn record(message: &QueueMessage) -> Record {
    Record {
        id: "record".into(),
        body: message.body.clone(),
        group: Some(message.group.clone()),
        receive_count: 1,
    }
}

/// The header that proves who sent these bytes.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("any key length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

impl Path {
    /// With room for 1,000 contacts.
    pub async fn new() -> Self {
        Self::with_quota(1000).await
    }

    /// With room for this many contacts.
    pub async fn with_quota(limit: u64) -> Self {
        Self::over(Demo::with_quota(limit).await)
    }

    /// Fresh functions over what is stored.
    pub fn over(demo: Demo) -> Self {
        let clock = FixedClock::at(demo.now);
        let (bucket, queue, http) = (TestBucket::new(), RecordingQueue::default(), ScriptedHttp::default());
        let (invoke, scheduler, metrics) =
            (RecordingInvoke::default(), RecordingScheduler::default(), RecordingMetrics::default());
        let apps = json!({ APP: { "secret": SECRET, "verify_token": VERIFY_TOKEN } }).to_string();
        let urls = ProviderUrls {
            whatsapp: "https://graph.example".into(),
            telegram: "https://bots.example".into(),
            messenger: "https://pages.example".into(),
            instagram: "https://instagram.example".into(),
            twilio: "https://texts.example".into(),
        };
        let push = RecordingPush::default();
        let visitors =
            Some(Visitors { push: Arc::new(push.clone()), base_url: "https://hooks.example".into() });
        let providers =
            Providers { http: Arc::new(http.clone()), vault: Arc::new(MemoryVault), urls, visitors };
        let webhook = |source: ChannelSource, keys: Keys| Webhook {
            source,
            store: demo.store.clone(),
            files: bucket.files(),
            queue: Arc::new(queue.clone()),
            keys,
            clock: Arc::new(clock.clone()),
            metrics: Arc::new(metrics.clone()),
            cache: Cache::default(),
        };
        let own = MetaApps::parse(&apps).expect("apps");
        let telegram = webhook(ChannelSource::Telegram, Keys::Channels(installation_key()));
        let apps = || Keys::Apps { own: own.clone(), vault: Arc::new(MemoryVault) };
        let messenger = webhook(ChannelSource::Facebook, apps());
        let instagram = webhook(ChannelSource::Instagram, apps());
        let accounts = Keys::Accounts { vault: Arc::new(MemoryVault), base: "https://hooks.example".into() };
        let twilio = webhook(ChannelSource::Twilio, accounts);
        let webhook = webhook(ChannelSource::WhatsappCloud, apps());
        let receive = MessageReceive {
            store: demo.store.clone(),
            files: bucket.files(),
            queue: Arc::new(queue.clone()),
            clock: Arc::new(clock.clone()),
            metrics: Arc::new(metrics.clone()),
        };
        let status = MessageStatus {
            store: demo.store.clone(),
            queue: Arc::new(queue.clone()),
            invoke: Arc::new(invoke.clone()),
            clock: Arc::new(clock.clone()),
            metrics: Arc::new(metrics.clone()),
        };
        let send = MessageSend {
            store: demo.store.clone(),
            files: bucket.files(),
            providers: providers.clone(),
            queue: Arc::new(queue.clone()),
            scheduler: Arc::new(scheduler.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SeqIds::default()),
            metrics: Arc::new(metrics.clone()),
            warm: Warm::default(),
        };
        Self {
            demo,
            clock,
            bucket,
            queue,
            http,
            invoke,
            scheduler,
            push,
            metrics,
            providers,
            webhook: As::new("webhook-whatsapp", webhook),
            telegram: As::new("webhook-telegram", telegram),
            messenger: As::new("webhook-messenger", messenger),
            instagram: As::new("webhook-instagram", instagram),
            twilio: As::new("webhook-twilio", twilio),
            receive: As::new("message-receive", receive),
            status: As::new("message-status", status),
            send: As::new("message-send", send),
        }
    }

    /// Any request to the webhook of `WhatsApp`.
    pub async fn request(
        &self,
        method: http::Method,
        app: &str,
        query: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Response {
        self.request_of(&self.webhook, "whatsapp", method, app, query, signature, body).await
    }

    /// Any request to a webhook of one of Meta's products.
    #[allow(clippy::too_many_arguments)] // the parts of a request
    pub async fn request_of(
        &self,
        webhook: &As<Webhook>,
        product: &str,
        method: http::Method,
        app: &str,
        query: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Response {
        let mut headers = http::HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert("x-hub-signature-256", signature.parse().expect("a header"));
        }
        let request = Request {
            method,
            path: format!("/{product}/{app}"),
            query: query.to_owned(),
            headers,
            cookies: Vec::new(),
            body: Bytes::copy_from_slice(body),
            source_ip: "203.0.113.7".into(),
            request_id: "request".into(),
        };
        webhook.handle(request).await
    }

    /// Anything that is posted to the address of a number of Twilio's, with its query.
    pub async fn text_request(
        &self,
        channel: &str,
        query: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Response {
        let mut headers = http::HeaderMap::new();
        headers.insert("content-type", http::HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(signature) = signature {
            headers.insert("x-twilio-signature", signature.parse().expect("a header"));
        }
        let request = Request {
            method: http::Method::POST,
            path: format!("/twilio/{channel}"),
            query: query.to_owned(),
            headers,
            cookies: Vec::new(),
            body: Bytes::copy_from_slice(body),
            source_ip: "203.0.113.7".into(),
            request_id: "request".into(),
        };
        self.twilio.handle(request).await
    }

    /// A text message to the demo's number, handled to its end.
    pub async fn text_message(&self, id: &str, from: &str, text: &str) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([("MessageSid", id), ("From", from), ("To", crate::demo::TEXTS), ("Body", text)]);
        let body = form.finish();
        let address = "https://hooks.example/twilio/ch_texts";
        let token = SecretString::from(crate::demo::TEXTS_TOKEN);
        let signature = colibri_channels::twilio::verify::signature(&token, address, body.as_bytes());
        let answer = self.text_request("ch_texts", "", Some(&signature), body.as_bytes()).await;
        assert_eq!(answer.status, http::StatusCode::OK);
        let failures = self.settle().await;
        assert!(failures.is_empty(), "{failures:?}");
    }

    /// Anything that Telegram posts to a channel's address.
    pub async fn bot_request(&self, channel: &str, secret: Option<&str>, body: &[u8]) -> Response {
        let mut headers = http::HeaderMap::new();
        if let Some(secret) = secret {
            headers.insert("x-telegram-bot-api-secret-token", secret.parse().expect("a header"));
        }
        let request = Request {
            method: http::Method::POST,
            path: format!("/telegram/{channel}"),
            query: String::new(),
            headers,
            cookies: Vec::new(),
            body: Bytes::copy_from_slice(body),
            source_ip: "203.0.113.7".into(),
            request_id: "request".into(),
        };
        self.telegram.handle(request).await
    }

    /// An update for the demo's bot, handled to its end.
    pub async fn update(&self, update: &Value) {
        let secret = bot_secret(&ChannelId::from_unique("bot"));
        let answer = self.bot_request("ch_bot", Some(&secret), update.to_string().as_bytes()).await;
        assert_eq!(answer.status, http::StatusCode::OK);
        let failures = self.settle().await;
        assert!(failures.is_empty(), "{failures:?}");
    }

    /// A signed delivery; returns the answer's status.
    pub async fn post(&self, delivery: &Value) -> u16 {
        let body = delivery.to_string();
        let signature = signature(SECRET, body.as_bytes());
        self.request(http::Method::POST, APP, "", Some(&signature), body.as_bytes()).await.status.as_u16()
    }

    /// Signed events of a page or an Instagram account, handled to their end.
    pub async fn meta(&self, webhook: &As<Webhook>, object: &str, account: &str, events: Value) {
        let body = json!({ "object": object, "entry": [{ "id": account, "time": 1, "messaging": events }] });
        let body = body.to_string();
        let signature = signature(SECRET, body.as_bytes());
        let product = if object == "page" { "messenger" } else { "instagram" };
        let post = http::Method::POST;
        let answer =
            self.request_of(webhook, product, post, APP, "", Some(&signature), body.as_bytes()).await;
        assert_eq!(answer.status, http::StatusCode::OK);
        let failures = self.settle().await;
        assert!(failures.is_empty(), "{failures:?}");
    }

    /// Handles what waits for receive and status, until nothing does. What failed is returned.
    pub async fn settle(&self) -> Vec<RecordError> {
        let mut failures = Vec::new();
        loop {
            let (inbound, status) = (self.queue.take(QueueName::Inbound), self.queue.take(QueueName::Status));
            if inbound.is_empty() && status.is_empty() {
                return failures;
            }
            for message in inbound {
                failures.extend(self.receive.handle(record(&message)).await.err());
            }
            for message in status {
                // What is parked comes back at its time.
                self.clock.pass(i64::try_from(message.delay.as_millis()).unwrap_or(0));
                failures.extend(self.status.handle(record(&message)).await.err());
            }
        }
    }

    /// Fetches the media that wait.
    pub async fn fetch_media(&self) {
        for message in self.queue.take(QueueName::Media) {
            let fetch = MediaFetch {
                store: self.demo.store.clone(),
                files: self.bucket.files(),
                providers: self.send.providers.clone(),
                clock: Arc::new(self.clock.clone()),
            };
            As::new("media-fetch", fetch).handle(record(&message)).await.expect("media are fetched");
        }
    }

    /// The clock's time.
    pub fn clock_now(&self) -> Millis {
        self.clock.now()
    }

    /// A delivery, handled to its end.
    pub async fn deliver(&self, delivery: &Value) {
        assert_eq!(self.post(delivery).await, 200);
        let failures = self.settle().await;
        assert!(failures.is_empty(), "{failures:?}");
    }

    /// Handles the nudges that are there now; those with a delay move the clock. Returns how many there were.
    pub async fn nudge(&self) -> usize {
        let nudges = self.queue.take(QueueName::Outbound);
        for message in &nudges {
            self.clock.pass(i64::try_from(message.delay.as_millis()).unwrap_or(0));
            self.send.handle(record(message)).await.expect("a nudge is handled");
        }
        nudges.len()
    }

    /// Alba sends, as the API accepts it.
    pub async fn accept(&self, message: Message) -> Message {
        let context = WriteContext { actor: message.sender.clone(), now: message.at };
        let claim = SendClaim { key: format!("alba:{}", message.id), fingerprint: message.id.to_string() };
        let opened = colibri_domain::ConversationId::opened_by(message.contact_id, message.id);
        let rule = |head: Head, message: &Message| conversation::sent(head, message, &opened);
        let Ok(Accepted::New { message, .. }) =
            self.demo.data().accept_send(claim, message, &context, rule).await
        else {
            panic!("not accepted");
        };
        self.nudge_for(&message).await;
        message
    }

    /// Puts a nudge for a message on the queue.
    pub async fn nudge_for(&self, message: &Message) {
        let nudge = Nudge {
            workspace_id: self.demo.workspace.clone(),
            contact_id: message.contact_id,
            contact_channel_id: message.contact_channel_id.clone(),
        };
        self.queue
            .send(QueueName::Outbound, vec![nudge.message(Duration::ZERO)])
            .await
            .expect("a queue in memory");
    }

    /// A contact's messages, oldest first.
    pub async fn messages(&self, contact: u64) -> Vec<Message> {
        let page = self.demo.data().timeline(ContactId(contact), None, 200).await.expect("a timeline");
        let mut messages: Vec<Message> = page
            .items
            .into_iter()
            .filter_map(|e| if let Entry::Message(m) = e { Some(m) } else { None })
            .collect();
        messages.sort_by_key(|m| m.id);
        messages
    }

    /// A contact's head.
    pub async fn head(&self, contact: u64) -> Head {
        self.demo.data().head(ContactId(contact)).await.expect("a read").expect("a contact")
    }

    /// Seconds of the demo's beginning, moved.
    pub fn second(&self, after: i64) -> i64 {
        self.demo.now.seconds().0 + after
    }

    /// Moves the clock to seconds after the beginning.
    pub fn at(&self, second: i64) {
        self.clock.set(Millis((self.demo.now.seconds().0 + second) * 1000));
    }
}

/// A delivery about the demo's number with these parts of `value`.
pub fn delivery(value: Value) -> Value {
    delivery_for(ACCOUNT, value)
}

/// A delivery about any number.
pub fn delivery_for(account: &str, mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "593900000100", "phone_number_id": account });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": PARENT, "changes": [{ "field": "messages", "value": value }] }] })
}

/// One text of one person.
pub fn text(from: &str, name: &str, id: &str, second: i64, text: &str) -> Value {
    delivery(json!({
        "contacts": [{ "profile": { "name": name }, "wa_id": from }],
        "messages": [{ "from": from, "id": id, "timestamp": second.to_string(), "type": "text", "text": { "body": text } }],
    }))
}

/// One report about a message.
pub fn report(
    id: &str,
    status: &str,
    second: i64,
    to: &str,
    reference: Option<&str>,
    code: Option<i64>,
) -> Value {
    let mut status =
        json!({ "id": id, "status": status, "timestamp": second.to_string(), "recipient_id": to });
    if let Some(reference) = reference {
        status["biz_opaque_callback_data"] = reference.into();
    }
    if let Some(code) = code {
        status["errors"] = json!([{ "code": code, "title": "refused", "message": "refused" }]);
    }
    delivery(json!({ "statuses": [status] }))
}
