//! What is owed and paid: one document for a charge, no number left out, nothing overwritten.

use std::collections::BTreeSet;

use colibri_domain::billing::charge::{ChargeStatus, Payment};
use colibri_domain::billing::invoice::{Authorization, DocumentKind, Invoice, Issue, Issuer, Language};
use colibri_domain::billing::machine::{Access, Input};
use colibri_domain::billing::{
    BillingIdentity, Catalogue, Charge, ChargeKind, EntryKind, Facts, HistoryEntry, IdentityKind,
    LedgerEntry, Money, Subscription, step,
};
use colibri_domain::{Millis, OrganizationId};
use colibri_store::{DUE_SHARDS, Issued, OrganizationStore, Store};
use colibri_testing::TestTable;
use jiff::civil::date;

const NOW: Millis = Millis(1_768_478_400_000);

fn issuer() -> Issuer {
    let text = |text: &str| text.to_owned();
    Issuer {
        country: text("EC"),
        zone: text("America/Guayaquil"),
        tax_number: text("1790011674001"),
        legal_name: text("Colibrí"),
        trade_name: String::new(),
        address: text("Quito"),
        establishment_address: text("Quito"),
        establishment: text("001"),
        point: text("001"),
        keeps_accounts: false,
        special_taxpayer: None,
        production: false,
    }
}

fn buyer() -> BillingIdentity {
    BillingIdentity {
        kind: IdentityKind::FinalConsumer,
        number: "9999999999999".to_owned(),
        legal_name: "Ceibo".to_owned(),
        address: "Guayaquil".to_owned(),
        email: "pagos@ceibo.example".to_owned(),
        country: "EC".to_owned(),
        government: false,
    }
}

fn charge(id: &str) -> Charge {
    let what = ChargeKind::OneOff { item: "api".to_owned() };
    let day = date(2026, 1, 15);
    let mut charge =
        Charge::new(id.to_owned(), what, Money::usd(10_000), &Catalogue::default(), "EC", day, NOW).unwrap();
    charge.payment =
        Some(Payment { provider: "stripe".to_owned(), reference: format!("pi_{id}"), at: NOW, last4: None });
    charge
}

fn organization(store: &Store, n: usize) -> OrganizationStore {
    store.organization(&OrganizationId::from_unique(&n.to_string()))
}

fn document<'a>(
    organization: &'a OrganizationStore,
    charge: &'a Charge,
    kind: DocumentKind,
    amount: i64,
) -> impl Fn(u64) -> Invoice + Send + Sync + 'a {
    move |sequence| {
        let issue = Issue {
            kind: kind.clone(),
            organization: &organization.id,
            charge,
            amount,
            issuer: &issuer(),
            buyer: &buyer(),
            language: Language::Es,
            now: NOW,
        };
        Invoice::issue(&issue, sequence)
    }
}

async fn settle(organization: &OrganizationStore, charge: &Charge) -> Issued {
    organization.record_charge(charge).await.unwrap();
    let issue = document(organization, charge, DocumentKind::Invoice, charge.total.minor);
    organization.settle(charge, &issuer(), issue).await.unwrap()
}

#[tokio::test]
async fn numbers_have_no_gap_and_no_twin_however_many_are_issued_at_once() {
    let table = TestTable::new();
    let store = table.store();
    let work = (0..24).map(|n| {
        let organization = organization(&store, n % 6);
        async move {
            let charge = charge(&format!("c{}", n / 6));
            // Each is settled twice at the same time.
            futures::join!(settle(&organization, &charge), settle(&organization, &charge))
        }
    });
    let done = futures::future::join_all(work).await;
    for (one, other) in &done {
        assert!(matches!(
            (one, other),
            (Issued::New(_), Issued::Known(_)) | (Issued::Known(_), Issued::New(_))
        ));
    }
    let mut numbers = BTreeSet::new();
    for n in 0..6 {
        let organization = organization(&store, n);
        let invoices = organization.invoices().await.unwrap();
        assert_eq!(invoices.len(), 4);
        for invoice in invoices {
            assert!(numbers.insert(invoice.sequence));
            let charge = organization.charge(&invoice.charge).await.unwrap().unwrap();
            assert_eq!((charge.status, charge.invoice), (ChargeStatus::Paid, Some(invoice.number)));
        }
        let ledger = organization.ledger().await.unwrap();
        assert_eq!((ledger.len(), ledger.iter().map(LedgerEntry::balance).sum::<i64>()), (8, 0));
    }
    assert_eq!(numbers, (1..=24).collect());
    let month = store.installation().ledger_of("2026-01").await.unwrap();
    assert_eq!(month.len(), 48);
    assert!(store.installation().ledger_of("2026-02").await.unwrap().is_empty());
}

#[tokio::test]
async fn money_goes_back_once_and_never_more_than_came() {
    let table = TestTable::new();
    let organization = organization(&table.store(), 1);
    settle(&organization, &charge("c1")).await;
    let paid = organization.charge("c1").await.unwrap().unwrap();
    let of = paid.invoice.clone().unwrap();
    let kind = DocumentKind::CreditNote { of, of_day: date(2026, 1, 15), reason: "error".to_owned() };
    let credit = |amount: i64| {
        let (organization, paid, kind) = (&organization, &paid, kind.clone());
        async move {
            let issue = document(organization, paid, kind.clone(), amount);
            organization.credit(paid, Money::usd(amount), "r1", &issuer(), &kind, issue).await.unwrap()
        }
    };
    let Issued::New(note) = credit(1_150).await else { panic!("it is new") };
    assert_eq!(note.number, "001-001-000000001", "credit notes count their own numbers");
    assert!(matches!(credit(1_150).await, Issued::Known(_)), "the same again");
    let charge = organization.charge("c1").await.unwrap().unwrap();
    assert_eq!((charge.refunded, charge.refundable()), (1_150, 11_500 - 1_150));
    let kinds: Vec<_> = organization.ledger().await.unwrap().iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.len(), 4);
    assert!(kinds.contains(&EntryKind::Credited) && kinds.contains(&EntryKind::Refunded));
    let marked = organization.mark_invoice(&note, Authorization::Received, true).await.unwrap();
    assert_eq!(organization.invoice("04", &note.number).await.unwrap(), Some(marked));
}

