//! Payments, failures, changes and ends, one by one and in any order.

use std::collections::BTreeSet;

use colibri_domain::Millis;
use colibri_domain::billing::catalogue::Price;
use colibri_domain::billing::charge::{ChargeKind, Payment};
use colibri_domain::billing::machine::{Access, Notice};
use colibri_domain::billing::subscription::CancelVia;
use colibri_domain::billing::{Effect, Input, Money, Refusal, Status};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::World;

const ZONE: &str = "America/Guayaquil";

fn paying() -> World {
    World::paying(ZONE, date(2026, 11, 15))
}

fn collects(effects: &[Effect]) -> Vec<(String, usize)> {
    let of = |effect: &Effect| match effect {
        Effect::Collect { charge, tried } => Some((charge.clone(), *tried)),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn notice(effect: &Effect) -> Option<&Notice> {
    match effect {
        Effect::Notify { notice } => Some(notice),
        _ => None,
    }
}

fn notices(effects: &[Effect]) -> Vec<&Notice> {
    effects.iter().filter_map(notice).collect()
}

fn access(effects: &[Effect]) -> Option<Access> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::SetAccess { access } => Some(*access),
        _ => None,
    })
}

fn cancel(received_at: Millis) -> Input {
    Input::Cancel { received_at, via: CancelVia::Button, waived: false }
}

fn change(plan: &str) -> Input {
    Input::ChangePlan { plan: plan.to_owned() }
}

#[test]
fn nothing_is_active_before_it_is_paid() {
    let mut world = World::new(ZONE, Millis(1_794_000_000_000));
    world.catalogue.setup_fee = 10_000;
    world.put(&Input::Subscribe { plan: "crm-1000".into() });
    assert_eq!(world.sub.status, Status::PendingFirstPayment);
    assert!(matches!(world.sub.links[0].what, ChargeKind::Setup));
    assert_eq!(world.sub.links[0].total, Money::usd(11_500));
    let effects = world.pay_link();
    assert!(access(&effects).is_none(), "the setup fee opens nothing");
    assert_eq!(world.sub.links[0].total, Money::usd(5_635));
    // Another plan is chosen before it is paid: the first link is worth nothing any more.
    let first = world.sub.links[0].id.clone();
    world.put(&Input::Subscribe { plan: "bot-1000".into() });
    assert_eq!((world.sub.links.len(), world.sub.links[0].net), (1, Money::usd(8_900)));
    let effects = world.pay(&first);
    assert!(matches!(effects[..], [Effect::GiveBack { .. }]));
    assert_eq!(world.sub.status, Status::PendingFirstPayment);
    let effects = world.pay_link();
    assert_eq!(access(&effects), Some(Access::Full));
    assert!(effects.contains(&Effect::SetQuota { contacts: 1_000, bot_messages: 3_000, cycle: 0 }));
    assert_eq!(world.sub.status, Status::Active);
}

#[test]
fn a_declined_card_is_tried_four_times_and_then_the_service_freezes() {
    let mut world = paying();
    assert_eq!(collects(&world.noon(date(2026, 12, 15))), [("cycle-1".to_owned(), 1)]);
    let effects = world.fail();
    assert!(matches!(
        notices(&effects)[..],
        [Notice::PaymentFailed { next_try: Some(next), freezes_on, .. }]
            if *next == date(2026, 12, 16) && *freezes_on == date(2026, 12, 22)
    ));
    assert_eq!(world.sub.status, Status::PastDue);
    assert!(world.sub.sends(), "he still writes while it is tried again");
    let mut tries = Vec::new();
    for day in 16..=30 {
        let effects = world.noon(date(2026, 12, day));
        if !collects(&effects).is_empty() {
            tries.push(day);
            world.fail();
        }
        assert_eq!(access(&effects).is_some(), day == 22, "day {day}");
    }
    assert_eq!(tries, [16, 18, 20]);
    assert_eq!(world.sub.status, Status::Frozen);
    // Months pass; nothing more is owed. What is paid is the cycle that begins then.
    assert!(world.noon(date(2027, 3, 1)).is_empty());
    let effects = world.pay("cycle-1");
    assert_eq!(access(&effects), Some(Access::Full));
    assert_eq!(world.sub.status, Status::Active);
    assert_eq!(world.sub.period, Some((date(2027, 3, 1), date(2027, 4, 1))));
    assert_eq!(collects(&world.noon(date(2027, 4, 1))), [("cycle-2".to_owned(), 1)]);
}

