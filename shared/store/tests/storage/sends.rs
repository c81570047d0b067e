//! Sends are accepted once, taken by one, and leave in the order in which they were accepted.

use colibri_domain::ConversationId;
use colibri_domain::conversation;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::message::{Message, MessageState, SendStep};
use colibri_store::{Accepted, SendClaim, Taken, WriteContext};
use colibri_testing::Demo;
use futures::future::join_all;

async fn accept(demo: &Demo, message: Message, key: &str, fingerprint: &str) -> Accepted {
    let contact = message.contact_id;
    let context = WriteContext { actor: message.sender.clone(), now: message.at };
    let conversation = ConversationId::opened_by(contact, message.id);
    let claim = SendClaim { key: key.into(), fingerprint: fingerprint.into() };
    demo.data()
        .accept_send(claim, message, &context, |head, message| {
            conversation::sent(head, message, &conversation)
        })
        .await
        .expect("accepted")
}

fn message_of(accepted: Accepted) -> Message {
    match accepted {
        Accepted::New { message, .. } | Accepted::Replayed { message } => message,
        Accepted::KeyReused => panic!("reused"),
    }
}

#[tokio::test]
async fn a_request_repeated_in_parallel_is_one_message() {
    let demo = Demo::new().await;
    let ana = demo.contact("593900000001", "Ana").await;
    let requests = (0..4).map(|_| accept(&demo, demo.outgoing(&ana, "k1", 1, "Hola"), "k1", "f1"));
    let answers = join_all(requests).await;
    let new = answers.iter().filter(|a| matches!(a, Accepted::New { .. })).count();
    assert_eq!(new, 1);
    let ids: std::collections::BTreeSet<_> = answers.into_iter().map(|a| message_of(a).id).collect();
    assert_eq!(ids.len(), 1);
    let other = accept(&demo, demo.outgoing(&ana, "k1", 2, "Otra cosa"), "k1", "f2").await;
    assert!(matches!(other, Accepted::KeyReused));
    let head = demo.data().head(ana.id).await.unwrap().unwrap();
    assert_eq!(head.assignee, Some(demo.alba.clone()), "the first to reply answers");
    assert_eq!(demo.data().stored_head(ana.id).await.unwrap().unwrap().queue.len(), 1);
}

#[tokio::test]
async fn an_answer_costs_one_transaction_of_claim_message_and_head() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let first = demo.incoming(&ana, "wamid.1", 1, "Hola");
    data.put_message(&first).await.unwrap();
    data.receive_on_head(ana.id, &first, None).await.unwrap();
    accept(&demo, demo.outgoing(&ana, "k0", 2, "Hola, Ana"), "k0", "f").await;
    demo.table.calls();
    accept(&demo, demo.outgoing(&ana, "k1", 3, "¿En qué ayudo?"), "k1", "f").await;
    let writes: Vec<_> = demo.table.calls().into_iter().filter(|c| c.operation != "GetItem").collect();
    assert_eq!(writes.len(), 1);
    assert_eq!((writes[0].operation.as_str(), writes[0].partitions.len()), ("TransactWriteItems", 3));
}

#[tokio::test]
async fn sends_of_one_second_keep_the_order_of_acceptance() {
    let demo = Demo::new().await;
    let ana = demo.contact("593900000001", "Ana").await;
    let mut accepted = Vec::new();
    for key in ["a", "b", "c", "d"] {
        accepted.push(message_of(accept(&demo, demo.outgoing(&ana, key, 1, key), key, "f").await).id);
    }
    let queue: Vec<_> =
        demo.data().stored_head(ana.id).await.unwrap().unwrap().queue.iter().map(|q| q.message).collect();
    assert_eq!(queue, accepted);
    let mut sorted = accepted.clone();
    sorted.sort();
    assert_eq!(sorted, accepted, "shown in that order too");
}

#[tokio::test]
async fn only_one_of_many_senders_gets_a_message() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = message_of(accept(&demo, demo.outgoing(&ana, "k1", 1, "Hola"), "k1", "f").await);
    let now = demo.now.plus(2_000);
    let early = data.take_send(ana.id, message.id, demo.now, now).await.unwrap();
    assert!(matches!(early, Taken::Not(_)), "not due yet");
    let takers = (0..5).map(|n| data.take_send(ana.id, message.id, now, now.plus(30_000 + n)));
    let taken: Vec<_> = join_all(takers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .filter(|t| matches!(t, Taken::Leased(_)))
        .collect();
    assert_eq!(taken.len(), 1);
    let Taken::Leased(mine) = &taken[0] else { panic!() };
    let sent = data.step(mine, &SendStep::Accepted, Some("wamid.9"), None, now).await.unwrap().expect("ours");
    assert_eq!(
        (sent.state(), sent.channel_message_id.as_deref()),
        (Some(MessageState::Sent), Some("wamid.9"))
    );
    assert!(
        data.step(mine, &SendStep::Ambiguous, None, None, now).await.unwrap().is_none(),
        "the step has moved on"
    );
}

#[tokio::test]
async fn a_failed_message_is_counted_and_may_be_tried_again_once() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = message_of(accept(&demo, demo.outgoing(&ana, "k1", 1, "Hola"), "k1", "f").await);
    let now = demo.now.plus(2_000);
    let Taken::Leased(mine) = data.take_send(ana.id, message.id, now, now.plus(30_000)).await.unwrap() else {
        panic!("not due")
    };
    let failure = Failure::ours(FailureClass::Final, FailureReason::Undeliverable);
    let failed = data.step(&mine, &SendStep::Failed, None, Some(&failure), now).await.unwrap().expect("ours");
    let head = data.leave_queue(&failed, None, now).await.unwrap();
    assert_eq!(head.failed, 1);
    assert_eq!(head.last_message.unwrap().state, Some(MessageState::Failed));
    let again = data.queue_again(&failed, now.plus(1_000)).await.unwrap();
    assert_eq!(again.state(), Some(MessageState::Pending));
    assert!(again.failure.is_none());
    // A second click, or a repetition after a crash between the two writes.
    data.queue_again(&failed, now.plus(1_000)).await.unwrap();
    let stored = data.stored_head(ana.id).await.unwrap().unwrap();
    assert_eq!((stored.head.failed, stored.queue.len()), (0, 1));
}

#[tokio::test]
async fn a_number_gives_out_no_more_places_than_it_has() {
    let demo = Demo::new().await;
    let data = demo.data();
    let asked = (0..12).map(|_| data.lease_tokens(&demo.channel.id, 1_768_478_400, 10, 80));
    let given: u32 = join_all(asked).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(given, 80);
    assert_eq!(data.lease_tokens(&demo.channel.id, 1_768_478_401, 10, 80).await.unwrap(), 10, "a new second");
}
