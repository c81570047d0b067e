//! Merging two contacts into one, and separating them again. Pure: two contacts in, what becomes of them out.
//!
//! Nothing of a history moves: the primary takes over the identities, and each remembers under which contact its
//! messages are kept. So separating needs only what the merge changed of the primary, beside the secondary as it was.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::activity::ActivityKind;
use crate::contact::{Absorbed, ContactChannel, Head, LastMessage, OpenConversation, Profile};
use crate::conversation::{Change, Conversation};
use crate::event::EventKind;
use crate::ids::{ContactChannelId, ContactId};
use crate::message::{Actor, Source};
use crate::phone::E164;
use crate::time::Millis;

/// Contacts that may be merged into one at most: each is one more read for a page of the history.
pub const MOST_MERGED: usize = 20;

/// Whose value survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Side {
    Primary,
    Secondary,
}

/// Choices by field: `name`, `phone`, `email`, `country`, `language`, `assignee`, and `fields.<slug>` for custom ones.
/// What is not named keeps the primary's value, or takes the secondary's where the primary has none.
pub type Picks = BTreeMap<String, Side>;

/// A contact whole.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Person {
    pub head: Head,
    pub profile: Profile,
}

/// Why two contacts cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Both are the same.
    #[error("a contact cannot be merged with itself")]
    Same,
    /// One is blocked and the other is not: merging would silence or admit somebody without saying so.
    #[error("only one of the two is blocked")]
    BlockedDiffers,
    /// See [`MOST_MERGED`].
    #[error("too many contacts in one")]
    TooMany,
    /// A choice for something that is no field.
    #[error("no such field: {0}")]
    UnknownField(String),
}

/// What a merge changed of the primary, kept until they are separated. Custom fields only where it changed them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Snapshot {
    pub head_before: Head,
    pub head_after: Head,
    pub profile_before: Profile,
    pub profile_after: Profile,
    /// The conversation that the merge closed, and under which contact it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<(ContactId, OpenConversation)>,
}

/// What a merge makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The primary's head with events and log.
    pub change: Change,
    /// Its profile.
    pub profile: Profile,
    /// For separating them.
    pub snapshot: Snapshot,
    /// The conversation that was closed because another was open already.
    pub closed: Option<(ContactId, Conversation)>,
}

/// What separating makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Separated {
    /// The primary's head with events and log.
    pub primary: Change,
    /// Its profile.
    pub primary_profile: Profile,
    /// The secondary's head with events and log.
    pub secondary: Change,
    /// Its profile.
    pub secondary_profile: Profile,
    /// The conversation that the merge had closed is open again.
    pub reopened: Option<(ContactId, OpenConversation)>,
}

/// The parts of a profile or head that a person chooses between, with both values as text: for the review screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Conflict {
    /// As in [`Picks`].
    pub field: String,
    /// The primary's value.
    pub primary: String,
    /// The secondary's.
    pub secondary: String,
}