#[test]
fn paying_while_frozen_in_the_same_cycle_keeps_the_day() {
    let mut world = paying();
    world.noon(date(2026, 12, 15));
    world.fail();
    for day in [16, 18, 20] {
        world.noon(date(2026, 12, day));
        world.fail();
    }
    world.noon(date(2026, 12, 22));
    assert_eq!(world.sub.status, Status::Frozen);
    world.now = world.now.plus(86_400_000);
    world.pay("cycle-1");
    assert_eq!(world.sub.period, Some((date(2026, 12, 15), date(2027, 1, 15))));
}

#[test]
fn a_run_that_is_three_days_late_tries_once() {
    let mut world = paying();
    assert_eq!(collects(&world.noon(date(2026, 12, 18))), [("cycle-1".to_owned(), 1)]);
    world.fail();
    assert_eq!(world.sub.due.as_ref().unwrap().first_failed, Some(date(2026, 12, 18)));
    // Asleep again over two days of retries: one try, and the freeze keeps its day.
    assert_eq!(collects(&world.noon(date(2026, 12, 22))), [("cycle-1".to_owned(), 3)]);
    world.fail();
    assert_eq!(collects(&world.noon(date(2026, 12, 23))), [("cycle-1".to_owned(), 4)]);
    world.fail();
    assert!(world.noon(date(2026, 12, 24)).is_empty());
    assert_eq!(access(&world.noon(date(2026, 12, 25))), Some(Access::Frozen));
    // The cycle is still the one of the anchor.
    assert_eq!(world.sub.period, Some((date(2026, 12, 15), date(2027, 1, 15))));
}

#[test]
fn nothing_is_decided_while_an_answer_is_awaited() {
    let mut world = paying();
    world.noon(date(2026, 12, 15));
    assert!(world.noon(date(2027, 2, 20)).is_empty());
    assert_eq!(world.sub.status, Status::Active);
    // An answer to another try is no answer.
    let before = world.sub.clone();
    world.put(&Input::Failed { charge: "cycle-1".into(), tried: 2, reason: String::new() });
    world.put(&Input::Failed { charge: "cycle-9".into(), tried: 1, reason: String::new() });
    assert_eq!(world.sub, before);
}

#[test]
fn a_dearer_plan_is_paid_first_and_holds_at_once() {
    let mut world = paying();
    world.now = world.sub.zone().at(date(2026, 11, 30), 9);
    world.put(&change("crm-5000"));
    assert_eq!(world.sub.plan.as_deref(), Some("crm-1000"));
    // 15 of 30 days of 50 dollars, and 15 %.
    assert_eq!((world.sub.links[0].net, world.sub.links[0].tax), (Money::usd(2_500), Money::usd(375)));
    let effects = world.pay_link();
    assert!(effects.contains(&Effect::SetQuota { contacts: 5_000, bot_messages: 0, cycle: 0 }));
    assert_eq!(world.sub.plan.as_deref(), Some("crm-5000"));
    world.noon(date(2026, 12, 15));
    assert_eq!(world.sub.due.as_ref().unwrap().charge.net, Money::usd(9_900));
}

#[test]
fn the_link_of_an_upgrade_ends_with_the_cycle() {
    let mut world = paying();
    world.put(&change("bot-1000"));
    let link = world.sub.links[0].id.clone();
    let effects = world.noon(date(2026, 12, 15));
    assert!(effects.contains(&Effect::Void { charge: link.clone() }));
    assert!(matches!(world.pay(&link)[..], [Effect::GiveBack { .. }]));
    assert_eq!(world.sub.plan.as_deref(), Some("crm-1000"));
}

