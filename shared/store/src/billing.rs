//! What an organization owes, has paid and has been invoiced for.
//!
//! The subscription is replaced only from the version that was read, with the effects that its change decided. Charges,
//! documents and entries of the ledger have keys that follow from what they are for, so that a repeated step meets what
//! it has written. A document takes the next number of its series in the transaction that writes it: no number is left
//! out, none is given twice.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::billing::charge::ChargeStatus;
use colibri_domain::billing::invoice::{Authorization, DocumentKind, Invoice, Issuer};
use colibri_domain::billing::ledger::{EntryKind, HistoryEntry, LedgerEntry};
use colibri_domain::billing::machine::Access;
use colibri_domain::billing::{BillingIdentity, Charge, Money, Subscription};
use colibri_domain::ids::digest;

use crate::OrganizationStore;
use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{Attributes, document, json, key, number, number_of, parsed, read, str_of, text};
use crate::keys::{self, Key};

/// Partitions over which due subscriptions are spread.
pub const DUE_SHARDS: usize = 4;
/// Most charges, documents or entries read at once.
const MOST: u32 = 1_000;
/// Tries of a contended number.
const TRIES: u32 = 12;

/// A subscription and the version that it was read in.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct StoredSubscription {
    pub subscription: Subscription,
    pub version: u64,
}

/// What became of writing a document.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Issued {
    New(Invoice),
    /// It was written before, by this step or another.
    Known(Option<String>),
}

fn shard(organization: &str) -> usize {
    usize::from(digest(&[organization])[0]) % DUE_SHARDS
}

/// The entry as an item, listed by month.
fn entry_item(
    at: &Key,
    organization: &str,
    month: &str,
    entry: &LedgerEntry,
) -> Result<Attributes, StoreError> {
    let mut item = key(at);
    item.insert("_t".to_owned(), text("ledger"));
    item.insert("h".to_owned(), json("ledger", entry)?);
    item.insert("gs".to_owned(), text(keys::ledger_month(month)));
    item.insert("gsk".to_owned(), text(format!("{:014}#{organization}#{}", entry.at.0.max(0), entry.id)));
    Ok(item)
}

impl OrganizationStore {
    /// The subscription.
    pub async fn subscription(&self) -> Result<Option<StoredSubscription>, StoreError> {
        let Some(item) = self.db.get("subscription", &keys::subscription(&self.id)).await? else {
            return Ok(None);
        };
        subscription_of(&item).map(Some)
    }

    /// The subscription as an item of a version.
    pub(crate) fn subscription_item(
        &self,
        subscription: &Subscription,
        version: u64,
    ) -> Result<Attributes, StoreError> {
        let mut item = key(&keys::subscription(&self.id));
        item.insert("_t".to_owned(), text("subscription"));
        item.insert("ver".to_owned(), number(version));
        item.insert("h".to_owned(), json("subscription", subscription)?);
        item.insert("ga".to_owned(), text(keys::customers()));
        item.insert("gak".to_owned(), text(self.id.as_str()));
        if let Some(at) = subscription.wake_at() {
            item.insert("gs".to_owned(), text(keys::due(shard(self.id.as_str()))));
            item.insert("gsk".to_owned(), text(keys::due_place(at, &self.id)));
        }
        Ok(item)
    }

    /// What the organization may do, as an item of a decision.
    pub(crate) fn access_item(&self, access: Access, order: u64) -> Result<Attributes, StoreError> {
        let mut item = document(&keys::access(&self.id), "access", &access)?;
        item.insert("sv".to_owned(), number(order));
        Ok(item)
    }

    /// Writes a subscription over the version that it was made from (0: there is none yet), and what was done.
    /// `false`: somebody else was first.
    pub async fn save_subscription(
        &self,
        subscription: &Subscription,
        from: u64,
        history: Option<&HistoryEntry>,
    ) -> Result<bool, StoreError> {
        let item = self.subscription_item(subscription, from + 1)?;
        let condition = if from == 0 {
            Expression::new("attribute_not_exists(PK)")
        } else {
            Expression::new("ver = :from").value(":from", number(from))
        };
        let Some(history) = history else {
            let put = self.db.put("subscription", item, Some(condition)).await;
            return unless_conflict(put).map(|done| done.is_some());
        };
        let at = keys::billing_history(&self.id, history.at, from + 1);
        let writes = vec![
            self.db.put_in_transaction(item, Some(condition))?,
            self.db.put_in_transaction(document(&at, "billing_history", history)?, None)?,
        ];
        Ok(self.db.transact("subscription", writes).await? == Transacted::Done)
    }

