//! Inbox lists: one Query of an index gives a page of rows.

use aws_sdk_dynamodb::types::Select;
use colibri_domain::UserId;
use colibri_domain::contact::Head;
use colibri_domain::message::{MessageState, Traffic};
use futures::StreamExt;
use serde::Serialize;

use crate::WorkspaceStore;
use crate::error::{StoreError, StoreErrorKind, sdk};
use crate::heads::Stored;
use crate::item::{Attributes, str_of, text};
use crate::keys;

/// Which contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbox {
    /// Everybody's.
    All,
    /// Those of one user.
    Assignee(UserId),
    /// Those of nobody.
    Unassigned,
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
/// Messages read at the same time.
const PARALLEL: usize = 16;
/// Rows counted at most.
const COUNT_LIMIT: i32 = 1000;

struct Index {
    name: &'static str,
    hash: &'static str,
    range: &'static str,
    value: String,
}

impl WorkspaceStore {
    fn index(&self, inbox: &Inbox, open: bool) -> Index {
        match inbox {
            Inbox::All => {
                Index { name: "GSI1", hash: "gs", range: "gsk", value: keys::by_status(&self.id, open) }
            }
            Inbox::Assignee(user) => Index {
                name: "GSI2",
                hash: "ga",
                range: "gak",
                value: keys::by_assignee(&self.id, Some(user), open),
            },
            Inbox::Unassigned => Index {
                name: "GSI2",
                hash: "ga",
                range: "gak",
                value: keys::by_assignee(&self.id, None, open),
            },
        }
    }

    /// A page of a list; `sees` hides what the caller may not see, here and not later.
    pub async fn inbox(
        &self,
        query: &InboxQuery,
        cursor: Option<&str>,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
    ) -> Result<Page<Head>, StoreError> {
        let scope = format!(
            "{}/inbox/{:?}/{}/{:?}/{}/{}",
            self.id, query.inbox, query.open, query.order, query.unreplied, query.failed
        );
        let mut after = cursor.map(|token| self.db.cursors.open(&scope, token)).transpose()?;
        let index = self.index(&query.inbox, query.open);
        let wanted = |head: &Head| {
            (!query.unreplied || head.unreplied) && (!query.failed || head.failed > 0) && sees(head)
        };
        let mut items: Vec<Head> = Vec::new();
        for _ in 0..PAGES {
            let (rows, more) = self.index_page(&index, query, after.as_deref()).await?;
            for row in &rows {
                let head = Stored::from_item(row)?.head;
                after = str_of(row, index.range).map(str::to_owned);
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
    /// status writes no head. Only messages of ours that may still move are read.
    pub async fn with_states(&self, mut heads: Vec<Head>) -> Result<Vec<Head>, StoreError> {
        let moving = heads.iter().enumerate().filter_map(|(place, head)| {
            let last = head.last_message.as_ref().filter(|last| last.traffic == Traffic::Outgoing)?;
            let settled = matches!(last.state, Some(MessageState::Read | MessageState::Failed));
            (!settled).then_some((place, head.id, last.id))
        });
        let reads = moving.map(|(place, contact, message)| async move {
            let message = self.message(contact, message).await?;
            Ok::<_, StoreError>((place, message.and_then(|message| message.state())))
        });
        let reads: Vec<_> = reads.collect();
        let states: Vec<_> = futures::stream::iter(reads).buffer_unordered(PARALLEL).collect().await;
        for found in states {
            let (place, state) = found?;
            if let (Some(state), Some(last)) = (state, heads[place].last_message.as_mut()) {
                last.state = Some(state);
            }
        }
        Ok(heads)
    }

    async fn index_page(
        &self,
        index: &Index,
        query: &InboxQuery,
        after: Option<&str>,
    ) -> Result<(Vec<Attributes>, bool), StoreError> {
        let newest = query.order == ListOrder::Newest;
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
            .limit(i32::try_from(query.limit).unwrap_or(50));
        if let Some(after) = after {
            call = call
                .expression_attribute_names("#r", index.range)
                .expression_attribute_values(":after", text(after));
        }
        let answer = call.send().await.map_err(|e| sdk("inbox", &e))?;
        let more = answer.last_evaluated_key.is_some();
        Ok((answer.items.unwrap_or_default(), more))
    }

    /// Open conversations of an inbox, counted up to 1,000.
    pub async fn count_open(&self, inbox: &Inbox) -> Result<u32, StoreError> {
        let index = self.index(inbox, true);
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
