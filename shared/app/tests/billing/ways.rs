//! One organization, one trouble at a time.

use colibri_app::ports::Clock as _;
use colibri_domain::billing::charge::{ChargeStatus, Payment};
use colibri_domain::billing::machine::Access;
use colibri_domain::billing::subscription::CancelVia;
use colibri_domain::billing::{Input, Status};
use colibri_testing::Fault;
use colibri_testing::payments::Bank;
use jiff::civil::date;

use super::{Bench, HOUR};

const ZONE: &str = "America/Guayaquil";

#[tokio::test]
async fn paid_is_active_with_an_invoice_and_a_mail() {
    let bench = Bench::new().await;
    let id = bench.organization("ceibo", ZONE).await;
    bench.put(&id, &Input::Subscribe { plan: "crm-1000".into() }).await;
    assert_eq!(bench.mail.take().len(), 0, "nothing is told before it is paid");
    bench.pay_links(&id).await;
    let organization = bench.billing.store.organization(&id);
    assert_eq!(bench.sub(&id).await.status, Status::Active);
    assert_eq!(organization.quota().await.unwrap().limit, 1_000);
    assert_eq!(organization.access().await.unwrap(), Access::Full);
    let invoices = organization.invoices().await.unwrap();
    assert_eq!(
        (invoices.len(), invoices[0].number.as_str(), invoices[0].mailed),
        (1, "001-001-000000001", true)
    );
    let subjects: Vec<_> = bench.mail.take().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Factura 001-001-000000001", "Su suscripción está activa"]);
    let names = bench.bucket.names();
    assert!(names.iter().any(|name| name.ends_with("invoice-001-001-000000001.pdf")), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("invoice-001-001-000000001.xml")));
    assert_eq!(bench.balance(&id).await, 0);
    let page = colibri_app::billing::pdf::page(&invoices[0]);
    assert!(page.starts_with(b"%PDF-1.") && page.len() < 20_000, "{} bytes", page.len());
    if let Some(path) = std::env::var_os("KEEP_PDF") {
        std::fs::write(path, page).unwrap();
    }
}

#[tokio::test]
async fn deliveries_repeated_forged_and_late_move_nothing() {
    let bench = Bench::new().await;
    let id = bench.organization("ceibo", ZONE).await;
    bench.put(&id, &Input::Subscribe { plan: "crm-1000".into() }).await;
    let link = bench.sub(&id).await.links[0].clone();
    let payment = bench.payments.pay_page(&id, &link.id, link.total, bench.clock.now());
    assert_eq!(bench.deliver(&payment, "wrong").await, 401);
    assert_eq!(bench.sub(&id).await.status, Status::PendingFirstPayment);
    // Twice before anything is worked on, and again long after.
    assert_eq!(bench.deliver(&payment, "right").await, 200);
    assert_eq!(bench.deliver(&payment, "right").await, 200);
    bench.billing.work(&id).await.unwrap();
    bench.clock.pass(3 * HOUR);
    assert_eq!(bench.deliver(&payment, "right").await, 200);
    bench.billing.work(&id).await.unwrap();
    assert_eq!(bench.deliver("pay_unknown", "right").await, 200);
    assert_eq!(bench.billing.store.organization(&id).invoices().await.unwrap().len(), 1);
    assert_eq!(bench.balance(&id).await, 0);
    // A second payment for the same link is nobody's debt: it goes back.
    let second = bench.payments.pay_page(&id, &link.id, link.total, bench.clock.now());
    assert_eq!(bench.deliver(&second, "right").await, 200);
    bench.billing.work(&id).await.unwrap();
    assert_eq!(bench.deliver(&second, "right").await, 200);
    bench.billing.work(&id).await.unwrap();
    let books = bench.payments.books();
    assert_eq!((books[0].refunded, books[1].refunded), (0, link.total.minor));
    assert_eq!(bench.balance(&id).await, 0);
}

#[tokio::test]
async fn a_debit_whose_answer_was_lost_is_found_and_not_repeated() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    bench.payments.bank(&id, Bank::PaysInSilence);
    bench.invoke.take();
    bench.clock.pass(32 * 24 * HOUR);
    bench.run().await;
    assert!(bench.sub(&id).await.due.is_some(), "nothing is known yet");
    bench.run().await;
    assert!(bench.sub(&id).await.due.is_none());
    assert_eq!((bench.payments.books().len(), bench.payments.debits()), (2, 1));
    assert_eq!(bench.balance(&id).await, 0);
}

#[tokio::test]
async fn two_runs_at_once_debit_once() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    for _ in 0..12 {
        bench.clock.pass(31 * 24 * HOUR);
        let (one, other) = futures::join!(bench.billing.work(&id), bench.billing.work(&id));
        one.unwrap();
        other.unwrap();
        bench.billing.work(&id).await.unwrap();
        let charges = bench.billing.store.organization(&id).charges().await.unwrap();
        assert!(charges.iter().all(|charge| charge.status == ChargeStatus::Paid && charge.invoice.is_some()));
        assert_eq!(charges.len(), bench.payments.books().len());
    }
    assert_eq!(bench.balance(&id).await, 0);
}

