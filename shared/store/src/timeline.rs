//! A contact's timeline: one Query gives profile, head and the newest entries.

use colibri_domain::ContactId;
use colibri_domain::activity::{Activity, Comment};
use colibri_domain::contact::{Head, Profile};
use colibri_domain::event::EventKind;
use colibri_domain::message::Message;

use crate::WorkspaceStore;
use crate::db::{Expression, Queried, unless_conflict};
use crate::error::StoreError;
use crate::heads::{Stored, WriteContext};
use crate::item::{Attributes, carry, document, read, str_of, text};
use crate::keys::{self, TimelineKind};
use crate::lists::Page;
use crate::messages::message_of;

/// One entry.
#[derive(Debug, Clone)]
#[allow(missing_docs, clippy::large_enum_variant)]
pub enum Entry {
    Message(Message),
    Comment(Comment),
    Activity(Activity),
}

/// A page of a timeline.
#[derive(Debug, Clone)]
pub struct TimelineRead {
    /// `None` where there is no such contact, or none any more.
    pub head: Option<Head>,
    /// With the first page.
    pub profile: Option<Profile>,
    /// Newest first; within a second by arrival.
    pub items: Vec<Entry>,
    /// Where the older page begins.
    pub next_cursor: Option<String>,
}

impl Entry {
    /// Orders entries of one second: when they came.
    fn arrival(&self) -> i64 {
        match self {
            Self::Message(m) => m.received_at.0,
            Self::Comment(c) => c.at.0,
            Self::Activity(a) => a.at.0,
        }
    }

    fn second(&self) -> i64 {
        match self {
            Self::Message(m) => m.id.second().0,
            Self::Comment(c) => c.id.second().0,
            Self::Activity(a) => a.id.second().0,
        }
    }
}

