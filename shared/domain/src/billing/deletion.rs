//! Orders to delete contacts at a month's end: what was chosen is frozen at its confirmation and goes on the last
//! evening of the organization's month.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::{Zone, plus_days, plus_months};
use super::invoice::Language;
use super::rules::{PURGE_HOUR, purge_at};
use crate::ids::{ContactId, UserId, WorkspaceId};
use crate::time::Millis;

/// Days before the execution at which it is brought to mind.
pub const REMINDER_DAYS: i64 = 2;
/// Days that backups of the table reach back: after them nothing of what was deleted exists anywhere.
pub const BACKUP_DAYS: i64 = 35;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Shown with what would go.
    Requested,
    /// Confirmed; the list is being frozen.
    Confirmed,
    /// The list is frozen.
    Scheduled,
    /// Going.
    Executing,
    /// Gone.
    Executed,
    /// Taken back.
    Canceled,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DeletionOrder {
    pub id: String,
    pub workspace: WorkspaceId,
    pub by: UserId,
    pub status: OrderStatus,
    pub requested_at: Millis,
    /// Whoever writes after this is spared, unless `writers_too`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Millis>,
    /// Contacts of the frozen list.
    #[serde(default)]
    pub contacts: u64,
    /// Deletes also who wrote after the confirmation.
    #[serde(default)]
    pub writers_too: bool,
    /// When it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_at: Option<Millis>,
    /// Whether it was brought to mind.
    #[serde(default)]
    pub reminded: bool,
}

/// Whom an order is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Choice {
    /// Everybody of the workspace; frozen at the confirmation: who comes later is none of them.
    Everything {
        /// The last contact that the workspace had by then; zero before the confirmation.
        #[serde(default)]
        until: u64,
    },
    /// Who was in a segment at the confirmation.
    Segment {
        /// The segment's id.
        segment: String,
        /// What it was called.
        name: String,
        /// Each once; empty before the confirmation, and where the list is not shown.
        #[serde(default)]
        contacts: Vec<u64>,
    },
    /// These.
    Chosen {
        /// Each once, at most 1,000.
        contacts: Vec<u64>,
    },
}

impl Choice {
    /// The contact at a place of the list; none behind its end.
    pub fn at(&self, place: u64) -> Option<ContactId> {
        match self {
            Self::Everything { until } => (place < *until).then_some(ContactId(place + 1)),
            Self::Segment { contacts, .. } | Self::Chosen { contacts } => {
                usize::try_from(place).ok().and_then(|place| contacts.get(place)).map(|id| ContactId(*id))
            }
        }
    }
}

/// What became of the contacts of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tally {
    /// Gone with everything that was theirs.
    pub deleted: u64,
    /// Wrote after the confirmation.
    pub spared: Vec<ContactId>,
    /// Were no contacts any more, or never.
    pub absent: u64,
}

/// That an order was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Certificate {
    /// When the last of them was gone.
    pub executed_at: Millis,
    /// The day from which no backup holds them.
    #[schema(value_type = String, format = Date)]
    pub backups_until: Date,
}

/// An order with its list and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderFile {
    /// The order.
    pub order: DeletionOrder,
    /// Whom it is about.
    pub choice: Choice,
    /// IANA name: its days are counted there.
    pub zone: String,
    /// Place in the list that comes next.
    #[serde(default)]
    pub place: u64,
    /// Whether the contact at that place is deleted and counted, and what was his is still going.
    #[serde(default)]
    pub going: bool,
    /// So far.
    #[serde(default)]
    pub tally: Tally,
    /// When all of it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

impl OrderFile {
    /// When somebody has to look at it next.
    pub fn wake_at(&self) -> Option<Millis> {
        self.order.wake_at(&Zone::or_default(&self.zone))
    }
}

/// Why an order does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum OrderRefusal {
    #[error("the word that confirms is another")]
    Word,
    #[error("it has started, or ended")]
    TooLate,
    #[error("not in this state")]
    State,
}

impl OrderRefusal {
    /// Stable code of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Word => "wrong_word",
            Self::TooLate => "too_late",
            Self::State => "wrong_state",
        }
    }
}

/// What is due for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OrderDue {
    Reminder,
    Start,
}

/// The dates that are shown before somebody confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Forecast {
    /// When the order starts.
    pub runs_at: Millis,
    /// First day on which the places are free.
    #[schema(value_type = String, format = Date)]
    pub free_from: Date,
    /// First debit day on which a smaller plan fits; none without a subscription that is debited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub downgrade_on: Option<Date>,
}

