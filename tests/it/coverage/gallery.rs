//! A workspace in which each contact has lived through one case, by the handlers that do it in the cloud.

use std::collections::BTreeMap;

use colibri_app::http::{Record, RecordHandler};
use colibri_app::ports::QueueName;
use colibri_app::status::reference;
use colibri_channels::send::{Checked, Material, check};
use colibri_domain::channel::{Channel, ChannelSource};
use colibri_domain::content::{AttachmentState, Content, FileRef, Media};
use colibri_domain::failure::Failure;
use colibri_domain::inbound::{InboundEvent, StatusJob, StatusReport};
use colibri_domain::message::{Message, Reaction, ReactionFrom, StatusValue};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::{ContactId, FileId, Seconds};
use colibri_testing::{Demo, Path, TestTable, demo};
use serde_json::{Value, json};

use super::Row;
use crate::golden_other::World;

/// The workspace.
pub struct Gallery {
    path: Path,
    channels: BTreeMap<ChannelSource, Channel>,
    files: BTreeMap<String, String>,
    contacts: u64,
}

impl Gallery {
    /// A workspace with room for this many contacts and a channel of every kind.
    pub async fn new(room: u64) -> Self {
        let path = Path::over(Demo::on(TestTable::without_stream(), room).await);
        let mut channels = BTreeMap::new();
        for source in ChannelSource::ALL {
            let mut channel = path.demo.channel.clone();
            if channel.source != *source {
                channel = demo::channel(&path.demo.workspace, source.as_str(), source.as_str());
                channel.source = *source;
                source.as_str().clone_into(&mut channel.name);
                path.demo.data().put_channel(&channel, None).await.unwrap();
            }
            channels.insert(*source, channel);
        }
        Self { path, channels, files: BTreeMap::new(), contacts: 0 }
    }

    fn at(&self, second: i64) -> Seconds {
        Seconds(self.path.second(second))
    }

    /// Lets a contact of its own live through a case.
    pub async fn show(&mut self, row: &Row) -> ContactId {
        self.contacts += 1;
        let contact = ContactId(self.contacts);
        match row.list.as_str() {
            "inbound" => self.inbound(row).await,
            "outbound" => self.outbound(row, contact).await,
            _ => self.report(row, contact).await,
        }
        self.fetch(contact).await;
        contact
    }

    fn person(&self, row: &Row) -> Value {
        let digits = format!("5939{:08}", self.contacts);
        json!({ "id": digits, "phone": digits, "name": format!("{} {}", row.list, row.word) })
    }

    /// One event of this row's person, as it stands on the queue.
    async fn event(&self, row: &Row, mut event: Value, second: i64) {
        event["from"] = self.person(row);
        event["at"] = json!(self.at(second).0);
        event["workspace_id"] = json!(self.path.demo.workspace);
        event["channel_id"] = json!(self.channels[&row.source].id);
        event["source"] = json!(row.source);
        event["received_at"] = json!(self.at(second).millis());
        let event: InboundEvent =
            serde_json::from_value(event).unwrap_or_else(|error| panic!("{}: {error}", row.case));
        self.hand_over(&self.path.receive, &row.case, &event).await;
    }

    async fn hand_over(&self, handler: &dyn RecordHandler, case: &str, body: &impl serde::Serialize) {
        let body = serde_json::to_string(body).unwrap();
        let record = Record { id: "record".into(), body, group: None, receive_count: 1 };
        handler.handle(record).await.unwrap_or_else(|error| panic!("{case}: {error}"));
    }

    async fn says(&self, row: &Row, who: &str, id: &str, second: i64, text: &str) {
        let message = json!({ "event": who, "provider_id": id, "content": { "kind": "text", "text": text }, "place": 0 });
        self.event(row, message, second).await;
    }

