//! Inbox lists: one Query of an index gives a page of rows.

use aws_sdk_dynamodb::types::Select;
use colibri_domain::contact::{Head, LastMessage};
use colibri_domain::message::{MessageState, Traffic};
use colibri_domain::{ContactId, UserId};
use serde::Serialize;

use crate::WorkspaceStore;
use crate::error::{StoreError, StoreErrorKind, sdk};
use crate::heads::Stored;
use crate::item::{Attributes, str_of, text};
use crate::keys::{self, Key, TimelineKind};
use crate::messages::message_of;

/// Which contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbox {
    /// Everybody's.
    All,
    /// Those of one user.
    Assignee(UserId),
    /// Those of any of these users.
    AnyOf(Vec<UserId>),
    /// Those of nobody.
    Unassigned,
}

impl Inbox {
    /// Which list a page token is for. Who belongs to a team may change between two pages.
    fn name(&self) -> String {
        match self {
            Self::AnyOf(_) => "any of several".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// Order by the newest message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ListOrder {
    Newest,
    Oldest,
}

/// What a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct InboxQuery {
    pub inbox: Inbox,
    pub open: bool,
    pub order: ListOrder,
    /// Only those whose last message is the contact's.
    pub unreplied: bool,
    /// Only those with failed messages.
    pub failed: bool,
    pub limit: u32,
}

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// Rows.
    pub items: Vec<T>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Index pages read for one page of a filtered list.
const PAGES: u32 = 8;
/// Messages read in one call.
const AT_ONCE: usize = 100;
/// Rows counted at most.
const COUNT_LIMIT: i32 = 1000;

pub(crate) struct Index {
    pub(crate) name: &'static str,
    hash: &'static str,
    pub(crate) range: &'static str,
    value: String,
}

impl WorkspaceStore {
    /// The lists that an inbox is made of; all of them are ordered by the same place.
    pub(crate) fn indexes(&self, inbox: &Inbox, open: bool) -> Vec<Index> {
        match inbox {
            Inbox::All => {
                vec![Index { name: "GSI1", hash: "gs", range: "gsk", value: keys::by_status(&self.id, open) }]
            }
            Inbox::Assignee(user) => vec![self.assigned(Some(user), open)],
            Inbox::AnyOf(users) => users.iter().map(|user| self.assigned(Some(user), open)).collect(),
            Inbox::Unassigned => vec![self.assigned(None, open)],
        }
    }

    pub(crate) fn assigned(&self, user: Option<&UserId>, open: bool) -> Index {
        Index { name: "GSI2", hash: "ga", range: "gak", value: keys::by_assignee(&self.id, user, open) }
    }

    /// A page of a list; `sees` hides what the caller may not see, here and not later. Its rows are in exact order;
    /// between pages the order is that of the index, which follows a live chat up to half a minute later.
    pub async fn inbox(
        &self,
        query: &InboxQuery,
        cursor: Option<&str>,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
    ) -> Result<Page<Head>, StoreError> {
        let mut page = self.indexed_page(query, cursor, sees).await?;
        page.items.sort_by(|a, b| match query.order {
            ListOrder::Newest => b.sorted_at.cmp(&a.sorted_at),
            ListOrder::Oldest => a.sorted_at.cmp(&b.sorted_at),
        });
        Ok(page)
    }

    async fn indexed_page(
        &self,
        query: &InboxQuery,
        cursor: Option<&str>,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
    ) -> Result<Page<Head>, StoreError> {
        let scope = format!(
            "{}/inbox/{}/{}/{:?}/{}/{}",
            self.id,
            query.inbox.name(),
            query.open,
            query.order,
            query.unreplied,
            query.failed
        );
        let mut after = cursor.map(|token| self.db.cursors.open(&scope, token)).transpose()?;
        let lists = self.indexes(&query.inbox, query.open);
        let wanted = |head: &Head| {
            (!query.unreplied || head.unreplied) && (!query.failed || head.failed > 0) && sees(head)
        };
        let mut items: Vec<Head> = Vec::new();
        for _ in 0..PAGES {
            let (rows, more) = self.merged_page(&lists, query.order, query.limit, after.as_deref()).await?;
            for (place, head) in rows {
                after = Some(place);
                if wanted(&head) {
                    items.push(head);
                    if items.len() >= query.limit as usize {
                        return Ok(Page {
                            items,
                            next_cursor: after.map(|place| self.db.cursors.seal(&scope, &place)),
                        });
                    }
                }
            }
            if !more {
                return Ok(Page { items, next_cursor: None });
            }
        }
        Ok(Page { items, next_cursor: after.map(|place| self.db.cursors.seal(&scope, &place)) })
    }

