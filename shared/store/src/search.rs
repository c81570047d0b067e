//! Search: one small item per word by which a contact may be looked for.
//!
//! An item also holds the contact's other words, so that a search for several of them reads the items of one and no
//! contact that lacks another.

use std::collections::{BTreeMap, BTreeSet};

use colibri_domain::contact::Head;
use colibri_domain::text::fold;
use colibri_domain::{ContactId, UserId};

use crate::WorkspaceStore;
use crate::error::{StoreError, sdk};
use crate::heads::Stored;
use crate::item::{Attributes, key, number, number_of, str_of, text};
use crate::keys::{self, Key};
use crate::lists::{ListOrder, Page};

/// Words of a contact at most.
const TOKENS: usize = 16;
/// Word items judged for one step of a search.
const CANDIDATES: i32 = 300;
/// Steps of one search: what they do not find, the next page does.
const STEPS: u32 = 4;
/// Word items whose contacts are read at once.
const AT_ONCE: usize = 100;
/// Digits that a number with its area has at least, in every country that writes a 0 before it.
const NATIONAL_DIGITS: usize = 7;
/// Contacts of somebody who sees few of them, read for one step.
const OWN_ROWS: u32 = 1_000;
/// What the word begins with that is no word, but the whole name: it sorts.
const NAME: char = '=';
/// Characters of a name that sorting looks at.
const NAME_CHARS: usize = 80;

/// Whose contacts are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among {
    /// Everybody's.
    All,
    /// Those of these users.
    Of(Vec<UserId>),
}

/// The words of a contact: parts of the name, the e-mail, tails of the phone.
pub fn tokens(head: &Head) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for part in fold(&format!("{} {}", head.first_name, head.last_name)).split(|c: char| !c.is_alphanumeric())
    {
        words.insert(part.to_owned());
    }
    if let Some(email) = &head.email {
        words.insert(fold(email.as_str()));
    }
    if let Some(phone) = &head.phone {
        let digits = phone.digits();
        words.extend((0..digits.len().saturating_sub(3)).map(|start| digits[start..].to_owned()));
    }
    words.into_iter().filter(|word| word.chars().count() >= 2).take(TOKENS).collect()
}

/// The place of a contact among all names.
pub(crate) fn sorted_name(head: &Head) -> String {
    fold(&head.display_name()).chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect()
}

/// What is looked for.
struct Sought {
    words: Vec<String>,
    id: Option<ContactId>,
}