/// The word that has to be typed.
pub const fn word(language: Language) -> &'static str {
    match language {
        Language::Es => "ELIMINAR",
        Language::En => "DELETE",
    }
}

/// When an order that is confirmed now starts: the last evening of the month, of the next one where that has come.
pub fn start(zone: &Zone, now: Millis) -> Millis {
    let today = zone.day(now);
    let this = purge_at(zone, today);
    if now < this { this } else { purge_at(zone, plus_months(today.first_of_month(), 1)) }
}

/// The dates of an order that would be confirmed now; `anchor` is the day of the first debit.
pub fn forecast(zone: &Zone, now: Millis, anchor: Option<Date>) -> Forecast {
    let runs_at = start(zone, now);
    let free_from = plus_days(zone.day(runs_at).last_of_month(), 1);
    let downgrade_on = anchor.and_then(|anchor| {
        let debits = (1..1_200).map(|months| plus_months(anchor, months));
        debits.into_iter().find(|day| *day >= free_from)
    });
    Forecast { runs_at, free_from, downgrade_on }
}

impl DeletionOrder {
    /// The person has typed the word: from now on the list is frozen.
    pub fn confirm(
        &mut self,
        typed: &str,
        language: Language,
        zone: &Zone,
        now: Millis,
    ) -> Result<(), OrderRefusal> {
        if self.status != OrderStatus::Requested {
            return Err(OrderRefusal::State);
        }
        if typed.trim() != word(language) {
            return Err(OrderRefusal::Word);
        }
        self.status = OrderStatus::Confirmed;
        self.confirmed_at = Some(now);
        let runs_at = start(zone, now);
        self.runs_at = Some(runs_at);
        // Confirmed on the last days there is nothing to bring to mind.
        self.reminded = reminder(zone, runs_at) <= now;
        Ok(())
    }

    /// The list is frozen.
    pub fn frozen(&mut self, contacts: u64) -> Result<(), OrderRefusal> {
        if self.status != OrderStatus::Confirmed {
            return Err(OrderRefusal::State);
        }
        self.contacts = contacts;
        self.status = OrderStatus::Scheduled;
        Ok(())
    }

    /// Taken back, until it starts.
    pub fn cancel(&mut self, now: Millis) -> Result<(), OrderRefusal> {
        let open =
            matches!(self.status, OrderStatus::Requested | OrderStatus::Confirmed | OrderStatus::Scheduled);
        if !open || self.runs_at.is_some_and(|at| at <= now) {
            return Err(OrderRefusal::TooLate);
        }
        self.status = OrderStatus::Canceled;
        Ok(())
    }

    /// When somebody has to look at it next: the key of its index.
    pub fn wake_at(&self, zone: &Zone) -> Option<Millis> {
        let runs_at = self.runs_at?;
        match self.status {
            OrderStatus::Scheduled if !self.reminded => Some(reminder(zone, runs_at)),
            OrderStatus::Confirmed | OrderStatus::Scheduled | OrderStatus::Executing => Some(runs_at),
            OrderStatus::Requested | OrderStatus::Executed | OrderStatus::Canceled => None,
        }
    }

    /// What is due now; the state says that it was taken on.
    pub fn due(&mut self, zone: &Zone, now: Millis) -> Option<OrderDue> {
        let runs_at = self.runs_at?;
        match self.status {
            OrderStatus::Scheduled if runs_at <= now => {
                self.status = OrderStatus::Executing;
                Some(OrderDue::Start)
            }
            // Interrupted: goes on where it stopped.
            OrderStatus::Executing => Some(OrderDue::Start),
            OrderStatus::Scheduled if !self.reminded && reminder(zone, runs_at) <= now => {
                self.reminded = true;
                Some(OrderDue::Reminder)
            }
            _ => None,
        }
    }

    /// Whether a contact of the list is spared, because he wrote after the confirmation.
    pub fn spares(&self, last_inbound_at: Option<Millis>) -> bool {
        let confirmed = self.confirmed_at.unwrap_or(Millis(i64::MAX));
        !self.writers_too && last_inbound_at.is_some_and(|at| at > confirmed)
    }
}

fn reminder(zone: &Zone, runs_at: Millis) -> Millis {
    zone.at(plus_days(zone.day(runs_at), -REMINDER_DAYS), PURGE_HOUR)
}

