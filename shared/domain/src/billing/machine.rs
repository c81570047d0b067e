//! The subscription as a state machine: a state, an input and an instant give a state and what is to be done.
//!
//! Nothing here is done: effects are kept with the state until they are, each under a number of its own, so that a run
//! that dies between two of them goes on with the next one. An input that came too late or twice is answered by what
//! the state says, never by a second effect.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::{days_between, plus_days};
use super::catalogue::{Catalogue, Plan};
use super::charge::{Charge, ChargeKind, ChargeStatus, Payment};
use super::money::Money;
use super::rules::{
    DOWNGRADE_NOTICES, cancel_deadline, days_left, debit_at, freeze_day, mixed_allowance, next_try,
    upgrade_difference,
};
use super::subscription::{CancelVia, Cancellation, Card, Due, PlanChange, Status, Subscription, Todo};
use crate::time::Millis;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// A plan is chosen before the first payment, or to come back.
    Subscribe { plan: String },
    /// A charge was paid, by whatever way.
    Paid { charge: String, payment: Payment, card: Option<Card> },
    /// A try to debit failed for good.
    Failed { charge: String, tried: usize, reason: String },
    /// A card is kept at the provider.
    CardKept { card: Card },
    /// Another plan is asked for.
    ChangePlan { plan: String },
    /// The downgrade that waits is not wanted any more.
    KeepPlan,
    /// The customer leaves.
    Cancel { received_at: Millis, via: CancelVia, waived: bool },
    /// He stays after all.
    Stay,
    /// The operator ends it.
    Deactivate,
    /// The operator asks for work sold once or for support, in minor units without tax.
    Ask { what: ChargeKind, net: super::Money },
    /// The operator takes back what he asked for.
    Withdraw { charge: String },
    /// The operator pays back, in minor units with tax.
    PayBack { charge: String, minor: i64, reason: String },
    /// The organization is somewhere else from now on: cycles that begin later are counted there.
    Moved { zone: String, country: String },
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Effect {
    /// A charge exists from now on.
    Record { charge: Charge },
    /// Debit the card.
    Collect { charge: String, tried: usize },
    /// A charge is paid: its invoice, its entry in the ledger.
    Settle { charge: Charge },
    /// Nobody has to pay a charge any more.
    Void { charge: String },
    /// Money came in for what was paid or void already.
    GiveBack { charge: String, payment: Payment },
    /// Money of a paid charge goes back, with a credit note: a part of it, or all that is left.
    Refund { charge: String, minor: Option<i64>, reason: String },
    /// Places for contacts and messages of the bot.
    SetQuota { contacts: u64, bot_messages: u64, cycle: u32 },
    /// What people and channels may do.
    SetAccess { access: Access },
    /// A mail to who pays.
    Notify { notice: Notice },
    /// Data go.
    Purge,
}

/// What an organization may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Look round and configure; no channel is live.
    Setup,
    /// Everything.
    #[default]
    Full,
    /// Receive and read; nothing is sent, no automation runs.
    Frozen,
    /// Export, nothing else; channels are disconnected.
    Ended,
}

/// What a mail tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Notice {
    Welcome,
    PaymentFailed {
        charge: String,
        reason: String,
        next_try: Option<Date>,
        freezes_on: Date,
    },
    Frozen {
        charge: String,
    },
    Restored,
    Upgraded {
        plan: String,
    },
    Downgraded {
        plan: String,
    },
    /// The downgrade does not fit yet.
    DowngradeTooSmall {
        plan: String,
        contacts: u64,
        on: Date,
    },
    DowngradeDropped {
        plan: String,
        contacts: u64,
    },
    Canceled {
        ends_on: Date,
        one_more_debit: bool,
    },
    Deactivated {
        data_until: Date,
    },
    /// Another price from a cycle on, without tax.
    PriceChanged {
        plan: String,
        on: Date,
        net: Money,
    },
}

/// Why an input is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Refusal {
    #[error("there is no such plan for sale")]
    UnknownPlan,
    #[error("this is the plan already")]
    SamePlan,
    #[error("more contacts are stored than the plan has places")]
    ContactsExceed,
    #[error("not in this state")]
    State,
    #[error("an open debit has to be paid first")]
    Unpaid,
    #[error("the cancellation has to be taken back first")]
    Canceling,
    #[error("the amounts have no sum")]
    Amount,
}

