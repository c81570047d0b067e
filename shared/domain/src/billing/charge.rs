//! One thing to be paid: its amount is fixed when it is made.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, PlanId};
use super::money::{Money, MoneyError};
use crate::time::Millis;

/// What is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ChargeKind {
    /// The fee before anything else.
    Setup,
    /// A cycle of the subscription.
    Cycle {
        cycle: u32,
        #[schema(value_type = String)]
        plan: PlanId,
        /// First day; the day of the payment for the first cycle after sign-up or return.
        #[schema(value_type = String, format = Date)]
        from: Date,
        /// First day of the next cycle.
        #[schema(value_type = String, format = Date)]
        until: Date,
    },
    /// The difference to a dearer plan for the rest of a cycle.
    Upgrade {
        cycle: u32,
        #[schema(value_type = String)]
        from_plan: PlanId,
        #[schema(value_type = String)]
        plan: PlanId,
        days: u32,
        of_days: u32,
    },
    /// Work sold once.
    OneOff { item: String },
    /// Hours of support.
    Support { entry: String, hours: u32 },
}

/// What has become of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ChargeStatus {
    Open,
    Paid,
    /// Nobody has to pay it any more.
    Void,
}

/// How a charge was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Payment {
    /// `stripe`, `placetopay`, `simulator`, or `transfer`.
    pub provider: String,
    /// The provider's id of the payment, or the reference of the transfer.
    pub reference: String,
    /// When we heard of it, or the day of the transfer.
    pub at: Millis,
    /// Of a card: its last four digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last4: Option<String>,
}

/// One thing to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Charge {
    /// Unique in the organization and following from what is paid for: a repeated step makes the same charge.
    pub id: String,
    /// What for.
    #[serde(flatten)]
    pub what: ChargeKind,
    /// Without tax.
    pub net: Money,
    /// Tax by the rate of the country on the charge's day.
    pub tax: Money,
    /// What is debited.
    pub total: Money,
    /// Hundredths of a percent that `tax` was made with.
    pub tax_basis_points: u32,
    /// What the tax authority calls the rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// What has become of it.
    pub status: ChargeStatus,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Number of its invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// What was paid back of `total`.
    #[serde(default)]
    pub refunded: i64,
}

impl Charge {
    /// A charge by the prices and taxes of `day`.
    pub fn new(
        id: String,
        what: ChargeKind,
        net: Money,
        catalogue: &Catalogue,
        country: &str,
        day: Date,
        now: Millis,
    ) -> Result<Self, MoneyError> {
        let rate = catalogue.taxes.on(country, day);
        let tax = rate.map_or(Money::zero(net.currency), |rate| rate.of(net));
        Ok(Self {
            id,
            what,
            net,
            tax,
            total: net.plus(tax)?,
            tax_basis_points: rate.map_or(0, |rate| rate.basis_points),
            tax_code: rate.and_then(|rate| rate.authority_code.clone()),
            created_at: now,
            status: ChargeStatus::Open,
            payment: None,
            invoice: None,
            refunded: 0,
        })
    }

    /// What may still be paid back, in minor units.
    pub fn refundable(&self) -> i64 {
        if self.status == ChargeStatus::Paid { self.total.minor - self.refunded } else { 0 }
    }
}