/// The day after which no backup holds what an order deleted.
pub fn backups_gone(zone: &Zone, executed_at: Millis) -> Date {
    plus_days(zone.day(executed_at), BACKUP_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn zone() -> Zone {
        Zone::named("America/Guayaquil").unwrap()
    }

    fn order() -> DeletionOrder {
        DeletionOrder {
            id: "d1".to_owned(),
            workspace: "ws_1".parse().unwrap(),
            by: "usr_1".parse().unwrap(),
            status: OrderStatus::Requested,
            requested_at: Millis(0),
            confirmed_at: None,
            contacts: 0,
            writers_too: false,
            runs_at: None,
            reminded: false,
        }
    }

    fn scheduled(now: Millis) -> DeletionOrder {
        let mut order = order();
        order.confirm(" ELIMINAR ", Language::Es, &zone(), now).unwrap();
        order.frozen(12).unwrap();
        order
    }

    #[test]
    fn two_clocks_are_shown() {
        // Debit day 15; ordered on 10 November: room from 1 December, a smaller plan fits on 15 December.
        let now = zone().at(date(2026, 11, 10), 9);
        let forecast = forecast(&zone(), now, Some(date(2026, 3, 15)));
        assert_eq!(forecast.runs_at, zone().at(date(2026, 11, 30), 22));
        assert_eq!(forecast.free_from, date(2026, 12, 1));
        assert_eq!(forecast.downgrade_on, Some(date(2026, 12, 15)));
        let late = zone().at(date(2026, 11, 30), 22);
        assert_eq!(super::forecast(&zone(), late, None).free_from, date(2027, 1, 1));
    }

    #[test]
    fn it_is_confirmed_reminded_and_started_once_each() {
        let mut order = order();
        let now = zone().at(date(2026, 11, 10), 9);
        assert_eq!(order.confirm("eliminar", Language::Es, &zone(), now), Err(OrderRefusal::Word));
        assert_eq!(order.frozen(1), Err(OrderRefusal::State));
        let mut order = scheduled(now);
        assert_eq!(order.confirm("ELIMINAR", Language::Es, &zone(), now), Err(OrderRefusal::State));
        assert_eq!(order.due(&zone(), now), None);
        let reminder = order.wake_at(&zone()).unwrap();
        assert_eq!(reminder, zone().at(date(2026, 11, 28), 22));
        assert_eq!(order.due(&zone(), reminder), Some(OrderDue::Reminder));
        assert_eq!(order.due(&zone(), reminder), None);
        let start = order.wake_at(&zone()).unwrap();
        assert_eq!(order.due(&zone(), start), Some(OrderDue::Start));
        assert_eq!(order.due(&zone(), start.plus(1)), Some(OrderDue::Start), "until it reports");
        assert_eq!(order.cancel(start.plus(1)), Err(OrderRefusal::TooLate));
    }

    #[test]
    fn it_is_taken_back_until_it_starts() {
        let now = zone().at(date(2026, 11, 10), 9);
        let order = scheduled(now);
        let start = order.runs_at.unwrap();
        let mut taken = order.clone();
        taken.cancel(start.plus(-1)).unwrap();
        assert_eq!((taken.due(&zone(), start), taken.wake_at(&zone())), (None, None));
        assert_eq!(taken.cancel(start.plus(-1)), Err(OrderRefusal::TooLate));
        // Not started yet although its time has come: too late all the same.
        assert_eq!(order.clone().cancel(start), Err(OrderRefusal::TooLate));
    }

    #[test]
    fn who_wrote_afterwards_is_spared() {
        let now = zone().at(date(2026, 11, 10), 9);
        let mut order = scheduled(now);
        assert!(!order.spares(None) && !order.spares(Some(now)) && order.spares(Some(now.plus(1))));
        order.writers_too = true;
        assert!(!order.spares(Some(now.plus(1))));
        assert_eq!(backups_gone(&zone(), now), date(2026, 12, 15));
    }

    proptest! {
        /// Whenever it is confirmed, it starts on a last day of a month, later, and within a month and a day.
        #[test]
        fn starts_on_a_last_evening(hours in 0i64..87_600, name in proptest::sample::select(vec![
            "Etc/GMT+12", "America/Guayaquil", "America/Havana", "Europe/Madrid", "Asia/Kathmandu", "Pacific/Kiritimati",
        ])) {
            let zone = Zone::named(name).unwrap();
            let now = Millis(1_767_225_600_000 + hours * 3_600_000);
            let at = start(&zone, now);
            let day = zone.day(at);
            prop_assert!(at > now && at.since(now) <= 32 * 86_400_000);
            prop_assert_eq!(day, day.last_of_month());
            prop_assert_eq!(zone.hour(at), PURGE_HOUR);
        }
    }
}