#[test]
fn a_cheaper_plan_waits_and_must_fit() {
    let mut world = paying();
    world.put(&change("bot-1000"));
    world.pay_link();
    world.contacts = 1_001;
    world.put(&change("crm-1000"));
    assert_eq!(world.sub.plan.as_deref(), Some("bot-1000"));
    assert!(world.noon(date(2026, 12, 7)).is_empty());
    let too_small = |effects: &[Effect]| matches!(notices(effects)[..], [Notice::DowngradeTooSmall { .. }]);
    assert!(too_small(&world.noon(date(2026, 12, 8))));
    assert!(world.noon(date(2026, 12, 10)).is_empty());
    assert!(too_small(&world.noon(date(2026, 12, 13))));
    let effects = world.noon(date(2026, 12, 15));
    assert!(matches!(notices(&effects)[..], [Notice::DowngradeDropped { contacts: 1_001, .. }]));
    assert_eq!(world.sub.due.as_ref().unwrap().charge.net, Money::usd(8_900));
    world.pay("cycle-1");
    world.contacts = 1_000;
    world.put(&change("crm-1000"));
    let effects = world.noon(date(2027, 1, 15));
    assert!(matches!(notices(&effects)[..], [Notice::Downgraded { .. }]));
    assert_eq!(world.sub.due.as_ref().unwrap().charge.net, Money::usd(4_900));
    assert_eq!(world.step(&change("crm-5000")).unwrap_err(), Refusal::Unpaid);
}

#[test]
fn a_plan_that_is_too_small_is_no_upgrade() {
    let mut world = paying();
    world.contacts = 1_001;
    assert_eq!(world.step(&change("bot-1000")).unwrap_err(), Refusal::ContactsExceed);
    assert_eq!(world.step(&change("crm-1000")).unwrap_err(), Refusal::SamePlan);
    assert_eq!(world.step(&change("none")).unwrap_err(), Refusal::UnknownPlan);
    world.catalogue.plans[1].offered = false;
    assert_eq!(world.step(&change("crm-5000")).unwrap_err(), Refusal::UnknownPlan);
}

#[test]
fn cancelled_in_time_there_is_no_further_debit() {
    let mut world = paying();
    // Until 12 December 23:59:59 for the debit on 15 December.
    world.now = world.sub.zone().start(date(2026, 12, 13)).plus(-1);
    assert_eq!(world.sub.cancel_until(), Some(world.now.plus(1)));
    let effects = world.put(&cancel(world.now));
    assert!(matches!(
        notices(&effects)[..],
        [Notice::Canceled { ends_on, one_more_debit: false }] if *ends_on == date(2026, 12, 15)
    ));
    assert!(world.noon(date(2026, 12, 14)).is_empty());
    assert!(world.sub.sends());
    let effects = world.noon(date(2026, 12, 15));
    assert_eq!((access(&effects), collects(&effects).len()), (Some(Access::Ended), 0));
    assert!(world.noon(date(2027, 1, 13)).is_empty());
    assert_eq!(world.noon(date(2027, 1, 14)), [Effect::Purge]);
    assert_eq!(world.step(&Input::Subscribe { plan: "crm-1000".into() }).unwrap_err(), Refusal::State);
}

#[test]
fn cancelled_late_there_is_one_more_debit_unless_it_is_waived() {
    let mut world = paying();
    world.now = world.sub.zone().start(date(2026, 12, 13));
    let late = world.step(&cancel(world.now)).unwrap();
    assert_eq!(late.state.cancellation.as_ref().unwrap().ends_on, date(2027, 1, 15));
    let waived = Input::Cancel { received_at: world.now, via: CancelVia::Email, waived: true };
    let waived = world.step(&waived).unwrap();
    assert_eq!(waived.state.cancellation.as_ref().unwrap().ends_on, date(2026, 12, 15));
    world.put(&cancel(world.now));
    assert_eq!(collects(&world.noon(date(2026, 12, 15))), [("cycle-1".to_owned(), 1)]);
    world.pay("cycle-1");
    assert_eq!(world.sub.status, Status::Canceling);
    assert_eq!(world.step(&cancel(world.now)).unwrap_err(), Refusal::Canceling);
    assert_eq!(access(&world.noon(date(2027, 1, 15))), Some(Access::Ended));
}

#[test]
fn an_email_that_came_in_time_and_was_entered_after_the_debit_pays_back() {
    let mut world = paying();
    let in_time = world.sub.zone().at(date(2026, 12, 12), 20);
    world.noon(date(2026, 12, 15));
    let unpaid = world.step(&Input::Cancel { received_at: in_time, via: CancelVia::Email, waived: false });
    assert!(unpaid.unwrap().effects.contains(&Effect::Void { charge: "cycle-1".into() }));
    world.pay("cycle-1");
    world.noon(date(2026, 12, 16));
    let effects = world.put(&Input::Cancel { received_at: in_time, via: CancelVia::Email, waived: false });
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Refund { charge, minor: None, .. } if charge == "cycle-1"))
    );
    assert_eq!(access(&effects), Some(Access::Ended));
    assert_eq!(world.sub.deactivated_on, Some(date(2026, 12, 15)));
}

