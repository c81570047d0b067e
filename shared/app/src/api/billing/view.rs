//! The page of a subscription: where it stands and what comes next.

use colibri_domain::Millis;
use colibri_domain::billing::calendar::plus_days;
use colibri_domain::billing::charge::{Charge, ChargeKind};
use colibri_domain::billing::machine::Access;
use colibri_domain::billing::quota::{QuotaLevel, level};
use colibri_domain::billing::rules::{KEPT_DAYS, freeze_day};
use colibri_domain::billing::subscription::{CancelVia, Cancellation};
use colibri_domain::billing::{
    BillingIdentity, Catalogue, Facts, Input, Money, Plan, PlanTable, Status, Subscription, step,
};
use jiff::civil::Date;
use serde::Serialize;

use super::BillingResource;
use crate::api::gate::OrganizationCaller;
use crate::problem::Problem;

/// A price without and with tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PriceView {
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    /// Empty where no tax applies.
    pub tax_name: String,
    /// Hundredths of a percent.
    pub tax_basis_points: u32,
}

impl PriceView {
    /// A price with the taxes of a country on a day.
    pub fn of(net: Money, catalogue: &Catalogue, country: &str, day: Date) -> Self {
        let rate = catalogue.taxes.on(country, day);
        let tax = catalogue.taxes.tax(country, day, net);
        Self {
            net,
            tax,
            total: net.plus(tax).unwrap_or(net),
            tax_name: rate.map(|rate| rate.name.clone()).unwrap_or_default(),
            tax_basis_points: rate.map_or(0, |rate| rate.basis_points),
        }
    }

    /// What a charge costs.
    pub fn charged(charge: &Charge, catalogue: &Catalogue, country: &str) -> Self {
        let rate = catalogue.taxes.0.iter().find(|rate| rate.country == country);
        Self {
            net: charge.net,
            tax: charge.tax,
            total: charge.total,
            tax_name: rate.filter(|_| charge.tax.is_positive()).map(|r| r.name.clone()).unwrap_or_default(),
            tax_basis_points: charge.tax_basis_points,
        }
    }
}

/// A plan by what it allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PlanView {
    pub id: String,
    pub table: PlanTable,
    pub contacts: u64,
    pub bot_messages: u64,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        Self {
            id: plan.id.clone(),
            table: plan.table,
            contacts: plan.contacts,
            bot_messages: plan.bot_messages,
        }
    }
}

/// A cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Period {
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// First day of the next one.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
}

/// A debit to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DebitView {
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    pub plan: String,
    pub price: PriceView,
}

/// A debit that is not paid yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DueView {
    pub charge: String,
    pub price: PriceView,
    /// Tries so far.
    pub tried: usize,
    /// When it is tried next, or the service stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Millis>,
    /// First day on which the service stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub freezes_on: Option<Date>,
}

/// Something that a link waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct LinkView {
    pub charge: String,
    #[serde(flatten)]
    pub what: ChargeKind,
    pub price: PriceView,
}

/// A cheaper plan that waits for its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DowngradeView {
    pub plan: PlanView,
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Whether the contacts of today fit.
    pub fits: bool,
}

/// What a cancellation of now would mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CancelTerms {
    /// The first moment that is too late to prevent the next debit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// Last day of service.
    #[schema(value_type = String, format = Date)]
    pub last_day: Date,
    /// Whether one more cycle is debited.
    pub one_more_debit: bool,
}

/// A cancellation that was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CancellationView {
    pub received_at: Millis,
    pub via: CancelVia,
    #[schema(value_type = String, format = Date)]
    pub last_day: Date,
    pub one_more_debit: bool,
    pub waived: bool,
}

/// The card as far as anybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CardView {
    pub brand: String,
    pub last4: String,
    /// Month and year.
    pub expires: (u8, u16),
}

/// Places for contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UsageView {
    /// Contacts that count.
    pub used: u64,
    /// Contacts that may be stored.
    pub limit: u64,
    /// Of `used`: deleted ones, which count until the month ends.
    pub freed: u64,
    /// When those are free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freed_at: Option<Millis>,
    /// How full it is, from 80 % on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<QuotaLevel>,
    /// Messages of the bot that a cycle includes.
    pub bot_messages: u64,
}

/// People for whom there is no place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingView {
    /// How many.
    pub people: u64,
    /// Since when the first of them waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Millis>,
}

