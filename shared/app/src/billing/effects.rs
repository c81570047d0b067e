//! One effect, done so that doing it again changes nothing.

use bytes::Bytes;
use colibri_domain::billing::charge::{ChargeKind, ChargeStatus, Payment};
use colibri_domain::billing::invoice::{Authorization, DocumentKind, Invoice, Issue, Issuer, factura};
use colibri_domain::billing::ledger::{EntryKind, LedgerEntry};
use colibri_domain::billing::machine::Access;
use colibri_domain::billing::subscription::Todo;
use colibri_domain::billing::{Charge, Effect, Input, Money, Subscription, Zone};
use colibri_domain::channel::ChannelState;
use colibri_store::{Issued, OrganizationStore};
use serde_json::json;

use super::payments::{Asked, Outcome, PaymentError};
use super::{Billing, mails, pdf};
use crate::channel_hooks::rests;
use crate::http::RecordError;
use crate::ports::PortErrorKind;

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

/// Name of payments by bank transfer.
pub const TRANSFER: &str = "transfer";

/// An effect that is done, and changes nothing by itself.
const DONE: Option<Input> = Some(Input::Tick);
/// An effect that waits for somebody outside.
const LATER: Option<Input> = None;

impl Billing {
    /// Does an effect: what it leads to, or nothing while it has to wait.
    pub(super) async fn perform(
        &self,
        sub: &Subscription,
        todo: &Todo,
    ) -> Result<Option<Input>, RecordError> {
        let organization = self.store.organization(&sub.organization);
        match &todo.effect {
            Effect::Record { charge } => organization.record_charge(charge).await.map_err(failed)?,
            Effect::Void { charge } => organization.void_charge(charge).await.map_err(failed)?,
            Effect::Collect { charge, tried } => return self.collect(sub, charge, *tried).await,
            Effect::Settle { charge } => return self.settle(&organization, charge).await,
            Effect::GiveBack { charge, payment } => {
                return self.give_back(&organization, charge, payment).await;
            }
            Effect::Refund { charge, minor, reason } => {
                return self.refund(&organization, todo.id, charge, *minor, reason).await;
            }
            Effect::SetQuota { contacts, bot_messages, cycle } => {
                let set = organization.set_plan(*contacts, *bot_messages, *cycle, todo.id).await;
                set.map_err(failed)?;
            }
            Effect::SetAccess { access } => {
                organization.put_access(*access, todo.id).await.map_err(failed)?;
                self.tell_channels(&organization, *access).await?;
            }
            Effect::Notify { notice } => {
                let Some(buyer) = organization.billing_identity().await.map_err(failed)? else {
                    return Ok(DONE);
                };
                let mail = mails::notice(notice, mails::language(&buyer), &self.console_url);
                return self.post(&buyer.email, mail).await;
            }
            Effect::Purge => return self.purge(&organization).await,
        }
        Ok(DONE)
    }

