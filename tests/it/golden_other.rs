//! Golden cases of the API and of everything that is started by an event: one handler, one call, what it answers.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex};
use std::{fs, iter};

use bytes::Bytes;
use colibri_app::api::attempts::Attempts;
use colibri_app::api::audit::AuditResource;
use colibri_app::api::bulk::BulkResource;
use colibri_app::api::channels::ChannelsResource;
use colibri_app::api::comments::CommentsResource;
use colibri_app::api::contacts::ContactsResource;
use colibri_app::api::conversations::ConversationsResource;
use colibri_app::api::custom_fields::FieldsResource;
use colibri_app::api::exports::ExportsResource;
use colibri_app::api::files::FilesResource;
use colibri_app::api::imports::ImportsResource;
use colibri_app::api::invitations::InvitationsResource;
use colibri_app::api::me::MeResource;
use colibri_app::api::merges::MergesResource;
use colibri_app::api::messages::MessagesResource;
use colibri_app::api::notifications::NotificationsResource;
use colibri_app::api::operator::OperatorResource;
use colibri_app::api::organization::OrganizationResource;
use colibri_app::api::roles::RolesResource;
use colibri_app::api::segments::SegmentsResource;
use colibri_app::api::session::SessionResource;
use colibri_app::api::signup::SignUpResource;
use colibri_app::api::snippets::SnippetsResource;
use colibri_app::api::sockets::SocketsResource;
use colibri_app::api::stages::StagesResource;
use colibri_app::api::tags::TagsResource;
use colibri_app::api::teams::TeamsResource;
use colibri_app::api::templates::TemplatesResource;
use colibri_app::api::trash::TrashResource;
use colibri_app::api::users::UsersResource;
use colibri_app::api::workspace::WorkspaceResource;
use colibri_app::api::{Api, Gate, Resource};
use colibri_app::channel_check::ChannelCheck;
use colibri_app::channel_health::ChannelHealth;
use colibri_app::console_serve::{Asset, ConsoleServe};
use colibri_app::contact_admit::ContactAdmit;
use colibri_app::contact_index::ContactIndex;
use colibri_app::export::ContactExport;
use colibri_app::http::{Change, HttpHandler, JsonHandler, Record, RecordHandler, Request, StreamHandler};
use colibri_app::import::{ContactImport, SLICES};
use colibri_app::media::MediaFetch;
use colibri_app::notify::Notify;
use colibri_app::ports::{Http, KeyVault, QueueName};
use colibri_app::provider::{ProviderUrls, Providers};
use colibri_app::publish::EventPublish;
use colibri_app::purge::{ContactPurge, PAGES};
use colibri_app::react::ProviderReactions;
use colibri_app::realtime::{SocketConnect, SocketDisconnect, SocketMessage};
use colibri_app::receipts::ReadReceipts;
use colibri_app::settings::MetaApps;
use colibri_app::sweep::MessageSweep;
use colibri_app::template_sync::TemplateSync;
use colibri_app::webchat::deliver::Visitors;
use colibri_app::webchat::file::FileRoutes;
use colibri_app::webchat::message::MessageRoutes;
use colibri_app::webchat::note::WebchatNote;
use colibri_app::webchat::serve::WidgetServe;
use colibri_app::webchat::session::SessionRoutes;
use colibri_app::webchat::socket::WebchatSocket;
use colibri_domain::contact::Head;
use colibri_domain::message::{Actor, Message};
use colibri_domain::webchat::WebchatSettings;
use colibri_domain::{ConversationId, MessageId, conversation};
use colibri_store::{SendClaim, SignedRequest, WriteContext};
use colibri_testing::chat::SITE;
use colibri_testing::path::installation_key;
use colibri_testing::ports::response;
use colibri_testing::role::{self, grants};
use colibri_testing::{
    Demo, FakeIdentity, FixedClock, MemoryVault, RecordingBus, RecordingInvoke, RecordingMail,
    RecordingMetrics, RecordingPush, RecordingQueue, ScriptedHttp, SeqIds, TestBucket,
};
use serde_json::{Value, json};