/// The one thing that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum NextStep {
    /// Nothing is for sale here.
    NothingForSale,
    SetIdentity,
    ChoosePlan,
    PaySetup,
    PayFirst,
    PayDue,
    PayUpgrade,
    PayExtra,
    None,
}

/// The subscription as who runs the organization sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct BillingView {
    pub status: Status,
    pub access: Access,
    pub zone: String,
    pub country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanView>,
    /// Of the running cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_debit: Option<DebitView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
    pub links: Vec<LinkView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downgrade: Option<DowngradeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_terms: Option<CancelTerms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<CancellationView>,
    /// After the end: the last day on which data are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub data_until: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<CardView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<BillingIdentity>,
    pub usage: UsageView,
    pub waiting: WaitingView,
    pub next_step: NextStep,
    /// The charge that the next step pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_charge: Option<String>,
    /// Whether the caller may change any of it.
    pub may_change: bool,
}

/// The page of a subscription.
pub(super) async fn of(
    resource: &BillingResource,
    caller: &OrganizationCaller,
    sub: &Subscription,
) -> Result<BillingView, Problem> {
    let catalogue = resource.catalogue().await?;
    let (store, now) = (&caller.store, resource.clock.now());
    let quota = store.quota().await?;
    let identity = store.billing_identity().await?;
    let plan = sub.plan.as_deref().and_then(|id| catalogue.plan(id));
    let seen = Seen { sub, catalogue: &catalogue, contacts: quota.used, now };
    let (next_step, next_charge) = seen.next_step(identity.is_some());
    let to_come = store.places_to_come().await?;
    let usage = UsageView {
        used: quota.used,
        limit: quota.limit,
        freed: to_come.iter().map(|(_, count)| count).sum(),
        freed_at: to_come.first().map(|(first, _)| *first),
        level: level(quota.used, quota.limit),
        bot_messages: sub.bot_allowance,
    };
    let right = colibri_domain::people::OrganizationRight::BillingWrite;
    Ok(BillingView {
        status: sub.status,
        access: store.access().await?,
        zone: sub.zone.clone(),
        country: sub.country.clone(),
        plan: plan.map(PlanView::from),
        price: plan.zip(sub.period).map(|(plan, (from, _))| seen.price(plan, from)),
        period: sub.period.map(|(from, until)| Period { from, until }),
        next_debit: seen.next_debit(),
        due: seen.due(),
        links: sub.links.iter().map(|link| seen.link(link)).collect(),
        downgrade: seen.downgrade(),
        cancel_terms: seen.cancel_terms(),
        cancellation: sub.cancellation.as_ref().map(|c| seen.cancellation(c)),
        data_until: sub.deactivated_on.map(|day| plus_days(day, KEPT_DAYS)),
        card: sub.card.as_ref().map(|card| CardView {
            brand: card.brand.clone(),
            last4: card.last4.clone(),
            expires: card.expires,
        }),
        identity,
        usage,
        waiting: waiting(resource, caller).await?,
        next_step,
        next_charge,
        may_change: caller.user.organization_role.grants(right),
    })
}

/// Counts people, tells nothing of what they wrote.
async fn waiting(resource: &BillingResource, caller: &OrganizationCaller) -> Result<WaitingView, Problem> {
    let mut people = std::collections::BTreeSet::new();
    let mut since: Option<Millis> = None;
    for workspace in caller.store.workspaces().await? {
        for one in resource.store.workspace(&workspace.id).waiting().await? {
            since = Some(since.map_or(one.at, |known| known.min(one.at)));
            people.insert((workspace.id.clone(), one.group));
        }
    }
    Ok(WaitingView { people: u64::try_from(people.len()).unwrap_or(u64::MAX), since })
}

/// What the page is made from.
pub(super) struct Seen<'a> {
    pub(super) sub: &'a Subscription,
    pub(super) catalogue: &'a Catalogue,
    pub(super) contacts: u64,
    pub(super) now: Millis,
}