impl Refusal {
    /// Stable code of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownPlan => "unknown_plan",
            Self::SamePlan => "same_plan",
            Self::ContactsExceed => "contacts_exceed",
            Self::State => "wrong_state",
            Self::Unpaid => "payment_due",
            Self::Canceling => "canceling",
            Self::Amount => "amount",
        }
    }
}

/// What the machine looks at besides the state.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Facts<'a> {
    pub now: Millis,
    pub catalogue: &'a Catalogue,
    /// Contacts that count.
    pub contacts: u64,
}

/// The state after an input; what is to be done is in its `todo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The new state.
    pub state: Subscription,
    /// What this input added to its `todo`.
    pub effects: Vec<Effect>,
}

/// Ticks that one input may cause: a subscription that slept for a year is brought up cycle by cycle.
const MOST_TURNS: usize = 64;

/// Applies an input. Whatever time alone has changed until `now` is applied before it.
pub fn step(before: &Subscription, input: &Input, facts: Facts<'_>) -> Result<Step, Refusal> {
    let mut run = Run { sub: before.clone(), facts, effects: Vec::new() };
    // Who pays at the last moment does not freeze first.
    let owed = |id: &str| before.due.as_ref().is_some_and(|due| due.charge.id == id);
    if !matches!(input, Input::Paid { charge, .. } if owed(charge)) {
        run.catch_up()?;
    }
    run.apply(input)?;
    run.catch_up()?;
    if matches!(input, Input::Tick) {
        run.tell_price();
    }
    let Run { mut sub, effects, .. } = run;
    for effect in &effects {
        sub.decided += 1;
        sub.todo.push(Todo { id: sub.decided, effect: effect.clone() });
    }
    Ok(Step { state: sub, effects })
}

/// What is sold beside the plan.
fn is_extra(what: &ChargeKind) -> bool {
    matches!(what, ChargeKind::OneOff { .. } | ChargeKind::Support { .. })
}

struct Run<'a> {
    sub: Subscription,
    facts: Facts<'a>,
    effects: Vec<Effect>,
}