/// The fields in which both have a value and the values differ.
pub fn conflicts(primary: &Person, secondary: &Person) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut note = |field: &str, one: Option<String>, other: Option<String>| {
        if let (Some(primary), Some(secondary)) = (one, other)
            && primary != secondary
        {
            found.push(Conflict { field: field.to_owned(), primary, secondary });
        }
    };
    let texts = |p: &Person| -> [(&'static str, Option<String>); 6] {
        [
            ("name", Some(full_name(&p.head)).filter(|n| !n.is_empty())),
            ("phone", p.head.phone.clone().map(Into::into)),
            ("email", p.head.email.clone().map(Into::into)),
            ("country", p.profile.country.clone()),
            ("language", p.profile.language.clone()),
            ("assignee", p.head.assignee.clone().map(Into::into)),
        ]
    };
    for ((field, one), (_, other)) in texts(primary).into_iter().zip(texts(secondary)) {
        note(field, one, other);
    }
    for (slug, value) in &primary.profile.fields {
        note(&format!("fields.{slug}"), Some(plain(value)), secondary.profile.fields.get(slug).map(plain));
    }
    found
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn full_name(head: &Head) -> String {
    format!("{} {}", head.first_name, head.last_name).trim().to_owned()
}

/// Phones and e-mail addresses for which a provider stands: what a person typed proves nothing.
fn vouched(head: &Head) -> BTreeSet<String> {
    head.channels
        .iter()
        .filter(|c| c.source.vouches_phone())
        .flat_map(|c| std::iter::once(&c.identity).chain(&c.aliases))
        .filter_map(|form| E164::from_digits(form).ok())
        .map(|phone| phone.matching_form())
        .collect()
}

/// Whether a provider shows the same phone for both: then they were one person from the beginning, and the second
/// place in the quota is free at once.
pub fn share_vouched(one: &Head, other: &Head) -> bool {
    !vouched(one).is_disjoint(&vouched(other))
}

fn pick<T: Clone>(picks: &Picks, field: &str, primary: Option<&T>, secondary: Option<&T>) -> Option<T> {
    match picks.get(field) {
        Some(Side::Secondary) => secondary.cloned(),
        Some(Side::Primary) => primary.cloned(),
        None => primary.or(secondary).cloned(),
    }
}

fn known_field(field: &str, primary: &Person, secondary: &Person) -> bool {
    match field.strip_prefix("fields.") {
        Some(slug) => {
            primary.profile.fields.contains_key(slug) || secondary.profile.fields.contains_key(slug)
        }
        None => matches!(field, "name" | "phone" | "email" | "country" | "language" | "assignee"),
    }
}

/// Merges `secondary` into `primary`.
pub fn merge(
    primary: &Person,
    secondary: &Person,
    picks: &Picks,
    by: &Actor,
    now: Millis,
) -> Result<Merged, MergeError> {
    let (p, s) = (&primary.head, &secondary.head);
    if p.id == s.id {
        return Err(MergeError::Same);
    }
    if p.blocked != s.blocked {
        return Err(MergeError::BlockedDiffers);
    }
    if p.origins().count() + s.origins().count() + 1 > MOST_MERGED {
        return Err(MergeError::TooMany);
    }
    if let Some(field) = picks.keys().find(|field| !known_field(field, primary, secondary)) {
        return Err(MergeError::UnknownField(field.clone()));
    }
    let mut head = p.clone();
    let takes_name = match picks.get("name") {
        Some(side) => *side == Side::Secondary,
        None => full_name(p).is_empty(),
    };
    if takes_name {
        head.first_name.clone_from(&s.first_name);
        head.last_name.clone_from(&s.last_name);
        head.name_set_by = s.name_set_by;
    }
    head.phone = pick(picks, "phone", p.phone.as_ref(), s.phone.as_ref());
    head.email = pick(picks, "email", p.email.as_ref(), s.email.as_ref());
    head.assignee = pick(picks, "assignee", p.assignee.as_ref(), s.assignee.as_ref());
    head.tags.extend(s.tags.iter().filter(|tag| !p.tags.contains(tag)).cloned());
    let here = |c: &ContactChannel| ContactChannel { origin: c.origin.or(Some(s.id)), ..c.clone() };
    head.channels.extend(s.channels.iter().map(here));
    let (kept, closed) = one_open(p, s);
    head.conversation = kept;
    head.unread = p.unread.saturating_add(s.unread);
    head.failed = p.failed.saturating_add(s.failed);
    head.unreplied = p.unreplied || s.unreplied;
    head.last_message = newer(p.last_message.as_ref(), s.last_message.as_ref());
    head.sorted_at = p.sorted_at.max(s.sorted_at);
    head.merged.push(Absorbed { id: s.id, at: now, others: s.origins().collect() });
    let profile = merged_profile(primary, secondary, &head, picks);

    let closed_record = closed.clone().map(|(keeper, open)| {
        let record = Conversation {
            id: open.id,
            opened_at: open.opened_at,
            opened_by: Actor::source(Source::System),
            opened_channel_id: None,
            closed_at: Some(now),
            closed_by: Some(Actor { source: Source::Merge, user_id: by.user_id.clone() }),
            category: None,
            summary: None,
        };
        (keeper, record)
    });
    let mut events = vec![EventKind::ContactMerged { secondary: s.id }];
    if head.assignee != p.assignee {
        events
            .push(EventKind::ContactAssigneeUpdated { old: p.assignee.clone(), new: head.assignee.clone() });
    }
    let change = Change {
        head: head.clone(),
        events,
        activities: vec![ActivityKind::Merged { secondary: s.id, name: s.display_name() }],
        conversation: None,
    };
    let (profile_before, profile_after) = changed_fields(&primary.profile, &profile);
    let snapshot =
        Snapshot { head_before: p.clone(), head_after: head, profile_before, profile_after, closed };
    Ok(Merged { change, profile, snapshot, closed: closed_record })
}

/// Of two open conversations the older stays; the other, with the contact under which it is kept, is closed.
fn one_open(
    primary: &Head,
    secondary: &Head,
) -> (Option<OpenConversation>, Option<(ContactId, OpenConversation)>) {
    match (&primary.conversation, &secondary.conversation) {
        (Some(p), Some(s)) if s.opened_at < p.opened_at => (Some(s.clone()), Some((primary.id, p.clone()))),
        (Some(p), Some(s)) => (Some(p.clone()), Some((secondary.id, s.clone()))),
        (p, s) => (p.clone().or_else(|| s.clone()), None),
    }
}

fn newer(one: Option<&LastMessage>, other: Option<&LastMessage>) -> Option<LastMessage> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one.id >= other.id { one.clone() } else { other.clone() }),
        (one, other) => one.or(other).cloned(),
    }
}

