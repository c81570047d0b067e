//! What was written becomes known: to the screens that may see it, and to whoever consumes events.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use colibri_domain::activity::{Activity, Comment};
use colibri_domain::contact::Head;
use colibri_domain::event::{Event, EventKind};
use colibri_domain::message::Message;
use colibri_domain::{ContactId, MessageId, Millis, UserId, WorkspaceId};
use colibri_store::{
    Entry, Pending, Settings, Socket, Store, carried_arrival, carried_correlation, carried_events,
    carried_head, carried_taken, correlation, keys, named_messages,
};
use futures::StreamExt;
use serde::Serialize;
use serde_json::json;

use crate::api::view::{ContactHead, MessageView, TimelineItem};
use crate::http::{Change, StreamHandler};
use crate::ports::{Bus, BusEvent, Clock, Metrics, Push, Pushed, Queue, QueueMessage, QueueName};

/// How long it is trusted who listens, in milliseconds.
const SOCKETS_MILLIS: i64 = 3_000;
/// How long it is trusted who may see what, in milliseconds: as long as behind the API.
const SETTINGS_MILLIS: i64 = 30_000;
/// Bytes of frames that go together: a message over a socket has at most 128 KB.
const TOGETHER: usize = 100_000;
/// A push that takes longer is abandoned: reading catches up.
const PUSH_LIMIT: Duration = Duration::from_millis(300);
/// With more sockets than this that may see a contact, only its viewers and its assignee get the whole frame.
const FULL_PUSHES: usize = 5;
/// Others get one hint in this many milliseconds.
const HINT_MILLIS: i64 = 1_000;
/// Pushes at the same time.
const PARALLEL: usize = 16;

/// Publishes carried events.
pub struct EventPublish {
    store: Store,
    push: Arc<dyn Push>,
    bus: Arc<dyn Bus>,
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    metrics: Option<Arc<dyn Metrics>>,
    audiences: Mutex<HashMap<WorkspaceId, (Millis, Arc<Audience>)>>,
    settings: Mutex<HashMap<WorkspaceId, (Millis, Arc<Settings>)>>,
    hinted: Mutex<HashMap<String, Millis>>,
}

/// Messages by the place where they are kept.
type Messages = BTreeMap<(WorkspaceId, ContactId, MessageId), Message>;

struct Audience {
    settings: Arc<Settings>,
    sockets: Vec<Socket>,
}

/// A frame for the sockets, and who gets it.
struct Frame {
    body: String,
    /// Only this user, when it is his own affair.
    only: Option<UserId>,
}

/// One change with what it carries.
struct Carried {
    events: Vec<Event>,
    head: Option<Head>,
    old_head: Option<Head>,
    item: Option<TimelineItem>,
}

#[async_trait]
impl StreamHandler for EventPublish {
    async fn handle(&self, changes: Vec<Change>) -> Option<String> {
        // Whoever stores a message tells its contact's head at once, unless it dies between the two.
        let mut untold: Vec<Pending> = Vec::new();
        let mut messages = written(&changes);
        for change in changes {
            let Some(new) = &change.new else { continue };
            untold.extend(carried_arrival(new, change.old.as_ref()));
            if !untold.is_empty() {
                let told = carried_taken(new);
                untold.retain(|arrived| !told.contains(arrived));
            }
            self.fetch_named(new, &mut messages).await;
            let carried = match carried(new, change.old.as_ref(), &messages) {
                Ok(carried) if carried.events.is_empty() => continue,
                Ok(carried) => carried,
                Err(error) => {
                    // Category and place only: the error may quote what a customer wrote.
                    let reason = format!("unreadable: {:?} at {}", error.classify(), error.column());
                    correlation::within(carried_correlation(new), self.bury(&change, &reason)).await;
                    continue;
                }
            };
            let work = async {
                if let Err(reason) = self.publish(carried).await {
                    self.bury(&change, &reason).await;
                }
            };
            correlation::within(carried_correlation(new), work).await;
        }
        self.leave_to_sweep(untold).await;
        None
    }
}