#[tokio::test]
async fn whichever_call_breaks_the_next_run_goes_on() {
    for fault in [Fault::DropBefore, Fault::DropAfter] {
        let bench = Bench::new().await;
        let id = bench.paying("ceibo", ZONE, "crm-1000").await;
        for place in 0..40 {
            bench.clock.pass(31 * 24 * HOUR);
            bench.payments.bank(&id, if place % 5 == 4 { Bank::PaysInSilence } else { Bank::Pays });
            // As many calls go well as the place says, then one breaks for good (the SDK tries four times).
            bench.table.faults().after(place, fault, 4);
            let _ = bench.billing.work(&id).await;
            bench.table.faults().clear();
            while bench.billing.work(&id).await.unwrap() > 0 {}
            let sub = bench.sub(&id).await;
            assert!(sub.due.is_none() && sub.todo.is_empty(), "{place}: {sub:?}");
            let invoices = bench.billing.store.organization(&id).invoices().await.unwrap();
            assert_eq!(invoices.len(), bench.payments.books().len(), "{place}");
            assert_eq!(bench.balance(&id).await, 0);
        }
    }
}

#[tokio::test]
async fn unpaid_freezes_and_a_transfer_brings_everything_back() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    bench.payments.bank(&id, Bank::Declines);
    bench.mail.take();
    let start = bench.clock.now();
    bench.until(start.plus(40 * 24 * HOUR)).await;
    let organization = bench.billing.store.organization(&id);
    assert_eq!(bench.sub(&id).await.status, Status::Frozen);
    assert_eq!(organization.access().await.unwrap(), Access::Frozen);
    let subjects: Vec<_> = bench.mail.take().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 5, "four declined and the freeze: {subjects:?}");
    let charge = bench.sub(&id).await.due.unwrap().charge;
    let payment = Payment {
        provider: "transfer".into(),
        reference: "DOC 445566".into(),
        at: bench.clock.now(),
        last4: None,
    };
    bench.put(&id, &Input::Paid { charge: charge.id, payment, card: None }).await;
    assert_eq!(organization.access().await.unwrap(), Access::Full);
    assert_eq!(bench.sub(&id).await.status, Status::Active);
    let invoices = organization.invoices().await.unwrap();
    assert_eq!(invoices.len(), 2);
    assert!(
        organization.ledger().await.unwrap().iter().any(|entry| entry.reference == "transfer-DOC 445566")
    );
}

#[tokio::test]
async fn money_goes_back_with_a_credit_note() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    let charge = bench.billing.store.organization(&id).charges().await.unwrap()[0].clone();
    let back = |minor| Input::PayBack { charge: charge.id.clone(), minor, reason: "Cortesía".into() };
    bench.put(&id, &back(1_000)).await;
    bench.put(&id, &back(1_000)).await;
    // More than is left changes nothing.
    bench.put(&id, &back(5_000)).await;
    let organization = bench.billing.store.organization(&id);
    let documents = organization.invoices().await.unwrap();
    let notes: Vec<_> = documents.iter().filter(|document| document.is_credit()).collect();
    assert_eq!(notes.iter().map(|note| note.total.minor).collect::<Vec<_>>(), [1_000, 1_000]);
    assert!(notes.iter().all(|note| note.mailed));
    assert_eq!(bench.payments.books()[0].refunded, 2_000);
    assert_eq!(bench.balance(&id).await, 0);
}

#[tokio::test]
async fn cancel_upgrade_and_debit_at_once_leave_one_story() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    let end = bench.sub(&id).await.period.unwrap().1;
    bench.clock.set(bench.sub(&id).await.zone().at(end, 6));
    let now = bench.clock.now();
    let cancel = Input::Cancel { received_at: now, via: CancelVia::Button, waived: false };
    let upgrade = Input::ChangePlan { plan: "crm-5000".into() };
    let _ = futures::join!(
        bench.billing.apply(&id, &cancel, "usr_1"),
        bench.billing.apply(&id, &upgrade, "usr_2"),
        bench.billing.work(&id),
    );
    while bench.billing.work(&id).await.unwrap() > 0 {}
    let sub = bench.sub(&id).await;
    assert!(sub.due.is_none(), "the cycle that began is paid");
    assert!(matches!(sub.status, Status::Active | Status::Canceling));
    assert_eq!(bench.payments.books().len(), 2);
    assert_eq!(bench.balance(&id).await, 0);
}

#[tokio::test]
async fn who_leaves_is_served_to_the_end_and_not_debited() {
    let bench = Bench::new().await;
    let id = bench.paying("ceibo", ZONE, "crm-1000").await;
    let now = bench.clock.now();
    bench.put(&id, &Input::Cancel { received_at: now, via: CancelVia::Button, waived: false }).await;
    assert_eq!(bench.sub(&id).await.period.unwrap().1, date(2026, 2, 15));
    bench.until(bench.sub(&id).await.zone().at(date(2026, 2, 14), 12)).await;
    assert_eq!(bench.billing.store.organization(&id).access().await.unwrap(), Access::Full);
    bench.until(bench.sub(&id).await.zone().at(date(2026, 2, 15), 7)).await;
    assert_eq!(bench.billing.store.organization(&id).access().await.unwrap(), Access::Ended);
    assert_eq!(bench.payments.books().len(), 1);
}
