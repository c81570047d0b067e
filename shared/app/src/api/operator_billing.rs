//! What whoever runs the installation sells, who pays for it, and what he does about payments that go another way: bank
//! transfers, money that goes back, a cancellation that came by e-mail, work sold beside the plan. What he does to a
//! customer stands in that customer's audit log.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::billing::calendar::plus_months;
use colibri_domain::billing::charge::{ChargeKind, Payment};
use colibri_domain::billing::invoice::Issuer;
use colibri_domain::billing::subscription::CancelVia;
use colibri_domain::billing::{
    Catalogue, Charge, EntryKind, Input, LedgerEntry, Money, Refusal, Status, Subscription, Zone,
};
use colibri_domain::people::User;
use colibri_domain::{Millis, OrganizationId};
use colibri_store::Store;
use http::{Method, StatusCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::audit::{csv, deed};
use super::billing::BillingRecords;
use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route, route};
use super::teams::checked;
use super::users::word;
use crate::billing::{Decisions, TRANSFER, run};
use crate::http::Response;
use crate::ports::{Clock, Ids, Invoke};
use crate::problem::{FieldProblem, Problem};

const FUNCTION: &str = "api-operator-billing";
const OPERATOR: Access = Access::Operator;
/// Months that are looked back at.
const MONTHS: u32 = 12;
/// Longest text that a person writes here, in characters.
const LONGEST: usize = 200;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/operator/billing/catalogue",
        "getCatalogue",
        OPERATOR,
        None,
        200,
        Some("CatalogueView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/operator/billing/catalogue",
        "setCatalogue",
        OPERATOR,
        Some("Catalogue"),
        200,
        Some("CatalogueView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/operator/billing/issuer",
        "setIssuer",
        OPERATOR,
        Some("Issuer"),
        200,
        Some("CatalogueView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/operator/billing/customers",
        "listCustomers",
        OPERATOR,
        None,
        200,
        Some("CustomerList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/operator/billing/customers/{organization}",
        "getCustomer",
        OPERATOR,
        None,
        200,
        Some("CustomerDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/billing/customers/{organization}/transfers",
        "recordTransfer",
        OPERATOR,
        Some("TransferRequest"),
        200,
        Some("CustomerDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/billing/customers/{organization}/refunds",
        "refundCharge",
        OPERATOR,
        Some("RefundRequest"),
        200,
        Some("CustomerDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/billing/customers/{organization}/cancellation",
        "enterCancellation",
        OPERATOR,
        Some("ReceivedCancellation"),
        200,
        Some("CustomerDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/operator/billing/customers/{organization}/charges",
        "askExtra",
        OPERATOR,
        Some("ExtraRequest"),
        200,
        Some("CustomerDetail"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/operator/billing/revenue",
        "getRevenue",
        OPERATOR,
        None,
        200,
        Some("RevenueList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/operator/billing/months/{month}",
        "closeMonth",
        OPERATOR,
        None,
        200,
        None,
        &[],
    ),
];

/// What is sold, and who issues invoices.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CatalogueView {
    pub catalogue: Catalogue,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Issuer>,
}

/// A customer in the list.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CustomerRow {
    pub organization: OrganizationId,
    pub name: String,
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Of the plan, per cycle, without tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// First day of the next cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub next_debit: Option<Date>,
    /// Whether that is today, in the organization's zone.
    pub due_today: bool,
    /// What is not paid, and since when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owes: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub failing_since: Option<Date>,
    /// Things decided and not yet done: more than a few, or for long, needs somebody to look.
    pub waiting_work: usize,
}

/// All customers, those that owe first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CustomerList {
    /// Organizations with a subscription.
    pub items: Vec<CustomerRow>,
    /// What their running plans bring per cycle, without tax.
    pub recurring: Money,
    /// How many stand where.
    pub by_status: BTreeMap<String, u64>,
}

/// A month of the installation.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct RevenueMonth {
    /// `2026-11`.
    pub month: String,
    /// Invoices less credit notes, with tax.
    pub revenue: Money,
    /// Customers whose first cycle began.
    pub joined: u64,
    /// Customers whose service ended.
    pub left: u64,
    /// Customers at its end, or today.
    pub customers: u64,
}

/// Twelve months, the running one last.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct RevenueList {
    pub items: Vec<RevenueMonth>,
}

/// A customer with what he has to pay and has paid.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CustomerDetail {
    pub row: CustomerRow,
    /// Charges that wait to be paid.
    pub open: Vec<Charge>,
    pub records: BillingRecords,
    /// Paid and not given back, by the ledger; above zero he owes.
    pub balance: i64,
}

/// A bank transfer that has arrived.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// A charge that waits to be paid.
    pub charge: String,
    /// As the bank calls it. The same again records nothing.
    pub reference: String,
    /// Day of the transfer.
    #[schema(value_type = String, format = Date)]
    pub paid_on: Date,
}

/// Money that goes back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// A paid charge.
    pub charge: String,
    /// With tax, in minor units.
    pub minor: i64,
    /// Stands on the credit note.
    pub reason: String,
    /// What went back of the charge before, as it was read: a repeated request pays back once.
    pub refunded_before: i64,
}

