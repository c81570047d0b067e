//! What is sold, with what each plan would mean for this organization now.

use colibri_domain::billing::calendar::plus_days;
use colibri_domain::billing::catalogue::NOTICE_DAYS;
use colibri_domain::billing::charge::ChargeKind;
use colibri_domain::billing::{Money, Plan, PlanTable, step};
use http::StatusCode;
use jiff::civil::Date;
use serde::Serialize;

use super::view::{PlanView, PriceView, Seen};
use super::{BillingResource, is_choice, wish};
use crate::api::gate::OrganizationCaller;
use crate::http::Response;
use crate::problem::Problem;

/// Both tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PlanList {
    pub items: Vec<PlanOffer>,
    /// Paid once before the first cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_fee: Option<PriceView>,
    /// An hour or fraction of support.
    pub support_hour: PriceView,
}

/// What choosing a plan leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    /// It is the plan already.
    Current,
    /// The first payment follows.
    Choose,
    /// At once, when the difference is paid.
    Upgrade,
    /// With the next cycle.
    Downgrade,
    /// Not now; the reason says why.
    Refused,
}

/// A plan with what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PlanOffer {
    pub plan: PlanView,
    /// Per cycle, today.
    pub price: PriceView,
    /// A price that was announced and applies to cycles from a day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_price: Option<NextPrice>,
    pub action: PlanAction,
    /// Code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// To be paid now, pro-rated where the cycle runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_now: Option<PriceView>,
    /// First day with it, where that is not today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<Date>,
    /// Whether the contacts of today fit.
    pub fits: bool,
    /// Asked for, and waiting for its payment or its day.
    pub asked: bool,
}

/// An announced price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct NextPrice {
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    pub price: PriceView,
}

impl BillingResource {
    pub(super) async fn plans(&self, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let sub = self.subscription(caller).await?.subscription;
        let catalogue = self.catalogue().await?;
        let contacts = caller.store.quota().await?.used;
        let seen = Seen { sub: &sub, catalogue: &catalogue, contacts, now: self.clock.now() };
        let today = sub.zone().day(seen.now);
        let shown = |plan: &&Plan| plan.offered || sub.plan.as_deref() == Some(&plan.id);
        let mut items: Vec<PlanOffer> =
            catalogue.plans.iter().filter(shown).map(|plan| seen.offer(plan, today)).collect();
        items.sort_by_key(|offer| (offer.plan.table == PlanTable::Chatbot, offer.price.net.minor));
        let priced =
            |minor| PriceView::of(Money::new(minor, catalogue.currency), &catalogue, &sub.country, today);
        let list = PlanList {
            items,
            setup_fee: (catalogue.setup_fee > 0 && !sub.setup_done).then(|| priced(catalogue.setup_fee)),
            support_hour: priced(catalogue.support_hour),
        };
        Ok(Response::json(StatusCode::OK, &list))
    }
}

impl Seen<'_> {
    fn offer(&self, plan: &Plan, today: Date) -> PlanOffer {
        let mut offer = PlanOffer {
            plan: plan.into(),
            price: self.price(plan, today),
            next_price: self.next_price(plan, today),
            action: PlanAction::Refused,
            reason: None,
            due_now: None,
            starts_on: None,
            fits: self.contacts <= plan.contacts,
            asked: super::waits(self.sub, &plan.id),
        };
        let current = self.sub.plan.as_deref() == Some(plan.id.as_str());
        if current && !is_choice(self.sub.status) {
            offer.action = PlanAction::Current;
            return offer;
        }
        // The rules themselves say what would follow.
        let would = match step(self.sub, &wish(self.sub, &plan.id), self.facts()) {
            Ok(would) => would.state,
            Err(refusal) => {
                offer.reason = Some(refusal.code());
                return offer;
            }
        };
        if is_choice(self.sub.status) {
            offer.action = PlanAction::Choose;
            offer.due_now = Some(offer.price.clone());
            return offer;
        }
        if would.downgrade.as_ref().is_some_and(|change| change.plan == plan.id) {
            offer.action = PlanAction::Downgrade;
            offer.starts_on = would.period.map(|(_, end)| end);
            return offer;
        }
        offer.action = PlanAction::Upgrade;
        let difference = would.links.iter().find(|link| matches!(link.what, ChargeKind::Upgrade { .. }));
        offer.due_now = difference.map(|link| self.charged(link));
        offer
    }

    fn next_price(&self, plan: &Plan, today: Date) -> Option<NextPrice> {
        let later = plan.prices.get(1..).unwrap_or_default();
        let days = later.iter().map(|price| plus_days(price.noticed_on, NOTICE_DAYS));
        let from = days.filter(|day| *day > today).min()?;
        Some(NextPrice { from, price: self.price(plan, from) })
    }
}
