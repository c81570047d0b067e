//! Search: one small item per word by which a contact may be looked for.

use std::collections::BTreeSet;

use colibri_domain::ContactId;
use colibri_domain::contact::Head;

use crate::WorkspaceStore;
use crate::db::Expression;
use crate::error::StoreError;
use crate::item::{key, number, number_of, text};
use crate::keys::{self, Key};
use crate::lists::Page;

/// Words of a contact at most.
const TOKENS: usize = 16;
/// Token items read for one search.
const CANDIDATES: u32 = 300;

/// A text without accents and in lower case, as search compares it.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

/// The words of a contact: parts of the name, the e-mail and its domain, tails of the phone.
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

impl WorkspaceStore {
    /// Makes the search words of a contact what its head says; `before` is what it said.
    pub async fn index_contact(
        &self,
        head: &Head,
        before: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let wanted = tokens(head);
        for word in wanted.difference(before) {
            let mut item = key(&self.token(word, head.id));
            item.insert("_t".to_owned(), text("token"));
            item.insert("cid".to_owned(), number(head.id.0));
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
        Key { pk: keys::tokens(&self.id, word), sk: format!("{word}#{:010}", contact.0) }
    }

    /// Contacts that match every word of a text, or its digits as part of a phone, or its number as an id.
    pub async fn search(
        &self,
        text_wanted: &str,
        limit: u32,
        cursor: Option<&str>,
        sees: &(dyn Fn(&Head) -> bool + Send + Sync),
    ) -> Result<Page<Head>, StoreError> {
        let scope = format!("{}/search/{text_wanted}", self.id);
        let skip: usize = cursor
            .map(|token| self.db.cursors.open(&scope, token))
            .transpose()?
            .and_then(|s| s.parse().ok())
            .unwrap_or(0);
        let folded = fold(text_wanted);
        let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
        let looks_like_phone =
            digits.len() >= 4 && folded.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
        let words: Vec<String> = if looks_like_phone {
            // A national form begins with 0; the stored one never does.
            vec![digits.trim_start_matches('0').to_owned()]
        } else if folded.contains('@') {
            vec![folded.trim().to_owned()]
        } else {
            folded
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let mut found: BTreeSet<ContactId> = BTreeSet::new();
        if let Some(longest) =
            words.iter().max_by_key(|w| w.chars().count()).filter(|w| w.chars().count() >= 2)
        {
            let condition = Expression::new("PK = :pk AND begins_with(SK, :word)")
                .value(":pk", text(keys::tokens(&self.id, longest)))
                .value(":word", text(longest));
            let page = self.db.query("search", condition, false, CANDIDATES).await?;
            found.extend(page.items.iter().filter_map(|item| number_of(item, "cid")).map(ContactId));
        }
        if let Ok(id) = text_wanted.trim().trim_start_matches('#').parse::<ContactId>() {
            found.insert(id);
        }
        let mut heads = Vec::new();
        for id in found {
            let Some(head) = self.own_head(id).await? else { continue };
            let known = tokens(&head);
            let every = words.iter().all(|word| known.iter().any(|token| token.starts_with(word)));
            let by_id = text_wanted.trim().trim_start_matches('#') == id.to_string();
            if (every || by_id) && sees(&head) {
                heads.push(head);
            }
            if heads.len() > skip + limit as usize {
                break;
            }
        }
        heads.sort_by_key(|head| std::cmp::Reverse(head.sorted_at));
        let more = heads.len() > skip + limit as usize;
        let items: Vec<Head> = heads.into_iter().skip(skip).take(limit as usize).collect();
        let next_cursor = more.then(|| self.db.cursors.seal(&scope, &(skip + limit as usize).to_string()));
        Ok(Page { items, next_cursor })
    }
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
