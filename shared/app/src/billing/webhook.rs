//! What payment providers post. A delivery only says where to look: what was paid is asked for at the provider, so that a
//! forged, old or repeated one moves no money.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::billing::ledger::{EntryKind, LedgerEntry};
use colibri_domain::billing::{Input, Money, Zone};
use http::{Method, StatusCode};

use super::payments::{Outcome, PaymentError, Payments, Received, Told};
use super::{BillingError, Decisions, run};
use crate::http::{HttpHandler, Request, Response};
use crate::ports::Invoke;

/// Takes deliveries of the payment provider.
#[allow(missing_docs)]
pub struct PaymentWebhook {
    pub decisions: Decisions,
    pub payments: Arc<dyn Payments>,
    pub invoke: Arc<dyn Invoke>,
}

#[async_trait]
impl HttpHandler for PaymentWebhook {
    async fn handle(&self, request: Request) -> Response {
        if request.method != Method::POST {
            return Response::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let told = self.payments.told(&request.headers, &request.body, self.decisions.clock.now());
        let told = match told {
            Ok(told) => told,
            Err(reason) => {
                tracing::warn!(%reason, "payment delivery refused");
                return Response::empty(StatusCode::UNAUTHORIZED);
            }
        };
        let status = match told {
            Told::Nothing => StatusCode::OK,
            Told::Payment(id) => self.payment(&id).await,
            Told::Disputed { payment, total } => self.disputed(&payment, total).await,
        };
        Response::empty(status)
    }
}

impl PaymentWebhook {
    async fn payment(&self, id: &str) -> StatusCode {
        match self.payments.payment(id).await {
            Ok(Some(Outcome::Paid(received))) => self.received(received).await,
            Ok(_) => StatusCode::OK,
            // Delivered again later.
            Err(PaymentError::NoAnswer(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Err(PaymentError::Refused(detail)) => {
                tracing::error!(detail, "payment not readable at its provider");
                StatusCode::OK
            }
        }
    }

    /// A bank takes a payment back: the ledger says that it is owed again, and a person decides what follows.
    async fn disputed(&self, id: &str, total: Money) -> StatusCode {
        let received = match self.payments.payment(id).await {
            Ok(Some(Outcome::Paid(received))) => received,
            // Not ours: what was never paid is not taken back.
            Ok(_) => return StatusCode::OK,
            Err(PaymentError::NoAnswer(_)) => return StatusCode::SERVICE_UNAVAILABLE,
            Err(PaymentError::Refused(detail)) => {
                tracing::error!(detail, "disputed payment not readable at its provider");
                return StatusCode::OK;
            }
        };
        match self.decisions.dispute(&received, total).await {
            Ok(()) | Err(BillingError::Missing) => {
                tracing::error!(organization.id = %received.organization, payment = id, %total, "payment disputed");
                StatusCode::OK
            }
            Err(error) => {
                tracing::error!(%error, "dispute not noted");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    async fn received(&self, received: Received) -> StatusCode {
        let organization = received.organization.clone();
        match self.decisions.receive(received).await {
            Ok(()) => {}
            // Not ours: another installation may share the provider's account.
            Err(BillingError::Missing) => return StatusCode::OK,
            Err(error) => {
                tracing::error!(%error, "payment not taken in");
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        }
        // The schedule finds it too; this only makes it quick.
        if let Err(error) = run::start(&*self.invoke, &organization).await {
            tracing::warn!(%error, "work not started");
        }
        StatusCode::OK
    }
}

impl Decisions {
    /// Notes that a bank takes a payment back: once per payment, however often it is told.
    pub async fn dispute(&self, received: &Received, total: Money) -> Result<(), BillingError> {
        let organization = self.store.organization(&received.organization);
        let charge = organization.charge(&received.charge).await?.ok_or(BillingError::Missing)?;
        let zone = self.store.installation().issuer().await?.map(|issuer| issuer.zone).unwrap_or_default();
        let now = self.clock.now();
        let month = Zone::or_default(&zone).day(now).strftime("%Y-%m").to_string();
        let payment = &received.payment;
        let entry = LedgerEntry {
            id: format!("dispute-{}-{}", payment.provider, payment.reference),
            at: now,
            kind: EntryKind::Disputed,
            charge: charge.id,
            amount: total,
            reference: payment.reference.clone(),
        };
        organization.note_payment(&entry, &month).await?;
        Ok(())
    }

    /// Takes in money: once per payment, whoever tells of it and however often.
    pub async fn receive(&self, received: Received) -> Result<(), BillingError> {
        let organization = self.store.organization(&received.organization);
        let stored = organization.subscription().await?.ok_or(BillingError::Missing)?;
        let known = organization.charge(&received.charge).await?;
        let waits = |id: &str| {
            let sub = &stored.subscription;
            sub.due.as_ref().is_some_and(|due| due.charge.id == id)
                || sub.links.iter().any(|link| link.id == id)
        };
        let charge = &received.charge;
        if known.as_ref().is_some_and(|known| known.total != received.total) {
            // Our own pages and debits name the charge's amount: a person has to look.
            tracing::error!(charge, total = %received.total, "paid another amount than was asked for");
            return Ok(());
        }
        if !waits(charge) {
            let Some(known) = known else { return Ok(()) };
            let reference = &received.payment.reference;
            // Told again. One whose invoice is still being written is in the subscription's list of things to do.
            if known.payment.as_ref().is_some_and(|payment| payment.reference == *reference)
                || stored.subscription.todo.iter().any(|todo| names(&todo.effect, reference))
                || organization
                    .has_entry(&format!("unowed-{}-{reference}", received.payment.provider))
                    .await?
            {
                return Ok(());
            }
        }
        let input = Input::Paid { charge: received.charge, payment: received.payment, card: received.card };
        self.apply(&received.organization, &input, "provider").await.map(|_| ())
    }
}

/// Whether an effect that waits is about this payment.
fn names(effect: &colibri_domain::billing::Effect, reference: &str) -> bool {
    use colibri_domain::billing::Effect;
    match effect {
        Effect::Settle { charge } => charge.payment.as_ref().is_some_and(|p| p.reference == reference),
        Effect::GiveBack { payment, .. } => payment.reference == reference,
        _ => false,
    }
}
