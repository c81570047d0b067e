//! Orders to delete contacts, and the index of what is due for them.

use colibri_domain::billing::deletion::OrderFile;
use colibri_domain::{Millis, OrganizationId};

use crate::db::{Expression, unless_conflict};
use crate::error::{StoreError, sdk};
use crate::item::{document, number, number_of, read, str_of, text};
use crate::{InstallationStore, OrganizationStore, keys};

/// Orders of an organization that are read at once.
const MOST: u32 = 200;
/// Due orders that one run starts; more wait for the next run.
const DUE: i32 = 200;

impl OrganizationStore {
    /// An order and the version that it is read in.
    pub async fn deletion_order(&self, id: &str) -> Result<Option<(OrderFile, u64)>, StoreError> {
        let item = self.db.get("deletion order", &keys::deletion_order(&self.id, id)).await?;
        let read_one = |item| Ok((read("deletion order", &item)?, number_of(&item, "ver").unwrap_or(0)));
        item.map(read_one).transpose()
    }

    /// All orders, the newest first: their ids are in the order of time.
    pub async fn deletion_orders(&self) -> Result<Vec<OrderFile>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :prefix)")
            .value(":pk", text(keys::deletion_order(&self.id, "").pk))
            .value(":prefix", text("DEL#"));
        let page = self.db.query("deletion orders", condition, true, MOST).await?;
        page.items.iter().map(|item| read("deletion order", item)).collect()
    }

    /// Writes an order over the version that it was made from (0: there is none yet). `false`: somebody else was first.
    pub async fn save_deletion_order(&self, file: &OrderFile, from: u64) -> Result<bool, StoreError> {
        let mut item = document(&keys::deletion_order(&self.id, &file.order.id), "deletion_order", file)?;
        item.insert("ver".to_owned(), number(from + 1));
        if let Some(at) = file.wake_at() {
            item.insert("gs".to_owned(), text(keys::deletions_due()));
            item.insert("gsk".to_owned(), text(format!("{:015}#{}", at.0.max(0), file.order.id)));
        }
        let condition = if from == 0 {
            Expression::new("attribute_not_exists(PK)")
        } else {
            Expression::new("ver = :from").value(":from", number(from))
        };
        let put = self.db.put("deletion order", item, Some(condition)).await;
        unless_conflict(put).map(|done| done.is_some())
    }
}

impl InstallationStore {
    /// Orders that something is due for, by organization. One Query; the index may lag.
    pub async fn due_deletions(&self, now: Millis) -> Result<Vec<(OrganizationId, String)>, StoreError> {
        let call = self
            .db
            .client
            .query()
            .table_name(&self.db.table)
            .index_name("GSI1")
            .key_condition_expression("gs = :h AND gsk < :now")
            .expression_attribute_values(":h", text(keys::deletions_due()))
            .expression_attribute_values(":now", text(format!("{:015}$", now.0.max(0))))
            .limit(DUE);
        let answer = call.send().await.map_err(|error| sdk("due deletions", &error))?;
        let place = |item: &crate::item::Attributes| {
            let organization = str_of(item, "PK")?.strip_prefix("O#")?.parse().ok()?;
            Some((organization, str_of(item, "SK")?.strip_prefix("DEL#")?.to_owned()))
        };
        Ok(answer.items.unwrap_or_default().iter().filter_map(place).collect())
    }
}
