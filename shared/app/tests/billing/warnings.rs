//! Places that run out are told once, and a bank that takes a payment back is noted once.

use colibri_domain::billing::EntryKind;
use colibri_domain::billing::ledger::LedgerEntry;

use super::Bench;

const ZONE: &str = "America/Guayaquil";

#[tokio::test]
async fn a_full_quota_is_told_once_until_it_was_left() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    let organization = bench.billing.store.organization(&id);
    bench.mail.take();
    let told = async |limit: u64| {
        organization.set_quota(limit).await.unwrap();
        let both = futures::join!(bench.billing.work(&id), bench.billing.work(&id));
        both.0.unwrap();
        both.1.unwrap();
        bench.mail.take().into_iter().map(|mail| (mail.to, mail.subject)).collect::<Vec<_>>()
    };
    let full = ("ceibo@ejemplo.example".to_owned(), "Su cupo de contactos está lleno".to_owned());
    assert_eq!(told(1_000).await, []);
    assert_eq!(told(0).await, vec![full.clone()], "once, whoever looks at the same time");
    assert_eq!(told(0).await, []);
    assert_eq!(told(1_000).await, []);
    assert_eq!(told(0).await, [full], "left and reached again");
}

#[tokio::test]
async fn before_the_first_payment_nobody_is_told_of_places() {
    let bench = Bench::new().await;
    let id = bench.organization("ceibo", ZONE).await;
    bench.billing.store.organization(&id).set_quota(0).await.unwrap();
    bench.billing.work(&id).await.unwrap();
    assert!(bench.mail.take().is_empty());
}

#[tokio::test]
async fn a_disputed_payment_is_owed_again_once() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    let organization = bench.billing.store.organization(&id);
    assert_eq!(bench.deliver("dispute:pay_1", "wrong").await, 401);
    for _ in 0..3 {
        assert_eq!(bench.deliver("dispute:pay_1", "right").await, 200);
    }
    assert_eq!(bench.deliver("dispute:pay_77", "right").await, 200);
    let ledger = organization.ledger().await.unwrap();
    let disputed: Vec<&LedgerEntry> =
        ledger.iter().filter(|entry| entry.kind == EntryKind::Disputed).collect();
    assert_eq!(disputed.len(), 1);
    assert_eq!(disputed[0].reference, "pay_1");
    assert_eq!(ledger.iter().map(LedgerEntry::balance).sum::<i64>(), 5_635, "the whole cycle is owed again");
}
