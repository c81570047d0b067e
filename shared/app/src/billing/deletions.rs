//! The clock of deletion orders: reminds of them two days before, and carries them out on the last evening of the month.
//!
//! One contact after the other: deleted and counted in one step, then everything that was his, then the next place is
//! written. A run that dies is taken up where it stopped, and nobody is counted twice.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::billing::Zone;
use colibri_domain::billing::calendar::plus_days;
use colibri_domain::billing::deletion::{Certificate, OrderDue, OrderFile, OrderStatus, backups_gone};
use colibri_domain::message::Actor;
use colibri_domain::{ContactId, Millis, OrganizationId};
use colibri_store::{Files, OrganizationStore, Store, WorkspaceStore, WriteContext};
use serde_json::{Value, json};

use super::mails;
use crate::http::{JsonHandler, RecordError};
use crate::ports::{Clock, Invoke, Mail, PortErrorKind};
use crate::purge::organization::{OrganizationPurge, is_ending};
use crate::purge::{ContactPurge, PAGES};

/// Contacts that one run looks at before it starts another run.
const CONTACTS: usize = 100;

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Carries out deletion orders.
#[allow(missing_docs)]
pub struct DeletionRun {
    pub store: Store,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
    pub mail: Arc<dyn Mail>,
    pub clock: Arc<dyn Clock>,
    /// Base address of the console, for the links of mails.
    pub console_url: String,
}

#[async_trait]
impl JsonHandler for DeletionRun {
    async fn handle(&self, payload: Value) -> Result<Value, RecordError> {
        if let Some(detail) = payload.get("detail") {
            let organization = detail["organization_id"].as_str().unwrap_or_default();
            let organization: OrganizationId = organization.parse().map_err(failed)?;
            if detail["purge"].as_bool() == Some(true) {
                return self.end(&organization).await;
            }
            let order = detail["order_id"].as_str().ok_or_else(|| failed("no order"))?;
            return self.one(&organization, order).await;
        }
        let due = self.store.installation().due_deletions(self.clock.now()).await.map_err(failed)?;
        for (organization, order) in &due {
            self.start(organization, order).await?;
        }
        Ok(json!({ "started": due.len() }))
    }
}

/// An order in the version in which it was read.
struct Held {
    store: OrganizationStore,
    file: OrderFile,
    version: u64,
}

impl Held {
    /// Whoever is second begins anew from what the first has written.
    async fn save(&mut self) -> Result<(), RecordError> {
        if !self.store.save_deletion_order(&self.file, self.version).await.map_err(failed)? {
            return Err(failed("another run works on this order"));
        }
        self.version += 1;
        Ok(())
    }
}

impl DeletionRun {
    /// An organization that has ended for good.
    async fn end(&self, organization: &OrganizationId) -> Result<Value, RecordError> {
        let purge = OrganizationPurge {
            store: self.store.clone(),
            files: self.files.clone(),
            invoke: Arc::clone(&self.invoke),
            clock: Arc::clone(&self.clock),
        };
        // What is on its way starts this again, and so does the hourly run.
        let gone = purge.run(organization).await?;
        Ok(json!({ "gone": gone }))
    }

    async fn start(&self, organization: &OrganizationId, order: &str) -> Result<(), RecordError> {
        let job = json!({ "organization_id": organization, "order_id": order });
        self.invoke.start("deletion-run", &job.to_string()).await.map_err(failed)
    }

    async fn one(&self, organization: &OrganizationId, order: &str) -> Result<Value, RecordError> {
        let store = self.store.organization(organization);
        let Some((file, version)) = store.deletion_order(order).await.map_err(failed)? else {
            return Ok(Value::Null);
        };
        let zone = Zone::or_default(&file.zone);
        let mut held = Held { store, file, version };
        match held.file.order.due(&zone, self.clock.now()) {
            None => Ok(Value::Null),
            Some(OrderDue::Reminder) => {
                self.remind(&held).await?;
                held.save().await?;
                Ok(json!({ "reminded": true }))
            }
            Some(OrderDue::Start) => {
                held.save().await?;
                self.carry_out(organization, &zone, &mut held).await
            }
        }
    }