/// The newest message of a side: what it says may have been taken back since, how far it got is not told twice.
fn last(known: Option<&LastMessage>, newest: Option<&LastMessage>) -> Option<LastMessage> {
    match (known, newest) {
        (Some(known), Some(newest)) if known.id == newest.id => {
            Some(LastMessage { state: known.state, ..newest.clone() })
        }
        (known, newest) => newer(known, newest),
    }
}

fn merged_profile(primary: &Person, secondary: &Person, head: &Head, picks: &Picks) -> Profile {
    let (p, s) = (&primary.profile, &secondary.profile);
    let mut profile = p.clone();
    profile.country = pick(picks, "country", p.country.as_ref(), s.country.as_ref());
    profile.language = pick(picks, "language", p.language.as_ref(), s.language.as_ref());
    let slugs: BTreeSet<&String> = p.fields.keys().chain(s.fields.keys()).collect();
    for slug in slugs {
        let value = pick(picks, &format!("fields.{slug}"), p.fields.get(slug), s.fields.get(slug));
        match value {
            Some(value) => profile.fields.insert(slug.clone(), value),
            None => profile.fields.remove(slug),
        };
    }
    // What was the other's is his own now.
    profile.foreign_phone = p
        .foreign_phone
        .clone()
        .or_else(|| s.foreign_phone.clone())
        .filter(|f| head.phone.as_ref() != Some(f));
    profile.foreign_email = p
        .foreign_email
        .clone()
        .or_else(|| s.foreign_email.clone())
        .filter(|f| head.email.as_ref() != Some(f));
    let more = s.marketing_opt_outs.iter().filter(|c| !p.marketing_opt_outs.contains(c));
    profile.marketing_opt_outs.extend(more.cloned());
    profile
}

/// Both profiles without the custom fields that are the same.
fn changed_fields(before: &Profile, after: &Profile) -> (Profile, Profile) {
    let (mut old, mut new) = (before.clone(), after.clone());
    old.fields.retain(|slug, value| after.fields.get(slug) != Some(value));
    new.fields.retain(|slug, value| before.fields.get(slug) != Some(value));
    (old, new)
}

/// The value of before the merge, unless somebody has changed it since.
fn back<T: PartialEq + Clone>(now: &T, after: &T, before: &T) -> T {
    if now == after { before.clone() } else { now.clone() }
}

/// What is known of the newest messages of each side, where there were new ones since the merge.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Newest {
    pub primary: Option<LastMessage>,
    pub secondary: Option<LastMessage>,
}

