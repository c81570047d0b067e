//! Golden cases of the API and of everything that is started by an event: one handler, one call, what it answers.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::{fs, iter};

use bytes::Bytes;
use colibri_app::api::channels::ChannelsResource;
use colibri_app::api::comments::CommentsResource;
use colibri_app::api::contacts::ContactsResource;
use colibri_app::api::conversations::ConversationsResource;
use colibri_app::api::files::FilesResource;
use colibri_app::api::me::MeResource;
use colibri_app::api::messages::MessagesResource;
use colibri_app::api::notifications::NotificationsResource;
use colibri_app::api::session::SessionResource;
use colibri_app::api::sockets::SocketsResource;
use colibri_app::api::templates::TemplatesResource;
use colibri_app::api::workspace::WorkspaceResource;
use colibri_app::api::{Api, Gate, Resource};
use colibri_app::channel_check::ChannelCheck;
use colibri_app::channel_health::ChannelHealth;
use colibri_app::console_serve::{Asset, ConsoleServe};
use colibri_app::contact_index::ContactIndex;
use colibri_app::http::{Change, HttpHandler, JsonHandler, Record, RecordHandler, Request, StreamHandler};
use colibri_app::media::MediaFetch;
use colibri_app::notify::Notify;
use colibri_app::ports::{Http, KeyVault};
use colibri_app::provider::{ProviderUrls, Providers};
use colibri_app::publish::EventPublish;
use colibri_app::react::ProviderReactions;
use colibri_app::realtime::{SocketConnect, SocketDisconnect, SocketMessage};
use colibri_app::receipts::ReadReceipts;
use colibri_app::settings::MetaApps;
use colibri_app::template_sync::TemplateSync;
use colibri_testing::path::installation_key;
use colibri_testing::{
    Demo, FakeIdentity, FixedClock, MemoryVault, RecordingBus, RecordingInvoke, RecordingPush,
    RecordingQueue, ScriptedHttp, SeqIds, TestBucket,
};
use serde_json::{Value, json};

use crate::golden::fits;

const ASSETS: &[Asset] = &[Asset { path: "index.html", bytes: b"<!doctype html><title>Colibri</title>" }];

/// One installation in memory.
pub(crate) struct World {
    demo: Demo,
    clock: Arc<FixedClock>,
    ids: Arc<SeqIds>,
    identity: Arc<FakeIdentity>,
    queue: Arc<RecordingQueue>,
    bus: Arc<RecordingBus>,
    push: Arc<RecordingPush>,
    invoke: Arc<RecordingInvoke>,
    http: ScriptedHttp,
    bucket: TestBucket,
}

impl World {
    async fn new(given: &Value) -> Self {
        let demo = Demo::new().await;
        if given["bot"].as_bool() == Some(true) {
            demo.connect_bot().await;
        }
        Self::over(demo, given).await
    }

