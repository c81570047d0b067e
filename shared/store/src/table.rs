//! The table of all contacts: pages in three orders, judged by a filter, and counts.
//!
//! Contact ids are dense integers, so that everybody is found without a list of everybody. A page reads a bounded
//! number of contacts, however few of them a filter lets in: the next page goes on where this one stopped.

use std::collections::BTreeMap;

use colibri_domain::ContactId;
use colibri_domain::contact::{Head, Profile};
use colibri_domain::segment::Candidates;

use crate::WorkspaceStore;
use crate::db::Expression;
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{Attributes, number_of, read, str_of, text};
use crate::keys::{self, Key};
use crate::lists::{Inbox, ListOrder};

/// Contacts looked at in one step.
const STEP: usize = 100;
/// Steps of a page.
const STEPS: usize = 20;
/// Contacts looked at by one count.
pub const COUNT_SPAN: u64 = 5_000;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RowOrder {
    Created,
    Activity,
    Name,
}

/// Who belongs to the page.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Nobody else is let in: saves reads where the order allows it.
    pub candidates: &'a Candidates,
    /// Whether profiles are needed to decide.
    pub by_profile: bool,
    /// Decides.
    pub judge: &'a (dyn Fn(&Head, Option<&Profile>) -> bool + Send + Sync),
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowQuery {
    /// In which order.
    pub order: RowOrder,
    /// Newest first; names from Z.
    pub descending: bool,
    /// Rows at most.
    pub limit: u32,
}

/// A contact with everything that a table may show.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Row {
    pub head: Head,
    pub profile: Option<Profile>,
}

/// A page of rows.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct RowPage {
    pub items: Vec<Row>,
    /// Where the next page begins. There may be one after an empty page.
    pub next_cursor: Option<String>,
}

/// A part of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Contacts that were let in.
    pub matched: u64,
    /// Contacts of the workspace among those looked at.
    pub seen: u64,
    /// Ids up to this one have been looked at.
    pub up_to: ContactId,
    /// The newest id: there is nobody beyond.
    pub last: ContactId,
}

struct Step {
    /// In their order, with the place of each.
    heads: Vec<(String, Head)>,
    /// The place after everything that was looked at; `None` at the end.
    next: Option<String>,
}

impl WorkspaceStore {
    /// The id of the newest contact; 0 where there is none.
    pub async fn newest_contact(&self) -> Result<ContactId, StoreError> {
        let item = self.db.get("sequence", &keys::sequence(&self.id)).await?;
        Ok(ContactId(item.and_then(|item| number_of(&item, "n")).unwrap_or(0)))
    }

