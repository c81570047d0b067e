//! Visitors of a web chat: one session each, and one feed of what was said, numbered from 1 without gaps.

use colibri_domain::webchat::{FeedEntry, FeedFile, VisitorSession};
use colibri_domain::{ChannelId, FileId, Millis, WorkspaceId};

use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::TRIES;
use crate::item::{Attributes, document, json, key, number, number_of, parsed, read, text};
use crate::keys::{self, Key};
use crate::{Store, WorkspaceStore};

/// Seconds that an entry's claim is kept: nobody repeats a message later.
const CLAIM_SECONDS: i64 = 30 * 86_400;
/// Seconds that an announced upload is kept.
const UPLOAD_SECONDS: i64 = 86_400;
/// Entries that a visitor keeps when he becomes known.
const CARRIED: u32 = 500;

/// One visitor's data.
#[derive(Debug, Clone)]
pub struct VisitorStore {
    pub(crate) db: Store,
    pub(crate) workspace: WorkspaceId,
    /// Channel.
    pub channel: ChannelId,
    /// Who.
    pub visitor: String,
}

/// What is kept beside a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitorState {
    /// What is known of him.
    pub session: VisitorSession,
    /// Number of the newest entry.
    pub seq: u64,
    /// He has read up to here.
    pub read: u64,
    /// His page has received up to here.
    pub delivered: u64,
    /// Our side has read up to here.
    pub agent_read: u64,
    /// Entries up to here were mailed to him.
    pub mailed: u64,
    /// When he is looked after next, if he is.
    pub note_at: Option<Millis>,
}

/// Numbers that only rise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mark {
    Read,
    Delivered,
    AgentRead,
    Mailed,
}

impl Mark {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Read => "rd",
            Self::Delivered => "dl",
            Self::AgentRead => "ar",
            Self::Mailed => "ml",
        }
    }
}

impl WorkspaceStore {
    /// A visitor of one of the workspace's web chats.
    pub fn visitor(&self, channel: &ChannelId, visitor: &str) -> VisitorStore {
        VisitorStore {
            db: self.db.clone(),
            workspace: self.id.clone(),
            channel: channel.clone(),
            visitor: visitor.to_owned(),
        }
    }

    /// Counts one more of something within a stretch of time; false where the limit is reached already.
    pub async fn admit(
        &self,
        channel: &ChannelId,
        who: &str,
        window: &str,
        limit: u32,
        until: Millis,
    ) -> Result<bool, StoreError> {
        let at = keys::visitor_limit(&self.id, channel, who, window);
        let update = Expression::new("ADD n :one SET #ttl = :ttl, #t = :t")
            .name("#ttl", "ttl")
            .name("#t", "_t")
            .value(":t", text("visitor_limit"))
            .value(":one", number(1))
            .value(":limit", number(limit))
            .value(":ttl", number(until.seconds().0 + 60));
        let room = "attribute_not_exists(n) OR n < :limit";
        Ok(unless_conflict(self.db.update("limit", &at, update, Some(room)).await)?.is_some())
    }
}

fn state_of(item: &Attributes) -> Result<VisitorState, StoreError> {
    let at = |name| number_of(item, name).unwrap_or(0);
    Ok(VisitorState {
        session: parsed("session", item, "d")?.unwrap_or_default(),
        seq: at("n"),
        read: at("rd"),
        delivered: at("dl"),
        agent_read: at("ar"),
        mailed: at("ml"),
        note_at: number_of(item, "nt").map(Millis),
    })
}

impl VisitorStore {
    pub(crate) fn at(&self, sk: impl Into<String>) -> Key {
        Key { pk: keys::visitor(&self.workspace, &self.channel, &self.visitor), sk: sk.into() }
    }

    /// What is known; `None` of somebody who has neither written nor filled in the form.
    pub async fn state(&self) -> Result<Option<VisitorState>, StoreError> {
        self.db.get("session", &self.at(keys::SESSION)).await?.map(|item| state_of(&item)).transpose()
    }

    /// Writes what is known of the visitor; the numbers stay.
    pub async fn put_session(&self, session: &VisitorSession) -> Result<(), StoreError> {
        let update = Expression::new("SET d = :d, #t = :t")
            .name("#t", "_t")
            .value(":t", text("visitor_session"))
            .value(":d", json("session", session)?);
        self.db.update("session", &self.at(keys::SESSION), update, None).await.map(|_| ())
    }