    /// What was done about the subscription, newest first.
    pub async fn billing_history(&self, limit: u32) -> Result<Vec<HistoryEntry>, StoreError> {
        let items = self.billing_items("H#", true, limit).await?;
        items.iter().map(|item| read("billing history", item)).collect()
    }

    /// Who is billed.
    pub async fn billing_identity(&self) -> Result<Option<BillingIdentity>, StoreError> {
        let item = self.db.get("billing identity", &keys::billing_identity(&self.id)).await?;
        item.map(|item| read("billing identity", &item)).transpose()
    }

    /// Sets who is billed.
    pub async fn put_billing_identity(&self, identity: &BillingIdentity) -> Result<(), StoreError> {
        let item = document(&keys::billing_identity(&self.id), "billing_identity", identity)?;
        self.db.put("billing identity", item, None).await
    }

    /// What the organization may do.
    pub async fn access(&self) -> Result<Access, StoreError> {
        let item = self.db.get("access", &keys::access(&self.id)).await?;
        Ok(item.map(|item| read("access", &item)).transpose()?.unwrap_or_default())
    }

    /// Sets what the organization may do. `order` grows with each decision: an older one changes nothing any more.
    pub async fn put_access(&self, access: Access, order: u64) -> Result<(), StoreError> {
        let item = self.access_item(access, order)?;
        let newer = Expression::new("attribute_not_exists(sv) OR sv < :sv").value(":sv", number(order));
        unless_conflict(self.db.put("access", item, Some(newer)).await).map(|_| ())
    }

    /// Sets what the plan allows: contacts, and messages of the bot in a cycle. What is used stays. `order` as for the
    /// access.
    pub async fn set_plan(
        &self,
        contacts: u64,
        bot_messages: u64,
        cycle: u32,
        order: u64,
    ) -> Result<(), StoreError> {
        let update = Expression::new("SET #l = :l, #t = :t, bot = :bot, cyc = :cyc, sv = :sv ADD used :none")
            .name("#l", "lim")
            .name("#t", "_t")
            .value(":l", number(contacts))
            .value(":t", text("quota"))
            .value(":bot", number(bot_messages))
            .value(":cyc", number(cycle))
            .value(":sv", number(order))
            .value(":none", number(0));
        let newer = Some("attribute_not_exists(sv) OR sv < :sv");
        let set = self.db.update("quota", &keys::quota(&self.id), update, newer).await;
        unless_conflict(set).map(|_| ())
    }

    /// A charge.
    pub async fn charge(&self, id: &str) -> Result<Option<Charge>, StoreError> {
        let item = self.db.get("charge", &keys::charge(&self.id, id)).await?;
        item.map(|item| read("charge", &item)).transpose()
    }

    /// All charges.
    pub async fn charges(&self) -> Result<Vec<Charge>, StoreError> {
        let items = self.billing_items("C#", false, MOST).await?;
        items.iter().map(|item| read("charge", item)).collect()
    }

    async fn billing_items(
        &self,
        prefix: &str,
        newest_first: bool,
        limit: u32,
    ) -> Result<Vec<Attributes>, StoreError> {
        let condition = Expression::new("PK = :pk AND begins_with(SK, :prefix)")
            .value(":pk", text(keys::billing(&self.id)))
            .value(":prefix", text(prefix));
        Ok(self.db.query("billing", condition, newest_first, limit).await?.items)
    }

    fn charge_item(&self, charge: &Charge) -> Result<Attributes, StoreError> {
        let mut item = document(&keys::charge(&self.id, &charge.id), "charge", charge)?;
        let status = match charge.status {
            ChargeStatus::Open => "open",
            ChargeStatus::Paid => "paid",
            ChargeStatus::Void => "void",
        };
        item.insert("st".to_owned(), text(status));
        item.insert("rf".to_owned(), number(charge.refunded));
        Ok(item)
    }

    /// A charge exists from now on; one that is there stays as it is.
    pub async fn record_charge(&self, charge: &Charge) -> Result<(), StoreError> {
        let new = Expression::new("attribute_not_exists(PK)");
        unless_conflict(self.db.put("charge", self.charge_item(charge)?, Some(new)).await).map(|_| ())
    }

