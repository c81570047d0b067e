//! The table throttles, conflicts and loses connections; what was promised holds.

use colibri_domain::Seconds;
use colibri_domain::inbound::StatusReport;
use colibri_domain::message::{SendStep, StatusValue};
use colibri_store::{CreatedContact, Put, StatusOutcome, StoreErrorKind, Taken};
use colibri_testing::{Demo, Fault};

#[tokio::test]
async fn a_transaction_on_the_same_item_is_no_reason_to_drop_a_status() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.outgoing(&ana, "k1", 1, "Hola");
    data.put_message(&message).await.unwrap();
    demo.table.faults().next("UpdateItem", Fault::Conflict);
    let report = StatusReport {
        provider_id: "wamid.1".into(),
        reference: None,
        value: StatusValue::Delivered,
        at: Seconds(1_768_478_402),
        failure: None,
        recipient: None,
        pricing: None,
    };
    let outcome =
        data.apply_status(ana.id, message.id, &report, message.sender.clone(), demo.now).await.unwrap();
    assert!(matches!(outcome, StatusOutcome::New(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_lost_answer_to_a_put_is_no_second_message() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.incoming(&ana, "wamid.1", 1, "Hola");
    demo.table.faults().next("PutItem", Fault::DropAfter);
    let (Put::New(stored) | Put::Duplicate(stored)) = data.put_message(&message).await.unwrap();
    assert_eq!(stored.id, message.id);
    assert_eq!(data.receive_on_head(ana.id, &stored, None).await.unwrap().unread, 1);
    demo.table.faults().next("TransactWriteItems", Fault::DropAfter);
    let beto = data.create_contact(&demo.organization, demo.newcomer("593900000002", "Beto")).await.unwrap();
    let (CreatedContact::New(beto) | CreatedContact::Existing(beto)) = beto;
    assert_eq!(beto.id.0, 2);
    assert_eq!(demo.store.organization(&demo.organization).quota().await.unwrap().used, 2);
}

#[tokio::test]
async fn a_table_that_refuses_everything_is_told_apart() {
    let demo = Demo::new().await;
    for _ in 0..4 {
        demo.table.faults().next("GetItem", Fault::Throttle);
    }
    let error = demo.data().head(colibri_domain::ContactId(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Throttled);
}

#[tokio::test]
async fn whatever_fails_each_message_counts_once() {
    for seed in [3, 17, 4242] {
        let demo = Demo::new().await;
        let data = demo.data();
        let ana = demo.contact("593900000001", "Ana").await;
        demo.table.faults().random(seed, 250);
        for n in 0..12 {
            let message = demo.incoming(&ana, &format!("wamid.{n}"), n, "Hola");
            // The queue delivers again until it goes through, and once more for good measure.
            let mut done = 0;
            for _ in 0..60 {
                let Ok(Put::New(stored) | Put::Duplicate(stored)) = data.put_message(&message).await else {
                    continue;
                };
                if data.receive_on_head(ana.id, &stored, None).await.is_ok() {
                    done += 1;
                }
                if done == 2 {
                    break;
                }
            }
            assert_eq!(done, 2, "seed {seed}");
        }
        demo.table.faults().random(0, 0);
        let head = data.head(ana.id).await.unwrap().unwrap();
        assert_eq!(head.unread, 12, "seed {seed}");
        let messages = demo.table.items().into_iter().filter(|item| item["_t"] == "message").count();
        assert_eq!(messages, 12, "seed {seed}");
        let told: Vec<_> = crate::contacts::events(&demo);
        assert_eq!(told.iter().filter(|name| *name == "message.received").count(), 12, "seed {seed}");
        assert_eq!(told.iter().filter(|name| *name == "conversation.opened").count(), 1, "seed {seed}");
    }
}

#[tokio::test]
async fn a_send_whose_answer_was_lost_is_still_ours() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.outgoing(&ana, "k1", 1, "Hola");
    data.put_message(&message).await.unwrap();
    let now = demo.now.plus(2_000);
    demo.table.faults().next("UpdateItem", Fault::DropAfter);
    let taken = data.take_send(ana.id, message.id, now, now.plus(30_000)).await.unwrap();
    let Taken::Leased(mine) = taken else { panic!("taken by us, and given to nobody: {taken:?}") };
    // Somebody with the very same lease is still somebody else.
    assert!(matches!(
        data.take_send(ana.id, message.id, now, now.plus(30_000)).await.unwrap(),
        Taken::Not(_)
    ));
    demo.table.faults().next("UpdateItem", Fault::DropAfter);
    assert!(data.step(&mine, &SendStep::Accepted, Some("wamid.1"), None, now).await.unwrap().is_some());
}
