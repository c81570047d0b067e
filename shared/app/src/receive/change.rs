//! What happens to messages and people that are there already. Nothing of this creates or opens anything.

use colibri_domain::activity::ActivityKind;
use colibri_domain::contact::Head;
use colibri_domain::content::Content;
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::inbound::{InboundEvent, InboundKind};
use colibri_domain::message::{Actor, Message, Reaction, ReactionFrom, Source};
use colibri_domain::{ContactId, Seconds};
use colibri_store::{WorkspaceStore, WriteContext};

use super::person::Person;
use super::{MessageReceive, failed};
use crate::http::RecordError;

/// Log entries that are looked through for one that was written before.
const LOG_PAGE: u32 = 50;

impl MessageReceive {
    pub(super) async fn change(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        person: Person,
    ) -> Result<(), RecordError> {
        let contact = person.head.id;
        let context = |at: Seconds| WriteContext { actor: Actor::source(Source::Contact), now: at.millis() };
        match &event.kind {
            InboundKind::Reaction { target, emoji, at, by_us } => {
                let from = if *by_us { ReactionFrom::Us } else { ReactionFrom::Contact };
                let reaction = emoji.clone().map(|emoji| Reaction { from, emoji, at: at.millis() });
                if let Some(message) = self.target(store, contact, target).await? {
                    let rule = |m: &mut Message| react(m, from, reaction.as_ref(), *at);
                    store.change_message(contact, message.id, at.millis(), rule).await.map_err(failed)?;
                }
            }
            InboundKind::Edit { target, content, at } => {
                if let Some(message) = self.target(store, contact, target).await? {
                    let rule = |m: &mut Message| edit(m, content, *at);
                    let edited =
                        store.change_message(contact, message.id, at.millis(), rule).await.map_err(failed)?;
                    preview(store, edited, context(*at)).await?;
                }
            }
            InboundKind::Revoke { target, at } => {
                if let Some(message) = self.target(store, contact, target).await? {
                    let erased = store
                        .change_message(contact, message.id, at.millis(), |m| erase(m, *at))
                        .await
                        .map_err(failed)?;
                    preview(store, erased, context(*at)).await?;
                }
            }
            InboundKind::IdentityChanged { new, at } => {
                self.renumber(store, event, person, new, &context(*at)).await?;
            }
            InboundKind::KeyChanged { at } => {
                log_once(store, contact, context(*at), ActivityKind::KeyChanged).await?;
            }
            InboundKind::MarketingPreference { stop, at } => {
                store.set_marketing(contact, &person.identity, *stop, &context(*at)).await.map_err(failed)?;
            }
            InboundKind::Message(_) | InboundKind::Echo(_) | InboundKind::Introduced(_) => {}
        }
        Ok(())
    }

    /// The message that a change is about. A person's events come in order, so one that is not here was never ours:
    /// waiting for it would hold back everything else that he writes.
    async fn target(
        &self,
        store: &WorkspaceStore,
        contact: ContactId,
        provider_id: &str,
    ) -> Result<Option<Message>, RecordError> {
        let found = store.message_by_provider_id(contact, provider_id).await.map_err(failed)?;
        if found.is_none() {
            self.metrics.count("event.no_target", 1);
        }
        Ok(found)
    }
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
