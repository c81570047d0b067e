//! Billing of all organizations: what is due, who the customers are, what is sold, and a month's ledger.

use colibri_domain::billing::invoice::Issuer;
use colibri_domain::billing::{Catalogue, LedgerEntry};
use colibri_domain::{Millis, OrganizationId};

use crate::InstallationStore;
use crate::billing::{StoredSubscription, entry_of, organization_of, subscription_of};
use crate::db::{Expression, unless_conflict};
use crate::error::{StoreError, sdk};
use crate::item::{Attributes, document, number, read, text};
use crate::keys;

/// Rows of an index read at once.
const PAGE: i32 = 200;

impl InstallationStore {
    /// Organizations of a shard whose subscription time has changed, or whose effects wait, oldest first; at most
    /// `limit`. The index may lag.
    pub async fn due_subscriptions(
        &self,
        shard: usize,
        now: Millis,
        limit: usize,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let until = keys::due_place(now.plus(1), &OrganizationId::from_unique("0"));
        let condition = Expression::new("gs = :h AND gsk < :until")
            .value(":h", text(keys::due(shard)))
            .value(":until", text(until));
        let items = self.indexed("due", "GSI1", condition, limit).await?;
        Ok(items.iter().filter_map(organization_of).collect())
    }

    /// All subscriptions, by organization. The index may lag.
    pub async fn subscriptions(&self) -> Result<Vec<StoredSubscription>, StoreError> {
        let condition = Expression::new("ga = :h").value(":h", text(keys::customers()));
        let items = self.indexed("customers", "GSI2", condition, usize::MAX).await?;
        items.iter().map(subscription_of).collect()
    }

    /// The entries of all ledgers in a month (`2026-11`), oldest first.
    pub async fn ledger_of(&self, month: &str) -> Result<Vec<(OrganizationId, LedgerEntry)>, StoreError> {
        let condition = Expression::new("gs = :h").value(":h", text(keys::ledger_month(month)));
        let items = self.indexed("ledger", "GSI1", condition, usize::MAX).await?;
        let mut entries = Vec::with_capacity(items.len());
        for item in &items {
            if let Some(organization) = organization_of(item) {
                entries.push((organization, entry_of(item)?));
            }
        }
        Ok(entries)
    }

    async fn indexed(
        &self,
        op: &'static str,
        index: &str,
        condition: Expression,
        limit: usize,
    ) -> Result<Vec<Attributes>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let mut call = self
                .db
                .client
                .query()
                .table_name(&self.db.table)
                .index_name(index)
                .key_condition_expression(&condition.text)
                .limit(PAGE)
                .set_exclusive_start_key(start);
            for (name, value) in &condition.values {
                call = call.expression_attribute_values(name, value.clone());
            }
            let answer = call.send().await.map_err(|error| sdk(op, &error))?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() || items.len() >= limit {
                items.truncate(limit);
                return Ok(items);
            }
        }
    }

    /// What is sold; nothing yet where nobody has said.
    pub async fn catalogue(&self) -> Result<Catalogue, StoreError> {
        let item = self.db.get("catalogue", &keys::catalogue()).await?;
        Ok(item.map(|item| read("catalogue", &item)).transpose()?.unwrap_or_default())
    }

    /// Replaces the catalogue if it is still the version before; `false`: somebody else was first.
    pub async fn put_catalogue(&self, catalogue: &Catalogue) -> Result<bool, StoreError> {
        let mut item = document(&keys::catalogue(), "catalogue", catalogue)?;
        item.insert("ver".to_owned(), number(catalogue.version));
        let before = Expression::new("attribute_not_exists(PK) OR ver = :before")
            .value(":before", number(catalogue.version.saturating_sub(1)));
        unless_conflict(self.db.put("catalogue", item, Some(before)).await).map(|done| done.is_some())
    }

    /// Who issues invoices; none before the operator has said.
    pub async fn issuer(&self) -> Result<Option<Issuer>, StoreError> {
        let item = self.db.get("issuer", &keys::issuer()).await?;
        item.map(|item| read("issuer", &item)).transpose()
    }

    /// Sets who issues invoices.
    pub async fn put_issuer(&self, issuer: &Issuer) -> Result<(), StoreError> {
        self.db.put("issuer", document(&keys::issuer(), "issuer", issuer)?, None).await
    }
}
