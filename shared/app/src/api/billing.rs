//! The subscription as those see it who run an organization: its plan, what it costs, who is billed, its documents, and
//! every change that a customer can make himself.
//!
//! A change is decided here and done elsewhere: what follows from it waits with the subscription, and who works on
//! subscriptions is told at once.

mod deletions;
mod plans;
mod records;
mod view;

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::billing::charge::ChargeKind;
use colibri_domain::billing::subscription::CancelVia;
use colibri_domain::billing::{BillingIdentity, Catalogue, Facts, Input, Refusal, Status, Subscription};
use colibri_domain::people::OrganizationRight;
use colibri_store::{Files, Store, StoredSubscription};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

pub use deletions::{DeletionConfirm, DeletionList, DeletionRequest, DeletionView};
pub use plans::PlanList;
pub use records::{BillingRecords, DocumentLink};
pub use view::{BillingView, NextStep, PriceView};

use super::audit::deed;
use super::gate::{Caller, OrganizationCaller, Resource};
use super::route::{Access, Call, Route, route};
use crate::billing::payments::{PaymentError, Payments};
use crate::billing::{BillingError, Decisions, asked, run};
use crate::http::Response;
use crate::ports::{Clock, Ids, Invoke};
use crate::problem::Problem;

const FUNCTION: &str = "api-billing";
const READ: Access = Access::Organization(OrganizationRight::BillingRead);
const WRITE: Access = Access::Organization(OrganizationRight::BillingWrite);

