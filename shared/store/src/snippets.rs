//! Snippets of a workspace.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use colibri_domain::snippet::{SNIPPETS, Snippet};

use crate::WorkspaceStore;
use crate::db::{Expression, Transacted};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{document, key, number, number_of, read, str_of, text};
use crate::keys::{self, Key};

/// Snippets of a page.
const PAGE: u32 = 500;
/// Tries where others write the count at the same time.
const ATTEMPTS: u32 = 5;

/// Some snippets, in the order of their ids.
#[derive(Debug, Clone)]
pub struct SnippetPage {
    /// The snippets.
    pub items: Vec<Snippet>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnippetChange {
    /// It is stored.
    Done,
    /// The id is taken, or somebody else changed it first: what is there now, if anything.
    Stale(Option<Snippet>),
    /// The workspace has as many as it may.
    Full,
}

impl WorkspaceStore {
    fn snippet_key(&self, id: &str) -> Key {
        keys::snippet(&self.id, id)
    }

    /// A snippet. One read.
    pub async fn snippet(&self, id: &str) -> Result<Option<Snippet>, StoreError> {
        let item = self.db.get("snippet", &self.snippet_key(id)).await?;
        item.map(|item| whole(&item)).transpose()
    }

    /// A page of snippets. One Query.
    pub async fn snippets(&self, cursor: Option<&str>) -> Result<SnippetPage, StoreError> {
        let list = format!("{}/snippets", self.id);
        let after = match cursor {
            Some(token) => self.db.cursors.open(&list, token)?,
            None => keys::SNIPPET.to_owned(),
        };
        let condition = Expression::new("PK = :pk AND SK BETWEEN :after AND :end")
            .value(":pk", text(keys::snippets(&self.id)))
            .value(":after", text(format!("{after}\u{1}")))
            .value(":end", text(format!("{}~", keys::SNIPPET)));
        let page = self.db.query("snippets", condition, false, PAGE).await?;
        let end = page.items.last().and_then(|item| str_of(item, "SK"));
        let next_cursor = end.filter(|_| page.more).map(|end| self.db.cursors.seal(&list, end));
        let items = page.items.iter().map(whole).collect::<Result<_, _>>()?;
        Ok(SnippetPage { items, next_cursor })
    }

    /// Stores a snippet: a new one (version 0) with its place among the workspace's, another one in place of the
    /// version that was read.
    pub async fn put_snippet(&self, snippet: &Snippet) -> Result<SnippetChange, StoreError> {
        let at = self.snippet_key(&snippet.id);
        let mut item = document(&at, "snippet", snippet)?;
        item.insert("ver".to_owned(), number(snippet.version + 1));
        if snippet.version > 0 {
            let unchanged = Expression::new("ver = :ver").value(":ver", number(snippet.version));
            return match self.db.put("snippet", item, Some(unchanged)).await {
                Ok(()) => Ok(SnippetChange::Done),
                Err(error) if error.kind == StoreErrorKind::Conflict => self.stale(&snippet.id).await,
                Err(error) => Err(error),
            };
        }
        for attempt in 0..ATTEMPTS {
            let new = Expression::new("attribute_not_exists(PK)");
            let place = Expression::new("SET #t = :t ADD n :one")
                .name("#t", "_t")
                .value(":t", text("count"))
                .value(":one", number(1))
                .value(":most", number(SNIPPETS));
            let free = "attribute_not_exists(n) OR n < :most";
            let count = self.db.update_in_transaction(&keys::snippet_count(&self.id), place, free)?;
            let writes = vec![self.db.put_in_transaction(item.clone(), Some(new))?, count];
            match self.db.transact("snippet", writes).await? {
                Transacted::Done => return Ok(SnippetChange::Done),
                Transacted::Refused(failed) if failed.contains(&0) => return self.stale(&snippet.id).await,
                Transacted::Refused(_) => return Ok(SnippetChange::Full),
                Transacted::Contended => self.db.back_off(attempt).await,
            }
        }
        Err(StoreError::new(StoreErrorKind::Throttled, "snippet", "too many changes at once"))
    }

    /// Deletes the version that was read.
    pub async fn delete_snippet(&self, id: &str, version: u64) -> Result<SnippetChange, StoreError> {
        for attempt in 0..ATTEMPTS {
            let gone = Delete::builder()
                .table_name(&self.db.table)
                .set_key(Some(key(&self.snippet_key(id))))
                .condition_expression("ver = :ver")
                .expression_attribute_values(":ver", number(version))
                .build()
                .map_err(|e| StoreError::new(StoreErrorKind::Corrupt, "snippet", e.to_string()))?;
            let less = Expression::new("ADD n :less").value(":less", number(-1));
            let count =
                self.db.update_in_transaction(&keys::snippet_count(&self.id), less, "attribute_exists(n)")?;
            let writes = vec![TransactWriteItem::builder().delete(gone).build(), count];
            match self.db.transact("snippet", writes).await? {
                Transacted::Done => return Ok(SnippetChange::Done),
                Transacted::Refused(_) => return self.stale(id).await,
                Transacted::Contended => self.db.back_off(attempt).await,
            }
        }
        Err(StoreError::new(StoreErrorKind::Throttled, "snippet", "too many changes at once"))
    }

    async fn stale(&self, id: &str) -> Result<SnippetChange, StoreError> {
        Ok(SnippetChange::Stale(self.snippet(id).await?))
    }
}

fn whole(item: &crate::item::Attributes) -> Result<Snippet, StoreError> {
    let snippet: Snippet = read("snippet", item)?;
    Ok(Snippet { version: number_of(item, "ver").unwrap_or(0), ..snippet })
}