impl Seen<'_> {
    pub(super) fn price(&self, plan: &Plan, first_day: Date) -> PriceView {
        let net = self.catalogue.price(plan, first_day);
        PriceView::of(net, self.catalogue, &self.sub.country, first_day)
    }

    pub(super) fn charged(&self, charge: &Charge) -> PriceView {
        PriceView::charged(charge, self.catalogue, &self.sub.country)
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        Facts { now: self.now, catalogue: self.catalogue, contacts: self.contacts }
    }

    fn link(&self, link: &Charge) -> LinkView {
        LinkView { charge: link.id.clone(), what: link.what.clone(), price: self.charged(link) }
    }

    /// The plan of the next cycle: a downgrade that does not fit is not applied.
    fn next_debit(&self) -> Option<DebitView> {
        let (_, on) = self.sub.period?;
        let debited = self.sub.cancellation.as_ref().is_none_or(|c| c.ends_on > on);
        if !self.sub.sends() || !debited {
            return None;
        }
        let wanted = self.sub.downgrade.as_ref().and_then(|change| self.catalogue.plan(&change.plan));
        let fitting = wanted.filter(|plan| self.contacts <= plan.contacts);
        let plan = fitting.or_else(|| self.catalogue.plan(self.sub.plan.as_deref()?))?;
        Some(DebitView { on, plan: plan.id.clone(), price: self.price(plan, on) })
    }

    fn due(&self) -> Option<DueView> {
        let due = self.sub.due.as_ref()?;
        let failed = due.first_failed.is_some();
        Some(DueView {
            charge: due.charge.id.clone(),
            price: self.charged(&due.charge),
            tried: due.tried,
            next_at: (failed && !due.awaiting && self.sub.sends()).then_some(due.next_at),
            freezes_on: due.first_failed.filter(|_| self.sub.sends()).map(freeze_day),
        })
    }

    fn downgrade(&self) -> Option<DowngradeView> {
        let change = self.sub.downgrade.as_ref()?;
        let plan = self.catalogue.plan(&change.plan)?;
        let (_, on) = self.sub.period?;
        Some(DowngradeView { plan: plan.into(), on, fits: self.contacts <= plan.contacts })
    }

    /// Asked of the rules themselves: what they would do now.
    fn cancel_terms(&self) -> Option<CancelTerms> {
        if !matches!(self.sub.status, Status::Active | Status::PastDue | Status::Frozen) {
            return None;
        }
        let input = Input::Cancel { received_at: self.now, via: CancelVia::Button, waived: false };
        let after = step(self.sub, &input, self.facts()).ok()?.state;
        let would = self.cancellation(after.cancellation.as_ref()?);
        let until = self.sub.cancel_until();
        Some(CancelTerms { until, last_day: would.last_day, one_more_debit: would.one_more_debit })
    }

    fn cancellation(&self, known: &Cancellation) -> CancellationView {
        let one_more_debit = self.sub.period.is_some_and(|(_, end)| known.ends_on > end);
        let first = self.sub.zone().day(known.received_at);
        CancellationView {
            received_at: known.received_at,
            via: known.via,
            // Who leaves a service that has stopped leaves on the day itself.
            last_day: plus_days(known.ends_on, -1).max(first.min(known.ends_on)),
            one_more_debit,
            waived: known.waived,
        }
    }

    fn next_step(&self, identified: bool) -> (NextStep, Option<String>) {
        let sub = self.sub;
        if let (Some(due), true) = (&sub.due, matches!(sub.status, Status::PastDue | Status::Frozen)) {
            return (NextStep::PayDue, Some(due.charge.id.clone()));
        }
        let starts = super::is_choice(sub.status);
        if starts && !self.catalogue.plans.iter().any(|plan| plan.offered) {
            return (NextStep::NothingForSale, None);
        }
        if starts && !identified {
            return (NextStep::SetIdentity, None);
        }
        let link = |which: fn(&ChargeKind) -> bool| {
            sub.links.iter().find(|link| which(&link.what)).map(|link| link.id.clone())
        };
        let links: [(NextStep, Option<String>); 4] = [
            (NextStep::PaySetup, link(|what| matches!(what, ChargeKind::Setup))),
            (NextStep::PayFirst, link(|what| matches!(what, ChargeKind::Cycle { .. }))),
            (NextStep::PayUpgrade, link(|what| matches!(what, ChargeKind::Upgrade { .. }))),
            (
                NextStep::PayExtra,
                link(|what| matches!(what, ChargeKind::OneOff { .. } | ChargeKind::Support { .. })),
            ),
        ];
        if let Some((next, charge)) = links.into_iter().find(|(_, charge)| charge.is_some()) {
            return (next, charge);
        }
        (if starts { NextStep::ChoosePlan } else { NextStep::None }, None)
    }
}