    /// Adds an entry at the end of the feed, once per claim: entry, number and claim in one transaction.
    ///
    /// Returns the entry as it is kept, and whether this call added it. `session` is kept where there is none yet.
    pub async fn append(
        &self,
        claim: &str,
        entry: &FeedEntry,
        session: &VisitorSession,
    ) -> Result<(FeedEntry, bool), StoreError> {
        let claim_at = self.at(format!("C#{claim}"));
        for attempt in 0..TRIES {
            let was = self.state().await?.map_or(0, |state| state.seq);
            let entry = FeedEntry { seq: was + 1, ..entry.clone() };
            let advance = Expression::new("SET n = :next, d = if_not_exists(d, :d), #t = :t")
                .name("#t", "_t")
                .value(":t", text("visitor_session"))
                .value(":d", json("session", session)?)
                .value(":next", number(entry.seq));
            let (advance, unchanged) = if was == 0 {
                (advance, "attribute_not_exists(n)")
            } else {
                (advance.value(":was", number(was)), "n = :was")
            };
            let mut claimed = key(&claim_at);
            claimed.insert("_t".to_owned(), text("feed_claim"));
            claimed.insert("seq".to_owned(), number(entry.seq));
            claimed.insert("ttl".to_owned(), number(entry.at.seconds().0 + CLAIM_SECONDS));
            let free = || Some(Expression::new("attribute_not_exists(PK)"));
            let item = document(&self.at(keys::feed_sk(entry.seq)), "feed_entry", &entry)?;
            let writes = vec![
                self.db.put_in_transaction(claimed, free())?,
                self.db.update_in_transaction(&self.at(keys::SESSION), advance, unchanged)?,
                self.db.put_in_transaction(item, free())?,
            ];
            match self.db.transact("feed", writes).await? {
                Transacted::Done => return Ok((entry, true)),
                Transacted::Refused(places) if places.contains(&0) => {
                    return self.claimed(&claim_at).await.map(|known| (known, false));
                }
                Transacted::Refused(_) | Transacted::Contended => self.db.back_off(attempt).await,
            }
        }
        Err(StoreError::new(StoreErrorKind::Throttled, "feed", "too much contention"))
    }

    async fn claimed(&self, claim: &Key) -> Result<FeedEntry, StoreError> {
        let missing = || StoreError::new(StoreErrorKind::Unavailable, "feed", "a claim without its entry");
        let claimed = self.db.get("feed claim", claim).await?.ok_or_else(missing)?;
        let seq = number_of(&claimed, "seq").ok_or_else(missing)?;
        self.entry(seq).await?.ok_or_else(missing)
    }

    /// The entry that a claim stands for, if it was made.
    pub async fn entry_of(&self, claim: &str) -> Result<Option<FeedEntry>, StoreError> {
        let claimed = self.db.get("feed claim", &self.at(format!("C#{claim}"))).await?;
        match claimed.and_then(|item| number_of(&item, "seq")) {
            Some(seq) => self.entry(seq).await,
            None => Ok(None),
        }
    }

    async fn entry(&self, seq: u64) -> Result<Option<FeedEntry>, StoreError> {
        let item = self.db.get("feed", &self.at(keys::feed_sk(seq))).await?;
        item.map(|item| read("feed", &item)).transpose()
    }

    async fn range(
        &self,
        from: u64,
        to: u64,
        newest_first: bool,
        limit: u32,
    ) -> Result<(Vec<FeedEntry>, bool), StoreError> {
        if from > to {
            return Ok((Vec::new(), false));
        }
        let condition = Expression::new("PK = :pk AND SK BETWEEN :from AND :to")
            .value(":pk", text(self.at("").pk))
            .value(":from", text(keys::feed_sk(from)))
            .value(":to", text(keys::feed_sk(to)));
        let page = self.db.query("feed", condition, newest_first, limit).await?;
        let entries = page.items.iter().map(|item| read("feed", item)).collect::<Result<Vec<_>, _>>()?;
        Ok((entries, page.more))
    }

    /// Entries after a number, oldest first, and whether there are more.
    pub async fn feed_after(&self, since: u64, limit: u32) -> Result<(Vec<FeedEntry>, bool), StoreError> {
        self.range(since.saturating_add(1), LAST_SEQ, false, limit).await
    }

