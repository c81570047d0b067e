//! Queues emptied, readers dead: what the table holds is enough to go on.

use std::sync::Arc;

use colibri_app::http::{JsonHandler, StreamHandler};
use colibri_app::ports::QueueName;
use colibri_app::publish::EventPublish;
use colibri_app::sweep::MessageSweep;
use colibri_domain::billing::machine::Access;
use colibri_domain::contact::Head;
use colibri_domain::message::{Message, MessageState, SendStep};
use colibri_store::{PENDING_SHARDS, Taken};
use colibri_testing::path::{Path, text};
use colibri_testing::ports::response;
use colibri_testing::{As, RecordingBus, RecordingPush};
use serde_json::{Value, json};

const ANA: &str = "593991234567";
/// Long enough for everybody whose work it would have been.
const LATER: i64 = 600;

async fn answered() -> (Path, Head) {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.in", path.second(1), "hola")).await;
    path.at(10);
    let accepted =
        json!({ "contacts": [{ "input": ANA, "wa_id": ANA }], "messages": [{ "id": "wamid.out" }] });
    path.http.rule(move |_| Ok(response(200, accepted.to_string())));
    let head = path.head(1).await;
    (path, head)
}

/// A run of the sweep; answers how many messages it brought back.
async fn sweep(path: &Path) -> u64 {
    let sweep = MessageSweep {
        store: path.demo.store.clone(),
        queue: Arc::new(path.queue.clone()),
        clock: Arc::new(path.clock.clone()),
        metrics: Arc::new(path.metrics.clone()),
    };
    As::new("message-sweep", sweep).handle(Value::Null).await.expect("a run")["found"]
        .as_u64()
        .expect("a number")
}

/// The stream's reader over what is in the stream; answers the names of the events on the bus.
async fn publish(path: &Path) -> Vec<&'static str> {
    let bus = RecordingBus::default();
    let push = Arc::new(RecordingPush::default());
    let (queue, clock) = (Arc::new(path.queue.clone()), Arc::new(path.clock.clone()));
    let publish = EventPublish::new(path.demo.store.clone(), push, Arc::new(bus.clone()), queue, clock);
    let publish = As::new("event-publish", publish);
    assert_eq!(publish.handle(path.demo.table.changes()).await, None);
    bus.take().into_iter().map(|event| event.name).collect()
}

fn sends(path: &Path) -> usize {
    let bodies =
        path.http.requests().into_iter().filter_map(|r| serde_json::from_slice::<Value>(r.body()).ok());
    bodies.filter(|body| body["type"] == "text").count()
}

async fn outgoing(path: &Path) -> Message {
    path.messages(1).await.into_iter().rfind(|m| m.send.is_some()).expect("an outgoing message")
}

#[tokio::test]
async fn an_answer_leaves_though_its_nudge_was_purged() {
    let (path, head) = answered().await;
    path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    assert_eq!(path.queue.take(QueueName::Outbound).len(), 1, "purged");
    path.at(60);
    assert_eq!(sweep(&path).await, 0, "whoever sends is given time");
    path.at(LATER);
    assert_eq!(sweep(&path).await, 1);
    assert_eq!(path.nudge().await, 1);
    assert_eq!(sends(&path), 1);
    assert_eq!(outgoing(&path).await.send, Some(SendStep::Accepted));
    path.at(2 * LATER);
    assert_eq!(sweep(&path).await, 0);
}

#[tokio::test]
async fn a_message_whose_sender_died_is_shown_as_unconfirmed_and_not_sent_twice() {
    let (path, head) = answered().await;
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    let until = path.demo.now.plus(100_000);
    let taken =
        path.demo.data().take_send(head.id, message.id, path.demo.now.plus(10_000), until).await.unwrap();
    assert!(matches!(taken, Taken::Leased(_)));
    path.queue.take(QueueName::Outbound);
    path.at(LATER);
    assert_eq!(sweep(&path).await, 1);
    path.nudge().await;
    assert_eq!(outgoing(&path).await.state(), Some(MessageState::Ambiguous));
    assert_eq!(sends(&path), 0);
    assert_eq!(sweep(&path).await, 0);
}