    /// A page of contacts.
    pub async fn rows(
        &self,
        query: RowQuery,
        cursor: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<RowPage, StoreError> {
        let scope = format!("{}/rows/{:?}/{}", self.id, query.order, query.descending);
        let mut place = cursor.map(|token| self.db.cursors.open(&scope, token)).transpose()?;
        let mut items: Vec<Row> = Vec::new();
        for _ in 0..STEPS {
            let step = self.rows_beyond(query, place.as_deref(), wanted.candidates).await?;
            let ids: Vec<ContactId> = step.heads.iter().map(|(_, head)| head.id).collect();
            let mut profiles =
                if wanted.by_profile { self.profiles_of(&ids).await? } else { BTreeMap::new() };
            for (at, head) in step.heads {
                let profile = profiles.remove(&head.id);
                if !(wanted.judge)(&head, profile.as_ref()) {
                    continue;
                }
                items.push(Row { head, profile });
                if items.len() >= query.limit as usize {
                    return self.page(items, Some(self.db.cursors.seal(&scope, &at))).await;
                }
            }
            place = step.next;
            if place.is_none() {
                break;
            }
        }
        let next_cursor = place.map(|place| self.db.cursors.seal(&scope, &place));
        self.page(items, next_cursor).await
    }

    async fn page(&self, mut items: Vec<Row>, next_cursor: Option<String>) -> Result<RowPage, StoreError> {
        let bare: Vec<ContactId> =
            items.iter().filter(|row| row.profile.is_none()).map(|row| row.head.id).collect();
        let mut profiles = self.profiles_of(&bare).await?;
        for row in items.iter_mut().filter(|row| row.profile.is_none()) {
            row.profile = profiles.remove(&row.head.id);
        }
        Ok(RowPage { items, next_cursor })
    }

    async fn rows_beyond(
        &self,
        query: RowQuery,
        place: Option<&str>,
        candidates: &Candidates,
    ) -> Result<Step, StoreError> {
        match query.order {
            RowOrder::Created => self.created(query.descending, place).await,
            RowOrder::Activity => self.active(query.descending, place, candidates).await,
            RowOrder::Name => self.named(query.descending, place).await,
        }
    }

    /// By id.
    async fn created(&self, descending: bool, place: Option<&str>) -> Result<Step, StoreError> {
        let newest = self.newest_contact().await?.0;
        let at: Option<u64> = match place {
            Some(place) => Some(place.parse().map_err(|_| {
                StoreError::new(StoreErrorKind::CursorInvalid, "rows", "a place that is no id")
            })?),
            None => None,
        };
        let step = STEP as u64;
        let ids: Vec<u64> = if descending {
            let first = at.map_or(newest, |at| at.saturating_sub(1).min(newest));
            (first.saturating_sub(step - 1).max(1)..=first).rev().collect()
        } else {
            let first = at.map_or(1, |at| at.saturating_add(1));
            (first..=newest.min(first.saturating_add(step - 1))).collect()
        };
        let heads = self.heads_of(&ids.iter().copied().map(ContactId).collect::<Vec<_>>()).await?;
        let end = ids.last().copied().filter(|last| if descending { *last > 1 } else { *last < newest });
        let heads = ids
            .iter()
            .filter_map(|id| heads.get(&ContactId(*id)).map(|head| (id.to_string(), head.clone())))
            .collect();
        Ok(Step { heads, next: end.map(|end| end.to_string()) })
    }

    /// By the newest message: the open and the closed of a list, as one. Both lists are ordered by the same place.
    async fn active(
        &self,
        descending: bool,
        place: Option<&str>,
        candidates: &Candidates,
    ) -> Result<Step, StoreError> {
        let inbox = match candidates {
            Candidates::Everybody => Inbox::All,
            Candidates::Assigned(user) => Inbox::Assignee(user.clone()),
            Candidates::Unassigned => Inbox::Unassigned,
        };
        let order = if descending { ListOrder::Newest } else { ListOrder::Oldest };
        let limit = u32::try_from(STEP).unwrap_or(100);
        let lists: Vec<_> = [true, false].iter().flat_map(|open| self.indexes(&inbox, *open)).collect();
        let (rows, more) = self.merged_page(&lists, order, limit, place).await?;
        let next = rows.last().map(|(at, _)| at.clone()).filter(|_| more);
        Ok(Step { heads: rows, next })
    }

    /// By name, as search keeps it.
    async fn named(&self, descending: bool, place: Option<&str>) -> Result<Step, StoreError> {
        let condition = match (place, descending) {
            (None, _) => Expression::new("PK = :pk"),
            (Some(after), true) => Expression::new("PK = :pk AND SK < :after").value(":after", text(after)),
            (Some(after), false) => Expression::new("PK = :pk AND SK > :after").value(":after", text(after)),
        };
        let condition = condition.value(":pk", text(keys::names(&self.id)));
        let page = self.db.query("names", condition, descending, u32::try_from(STEP).unwrap_or(100)).await?;
        let named =
            |item: &Attributes| Some((str_of(item, "SK")?.to_owned(), ContactId(number_of(item, "cid")?)));
        let places: Vec<(String, ContactId)> = page.items.iter().filter_map(named).collect();
        let ids: Vec<ContactId> = places.iter().map(|(_, id)| *id).collect();
        let heads = self.heads_of(&ids).await?;
        let next = places.last().map(|(at, _)| at.clone()).filter(|_| page.more);
        // A name that was changed a moment ago may stand in two places: the one that is true counts.
        let heads = places
            .into_iter()
            .filter_map(|(at, id)| heads.get(&id).map(|head| (at, head.clone())))
            .filter(|(at, head)| {
                at.rsplit_once('#').is_some_and(|(name, _)| name == crate::search::sorted_name(head))
            })
            .collect();
        Ok(Step { heads, next })
    }

    async fn profiles_of(&self, ids: &[ContactId]) -> Result<BTreeMap<ContactId, Profile>, StoreError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let keys: Vec<Key> = ids.iter().map(|id| keys::profile(&self.id, *id)).collect();
        let of: BTreeMap<&str, ContactId> =
            keys.iter().map(|key| key.pk.as_str()).zip(ids.iter().copied()).collect();
        let mut profiles = BTreeMap::new();
        for item in self.db.glance_at_every("profiles", &keys).await? {
            if let Some(id) = str_of(&item, "PK").and_then(|pk| of.get(pk)) {
                profiles.insert(*id, read("profile", &item)?);
            }
        }
        Ok(profiles)
    }

    /// Some contacts by their ids, in the order of the ids; who does not stand for himself is left out.
    pub async fn rows_of(&self, ids: &[ContactId], with_profiles: bool) -> Result<Vec<Row>, StoreError> {
        let heads = self.heads_of(ids).await?;
        let ids: Vec<ContactId> = heads.keys().copied().collect();
        let mut profiles = if with_profiles { self.profiles_of(&ids).await? } else { BTreeMap::new() };
        let rows = heads.into_values().map(|head| Row { profile: profiles.remove(&head.id), head });
        Ok(rows.collect())
    }

    /// Counts those of the next 5,000 ids whom a filter lets in.
    pub async fn count_rows(&self, after: ContactId, wanted: Wanted<'_>) -> Result<Counted, StoreError> {
        let last = self.newest_contact().await?;
        let up_to = ContactId(last.0.min(after.0.saturating_add(COUNT_SPAN)));
        let ids: Vec<ContactId> = (after.0 + 1..=up_to.0).map(ContactId).collect();
        let rows = self.rows_of(&ids, wanted.by_profile).await?;
        let matched = rows.iter().filter(|row| (wanted.judge)(&row.head, row.profile.as_ref())).count();
        Ok(Counted { matched: matched as u64, seen: rows.len() as u64, up_to, last })
    }
}
