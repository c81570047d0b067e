//! Notifications: what needs a person's attention outside of what he is looking at.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::billing::quota::warn;
use colibri_domain::contact::Head;
use colibri_domain::event::{Event, EventKind};
use colibri_domain::message::StatusValue;
use colibri_domain::{NotificationId, UserId, WorkspaceId};
use colibri_store::{Notification, Store};
use serde_json::Value;

use crate::http::{JsonHandler, RecordError};
use crate::ports::Invoke;

/// Makes notifications of events. Idempotent: the notification's id follows from the event's.
#[allow(missing_docs)]
pub struct Notify {
    pub store: Store,
    pub invoke: Arc<dyn Invoke>,
}

impl Notify {
    /// Has who pays told when the places for contacts run out: somebody new may have taken one of the last.
    async fn watch_quota(&self, workspace: &WorkspaceId) -> Result<(), RecordError> {
        let failed = |e: &dyn std::fmt::Display| RecordError(e.to_string());
        let organization = self.store.workspace(workspace).organization_id().await.map_err(|e| failed(&e))?;
        let Some(organization) = organization else { return Ok(()) };
        let told = self.store.organization(&organization).quota_told().await;
        let (quota, told) = told.map_err(|e| failed(&e))?;
        if warn(told, quota.used, quota.limit).1.is_none() {
            return Ok(());
        }
        crate::billing::run::start(&*self.invoke, &organization).await
    }
}

#[async_trait]
impl JsonHandler for Notify {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        let failed = |e: &dyn std::fmt::Display| RecordError(e.to_string());
        let event: Event = serde_json::from_value(payload["detail"].clone()).map_err(|e| failed(&e))?;
        if matches!(event.kind, EventKind::ContactCreated) {
            return self.watch_quota(&event.workspace_id).await.map(|()| Value::Null);
        }
        let store = self.store.workspace(&event.workspace_id);
        let mut head: Option<Head> = serde_json::from_value(payload["detail"]["contact"].clone()).ok();
        if let (None, Some(contact)) = (&head, event.contact_id) {
            head = store.head(contact).await.map_err(|e| failed(&e))?;
        }
        for (user, kind, args) in receivers(&event, head.as_ref()) {
            let mut args = args;
            args.insert("name".into(), head.as_ref().map(Head::display_name).unwrap_or_default());
            if let Some(author) = &event.actor.user_id {
                args.insert("author_id".into(), author.to_string());
            }
            let unique = format!(
                "{}-{}",
                event.id.as_str().trim_start_matches("evt_"),
                user.as_str().trim_start_matches("usr_")
            );
            let notification = Notification {
                id: NotificationId::from_unique(&unique[..unique.len().min(56)]),
                kind: kind.to_owned(),
                contact_id: head.as_ref().map(|head| head.id).or(event.contact_id),
                args,
                at: event.at,
                read: false,
            };
            store.put_notification(&user, &notification).await.map_err(|e| failed(&e))?;
        }
        Ok(Value::Null)
    }
}

type Receiver = (UserId, &'static str, BTreeMap<String, String>);

/// Who is told, and of what. Nobody is told of his own deed.
fn receivers(event: &Event, head: Option<&Head>) -> Vec<Receiver> {
    match &event.kind {
        EventKind::MessageStatus { value: StatusValue::Failed, failure, author, .. } => {
            let mut args = BTreeMap::new();
            let reason = failure.as_ref().and_then(|f| serde_json::to_value(f.reason).ok());
            args.extend(reason.and_then(|r| r.as_str().map(|r| ("reason".to_owned(), r.to_owned()))));
            author.user_id.iter().map(|user| (user.clone(), "message_failed", args.clone())).collect()
        }
        EventKind::ContactAssigneeUpdated { new: Some(new), .. }
            if event.actor.user_id.as_ref() != Some(new) =>
        {
            vec![(new.clone(), "assigned", BTreeMap::new())]
        }
        EventKind::CommentCreated { comment } => comment
            .mentions
            .iter()
            .filter(|user| comment.author.user_id.as_ref() != Some(*user))
            .map(|user| {
                (
                    user.clone(),
                    "mention",
                    BTreeMap::from([(
                        "assignee".to_owned(),
                        head.and_then(|h| h.assignee.clone()).map(String::from).unwrap_or_default(),
                    )]),
                )
            })
            .collect(),
        _ => Vec::new(),
    }
}
