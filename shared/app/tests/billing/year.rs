//! A year of many organizations: the ledger balances to the cent against the provider's own books.

use std::collections::{BTreeMap, BTreeSet};

use colibri_app::ports::Clock as _;
use colibri_domain::billing::charge::{ChargeKind, ChargeStatus};
use colibri_domain::billing::subscription::CancelVia;
use colibri_domain::billing::{Input, Status};
use colibri_domain::{Millis, OrganizationId};
use colibri_testing::payments::Bank;

use super::{Bench, HOUR};

const ZONES: [&str; 8] = [
    "America/Guayaquil",
    "Etc/GMT+12",
    "Pacific/Kiritimati",
    "America/New_York",
    "America/Santiago",
    "Europe/Madrid",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
];
const PLANS: [&str; 3] = ["crm-1000", "crm-5000", "bot-1000"];

/// A linear congruence: the same year every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn plan(&mut self) -> String {
        PLANS[usize::try_from(self.roll(3)).unwrap()].to_owned()
    }
}

async fn year(organizations: usize, per_mille: u64) {
    let bench = Bench::new().await;
    let mut dice = Dice(20_261_123);
    let mut all: Vec<OrganizationId> = Vec::new();
    let start = bench.clock.now();
    let days = 365;
    for day in 0..days {
        while all.len() < organizations && all.len() * 120 <= organizations * day {
            let zone = ZONES[usize::try_from(dice.roll(8)).unwrap()];
            let plan = dice.plan();
            bench.table.faults().random(1, 0);
            all.push(bench.paying(&format!("n{}", all.len()), zone, &plan).await);
        }
        bench.table.faults().random(dice.roll(u64::MAX >> 34) + 1, per_mille);
        for id in &all {
            something(&bench, &mut dice, id).await;
        }
        // Some days the schedule is asleep, some days it runs twice.
        let runs = match dice.roll(12) {
            0 => 0,
            1 => 3,
            _ => 2,
        };
        for _ in 0..runs {
            bench.clock.pass(6 * HOUR);
            bench.run().await;
        }
        bench.clock.set(start.plus(i64::try_from(day + 1).unwrap() * 24 * HOUR));
    }
    bench.table.faults().random(1, 0);
    for id in &all {
        bench.payments.bank(id, Bank::Pays);
    }
    for _ in 0..4 {
        bench.run().await;
    }
    recount(&bench, &all).await;
}

/// What a customer or his bank does on a day.
async fn something(bench: &Bench, dice: &mut Dice, id: &OrganizationId) {
    let now = bench.clock.now();
    let bank = match dice.roll(40) {
        0 => Bank::Declines,
        1 => Bank::PaysInSilence,
        2 => Bank::Away,
        3..10 => Bank::Pays,
        _ => return,
    };
    bench.payments.bank(id, bank);
    let input = match dice.roll(30) {
        0..4 => Input::ChangePlan { plan: dice.plan() },
        4 => Input::Cancel {
            received_at: now.plus(-48 * HOUR),
            via: CancelVia::Email,
            waived: dice.roll(3) == 0,
        },
        5 => Input::Stay,
        6 => Input::Subscribe { plan: dice.plan() },
        _ => Input::Tick,
    };
    let _ = bench.billing.apply(id, &input, "usr_1").await;
    let Ok(Some(stored)) = bench.billing.store.organization(id).subscription().await else { return };
    // He pays what waits for him, now and then twice; deliveries come late, twice, or not before the next day.
    let waiting =
        stored.subscription.links.iter().chain(stored.subscription.due.iter().map(|due| &due.charge));
    for charge in waiting.cloned().collect::<Vec<_>>() {
        if dice.roll(3) == 0 {
            let payment = bench.payments.pay_page(id, &charge.id, charge.total, now);
            let mut told = false;
            for _ in 0..4 {
                told |= bench.deliver(&payment, "right").await == 200;
            }
            if !told {
                bench.table.faults().random(1, 0);
                assert_eq!(bench.deliver(&payment, "right").await, 200);
            }
        }
    }
}

/// Everything again, from what was written and from the provider's books, without the code that wrote it.
async fn recount(bench: &Bench, all: &[OrganizationId]) {
    let books = bench.payments.books();
    let mut numbers: BTreeMap<bool, BTreeSet<u64>> = BTreeMap::new();
    let mut cycles = 0;
    for id in all {
        let organization = bench.billing.store.organization(id);
        let sub = bench.sub(id).await;
        assert!(sub.todo.is_empty() || sub.status == Status::Purged, "{id}: {:?}", sub.todo);
        assert_eq!(bench.balance(id).await, 0, "{id}");
        let charges = organization.charges().await.unwrap();
        let documents = organization.invoices().await.unwrap();
        let mut periods = Vec::new();
        let mut kept = 0;
        for charge in &charges {
            let invoices = documents.iter().filter(|d| !d.is_credit() && d.charge == charge.id).count();
            assert_eq!(invoices, usize::from(charge.status == ChargeStatus::Paid), "{id} {}", charge.id);
            let mine = books.iter().filter(|p| p.organization == *id && p.charge == charge.id);
            let net: i64 = mine.map(|p| p.total.minor - p.refunded).sum();
            let owed =
                if charge.status == ChargeStatus::Paid { charge.total.minor - charge.refunded } else { 0 };
            assert_eq!(net, owed, "{id} {}: what the provider kept", charge.id);
            kept += net;
            if let (ChargeKind::Cycle { from, until, .. }, ChargeStatus::Paid, 0) =
                (&charge.what, charge.status, charge.refunded)
            {
                periods.push((*from, *until));
                cycles += 1;
            }
        }
        periods.sort_unstable();
        let documents_net: i64 =
            documents.iter().map(|d| if d.is_credit() { -d.total.minor } else { d.total.minor }).sum();
        assert_eq!(documents_net, kept, "{id}");
        for document in documents {
            assert!(numbers.entry(document.is_credit()).or_default().insert(document.sequence), "a twin");
        }
    }
    for series in numbers.values() {
        assert_eq!(series.len() as u64, *series.last().unwrap(), "a gap");
    }
    assert!(cycles > all.len() * 4, "{cycles} cycles of {}", all.len());
    let month = |at: Millis| colibri_domain::billing::Zone::or_default("America/Guayaquil").day(at);
    let (first, last) = (month(Millis(1_768_478_400_000)), month(bench.clock.now()));
    let mut entries = 0;
    let mut day = first.first_of_month();
    while day <= last {
        entries += bench
            .billing
            .store
            .installation()
            .ledger_of(&day.strftime("%Y-%m").to_string())
            .await
            .unwrap()
            .len();
        day = colibri_domain::billing::calendar::plus_months(day, 1);
    }
    let mut own = 0;
    for id in all {
        own += bench.billing.store.organization(id).ledger().await.unwrap().len();
    }
    assert_eq!(entries, own, "the months hold every entry");
}

/// `ORGANIZATIONS=500` for the long one.
#[tokio::test]
async fn a_year_balances_to_the_cent() {
    let organizations = std::env::var("ORGANIZATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    year(organizations, 0).await;
}

#[tokio::test]
async fn a_year_in_which_calls_break_balances_too() {
    let organizations = std::env::var("ORGANIZATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    year(organizations, 15).await;
}