    /// Nobody has to pay a charge any more. One that is paid stays paid.
    pub async fn void_charge(&self, id: &str) -> Result<(), StoreError> {
        let Some(mut charge) = self.charge(id).await? else { return Ok(()) };
        charge.status = ChargeStatus::Void;
        let open = Expression::new("st = :open").value(":open", text("open"));
        unless_conflict(self.db.put("charge", self.charge_item(&charge)?, Some(open)).await).map(|_| ())
    }

    /// A charge is paid: the charge, its invoice and two entries of the ledger in one transaction.
    pub async fn settle(
        &self,
        charge: &Charge,
        issuer: &Issuer,
        issue: impl Fn(u64) -> Invoice + Send + Sync,
    ) -> Result<Issued, StoreError> {
        let reference = charge.payment.as_ref().map(|p| format!("{}-{}", p.provider, p.reference));
        self.issue(
            issuer,
            &DocumentKind::Invoice,
            issue,
            |invoice| {
                let mut paid = charge.clone();
                paid.status = ChargeStatus::Paid;
                paid.invoice = Some(invoice.number.clone());
                let open =
                    Expression::new("attribute_exists(PK) AND st <> :paid").value(":paid", text("paid"));
                (paid, open)
            },
            |invoice| {
                let entry = |kind, id: String, reference: &str| LedgerEntry {
                    id,
                    at: invoice.issued_at,
                    kind,
                    charge: charge.id.clone(),
                    amount: charge.total,
                    reference: reference.to_owned(),
                };
                let reference = reference.as_deref().unwrap_or_default();
                vec![
                    entry(EntryKind::Invoiced, format!("01-{}", invoice.number), &invoice.number),
                    entry(EntryKind::Paid, format!("pay-{}", charge.id), reference),
                ]
            },
        )
        .await
    }

    /// Money of a paid charge has gone back: the charge, a credit note and two entries in one transaction. `refund`
    /// names this return of money among those of the charge.
    pub async fn credit(
        &self,
        charge: &Charge,
        amount: Money,
        refund: &str,
        issuer: &Issuer,
        kind: &DocumentKind,
        issue: impl Fn(u64) -> Invoice + Send + Sync,
    ) -> Result<Issued, StoreError> {
        self.issue(
            issuer,
            kind,
            issue,
            |_| {
                let mut less = charge.clone();
                less.refunded += amount.minor;
                let before = Expression::new("st = :paid AND rf = :before")
                    .value(":paid", text("paid"))
                    .value(":before", number(charge.refunded));
                (less, before)
            },
            |note| {
                let entry = |kind, id: String, reference: &str| LedgerEntry {
                    id,
                    at: note.issued_at,
                    kind,
                    charge: charge.id.clone(),
                    amount,
                    reference: reference.to_owned(),
                };
                vec![
                    entry(EntryKind::Credited, format!("credit-{refund}"), &note.number),
                    entry(EntryKind::Refunded, format!("refund-{refund}"), refund),
                ]
            },
        )
        .await
    }

    /// Writes a document with the next number of its series, the charge as it is after it, and the ledger's entries.
    async fn issue(
        &self,
        issuer: &Issuer,
        kind: &DocumentKind,
        issue: impl Fn(u64) -> Invoice + Send + Sync,
        charge: impl Fn(&Invoice) -> (Charge, Expression) + Send + Sync,
        entries: impl Fn(&Invoice) -> Vec<LedgerEntry> + Send + Sync,
    ) -> Result<Issued, StoreError> {
        let series = keys::document_series(kind.code(), &issuer.series());
        for attempt in 0..TRIES {
            let last = self.db.get("series", &series).await?;
            let last: u64 = last.as_ref().and_then(|item| number_of(item, "n")).unwrap_or(0);
            let invoice = issue(last + 1);
            let (after, condition) = charge(&invoice);
            let count = Expression::new("SET n = :next, #t = :t")
                .name("#t", "_t")
                .value(":next", number(last + 1))
                .value(":t", text("series"));
            let (count, unmoved) = if last == 0 {
                (count, "attribute_not_exists(PK)")
            } else {
                (count.value(":last", number(last)), "n = :last")
            };
            let new = || Some(Expression::new("attribute_not_exists(PK)"));
            let mut writes: Vec<TransactWriteItem> = vec![
                self.db.update_in_transaction(&series, count, unmoved)?,
                self.db.put_in_transaction(self.charge_item(&after)?, Some(condition))?,
                self.db.put_in_transaction(self.invoice_item(&invoice)?, new())?,
            ];
            let month = invoice.issued_on.strftime("%Y-%m").to_string();
            for entry in entries(&invoice) {
                let at = keys::ledger(&self.id, &entry.id);
                let item = entry_item(&at, self.id.as_str(), &month, &entry)?;
                writes.push(self.db.put_in_transaction(item, new())?);
            }
            match self.db.transact("document", writes).await? {
                Transacted::Done => return Ok(Issued::New(invoice)),
                // With the number as it was read, the charge is what was written before. Otherwise the number is another's
                // by now, and so may be the place of the document: the next one.
                Transacted::Refused(places) if !places.contains(&0) => {
                    let known = self.charge(&after.id).await?;
                    return Ok(Issued::Known(known.and_then(|charge| charge.invoice)));
                }
                Transacted::Refused(_) | Transacted::Contended => self.db.back_off(attempt).await,
            }
        }
        Err(StoreError::new(StoreErrorKind::Throttled, "document", "too many documents at once"))
    }