/// What has to be typed to cancel, in Spanish or English.
const CANCEL_WORDS: [&str; 2] = ["BAJA", "CANCEL"];

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}/billing",
        "getBilling",
        READ,
        None,
        200,
        Some("BillingView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}/billing/plans",
        "listPlans",
        READ,
        None,
        200,
        Some("PlanList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}/billing/records",
        "listBillingRecords",
        READ,
        None,
        200,
        Some("BillingRecords"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}/billing/documents/{document}",
        "readBillingDocument",
        READ,
        None,
        302,
        Some("DocumentLink"),
        &["form", "json"],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/organizations/{organization}/billing/identity",
        "setBillingIdentity",
        WRITE,
        Some("BillingIdentity"),
        200,
        Some("BillingView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/billing/plan",
        "choosePlan",
        WRITE,
        Some("PlanRequest"),
        200,
        Some("BillingView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/organizations/{organization}/billing/plan",
        "keepPlan",
        WRITE,
        None,
        200,
        Some("BillingView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/billing/payments",
        "startPayment",
        WRITE,
        Some("PaymentRequest"),
        201,
        Some("PaymentPage"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/billing/cancellation",
        "cancelSubscription",
        WRITE,
        Some("CancelRequest"),
        200,
        Some("BillingView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/organizations/{organization}/billing/cancellation",
        "keepSubscription",
        WRITE,
        None,
        200,
        Some("BillingView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/organizations/{organization}/billing/deletions",
        "listDeletions",
        READ,
        None,
        200,
        Some("DeletionList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/billing/deletions",
        "askDeletion",
        ERASE,
        Some("DeletionRequest"),
        201,
        Some("DeletionView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/organizations/{organization}/billing/deletions/{order}/confirm",
        "confirmDeletion",
        ERASE,
        Some("DeletionConfirm"),
        200,
        Some("DeletionView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/organizations/{organization}/billing/deletions/{order}",
        "cancelDeletion",
        ERASE,
        None,
        200,
        Some("DeletionView"),
        &[],
    ),
];

/// Contacts go: who runs the organization decides, not who only pays.
const ERASE: Access = Access::Organization(OrganizationRight::OrganizationWrite);

/// A plan to have from now on, or from the next cycle where it is cheaper.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PlanRequest {
    pub plan: String,
}

/// What is to be paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// A charge that waits to be paid.
    pub charge: String,
}

/// Where it is paid.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PaymentPage {
    /// A page of the payment provider; the card never touches this installation.
    pub url: String,
}

/// That somebody means it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// `BAJA` or `CANCEL`, as typed.
    pub word: String,
}

/// The resource.
#[allow(missing_docs)]
pub struct BillingResource {
    pub store: Store,
    pub files: Files,
    pub payments: Arc<dyn Payments>,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Base address of the console: where the provider's page leads back to.
    pub console_url: String,
}

#[async_trait]
impl Resource for BillingResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let caller = caller.organization()?;
        match call.operation {
            "getBilling" => self.shown(&caller).await,
            "listPlans" => self.plans(&caller).await,
            "listBillingRecords" => self.records(&caller).await,
            "readBillingDocument" => self.document(&call, &caller).await,
            "setBillingIdentity" => self.set_identity(&call, &caller).await,
            "choosePlan" => self.choose(&call, &caller).await,
            "keepPlan" => self.keep_plan(&call, &caller).await,
            "startPayment" => self.start_payment(&call, &caller).await,
            "cancelSubscription" => self.cancel(&call, &caller).await,
            "keepSubscription" => self.stay(&call, &caller).await,
            "listDeletions" => self.deletions(&caller).await,
            "askDeletion" => self.ask_deletion(&call, &caller).await,
            "confirmDeletion" => self.confirm_deletion(&call, &caller).await,
            "cancelDeletion" => self.cancel_deletion(&call, &caller).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// A refusal of the rules as the API tells it.
pub(super) fn refused(refusal: Refusal) -> Problem {
    let text = refusal.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    Problem::refused(refusal.code(), format!("{first}{}.", letters.as_str()))
}

impl From<BillingError> for Problem {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::Missing => Self::not_found(),
            BillingError::Refused(refusal) => refused(refusal),
            BillingError::Store(error) => error.into(),
            BillingError::Contended => Self::unavailable(1),
        }
    }
}

/// What a payment provider's failure is to who wants to pay.
fn unpaid(error: &PaymentError) -> Problem {
    tracing::warn!(%error, "no page to pay on");
    match error {
        PaymentError::NoAnswer(_) => Problem::unavailable(5),
        PaymentError::Refused(_) => Problem::refused(
            "payments_unavailable",
            "The payment provider opened no page. Ask who runs the installation.",
        ),
    }
}

/// A plan before it is paid for the first time, or again after the end.
fn is_choice(status: Status) -> bool {
    matches!(status, Status::SetupPending | Status::PendingFirstPayment | Status::Deactivated)
}

/// What a wish for a plan is to the rules.
fn wish(sub: &Subscription, plan: &str) -> Input {
    let plan = plan.to_owned();
    if is_choice(sub.status) { Input::Subscribe { plan } } else { Input::ChangePlan { plan } }
}

impl BillingResource {
    fn decisions(&self) -> Decisions {
        Decisions { store: self.store.clone(), clock: Arc::clone(&self.clock) }
    }

    async fn catalogue(&self) -> Result<Catalogue, Problem> {
        Ok(self.store.installation().catalogue().await?)
    }

    /// The subscription; of an organization that has none yet the one that it would have.
    async fn subscription(&self, caller: &OrganizationCaller) -> Result<StoredSubscription, Problem> {
        if let Some(stored) = caller.store.subscription().await? {
            return Ok(stored);
        }
        let first = caller.store.workspaces().await?.into_iter().next();
        let zone = first.as_ref().map_or_else(String::new, |workspace| workspace.timezone.clone());
        let own = caller.organization.country.clone();
        let country = if own.is_empty() { first.map_or(own, |workspace| workspace.country) } else { own };
        let subscription = Subscription::signed_up(caller.organization.id.clone(), &zone, &country);
        Ok(StoredSubscription { subscription, version: 0 })
    }

    /// The subscription, which exists from now on.
    async fn begun(&self, caller: &OrganizationCaller) -> Result<Subscription, Problem> {
        let known = self.subscription(caller).await?;
        if known.version == 0 && !caller.store.save_subscription(&known.subscription, 0, None).await? {
            // Somebody else began it at the same moment.
            return Ok(self.subscription(caller).await?.subscription);
        }
        Ok(known.subscription)
    }

    async fn shown(&self, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let sub = self.subscription(caller).await?.subscription;
        let view = view::of(self, caller, &sub).await?;
        Ok(Response::json(StatusCode::OK, &view))
    }

    async fn apply(&self, caller: &OrganizationCaller, input: &Input) -> Result<Subscription, Problem> {
        let by = caller.user.id.as_str();
        Ok(self.decisions().apply(&caller.organization.id, input, by).await?)
    }

    /// Has what was decided done. The schedule finds it too; this only makes it quick.
    async fn work(&self, caller: &OrganizationCaller) {
        if let Err(error) = run::start(&*self.invoke, &caller.organization.id).await {
            tracing::warn!(%error, "work not started");
        }
    }

    async fn note(
        &self,
        call: &Call,
        caller: &OrganizationCaller,
        action: AuditAction,
        details: &[(&str, String)],
    ) -> Result<(), Problem> {
        let details = details.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let entry = AuditEntry {
            target: Some(caller.organization.id.to_string()),
            target_name: caller.organization.name.clone(),
            details: details.collect(),
            ..deed(&*self.ids, &*self.clock, &caller.user, call, action)
        };
        Ok(caller.store.audit(&entry).await?)
    }

    async fn set_identity(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: BillingIdentity = call.body()?;
        let identity = asked.checked().map_err(|faults| {
            let mut problem =
                Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
            problem.errors = faults
                .into_iter()
                .map(|fault| crate::problem::FieldProblem {
                    pointer: format!("/{}", fault.field),
                    code: fault.code.to_owned(),
                    detail: "This cannot be on an invoice.".to_owned(),
                })
                .collect();
            problem
        })?;
        if caller.store.billing_identity().await?.as_ref() == Some(&identity) {
            return self.shown(caller).await;
        }
        let sub = self.begun(caller).await?;
        let details = [("kind", super::users::word(&identity.kind)), ("country", identity.country.clone())];
        self.note(call, caller, AuditAction::BillingIdentityChanged, &details).await?;
        caller.store.put_billing_identity(&identity).await?;
        if sub.country != identity.country {
            let input = Input::Moved { zone: sub.zone.clone(), country: identity.country.clone() };
            let after = self.apply(caller, &input).await?;
            // What waits to be paid for the first time is asked for anew, with the taxes of the country.
            if let (Status::PendingFirstPayment, Some(plan)) = (after.status, after.plan) {
                self.apply(caller, &Input::Subscribe { plan }).await?;
                self.work(caller).await;
            }
        }
        self.shown(caller).await
    }

    async fn choose(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: PlanRequest = call.body()?;
        if caller.store.billing_identity().await?.is_none() {
            return Err(Problem::refused("identity_required", "Say first who is billed."));
        }
        let known = self.subscription(caller).await?.subscription;
        let catalogue = self.catalogue().await?;
        let contacts = caller.store.quota().await?.used;
        if waits(&known, &asked.plan) {
            return self.shown(caller).await;
        }
        // Refused before anything is written.
        let facts = Facts { now: self.clock.now(), catalogue: &catalogue, contacts };
        colibri_domain::billing::step(&known, &wish(&known, &asked.plan), facts).map_err(refused)?;
        let sub = self.begun(caller).await?;
        let before = sub.plan.clone().unwrap_or_default();
        let details = [("plan", format!("{before} -> {}", asked.plan))];
        self.apply(caller, &wish(&sub, &asked.plan)).await?;
        self.note(call, caller, AuditAction::PlanChosen, &details).await?;
        self.work(caller).await;
        self.shown(caller).await
    }

    async fn keep_plan(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let sub = self.subscription(caller).await?.subscription;
        let upgrade = sub.links.iter().any(|link| matches!(link.what, ChargeKind::Upgrade { .. }));
        if sub.downgrade.is_none() && !upgrade {
            return self.shown(caller).await;
        }
        self.apply(caller, &Input::KeepPlan).await?;
        self.note(call, caller, AuditAction::PlanKept, &[]).await?;
        self.work(caller).await;
        self.shown(caller).await
    }

    async fn start_payment(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let wanted: PaymentRequest = call.body()?;
        if caller.store.billing_identity().await?.is_none() {
            return Err(Problem::refused("identity_required", "Say first who is billed."));
        }
        let sub = self.subscription(caller).await?.subscription;
        let due = sub.due.as_ref().map(|due| &due.charge);
        let charge = due.into_iter().chain(&sub.links).find(|charge| charge.id == wanted.charge);
        let unknown = || Problem::invalid("/charge", "unknown_charge", "Nothing of this name is to be paid.");
        let charge = charge.ok_or_else(unknown)?;
        let card = sub.card.as_ref().filter(|card| card.provider == self.payments.name());
        let back = format!("{}/settings/billing?paid={}", self.console_url, charge.id);
        let page = self.payments.page(&asked(&sub, charge), card, &back).await;
        let url = page.map_err(|error| unpaid(&error))?;
        Ok(Response::json(StatusCode::CREATED, &PaymentPage { url }))
    }

    async fn cancel(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let asked: CancelRequest = call.body()?;
        if !CANCEL_WORDS.contains(&asked.word.trim()) {
            return Err(Problem::invalid("/word", "wrong_word", "The word that confirms is another."));
        }
        let sub = self.subscription(caller).await?.subscription;
        if sub.status == Status::Canceling {
            return self.shown(caller).await;
        }
        if !matches!(sub.status, Status::Active | Status::PastDue | Status::Frozen) {
            return Err(refused(Refusal::State));
        }
        let received_at = self.clock.now();
        let input = Input::Cancel { received_at, via: CancelVia::Button, waived: false };
        let after = self.apply(caller, &input).await?;
        let ends_on = after.cancellation.map(|c| c.ends_on.to_string()).unwrap_or_default();
        self.note(call, caller, AuditAction::SubscriptionCanceled, &[("ends_on", ends_on)]).await?;
        self.work(caller).await;
        self.shown(caller).await
    }

    async fn stay(&self, call: &Call, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let sub = self.subscription(caller).await?.subscription;
        if sub.cancellation.is_none() && sub.sends() {
            return self.shown(caller).await;
        }
        self.apply(caller, &Input::Stay).await?;
        self.note(call, caller, AuditAction::CancellationUndone, &[]).await?;
        self.work(caller).await;
        self.shown(caller).await
    }
}

/// Whether this plan was asked for already, and waits for its payment or its day.
fn waits(sub: &Subscription, plan: &str) -> bool {
    let linked = sub.links.iter().any(|link| match &link.what {
        ChargeKind::Upgrade { plan: linked, .. } => linked == plan,
        ChargeKind::Cycle { plan: linked, .. } => linked == plan && is_choice(sub.status),
        ChargeKind::Setup => sub.plan.as_deref() == Some(plan),
        ChargeKind::OneOff { .. } | ChargeKind::Support { .. } => false,
    });
    linked || sub.downgrade.as_ref().is_some_and(|change| change.plan == plan)
}