#[test]
fn who_stays_is_debited_again_and_who_returns_begins_anew() {
    let mut world = paying();
    world.put(&cancel(world.now));
    world.put(&Input::Stay);
    assert_eq!(collects(&world.noon(date(2026, 12, 15))), [("cycle-1".to_owned(), 1)]);
    world.pay("cycle-1");
    world.put(&cancel(world.now));
    world.noon(date(2027, 1, 20));
    assert_eq!(world.sub.status, Status::Deactivated);
    world.put(&Input::Subscribe { plan: "crm-5000".into() });
    assert_eq!(world.sub.status, Status::Deactivated, "not before it is paid");
    let effects = world.pay_link();
    assert_eq!(access(&effects), Some(Access::Full));
    assert_eq!(world.sub.period, Some((date(2027, 1, 20), date(2027, 2, 20))));
    assert_eq!(collects(&world.noon(date(2027, 2, 20))), [("cycle-3".to_owned(), 1)]);
}

#[test]
fn work_that_was_done_is_owed_after_the_end_too() {
    let mut world = paying();
    let what = ChargeKind::Support { entry: "s1".into(), hours: 2 };
    world.put(&Input::Ask { what, net: Money::usd(14_000) });
    assert_eq!(world.sub.links[0].total, Money::usd(16_100));
    world.put(&Input::Deactivate);
    assert_eq!(world.sub.links.len(), 1);
    let link = world.sub.links[0].id.clone();
    assert!(matches!(world.pay(&link)[..], [Effect::Settle { .. }]));
    let sold = Input::Ask { what: ChargeKind::Setup, net: Money::usd(1) };
    assert_eq!(world.step(&sold).unwrap_err(), Refusal::State);
}

#[test]
fn paid_at_the_last_moment_nothing_freezes() {
    let mut world = paying();
    world.noon(date(2026, 12, 15));
    world.fail();
    for day in [16, 18, 20] {
        world.noon(date(2026, 12, day));
        world.fail();
    }
    world.now = world.sub.zone().at(date(2026, 12, 22), 6).plus(1);
    let effects = world.pay("cycle-1");
    assert_eq!((access(&effects), notices(&effects).len()), (None, 0));
    assert_eq!(world.sub.status, Status::Active);
}

#[derive(Debug, Clone)]
enum Act {
    Hours(i64),
    PayDue,
    PayLink,
    PayAgain,
    Fail,
    Plan(usize),
    Cancel { hours_ago: i64, waived: bool },
    Stay,
    Keep,
    Contacts(u64),
    Subscribe(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1i64..400).prop_map(Act::Hours),
        3 => Just(Act::PayDue),
        2 => Just(Act::PayLink),
        1 => Just(Act::PayAgain),
        3 => Just(Act::Fail),
        2 => (0usize..3).prop_map(Act::Plan),
        1 => (0i64..200, any::<bool>()).prop_map(|(hours_ago, waived)| Act::Cancel { hours_ago, waived }),
        1 => Just(Act::Stay),
        1 => Just(Act::Keep),
        1 => (0u64..6_000).prop_map(Act::Contacts),
        1 => (0usize..3).prop_map(Act::Subscribe),
    ]
}

fn input(world: &mut World, act: &Act) -> Option<Input> {
    const PLANS: [&str; 3] = ["crm-1000", "crm-5000", "bot-1000"];
    let paid = |charge: String, at: Millis, reference: &str| Input::Paid {
        charge,
        payment: Payment { provider: "simulator".into(), reference: reference.to_owned(), at, last4: None },
        card: None,
    };
    let now = world.now;
    Some(match act {
        Act::Hours(hours) => {
            world.now = now.plus(hours * 3_600_000);
            Input::Tick
        }
        Act::PayDue => paid(world.sub.due.as_ref()?.charge.id.clone(), now, "a"),
        Act::PayLink => paid(world.sub.links.first()?.id.clone(), now, "b"),
        Act::PayAgain => paid("cycle-1".to_owned(), now, "c"),
        Act::Fail => {
            let due = world.sub.due.as_ref()?;
            Input::Failed { charge: due.charge.id.clone(), tried: due.tried, reason: "declined".into() }
        }
        Act::Plan(place) => change(PLANS[*place]),
        Act::Cancel { hours_ago, waived } => Input::Cancel {
            received_at: now.plus(-hours_ago * 3_600_000),
            via: CancelVia::Email,
            waived: *waived,
        },
        Act::Stay => Input::Stay,
        Act::Keep => Input::KeepPlan,
        Act::Contacts(contacts) => {
            world.contacts = *contacts;
            Input::Tick
        }
        Act::Subscribe(place) => Input::Subscribe { plan: PLANS[*place].to_owned() },
    })
}

