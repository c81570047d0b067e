//! Rules of conversations, as pure changes of a contact's head.
//!
//! A conversation is a session on the contact, across all channels, at most one open at a time. Each function
//! takes the head as it is and says what it becomes, with the events and log entries that belong to the same
//! write. The store applies a change only if the head is still the one that the change was made from.

use serde::{Deserialize, Serialize};

use crate::activity::ActivityKind;
use crate::contact::{ContactChannel, Head, LastMessage};
use crate::event::EventKind;
use crate::ids::{ChannelId, ConversationId, UserId};
use crate::message::{Actor, Message, Source, Traffic};
use crate::time::Millis;

/// A session on a contact, as kept for its history and for reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Conversation {
    pub id: ConversationId,
    pub opened_at: Millis,
    pub opened_by: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_channel_id: Option<ChannelId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// Category and summary given at closing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ClosingNote {
    /// Name of the category at that time.
    pub category: Option<String>,
    /// At most 512 characters.
    pub summary: Option<String>,
}

/// What a rule makes of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The head afterwards. Its version is raised by the store.
    pub head: Head,
    /// What others learn.
    pub events: Vec<EventKind>,
    /// What the log shows.
    pub activities: Vec<ActivityKind>,
    /// The session that this opened or closed.
    pub conversation: Option<Conversation>,
}

/// Why a rule does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConversationError {
    /// Unblock first.
    #[error("the contact is blocked")]
    Blocked,
}

impl Change {
    /// A change that only refreshes screens.
    fn refreshed(head: Head) -> Self {
        Self { head, events: vec![EventKind::ContactRefreshed], activities: Vec::new(), conversation: None }
    }

    fn of(head: Head) -> Self {
        Self { head, events: Vec::new(), activities: Vec::new(), conversation: None }
    }

    fn open(
        &mut self,
        id: ConversationId,
        at: Millis,
        by: Actor,
        channel: Option<ChannelId>,
        first: Option<&Message>,
    ) {
        self.head.conversation = Some(crate::contact::OpenConversation { id: id.clone(), opened_at: at });
        self.activities.push(ActivityKind::ConversationOpened { conversation_id: id.clone() });
        self.events
            .push(EventKind::ConversationOpened { conversation_id: id.clone(), message: first.cloned() });
        self.conversation = Some(Conversation {
            id,
            opened_at: at,
            opened_by: by,
            opened_channel_id: channel,
            closed_at: None,
            closed_by: None,
            category: None,
            summary: None,
        });
    }

    fn note_message(&mut self, message: &Message) {
        let head = &mut self.head;
        if let Some(channel) = head.channels.iter_mut().find(|c| c.id == message.contact_channel_id) {
            channel.last_message_at = channel.last_message_at.max(Some(message.at));
        }
        if head.last_message.as_ref().is_none_or(|last| last.id <= message.id) {
            head.last_message = Some(LastMessage {
                id: message.id,
                at: message.at,
                traffic: message.traffic,
                kind: message.content.kind().to_owned(),
                preview: message.content.preview(),
                channel_id: message.channel_id.clone(),
                state: message.state(),
            });
        }
        head.sorted_at = head.sorted_at.max(message.at);
    }

    fn assign(&mut self, assignee: Option<UserId>, by_reply: bool) {
        let old = std::mem::replace(&mut self.head.assignee, assignee.clone());
        match (&old, &assignee) {
            (_, Some(new)) => {
                self.activities.push(ActivityKind::Assigned { assignee: new.clone(), by_reply });
            }
            (Some(previous), None) => {
                self.activities.push(ActivityKind::Unassigned { previous: previous.clone() });
            }
            (None, None) => {}
        }
        self.events.push(EventKind::ContactAssigneeUpdated { old, new: assignee });
    }
}

/// Puts an identity on a head, or refreshes the one that is there; true when it is new.
pub fn connect_channel(head: &mut Head, identity: ContactChannel) -> bool {
    if let Some(known) = head.channels.iter_mut().find(|c| c.id == identity.id) {
        for alias in identity.aliases {
            if !known.aliases.contains(&alias) && alias != known.identity {
                known.aliases.push(alias);
            }
        }
        if identity.name.is_some() {
            known.name = identity.name;
        }
        return false;
    }
    head.channels.push(identity);
    true
}

/// The contact wrote. `message` is stored already; `profile_name` is what the channel calls him.
///
/// A late message (older than what the head knows) still counts as unread, but changes neither the preview nor
/// the order, and does not make an answered contact unreplied.
pub fn receive(head: Head, message: &Message, profile_name: Option<&str>) -> Change {
    let mut change = Change::of(head);
    let late = change.head.last_message.as_ref().is_some_and(|last| last.id > message.id);
    let reference = message.channel_message_id.clone();
    let channel = change.head.channels.iter_mut().find(|c| c.id == message.contact_channel_id);
    if let Some(channel) = channel.filter(|c| c.last_inbound_at.is_none_or(|at| at <= message.at)) {
        channel.last_inbound_at = Some(message.at);
        channel.last_inbound_ref = reference;
    }
    change.note_message(message);
    let renamed = profile_name.is_some_and(|name| change.head.take_channel_name(name));
    if renamed && change.head.version > 0 {
        change.events.push(EventKind::ContactUpdated { changed: vec!["first_name".into()] });
    }
    if change.head.blocked {
        change.events.push(EventKind::ContactRefreshed);
        return change;
    }
    change.head.unread = change.head.unread.saturating_add(1);
    if !late {
        change.head.unreplied = true;
    }
    if change.head.conversation.is_none() {
        let id = ConversationId::opened_by(change.head.id, message.id);
        change.open(
            id,
            message.at,
            Actor::source(Source::Contact),
            Some(message.channel_id.clone()),
            Some(message),
        );
    }
    change.events.push(EventKind::MessageReceived { message: message.clone() });
    change
}

