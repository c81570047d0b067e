//! Messages are stored once, the head counts each once, statuses come in any order.

use colibri_domain::conversation::{self, ClosingNote};
use colibri_domain::inbound::StatusReport;
use colibri_domain::message::{Actor, MessageState, Reaction, ReactionFrom, Source, StatusValue};
use colibri_domain::{MessageId, Seconds};
use colibri_store::{Put, StatusOutcome, WriteContext};
use colibri_testing::Demo;
use futures::future::join_all;

use crate::contacts::events;
use StatusValue::{Delivered, Read, Sent};

fn report(provider_id: &str, value: StatusValue, at: i64) -> StatusReport {
    StatusReport {
        provider_id: provider_id.into(),
        reference: None,
        value,
        at: Seconds(at),
        failure: None,
        recipient: None,
        pricing: None,
    }
}

#[tokio::test]
async fn the_same_message_delivered_in_parallel_counts_once() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    events(&demo);
    let message = demo.incoming(&ana, "wamid.1", 1, "Hola");
    let deliveries = (0..6).map(|_| async {
        let stored = data.put_message(&message).await.unwrap();
        let (Put::New(stored) | Put::Duplicate(stored)) = stored;
        data.receive_on_head(ana.id, &stored, Some("Ana P")).await.unwrap()
    });
    join_all(deliveries).await;
    let head = data.head(ana.id).await.unwrap().unwrap();
    assert_eq!((head.unread, head.unreplied), (1, true));
    assert!(head.conversation.is_some());
    let published = events(&demo);
    assert_eq!(published.iter().filter(|name| *name == "message.received").count(), 1, "{published:?}");
    assert_eq!(published.iter().filter(|name| *name == "conversation.opened").count(), 1, "{published:?}");
}

#[tokio::test]
async fn a_head_that_missed_a_message_takes_it_from_the_redelivery() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.incoming(&ana, "wamid.1", 1, "Hola");
    // The process died between the two writes.
    assert!(matches!(data.put_message(&message).await.unwrap(), Put::New(_)));
    let again = data.put_message(&message).await.unwrap();
    let Put::Duplicate(stored) = again else { panic!("{again:?}") };
    let head = data.receive_on_head(ana.id, &stored, None).await.unwrap();
    assert_eq!(head.unread, 1);
    assert_eq!(data.receive_on_head(ana.id, &stored, None).await.unwrap().unread, 1);
}

#[tokio::test]
async fn many_messages_at_once_open_one_conversation_and_all_count() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let messages: Vec<_> = (0..5).map(|n| demo.incoming(&ana, &format!("wamid.{n}"), n, "Hola")).collect();
    join_all(messages.iter().map(|m| async {
        data.put_message(m).await.unwrap();
        data.receive_on_head(ana.id, m, None).await.unwrap();
    }))
    .await;
    let head = data.head(ana.id).await.unwrap().unwrap();
    assert_eq!(head.unread, 5);
    assert_eq!(head.last_message.unwrap().id, messages[4].id, "the newest by the provider's time");
    let opened = events(&demo).into_iter().filter(|name| name == "conversation.opened").count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn two_messages_of_one_slot_both_find_a_place() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let one = demo.incoming(&ana, "wamid.1", 1, "uno");
    let mut two = demo.incoming(&ana, "wamid.2", 1, "dos");
    two.id = one.id;
    assert!(matches!(data.put_message(&one).await.unwrap(), Put::New(_)));
    let Put::New(moved) = data.put_message(&two).await.unwrap() else { panic!("taken for a duplicate") };
    assert_eq!(moved.id, one.id.next_slot());
    let Put::Duplicate(again) = data.put_message(&two).await.unwrap() else { panic!("stored twice") };
    assert_eq!(again.id, moved.id);
}

#[tokio::test]
async fn opening_and_closing_at_once_leaves_at_most_one_open() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let first = demo.incoming(&ana, "wamid.1", 1, "Hola");
    data.put_message(&first).await.unwrap();
    data.receive_on_head(ana.id, &first, None).await.unwrap();
    let actor = Actor::user(demo.alba.clone());
    let context = WriteContext { actor: actor.clone(), now: demo.now.plus(9_000) };
    let closing = data.change_head(ana.id, &context, |head| {
        conversation::close(head, actor.clone(), ClosingNote::default(), context.now)
    });
    let second = demo.incoming(&ana, "wamid.2", 2, "¿Siguen ahí?");
    data.put_message(&second).await.unwrap();
    let (closed, received) = futures::join!(closing, data.receive_on_head(ana.id, &second, None));
    closed.unwrap().unwrap();
    received.unwrap();
    let head = data.head(ana.id).await.unwrap().unwrap();
    let records: Vec<_> =
        demo.table.items().into_iter().filter(|item| item["_t"] == "conversation").collect();
    let open = records.iter().filter(|item| item.get("closed").is_none()).count();
    assert_eq!(open, usize::from(head.conversation.is_some()));
}

