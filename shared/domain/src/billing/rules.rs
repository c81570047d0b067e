//! The dates and parts that the terms of the subscription name.

use jiff::civil::Date;

use super::calendar::{Zone, days_between, plus_days};
use super::money::Money;
use crate::time::Millis;

/// Hour of the organization's day from which a debit is tried: after what a month's end brings, before people work.
pub const DEBIT_HOUR: i8 = 6;
/// Hour of the month's last day at which what was ordered to be deleted goes.
pub const PURGE_HOUR: i8 = 22;
/// Days after the first failed debit on which it is tried again.
pub const RETRY_DAYS: [i64; 3] = [1, 3, 5];
/// Days after the first failed debit at which the service freezes.
pub const FREEZE_DAYS: i64 = 7;
/// Days that data are kept after the end of the service.
pub const KEPT_DAYS: i64 = 30;
/// Days before a downgrade that does not fit at which that is told.
pub const DOWNGRADE_NOTICES: [i64; 2] = [7, 2];
/// Hours before the debit day until which a cancellation prevents the debit.
pub const CANCEL_HOURS: i64 = 48;

const HOUR_MILLIS: i64 = 3_600_000;

/// When a debit of a day is tried first.
pub fn debit_at(zone: &Zone, day: Date) -> Millis {
    zone.at(day, DEBIT_HOUR)
}

/// The first instant at which a cancellation is too late for a debit day: 48 hours before its midnight, or the midnight
/// two days before where a change of clocks makes that later.
pub fn cancel_deadline(zone: &Zone, debit_day: Date) -> Millis {
    let hours = zone.start(debit_day).plus(-CANCEL_HOURS * HOUR_MILLIS);
    hours.max(zone.start(plus_days(debit_day, -2)))
}

/// The day of the next try after the `tried`th failed one (from 1), or of the freeze when all are used up.
pub fn next_try(first_failed: Date, tried: usize) -> Option<Date> {
    let retry = tried.checked_sub(1).and_then(|place| RETRY_DAYS.get(place));
    retry.map(|days| plus_days(first_failed, *days))
}

/// The day on which an unpaid service freezes.
pub fn freeze_day(first_failed: Date) -> Date {
    plus_days(first_failed, FREEZE_DAYS)
}

/// Days left of a cycle and days of the whole cycle, today counted as left.
pub fn days_left(start: Date, end: Date, today: Date) -> (u32, u32) {
    let total = u32::try_from(days_between(start, end)).unwrap_or(0);
    let left = u32::try_from(days_between(today, end)).unwrap_or(0).min(total);
    (left, total)
}

/// What a dearer plan costs for the rest of a cycle.
pub fn upgrade_difference(old: Money, new: Money, (left, total): (u32, u32)) -> Money {
    new.minus(old).map_or(Money::zero(new.currency), |difference| difference.share(left, total))
}

/// Bot messages of a cycle in which the plan changes: each plan's by its days, rounded down.
pub fn mixed_allowance(old: u64, new: u64, (left, total): (u32, u32)) -> u64 {
    if total == 0 {
        return new;
    }
    let (left, total) = (u128::from(left), u128::from(total));
    let mixed = (u128::from(old) * (total - left) + u128::from(new) * left) / total;
    u64::try_from(mixed).unwrap_or(u64::MAX)
}

/// When deletion orders of a month are executed.
pub fn purge_at(zone: &Zone, day: Date) -> Millis {
    zone.at(day.last_of_month(), PURGE_HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn the_last_moment_to_cancel() {
        // Debit on 15 November: until 12 November 23:59:59 in Guayaquil (UTC-5).
        let deadline = cancel_deadline(&zone("America/Guayaquil"), date(2026, 11, 15));
        assert_eq!(deadline, zone("America/Guayaquil").start(date(2026, 11, 13)));
        assert_eq!(deadline.0, 1_794_546_000_000);
        // Clocks go back in New York on 1 November 2026: 49 hours from midnight to midnight.
        let york = zone("America/New_York");
        let deadline = cancel_deadline(&york, date(2026, 11, 2));
        assert_eq!(deadline.since(york.start(date(2026, 10, 31))), HOUR_MILLIS);
        // And forward on 8 March: 47 hours, the customer keeps the whole day before.
        assert_eq!(cancel_deadline(&york, date(2026, 3, 9)), york.start(date(2026, 3, 7)));
    }

    #[test]
    fn tries_and_freeze() {
        let first = date(2026, 2, 27);
        let days: Vec<_> = (1..=4).map(|tried| next_try(first, tried).map(|d| d.to_string())).collect();
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(days, [day("2026-02-28"), day("2026-03-02"), day("2026-03-04"), None]);
        assert_eq!(freeze_day(first), date(2026, 3, 6));
    }

    #[test]
    fn an_upgrade_pays_for_the_days_that_are_left() {
        let (start, end) = (date(2026, 11, 15), date(2026, 12, 15));
        assert_eq!(days_left(start, end, date(2026, 11, 15)), (30, 30));
        assert_eq!(days_left(start, end, date(2026, 12, 14)), (1, 30));
        assert_eq!(days_left(start, end, date(2026, 12, 20)), (0, 30));
        let difference = |left| upgrade_difference(Money::usd(4_900), Money::usd(9_900), (left, 30)).minor;
        assert_eq!((difference(30), difference(15), difference(1), difference(0)), (5_000, 2_500, 167, 0));
        assert_eq!(mixed_allowance(0, 3_000, (10, 30)), 1_000);
        assert_eq!(mixed_allowance(1_000, 2_000, (15, 30)), 1_500);
    }

    #[test]
    fn deletion_is_late_on_the_last_day() {
        let zone = zone("America/Guayaquil");
        let at = purge_at(&zone, date(2028, 2, 3));
        assert_eq!((zone.day(at), zone.hour(at)), (date(2028, 2, 29), 22));
    }

    proptest! {
        #[test]
        fn differences_of_two_upgrades_add_up(old in 0i64..100_000, middle in 0i64..100_000, new in 0i64..100_000, left in 0u32..31) {
            let usd = Money::usd;
            let (first, second) = (upgrade_difference(usd(old), usd(middle), (left, 31)), upgrade_difference(usd(middle), usd(new), (left, 31)));
            let both = upgrade_difference(usd(old), usd(new), (left, 31));
            prop_assert!((first.minor + second.minor - both.minor).abs() <= 1);
        }
    }
}