impl Sought {
    fn new(wanted: &str) -> Self {
        let folded = fold(wanted);
        let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
        let looks_like_phone =
            digits.len() >= 4 && folded.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
        let words: Vec<String> = if looks_like_phone {
            // A national form begins with 0; the stored one never does. What is shorter is the end of a number.
            let national = digits.len() >= NATIONAL_DIGITS;
            vec![if national { digits.trim_start_matches('0').to_owned() } else { digits }]
        } else if folded.contains('@') {
            vec![folded.trim().to_owned()]
        } else {
            folded
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Self { words, id: wanted.trim().trim_start_matches('#').parse().ok() }
    }

    /// The word by which it is looked up: the longest is the rarest, mostly.
    fn key(&self) -> Option<&str> {
        let longest = self.words.iter().max_by_key(|word| word.chars().count());
        longest.map(String::as_str).filter(|word| word.chars().count() >= 2)
    }

    fn matches(&self, head: &Head) -> bool {
        let known = tokens(head);
        !self.words.is_empty()
            && self.words.iter().all(|word| known.iter().any(|token| token.starts_with(word)))
    }
}

impl WorkspaceStore {
    /// Makes the search words of a contact what its head says; `before` is what they were.
    pub async fn index_contact(
        &self,
        head: &Head,
        before: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let words = tokens(head);
        let together = format!(" {} ", words.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
        let mut wanted = words;
        wanted.insert(format!("{NAME}{}", sorted_name(head)));
        // Every item holds all words: with one of them all change.
        if wanted == *before {
            return Ok(wanted);
        }
        for word in &wanted {
            let mut item = key(&self.token(word, head.id));
            item.insert("_t".to_owned(), text("token"));
            item.insert("cid".to_owned(), number(head.id.0));
            if !word.starts_with(NAME) {
                item.insert("w".to_owned(), text(&together));
            }
            self.db.put("search", item, None).await?;
        }
        for word in before.difference(&wanted) {
            self.db.delete("search", &self.token(word, head.id), None).await?;
        }
        Ok(wanted)
    }

    /// Takes all search words off a contact.
    pub async fn unindex_contact(
        &self,
        contact: ContactId,
        before: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        for word in before {
            self.db.delete("search", &self.token(word, contact), None).await?;
        }
        Ok(BTreeSet::new())
    }

    fn token(&self, word: &str, contact: ContactId) -> Key {
        match word.strip_prefix(NAME) {
            Some(name) => Key { pk: keys::names(&self.id), sk: format!("{name}#{:010}", contact.0) },
            None => Key { pk: keys::tokens(&self.id, word), sk: format!("{word}#{:010}", contact.0) },
        }
    }

    /// Contacts that match every word of a text, or its digits as part of a phone, or its number as an id. `among`
    /// says where to look for somebody who sees few: the words of all may be very many. `sees` decides.
    pub async fn search(
        &self,
        wanted: &str,
        limit: u32,
        cursor: Option<&str>,
        among: &Among,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
    ) -> Result<Page<Head>, StoreError> {
        let scope = format!("{}/search/{wanted}", self.id);
        let place = cursor.map(|token| self.db.cursors.open(&scope, token)).transpose()?;
        let sought = Sought::new(wanted);
        let mut items: Vec<Head> = Vec::new();
        if let (None, Some(id)) = (&place, sought.id) {
            items.extend(self.own_head(id).await?.filter(|head| sees(head)));
        }
        let skip = sought.id;
        let judged = |head: &Head| Some(head.id) != skip && sought.matches(head) && sees(head);
        let next = match (sought.key(), place.as_deref().map(|place| place.split_at(1))) {
            (None, _) => None,
            (Some(_), Some(("o", place))) => {
                self.search_own(among, limit, place, &judged, &mut items).await?
            }
            (Some(word), place) => {
                let place = place.map(|(_, place)| place);
                let found =
                    self.search_words(&sought, word, place, limit, among, &judged, &mut items).await?;
                match found {
                    Found::Next(next) => next,
                    Found::TooMany => self.search_own(among, limit, "", &judged, &mut items).await?,
                }
            }
        };
        items.sort_by_key(|head| std::cmp::Reverse(head.sorted_at));
        Ok(Page { items, next_cursor: next.map(|place| self.db.cursors.seal(&scope, &place)) })
    }

    #[allow(clippy::too_many_arguments, reason = "one step of a search, called from one place")]
    async fn search_words(
        &self,
        sought: &Sought,
        word: &str,
        after: Option<&str>,
        limit: u32,
        among: &Among,
        judged: &(dyn Fn(&Head) -> bool + Send + Sync),
        items: &mut Vec<Head>,
    ) -> Result<Found, StoreError> {
        let mut after = after.map(str::to_owned);
        for _ in 0..STEPS {
            let (rows, more) = self.word_items(sought, word, after.as_deref()).await?;
            if let (Among::Of(_), true, None) = (among, more, &after) {
                return Ok(Found::TooMany);
            }
            for rows in rows.chunks(AT_ONCE) {
                let ids: Vec<ContactId> =
                    rows.iter().filter_map(|row| number_of(row, "cid")).map(ContactId).collect();
                let heads = self.heads_of(&ids).await?;
                for row in rows {
                    let (Some(id), Some(sk)) = (number_of(row, "cid").map(ContactId), str_of(row, "SK"))
                    else {
                        continue;
                    };
                    let token = sk.rsplit_once('#').map_or(sk, |(token, _)| token);
                    // Who has two words that begin so is met at the first of them.
                    let met = |head: &&Head| {
                        tokens(head)
                            .iter()
                            .find(|known| known.starts_with(word))
                            .is_some_and(|first| first == token)
                    };
                    if let Some(head) = heads.get(&id).filter(met).filter(|head| judged(head)) {
                        items.push(head.clone());
                        if items.len() >= limit as usize {
                            return Ok(Found::Next(Some(format!("t{sk}"))));
                        }
                    }
                }
            }
            after = rows.last().and_then(|row| str_of(row, "SK")).map(str::to_owned);
            if !more {
                return Ok(Found::Next(None));
            }
        }
        Ok(Found::Next(after.map(|sk| format!("t{sk}"))))
    }

    /// Word items that begin so and hold all other words too.
    async fn word_items(
        &self,
        sought: &Sought,
        word: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Attributes>, bool), StoreError> {
        let others: Vec<&String> = sought.words.iter().filter(|other| *other != word).collect();
        let mut call = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .key_condition_expression("PK = :pk AND SK BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(keys::tokens(&self.id, word)))
            .expression_attribute_values(":to", text(format!("{word}\u{10ffff}")));
        call = match after {
            Some(after) => call.expression_attribute_values(":from", text(format!("{after}\u{1}"))),
            None => call.expression_attribute_values(":from", text(word)),
        };
        if others.is_empty() {
            call = call.limit(CANDIDATES);
        } else {
            let parts: Vec<String> =
                (0..others.len()).map(|place| format!("contains(w, :w{place})")).collect();
            call = call.filter_expression(format!("attribute_not_exists(w) OR ({})", parts.join(" AND ")));
            for (place, other) in others.iter().enumerate() {
                call = call.expression_attribute_values(format!(":w{place}"), text(format!(" {other}")));
            }
        }
        let answer = call.send().await.map_err(|e| sdk("search", &e))?;
        let more = answer.last_evaluated_key.is_some();
        let mut rows = answer.items.unwrap_or_default();
        if let (true, Some(last)) = (more, answer.last_evaluated_key)
            && rows.last().and_then(|row| str_of(row, "SK")) != str_of(&last, "SK")
        {
            // The place where the service stopped, without a contact.
            rows.push(last);
        }
        Ok((rows, more))
    }

    /// The contacts of a few users, one list after the other.
    async fn search_own(
        &self,
        among: &Among,
        limit: u32,
        place: &str,
        judged: &(dyn Fn(&Head) -> bool + Send + Sync),
        items: &mut Vec<Head>,
    ) -> Result<Option<String>, StoreError> {
        let Among::Of(users) = among else { return Ok(None) };
        let lists: Vec<(&UserId, bool)> =
            users.iter().flat_map(|user| [true, false].map(|open| (user, open))).collect();
        let (mut list, mut after) = match place.split_once('/') {
            Some((list, after)) => {
                (list.parse().unwrap_or(0), Some(after.to_owned()).filter(|a| !a.is_empty()))
            }
            None => (0_usize, None),
        };
        for _ in 0..STEPS {
            let Some((user, open)) = lists.get(list) else { return Ok(None) };
            let index = self.assigned(Some(user), *open);
            let (rows, more) = self.index_page(&index, ListOrder::Newest, OWN_ROWS, after.as_deref()).await?;
            for row in &rows {
                let head = Stored::from_item(row)?.head;
                after = str_of(row, index.range).map(str::to_owned);
                if judged(&head) {
                    items.push(head);
                    if items.len() >= limit as usize {
                        return Ok(Some(format!("o{list}/{}", after.unwrap_or_default())));
                    }
                }
            }
            if !more {
                (list, after) = (list + 1, None);
            }
        }
        Ok((list < lists.len()).then(|| format!("o{list}/{}", after.unwrap_or_default())))
    }

    /// Heads of contacts that stand for themselves, by their ids.
    pub(crate) async fn heads_of(&self, ids: &[ContactId]) -> Result<BTreeMap<ContactId, Head>, StoreError> {
        let wanted: BTreeSet<ContactId> = ids.iter().copied().collect();
        let keys: Vec<Key> = wanted.iter().map(|id| keys::head(&self.id, *id)).collect();
        let mut heads = BTreeMap::new();
        for item in self.db.glance_at_every("heads", &keys).await? {
            if !matches!(str_of(&item, "_t"), Some("merged" | "deleted")) {
                let head = Stored::from_item(&item)?.head;
                heads.insert(head.id, head);
            }
        }
        Ok(heads)
    }
}

enum Found {
    Next(Option<String>),
    TooMany,
}

impl WorkspaceStore {
    /// The search words that a contact has now.
    pub async fn indexed(&self, contact: ContactId) -> Result<BTreeSet<String>, StoreError> {
        let item = self.db.get("search", &self.indexed_key(contact)).await?;
        Ok(item.map(|item| crate::item::read("search", &item)).transpose()?.unwrap_or_default())
    }

    /// Remembers the search words that a contact has.
    pub async fn put_indexed(&self, contact: ContactId, words: &BTreeSet<String>) -> Result<(), StoreError> {
        self.db
            .put("search", crate::item::document(&self.indexed_key(contact), "indexed", words)?, None)
            .await
    }

    fn indexed_key(&self, contact: ContactId) -> Key {
        Key { pk: keys::contact(&self.id, contact), sk: "A#indexed".to_owned() }
    }
}