    /// Channels follow the subscription: they rest when it has ended, and come back with it.
    async fn tell_channels(
        &self,
        organization: &OrganizationStore,
        access: Access,
    ) -> Result<(), RecordError> {
        if !matches!(access, Access::Ended | Access::Full) {
            return Ok(());
        }
        for workspace in organization.workspaces().await.map_err(failed)? {
            let settings = self.store.workspace(&workspace.id).settings_now().await.map_err(failed)?;
            for channel in settings.into_iter().flat_map(|settings| settings.channels) {
                let changes = match access {
                    Access::Ended => channel.state != ChannelState::Disconnected,
                    _ => rests(&channel),
                };
                if changes {
                    let job = json!({ "workspace_id": workspace.id, "channel_id": channel.id });
                    self.invoke.start("channel-check", &job.to_string()).await.map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    /// The clean-up of the data does it, and starts anew until nothing is left.
    async fn purge(&self, organization: &OrganizationStore) -> Result<Option<Input>, RecordError> {
        if organization.get().await.map_err(failed)?.is_none() {
            return Ok(DONE);
        }
        let job = json!({ "organization_id": organization.id, "purge": true });
        self.invoke.start("deletion-run", &job.to_string()).await.map_err(failed)?;
        Ok(LATER)
    }

    /// Debits the kept card, unless the charge has been paid by another way or an earlier try.
    async fn collect(
        &self,
        sub: &Subscription,
        id: &str,
        tried: usize,
    ) -> Result<Option<Input>, RecordError> {
        let organization = self.store.organization(&sub.organization);
        let Some(charge) = organization.charge(id).await.map_err(failed)? else { return Ok(LATER) };
        let asked = asked(sub, &charge);
        let known = sub.card.as_ref().filter(|card| card.provider == self.payments.name());
        let found = match self.payments.find(&asked, known).await {
            Ok(found) => found,
            Err(error) => return Ok(unanswered(&error)),
        };
        let paid = |outcome: Outcome| match outcome {
            Outcome::Paid(received) => {
                Some(Input::Paid { charge: received.charge, payment: received.payment, card: received.card })
            }
            Outcome::Declined(_) | Outcome::Waiting => None,
        };
        match found {
            // Told again where it is the payment that the charge has.
            Some(Outcome::Paid(received)) if charge.payment.as_ref() == Some(&received.payment) => {
                return Ok(DONE);
            }
            Some(outcome) => return Ok(paid(outcome)),
            None => {}
        }
        let awaited =
            sub.due.as_ref().is_some_and(|due| due.charge.id == id && due.tried == tried && due.awaiting);
        if !awaited || charge.status != ChargeStatus::Open {
            return Ok(DONE);
        }
        let no = |reason: &str| Input::Failed { charge: id.to_owned(), tried, reason: reason.to_owned() };
        let Some(card) = known else { return Ok(Some(no("no_card"))) };
        let key = format!("{}-{id}-{tried}", sub.organization);
        Ok(match self.payments.debit(&asked, card, &key).await {
            Ok(Outcome::Declined(reason)) => Some(no(&reason)),
            Ok(outcome) => paid(outcome),
            Err(error) => unanswered(&error),
        })
    }

    async fn issuer(&self) -> Result<Option<Issuer>, RecordError> {
        self.store.installation().issuer().await.map_err(failed)
    }

    /// The invoice of a paid charge, its files, its authorisation and its mail.
    async fn settle(
        &self,
        organization: &OrganizationStore,
        charge: &Charge,
    ) -> Result<Option<Input>, RecordError> {
        let (issuer, buyer) = (self.issuer().await?, organization.billing_identity().await.map_err(failed)?);
        let (Some(issuer), Some(buyer)) = (issuer, buyer) else {
            tracing::warn!(organization = %organization.id, "paid, and nobody to invoice as or to");
            return Ok(LATER);
        };
        organization
            .record_charge(&Charge { status: ChargeStatus::Open, ..charge.clone() })
            .await
            .map_err(failed)?;
        let now = self.clock.now();
        let issue = |sequence| {
            let issue = Issue {
                kind: DocumentKind::Invoice,
                organization: &organization.id,
                charge,
                amount: charge.total.minor,
                issuer: &issuer,
                buyer: &buyer,
                language: mails::language(&buyer),
                now,
            };
            Invoice::issue(&issue, sequence)
        };
        let invoice = match organization.settle(charge, &issuer, issue).await.map_err(failed)? {
            Issued::New(invoice) => Some(invoice),
            Issued::Known(Some(number)) => organization.invoice("01", &number).await.map_err(failed)?,
            Issued::Known(None) => None,
        };
        match invoice {
            Some(invoice) => self.deliver(organization, invoice).await,
            None => Ok(DONE),
        }
    }

    /// Files, authorisation, mail: whatever is missing of them.
    async fn deliver(
        &self,
        organization: &OrganizationStore,
        mut invoice: Invoice,
    ) -> Result<Option<Input>, RecordError> {
        if invoice.mailed {
            return Ok(DONE);
        }
        let xml = invoice.access_key.is_some().then(|| factura::xml(&invoice));
        if let Some(xml) = &xml
            && !matches!(
                invoice.authorization,
                Authorization::Authorized { .. } | Authorization::Returned { .. }
            )
        {
            let Ok(authorization) = self.authority.advance(&invoice, xml, self.clock.now()).await else {
                return Ok(LATER);
            };
            let waits = matches!(authorization, Authorization::Pending | Authorization::Received);
            invoice = organization.mark_invoice(&invoice, authorization, false).await.map_err(failed)?;
            if waits {
                return Ok(LATER);
            }
        }
        // What was sent back has to be put right by a person before anybody sees it.
        if let Authorization::Returned { messages } = &invoice.authorization {
            tracing::error!(number = invoice.number, messages = messages.len(), "document sent back");
            return Ok(DONE);
        }
        let name = invoice.file_name();
        let page = pdf::page(&invoice);
        let put = |name: String, mime: &'static str, bytes: Bytes| {
            self.files.write_document(&organization.id, name, mime, bytes)
        };
        put(format!("{name}.pdf"), "application/pdf", page.into()).await.map_err(failed)?;
        if let Some(xml) = xml {
            put(format!("{name}.xml"), "application/xml", xml.into_bytes().into()).await.map_err(failed)?;
        }
        let mail = mails::document(&invoice, &self.console_url);
        if self.post(&invoice.buyer.email, mail).await?.is_none() {
            return Ok(LATER);
        }
        let authorization = invoice.authorization.clone();
        organization.mark_invoice(&invoice, authorization, true).await.map_err(failed)?;
        Ok(DONE)
    }

    async fn post(&self, to: &str, mail: mails::Text) -> Result<Option<Input>, RecordError> {
        match self.mail.send(&mail.to(to)).await {
            Ok(()) => Ok(DONE),
            // No mail is set up, or this one is never taken: what it says stands in the console too.
            Err(error) if error.kind == PortErrorKind::Denied => Ok(DONE),
            Err(_) => Ok(LATER),
        }
    }

    fn month(&self, issuer: Option<&Issuer>) -> String {
        let zone = Zone::or_default(issuer.map_or("", |issuer| issuer.zone.as_str()));
        zone.day(self.clock.now()).strftime("%Y-%m").to_string()
    }

    /// Money that nobody owed goes back the way it came.
    async fn give_back(
        &self,
        organization: &OrganizationStore,
        id: &str,
        payment: &Payment,
    ) -> Result<Option<Input>, RecordError> {
        let Some(charge) = organization.charge(id).await.map_err(failed)? else { return Ok(DONE) };
        let same =
            |known: &Payment| (&known.provider, &known.reference) == (&payment.provider, &payment.reference);
        if charge.payment.as_ref().is_some_and(same) {
            return Ok(DONE);
        }
        let name = format!("{}-{}", payment.provider, payment.reference);
        let month = self.month(self.issuer().await?.as_ref());
        let entry = |kind, id: String| LedgerEntry {
            id,
            at: self.clock.now(),
            kind,
            charge: charge.id.clone(),
            amount: charge.total,
            reference: name.clone(),
        };
        let came = entry(EntryKind::PaidUnowed, format!("unowed-{name}"));
        organization.note_payment(&came, &month).await.map_err(failed)?;
        // A transfer is sent back by a person, who notes it.
        if payment.provider == TRANSFER {
            return Ok(DONE);
        }
        let key = format!("{}-back-{name}", organization.id);
        match self.payments.refund(&payment.reference, charge.total, &key).await {
            Ok(()) => {}
            Err(error) => return Ok(unanswered(&error)),
        }
        let went = entry(EntryKind::GivenBack, format!("back-{name}"));
        organization.note_payment(&went, &month).await.map_err(failed)?;
        Ok(DONE)
    }

    /// Money of a paid charge goes back, and a credit note says so.
    async fn refund(
        &self,
        organization: &OrganizationStore,
        todo: u64,
        id: &str,
        minor: Option<i64>,
        reason: &str,
    ) -> Result<Option<Input>, RecordError> {
        let refund = format!("{id}-{todo}");
        let Some(charge) = organization.charge(id).await.map_err(failed)? else { return Ok(LATER) };
        if organization.has_entry(&format!("refund-{refund}")).await.map_err(failed)? {
            let notes = organization.invoices().await.map_err(failed)?;
            let mine = notes.into_iter().find(|note| note.is_credit() && note.charge == id && !note.mailed);
            return match mine {
                Some(note) => self.deliver(organization, note).await,
                None => Ok(DONE),
            };
        }
        let amount = minor.unwrap_or(charge.refundable());
        if amount <= 0 || amount > charge.refundable() {
            tracing::warn!(organization = %organization.id, charge = id, "nothing left to pay back");
            return Ok(DONE);
        }
        let (Some(payment), Some(of)) = (charge.payment.clone(), charge.invoice.clone()) else {
            return Ok(LATER);
        };
        let (Some(issuer), Some(invoice)) =
            (self.issuer().await?, organization.invoice("01", &of).await.map_err(failed)?)
        else {
            return Ok(LATER);
        };
        let money = Money::new(amount, charge.total.currency);
        if payment.provider != TRANSFER {
            let key = format!("{}-refund-{refund}", organization.id);
            if let Err(error) = self.payments.refund(&payment.reference, money, &key).await {
                return Ok(unanswered(&error));
            }
        }
        let kind = DocumentKind::CreditNote { of, of_day: invoice.issued_on, reason: reason.to_owned() };
        let now = self.clock.now();
        let issue = |sequence| {
            let issue = Issue {
                kind: kind.clone(),
                organization: &organization.id,
                charge: &charge,
                amount,
                issuer: &issuer,
                buyer: &invoice.buyer,
                language: invoice.language,
                now,
            };
            Invoice::issue(&issue, sequence)
        };
        let written = organization.credit(&charge, money, &refund, &issuer, &kind, issue).await;
        match written.map_err(failed)? {
            Issued::New(note) => self.deliver(organization, note).await,
            // Somebody else wrote it: looked at again.
            Issued::Known(_) => Ok(LATER),
        }
    }
}

/// What the provider is told of a charge.
pub fn asked(sub: &Subscription, charge: &Charge) -> Asked {
    let text = match &charge.what {
        ChargeKind::Setup => "Colibri: setup".to_owned(),
        ChargeKind::Cycle { plan, .. } | ChargeKind::Upgrade { plan, .. } => format!("Colibri: {plan}"),
        ChargeKind::OneOff { item } => format!("Colibri: {item}"),
        ChargeKind::Support { hours, .. } => format!("Colibri: {hours} h"),
    };
    Asked { organization: sub.organization.clone(), charge: charge.id.clone(), total: charge.total, text }
}

/// Without an answer nothing is known: the effect waits.
fn unanswered(error: &PaymentError) -> Option<Input> {
    tracing::warn!(%error, "payment provider");
    LATER
}
