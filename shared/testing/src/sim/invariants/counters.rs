//! I5: unread as counted from the head's own history, each message once; lists hold who belongs there; numbers are
//! dense.

use std::collections::{BTreeMap, BTreeSet};

use colibri_domain::MessageId;
use colibri_domain::event::EventKind;
use colibri_domain::message::{Message, Source};
use colibri_store::carried_events;

use super::super::facts::{Facts, Place};
use super::must;

pub fn judge(facts: &Facts) -> Result<usize, String> {
    let counted = unread(facts)?;
    for (place, messages) in &facts.messages {
        let stored: BTreeSet<MessageId> =
            messages.iter().filter(|m| m.sender.source == Source::Contact).map(|m| m.id).collect();
        let none = BTreeSet::new();
        let counted = counted.get(place).unwrap_or(&none);
        must(*counted == stored, || {
            format!("contact {place:?} counted {} of {} messages", counted.len(), stored.len())
        })?;
    }
    for (place, head) in &facts.heads {
        if head.conversation.is_none() {
            must(head.unread == 0 && !head.unreplied, || format!("contact {place:?} is closed and unread"))?;
        }
    }
    lists(facts)?;
    Ok(facts.heads.len())
}

/// Follows every head; the messages that each counted.
fn unread(facts: &Facts) -> Result<BTreeMap<Place, BTreeSet<MessageId>>, String> {
    let mut counted: BTreeMap<Place, BTreeSet<MessageId>> = BTreeMap::new();
    let messages: BTreeMap<MessageId, &Message> =
        facts.all().map(|(_, message)| (message.id, message)).collect();
    for (old, new, change) in facts.head_changes() {
        let Some(image) = &change.new else { continue };
        let named = |id: MessageId| messages.get(&id).map(|message| (*message).clone());
        let events = carried_events(image, change.old.as_ref(), &named).map_err(|error| error.to_string())?;
        let Some(workspace) = events.first().map(|event| &event.workspace_id) else { continue };
        let Some(tenant) = facts.tenants.iter().position(|tenant| tenant.workspace == *workspace) else {
            continue;
        };
        let before = old.map_or(0, |old| old.unread);
        let mut received = 0;
        let mut reset = false;
        for event in &events {
            match &event.kind {
                EventKind::MessageReceived { message } => {
                    received += 1;
                    let of = counted.entry((tenant, new.id)).or_default();
                    must(of.insert(message.id), || format!("message {} was counted twice", message.id))?;
                }
                EventKind::MessageSent { .. }
                | EventKind::ConversationClosed { .. }
                | EventKind::ContactRefreshed => reset = true,
                _ => {}
            }
        }
        let right = new.unread == before + received || (reset && new.unread == 0);
        must(right, || format!("contact {} went from {before} unread to {}", new.id, new.unread))?;
    }
    Ok(counted)
}

fn lists(facts: &Facts) -> Result<(), String> {
    for tenant in &facts.tenants {
        let mut expected = [Vec::new(), Vec::new()];
        for ((of, contact), head) in &facts.heads {
            if *of == tenant.place && !head.blocked {
                expected[usize::from(head.conversation.is_none())].push(*contact);
            }
        }
        must(facts.listed[tenant.place] == expected, || {
            format!("lists of {}: {:?}, not {expected:?}", tenant.workspace, facts.listed[tenant.place])
        })?;
        let ids = facts.heads.keys().filter(|(of, _)| *of == tenant.place).map(|(_, id)| id.0);
        must(ids.clone().eq(1..=ids.count() as u64), || {
            format!("numbers of {} have gaps", tenant.workspace)
        })?;
    }
    Ok(())
}