impl WorkspaceStore {
    /// A page of the timeline; never ends within a second.
    pub async fn timeline(
        &self,
        contact: ContactId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<TimelineRead, StoreError> {
        let scope = format!("{}/timeline/{contact}", self.id);
        let before = cursor.map(|token| self.db.cursors.open(&scope, token)).transpose()?;
        let first = before.is_none();
        let upto = before.as_deref().unwrap_or("Z~");
        let mut read_page = TimelineRead { head: None, profile: None, items: Vec::new(), next_cursor: None };
        let own = self.entries(contact, upto, limit + if first { 3 } else { 1 }).await?;
        let mut parts = vec![self.part(&own, before.as_deref(), &mut read_page)?];
        if read_page.head.is_none() {
            read_page.head = self.own_head(contact).await?;
        }
        // What was merged into this contact is read beside it: one Query for each.
        let origins: Vec<ContactId> = read_page.head.iter().flat_map(Head::origins).collect();
        let reads =
            origins.iter().map(|origin| self.entries(*origin, if first { "T~" } else { upto }, limit + 1));
        let found = futures::future::join_all(reads).await;
        for page in found {
            let mut beside = TimelineRead { head: None, profile: None, items: Vec::new(), next_cursor: None };
            parts.push(self.part(&page?, before.as_deref(), &mut beside)?);
        }
        // A part that goes on tells nothing about what is older than its last entry.
        let horizon =
            parts.iter().filter(|(_, more)| *more).filter_map(|(rows, _)| rows.last()).map(|(sk, _)| sk);
        let horizon = horizon.max().cloned();
        let mut rows: Vec<(String, Entry)> = parts.into_iter().flat_map(|(rows, _)| rows).collect();
        rows.sort_by(|(a, _), (b, _)| b.cmp(a));
        if let Some(horizon) = &horizon {
            rows.retain(|(sk, _)| sk >= horizon);
        }
        if horizon.is_some() || rows.len() > limit as usize {
            if !origins.is_empty() {
                rows.truncate(limit as usize + 1);
            }
            keep_whole_seconds(&mut rows);
            if let Some((sk, _)) = rows.last() {
                read_page.next_cursor = Some(self.db.cursors.seal(&scope, sk));
            }
        }
        rows.sort_by(|(a_sk, a), (b_sk, b)| {
            b.second().cmp(&a.second()).then(b.arrival().cmp(&a.arrival())).then(b_sk.cmp(a_sk))
        });
        read_page.items = rows.into_iter().map(|(_, entry)| entry).collect();
        Ok(read_page)
    }

    /// The newest items of one part of a history, up to a place.
    async fn entries(&self, contact: ContactId, upto: &str, limit: u32) -> Result<Queried, StoreError> {
        let condition = Expression::new("PK = :pk AND SK BETWEEN :from AND :to")
            .value(":pk", text(keys::contact(&self.id, contact)))
            .value(":from", text("T#"))
            .value(":to", text(upto));
        self.db.query("timeline", condition, true, limit).await
    }

    /// The entries of a part, newest first, and whether it goes on; head and profile go where they belong.
    #[allow(clippy::unused_self, reason = "stands with what reads")]
    fn part(
        &self,
        page: &Queried,
        before: Option<&str>,
        into: &mut TimelineRead,
    ) -> Result<(Vec<(String, Entry)>, bool), StoreError> {
        let mut rows = Vec::new();
        for item in &page.items {
            match (str_of(item, "SK"), str_of(item, "_t")) {
                (Some(keys::HEAD), Some("head")) => into.head = Some(Stored::from_item(item)?.head),
                (Some(keys::PROFILE), _) => into.profile = Some(read("profile", item)?),
                (Some(sk), _) if sk.starts_with("T#") && before != Some(sk) => {
                    rows.push((sk.to_owned(), entry(item)?));
                }
                _ => {}
            }
        }
        Ok((rows, page.more))
    }

    /// A page of the log alone.
    pub async fn activities(
        &self,
        contact: ContactId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Activity>, StoreError> {
        let mut items = Vec::new();
        let mut cursor = cursor.map(str::to_owned);
        // Most entries of a timeline are messages: a few pages are read for one of the log.
        for _ in 0..4 {
            let page = self.timeline(contact, cursor.as_deref(), 100).await?;
            items.extend(
                page.items
                    .into_iter()
                    .filter_map(|e| if let Entry::Activity(a) = e { Some(a) } else { None }),
            );
            cursor = page.next_cursor;
            if cursor.is_none() || items.len() >= limit as usize {
                break;
            }
        }
        Ok(Page { items, next_cursor: cursor })
    }

    /// Writes an internal comment, once.
    pub async fn put_comment(&self, comment: &Comment) -> Result<(), StoreError> {
        let context = WriteContext { actor: comment.author.clone(), now: comment.at };
        let kind = EventKind::CommentCreated { comment: comment.clone() };
        let events = [self.item_event(comment.contact_id, &[&comment.id.to_string()], kind, &context)];
        let at = keys::timeline(&self.id, comment.contact_id, comment.id, TimelineKind::Comment);
        let mut item = document(&at, "comment", comment)?;
        carry(&mut item, &events)?;
        let put = self.db.put("comment", item, Some(Expression::new("attribute_not_exists(PK)"))).await;
        unless_conflict(put).map(|_| ())
    }
}

pub(crate) fn entry(item: &Attributes) -> Result<Entry, StoreError> {
    Ok(match str_of(item, "_t") {
        Some("comment") => Entry::Comment(read("comment", item)?),
        Some("activity") => Entry::Activity(read("activity", item)?),
        _ => Entry::Message(message_of(item)?),
    })
}

/// Drops the rows of the last second, unless there is no other.
fn keep_whole_seconds(rows: &mut Vec<(String, Entry)>) {
    let Some(last) = rows.last().map(|(_, entry)| entry.second()) else { return };
    let kept = rows.iter().filter(|(_, entry)| entry.second() != last).count();
    if kept > 0 {
        rows.truncate(kept);
    }
}