    async fn remind(&self, held: &Held) -> Result<(), RecordError> {
        let Some(buyer) = held.store.billing_identity().await.map_err(failed)? else { return Ok(()) };
        let mail = mails::deletion_reminder(&held.file, mails::language(&buyer), &self.console_url);
        match self.mail.send(&mail.to(&buyer.email)).await {
            Ok(()) => Ok(()),
            // It stands in the console too.
            Err(error) if error.kind == PortErrorKind::Denied => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    async fn carry_out(
        &self,
        organization: &OrganizationId,
        zone: &Zone,
        held: &mut Held,
    ) -> Result<Value, RecordError> {
        let data = self.store.workspace(&held.file.order.workspace);
        let purge = ContactPurge {
            store: self.store.clone(),
            files: self.files.clone(),
            invoke: Arc::clone(&self.invoke),
            clock: Arc::clone(&self.clock),
            pages: PAGES,
        };
        let mut pages = PAGES;
        for _ in 0..CONTACTS {
            let Some(contact) = held.file.choice.at(held.file.place) else {
                let now = self.clock.now();
                held.file.order.status = OrderStatus::Executed;
                held.file.certificate =
                    Some(Certificate { executed_at: now, backups_until: backups_gone(zone, now) });
                held.save().await?;
                tracing::info!(
                    order.id = held.file.order.id,
                    deleted = held.file.tally.deleted,
                    "order executed"
                );
                if is_ending(&held.file.order) {
                    let job = json!({ "organization_id": organization, "purge": true });
                    self.invoke.start("deletion-run", &job.to_string()).await.map_err(failed)?;
                }
                return Ok(json!({ "deleted": held.file.tally.deleted, "left": false }));
            };
            if !held.file.going {
                self.delete(organization, zone, &data, held, contact).await?;
                // Who stays is written with the next place, so that nobody is told of twice.
                if held.file.going {
                    held.save().await?;
                }
            }
            if held.file.going && !purge.purge(&data, contact, &mut pages).await? {
                break;
            }
            held.file.going = false;
            held.file.place += 1;
            held.save().await?;
        }
        self.start(organization, &held.file.order.id).await?;
        Ok(json!({ "deleted": held.file.tally.deleted, "left": true }))
    }

    /// Deletes and counts a contact, unless he wrote after the confirmation.
    async fn delete(
        &self,
        organization: &OrganizationId,
        zone: &Zone,
        data: &WorkspaceStore,
        held: &mut Held,
        contact: ContactId,
    ) -> Result<(), RecordError> {
        let now = self.clock.now();
        let order = &held.file.order;
        // Of a merged contact the one that he is a part of is in the list, or is not meant.
        let there = data.head(contact).await.map_err(failed)?.filter(|head| head.id == contact);
        let wrote =
            there.as_ref().and_then(|head| head.channels.iter().filter_map(|c| c.last_inbound_at).max());
        if there.is_some() && order.spares(wrote) {
            held.file.tally.spared.push(contact);
            return Ok(());
        }
        if there.is_some() {
            let context = WriteContext { actor: Actor::user(order.by.clone()), now };
            let free_from: Millis = zone.start(plus_days(zone.day(now).last_of_month(), 1));
            let all = |_: &colibri_domain::contact::Head| true;
            data.delete_contact_until(organization, contact, &all, &context, free_from)
                .await
                .map_err(failed)?;
        }
        // In the trash by this order, one that died on the way, or somebody's hand: gone for good now.
        if data.erase_now(contact, now).await.map_err(failed)? {
            held.file.tally.deleted += 1;
            held.file.going = true;
        } else {
            held.file.tally.absent += 1;
        }
        Ok(())
    }
}
