//! The subscription over years of days, against a calendar that shares no code with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

#[path = "billing/invoice.rs"]
mod invoice;
#[path = "billing/machine.rs"]
mod machine;
#[path = "billing/years.rs"]
mod years;

use colibri_domain::billing::catalogue::{Plan, PlanTable, Price};
use colibri_domain::billing::charge::Payment;
use colibri_domain::billing::{Catalogue, Effect, Facts, Input, Money, Step, Subscription, Zone, step};
use colibri_domain::{Millis, OrganizationId};
use jiff::civil::{Date, date};

/// CRM plans of 1,000 and 5,000 contacts for 49 and 99 dollars, a Chatbot plan of 1,000 for 89.
pub fn catalogue() -> Catalogue {
    let plan = |id: &str, table, contacts, bot_messages, minor| Plan {
        id: id.to_owned(),
        table,
        contacts,
        bot_messages,
        prices: vec![Price { noticed_on: date(2020, 1, 1), minor }],
        offered: true,
    };
    Catalogue {
        plans: vec![
            plan("crm-1000", PlanTable::Crm, 1_000, 0, 4_900),
            plan("crm-5000", PlanTable::Crm, 5_000, 0, 9_900),
            plan("bot-1000", PlanTable::Chatbot, 1_000, 3_000, 8_900),
        ],
        ..Catalogue::default()
    }
}

/// A subscription and its clock.
#[allow(missing_docs)]
pub struct World {
    pub catalogue: Catalogue,
    pub sub: Subscription,
    pub now: Millis,
    pub contacts: u64,
    pub effects: Vec<(Millis, Effect)>,
}

#[allow(missing_docs)]
impl World {
    pub fn new(zone: &str, now: Millis) -> Self {
        let organization: OrganizationId = "org_1".parse().unwrap();
        let sub = Subscription::signed_up(organization, zone, "EC");
        Self { catalogue: catalogue(), sub, now, contacts: 0, effects: Vec::new() }
    }

    /// One that has paid its first cycle on a day, at noon.
    pub fn paying(zone: &str, day: Date) -> Self {
        let noon = Zone::named(zone).unwrap().at(day, 12);
        let mut world = Self::new(zone, noon);
        world.put(&Input::Subscribe { plan: "crm-1000".to_owned() });
        world.pay_link();
        world
    }

    pub fn step(&self, input: &Input) -> Result<Step, colibri_domain::billing::Refusal> {
        let facts = Facts { now: self.now, catalogue: &self.catalogue, contacts: self.contacts };
        step(&self.sub, input, facts)
    }

    /// Applies an input and takes its effects as done.
    pub fn put(&mut self, input: &Input) -> Vec<Effect> {
        let step = self.step(input).unwrap();
        self.sub = Subscription { todo: Vec::new(), ..step.state };
        self.effects.extend(step.effects.iter().map(|effect| (self.now, effect.clone())));
        step.effects
    }

    pub fn pay(&mut self, charge: &str) -> Vec<Effect> {
        let at = self.now;
        let payment =
            Payment { provider: "simulator".into(), reference: format!("pay-{charge}"), at, last4: None };
        self.put(&Input::Paid { charge: charge.to_owned(), payment, card: None })
    }

    pub fn pay_link(&mut self) -> Vec<Effect> {
        let id = self.sub.links[0].id.clone();
        self.pay(&id)
    }

    pub fn fail(&mut self) -> Vec<Effect> {
        let due = self.sub.due.clone().unwrap();
        self.put(&Input::Failed { charge: due.charge.id, tried: due.tried, reason: "declined".into() })
    }

    /// Noon of a day in the organization's zone.
    pub fn noon(&mut self, day: Date) -> Vec<Effect> {
        self.now = self.sub.zone().at(day, 12);
        self.put(&Input::Tick)
    }

    pub fn paid_total(&self) -> Money {
        self.effects.iter().fold(Money::usd(0), |sum, (_, effect)| match effect {
            Effect::Settle { charge } => sum.plus(charge.total).unwrap(),
            _ => sum,
        })
    }
}