#[tokio::test]
async fn a_second_try_that_died_on_its_way_to_the_queue_still_leaves() {
    let (path, head) = answered().await;
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    path.nudge().await;
    // A person tried again; the process ended after its first write.
    let due_at = path.demo.now.plus(20_000);
    let again = |m: &mut Message| {
        m.send = Some(SendStep::Queued { due_at, attempts: 0 });
        m.statuses.clear();
        true
    };
    path.demo.data().change_message(head.id, message.id, due_at, again).await.unwrap();
    path.at(LATER);
    assert_eq!(sweep(&path).await, 1);
    path.nudge().await;
    assert_eq!(outgoing(&path).await.send, Some(SendStep::Accepted));
    assert_eq!(sends(&path), 2);
}

#[tokio::test]
async fn a_message_whose_head_update_was_lost_opens_its_conversation_after_all() {
    let (path, head) = answered().await;
    publish(&path).await;
    let unread = path.head(1).await.unread;
    // The receiver died after its first write, and its queue was purged before it came back.
    let message = path.demo.incoming(&head, "wamid.lost", 20, "¿siguen ahí?");
    path.demo.data().put_message(&message).await.unwrap();
    publish(&path).await;
    assert_eq!(path.head(1).await.unread, unread);
    path.at(LATER);
    assert_eq!(sweep(&path).await, 1);
    let after = path.head(1).await;
    assert_eq!(after.unread, unread + 1);
    assert_eq!(after.last_message.map(|last| last.id), Some(message.id));
    publish(&path).await;
    assert_eq!(sweep(&path).await, 0, "once");
    assert_eq!(path.head(1).await.unread, unread + 1);
}

#[tokio::test]
async fn what_comes_as_it_should_is_never_marked_and_an_idle_run_is_one_query_a_shard() {
    let (path, _) = answered().await;
    let published = publish(&path).await;
    assert!(published.contains(&"conversation.opened"), "{published:?}");
    path.at(LATER);
    path.demo.table.calls();
    assert_eq!(sweep(&path).await, 0);
    let calls = path.demo.table.calls();
    assert!(calls.iter().all(|call| call.operation == "Query"), "{calls:?}");
    assert_eq!(calls.len(), PENDING_SHARDS);
    let units: f64 = calls.iter().map(|call| call.units).sum();
    assert!(units <= 4.0, "{units}");
}

#[tokio::test]
async fn nothing_is_missing_though_every_queue_was_emptied_and_the_streams_reader_never_ran() {
    let (path, head) = answered().await;
    for key in ["k1", "k2", "k3"] {
        path.accept(path.demo.outgoing(&head, key, 10, key)).await;
    }
    for queue in [QueueName::Inbound, QueueName::Status, QueueName::Outbound] {
        path.queue.take(queue);
    }
    path.at(LATER);
    assert_eq!(sweep(&path).await, 1, "one nudge for the identity");
    while path.nudge().await > 0 {}
    assert_eq!(sends(&path), 3);
}

#[tokio::test]
async fn a_slow_flood_gets_few_nudges() {
    let (path, _) = answered().await;
    for number in 0..25 {
        let head = path.demo.contact(&format!("5939900000{number:02}"), "Uno").await;
        path.accept(path.demo.outgoing(&head, &format!("k{number}"), 10, "aviso")).await;
    }
    path.queue.take(QueueName::Outbound);
    path.at(LATER);
    assert_eq!(sweep(&path).await, 20);
    assert_eq!(path.queue.take(QueueName::Outbound).len(), 20);
}

#[tokio::test]
async fn what_waits_behind_a_stopped_service_is_not_forgotten() {
    let (path, head) = answered().await;
    let organization = path.demo.store.organization(&path.demo.organization);
    organization.put_access(Access::Frozen, 1).await.unwrap();
    for n in 0..3 {
        path.accept(path.demo.outgoing(&head, &format!("k{n}"), 10, &format!("{n}"))).await;
    }
    let mut minutes = 0;
    while minutes < 60 {
        path.nudge().await;
        assert_eq!(sweep(&path).await, 0, "{minutes}");
        minutes += 2;
        path.at(minutes * 60);
    }
    assert_eq!(sends(&path), 0, "nothing leaves");
    assert!(path.messages(1).await.iter().all(|message| message.failure.is_none()), "nothing is lost");
    organization.put_access(Access::Full, 2).await.unwrap();
    path.at(minutes * 60 + 6 * 60);
    while path.nudge().await > 0 {}
    let words: Vec<Value> = path
        .http
        .requests()
        .iter()
        .filter_map(|request| serde_json::from_slice::<Value>(request.body()).ok())
        .filter(|body| body["type"] == "text")
        .map(|body| body["text"]["body"].clone())
        .collect();
    assert_eq!(words, ["0", "1", "2"], "in their order");
}
