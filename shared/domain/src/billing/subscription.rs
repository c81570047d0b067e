//! The state of a subscription and the instant at which it next has to be looked at.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::{Zone, plus_days, plus_months};
use super::catalogue::PlanId;
use super::charge::Charge;
use super::machine::Effect;
use super::rules::{DOWNGRADE_NOTICES, cancel_deadline, debit_at};
use crate::ids::OrganizationId;
use crate::time::Millis;

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Signed up; nothing is billed and no channel is live.
    SetupPending,
    /// Has a link to pay the first cycle.
    PendingFirstPayment,
    /// Paid.
    Active,
    /// Paid until the end of its last cycle.
    Canceling,
    /// A debit failed and is tried again.
    PastDue,
    /// Unpaid: receives, does not send.
    Frozen,
    /// Ended; data can be exported for a time.
    Deactivated,
    /// Ended, and its data are gone.
    Purged,
}

/// A card kept at a payment provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Card {
    pub provider: String,
    /// The provider's id of the customer.
    #[serde(default)]
    pub customer: String,
    /// The provider's id of the card.
    pub method: String,
    pub brand: String,
    pub last4: String,
    /// Month and year, as on the card.
    pub expires: (u8, u16),
}

/// A charge that is being debited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// What is debited.
    pub charge: Charge,
    /// Tries so far, the running one included.
    pub tried: usize,
    /// Whether the outcome of the last try is awaited.
    pub awaiting: bool,
    /// Day of the first failed try.
    pub first_failed: Option<Date>,
    /// When it is tried next, or the service freezes.
    pub next_at: Millis,
}

/// A plan that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlanChange {
    /// Which.
    #[schema(value_type = String)]
    pub plan: PlanId,
    /// When it was asked for.
    pub asked_at: Millis,
    /// How many of the notices that it does not fit were due already.
    #[serde(default)]
    pub noticed: usize,
}

/// How a cancellation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CancelVia {
    Button,
    Email,
}

/// A cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cancellation {
    /// When it arrived: what counts.
    pub received_at: Millis,
    /// When it was entered.
    pub entered_at: Millis,
    /// How it came.
    pub via: CancelVia,
    /// First day without service.
    #[schema(value_type = String, format = Date)]
    pub ends_on: Date,
    /// Whether the operator let it count although it was late.
    pub waived: bool,
}

/// An effect that was decided and is not yet done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// Unique in the organization.
    pub id: u64,
    /// What is to be done.
    pub effect: Effect,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whose.
    pub organization: OrganizationId,
    /// IANA name: all its days are counted there.
    pub zone: String,
    /// ISO 3166-1 alpha-2: whose taxes apply.
    pub country: String,
    /// Where it stands.
    pub status: Status,
    /// What is paid for; none before the first choice.
    #[serde(default)]
    pub plan: Option<PlanId>,
    /// Whether the setup fee is paid or was not asked for.
    #[serde(default)]
    pub setup_done: bool,
    /// Day of the first debit, and the number of its cycle.
    #[serde(default)]
    pub anchor: Option<(Date, u32)>,
    /// The number of the running cycle. Counts on for ever: no two cycles share one.
    #[serde(default)]
    pub cycle: u32,
    /// First day of the running cycle and of the next.
    #[serde(default)]
    pub period: Option<(Date, Date)>,
    /// Bot messages allowed in the running cycle.
    #[serde(default)]
    pub bot_allowance: u64,
    /// The debit of the running cycle, until it is paid.
    #[serde(default)]
    pub due: Option<Due>,
    /// Charges with a link that waits to be paid: setup, first cycle, upgrade.
    #[serde(default)]
    pub links: Vec<Charge>,
    /// Links made so far: part of the next one's id.
    #[serde(default)]
    pub links_made: u32,
    /// A cheaper plan for the next cycle.
    #[serde(default)]
    pub downgrade: Option<PlanChange>,
    /// The cancellation.
    #[serde(default)]
    pub cancellation: Option<Cancellation>,
    /// The card.
    #[serde(default)]
    pub card: Option<Card>,
    /// The newest price that was told, by the day of its notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_told: Option<Date>,
    /// Day of the end of service, when it has ended.
    #[serde(default)]
    pub deactivated_on: Option<Date>,
    /// Effects that wait to be done, in their order.
    #[serde(default)]
    pub todo: Vec<Todo>,
    /// Effects decided so far.
    #[serde(default)]
    pub decided: u64,
}

impl Subscription {
    /// The subscription of an organization that has just signed up.
    pub fn signed_up(organization: OrganizationId, zone: &str, country: &str) -> Self {
        Self {
            organization,
            zone: zone.to_owned(),
            country: country.to_owned(),
            status: Status::SetupPending,
            plan: None,
            setup_done: false,
            anchor: None,
            cycle: 0,
            period: None,
            bot_allowance: 0,
            due: None,
            links: Vec::new(),
            links_made: 0,
            downgrade: None,
            cancellation: None,
            card: None,
            price_told: None,
            deactivated_on: None,
            todo: Vec::new(),
            decided: 0,
        }
    }

    /// The zone of its days.
    pub fn zone(&self) -> Zone {
        Zone::or_default(&self.zone)
    }

    /// First day of a cycle, and of the one behind it.
    pub fn period_of(&self, cycle: u32) -> Option<(Date, Date)> {
        let (anchor, first) = self.anchor?;
        let months = cycle.checked_sub(first)?;
        Some((plus_months(anchor, months), plus_months(anchor, months + 1)))
    }

    /// Whether messages may be sent and automation may run.
    pub fn sends(&self) -> bool {
        matches!(self.status, Status::Active | Status::Canceling | Status::PastDue)
    }

    /// Until when a cancellation prevents the next debit; none where nothing is debited any more.
    pub fn cancel_until(&self) -> Option<Millis> {
        let (_, end) = self.period?;
        matches!(self.status, Status::Active | Status::PastDue).then(|| cancel_deadline(&self.zone(), end))
    }

    /// The next instant at which time alone changes something; none where only people do. With work left: at once.
    pub fn wake_at(&self) -> Option<Millis> {
        if !self.todo.is_empty() {
            return Some(Millis(0));
        }
        let zone = self.zone();
        match self.status {
            Status::SetupPending | Status::PendingFirstPayment | Status::Purged => None,
            Status::Frozen => self.cancellation.as_ref().map(|c| zone.start(c.ends_on)),
            Status::Deactivated => {
                self.deactivated_on.map(|day| zone.start(plus_days(day, super::rules::KEPT_DAYS)))
            }
            Status::Canceling | Status::Active | Status::PastDue => {
                let debit = self.due.as_ref().map(|due| due.next_at);
                let (_, end) = self.period?;
                let ends = self.cancellation.as_ref().is_some_and(|c| c.ends_on <= end);
                let turn = if ends { zone.start(end) } else { debit_at(&zone, end) };
                let notice = self.downgrade.as_ref().and_then(|change| {
                    let days = DOWNGRADE_NOTICES.get(change.noticed)?;
                    Some(debit_at(&zone, plus_days(end, -days)))
                });
                [debit, Some(turn), notice].into_iter().flatten().min()
            }
        }
    }
}
