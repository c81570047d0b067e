//! Ten years of days in every kind of zone.

use colibri_domain::Millis;
use colibri_domain::billing::charge::ChargeKind;
use colibri_domain::billing::{Effect, Input, Status, Zone, rules};
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::World;

const ZONES: [&str; 14] = [
    "Etc/GMT+12",
    "Pacific/Pago_Pago",
    "America/Guayaquil",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "America/Sao_Paulo",
    "UTC",
    "Europe/Madrid",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
];

fn leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn length(year: i32, month: i32) -> i32 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1 January of year 1, counted year by year and month by month.
fn day_number((year, month, day): (i32, i32, i32)) -> i32 {
    let years: i32 = (1..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let months: i32 = (1..month).map(|m| length(year, m)).sum();
    years + months + day
}

fn tuple(date: jiff::civil::Date) -> (i32, i32, i32) {
    (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()))
}

/// Walks day by day and says on which days a debit is due: those with the anchor's number, and the last day of a month
/// that has no such day.
fn debit_days(anchor: (i32, i32, i32), years: i32) -> Vec<(i32, i32, i32)> {
    let (mut year, mut month, mut day) = anchor;
    let mut due = Vec::new();
    loop {
        day += 1;
        if day > length(year, month) {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
        if year >= anchor.0 + years {
            return due;
        }
        if day == anchor.2 || (day == length(year, month) && anchor.2 > day) {
            due.push((year, month, day));
        }
    }
}

/// Date, hour and minute on the wall, by the zone's offset alone.
fn wall(zone: &str, at: Millis) -> ((i32, i32, i32), i64) {
    let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap();
    let zone = TimeZone::get(zone).unwrap();
    let shifted = at.0 / 1000 + i64::from(zone.to_offset(stamp).seconds());
    let days = shifted.div_euclid(86_400);
    let civil = date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
    (tuple(civil), shifted.rem_euclid(86_400) / 60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever the zone and the anchor, and however irregular the runs: one debit on each of the days that the other
    /// calendar names, none before six in the morning, each in the first run after it; periods without gap or overlap.
    #[test]
    fn one_debit_a_month_for_ten_years(
        zone in proptest::sample::select(ZONES.as_slice()),
        offset in 0i64..1_500,
        gaps in proptest::collection::vec(1i64..75, 40),
    ) {
        let first = date(2026, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap();
        let mut world = World::paying(zone, first);
        let wanted = debit_days(tuple(first), 10);
        let end = Zone::named(zone).unwrap().at(date(first.year() + 10, 1, 1), 0);
        let mut seen = Vec::new();
        let mut before = world.now;
        let mut until = world.sub.period.unwrap().1;
        for gap in gaps.iter().cycle() {
            let now = world.now.plus(gap * 3_600_000);
            if now >= end {
                break;
            }
            world.now = now;
            for effect in world.put(&Input::Tick) {
                let Effect::Record { charge } = effect else { continue };
                let ChargeKind::Cycle { from, until: to, .. } = charge.what else { panic!("{charge:?}") };
                let due = (tuple(from), 6 * 60);
                prop_assert!(wall(zone, now) >= due, "{from} was debited too early");
                prop_assert!(wall(zone, before) < due, "{from} was debited too late");
                let settled = world.pay(&charge.id).iter().any(|e| matches!(e, Effect::Settle { .. }));
                prop_assert!(settled);
                prop_assert_eq!(until, from);
                until = to;
                seen.push(tuple(from));
            }
            before = now;
        }
        let missing = wanted.len() - seen.len();
        prop_assert!(missing <= 1, "{} of {}", seen.len(), wanted.len());
        prop_assert_eq!(&seen[..], &wanted[..seen.len()]);
        prop_assert_eq!(world.sub.status, Status::Active);
        let paid = world.paid_total().minor;
        prop_assert_eq!(paid, (i64::try_from(seen.len()).unwrap() + 1) * 5_635);
    }

    /// The last moment to cancel is the last millisecond of the third day before the debit on the wall; where the
    /// clocks change in those two days, never earlier.
    #[test]
    fn the_last_moment_to_cancel_is_a_midnight(
        zone in proptest::sample::select(ZONES.as_slice()),
        offset in 0i64..3_650,
    ) {
        let debit = date(2026, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap();
        let zone_of = Zone::named(zone).unwrap();
        let deadline = rules::cancel_deadline(&zone_of, debit);
        prop_assert!(zone_of.start(debit).since(deadline) <= 48 * 3_600_000);
        let (last_day, _) = wall(zone, deadline.plus(-1));
        let days = day_number(tuple(debit)) - day_number(last_day);
        let changes = zone_of.start(debit).since(zone_of.start(debit.yesterday().unwrap().yesterday().unwrap()))
            != 48 * 3_600_000;
        prop_assert!(days == 3 || (changes && days == 2), "{days} days before {debit}");
    }

    /// A month's end in a zone is never another zone's: orders run on the last day, late in the evening.
    #[test]
    fn orders_run_on_the_last_evening(zone in proptest::sample::select(ZONES.as_slice()), offset in 0i64..3_650) {
        let day = date(2026, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap();
        let at = rules::purge_at(&Zone::named(zone).unwrap(), day);
        let ((year, month, last), minute) = wall(zone, at);
        prop_assert_eq!((year, month), (i32::from(day.year()), i32::from(day.month())));
        prop_assert_eq!(last, length(year, month));
        prop_assert_eq!(minute, 22 * 60);
    }
}