/// Separates what was merged last. `current` is the primary now, `was` the secondary as it was at the merge: it gets
/// back what it had, its identities with what happened on them since, and nothing that was edited since.
pub fn unmerge(current: &Person, was: &Person, snapshot: &Snapshot, newest: &Newest) -> Separated {
    let (before, after) = (&snapshot.head_before, &snapshot.head_after);
    let now = &current.head;
    let mut sides: BTreeSet<ContactId> = was.head.origins().collect();
    sides.insert(was.head.id);
    let theirs = |c: &&ContactChannel| c.origin.is_some_and(|origin| sides.contains(&origin));

    let mut head = now.clone();
    head.channels.retain(|c| !theirs(&c));
    head.merged.retain(|one| one.id != was.head.id);
    let name = |h: &Head| (h.first_name.clone(), h.last_name.clone(), h.name_set_by);
    (head.first_name, head.last_name, head.name_set_by) = back(&name(now), &name(after), &name(before));
    head.phone = back(&now.phone, &after.phone, &before.phone);
    head.email = back(&now.email, &after.email, &before.email);
    head.assignee = back(&now.assignee, &after.assignee, &before.assignee);
    head.tags.retain(|tag| before.tags.contains(tag) || !after.tags.contains(tag));

    let mut other = was.head.clone();
    other.channels = now
        .channels
        .iter()
        .filter(theirs)
        .map(|c| ContactChannel { origin: c.origin.filter(|origin| *origin != was.head.id), ..c.clone() })
        .collect();
    other.blocked = now.blocked;

    head.last_message = last(before.last_message.as_ref(), newest.primary.as_ref());
    other.last_message = last(was.head.last_message.as_ref(), newest.secondary.as_ref());
    let sorted =
        |known: Millis, last: &Option<LastMessage>| last.as_ref().map_or(known, |last| known.max(last.at));
    head.sorted_at = sorted(back(&now.sorted_at, &after.sorted_at, &before.sorted_at), &head.last_message);
    other.sorted_at = sorted(other.sorted_at, &other.last_message);

    (head.unread, other.unread) = share(now.unread, after.unread, before.unread, was.head.unread);
    (head.failed, other.failed) = share(now.failed, after.failed, before.failed, was.head.failed);
    if now.unreplied == after.unreplied && now.unread == after.unread {
        head.unreplied = before.unreplied;
    } else {
        head.unreplied = now.unreplied;
        other.unreplied = was.head.unreplied && now.unreplied;
    }
    let mut reopened = None;
    if now.conversation == after.conversation {
        head.conversation.clone_from(&before.conversation);
        reopened.clone_from(&snapshot.closed);
    } else {
        other.conversation = None;
    }
    if now.blocked {
        (head.conversation, other.conversation, reopened) = (None, None, None);
    }

    let (primary_profile, secondary_profile) = separated_profiles(current, was, snapshot, &other.channels);
    let mut events = vec![EventKind::ContactUnmerged { secondary: was.head.id }];
    if head.assignee != now.assignee {
        events.push(EventKind::ContactAssigneeUpdated {
            old: now.assignee.clone(),
            new: head.assignee.clone(),
        });
    }
    let log = |other: &Head| vec![ActivityKind::Unmerged { other: other.id, name: other.display_name() }];
    let activities = log(&other);
    let here = log(&head);
    Separated {
        primary: Change { head, events, activities, conversation: None },
        primary_profile,
        secondary: Change {
            head: other,
            events: vec![EventKind::ContactRefreshed],
            activities: here,
            conversation: None,
        },
        secondary_profile,
        reopened,
    }
}

/// A counter again in two: as it was where nothing happened, else at most what was the secondary's goes back to it.
fn share(now: u32, after: u32, before: u32, was: u32) -> (u32, u32) {
    if now == after {
        return (before, was);
    }
    let back = was.min(now);
    (now - back, back)
}

fn separated_profiles(
    current: &Person,
    was: &Person,
    snapshot: &Snapshot,
    theirs: &[ContactChannel],
) -> (Profile, Profile) {
    let (before, after, now) = (&snapshot.profile_before, &snapshot.profile_after, &current.profile);
    let mut profile = now.clone();
    profile.country = back(&now.country, &after.country, &before.country);
    profile.language = back(&now.language, &after.language, &before.language);
    profile.foreign_phone = back(&now.foreign_phone, &after.foreign_phone, &before.foreign_phone);
    profile.foreign_email = back(&now.foreign_email, &after.foreign_email, &before.foreign_email);
    let slugs: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
    for slug in slugs {
        if now.fields.get(slug) != after.fields.get(slug) {
            continue;
        }
        match before.fields.get(slug) {
            Some(value) => profile.fields.insert(slug.clone(), value.clone()),
            None => profile.fields.remove(slug),
        };
    }
    let goes = |c: &ContactChannelId| theirs.iter().any(|one| one.id == *c);
    let mut other = was.profile.clone();
    other.marketing_opt_outs = now.marketing_opt_outs.iter().filter(|c| goes(c)).cloned().collect();
    profile.marketing_opt_outs.retain(|c| !goes(c));
    (profile, other)
}