/// We wrote: a person, automation, the API, or somebody in the provider's own app.
///
/// Only a person's message opens, assigns an unassigned contact, and counts as having read and answered.
/// An echo was written by a person too, but nobody knows by whom.
pub fn sent(head: Head, message: &Message, new_conversation: &ConversationId) -> Change {
    let mut change = Change::of(head);
    let late = change.head.last_message.as_ref().is_some_and(|last| last.id > message.id);
    change.note_message(message);
    let by_person = matches!(message.sender.source, Source::User | Source::Echo);
    if by_person && !late {
        change.head.unread = 0;
        change.head.unreplied = false;
    }
    if let (Source::User, Some(author)) = (message.sender.source, &message.sender.user_id) {
        if change.head.conversation.is_none() && !change.head.blocked {
            let channel = Some(message.channel_id.clone());
            change.open(new_conversation.clone(), message.at, message.sender.clone(), channel, Some(message));
        }
        if change.head.assignee.is_none() {
            change.assign(Some(author.clone()), true);
        }
    }
    change.events.push(EventKind::MessageSent { message: message.clone() });
    change
}

/// A person opens by hand. Nothing changes where one is open.
pub fn open(head: Head, id: ConversationId, by: Actor, now: Millis) -> Result<Change, ConversationError> {
    if head.blocked {
        return Err(ConversationError::Blocked);
    }
    let mut change = Change::of(head);
    if change.head.conversation.is_none() {
        change.open(id, now, by, None, None);
        change.head.sorted_at = change.head.sorted_at.max(now);
    }
    Ok(change)
}

/// Closes the open conversation. The assignee stays. Nothing changes where none is open.
pub fn close(head: Head, by: Actor, note: ClosingNote, now: Millis) -> Result<Change, ConversationError> {
    if head.blocked {
        return Err(ConversationError::Blocked);
    }
    let mut change = Change::of(head);
    let Some(open) = change.head.conversation.take() else { return Ok(change) };
    change.head.unread = 0;
    change.head.unreplied = false;
    change.activities.push(ActivityKind::ConversationClosed {
        conversation_id: open.id.clone(),
        category: note.category.clone(),
        summary: note.summary.clone(),
    });
    change.events.push(EventKind::ConversationClosed {
        conversation_id: open.id.clone(),
        category: note.category.clone(),
        summary: note.summary.clone(),
    });
    change.conversation = Some(Conversation {
        id: open.id,
        opened_at: open.opened_at,
        opened_by: Actor::source(Source::System),
        opened_channel_id: None,
        closed_at: Some(now),
        closed_by: Some(by),
        category: note.category,
        summary: note.summary,
    });
    Ok(change)
}

/// Assigns, reassigns or unassigns. Nothing changes where it is so already.
pub fn assign(head: Head, assignee: Option<UserId>) -> Change {
    let mut change = Change::of(head);
    if change.head.assignee != assignee {
        change.assign(assignee, false);
    }
    change
}

/// A person has read everything, failures included.
pub fn mark_read(head: Head) -> Change {
    let mut change = Change::refreshed(head);
    change.head.unread = 0;
    change.head.failed = 0;
    change
}

/// A person wants to come back to it.
pub fn mark_unread(head: Head) -> Change {
    let mut change = Change::refreshed(head);
    change.head.unread = change.head.unread.max(1);
    change
}

/// Blocks: an open conversation is closed without counting as handled.
pub fn block(head: Head, by: Actor, now: Millis) -> Change {
    if head.blocked {
        return Change::of(head);
    }
    let mut change = match close(head.clone(), by, ClosingNote::default(), now) {
        Ok(change) => change,
        Err(ConversationError::Blocked) => Change::of(head),
    };
    change.head.blocked = true;
    change.activities.push(ActivityKind::Blocked);
    change.events.push(EventKind::ContactBlocked);
    change
}

/// Unblocks. Opens nothing by itself.
pub fn unblock(head: Head) -> Change {
    let mut change = Change::of(head);
    if change.head.blocked {
        change.head.blocked = false;
        change.activities.push(ActivityKind::Unblocked);
        change.events.push(EventKind::ContactUnblocked);
    }
    change
}

/// A message of ours failed, perhaps after it looked sent.
pub fn message_failed(head: Head, message: &Message) -> Change {
    let mut change = Change::refreshed(head);
    change.head.failed = change.head.failed.saturating_add(1);
    refresh_last_state(&mut change.head, message);
    change
}

/// The newest message's state changed: list rows show its tick.
pub fn refresh_last_state(head: &mut Head, message: &Message) -> bool {
    match &mut head.last_message {
        Some(last) if last.id == message.id && message.traffic == Traffic::Outgoing => {
            let state = message.state();
            let changed = last.state != state;
            last.state = state;
            changed
        }
        _ => false,
    }
}