fn period(charge: &colibri_domain::billing::Charge) -> Option<(Date, Date)> {
    match charge.what {
        ChargeKind::Cycle { from, until, .. } => Some((from, until)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// In any order of events: each charge is made once and paid at most once, paid cycles do not overlap, a tick that
    /// is repeated does nothing, and whoever may send has paid for the day or is within the days of grace.
    #[test]
    fn whatever_happens_nothing_is_charged_twice(acts in proptest::collection::vec(act(), 1..120)) {
        let mut world = paying();
        for act in acts {
            let Some(input) = input(&mut world, &act) else { continue };
            if world.step(&input).is_err() {
                continue;
            }
            world.put(&input);
            prop_assert!(world.put(&Input::Tick).is_empty(), "the same instant again");
            prop_assert!(world.sub.wake_at().is_none_or(|at| at > world.now) || world.sub.due.as_ref().is_some_and(|d| d.awaiting));
        }
        let mut made = BTreeSet::new();
        let mut settled = BTreeSet::new();
        let mut periods = Vec::new();
        for (_, effect) in &world.effects {
            match effect {
                Effect::Record { charge } => prop_assert!(made.insert(charge.id.clone()), "{}", charge.id),
                Effect::Settle { charge } => {
                    prop_assert!(made.contains(&charge.id));
                    prop_assert!(settled.insert(charge.id.clone()), "{} settled twice", charge.id);
                    prop_assert_eq!(charge.net.plus(charge.tax).unwrap(), charge.total);
                    periods.extend(period(charge));
                }
                Effect::Void { charge } => prop_assert!(!settled.contains(charge)),
                Effect::Refund { charge, .. } => prop_assert!(settled.contains(charge)),
                _ => {}
            }
        }
        for pair in periods.windows(2) {
            prop_assert!(pair[0].1 <= pair[1].0 || returned(&world), "{:?}", pair);
        }
    }
}

/// Whether the service ended on the way: who returns pays for days that a refund or a waiver had set free.
fn returned(world: &World) -> bool {
    world.effects.iter().any(|(_, effect)| matches!(effect, Effect::SetAccess { access: Access::Ended }))
}

#[test]
fn another_price_is_told_once_with_the_day_from_which_it_applies() {
    let mut world = paying();
    let told = |effects: &[Effect]| {
        notices(effects)
            .into_iter()
            .filter_map(|notice| match notice {
                Notice::PriceChanged { plan, on, net } => Some((plan.clone(), *on, net.minor)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&world.noon(date(2026, 11, 20))), []);
    let plan = world.catalogue.plans.iter_mut().find(|plan| plan.id == "crm-1000").unwrap();
    plan.prices.push(Price { noticed_on: date(2026, 11, 21), minor: 5_900 });
    assert_eq!(told(&world.noon(date(2026, 11, 20))), [], "not before its notice");
    // The next cycle starts 24 days after the notice: it keeps the price.
    let wanted = [("crm-1000".to_owned(), date(2027, 1, 15), 5_900)];
    assert_eq!(told(&world.noon(date(2026, 11, 21))), wanted);
    for day in 22..=30 {
        assert_eq!(told(&world.noon(date(2026, 11, day))), [], "once");
    }
    world.noon(date(2026, 12, 15));
    assert_eq!(world.sub.due.as_ref().map(|due| due.charge.net), Some(Money::usd(4_900)));
    world.pay("cycle-1");
    assert_eq!(told(&world.noon(date(2027, 1, 15))), []);
    assert_eq!(world.sub.due.as_ref().map(|due| due.charge.net), Some(Money::usd(5_900)));
}

#[test]
fn who_leaves_is_told_of_no_price() {
    let mut world = paying();
    world.put(&cancel(world.now));
    let plan = world.catalogue.plans.iter_mut().find(|plan| plan.id == "crm-1000").unwrap();
    plan.prices.push(Price { noticed_on: date(2026, 11, 16), minor: 5_900 });
    assert!(notices(&world.noon(date(2026, 11, 20))).is_empty());
}