use crate::golden::{ON_THE_PATH, fits, own_app};
use crate::golden_billing::Till;

/// A message of Alba's that failed after it was sent.
async fn failed(demo: &Demo, head: &Head, text: &str) -> MessageId {
    let message = demo.outgoing(head, "failed", -30, text);
    let context = WriteContext { actor: message.sender.clone(), now: message.at };
    let claim = SendClaim { key: "alba:failed".into(), fingerprint: "failed".into() };
    let opened = ConversationId::opened_by(head.id, message.id);
    let rule = |head: Head, message: &Message| conversation::sent(head, message, &opened);
    let id = message.id;
    demo.data().accept_send(claim, message, &context, rule).await.unwrap();
    let report = serde_json::from_value(
        json!({ "provider_id": "wamid.out", "value": "failed", "at": demo.now.seconds(),
        "failure": { "class": "final", "reason": "undeliverable" } }),
    );
    let author = Actor::user(demo.alba.clone());
    demo.data().apply_status(head.id, id, &report.unwrap(), author, demo.now).await.unwrap();
    id
}

/// The demo's number with these fields, and the app of its owner where they name one.
async fn number(demo: &Demo, changed: &Value) {
    let mut fields = serde_json::to_value(&demo.channel).unwrap();
    for (name, value) in changed.as_object().unwrap() {
        fields[name] = value.clone();
    }
    let channel = serde_json::from_value(fields).unwrap();
    demo.data().put_channel(&channel, None).await.unwrap();
    if let Some(app) = changed["app"].as_str() {
        own_app(demo, &json!({ "id": app, "secret": "of-the-customer", "verify_token": "v" })).await;
    }
}

const WIDGET: &[Asset] = &[Asset { path: "widget.js", bytes: b"(()=>{})()" }];
const ASSETS: &[Asset] = &[Asset { path: "index.html", bytes: b"<!doctype html><title>Colibri</title>" }];

/// The visitor of the cases.
const VISITOR: &str = "v0000000000000001";

/// One installation in memory.
pub(crate) struct World {
    demo: Demo,
    clock: Arc<FixedClock>,
    ids: Arc<SeqIds>,
    identity: Arc<FakeIdentity>,
    queue: Arc<RecordingQueue>,
    bus: Arc<RecordingBus>,
    push: Arc<RecordingPush>,
    visitor_push: Arc<RecordingPush>,
    invoke: Arc<RecordingInvoke>,
    http: ScriptedHttp,
    bucket: TestBucket,
    till: Till,
    /// Messages of the given contacts: `incoming` and `failed` of the last one.
    messages: BTreeMap<&'static str, MessageId>,
}

impl World {
    async fn new(given: &Value) -> Self {
        let demo = Demo::new().await;
        if given["bot"].as_bool() == Some(true) {
            demo.connect_bot().await;
        }
        if given["texts"].as_bool() == Some(true) {
            demo.connect_texts().await;
        }
        if given["page"].as_bool() == Some(true) {
            demo.connect_page().await;
        }
        if let Some(changed) = given.get("number") {
            number(&demo, changed).await;
        }
        Self::over(demo, given).await
    }