    fn invoice_item(&self, invoice: &Invoice) -> Result<Attributes, StoreError> {
        let at = keys::document(&self.id, invoice.kind.code(), &invoice.number);
        document(&at, "invoice", invoice)
    }

    /// A document by its kind's code and number.
    pub async fn invoice(&self, code: &str, number: &str) -> Result<Option<Invoice>, StoreError> {
        let item = self.db.get("invoice", &keys::document(&self.id, code, number)).await?;
        item.map(|item| read("invoice", &item)).transpose()
    }

    /// All documents, the newest numbers first.
    pub async fn invoices(&self) -> Result<Vec<Invoice>, StoreError> {
        let items = self.billing_items("D#", true, MOST).await?;
        items.iter().map(|item| read("invoice", item)).collect()
    }

    /// What became of a document at the tax authority, and whether it was mailed.
    pub async fn mark_invoice(
        &self,
        invoice: &Invoice,
        authorization: Authorization,
        mailed: bool,
    ) -> Result<Invoice, StoreError> {
        let after = Invoice { authorization, mailed, ..invoice.clone() };
        let there = Expression::new("attribute_exists(PK)");
        self.db.put("invoice", self.invoice_item(&after)?, Some(there)).await?;
        Ok(after)
    }

    /// Notes money that came in for nothing, went back, or was taken back. Noted again, nothing changes; `false` tells.
    pub async fn note_payment(&self, entry: &LedgerEntry, month: &str) -> Result<bool, StoreError> {
        let at = keys::ledger(&self.id, &entry.id);
        let item = entry_item(&at, self.id.as_str(), month, entry)?;
        let new = Expression::new("attribute_not_exists(PK)");
        unless_conflict(self.db.put("ledger", item, Some(new)).await).map(|done| done.is_some())
    }

    /// Whether an entry is there.
    pub async fn has_entry(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.db.get("ledger", &keys::ledger(&self.id, id)).await?.is_some())
    }

    /// All entries of the ledger, oldest first.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, StoreError> {
        let items = self.billing_items("L#", false, MOST).await?;
        let mut entries: Vec<LedgerEntry> = items.iter().map(entry_of).collect::<Result<_, _>>()?;
        entries.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(entries)
    }
}

/// The entry of an item.
pub(crate) fn entry_of(item: &Attributes) -> Result<LedgerEntry, StoreError> {
    parsed("ledger", item, "h")?.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt, "ledger", "no entry"))
}

/// The subscription of an item.
pub(crate) fn subscription_of(item: &Attributes) -> Result<StoredSubscription, StoreError> {
    let corrupt = || StoreError::new(StoreErrorKind::Corrupt, "subscription", "no document");
    let subscription = parsed("subscription", item, "h")?.ok_or_else(corrupt)?;
    Ok(StoredSubscription { subscription, version: number_of(item, "ver").ok_or_else(corrupt)? })
}

/// The organization of an item of one.
pub(crate) fn organization_of(item: &Attributes) -> Option<colibri_domain::OrganizationId> {
    str_of(item, "PK")?.strip_prefix("O#")?.split('#').next()?.parse().ok()
}