    /// What the case's person did, after a greeting and what it refers to.
    async fn inbound(&self, row: &Row) {
        self.says(row, "message", &format!("greeting-{}", self.contacts), -120, "Buenas tardes").await;
        // A case is one account's, or a whole delivery.
        let expected = &row.value["expected"];
        let accounts = expected["accounts"].as_array().map_or(std::slice::from_ref(expected), Vec::as_slice);
        let events: Vec<Value> =
            accounts.iter().filter_map(|account| account["events"].as_array()).flatten().cloned().collect();
        assert!(!events.is_empty(), "{}: it tells of no event", row.case);
        for (event, second) in events.into_iter().zip(-60..) {
            // Edits and revokes are about the person's own message; reactions and replies are about ours.
            let own = matches!(event["event"].as_str(), Some("edit" | "revoke"));
            let who = if own { "message" } else { "echo" };
            for target in ["target", "reply_to"] {
                if let Some(id) = event[target].as_str() {
                    self.says(row, who, id, -90, "¿Lo prefiere en gris?").await;
                }
            }
            self.event(row, event, second).await;
        }
    }

    /// An answer of Alba's to a greeting.
    async fn answer(&self, row: &Row, contact: ContactId, what: Option<Checked>) -> Message {
        self.says(row, "message", &format!("greeting-{}", self.contacts), -120, "¿Está listo mi pedido?")
            .await;
        let head = self.path.head(contact.0).await;
        let key = format!("answer-{}", self.contacts);
        let mut message = self.path.demo.outgoing(&head, &key, -60, "Sí, puede retirarlo hoy.");
        message.channel_id = self.channels[&row.source].id.clone();
        message.contact_channel_id = head.channels[0].id.clone();
        if let Some(what) = what {
            (message.content, message.outbound) = (what.shown, Some(what.content));
        }
        let message = self.path.accept(message).await;
        self.path.queue.take(QueueName::Outbound);
        message
    }

    async fn reported(&self, row: &Row, message: &Message, value: StatusValue, failure: Option<Failure>) {
        let report = StatusReport {
            provider_id: format!("sent-{}", self.contacts),
            reference: Some(reference(&self.path.demo.workspace, message.contact_id, message.id)),
            value,
            at: self.at(-30),
            failure,
            recipient: None,
            pricing: None,
        };
        let job = StatusJob::Status {
            workspace_id: self.path.demo.workspace.clone(),
            channel_id: message.channel_id.clone(),
            report,
            parked: 0,
        };
        self.hand_over(&self.path.status, &row.case, &job).await;
    }

    /// A status or an error code: an answer of ours, and what the provider then tells of it.
    async fn report(&self, row: &Row, contact: ContactId) {
        let message = self.answer(row, contact, None).await;
        let failure: Option<Failure> =
            found(&row.value["expected"], "failure").map(|f| serde_json::from_value(f.clone()).unwrap());
        if row.list == "error" {
            assert!(failure.is_some(), "{}: it tells of no failure", row.case);
            return self.reported(row, &message, StatusValue::Failed, failure).await;
        }
        self.reported(row, &message, StatusValue::Sent, None).await;
        // A word that says nothing about the way of a message leaves it as it was.
        if let Some(value) = found(&row.value["expected"], "value") {
            let value: StatusValue = serde_json::from_value(value.clone()).unwrap();
            self.reported(row, &message, value, failure).await;
        }
    }

    /// A content that we sent, a reaction of ours, or a read receipt.
    async fn outbound(&mut self, row: &Row, contact: ContactId) {
        let case = &row.value;
        if let Some(content) = case.get("content") {
            let checked = self.checked(row, content);
            let message = self.answer(row, contact, Some(checked)).await;
            return self.reported(row, &message, StatusValue::Delivered, None).await;
        }
        let greeting = format!("greeting-{}", self.contacts);
        self.says(row, "message", &greeting, -120, "¿Está listo mi pedido?").await;
        let Some(emoji) = found(&case["reaction"], "emoji") else {
            let read = format!("/console/{}/contacts/{contact}/read", self.path.demo.workspace);
            self.world().await.ask("api-contacts", "POST", &read).await;
            return;
        };
        let emoji = emoji.as_str().unwrap().to_owned();
        let stored = self.path.messages(contact.0).await.remove(0);
        let at = self.at(-30).millis();
        let reacted = |message: &mut Message| {
            message.reactions.push(Reaction { from: ReactionFrom::Us, emoji: emoji.clone(), at });
            true
        };
        self.path.demo.data().change_message(contact, stored.id, at, reacted).await.unwrap();
    }