    /// Functions over what is stored, and over what is given beside it.
    pub(crate) async fn over(demo: Demo, given: &Value) -> Self {
        let http = ScriptedHttp::default();
        let mut messages = BTreeMap::new();
        if let Some(answer) = given.get("provider_always") {
            let body = answer.to_string();
            http.rule(move |_| Ok(response(200, body.clone())));
        }
        for answer in given["provider"].as_array().unwrap_or(&Vec::new()) {
            let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
            let mut planned = response(status, answer["body"].to_string());
            if let Some(location) = answer["headers"]["location"].as_str() {
                planned.headers_mut().insert("location", location.parse().unwrap());
            }
            http.answer_with(Ok(planned));
        }
        for person in given["contacts"].as_array().unwrap_or(&Vec::new()) {
            let head =
                demo.contact(person["digits"].as_str().unwrap(), person["name"].as_str().unwrap()).await;
            if let Some(text) = person["says"].as_str() {
                let mut message = demo.incoming(&head, "wamid.in", -60, text);
                if let Some(content) = person.get("content") {
                    message.content = serde_json::from_value(content.clone()).unwrap();
                }
                demo.data().put_message(&message).await.unwrap();
                demo.data().receive_on_head(head.id, &message, None).await.unwrap();
                messages.insert("{incoming}", message.id);
            }
            if let Some(text) = person["failed"].as_str() {
                messages.insert("{failed}", failed(&demo, &head, text).await);
            }
        }
        for event in given["waiting"].as_array().unwrap_or(&Vec::new()) {
            let text = |name: &str| event[name].as_str().unwrap();
            demo.data().put_waiting(text("id"), text("group"), text("event"), demo.now).await.unwrap();
        }
        if given.get("access").is_some() {
            let access = serde_json::from_value(given["access"].clone()).unwrap();
            demo.store.organization(&demo.organization).put_access(access, 1).await.unwrap();
        }
        if let Some(limit) = given["quota"].as_u64() {
            demo.store.organization(&demo.organization).set_quota(limit).await.unwrap();
        }
        if let Some(mark) = given.get("stored") {
            stored(&demo, mark).await;
        }
        let identity = Arc::new(FakeIdentity::default());
        identity.add("alba@ceibo.example", "Ceibo-1234", "sub-alba", false);
        identity.add("nueva@ceibo.example", "Ceibo-1234", "sub-nueva", true);
        if let Some(ticket) = given["ticket"].as_str() {
            demo.data().put_ticket(ticket, &demo.alba, demo.now.plus(30_000)).await.unwrap();
        }
        if let Some(connection) = given["socket"].as_str() {
            let socket = colibri_store::Socket {
                connection: connection.into(),
                user: given["socket_of"].as_str().map_or(demo.alba.clone(), |user| user.parse().unwrap()),
                viewing: None,
                opened_at: demo.now,
            };
            demo.data().put_socket(&socket).await.unwrap();
        }
        for screen in 0..given["screens"].as_i64().unwrap_or_default() {
            let socket = colibri_store::Socket {
                connection: format!("screen-{screen:02}"),
                user: demo.alba.clone(),
                viewing: None,
                opened_at: demo.now.plus(screen - 1_000),
            };
            demo.data().put_socket(&socket).await.unwrap();
        }
        if given["chat"].as_bool() == Some(true) {
            let channel = demo.chat(WebchatSettings::default()).await.unwrap();
            let visitor = demo.data().visitor(&channel.id, VISITOR);
            if let Some(ticket) = given["visitor_ticket"].as_str() {
                visitor.put_ticket(ticket, SITE, demo.now.plus(30_000)).await.unwrap();
            }
            for (place, entry) in given["feed"].as_array().unwrap_or(&Vec::new()).iter().enumerate() {
                let session = serde_json::from_value(given["visitor"].clone()).unwrap();
                let entry = serde_json::from_value(entry.clone()).unwrap();
                visitor.append(&format!("given-{place}"), &entry, &session).await.unwrap();
            }
        }
        let push = RecordingPush::default();
        if let Some(connection) = given["lost"].as_str() {
            push.lose(connection);
        }
        let (clock, ids, invoke) = (Arc::new(FixedClock::at(demo.now)), Arc::default(), Arc::default());
        let bucket = TestBucket::new();
        let till = Till::new(&demo, &bucket, &clock, &invoke, &ids);
        till.given(&given["billing"]).await;
        let world = Self {
            clock,
            ids,
            identity,
            queue: Arc::default(),
            bus: Arc::default(),
            push: Arc::new(push),
            visitor_push: Arc::default(),
            invoke,
            http,
            bucket,
            till,
            demo,
            messages,
        };
        if let Some(operator) = given["operator"].as_str() {
            let id = operator.parse().unwrap();
            world.demo.store.installation().put_operator(&id).await.unwrap();
        }
        for step in given["before"].as_array().unwrap_or(&Vec::new()) {
            world.before(step).await;
        }
        world
    }