/// The messages whose items these changes wrote, as they were first.
fn written(changes: &[Change]) -> Messages {
    let mut messages = Messages::new();
    for new in changes.iter().filter_map(|change| change.new.as_ref()) {
        let of = |name: &str| new.get(name).and_then(serde_json::Value::as_str);
        let at = of("PK").zip(of("SK")).and_then(|(pk, sk)| keys::parse_message(pk, sk));
        if let (Some(at), Ok(Some(Entry::Message(message)))) = (at, colibri_store::carried_entry(new)) {
            messages.entry(at).or_insert(message);
        }
    }
    messages
}

fn carried(
    new: &serde_json::Value,
    old: Option<&serde_json::Value>,
    messages: &Messages,
) -> Result<Carried, serde_json::Error> {
    let named = named_messages(new);
    let message = |id: MessageId| {
        let at = named.iter().find(|named| named.message == id)?;
        messages.get(&(at.workspace.clone(), at.contact, id)).cloned()
    };
    let mut events = carried_events(new, old, &message)?;
    let head = carried_head(new).map(|c| c.head);
    if let Some(head) = &head {
        for event in &mut events {
            event.version = head.version;
        }
    }
    let old_head = old.and_then(carried_head).map(|c| c.head);
    let item = colibri_store::carried_entry(new).ok().flatten().map(|entry: Entry| TimelineItem::from(entry));
    Ok(Carried { events, head, old_head, item })
}

impl EventPublish {
    /// Builds the publisher.
    pub fn new(
        store: Store,
        push: Arc<dyn Push>,
        bus: Arc<dyn Bus>,
        queue: Arc<dyn Queue>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (audiences, settings, hinted) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { store, push, bus, queue, clock, metrics: None, audiences, settings, hinted }
    }