    fn checked(&mut self, row: &Row, content: &Value) -> Checked {
        let id = row.value["file"]["id"].as_str().unwrap_or("no file");
        let own = format!("file_{}", self.contacts);
        let renamed = |value: &Value| -> Value {
            serde_json::from_str(&value.to_string().replace(&format!("\"{id}\""), &format!("\"{own}\"")))
                .unwrap()
        };
        let content: OutboundContent = serde_json::from_value(renamed(content)).unwrap();
        let file: Option<FileRef> =
            row.value.get("file").map(|f| serde_json::from_value(renamed(f)).unwrap());
        if let Some(file) = &file {
            self.files.insert(file.id.to_string(), file.mime_type.clone());
        }
        let template = row.value.get("template").map(|t| serde_json::from_value(t.clone()).unwrap());
        let material = Material { file: file.as_ref(), template: template.as_ref(), language: "es" };
        check(row.source, &content, &material).unwrap_or_else(|refusal| panic!("{}: {refusal:?}", row.case))
    }

    /// Gives attachments the bytes that `media-fetch` would have brought.
    async fn fetch(&mut self, contact: ContactId) {
        self.path.queue.take(QueueName::Media);
        for message in self.path.messages(contact.0).await {
            let Content::Attachment(attachment) = &message.content else { continue };
            if attachment.state != AttachmentState::Fetching {
                continue;
            }
            let mime_type = match attachment.media {
                Media::Image => "image/png",
                Media::Sticker => "image/webp",
                Media::Video => "video/mp4",
                Media::Audio => "audio/ogg; codecs=opus",
                Media::File => "application/pdf",
            };
            let file = json!({ "id": FileId::from_unique(&format!("of{contact}")), "mime_type": mime_type,
                "size": 48_000, "width": 640, "height": 480, "duration_ms": 4_000 });
            let file: FileRef = serde_json::from_value(file).unwrap();
            self.files.insert(file.id.to_string(), mime_type.to_owned());
            let rule = |message: &mut Message| {
                if let Content::Attachment(attachment) = &mut message.content {
                    attachment.file = Some(file.clone());
                    attachment.state = AttachmentState::Ready;
                }
                true
            };
            let now = self.at(-20).millis();
            self.path.demo.data().change_message(contact, message.id, now, rule).await.unwrap();
        }
    }

    async fn world(&self) -> World {
        World::over(self.path.demo.clone(), &json!({})).await
    }

    /// What the console asks for to show each row, as the API answers it.
    pub async fn answers(&self, rows: &[Value]) -> Value {
        let world = self.world().await;
        let base = format!("/console/{}", self.path.demo.workspace);
        let mut contacts = serde_json::Map::new();
        for row in rows {
            let id = &row["contact"];
            let timeline = world.ask("api-messages", "GET", &format!("{base}/messages/{id}")).await;
            let contact = world.ask("api-contacts", "GET", &format!("{base}/contacts/{id}")).await;
            let activity = world.ask("api-contacts", "GET", &format!("{base}/contacts/{id}/activity")).await;
            contacts.insert(
                id.to_string(),
                json!({ "timeline": timeline, "contact": contact, "activity": activity }),
            );
        }
        json!({
            "now": self.path.demo.now,
            "workspace": self.path.demo.workspace,
            "me": world.ask("api-me", "GET", "/me").await,
            "bundle": world.ask("api-workspace", "GET", &format!("{base}/workspace")).await,
            "counts": world.ask("api-contacts", "GET", &format!("{base}/contacts/counts")).await,
            "contacts": contacts,
            "files": self.files,
            "rows": rows,
        })
    }
}

/// The first member of this name, however deep.
fn found<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(name).or_else(|| map.values().find_map(|inner| found(inner, name))),
        Value::Array(items) => items.iter().find_map(|inner| found(inner, name)),
        _ => None,
    }
}
