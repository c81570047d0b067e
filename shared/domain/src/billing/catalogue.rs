//! What is sold and for how much, as the operator edits it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::plus_days;
use super::identity::IdentityFault;
use super::money::{Currency, Money};
use super::tax::{HIGHEST_RATE, TaxTable};

/// Days from the notice of a new price until it applies.
pub const NOTICE_DAYS: i64 = 30;

/// Name of a plan, for ever: subscriptions and invoices refer to it.
pub type PlanId = String;

/// Which price table a plan is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanTable {
    /// By contacts.
    Crm,
    /// By contacts and messages of the bot; includes the CRM.
    Chatbot,
}

/// A price and since when it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Day of its notice; it applies to cycles that start 30 days or more later. A plan's first price applies at once.
    #[schema(value_type = String, format = Date)]
    pub noticed_on: Date,
    /// Per cycle, without tax, in minor units of the catalogue's currency.
    pub minor: i64,
}

/// A row of a price table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Letters, digits and `-`.
    #[schema(value_type = String)]
    pub id: PlanId,
    /// Table.
    pub table: PlanTable,
    /// Contacts that may be stored.
    pub contacts: u64,
    /// Messages of the bot per cycle; 0 in the CRM table.
    #[serde(default)]
    pub bot_messages: u64,
    /// In the order of their notices, at least one.
    pub prices: Vec<Price>,
    /// Whether it is still sold. Who has it keeps it.
    #[serde(default = "yes")]
    pub offered: bool,
}

const fn yes() -> bool {
    true
}

impl Plan {
    /// The price in minor units of a cycle that starts on a day.
    pub fn price_on(&self, first_day: Date) -> i64 {
        let (first, later) = self.prices.split_first().map_or((0, [].as_slice()), |(f, l)| (f.minor, l));
        let applies = |price: &&Price| plus_days(price.noticed_on, NOTICE_DAYS) <= first_day;
        later.iter().rfind(applies).map_or(first, |price| price.minor)
    }
}

/// Something sold once, by a payment link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOff {
    /// Letters, digits and `-`.
    pub id: String,
    /// What stands on the invoice, in Spanish and in English.
    pub name_es: String,
    /// The same in English.
    pub name_en: String,
    /// Without tax, in minor units.
    pub minor: i64,
}

/// Everything that is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Counts changes: an edit names the version that it was made from.
    pub version: u64,
    /// Of all its prices.
    pub currency: Currency,
    /// Rows of both tables.
    pub plans: Vec<Plan>,
    /// Paid once, before anything else, in minor units without tax; zero skips it.
    #[serde(default)]
    pub setup_fee: i64,
    /// An hour or fraction of support, in minor units without tax.
    pub support_hour: i64,
    /// Work sold once.
    #[serde(default)]
    pub one_offs: Vec<OneOff>,
    /// Dated tax rates.
    #[serde(default)]
    pub taxes: TaxTable,
}

/// What an hour of support costs where the operator set nothing else.
pub const SUPPORT_HOUR: i64 = 7_000;

impl Default for Catalogue {
    /// Nothing is for sale yet.
    fn default() -> Self {
        Self {
            version: 0,
            currency: Currency::Usd,
            plans: Vec::new(),
            setup_fee: 0,
            support_hour: SUPPORT_HOUR,
            one_offs: Vec::new(),
            taxes: TaxTable::default(),
        }
    }
}

