//! What happens to messages and people that are there already. Nothing of this creates or opens anything.

use colibri_domain::activity::ActivityKind;
use colibri_domain::contact::Head;
use colibri_domain::content::Content;
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::inbound::{InboundEvent, InboundKind, part_id};
use colibri_domain::message::{Actor, Message, Reaction, ReactionFrom, Source};
use colibri_domain::{ContactId, Seconds};
use colibri_store::{WorkspaceStore, WriteContext};

use super::person::Person;
use super::{MessageReceive, failed};
use crate::http::RecordError;
use crate::ports::QueueName;

/// Log entries that are looked through for one that was written before.
const LOG_PAGE: u32 = 50;

/// More parts than a provider's message has.
const PARTS: usize = 40;

impl MessageReceive {
    pub(super) async fn change(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        person: Person,
    ) -> Result<(), RecordError> {
        let contact = person.head.keeper(&person.identity);
        match &event.kind {
            InboundKind::IdentityChanged { new, at } => {
                self.renumber(store, event, person, new, &context(*at)).await?;
            }
            InboundKind::KeyChanged { at } => {
                log_once(store, contact, context(*at), ActivityKind::KeyChanged).await?;
            }
            InboundKind::MarketingPreference { stop, at } => {
                store.set_marketing(contact, &person.identity, *stop, &context(*at)).await.map_err(failed)?;
            }
            kind => {
                if !join(store, contact, kind).await? {
                    self.park(event).await?;
                }
            }
        }
        Ok(())
    }

    /// What is about a message that is not here waits beside the queue for it: waiting in the queue would hold back
    /// everything else that the person writes.
    pub(super) async fn park(&self, event: &InboundEvent) -> Result<(), RecordError> {
        if !about_a_message(&event.kind) {
            return Ok(());
        }
        let Some(parked) = crate::status::parked_change(event.clone(), 0) else { return Ok(()) };
        self.queue.send(QueueName::Status, vec![parked]).await.map_err(failed)
    }
}

fn context(at: Seconds) -> WriteContext {
    WriteContext { actor: Actor::source(Source::Contact), now: at.millis() }
}

fn about_a_message(kind: &InboundKind) -> bool {
    matches!(kind, InboundKind::Reaction { .. } | InboundKind::Edit { .. } | InboundKind::Revoke { .. })
}

/// Changes the message that a reaction, an edit or a revocation is about; false where it is not here (yet).
pub(crate) async fn join(
    store: &WorkspaceStore,
    contact: ContactId,
    kind: &InboundKind,
) -> Result<bool, RecordError> {
    let (InboundKind::Reaction { target, at, .. }
    | InboundKind::Edit { target, at, .. }
    | InboundKind::Revoke { target, at }) = kind
    else {
        return Ok(true);
    };
    let found = store.message_by_provider_id(contact, target).await.map_err(failed)?;
    let Some(message) = found else { return Ok(false) };
    if matches!(kind, InboundKind::Revoke { .. }) {
        // What the provider sent as one is taken back as one.
        for place in 1..PARTS {
            let part = part_id(target, place);
            let found = store.message_by_provider_id(contact, &part).await.map_err(failed)?;
            let Some(part) = found else { break };
            store.change_message(contact, part.id, at.millis(), |m| erase(m, *at)).await.map_err(failed)?;
        }
    }
    let rule = |m: &mut Message| match kind {
        InboundKind::Reaction { emoji, by_us, .. } => {
            let from = if *by_us { ReactionFrom::Us } else { ReactionFrom::Contact };
            let reaction = emoji.clone().map(|emoji| Reaction { from, emoji, at: at.millis() });
            react(m, from, reaction.as_ref(), *at)
        }
        InboundKind::Edit { content, .. } => edit(m, content, *at),
        _ => erase(m, *at),
    };
    let changed = store.change_message(contact, message.id, at.millis(), rule).await.map_err(failed)?;
    if !matches!(kind, InboundKind::Reaction { .. }) {
        preview(store, changed, context(*at)).await?;
    }
    Ok(true)
}

/// The list's line follows the newest message.
async fn preview(
    store: &WorkspaceStore,
    message: Option<Message>,
    context: WriteContext,
) -> Result<(), RecordError> {
    let Some(message) = message else { return Ok(()) };
    let rule = |mut head: Head| {
        let mut events = Vec::new();
        if let Some(last) = head.last_message.as_mut().filter(|last| last.id == message.id) {
            let preview =
                if message.revoked_at.is_some() { String::new() } else { message.content.preview() };
            if last.preview != preview {
                last.preview = preview;
                events.push(EventKind::ContactRefreshed);
            }
        }
        Ok::<_, std::convert::Infallible>(Change { head, events, activities: Vec::new(), conversation: None })
    };
    store.change_head(message.contact_id, &context, rule).await.map(|_| ()).map_err(failed)
}

/// Writes a log entry, unless the same was written for the same time.
async fn log_once(
    store: &WorkspaceStore,
    contact: ContactId,
    context: WriteContext,
    kind: ActivityKind,
) -> Result<(), RecordError> {
    let known = store.activities(contact, None, LOG_PAGE).await.map_err(failed)?;
    if known.items.iter().any(|activity| activity.kind == kind && activity.at == context.now) {
        return Ok(());
    }
    let rule = |head: Head| {
        Ok::<_, std::convert::Infallible>(Change {
            head,
            events: vec![EventKind::ContactRefreshed],
            activities: vec![kind.clone()],
            conversation: None,
        })
    };
    store.change_head(contact, &context, rule).await.map(|_| ()).map_err(failed)
}

fn react(message: &mut Message, from: ReactionFrom, reaction: Option<&Reaction>, at: Seconds) -> bool {
    let before = message.reactions.clone();
    if before.iter().any(|known| known.from == from && known.at > at.millis()) {
        return false;
    }
    message.reactions.retain(|known| known.from != from);
    message.reactions.extend(reaction.cloned());
    message.reactions != before
}

fn edit(message: &mut Message, content: &Content, at: Seconds) -> bool {
    if message.revoked_at.is_some() || message.edited_at.is_some_and(|edited| edited >= at.millis()) {
        return false;
    }
    match (&mut message.content, content) {
        // An edit brings no bytes: only the words under them change.
        (Content::Attachment(old), Content::Attachment(new)) => old.caption.clone_from(&new.caption),
        (old, new) => old.clone_from(new),
    }
    message.edited_at = Some(at.millis());
    true
}

fn erase(message: &mut Message, at: Seconds) -> bool {
    if message.revoked_at.is_some() {
        return false;
    }
    message.content = Content::Text { text: String::new() };
    message.referral = None;
    message.revoked_at = Some(at.millis());
    true
}
