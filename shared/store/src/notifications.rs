//! A user's notification centre in one workspace.

use std::collections::BTreeMap;

use colibri_domain::event::{Event, EventKind};
use colibri_domain::message::{Actor, Source};
use colibri_domain::{ContactId, EventId, Millis, NotificationId, UserId};
use serde::{Deserialize, Serialize};

use crate::WorkspaceStore;
use crate::db::{Expression, unless_conflict};
use crate::error::StoreError;
use crate::item::{carry, document, number, read, str_of, text};
use crate::keys::{self, Key};

/// Days that a notification is kept.
const DAYS: i64 = 90;

/// Something that needs a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Notification {
    pub id: NotificationId,
    /// `message_failed`, `assigned`, `mention`: worded by the console.
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// Values for the sentence: names, a reason's key.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    pub at: Millis,
    #[serde(default)]
    pub read: bool,
}

impl WorkspaceStore {
    fn notification_key(&self, user: &UserId, id: &NotificationId, at: Millis) -> Key {
        Key { pk: keys::notifications(&self.id, user), sk: format!("{:015}#{id}", at.0.max(0)) }
    }

    /// Adds a notification, once; his screens are told.
    pub async fn put_notification(
        &self,
        user: &UserId,
        notification: &Notification,
    ) -> Result<bool, StoreError> {
        let at = self.notification_key(user, &notification.id, notification.at);
        let mut item = document(&at, "notification", notification)?;
        item.insert("ttl".to_owned(), number(notification.at.seconds().0 + DAYS * 86_400));
        let shown = serde_json::to_value(notification).unwrap_or_default();
        let event = Event {
            id: EventId::derive(&[self.id.as_str(), user.as_str(), notification.id.as_str()]),
            workspace_id: self.id.clone(),
            contact_id: notification.contact_id,
            at: notification.at,
            actor: Actor::source(Source::System),
            version: 0,
            kind: EventKind::NotificationCreated { user_id: user.clone(), notification: shown },
        };
        carry(&mut item, &[event])?;
        let put = self.db.put("notification", item, Some(Expression::new("attribute_not_exists(PK)"))).await;
        Ok(unless_conflict(put)?.is_some())
    }

    /// The newest notifications of a user.
    pub async fn notifications(&self, user: &UserId, limit: u32) -> Result<Vec<Notification>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::notifications(&self.id, user)));
        let page = self.db.query("notifications", condition, true, limit).await?;
        page.items.iter().map(|item| read("notifications", item)).collect()
    }

    /// Marks as read; none named: all.
    pub async fn mark_notifications_read(
        &self,
        user: &UserId,
        ids: &[NotificationId],
    ) -> Result<(), StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::notifications(&self.id, user)));
        let page = self.db.query("notifications", condition, true, 200).await?;
        for item in &page.items {
            let mut notification: Notification = read("notifications", item)?;
            if notification.read || !(ids.is_empty() || ids.contains(&notification.id)) {
                continue;
            }
            notification.read = true;
            let at = Key {
                pk: keys::notifications(&self.id, user),
                sk: str_of(item, "SK").unwrap_or_default().to_owned(),
            };
            let mut next = document(&at, "notification", &notification)?;
            next.insert("ttl".to_owned(), number(notification.at.seconds().0 + DAYS * 86_400));
            self.db.put("notifications", next, None).await?;
        }
        Ok(())
    }
}