impl Catalogue {
    /// A plan, sold or not.
    pub fn plan(&self, id: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    /// The price of a plan for a cycle that starts on a day.
    pub fn price(&self, plan: &Plan, first_day: Date) -> Money {
        Money::new(plan.price_on(first_day), self.currency)
    }

    /// What support that took so many minutes costs: hours and fractions of hours.
    pub fn support(&self, minutes: u32) -> (u32, Money) {
        let hours = minutes.div_ceil(60);
        let price = Money::new(self.support_hour, self.currency);
        (hours, price.times(hours).unwrap_or(Money::new(i64::MAX, self.currency)))
    }

    /// Everything in it that cannot be sold, with JSON pointers; compared with what was sold before.
    pub fn faults(&self, before: &Self, today: Date) -> Vec<(String, &'static str)> {
        let mut faults = Vec::new();
        let mut ids = BTreeSet::new();
        for (place, plan) in self.plans.iter().enumerate() {
            let at = |field: &str| format!("/plans/{place}/{field}");
            if !is_slug(&plan.id) {
                faults.push((at("id"), "invalid_id"));
            } else if !ids.insert(plan.id.as_str()) {
                faults.push((at("id"), "duplicate"));
            }
            if plan.contacts == 0 {
                faults.push((at("contacts"), "out_of_range"));
            }
            if (plan.table == PlanTable::Crm) != (plan.bot_messages == 0) {
                faults.push((at("bot_messages"), "not_of_this_table"));
            }
            if plan.prices.is_empty() {
                faults.push((at("prices"), "required"));
            }
            if plan.prices.iter().any(|price| !(0..=100_000_000).contains(&price.minor)) {
                faults.push((at("prices"), "out_of_range"));
            }
            if plan.prices.windows(2).any(|pair| pair[0].noticed_on > pair[1].noticed_on) {
                faults.push((at("prices"), "not_in_order"));
            }
            if let Some(code) = before.plan(&plan.id).and_then(|known| rewrites(known, plan, today)) {
                faults.push((at("prices"), code));
            }
        }
        // What somebody may have bought is never forgotten, only no longer offered.
        for known in &before.plans {
            if self.plan(&known.id).is_none() {
                faults.push(("/plans".to_owned(), "plan_removed"));
            }
        }
        if self.currency != before.currency && !before.plans.is_empty() {
            faults.push(("/currency".to_owned(), "in_use"));
        }
        for (field, minor) in [("/setup_fee", self.setup_fee), ("/support_hour", self.support_hour)] {
            if !(0..=100_000_000).contains(&minor) {
                faults.push((field.to_owned(), "out_of_range"));
            }
        }
        for (place, one) in self.one_offs.iter().enumerate() {
            if !is_slug(&one.id)
                || one.name_es.trim().is_empty()
                || one.name_en.trim().is_empty()
                || one.minor <= 0
            {
                faults.push((format!("/one_offs/{place}"), "incomplete"));
            }
        }
        for (place, rate) in self.taxes.0.iter().enumerate() {
            if rate.basis_points > HIGHEST_RATE || rate.country.len() != 2 || rate.name.trim().is_empty() {
                faults.push((format!("/taxes/{place}"), "out_of_range"));
            }
        }
        faults
    }
}

fn is_slug(id: &str) -> bool {
    (1..=40).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A price that was told stays told: history is only added to, and a notice is never of a day that has passed.
fn rewrites(known: &Plan, plan: &Plan, today: Date) -> Option<&'static str> {
    if plan.table != known.table || plan.contacts != known.contacts || plan.bot_messages != known.bot_messages
    {
        return Some("plan_changed");
    }
    if !plan.prices.starts_with(&known.prices) {
        return Some("price_history");
    }
    let added = &plan.prices[known.prices.len()..];
    added.iter().any(|price| price.noticed_on < today).then_some("notice_in_the_past")
}

impl From<IdentityFault> for (String, &'static str) {
    fn from(fault: IdentityFault) -> Self {
        (format!("/{}", fault.field), fault.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn plan(prices: &[(Date, i64)]) -> Plan {
        Plan {
            id: "crm-1000".to_owned(),
            table: PlanTable::Crm,
            contacts: 1_000,
            bot_messages: 0,
            prices: prices
                .iter()
                .map(|(noticed_on, minor)| Price { noticed_on: *noticed_on, minor: *minor })
                .collect(),
            offered: true,
        }
    }

    #[test]
    fn a_new_price_waits_thirty_days() {
        let plan = plan(&[(date(2026, 1, 1), 4_900), (date(2026, 3, 1), 5_900), (date(2026, 3, 10), 6_900)]);
        assert_eq!(plan.price_on(date(2025, 1, 1)), 4_900, "the first price applies at once");
        assert_eq!(plan.price_on(date(2026, 3, 30)), 4_900);
        assert_eq!(plan.price_on(date(2026, 3, 31)), 5_900);
        assert_eq!(plan.price_on(date(2026, 4, 8)), 5_900);
        assert_eq!(plan.price_on(date(2026, 4, 9)), 6_900);
    }

    #[test]
    fn support_is_sold_by_started_hours() {
        let catalogue = Catalogue::default();
        for (minutes, hours, minor) in [(0, 0, 0), (1, 1, 7_000), (60, 1, 7_000), (61, 2, 14_000)] {
            assert_eq!(catalogue.support(minutes), (hours, Money::usd(minor)), "{minutes}");
        }
    }

    #[test]
    fn what_was_sold_is_not_rewritten() {
        let today = date(2026, 6, 1);
        let before = Catalogue { plans: vec![plan(&[(date(2026, 1, 1), 4_900)])], ..Catalogue::default() };
        let faults = |change: &dyn Fn(&mut Catalogue)| {
            let mut after = before.clone();
            change(&mut after);
            after.faults(&before, today).into_iter().map(|(_, code)| code).collect::<Vec<_>>()
        };
        assert!(faults(&|_| {}).is_empty());
        assert!(faults(&|c| c.plans[0].prices.push(Price { noticed_on: today, minor: 5_900 })).is_empty());
        assert_eq!(faults(&|c| c.plans[0].prices[0].minor = 1), ["price_history"]);
        assert_eq!(
            faults(&|c| c.plans[0].prices.push(Price { noticed_on: date(2026, 5, 31), minor: 5_900 })),
            ["notice_in_the_past"]
        );
        assert_eq!(faults(&|c| c.plans[0].contacts = 2_000), ["plan_changed"]);
        assert_eq!(faults(&|c| c.plans.clear()), ["plan_removed"]);
        assert_eq!(faults(&|c| c.currency = Currency::Eur), ["in_use"]);
        assert_eq!(faults(&|c| c.plans[0].id = "X".to_owned()), ["invalid_id", "plan_removed"]);
        assert_eq!(faults(&|c| c.plans.push(c.plans[0].clone())), ["duplicate"]);
        assert_eq!(faults(&|c| c.plans[0].bot_messages = 5), ["not_of_this_table", "plan_changed"]);
        assert_eq!(faults(&|c| c.support_hour = -1), ["out_of_range"]);
    }
}