#[tokio::test]
async fn a_subscription_changes_only_from_the_version_that_was_read() {
    let table = TestTable::new();
    let store = table.store();
    let one = organization(&store, 1);
    assert_eq!(one.subscription().await.unwrap(), None);
    let sub = Subscription::signed_up(one.id.clone(), "America/Guayaquil", "EC");
    assert!(one.save_subscription(&sub, 0, None).await.unwrap());
    assert!(!one.save_subscription(&sub, 0, None).await.unwrap());
    let catalogue = Catalogue {
        plans: vec![colibri_domain::billing::Plan {
            id: "crm-1000".to_owned(),
            table: colibri_domain::billing::PlanTable::Crm,
            contacts: 1_000,
            bot_messages: 0,
            prices: vec![colibri_domain::billing::catalogue::Price {
                noticed_on: date(2026, 1, 1),
                minor: 4_900,
            }],
            offered: true,
        }],
        ..Catalogue::default()
    };
    let facts = Facts { now: NOW, catalogue: &catalogue, contacts: 0 };
    let mut next = step(&sub, &Input::Subscribe { plan: "crm-1000".to_owned() }, facts).unwrap().state;
    let history = HistoryEntry { at: NOW, by: "usr_1".to_owned(), what: serde_json::json!({ "a": 1 }) };
    assert!(one.save_subscription(&next, 1, Some(&history)).await.unwrap());
    assert!(!one.save_subscription(&next, 1, Some(&history)).await.unwrap());
    assert_eq!(one.billing_history(10).await.unwrap(), [history]);
    let read = one.subscription().await.unwrap().unwrap();
    assert_eq!((read.version, &read.subscription), (2, &next));
    let due = |now: Millis| {
        let store = store.clone();
        async move {
            let mut due = Vec::new();
            for shard in 0..DUE_SHARDS {
                due.extend(store.installation().due_subscriptions(shard, now, 10).await.unwrap());
            }
            due
        }
    };
    // Effects wait: it is due at once. Done, and nothing that time brings: not at all.
    assert_eq!(due(NOW).await, std::slice::from_ref(&one.id));
    next.todo.clear();
    assert!(one.save_subscription(&next, 2, None).await.unwrap());
    assert!(due(Millis(i64::MAX / 2)).await.is_empty());
    let link = next.links[0].id.clone();
    let payment = Payment { provider: "stripe".into(), reference: "pi".into(), at: NOW, last4: None };
    let mut paid = step(&next, &Input::Paid { charge: link, payment, card: None }, facts).unwrap().state;
    paid.todo.clear();
    assert!(one.save_subscription(&paid, 3, None).await.unwrap());
    let at = paid.wake_at().unwrap();
    assert!(due(at.plus(-1)).await.is_empty());
    assert_eq!(due(at).await, std::slice::from_ref(&one.id));
    assert_eq!(store.installation().subscriptions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_sold_and_to_whom() {
    let table = TestTable::new();
    let store = table.store();
    let all = store.installation();
    assert_eq!(all.catalogue().await.unwrap(), Catalogue::default());
    let first = Catalogue { version: 1, setup_fee: 5_000, ..Catalogue::default() };
    assert!(all.put_catalogue(&first).await.unwrap());
    assert!(!all.put_catalogue(&Catalogue { version: 1, ..Catalogue::default() }).await.unwrap());
    assert!(all.put_catalogue(&Catalogue { version: 2, ..first }).await.unwrap());
    assert_eq!(all.issuer().await.unwrap(), None);
    all.put_issuer(&issuer()).await.unwrap();
    assert_eq!(all.issuer().await.unwrap(), Some(issuer()));
    let one = organization(&store, 1);
    assert_eq!(one.access().await.unwrap(), Access::Full);
    one.put_access(Access::Frozen, 4).await.unwrap();
    one.put_access(Access::Full, 3).await.unwrap();
    assert_eq!(one.access().await.unwrap(), Access::Frozen, "an older decision comes too late");
    one.set_plan(5_000, 0, 1, 4).await.unwrap();
    one.set_plan(1_000, 0, 0, 3).await.unwrap();
    assert_eq!(one.quota().await.unwrap().limit, 5_000);
    one.put_billing_identity(&buyer()).await.unwrap();
    assert_eq!(one.billing_identity().await.unwrap(), Some(buyer()));
    let void = charge("c9");
    one.record_charge(&void).await.unwrap();
    one.void_charge("c9").await.unwrap();
    assert_eq!(one.charge("c9").await.unwrap().unwrap().status, ChargeStatus::Void);
    settle(&one, &charge("c8")).await;
    one.void_charge("c8").await.unwrap();
    assert_eq!(one.charge("c8").await.unwrap().unwrap().status, ChargeStatus::Paid, "paid stays paid");
}