/// A cancellation that came by e-mail.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedCancellation {
    /// When it arrived: what counts.
    pub received_at: Millis,
    /// Lets it count for the running cycle although it was late.
    #[serde(default)]
    pub waived: bool,
}

/// Work sold beside the plan: an item of the catalogue, or support.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraRequest {
    /// Id in the catalogue.
    #[serde(default)]
    pub item: Option<String>,
    /// Minutes of support; started hours are charged.
    #[serde(default)]
    pub support_minutes: Option<u32>,
    /// The entry of the support ledger that proves them.
    #[serde(default)]
    pub entry: Option<String>,
}

/// The resource.
#[allow(missing_docs)]
pub struct OperatorBillingResource {
    pub store: Store,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for OperatorBillingResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let operator = caller.operator()?;
        match call.operation {
            "getCatalogue" => self.shown().await,
            "setCatalogue" => self.set_catalogue(&call).await,
            "setIssuer" => self.set_issuer(&call).await,
            "listCustomers" => self.customers().await,
            "getCustomer" => self.customer(&call.id("organization")?).await,
            "recordTransfer" => self.transfer(&call, &operator).await,
            "refundCharge" => self.refund(&call, &operator).await,
            "enterCancellation" => self.cancel(&call, &operator).await,
            "askExtra" => self.extra(&call, &operator).await,
            "getRevenue" => self.revenue().await,
            "closeMonth" => self.close(&call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// The first day of a month some months before.
fn months_before(first: Date, back: u32) -> Date {
    (0..back).fold(first, |day, _| day.yesterday().map_or(day, Date::first_of_month))
}

/// A refusal that points at every fault.
fn faulty(faults: impl IntoIterator<Item = (String, &'static str)>) -> Problem {
    let mut problem =
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
    let field = |(pointer, code): (String, &str)| FieldProblem {
        pointer,
        code: code.to_owned(),
        detail: "This cannot be sold or invoiced.".to_owned(),
    };
    problem.errors = faults.into_iter().map(field).collect();
    problem
}

fn required(pointer: &str, text: &str) -> Result<String, Problem> {
    let text = checked(pointer, text, LONGEST)?;
    if text.is_empty() {
        return Err(Problem::invalid(pointer, "required", "This cannot be empty."));
    }
    Ok(text)
}

/// Everything that waits to be paid.
fn open(sub: &Subscription) -> Vec<Charge> {
    sub.due.iter().map(|due| due.charge.clone()).chain(sub.links.clone()).collect()
}

impl OperatorBillingResource {
    async fn shown(&self) -> Result<Response, Problem> {
        let all = self.store.installation();
        let view = CatalogueView { catalogue: all.catalogue().await?, issuer: all.issuer().await? };
        Ok(Response::json(StatusCode::OK, &view))
    }

    /// The day by which a notice counts: the issuer's, who announces prices.
    async fn today(&self) -> Result<Date, Problem> {
        let issuer = self.store.installation().issuer().await?;
        let zone = Zone::or_default(issuer.as_ref().map_or("", |issuer| issuer.zone.as_str()));
        Ok(zone.day(self.clock.now()))
    }

    async fn set_catalogue(&self, call: &Call) -> Result<Response, Problem> {
        let mut wanted: Catalogue = call.body()?;
        let known = self.store.installation().catalogue().await?;
        let changed = || Problem::conflict("changed_meanwhile", "Read the catalogue again and repeat.");
        if wanted.version != known.version {
            return Err(changed());
        }
        let faults = wanted.faults(&known, self.today().await?);
        if !faults.is_empty() {
            return Err(faulty(faults));
        }
        wanted.version += 1;
        if !self.store.installation().put_catalogue(&wanted).await? {
            return Err(changed());
        }
        self.announce(&known, &wanted).await?;
        self.shown().await
    }

    /// Has customers told whose plan has another price from now on; a run that gets lost is made up for by their next.
    async fn announce(&self, before: &Catalogue, after: &Catalogue) -> Result<(), Problem> {
        let changed =
            |id: &str| before.plan(id).map(|plan| &plan.prices) != after.plan(id).map(|plan| &plan.prices);
        if !after.plans.iter().any(|plan| before.plan(&plan.id).is_some() && changed(&plan.id)) {
            return Ok(());
        }
        for stored in self.store.installation().subscriptions().await? {
            let sub = stored.subscription;
            if sub.sends()
                && sub.plan.as_deref().is_some_and(changed)
                && let Err(error) = run::start(&*self.invoke, &sub.organization).await
            {
                tracing::warn!(%error, "price not announced");
            }
        }
        Ok(())
    }

    async fn set_issuer(&self, call: &Call) -> Result<Response, Problem> {
        let issuer: Issuer = call.body()?;
        let faults = issuer.faults();
        if !faults.is_empty() {
            return Err(faulty(faults.into_iter().map(|(pointer, code)| (pointer.to_owned(), code))));
        }
        self.store.installation().put_issuer(&issuer).await?;
        self.shown().await
    }

    async fn row(&self, sub: &Subscription, catalogue: &Catalogue) -> Result<CustomerRow, Problem> {
        let known = self.store.organization(&sub.organization).get().await?;
        let plan = sub.plan.as_deref().and_then(|id| catalogue.plan(id));
        let until = sub.period.map(|(_, until)| until);
        let goes_on = sub.cancellation.as_ref().zip(until).is_none_or(|(c, until)| c.ends_on > until);
        let next_debit = until.filter(|_| sub.sends() && goes_on);
        let failing_since = sub.due.as_ref().and_then(|due| due.first_failed);
        Ok(CustomerRow {
            name: known.map(|organization| organization.name).unwrap_or_default(),
            organization: sub.organization.clone(),
            status: sub.status,
            plan: sub.plan.clone(),
            price: plan.zip(sub.period).map(|(plan, (from, _))| catalogue.price(plan, from)),
            due_today: next_debit == Some(sub.zone().day(self.clock.now())),
            next_debit,
            owes: failing_since.and_then(|_| sub.due.as_ref().map(|due| due.charge.total)),
            failing_since,
            waiting_work: sub.todo.len(),
        })
    }

    async fn customers(&self) -> Result<Response, Problem> {
        let catalogue = self.store.installation().catalogue().await?;
        let mut list = CustomerList {
            items: Vec::new(),
            recurring: Money::zero(catalogue.currency),
            by_status: BTreeMap::new(),
        };
        for stored in self.store.installation().subscriptions().await? {
            let sub = stored.subscription;
            let row = self.row(&sub, &catalogue).await?;
            *list.by_status.entry(word(&sub.status)).or_default() += 1;
            if let (true, Some(price)) = (sub.sends(), row.price) {
                list.recurring = list.recurring.plus(price).unwrap_or(list.recurring);
            }
            list.items.push(row);
        }
        let rank = |row: &CustomerRow| (row.failing_since.is_none(), !row.due_today, row.name.to_lowercase());
        list.items.sort_by_key(rank);
        Ok(Response::json(StatusCode::OK, &list))
    }

    async fn known(&self, id: &OrganizationId) -> Result<Subscription, Problem> {
        let stored = self.store.organization(id).subscription().await?;
        stored.map(|stored| stored.subscription).ok_or_else(Problem::not_found)
    }

    async fn customer(&self, id: &OrganizationId) -> Result<Response, Problem> {
        let sub = self.known(id).await?;
        let catalogue = self.store.installation().catalogue().await?;
        let store = self.store.organization(id);
        let detail = CustomerDetail {
            row: self.row(&sub, &catalogue).await?,
            open: open(&sub),
            records: BillingRecords::of(&store).await?,
            balance: store.ledger().await?.iter().map(LedgerEntry::balance).sum(),
        };
        Ok(Response::json(StatusCode::OK, &detail))
    }

    /// Decides, has it done, and writes it where the customer reads it.
    async fn apply(
        &self,
        call: &Call,
        user: &User,
        id: &OrganizationId,
        input: &Input,
        told: (AuditAction, &[(&str, String)]),
    ) -> Result<Response, Problem> {
        let decisions = Decisions { store: self.store.clone(), clock: Arc::clone(&self.clock) };
        decisions.apply(id, input, user.id.as_str()).await?;
        let name = self.store.organization(id).name().await?.unwrap_or_default();
        let details = told.1.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let entry = AuditEntry {
            target: Some(id.to_string()),
            target_name: name,
            details: details.collect(),
            ..deed(&*self.ids, &*self.clock, user, call, told.0)
        };
        self.store.organization(id).audit(&entry).await?;
        if let Err(error) = run::start(&*self.invoke, id).await {
            tracing::warn!(%error, "work not started");
        }
        self.customer(id).await
    }

    async fn transfer(&self, call: &Call, user: &User) -> Result<Response, Problem> {
        let asked: TransferRequest = call.body()?;
        let id: OrganizationId = call.id("organization")?;
        let sub = self.known(&id).await?;
        let reference = required("/reference", &asked.reference)?;
        let at = sub.zone().start(asked.paid_on);
        if at > self.clock.now() {
            return Err(Problem::invalid("/paid_on", "in_the_future", "A transfer has happened already."));
        }
        if !open(&sub).iter().any(|charge| charge.id == asked.charge) {
            let known = self.store.organization(&id).charge(&asked.charge).await?;
            let same = |payment: &Payment| payment.provider == TRANSFER && payment.reference == reference;
            let paid = known.is_some_and(|charge| charge.payment.as_ref().is_some_and(same));
            if paid || sub.todo.iter().any(|todo| settles(&todo.effect, &asked.charge, &reference)) {
                return self.customer(&id).await;
            }
            return Err(Problem::invalid("/charge", "unknown_charge", "Nothing of this name is to be paid."));
        }
        let payment =
            Payment { provider: TRANSFER.to_owned(), reference: reference.clone(), at, last4: None };
        let input = Input::Paid { charge: asked.charge.clone(), payment, card: None };
        let details = [("charge", asked.charge), ("reference", reference)];
        self.apply(call, user, &id, &input, (AuditAction::TransferRecorded, &details)).await
    }

    async fn refund(&self, call: &Call, user: &User) -> Result<Response, Problem> {
        let asked: RefundRequest = call.body()?;
        let id: OrganizationId = call.id("organization")?;
        let sub = self.known(&id).await?;
        let reason = required("/reason", &asked.reason)?;
        let charge = self.store.organization(&id).charge(&asked.charge).await?;
        let unknown = || Problem::invalid("/charge", "unknown_charge", "There is no such charge.");
        let charge = charge.ok_or_else(unknown)?;
        let under_way = sub.todo.iter().any(|todo| refunds(&todo.effect, &charge.id));
        if charge.refunded != asked.refunded_before || under_way {
            return Err(Problem::conflict("changed_meanwhile", "Money of this charge has just gone back."));
        }
        if !(1..=charge.refundable()).contains(&asked.minor) {
            let most = Money::new(charge.refundable(), charge.total.currency);
            return Err(Problem::invalid(
                "/minor",
                "out_of_range",
                format!("1 to {} minor units", most.minor),
            ));
        }
        let amount = Money::new(asked.minor, charge.total.currency);
        let details =
            [("charge", charge.id.clone()), ("amount", amount.to_string()), ("reason", reason.clone())];
        let input = Input::PayBack { charge: charge.id, minor: asked.minor, reason };
        self.apply(call, user, &id, &input, (AuditAction::ChargeRefunded, &details)).await
    }

    async fn cancel(&self, call: &Call, user: &User) -> Result<Response, Problem> {
        let asked: ReceivedCancellation = call.body()?;
        let id: OrganizationId = call.id("organization")?;
        self.known(&id).await?;
        if asked.received_at > self.clock.now() || asked.received_at.0 < 0 {
            return Err(Problem::invalid("/received_at", "in_the_future", "It has arrived already."));
        }
        let ReceivedCancellation { received_at, waived } = asked;
        let input = Input::Cancel { received_at, via: CancelVia::Email, waived };
        let details = [("via", "email".to_owned()), ("waived", waived.to_string())];
        self.apply(call, user, &id, &input, (AuditAction::SubscriptionCanceled, &details)).await
    }

    async fn extra(&self, call: &Call, user: &User) -> Result<Response, Problem> {
        let asked: ExtraRequest = call.body()?;
        let id: OrganizationId = call.id("organization")?;
        self.known(&id).await?;
        let catalogue = self.store.installation().catalogue().await?;
        let (what, net) = match (asked.item, asked.support_minutes) {
            (Some(item), None) => {
                let one = catalogue.one_offs.iter().find(|one| one.id == item);
                let unknown = || Problem::invalid("/item", "unknown_item", "The catalogue has no such item.");
                let minor = one.ok_or_else(unknown)?.minor;
                (ChargeKind::OneOff { item }, Money::new(minor, catalogue.currency))
            }
            (None, Some(minutes @ 1..=6_000)) => {
                let entry = required("/entry", asked.entry.as_deref().unwrap_or_default())?;
                let (hours, net) = catalogue.support(minutes);
                (ChargeKind::Support { entry, hours }, net)
            }
            (None, Some(_)) => {
                return Err(Problem::invalid("/support_minutes", "out_of_range", "1 to 6000 minutes"));
            }
            _ => return Err(Problem::invalid("/item", "required", "Name either item or support_minutes.")),
        };
        let details = [("net", net.to_string())];
        let input = Input::Ask { what, net };
        self.apply(call, user, &id, &input, (AuditAction::ExtraAsked, &details)).await
    }

    /// What came in, who came and who left, by month in the issuer's zone.
    async fn revenue(&self) -> Result<Response, Problem> {
        let all = self.store.installation();
        let zone = all.issuer().await?.map(|issuer| issuer.zone).unwrap_or_default();
        let this = Zone::or_default(&zone).day(self.clock.now()).first_of_month();
        let currency = all.catalogue().await?.currency;
        let customers: Vec<(Date, Option<Date>)> = all
            .subscriptions()
            .await?
            .into_iter()
            .filter_map(|stored| Some((stored.subscription.anchor?.0, stored.subscription.deactivated_on)))
            .collect();
        let mut items = Vec::new();
        for back in (0..MONTHS).rev() {
            let first = months_before(this, back);
            let next = plus_months(first, 1);
            let month = first.strftime("%Y-%m").to_string();
            let mut minor = 0_i64;
            for (_, entry) in all.ledger_of(&month).await? {
                if entry.amount.currency == currency {
                    minor = minor.saturating_add(match entry.kind {
                        EntryKind::Invoiced => entry.amount.minor,
                        EntryKind::Credited => -entry.amount.minor,
                        _ => 0,
                    });
                }
            }
            let count = |which: &dyn Fn(Date, Option<Date>) -> bool| {
                let these = customers.iter().filter(|(joined, left)| which(*joined, *left));
                u64::try_from(these.count()).unwrap_or(u64::MAX)
            };
            items.push(RevenueMonth {
                month,
                revenue: Money::new(minor, currency),
                joined: count(&|joined, _| joined >= first && joined < next),
                left: count(&|_, left| left.is_some_and(|left| left >= first && left < next)),
                customers: count(&|joined, left| joined < next && left.is_none_or(|left| left >= next)),
            });
        }
        Ok(Response::json(StatusCode::OK, &RevenueList { items }))
    }

    /// Every entry of a month's ledgers as a table, and their sums by kind at its end.
    async fn close(&self, call: &Call) -> Result<Response, Problem> {
        let month: String = call.id("month")?;
        let (year, number) = month.split_once('-').unwrap_or_default();
        let legal = year.len() == 4 && number.len() == 2 && format!("{month}-01").parse::<Date>().is_ok();
        if !legal {
            return Err(Problem::not_found());
        }
        let entries = self.store.installation().ledger_of(&month).await?;
        let mut names = BTreeMap::new();
        let mut sums: BTreeMap<(String, &'static str), (Money, u64)> = BTreeMap::new();
        let mut rows = Vec::new();
        for (organization, entry) in entries {
            if !names.contains_key(&organization) {
                let name = self.store.organization(&organization).name().await?.unwrap_or_default();
                names.insert(organization.clone(), name);
            }
            let kind = word(&entry.kind);
            let sum = sums
                .entry((kind.clone(), entry.amount.currency.code()))
                .or_insert((Money::zero(entry.amount.currency), 0));
            sum.0 = sum.0.plus(entry.amount).map_err(|_| super::billing::refused(Refusal::Amount))?;
            sum.1 += 1;
            let at = jiff::Timestamp::from_millisecond(entry.at.0).map(|t| t.to_string()).unwrap_or_default();
            rows.push(vec![
                at,
                organization.to_string(),
                names.get(&organization).cloned().unwrap_or_default(),
                kind,
                entry.charge,
                entry.amount.decimal(),
                entry.amount.currency.code().to_owned(),
                entry.reference,
            ]);
        }
        for ((kind, currency), (sum, count)) in sums {
            let text = String::new;
            let total = format!("total_{kind}");
            rows.push(vec![
                text(),
                text(),
                text(),
                total,
                count.to_string(),
                sum.decimal(),
                currency.to_owned(),
                text(),
            ]);
        }
        let head =
            ["time", "organization_id", "organization", "entry", "charge", "amount", "currency", "reference"];
        Ok(csv("close.csv", &head, rows.into_iter()))
    }
}

fn settles(effect: &colibri_domain::billing::Effect, id: &str, reference: &str) -> bool {
    let colibri_domain::billing::Effect::Settle { charge } = effect else { return false };
    charge.id == id && charge.payment.as_ref().is_some_and(|payment| payment.reference == reference)
}

fn refunds(effect: &colibri_domain::billing::Effect, id: &str) -> bool {
    matches!(effect, colibri_domain::billing::Effect::Refund { charge, .. } if charge == id)
}