#[tokio::test]
async fn statuses_in_any_order_and_number_end_the_same() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    for (number, order) in
        [[Sent, Delivered, Read], [Read, Delivered, Sent], [Delivered, Read, Sent]].into_iter().enumerate()
    {
        let mut message = demo.outgoing(&ana, &format!("k{number}"), 1, "Hola");
        message.send = Some(colibri_domain::message::SendStep::Accepted);
        message.channel_message_id = Some(format!("wamid.{number}"));
        data.put_message(&message).await.unwrap();
        events(&demo);
        for value in order {
            let report = report(&format!("wamid.{number}"), value, 1_768_478_402);
            let author = message.sender.clone();
            // All in the same millisecond, each delivered twice.
            let first =
                data.apply_status(ana.id, message.id, &report, author.clone(), demo.now).await.unwrap();
            assert!(matches!(first, StatusOutcome::New(_)), "{value:?}");
            let second = data.apply_status(ana.id, message.id, &report, author, demo.now).await.unwrap();
            assert_eq!(second, StatusOutcome::Known, "{value:?}");
        }
        let stored = data.message(ana.id, message.id).await.unwrap().unwrap();
        assert_eq!(stored.state(), Some(MessageState::Read));
        assert_eq!(stored.statuses.len(), 3);
        let told = events(&demo).into_iter().filter(|name| name == "message.status").count();
        assert_eq!(told, 3, "each status is news once");
    }
    let unknown = data
        .apply_status(
            ana.id,
            MessageId(77),
            &report("wamid.x", Sent, 1),
            Actor::source(Source::System),
            demo.now,
        )
        .await;
    assert_eq!(unknown.unwrap(), StatusOutcome::NoMessage);
}

#[tokio::test]
async fn reactions_replace_and_go_away() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.incoming(&ana, "wamid.1", 1, "Hola");
    data.put_message(&message).await.unwrap();
    let reaction = |emoji: &str| Some(Reaction { from: ReactionFrom::Us, emoji: emoji.into(), at: demo.now });
    data.set_reaction(ana.id, message.id, ReactionFrom::Us, reaction("👍")).await.unwrap();
    let after = data.set_reaction(ana.id, message.id, ReactionFrom::Us, reaction("❤️")).await.unwrap();
    assert_eq!(after.reactions.len(), 1);
    assert_eq!(after.reactions[0].emoji, "❤️");
    let after = data.set_reaction(ana.id, message.id, ReactionFrom::Us, None).await.unwrap();
    assert!(after.reactions.is_empty());
    assert_eq!(data.message_by_provider_id(ana.id, "wamid.1").await.unwrap().unwrap().id, message.id);
}

#[tokio::test]
async fn the_old_events_of_an_item_are_not_told_again() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    events(&demo);
    let context = WriteContext { actor: Actor::user(demo.alba.clone()), now: demo.now };
    for assignee in [Some(demo.alba.clone()), Some(demo.bruno.clone())] {
        let rule = |head| Ok::<_, ()>(conversation::assign(head, assignee.clone()));
        data.change_head(ana.id, &context, rule).await.unwrap().unwrap();
    }
    let told = events(&demo);
    assert_eq!(told.iter().filter(|name| *name == "contact.assignee_updated").count(), 2, "{told:?}");
}

#[tokio::test]
async fn an_event_on_a_head_names_its_message_and_is_whole_again_when_it_is_read() {
    use colibri_domain::event::EventKind;
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.incoming(&ana, "wamid.1", 1, "un sillón gris");
    data.put_message(&message).await.unwrap();
    demo.table.changes();
    let head = data.receive_on_head(ana.id, &message, None).await.unwrap();
    let changes = demo.table.changes();
    let image =
        changes.iter().filter_map(|change| change.new.as_ref()).find(|new| new["SK"] == "Z#H").unwrap();
    assert!(!image["ev"].as_str().unwrap().contains("gris"), "it is paid for once");
    let named = colibri_store::named_messages(image);
    assert!(!named.is_empty() && named.iter().all(|at| (at.contact, at.message) == (ana.id, message.id)));
    let events =
        colibri_store::carried_events(image, None, &|id| (id == message.id).then(|| message.clone()));
    let events = events.unwrap();
    let received = events
        .iter()
        .find(|event| matches!(&event.kind, EventKind::MessageReceived { message: m } if *m == message))
        .unwrap();
    assert_eq!((&received.workspace_id, received.contact_id), (&demo.workspace, Some(ana.id)));
    assert_eq!(received.version, head.version);
    assert!(colibri_store::carried_events(image, None, &|_| None).is_err(), "never without its message");
    assert!(colibri_store::carried_events(image, Some(image), &|_| None).unwrap().is_empty(), "no news");
}