    /// Counts how late events become known.
    #[must_use]
    pub fn counting(self, metrics: Arc<dyn Metrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// Reads the messages that the events of a change name and whose items did not come with them: the batch before
    /// ended between the two.
    async fn fetch_named(&self, new: &serde_json::Value, messages: &mut Messages) {
        for named in named_messages(new) {
            let at = (named.workspace, named.contact, named.message);
            if messages.contains_key(&at) {
                continue;
            }
            match self.store.workspace(&at.0).message(at.1, at.2).await {
                Ok(Some(message)) => {
                    messages.insert(at, message);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(message.id = %at.2, error.cause = %error, "message not read"),
            }
        }
    }

    /// Messages whose heads did not come with them: mostly the batch ends between the two, else the sweep repairs it.
    async fn leave_to_sweep(&self, untold: Vec<Pending>) {
        for arrived in untold {
            let store = self.store.workspace(&arrived.workspace);
            if let Err(error) = store.mark_pending(arrived.contact, arrived.message).await {
                tracing::warn!(message.id = %arrived.message, error.cause = %error, "arrival not marked");
            }
        }
    }

    /// How long ago what has become known now was written.
    fn lag(&self, events: &[Event]) {
        let (Some(metrics), Some(event)) = (&self.metrics, events.first()) else { return };
        metrics.worst("realtime.lag", self.clock.now().since(event.at));
    }

    /// A change that cannot be published goes whole to the dead letters: the stream's own would keep only a pointer.
    async fn bury(&self, change: &Change, reason: &str) {
        tracing::error!(error.cause = reason, stream.sequence = %change.sequence, "event not published");
        let whole =
            json!({ "source": "event-publish", "reason": reason, "new": change.new, "old": change.old });
        let letter = QueueMessage {
            body: whole.to_string(),
            group: "event-publish".into(),
            dedup: None,
            delay: Duration::ZERO,
        };
        if let Err(error) = self.queue.send(QueueName::Dead, vec![letter]).await {
            tracing::error!(error.cause = %error, "dead letter not stored");
        }
    }

    async fn publish(&self, carried: Carried) -> Result<(), String> {
        let Some(workspace) = carried.events.first().map(|e| e.workspace_id.clone()) else { return Ok(()) };
        let bus: Vec<BusEvent> = carried
            .events
            .iter()
            .filter(|e| !e.kind.is_screen_only())
            .filter(|e| on_bus(&e.kind))
            .filter_map(|e| bus_event(e, carried.head.as_ref()))
            .collect();
        if !bus.is_empty() {
            let refused = self.bus.publish(bus).await.map_err(|e| e.to_string())?;
            if !refused.is_empty() {
                return Err(format!("{} events not accepted by the bus", refused.len()));
            }
        }
        // Best effort: what a screen misses it reads.
        if tokio::time::timeout(PUSH_LIMIT * 4, self.show(&workspace, &carried)).await.is_err() {
            tracing::info!(workspace.id = %workspace, "pushes abandoned");
        }
        self.lag(&carried.events);
        Ok(())
    }

    async fn show(&self, workspace: &WorkspaceId, carried: &Carried) {
        let Ok(Some(audience)) = self.audience(workspace).await else { return };
        if audience.sockets.is_empty() {
            return;
        }
        let mut contact = carried.events.iter().find_map(|e| e.contact_id);
        let assignee = match (carried.head.as_ref().or(carried.old_head.as_ref()), contact) {
            (Some(head), _) => Some(head.assignee.clone()),
            // A change of a message alone: who may see it stands in the head.
            (None, Some(kept))
                if !carried
                    .events
                    .iter()
                    .all(|e| matches!(e.kind, EventKind::NotificationCreated { .. })) =>
            {
                match self.store.workspace(workspace).head(kept).await {
                    Ok(Some(head)) => {
                        // What is kept under a merged contact is shown with the one it became.
                        contact = Some(head.id);
                        Some(head.assignee)
                    }
                    _ => return,
                }
            }
            _ => None,
        };
        let mut targets: Vec<(String, String)> = Vec::new();
        for frame in frames(carried, contact) {
            let (full, hinted) = receivers(&audience, &frame, assignee.as_ref(), contact);
            targets.extend(full.into_iter().map(|socket| (socket, frame.body.clone())));
            let due = hinted.into_iter().filter(|socket| self.hint_due(socket));
            targets.extend(due.map(|socket| (socket, r#"{"type":"hint"}"#.to_owned())));
        }
        if let (Some(head), Some(old)) = (&carried.head, &carried.old_head)
            && head.assignee != old.assignee
        {
            targets.extend(lost_sight(&audience, head, old));
        }
        futures::stream::iter(together(targets))
            .for_each_concurrent(PARALLEL, |(connection, body)| async move {
                if let Ok(Ok(Pushed::Gone)) =
                    tokio::time::timeout(PUSH_LIMIT, self.push.push(&connection, &body)).await
                {
                    let _ = self.store.workspace(workspace).delete_socket(&connection).await;
                    self.forget(workspace);
                }
            })
            .await;
    }

    async fn audience(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Option<Arc<Audience>>, colibri_store::StoreError> {
        let now = self.clock.now();
        if let Some((at, audience)) =
            self.audiences.lock().unwrap_or_else(PoisonError::into_inner).get(workspace)
            && now.since(*at) < SOCKETS_MILLIS
        {
            return Ok(Some(Arc::clone(audience)));
        }
        let sockets = self.store.workspace(workspace).sockets().await?;
        let Some(settings) = self.settings(workspace, now, &sockets).await? else { return Ok(None) };
        let audience = Arc::new(Audience { settings, sockets });
        self.audiences
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(workspace.clone(), (now, Arc::clone(&audience)));
        Ok(Some(audience))
    }

    async fn settings(
        &self,
        workspace: &WorkspaceId,
        now: Millis,
        sockets: &[Socket],
    ) -> Result<Option<Arc<Settings>>, colibri_store::StoreError> {
        // Somebody who listens and is not known yet has joined since.
        let knows =
            |settings: &Settings| sockets.iter().all(|socket| settings.member(&socket.user).is_some());
        if let Some((at, settings)) =
            self.settings.lock().unwrap_or_else(PoisonError::into_inner).get(workspace)
            && now.since(*at) < SETTINGS_MILLIS
            && knows(settings)
        {
            return Ok(Some(Arc::clone(settings)));
        }
        let Some(fresh) = self.store.workspace(workspace).settings().await? else { return Ok(None) };
        let fresh = Arc::new(fresh);
        let entry = (now, Arc::clone(&fresh));
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace.clone(), entry);
        Ok(Some(fresh))
    }

    fn forget(&self, workspace: &WorkspaceId) {
        self.audiences.lock().unwrap_or_else(PoisonError::into_inner).remove(workspace);
    }

    /// Whether a socket's next hint is due; remembers that it was given.
    fn hint_due(&self, connection: &str) -> bool {
        let now = self.clock.now();
        let mut hinted = self.hinted.lock().unwrap_or_else(PoisonError::into_inner);
        let due = hinted.get(connection).is_none_or(|at| now.since(*at) >= HINT_MILLIS);
        if due {
            hinted.insert(connection.to_owned(), now);
        }
        due
    }
}

/// What one socket gets of a change goes in one message: each is billed. A single frame goes as it is.
fn together(targets: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut messages: Vec<(String, Vec<String>)> = Vec::new();
    for (socket, frame) in targets {
        let room = |(of, frames): &&mut (String, Vec<String>)| {
            *of == socket && frames.iter().map(String::len).sum::<usize>() + frame.len() <= TOGETHER
        };
        match messages.iter_mut().rev().find(room) {
            Some((_, frames)) => frames.push(frame),
            None => messages.push((socket, vec![frame])),
        }
    }
    let joined = |frames: Vec<String>| match frames.as_slice() {
        [one] => one.clone(),
        many => format!(r#"{{"type":"frames","frames":[{}]}}"#, many.join(",")),
    };
    messages.into_iter().map(|(socket, frames)| (socket, joined(frames))).collect()
}

/// The sockets that get a frame whole, and those that only hear that something changed.
fn receivers(
    audience: &Audience,
    frame: &Frame,
    assignee: Option<&Option<UserId>>,
    contact: Option<ContactId>,
) -> (Vec<String>, Vec<String>) {
    let may = |socket: &&Socket| {
        if frame.only.as_ref().is_some_and(|user| *user != socket.user) {
            return false;
        }
        let Some(member) = audience.settings.member(&socket.user) else { return false };
        assignee.is_none_or(|assignee| member.sees(assignee.as_ref(), &audience.settings.teammates(member)))
    };
    let seeing: Vec<&Socket> = audience.sockets.iter().filter(may).collect();
    let few = seeing.len() <= FULL_PUSHES || frame.only.is_some();
    let near = |s: &Socket| {
        (contact.is_some() && s.viewing == contact) || assignee.is_some_and(|a| a.as_ref() == Some(&s.user))
    };
    let (full, hinted): (Vec<&Socket>, Vec<&Socket>) = seeing.into_iter().partition(|s| few || near(s));
    let names = |sockets: Vec<&Socket>| sockets.into_iter().map(|s| s.connection.clone()).collect();
    (names(full), names(hinted))
}

/// Messages go straight to the consumers that a workspace has switched on; failures are what `notify` waits for.
fn on_bus(kind: &EventKind) -> bool {
    use colibri_domain::message::StatusValue;
    match kind {
        EventKind::MessageReceived { .. } | EventKind::MessageSent { .. } => false,
        EventKind::MessageStatus { value, .. } => *value == StatusValue::Failed,
        _ => true,
    }
}

fn bus_event(event: &Event, head: Option<&Head>) -> Option<BusEvent> {
    let mut detail = serde_json::to_value(event).ok()?;
    detail["contact"] = serde_json::to_value(head).ok()?;
    if let Some(id) = correlation::current() {
        detail["correlation"] = id.into();
    }
    Some(BusEvent { name: event.kind.name(), id: event.id.clone(), detail: detail.to_string() })
}

fn frame(only: Option<UserId>, value: &impl Serialize) -> Option<Frame> {
    serde_json::to_string(value).ok().map(|body| Frame { body, only })
}

fn item_frame(contact: ContactId, version: u64, item: &TimelineItem) -> Option<Frame> {
    frame(None, &json!({ "type": "item", "contact_id": contact, "version": version, "item": item }))
}

/// What the screens are shown of a change.
fn frames(carried: &Carried, contact: Option<ContactId>) -> Vec<Frame> {
    let mut frames = Vec::new();
    if let Some(head) = &carried.head {
        frames.extend(frame(None, &json!({ "type": "head", "head": ContactHead::from(head.clone()) })));
    }
    for event in &carried.events {
        if let EventKind::ContactMerged { secondary } = event.kind {
            let gone = json!({ "type": "gone", "contact_id": secondary, "merged_into": contact });
            frames.extend(frame(None, &gone));
        }
        if matches!(event.kind, EventKind::ContactDeleted) {
            frames.extend(frame(None, &json!({ "type": "gone", "contact_id": contact })));
        }
        let (Some(contact), version) = (contact, event.version) else {
            if matches!(
                event.kind,
                EventKind::ChannelConnected { .. }
                    | EventKind::ChannelDisconnected { .. }
                    | EventKind::ChannelError { .. }
                    | EventKind::TemplateStatusChanged { .. }
            ) {
                frames.extend(frame(None, &json!({ "type": "settings", "version": 0 })));
            }
            continue;
        };
        match &event.kind {
            EventKind::MessageReceived { message } | EventKind::MessageSent { message } => {
                frames.extend(item_frame(
                    contact,
                    version,
                    &TimelineItem::Message(MessageView::of(contact, message.clone())),
                ));
            }
            EventKind::ActivityLogged { activity } => {
                frames.extend(item_frame(
                    contact,
                    version,
                    &TimelineItem::Activity(Activity::clone(activity)),
                ));
            }
            EventKind::CommentCreated { comment } => {
                frames.extend(item_frame(contact, version, &TimelineItem::Comment(Comment::clone(comment))));
            }
            EventKind::MessageStatus { .. } | EventKind::MessageUpdated { .. } => {
                let item = carried.item.clone().map(|item| item.under(contact));
                frames.extend(item.as_ref().and_then(|item| item_frame(contact, version, item)));
            }
            EventKind::NotificationCreated { user_id, notification } => {
                frames.extend(frame(
                    Some(user_id.clone()),
                    &json!({ "type": "notification", "notification": notification }),
                ));
            }
            _ => {}
        }
    }
    frames
}

/// Frames for sockets that saw the contact before a reassignment and do not any more.
fn lost_sight(audience: &Audience, head: &Head, old: &Head) -> Vec<(String, String)> {
    let body = json!({ "type": "gone", "contact_id": head.id, "assignee": head.assignee }).to_string();
    let lost = |socket: &&Socket| {
        audience.settings.member(&socket.user).is_some_and(|member| {
            let mates = audience.settings.teammates(member);
            member.sees(old.assignee.as_ref(), &mates) && !member.sees(head.assignee.as_ref(), &mates)
        })
    };
    audience.sockets.iter().filter(lost).map(|s| (s.connection.clone(), body.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_socket_gets_of_one_change_is_one_message_as_far_as_it_fits() {
        let to = |socket: &str, frame: &str| (socket.to_owned(), frame.to_owned());
        let large = format!("\"{}\"", "x".repeat(TOGETHER - 10));
        let sent = together(vec![to("a", "1"), to("b", "1"), to("a", "2"), to("c", &large), to("c", &large)]);
        let expected = vec![
            to("a", r#"{"type":"frames","frames":[1,2]}"#),
            to("b", "1"),
            to("c", &large),
            to("c", &large),
        ];
        assert_eq!(sent, expected);
    }
}