    /// Another function's event, or bytes that a browser has uploaded.
    async fn before(&self, step: &Value) {
        if let Some(file) = step["upload"].as_str() {
            let area = step["area"].as_str().unwrap_or("W");
            let url = format!("http://bucket.invalid/colibri-files/{area}/{}/{file}", self.demo.workspace);
            let signed = SignedRequest { url, headers: BTreeMap::new() };
            return self.bucket.upload(&signed, step["text"].as_str().unwrap().to_owned());
        }
        self.call(step["function"].as_str().unwrap(), &step["event"]).await;
        self.push.take();
        self.invoke.take();
    }

    fn gate(&self) -> Arc<Gate> {
        Arc::new(Gate::new(self.demo.store.clone(), self.identity.clone(), self.clock.clone()))
    }

    fn providers(&self) -> Providers {
        let http: Arc<dyn Http> = Arc::new(self.http.clone());
        let vault: Arc<dyn KeyVault> = Arc::new(MemoryVault);
        let urls = ProviderUrls {
            messenger: "https://graph.example".into(),
            instagram: "https://graph.example".into(),
            twilio: "https://texts.example".into(),
            whatsapp: "https://graph.example".into(),
            telegram: "https://bots.example".into(),
        };
        Providers { http, vault, urls, visitors: Some(self.visitors()) }
    }

    fn visitors(&self) -> Visitors {
        Visitors { push: self.visitor_push.clone(), base_url: "https://hooks.example".into() }
    }