    /// Functions over what is stored, and over what is given beside it.
    pub(crate) async fn over(demo: Demo, given: &Value) -> Self {
        let http = ScriptedHttp::default();
        for answer in given["provider"].as_array().unwrap_or(&Vec::new()) {
            http.answer(
                u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
                answer["body"].to_string(),
            );
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
            }
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
                user: demo.alba.clone(),
                viewing: None,
                opened_at: demo.now,
            };
            demo.data().put_socket(&socket).await.unwrap();
        }
        Self {
            clock: Arc::new(FixedClock::at(demo.now)),
            ids: Arc::default(),
            identity,
            queue: Arc::default(),
            bus: Arc::default(),
            push: Arc::default(),
            invoke: Arc::default(),
            http,
            bucket: TestBucket::new(),
            demo,
        }
    }

    fn gate(&self) -> Arc<Gate> {
        Arc::new(Gate::new(self.demo.store.clone(), self.identity.clone(), self.clock.clone()))
    }

    fn providers(&self) -> Providers {
        let http: Arc<dyn Http> = Arc::new(self.http.clone());
        let vault: Arc<dyn KeyVault> = Arc::new(MemoryVault);
        Providers {
            http,
            vault,
            urls: ProviderUrls {
                whatsapp: "https://graph.example".into(),
                telegram: "https://bots.example".into(),
            },
        }
    }

    fn behind_gate<R: Resource + 'static>(&self, resource: R) -> Box<dyn HttpHandler> {
        Box::new(Api { gate: self.gate(), resource })
    }

    fn http_handler(&self, function: &str) -> Option<Box<dyn HttpHandler>> {
        let (clock, ids, store) = (self.clock.clone(), self.ids.clone(), self.demo.store.clone());
        Some(match function {
            "api-session" => self.behind_gate(SessionResource {
                identity: self.identity.clone(),
                console_origin: "https://console.example".into(),
            }),
            "api-me" => self.behind_gate(MeResource { store }),
            "api-workspace" => self.behind_gate(WorkspaceResource { store }),
            "api-contacts" => self.behind_gate(ContactsResource {
                clock,
                store,
                receipts: ReadReceipts { providers: self.providers() },
            }),
            "api-conversations" => self.behind_gate(ConversationsResource { clock, ids }),
            "api-messages" => self.behind_gate(MessagesResource {
                clock: clock.clone(),
                ids,
                queue: self.queue.clone(),
                reactions: Arc::new(ProviderReactions { providers: self.providers(), clock }),
            }),
            "api-comments" => self.behind_gate(CommentsResource { clock, ids }),
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
            "console-serve" => {
                Box::new(ConsoleServe::new(ASSETS, "https://files.example", "wss://socket.example"))
            }
            _ => return None,
        })
    }

    fn json_handler(&self, function: &str) -> Option<Box<dyn JsonHandler>> {
        let store = self.demo.store.clone();
        Some(match function {
            "contact-index" => Box::new(ContactIndex { store }),
            "notify" => Box::new(Notify { store }),
            "template-sync" => {
                Box::new(TemplateSync { store, providers: self.providers(), invoke: self.invoke.clone() })
            }
            "channel-check" => {
                let health = ChannelHealth {
                    providers: self.providers(),
                    clock: self.clock.clone(),
                    webhook_url: "https://hooks.example".into(),
                };
                Box::new(ChannelCheck { store, health, invoke: self.invoke.clone() })
            }
            "socket-connect" => Box::new(SocketConnect { store, clock: self.clock.clone() }),
            "socket-disconnect" => Box::new(SocketDisconnect { store }),
            "socket-message" => Box::new(SocketMessage::new(store, self.push.clone(), self.clock.clone())),
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

    /// The last part of each address that was called at a provider.
    fn called(&self) -> Vec<String> {
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.http.requests().iter().map(|request| last(request.uri().path())).collect()
    }

    /// Hands the event over as the runtime would, and says what came of it.
    async fn call(&self, function: &str, event: &Value) -> Value {
        if let Some(handler) = self.http_handler(function) {
            let response = handler.handle(request(event)).await;
            let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            let header = |name: &str| {
                response.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
            };
            return json!({
                "called": self.called(),
                "status": response.status.as_u16(),
                "body": body,
                "type": header("content-type"),
                "cookies": response.cookies.len(),
            });
        }
        if let Some(handler) = self.json_handler(function) {
            return match handler.handle(event.clone()).await {
                Ok(answer) => {
                    let bot = colibri_domain::ChannelId::from_unique("bot");
                    let bot = self.demo.data().channel(&bot).await.unwrap();
                    json!({ "bot": bot, "answer": answer, "pushed": self.push.take().len(), "started": self.invoke.take().len() })
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
                json!({ "called": self.called(), "failed": failed, "id": id, "content": content, "stored": self.bucket.names().len() })
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

#[tokio::test]
async fn every_other_function_does_what_its_cases_say() {
    let events = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let on_the_path =
        ["webhook-whatsapp", "webhook-telegram", "message-receive", "message-status", "message-send"];
    let mut folders: Vec<_> = fs::read_dir(&events)
        .unwrap()
        .filter_map(Result::ok)
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        let function = folder.file_name().unwrap().to_string_lossy().into_owned();
        if on_the_path.contains(&function.as_str()) {
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
            assert!(fits(&case["expect"], &got), "{}: got {got:#}", file.display());
        }
    }
}
