//! Days and instants in an organization's zone.
//!
//! Cycles are counted in civil days; only what happens at an instant is turned into one, so that neither a change of
//! clocks nor of the organization's zone moves a debit day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::time::Millis;

/// Zone of organizations that named none.
pub const DEFAULT_ZONE: &str = "America/Guayaquil";

/// An organization's time zone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name; none for a name that is not one.
    pub fn named(name: &str) -> Option<Self> {
        // The database takes `UTC` in any case, and an empty name never.
        TimeZone::get(name).ok().map(Self)
    }

    /// The zone of a name, or the one of organizations that named none.
    pub fn or_default(name: &str) -> Self {
        Self::named(name).or_else(|| Self::named(DEFAULT_ZONE)).unwrap_or(Self(TimeZone::UTC))
    }

    /// The day that it is at an instant.
    pub fn day(&self, at: Millis) -> Date {
        self.stamp(at).date()
    }

    /// Hour and minute at an instant.
    pub fn hour(&self, at: Millis) -> i8 {
        self.stamp(at).hour()
    }

    fn stamp(&self, at: Millis) -> jiff::Zoned {
        let stamp = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        stamp.to_zoned(self.0.clone())
    }

    /// The first instant of a day. Of a day that the zone skipped (it moved across the date line): of the next one.
    pub fn start(&self, day: Date) -> Millis {
        self.at(day, 0)
    }

    /// The instant of a full hour of a day. Where clocks skip it: when they come out behind it; where they repeat it:
    /// the first of the two.
    pub fn at(&self, day: Date, hour: i8) -> Millis {
        let civil = day.at(hour.clamp(0, 23), 0, 0, 0);
        let Ok(zoned) = self.0.to_ambiguous_zoned(civil).compatible() else { return Millis(i64::MAX) };
        let zoned = if hour == 0 { zoned.start_of_day().unwrap_or(zoned) } else { zoned };
        Millis(zoned.timestamp().as_millisecond())
    }
}

/// A day so many days later (or earlier). Ends at the calendar's end.
pub fn plus_days(day: Date, days: i64) -> Date {
    Span::new().try_days(days).map_or(Date::MAX, |span| day.saturating_add(span))
}

/// Days from one day to another.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The day that is so many months after `anchor`: the same day of the month, or the month's last one where it is shorter.
/// The 31st stays the anchor, so that after 28 February comes 31 March.
pub fn plus_months(anchor: Date, months: u32) -> Date {
    let span = Span::new().try_months(months);
    span.map_or(Date::MAX, |span| anchor.saturating_add(span))
}

/// The last day of a day's month.
pub fn month_end(day: Date) -> Date {
    day.last_of_month()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn short_months_do_not_move_the_anchor() {
        let anchor = date(2027, 10, 31);
        let days: Vec<_> = (0..6).map(|n| plus_months(anchor, n).to_string()).collect();
        assert_eq!(
            days,
            ["2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]
        );
    }

    #[test]
    fn midnight_in_odd_zones() {
        let at = |zone: &str, day| Zone::named(zone).unwrap().start(day).0 / 1000;
        assert_eq!(at("America/Guayaquil", date(2026, 11, 15)), 1_794_718_800);
        // Clocks went from 23:59:59 to 01:00.
        assert_eq!(at("America/Santiago", date(2026, 9, 6)), 1_788_667_200);
        // 30 December 2011 did not happen.
        assert_eq!(at("Pacific/Apia", date(2011, 12, 30)), at("Pacific/Apia", date(2011, 12, 31)));
        assert!(Zone::named("Not/AZone").is_none() && Zone::named("").is_none());
        assert_eq!(Zone::or_default("Not/AZone").day(Millis(1_794_718_800_000)), date(2026, 11, 15));
    }

    #[test]
    fn days_are_counted_over_years() {
        assert_eq!(days_between(date(2026, 1, 1), date(2028, 1, 1)), 730);
        assert_eq!(plus_days(date(2028, 2, 28), 2), date(2028, 3, 1));
        assert_eq!(plus_days(date(2028, 3, 1), -2), date(2028, 2, 28));
    }
}