    fn behind_gate<R: Resource + 'static>(&self, resource: R) -> Box<dyn HttpHandler> {
        Box::new(Api { gate: self.gate(), resource })
    }

    fn http_handler(&self, function: &str) -> Option<Box<dyn HttpHandler>> {
        let (clock, ids, store) = (self.clock.clone(), self.ids.clone(), self.demo.store.clone());
        Some(match function {
            "api-session" => self.behind_gate(SessionResource {
                attempts: Attempts::new(store.clone(), clock.clone()),
                store,
                push: self.push.clone(),
                clock,
                ids,
                identity: self.identity.clone(),
                console_origin: "https://console.example".into(),
            }),
            "api-users" => self.behind_gate(UsersResource {
                store,
                gate: self.gate(),
                push: self.push.clone(),
                clock,
                ids,
            }),
            "api-invitations" => self.behind_gate(InvitationsResource {
                clock,
                ids,
                mail: Arc::new(RecordingMail::default()),
                console_url: "https://console.example".into(),
            }),
            "api-teams" => self.behind_gate(TeamsResource { gate: self.gate(), clock, ids }),
            "api-roles" => self.behind_gate(RolesResource { gate: self.gate(), clock, ids }),
            "api-audit" => self.behind_gate(AuditResource { clock, ids }),
            "api-organization" => self.behind_gate(OrganizationResource { clock, ids }),
            "api-billing" => self.behind_gate(self.till.resource()),
            "api-operator-billing" => self.behind_gate(self.till.operator()),
            "webhook-payment" => self.till.webhook(),
            "api-operator" => self.behind_gate(OperatorResource { store, clock, ids }),
            "api-signup" => self.behind_gate(SignUpResource {
                store,
                identity: self.identity.clone(),
                mail: Arc::new(RecordingMail::default()),
                clock,
                ids,
                console_url: "https://console.example".into(),
            }),
            "api-me" => self.behind_gate(MeResource { store }),
            "api-workspace" => self.behind_gate(WorkspaceResource { gate: self.gate(), store, clock, ids }),
            "api-tags" => self.behind_gate(TagsResource { gate: self.gate(), clock, ids }),
            "api-fields" => self.behind_gate(FieldsResource { gate: self.gate(), clock, ids }),
            "api-stages" => self.behind_gate(StagesResource { gate: self.gate(), clock, ids }),
            "api-imports" => self.behind_gate(ImportsResource {
                gate: self.gate(),
                clock,
                ids,
                files: self.bucket.files(),
                invoke: self.invoke.clone(),
            }),
            "api-exports" => self.behind_gate(ExportsResource {
                clock,
                ids,
                files: self.bucket.files(),
                invoke: self.invoke.clone(),
            }),
            "api-segments" => self.behind_gate(SegmentsResource { clock, ids }),
            "api-contact-bulk" => self.behind_gate(BulkResource { clock, ids }),
            "api-contacts" => self.behind_gate(ContactsResource {
                clock,
                store,
                receipts: ReadReceipts { providers: self.providers() },
            }),
            "api-conversations" => self.behind_gate(ConversationsResource { clock, ids }),
            "api-contact-merge" => self.behind_gate(MergesResource { clock }),
            "api-contact-trash" => {
                self.behind_gate(TrashResource { clock, ids, invoke: self.invoke.clone() })
            }
            "api-messages" => self.behind_gate(MessagesResource {
                clock: clock.clone(),
                ids,
                queue: self.queue.clone(),
                reactions: Arc::new(ProviderReactions { providers: self.providers(), clock }),
            }),
            "api-comments" => self.behind_gate(CommentsResource { clock, ids }),
            "api-snippets" => self.behind_gate(SnippetsResource { clock }),
            "api-channels" => self.behind_gate(ChannelsResource {
                store,
                gate: self.gate(),
                providers: self.providers(),
                clock,
                ids,
                invoke: self.invoke.clone(),
                webhook_url: "https://hooks.example".into(),
                apps: MetaApps::parse(r#"{"424200000000001":{"secret":"s","verify_token":"v"}}"#).unwrap(),
                key: installation_key(),
            }),
            "api-templates" => self.behind_gate(TemplatesResource { invoke: self.invoke.clone() }),
            "api-files" => self.behind_gate(FilesResource { clock, ids, files: self.bucket.files() }),
            "api-notifications" => self.behind_gate(NotificationsResource),
            "api-sockets" => {
                self.behind_gate(SocketsResource { clock, ids, socket_url: "wss://socket.example".into() })
            }
            "webchat-session" => Box::new(self.demo.webchat(
                &self.clock,
                &self.ids,
                SessionRoutes { queue: self.queue.clone(), socket_url: "wss://visitors.example".into() },
            )),
            "webchat-message" => Box::new(self.demo.webchat(
                &self.clock,
                &self.ids,
                MessageRoutes {
                    queue: self.queue.clone(),
                    files: self.bucket.files(),
                    visitors: self.visitors(),
                },
            )),
            "webchat-file" => {
                let routes = FileRoutes { files: self.bucket.files() };
                Box::new(self.demo.webchat(&self.clock, &self.ids, routes))
            }
            "webchat-serve" => Box::new(WidgetServe { assets: WIDGET }),
            "console-serve" => {
                Box::new(ConsoleServe::new(ASSETS, "https://files.example", "wss://socket.example"))
            }
            _ => return None,
        })
    }

    fn json_handler(&self, function: &str) -> Option<Box<dyn JsonHandler>> {
        if let Some(handler) = self.till.json_handler(function) {
            return Some(handler);
        }
        let store = self.demo.store.clone();
        Some(match function {
            "contact-purge" => Box::new(ContactPurge {
                store,
                files: self.bucket.files(),
                invoke: self.invoke.clone(),
                clock: self.clock.clone(),
                pages: PAGES,
            }),
            "contact-import" => Box::new(ContactImport {
                store,
                files: self.bucket.files(),
                invoke: self.invoke.clone(),
                clock: self.clock.clone(),
                ids: self.ids.clone(),
                slices: SLICES,
            }),
            "contact-export" => Box::new(ContactExport {
                store,
                files: self.bucket.files(),
                invoke: self.invoke.clone(),
                clock: self.clock.clone(),
                slices: colibri_app::export::SLICES,
                span: None,
            }),
            "contact-admit" => {
                Box::new(ContactAdmit { store, queue: self.queue.clone(), invoke: self.invoke.clone() })
            }
            "contact-index" => Box::new(ContactIndex { store }),
            "notify" => Box::new(Notify { store, invoke: self.invoke.clone() }),
            "template-sync" => {
                Box::new(TemplateSync { store, providers: self.providers(), invoke: self.invoke.clone() })
            }
            "channel-check" => {
                let health = ChannelHealth {
                    providers: self.providers(),
                    clock: self.clock.clone(),
                    webhook_url: "https://hooks.example".into(),
                };
                Box::new(ChannelCheck {
                    store,
                    health,
                    invoke: self.invoke.clone(),
                    apps: MetaApps::parse(r#"{"424200000000001":{"secret":"s","verify_token":"v"}}"#)
                        .unwrap(),
                    key: installation_key(),
                })
            }
            "message-sweep" => Box::new(MessageSweep {
                store,
                queue: self.queue.clone(),
                clock: self.clock.clone(),
                metrics: Arc::new(RecordingMetrics::default()),
            }),
            "webchat-socket" => Box::new(WebchatSocket {
                store,
                visitors: self.visitor_push.clone(),
                agents: self.push.clone(),
                clock: self.clock.clone(),
                typed: Mutex::default(),
            }),
            "socket-connect" => {
                Box::new(SocketConnect { store, push: self.push.clone(), clock: self.clock.clone() })
            }
            "socket-disconnect" => Box::new(SocketDisconnect { store }),
            "socket-message" => {
                Box::new(SocketMessage::new(store, self.push.clone(), self.visitors(), self.clock.clone()))
            }
            _ => return None,
        })
    }

    /// What a route answers to Alba.
    pub(crate) async fn ask(&self, function: &str, method: &str, path: &str) -> Value {
        let event = json!({ "requestContext": { "http": { "method": method } }, "rawPath": path });
        let answer = self.call(function, &event).await;
        assert_eq!(answer["status"], 200, "{method} {path}: {answer}");
        answer["body"].clone()
    }

    /// How many items of each type the table holds.
    fn items(&self) -> Value {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for item in self.demo.table.items() {
            *counts.entry(item["_t"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        json!(counts)
    }

    /// The last part of each address that was called at a provider.
    fn addresses(&self) -> Vec<String> {
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.http.requests().iter().map(|request| last(request.uri().path())).collect()
    }

    /// Hands the event over as the runtime would, and says what came of it.
    pub(crate) async fn call(&self, function: &str, event: &Value) -> Value {
        let known = grants().iter().find(|grant| grant.function == function);
        // Who has no grants acts under a name that nothing is granted to.
        let name = known.map_or("nobody", |grant| &grant.function);
        let mut outcome = role::acting(name, self.called(function, event)).await;
        if outcome.get("answer").is_some() {
            let bot = colibri_domain::ChannelId::from_unique("bot");
            let texts = colibri_domain::ChannelId::from_unique("texts");
            outcome["texts"] = json!(self.demo.data().channel(&texts).await.unwrap());
            outcome["bot"] = json!(self.demo.data().channel(&bot).await.unwrap());
            outcome["number"] = json!(self.demo.data().channel(&self.demo.channel.id).await.unwrap());
        }
        outcome
    }

    async fn called(&self, function: &str, event: &Value) -> Value {
        let mut text = event.to_string();
        for (name, id) in &self.messages {
            text = text.replace(name, &id.to_string());
        }
        let event = &serde_json::from_str(&text).unwrap();
        if let Some(handler) = self.http_handler(function) {
            let mut request = request(event);
            if let Some(visitor) = event["visitor"].as_str() {
                let token = self.demo.visitor_token(visitor, self.demo.now);
                request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
            }
            let response = handler.handle(request).await;
            let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            let header = |name: &str| {
                response.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
            };
            return json!({
                "text": String::from_utf8_lossy(&response.body),
                "called": self.addresses(),
                "closed": self.push.closed(),
                "status": response.status.as_u16(),
                "body": body,
                "type": header("content-type"),
                "cookies": response.cookies.len(),
                "cache": header("cache-control"),
                "allowed": header("access-control-allow-origin"),
                "inbound": self.queue.all().iter().filter(|(name, _)| *name == QueueName::Inbound).count(),
            });
        }
        if let Some(handler) = self.json_handler(function) {
            return match handler.handle(event.clone()).await {
                Ok(answer) => {
                    json!({ "answer": answer, "pushed": self.push.take().len(),
                        "started": self.invoke.take().len(), "queued": self.queue.all().len() })
                }
                Err(_) => json!({ "failed": true }),
            };
        }
        match function {
            "media-fetch" => {
                let fetch = MediaFetch {
                    store: self.demo.store.clone(),
                    files: self.bucket.files(),
                    providers: self.providers(),
                    clock: self.clock.clone(),
                };
                let record = &event["Records"][0];
                let record = Record {
                    id: "m".into(),
                    body: record["body"].as_str().unwrap().into(),
                    group: None,
                    receive_count: 1,
                };
                let failed = fetch.handle(record).await.is_err();
                let page = self.demo.data().timeline(colibri_domain::ContactId(1), None, 10).await.unwrap();
                let content = page.items.iter().find_map(|entry| match entry {
                    colibri_store::Entry::Message(message) => Some((message.id, message.content.clone())),
                    _ => None,
                });
                let (id, content) = content.unwrap();
                json!({ "called": self.addresses(), "failed": failed, "id": id, "content": content, "stored": self.bucket.names().len() })
            }
            "webchat-note" => {
                let mail = RecordingMail::default();
                let note = WebchatNote {
                    store: self.demo.store.clone(),
                    vault: Arc::new(MemoryVault),
                    mail: Arc::new(mail.clone()),
                    queue: self.queue.clone(),
                    clock: self.clock.clone(),
                    metrics: Arc::new(RecordingMetrics::default()),
                    base_url: "https://hooks.example".into(),
                };
                let body = event["Records"][0]["body"].as_str().unwrap().to_owned();
                let record = Record { id: "n".into(), body, group: None, receive_count: 1 };
                let failed = note.handle(record).await.is_err();
                let again = self.queue.all().iter().filter(|(name, _)| *name == QueueName::Note).count();
                let subjects: Vec<String> = mail.take().into_iter().map(|mail| mail.subject).collect();
                json!({ "failed": failed, "subjects": subjects, "again": again })
            }
            "event-publish" => {
                let publish = EventPublish::new(
                    self.demo.store.clone(),
                    self.push.clone(),
                    self.bus.clone(),
                    self.queue.clone(),
                    self.clock.clone(),
                );
                let image = |record: &Value, name: &str| record["dynamodb"].get(name).map(plain);
                let records = event["Records"].as_array().unwrap().iter();
                let changes = records
                    .map(|r| Change {
                        sequence: "1".into(),
                        new: image(r, "NewImage"),
                        old: image(r, "OldImage"),
                    })
                    .collect();
                let repeat = publish.handle(changes).await;
                json!({ "repeat": repeat, "pushed": self.push.take().len(), "published": self.bus.take().len(), "buried": self.queue.all().len() })
            }
            other => panic!("{other}: no handler"),
        }
    }
}

/// A message that was stored, of which nothing has followed: `seconds` ago, `from` the contact or `to` him.
async fn stored(demo: &Demo, mark: &Value) {
    let head = demo.data().head(colibri_domain::ContactId(1)).await.unwrap().unwrap();
    let before = -mark["seconds"].as_i64().unwrap();
    if let Some(text) = mark["from"].as_str() {
        let message = demo.incoming(&head, "wamid.lost", before, text);
        demo.data().put_message(&message).await.unwrap();
        demo.data().mark_pending(head.id, message.id).await.unwrap();
    }
    if let Some(text) = mark["to"].as_str() {
        let message = demo.outgoing(&head, "k1", before, text);
        let context = WriteContext { actor: message.sender.clone(), now: message.at };
        let claim = SendClaim { key: "k1".into(), fingerprint: "f".into() };
        let opened = colibri_domain::ConversationId::opened_by(head.id, message.id);
        let rule = |head, message: &_| colibri_domain::conversation::sent(head, message, &opened);
        demo.data().accept_send(claim, message, &context, rule).await.unwrap();
    }
}

/// The texts of a stream image: the cases use no other type.
fn plain(image: &Value) -> Value {
    let fields = image.as_object().unwrap().iter();
    fields.map(|(name, value)| (name.clone(), value["S"].clone())).collect::<serde_json::Map<_, _>>().into()
}

fn request(event: &Value) -> Request {
    let mut headers = header_map(event);
    if event["anonymous"].as_bool() != Some(true) {
        let subject = event["as"].as_str().unwrap_or("sub-alba");
        let token = FakeIdentity::token(subject, colibri_domain::Millis(0));
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    Request {
        method: event["requestContext"]["http"]["method"].as_str().unwrap().parse().unwrap(),
        path: event["rawPath"].as_str().unwrap().to_owned(),
        query: event["rawQueryString"].as_str().unwrap_or_default().to_owned(),
        headers,
        cookies: event["cookies"]
            .as_array()
            .unwrap_or(&Vec::new())
            .iter()
            .filter_map(|c| c.as_str().map(str::to_owned))
            .collect(),
        body: Bytes::from(event["body"].as_str().unwrap_or_default().to_owned()),
        source_ip: "203.0.113.7".into(),
        request_id: "r1".into(),
    }
}

fn header_map(event: &Value) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    for (name, value) in event["headers"].as_object().unwrap_or(&serde_json::Map::new()) {
        let name: http::HeaderName = name.parse().unwrap();
        headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    headers
}

/// Runs every case of every function that is not on the way of a message.
pub(crate) async fn cases() {
    let events = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut folders: Vec<_> = fs::read_dir(&events)
        .unwrap()
        .filter_map(Result::ok)
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        let function = folder.file_name().unwrap().to_string_lossy().into_owned();
        if ON_THE_PATH.contains(&function.as_str()) {
            continue;
        }
        let files: Vec<_> = fs::read_dir(&folder).unwrap().filter_map(Result::ok).map(|e| e.path()).collect();
        for name in ["happy", "malformed", "duplicate"] {
            assert!(
                files.iter().any(|f| f.file_stem().is_some_and(|stem| stem == name)),
                "{function}: no case {name}"
            );
        }
        for file in files {
            let case: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            let world = World::new(&case["given"]).await;
            let times = usize::try_from(case["times"].as_u64().unwrap_or(1)).unwrap();
            let mut got = Value::Null;
            for event in iter::repeat_n(&case["event"], times) {
                got = world.call(&function, event).await;
            }
            got["items"] = world.items();
            got["till"] = world.till.found().await;
            assert!(fits(&case["expect"], &got), "{}: got {got:#}", file.display());
        }
    }
}