    /// Gives rows the state that their last message has now. A head learns of it only with its own next change: a
    /// status writes no head, because that would cost the head and both lists each time, and lists are read less
    /// often than messages are reported on. One call for all of them; only messages of ours that `may_move` are read.
    /// A row that is not answered for shows what its head knows.
    pub async fn with_states(
        &self,
        mut heads: Vec<Head>,
        may_move: impl Fn(&Head, &LastMessage) -> bool,
    ) -> Result<Vec<Head>, StoreError> {
        let mut moving: Vec<(Key, usize)> = Vec::new();
        for (row, head) in heads.iter().enumerate() {
            let last = head.last_message.as_ref().filter(|last| last.traffic == Traffic::Outgoing);
            let Some(last) = last else { continue };
            let settled = matches!(last.state, Some(MessageState::Read | MessageState::Failed));
            if settled || !may_move(head, last) {
                continue;
            }
            let mut keepers: Vec<ContactId> = head
                .channels
                .iter()
                .filter(|channel| channel.channel_id == last.channel_id)
                .map(|channel| channel.origin.unwrap_or(head.id))
                .collect();
            keepers.sort_unstable();
            keepers.dedup();
            let key = |keeper| keys::timeline(&self.id, keeper, last.id, TimelineKind::Message);
            moving.extend(keepers.into_iter().map(|keeper| (key(keeper), row)));
        }
        for part in moving.chunks(AT_ONCE) {
            let keys: Vec<Key> = part.iter().map(|(key, _)| key.clone()).collect();
            for item in self.db.glance_at_all("states", &keys).await? {
                let at = |(key, _): &&(Key, usize)| {
                    str_of(&item, "PK") == Some(&key.pk) && str_of(&item, "SK") == Some(&key.sk)
                };
                let Some((_, row)) = part.iter().find(at) else { continue };
                if let (Some(state), Some(last)) =
                    (message_of(&item)?.state(), heads[*row].last_message.as_mut())
                {
                    last.state = Some(state);
                }
            }
        }
        Ok(heads)
    }

    /// Rows of several lists as one, each with its place, and whether there are more.
    pub(crate) async fn merged_page(
        &self,
        lists: &[Index],
        order: ListOrder,
        limit: u32,
        after: Option<&str>,
    ) -> Result<(Vec<(String, Head)>, bool), StoreError> {
        let read = lists.iter().map(|index| self.index_page(index, order, limit, after));
        let mut rows: Vec<(String, Head)> = Vec::new();
        let mut more = false;
        for (index, (items, left)) in lists.iter().zip(futures::future::try_join_all(read).await?) {
            more |= left;
            for item in items {
                let place = str_of(&item, index.range).unwrap_or_default().to_owned();
                rows.push((place, Stored::from_item(&item)?.head));
            }
        }
        rows.sort_by(|(a, _), (b, _)| match order {
            ListOrder::Newest => b.cmp(a),
            ListOrder::Oldest => a.cmp(b),
        });
        more |= rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok((rows, more))
    }

    /// Rows of an index beyond a place, and whether there are more.
    pub(crate) async fn index_page(
        &self,
        index: &Index,
        order: ListOrder,
        limit: u32,
        after: Option<&str>,
    ) -> Result<(Vec<Attributes>, bool), StoreError> {
        let newest = order == ListOrder::Newest;
        let condition = match (after, newest) {
            (None, _) => "#h = :h",
            (Some(_), true) => "#h = :h AND #r < :after",
            (Some(_), false) => "#h = :h AND #r > :after",
        };
        let mut call = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .index_name(index.name)
            .key_condition_expression(condition)
            .expression_attribute_names("#h", index.hash)
            .expression_attribute_values(":h", text(&index.value))
            .scan_index_forward(!newest)
            .limit(i32::try_from(limit).unwrap_or(50));
        if let Some(after) = after {
            call = call
                .expression_attribute_names("#r", index.range)
                .expression_attribute_values(":after", text(after));
        }
        let answer = call.send().await.map_err(|e| sdk("inbox", &e))?;
        let more = answer.last_evaluated_key.is_some();
        Ok((answer.items.unwrap_or_default(), more))
    }

    /// Open conversations of an inbox, counted up to 1,000 a list.
    pub async fn count_open(&self, inbox: &Inbox) -> Result<u32, StoreError> {
        let lists = self.indexes(inbox, true);
        let counts = futures::future::try_join_all(lists.iter().map(|index| self.count(index))).await?;
        Ok(counts.into_iter().sum())
    }

    async fn count(&self, index: &Index) -> Result<u32, StoreError> {
        let answer = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .index_name(index.name)
            .key_condition_expression("#h = :h")
            .expression_attribute_names("#h", index.hash)
            .expression_attribute_values(":h", text(&index.value))
            .select(Select::Count)
            .limit(COUNT_LIMIT)
            .send()
            .await
            .map_err(|e| sdk("count", &e))?;
        u32::try_from(answer.count).map_err(|_| StoreError::new(StoreErrorKind::Corrupt, "count", "negative"))
    }
}