impl Run<'_> {
    fn today(&self) -> Date {
        self.sub.zone().day(self.facts.now)
    }

    fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn notify(&mut self, notice: Notice) {
        self.emit(Effect::Notify { notice });
    }

    fn plan(&self, id: &str) -> Result<Plan, Refusal> {
        self.facts.catalogue.plan(id).cloned().ok_or(Refusal::UnknownPlan)
    }

    fn offered(&self, id: &str) -> Result<Plan, Refusal> {
        self.plan(id).ok().filter(|plan| plan.offered).ok_or(Refusal::UnknownPlan)
    }

    fn apply(&mut self, input: &Input) -> Result<(), Refusal> {
        match input {
            Input::Tick => Ok(()),
            Input::Subscribe { plan } => self.subscribe(plan),
            Input::Paid { charge, payment, card } => self.paid(charge, payment, card.as_ref()),
            Input::Failed { charge, tried, reason } => {
                self.failed(charge, *tried, reason);
                Ok(())
            }
            Input::CardKept { card } => {
                self.keep_card(card);
                Ok(())
            }
            Input::ChangePlan { plan } => self.change_plan(plan),
            Input::KeepPlan => {
                self.sub.downgrade = None;
                self.void_links(|what| matches!(what, ChargeKind::Upgrade { .. }));
                Ok(())
            }
            Input::Cancel { received_at, via, waived } => self.cancel(*received_at, *via, *waived),
            Input::Stay => self.stay(),
            Input::Deactivate => {
                if matches!(self.sub.status, Status::Deactivated | Status::Purged) {
                    return Err(Refusal::State);
                }
                self.deactivate();
                Ok(())
            }
            Input::Ask { what, net } => self.ask(what, *net),
            Input::Withdraw { charge } => {
                let sold = |link: &Charge| link.id == *charge && is_extra(&link.what);
                if !self.sub.links.iter().any(sold) {
                    return Err(Refusal::State);
                }
                self.sub.links.retain(|link| link.id != *charge);
                self.emit(Effect::Void { charge: charge.clone() });
                Ok(())
            }
            Input::PayBack { charge, minor, reason } => {
                if *minor <= 0 {
                    return Err(Refusal::Amount);
                }
                let (charge, reason) = (charge.clone(), reason.clone());
                self.emit(Effect::Refund { charge, minor: Some(*minor), reason });
                Ok(())
            }
            Input::Moved { zone, country } => {
                self.sub.zone.clone_from(zone);
                self.sub.country.clone_from(country);
                Ok(())
            }
        }
    }

    fn ask(&mut self, what: &ChargeKind, net: super::Money) -> Result<(), Refusal> {
        if !is_extra(what) || self.sub.status == Status::Purged {
            return Err(Refusal::State);
        }
        if !net.is_positive() || net.currency != self.facts.catalogue.currency {
            return Err(Refusal::Amount);
        }
        let id = self.link_id("extra");
        let charge = self.charge(id, what.clone(), net, self.today())?;
        self.link(charge);
        Ok(())
    }

    /// Everything that is due by now.
    fn catch_up(&mut self) -> Result<(), Refusal> {
        for _ in 0..MOST_TURNS {
            // What is left to do is the runner's affair, not time's.
            let todo = std::mem::take(&mut self.sub.todo);
            let due = self.sub.wake_at().is_some_and(|at| at <= self.facts.now);
            self.sub.todo = todo;
            if !due || !self.turn()? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// One thing that time brings; whether there was one.
    fn turn(&mut self) -> Result<bool, Refusal> {
        let zone = self.sub.zone();
        let now = self.facts.now;
        match self.sub.status {
            Status::Deactivated => {
                self.sub.status = Status::Purged;
                self.void_links(|_| true);
                self.emit(Effect::Purge);
                Ok(true)
            }
            Status::Frozen => {
                let ended = self.sub.cancellation.as_ref().is_some_and(|c| zone.start(c.ends_on) <= now);
                if ended {
                    self.deactivate();
                }
                Ok(ended)
            }
            Status::Active | Status::Canceling | Status::PastDue => {
                // Nothing is decided about a debit whose outcome is not known.
                if self.sub.due.as_ref().is_some_and(|due| due.awaiting) {
                    return Ok(false);
                }
                if self.sub.due.as_ref().is_some_and(|due| due.next_at <= now) {
                    self.next_attempt();
                    return Ok(true);
                }
                let Some((_, end)) = self.sub.period else { return Ok(false) };
                let ends = self.sub.cancellation.as_ref().is_some_and(|c| c.ends_on <= end);
                if ends && zone.start(end) <= now {
                    self.deactivate();
                    return Ok(true);
                }
                if debit_at(&zone, end) <= now {
                    // Who owes a cycle is not charged the next one on top of it.
                    if self.sub.due.is_some() {
                        return self.freeze();
                    }
                    return self.open_cycle().map(|()| true);
                }
                self.downgrade_notice(end)
            }
            _ => Ok(false),
        }
    }

    /// Tells that a downgrade does not fit, some days before.
    fn downgrade_notice(&mut self, end: Date) -> Result<bool, Refusal> {
        let (zone, contacts, now) = (self.sub.zone(), self.facts.contacts, self.facts.now);
        let Some(change) = self.sub.downgrade.clone() else { return Ok(false) };
        let plan = self.plan(&change.plan)?;
        let passed = DOWNGRADE_NOTICES.iter().filter(|days| debit_at(&zone, plus_days(end, -**days)) <= now);
        let noticed = passed.count();
        if noticed <= change.noticed {
            return Ok(false);
        }
        self.sub.downgrade = Some(PlanChange { noticed, ..change });
        if contacts > plan.contacts {
            self.notify(Notice::DowngradeTooSmall { plan: plan.id, contacts, on: end });
        }
        Ok(true)
    }

    /// Tells of a price that has been noticed and applies to a cycle to come, once.
    fn tell_price(&mut self) {
        if !matches!(self.sub.status, Status::Active | Status::PastDue) {
            return;
        }
        let (today, told) = (self.today(), self.sub.price_told);
        let catalogue = self.facts.catalogue;
        let plan = self.sub.plan.as_deref().and_then(|id| catalogue.plan(id));
        let (Some(plan), Some((start, _))) = (plan, self.sub.period) else { return };
        let noticed = plan.prices.iter().rfind(|price| price.noticed_on <= today);
        let Some(newest) = noticed.filter(|price| told < Some(price.noticed_on)) else { return };
        let net = Money::new(newest.minor, catalogue.currency);
        let pays = catalogue.price(plan, start);
        let cycles = self.sub.cycle + 1..self.sub.cycle + 4;
        let mut starts = cycles.filter_map(|cycle| self.sub.period_of(cycle)).map(|(first, _)| first);
        let Some(on) = starts.find(|first| net != pays && catalogue.price(plan, *first) == net) else {
            return;
        };
        let notice = Notice::PriceChanged { plan: plan.id.clone(), on, net };
        self.sub.price_told = Some(newest.noticed_on);
        self.notify(notice);
    }

    /// The next cycle begins: its plan, its price, its debit.
    fn open_cycle(&mut self) -> Result<(), Refusal> {
        let zone = self.sub.zone();
        // A link for the rest of the cycle before is worth nothing now.
        self.void_links(|what| matches!(what, ChargeKind::Upgrade { .. }));
        self.apply_downgrade()?;
        let cycle = self.sub.cycle + 1;
        let (from, until) = self.sub.period_of(cycle).ok_or(Refusal::State)?;
        let plan = self.plan(self.sub.plan.as_deref().unwrap_or_default())?;
        let charge = self.charge(
            format!("cycle-{cycle}"),
            ChargeKind::Cycle { cycle, plan: plan.id.clone(), from, until },
            self.facts.catalogue.price(&plan, from),
            from,
        )?;
        self.sub.cycle = cycle;
        self.sub.period = Some((from, until));
        self.sub.bot_allowance = plan.bot_messages;
        self.emit(Effect::Record { charge: charge.clone() });
        self.emit(Effect::SetQuota { contacts: plan.contacts, bot_messages: plan.bot_messages, cycle });
        self.emit(Effect::Collect { charge: charge.id.clone(), tried: 1 });
        let next_at = zone.start(Date::MAX);
        self.sub.due = Some(Due { charge, tried: 1, awaiting: true, first_failed: None, next_at });
        Ok(())
    }

    fn apply_downgrade(&mut self) -> Result<(), Refusal> {
        let Some(change) = self.sub.downgrade.take() else { return Ok(()) };
        let plan = self.plan(&change.plan)?;
        let contacts = self.facts.contacts;
        if contacts > plan.contacts {
            self.notify(Notice::DowngradeDropped { plan: plan.id, contacts });
        } else {
            self.sub.plan = Some(plan.id.clone());
            self.notify(Notice::Downgraded { plan: plan.id });
        }
        Ok(())
    }

    /// The day of a retry, or of the freeze, has come.
    fn next_attempt(&mut self) {
        let (zone, today) = (self.sub.zone(), self.today());
        let Some(due) = &mut self.sub.due else { return };
        let Some(first_failed) = due.first_failed else { return };
        if freeze_day(first_failed) <= today || next_try(first_failed, due.tried).is_none() {
            let _ = self.freeze();
            return;
        }
        // Days that were slept through are not made up for by several tries at once.
        while next_try(first_failed, due.tried + 1).is_some_and(|day| day <= today) {
            due.tried += 1;
        }
        due.tried += 1;
        due.awaiting = true;
        due.next_at = zone.at(freeze_day(first_failed), super::rules::DEBIT_HOUR);
        let effect = Effect::Collect { charge: due.charge.id.clone(), tried: due.tried };
        self.emit(effect);
    }

    fn freeze(&mut self) -> Result<bool, Refusal> {
        let charge = self.sub.due.as_ref().map(|due| due.charge.id.clone()).ok_or(Refusal::State)?;
        self.sub.status = Status::Frozen;
        self.emit(Effect::SetAccess { access: Access::Frozen });
        self.notify(Notice::Frozen { charge });
        Ok(true)
    }

    fn failed(&mut self, charge: &str, tried: usize, reason: &str) {
        let (zone, today) = (self.sub.zone(), self.today());
        let Some(due) = &mut self.sub.due else { return };
        if due.charge.id != charge || due.tried != tried || !due.awaiting {
            return;
        }
        due.awaiting = false;
        let first = *due.first_failed.get_or_insert(today);
        let next = next_try(first, due.tried);
        due.next_at = debit_at(&zone, next.unwrap_or(freeze_day(first)));
        let notice = Notice::PaymentFailed {
            charge: charge.to_owned(),
            reason: reason.to_owned(),
            next_try: next,
            freezes_on: freeze_day(first),
        };
        if matches!(self.sub.status, Status::Active | Status::Canceling) {
            self.sub.status = Status::PastDue;
        }
        self.notify(notice);
    }

    /// Whatever was paid: the open debit, a link, or something that nobody owes.
    fn paid(&mut self, id: &str, payment: &Payment, card: Option<&Card>) -> Result<(), Refusal> {
        if self.sub.due.as_ref().is_some_and(|due| due.charge.id == id) {
            let Some(due) = self.sub.due.take() else { return Ok(()) };
            return self.paid_debit(due.charge, payment, card);
        }
        if let Some(place) = self.sub.links.iter().position(|link| link.id == id) {
            let link = self.sub.links.remove(place);
            return self.paid_link(link, payment, card);
        }
        // The runner knows whether this is the same payment told again; another one goes back.
        self.emit(Effect::GiveBack { charge: id.to_owned(), payment: payment.clone() });
        Ok(())
    }

    fn settle(&mut self, mut charge: Charge, payment: &Payment) {
        charge.status = ChargeStatus::Paid;
        charge.payment = Some(payment.clone());
        self.emit(Effect::Settle { charge });
    }

    fn keep_card(&mut self, card: &Card) {
        self.sub.card = Some(card.clone());
    }

    fn paid_debit(
        &mut self,
        mut charge: Charge,
        payment: &Payment,
        card: Option<&Card>,
    ) -> Result<(), Refusal> {
        let today = self.today();
        if let Some(card) = card {
            self.keep_card(card);
        }
        let frozen = self.sub.status == Status::Frozen;
        if let (true, Some((_, end)), ChargeKind::Cycle { cycle, from, until, .. }) =
            (frozen, self.sub.period, &mut charge.what)
            && end <= today
        {
            // Nothing was served in the cycle that was owed: what is paid is the one that begins now.
            self.sub.anchor = Some((today, *cycle));
            self.sub.period = self.sub.period_of(*cycle);
            (*from, *until) = self.sub.period.ok_or(Refusal::State)?;
        }
        self.settle(charge, payment);
        self.sub.status = if self.sub.cancellation.is_some() { Status::Canceling } else { Status::Active };
        if frozen {
            self.emit(Effect::SetAccess { access: Access::Full });
            self.notify(Notice::Restored);
        }
        Ok(())
    }

    fn paid_link(
        &mut self,
        mut charge: Charge,
        payment: &Payment,
        card: Option<&Card>,
    ) -> Result<(), Refusal> {
        let today = self.today();
        if let Some(card) = card {
            self.keep_card(card);
        }
        match charge.what.clone() {
            ChargeKind::Setup => {
                self.sub.setup_done = true;
                self.settle(charge, payment);
                let plan = self.sub.plan.clone().unwrap_or_default();
                self.first_link(&self.plan(&plan)?)
            }
            ChargeKind::Cycle { cycle, plan, .. } => {
                let plan = self.plan(&plan)?;
                self.sub.anchor = Some((today, cycle));
                self.sub.cycle = cycle;
                self.sub.period = self.sub.period_of(cycle);
                let (from, until) = self.sub.period.ok_or(Refusal::State)?;
                charge.what = ChargeKind::Cycle { cycle, plan: plan.id.clone(), from, until };
                let back = self.sub.deactivated_on.take().is_some();
                self.sub.status = Status::Active;
                self.sub.plan = Some(plan.id.clone());
                self.sub.bot_allowance = plan.bot_messages;
                self.sub.cancellation = None;
                self.settle(charge, payment);
                self.emit(Effect::SetQuota {
                    contacts: plan.contacts,
                    bot_messages: plan.bot_messages,
                    cycle,
                });
                self.emit(Effect::SetAccess { access: Access::Full });
                self.notify(if back { Notice::Restored } else { Notice::Welcome });
                Ok(())
            }
            ChargeKind::Upgrade { plan, days, of_days, .. } => {
                self.settle(charge, payment);
                self.upgrade(&self.plan(&plan)?, (days, of_days));
                Ok(())
            }
            ChargeKind::OneOff { .. } | ChargeKind::Support { .. } => {
                self.settle(charge, payment);
                Ok(())
            }
        }
    }

    fn upgrade(&mut self, plan: &Plan, days: (u32, u32)) {
        self.sub.bot_allowance = mixed_allowance(self.sub.bot_allowance, plan.bot_messages, days);
        self.sub.plan = Some(plan.id.clone());
        self.sub.downgrade = None;
        let (contacts, bot_messages) = (plan.contacts, self.sub.bot_allowance);
        self.emit(Effect::SetQuota { contacts, bot_messages, cycle: self.sub.cycle });
        self.notify(Notice::Upgraded { plan: plan.id.clone() });
    }

    fn charge(&self, id: String, what: ChargeKind, net: super::Money, day: Date) -> Result<Charge, Refusal> {
        Charge::new(id, what, net, self.facts.catalogue, &self.sub.country, day, self.facts.now)
            .map_err(|_| Refusal::Amount)
    }

    fn void_links(&mut self, which: impl Fn(&ChargeKind) -> bool) {
        let (gone, kept) =
            std::mem::take(&mut self.sub.links).into_iter().partition(|link| which(&link.what));
        self.sub.links = kept;
        let gone: Vec<Charge> = gone;
        for link in gone {
            self.emit(Effect::Void { charge: link.id });
        }
    }

    fn link(&mut self, charge: Charge) {
        self.emit(Effect::Record { charge: charge.clone() });
        self.sub.links.push(charge);
    }

    fn link_id(&mut self, what: &str) -> String {
        self.sub.links_made += 1;
        format!("{what}-{}", self.sub.links_made)
    }

    /// The link of the first cycle, by today's price.
    fn first_link(&mut self, plan: &Plan) -> Result<(), Refusal> {
        let today = self.today();
        let cycle = if self.sub.anchor.is_some() { self.sub.cycle + 1 } else { 0 };
        let until = super::calendar::plus_months(today, 1);
        let what = ChargeKind::Cycle { cycle, plan: plan.id.clone(), from: today, until };
        let id = self.link_id("first");
        let charge = self.charge(id, what, self.facts.catalogue.price(plan, today), today)?;
        self.link(charge);
        Ok(())
    }

    fn subscribe(&mut self, plan: &str) -> Result<(), Refusal> {
        let plan = self.offered(plan)?;
        match self.sub.status {
            Status::SetupPending | Status::PendingFirstPayment | Status::Deactivated => {}
            _ => return Err(Refusal::State),
        }
        if self.facts.contacts > plan.contacts {
            return Err(Refusal::ContactsExceed);
        }
        self.void_links(|what| matches!(what, ChargeKind::Cycle { .. } | ChargeKind::Setup));
        self.sub.plan = Some(plan.id.clone());
        if self.sub.status == Status::SetupPending {
            self.sub.status = Status::PendingFirstPayment;
        }
        let fee = super::Money::new(self.facts.catalogue.setup_fee, self.facts.catalogue.currency);
        if !self.sub.setup_done && fee.is_positive() {
            let today = self.today();
            let id = self.link_id("setup");
            let charge = self.charge(id, ChargeKind::Setup, fee, today)?;
            self.link(charge);
            return Ok(());
        }
        self.sub.setup_done = true;
        self.first_link(&plan)
    }

    fn change_plan(&mut self, plan: &str) -> Result<(), Refusal> {
        let new = self.offered(plan)?;
        match self.sub.status {
            Status::Active if self.sub.due.is_some() => return Err(Refusal::Unpaid),
            Status::Active => {}
            Status::PastDue | Status::Frozen => return Err(Refusal::Unpaid),
            Status::Canceling => return Err(Refusal::Canceling),
            _ => return Err(Refusal::State),
        }
        let old = self.plan(self.sub.plan.as_deref().unwrap_or_default())?;
        if old.id == new.id {
            return Err(Refusal::SamePlan);
        }
        let (start, end) = self.sub.period.ok_or(Refusal::State)?;
        let today = self.today();
        let price = |plan: &Plan| self.facts.catalogue.price(plan, start);
        let (old_price, new_price) = (price(&old), price(&new));
        if new_price.minor < old_price.minor {
            self.void_links(|what| matches!(what, ChargeKind::Upgrade { .. }));
            let now = self.facts.now;
            self.sub.downgrade = Some(PlanChange { plan: new.id, asked_at: now, noticed: 0 });
            return Ok(());
        }
        if self.facts.contacts > new.contacts {
            return Err(Refusal::ContactsExceed);
        }
        let days = days_left(start, end, today);
        let difference = upgrade_difference(old_price, new_price, days);
        self.void_links(|what| matches!(what, ChargeKind::Upgrade { .. }));
        if !difference.is_positive() {
            self.upgrade(&new, days);
            return Ok(());
        }
        let what = ChargeKind::Upgrade {
            cycle: self.sub.cycle,
            from_plan: old.id,
            plan: new.id,
            days: days.0,
            of_days: days.1,
        };
        let id = self.link_id("upgrade");
        let charge = self.charge(id, what, difference, today)?;
        self.link(charge);
        Ok(())
    }

    /// The first debit day that a cancellation of an instant still prevents, not before `from`.
    fn prevented(&self, received_at: Millis, from: u32) -> Option<(u32, Date)> {
        let zone = self.sub.zone();
        (from..from + 3).find_map(|cycle| {
            let (first, _) = self.sub.period_of(cycle)?;
            (received_at < cancel_deadline(&zone, first)).then_some((cycle, first))
        })
    }

    fn cancel(&mut self, received_at: Millis, via: CancelVia, waived: bool) -> Result<(), Refusal> {
        let entered_at = self.facts.now;
        let received_at = received_at.min(entered_at);
        match self.sub.status {
            Status::SetupPending | Status::PendingFirstPayment | Status::Frozen => {
                let ends_on = self.today();
                let cancellation = Cancellation { received_at, entered_at, via, ends_on, waived };
                self.sub.cancellation = Some(cancellation);
                self.deactivate();
                return Ok(());
            }
            Status::Active | Status::PastDue => {}
            Status::Canceling => return Err(Refusal::Canceling),
            Status::Deactivated | Status::Purged => return Err(Refusal::State),
        }
        let (start, end) = self.sub.period.ok_or(Refusal::State)?;
        let first = self.sub.anchor.map_or(0, |(_, cycle)| cycle);
        // The running cycle was prevented already if the cancellation came before its debit and was entered after it.
        let running = if self.sub.cycle > first { self.sub.cycle } else { self.sub.cycle + 1 };
        let (cycle, mut ends_on) = self.prevented(received_at, running).ok_or(Refusal::State)?;
        if waived && ends_on > end {
            ends_on = end;
        }
        let one_more_debit = ends_on > end;
        self.sub.downgrade = None;
        self.void_links(|what| matches!(what, ChargeKind::Upgrade { .. }));
        self.sub.cancellation = Some(Cancellation { received_at, entered_at, via, ends_on, waived });
        self.notify(Notice::Canceled { ends_on, one_more_debit });
        if cycle == self.sub.cycle && ends_on == start {
            // It was debited against the terms: the money goes back.
            match self.sub.due.take() {
                Some(due) => self.emit(Effect::Void { charge: due.charge.id }),
                None => self.emit(Effect::Refund {
                    charge: self.cycle_charge(),
                    minor: None,
                    reason: "cancellation".to_owned(),
                }),
            }
            self.deactivate();
        } else if self.sub.status == Status::Active {
            self.sub.status = Status::Canceling;
        }
        Ok(())
    }

    fn cycle_charge(&self) -> String {
        format!("cycle-{}", self.sub.cycle)
    }

    fn stay(&mut self) -> Result<(), Refusal> {
        if self.sub.cancellation.is_none() || !self.sub.sends() {
            return Err(Refusal::State);
        }
        self.sub.cancellation = None;
        if self.sub.status == Status::Canceling {
            self.sub.status = Status::Active;
        }
        Ok(())
    }

    fn deactivate(&mut self) {
        // The day that was promised, even where the run comes later.
        let today = self.today();
        let ended = self.sub.cancellation.as_ref().map_or(today, |c| c.ends_on);
        let ended = if days_between(ended, today) > super::rules::KEPT_DAYS { today } else { ended };
        if let Some(due) = self.sub.due.take() {
            self.emit(Effect::Void { charge: due.charge.id });
        }
        // Work that was done is still owed.
        self.void_links(|what| !is_extra(what));
        self.sub.downgrade = None;
        self.sub.status = Status::Deactivated;
        self.sub.deactivated_on = Some(ended);
        self.emit(Effect::SetAccess { access: Access::Ended });
        let data_until = plus_days(ended, super::rules::KEPT_DAYS);
        self.notify(Notice::Deactivated { data_until });
    }
}