    /// The newest entries before a number, oldest first, and whether there are more before them.
    pub async fn feed_before(&self, before: u64, limit: u32) -> Result<(Vec<FeedEntry>, bool), StoreError> {
        let Some(to) = before.checked_sub(1) else { return Ok((Vec::new(), false)) };
        let (mut entries, more) = self.range(1, to.min(LAST_SEQ), true, limit).await?;
        entries.reverse();
        Ok((entries, more))
    }

    /// Raises a number; false where it stands there already.
    pub async fn mark(&self, mark: Mark, up_to: u64) -> Result<bool, StoreError> {
        let update = Expression::new("SET #m = :up").name("#m", mark.attribute()).value(":up", number(up_to));
        let lower = "attribute_exists(PK) AND (attribute_not_exists(#m) OR #m < :up)";
        let moved = self.db.update("session", &self.at(keys::SESSION), update, Some(lower)).await;
        Ok(unless_conflict(moved)?.is_some())
    }

    /// Puts a number back to where it was, if it still stands where we put it.
    pub async fn unmark(&self, mark: Mark, from: u64, to: u64) -> Result<(), StoreError> {
        let update = Expression::new("SET #m = :to")
            .name("#m", mark.attribute())
            .value(":to", number(to))
            .value(":from", number(from));
        let at = self.at(keys::SESSION);
        unless_conflict(self.db.update("session", &at, update, Some("#m = :from")).await).map(|_| ())
    }

    /// Notes when the visitor is looked after next; false where that is arranged already.
    pub async fn arrange_note(&self, now: Millis, at: Millis) -> Result<bool, StoreError> {
        let update = Expression::new("SET nt = :at")
            .value(":at", number(at.0))
            .value(":late", number(now.plus(-NOTE_LATE_MILLIS).0));
        let none = "attribute_exists(PK) AND (attribute_not_exists(nt) OR nt < :late)";
        let arranged = self.db.update("session", &self.at(keys::SESSION), update, Some(none)).await;
        Ok(unless_conflict(arranged)?.is_some())
    }

    /// Nothing is arranged any more.
    pub async fn end_note(&self) -> Result<(), StoreError> {
        let at = self.at(keys::SESSION);
        let update = Expression::new("REMOVE nt");
        unless_conflict(self.db.update("session", &at, update, Some("attribute_exists(PK)")).await)
            .map(|_| ())
    }

    /// Takes over what an anonymous visitor wrote before the site said who he is. True where there was something and
    /// this visitor had nothing of his own yet.
    pub async fn take_over(&self, before: &Self) -> Result<bool, StoreError> {
        let Some(state) = before.state().await?.filter(|state| state.seq > 0) else { return Ok(false) };
        if self.state().await?.is_some_and(|own| own.seq > 0) {
            return Ok(false);
        }
        let (entries, _) = before.feed_after(state.seq.saturating_sub(u64::from(CARRIED)), CARRIED).await?;
        for entry in &entries {
            let item = document(&self.at(keys::feed_sk(entry.seq)), "feed_entry", entry)?;
            self.db.put("feed", item, None).await?;
        }
        let mut item = document(&self.at(keys::SESSION), "visitor_session", &state.session)?;
        for (name, value) in [
            ("n", state.seq),
            ("rd", state.read),
            ("dl", state.delivered),
            ("ar", state.agent_read),
            ("ml", state.mailed),
        ] {
            item.insert(name.to_owned(), number(value));
        }
        let free = Expression::new("attribute_not_exists(n)");
        Ok(unless_conflict(self.db.put("session", item, Some(free)).await)?.is_some())
    }

    /// Keeps what a visitor announced to upload.
    pub async fn put_upload(&self, file: &FeedFile, now: Millis) -> Result<(), StoreError> {
        let mut item = document(&self.at(format!("F#{}", file.id)), "visitor_upload", file)?;
        item.insert("ttl".to_owned(), number(now.seconds().0 + UPLOAD_SECONDS));
        self.db.put("upload", item, None).await
    }

    /// What this visitor, and no other, announced under an id.
    pub async fn upload(&self, id: &FileId) -> Result<Option<FeedFile>, StoreError> {
        let item = self.db.get("upload", &self.at(format!("F#{id}"))).await?;
        item.map(|item| read("upload", &item)).transpose()
    }
}

/// Nobody writes more.
const LAST_SEQ: u64 = 999_999_999_999;
/// An arrangement that was not kept within this time is forgotten: whoever should have kept it died.
const NOTE_LATE_MILLIS: i64 = 60 * 60 * 1000;
