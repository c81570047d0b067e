//! What agents send: in order, within limits, never twice in silence.

use colibri_app::http::RecordHandler;
use colibri_app::ports::{HttpError, QueueName};
use colibri_app::status::reference;
use colibri_domain::channel::ChannelState;
use colibri_domain::contact::Head;
use colibri_domain::conversation;
use colibri_domain::failure::FailureReason;
use colibri_domain::message::{Actor, Message, MessageState, SendStep};
use colibri_domain::{ContactId, Millis};
use colibri_store::WriteContext;
use colibri_testing::path::{Path, record, report, text};
use colibri_testing::ports::response;
use serde_json::{Value, json};

const ANA: &str = "593991234567";

/// A path on which Ana has written at second 1.
async fn answered() -> (Path, Head) {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.in", path.second(1), "hola")).await;
    path.at(10);
    let head = path.head(1).await;
    (path, head)
}

fn accepted(id: &str) -> String {
    json!({ "messaging_product": "whatsapp", "contacts": [{ "input": ANA, "wa_id": ANA }], "messages": [{ "id": id }] }).to_string()
}

fn refused(code: i64) -> String {
    json!({ "error": { "message": "no", "type": "OAuthException", "code": code } }).to_string()
}

/// Bodies of the messages that the provider was asked to send; receipts left out.
fn sent(path: &Path) -> Vec<Value> {
    let bodies =
        path.http.requests().into_iter().filter_map(|r| serde_json::from_slice::<Value>(r.body()).ok());
    bodies.filter(|body| body["type"].is_string()).collect()
}

async fn only(path: &Path) -> Message {
    path.messages(1).await.into_iter().rfind(|m| m.send.is_some()).expect("an outgoing message")
}

#[tokio::test]
async fn an_accepted_text_is_sent_once_with_our_reference_and_a_receipt() {
    let (path, head) = answered().await;
    path.http.rule(|_| Ok(response(200, accepted("wamid.out"))));
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    path.nudge_for(&message).await;
    path.nudge().await;
    let requests = path.http.requests();
    let bodies: Vec<Value> = requests.iter().map(|r| serde_json::from_slice(r.body()).unwrap()).collect();
    assert_eq!(bodies.len(), 2, "the message and one receipt: {bodies:?}");
    assert_eq!(bodies[0]["text"]["body"], "buenas");
    assert_eq!(
        bodies[0]["biz_opaque_callback_data"],
        reference(&path.demo.workspace, ContactId(1), message.id).as_str()
    );
    assert_eq!((&bodies[1]["status"], &bodies[1]["message_id"]), (&json!("read"), &json!("wamid.in")));
    let message = only(&path).await;
    assert_eq!(
        (message.state(), message.channel_message_id.as_deref()),
        (Some(MessageState::Sent), Some("wamid.out"))
    );
    let head = path.head(1).await;
    assert_eq!((head.assignee, head.unread, head.unreplied), (Some(path.demo.alba.clone()), 0, false));
}

#[tokio::test]
async fn several_leave_in_the_order_in_which_they_were_accepted() {
    let (path, head) = answered().await;
    path.http.rule(|_| Ok(response(200, accepted("wamid.out"))));
    for n in 0..4 {
        path.accept(path.demo.outgoing(&head, &format!("k{n}"), 10, &format!("{n}"))).await;
    }
    let nudges = path.queue.take(QueueName::Outbound);
    let handled = futures::future::join_all(nudges.iter().map(|n| path.send.handle(record(n)))).await;
    assert!(handled.iter().all(Result::is_ok));
    while path.nudge().await > 0 {}
    let words: Vec<Value> = sent(&path).into_iter().map(|b| b["text"]["body"].clone()).collect();
    assert_eq!(words, ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn the_window_is_looked_at_again_when_the_turn_comes() {
    let (path, head) = answered().await;
    path.accept(path.demo.outgoing(&head, "k1", 10, "tarde")).await;
    path.at(24 * 60 * 60);
    path.nudge().await;
    let message = only(&path).await;
    assert_eq!(message.failure.map(|f| f.reason), Some(FailureReason::WindowClosed));
    assert!(path.http.requests().is_empty());
    assert_eq!(path.head(1).await.failed, 1);
}

#[tokio::test]
async fn blocked_contacts_and_disconnected_channels_get_nothing() {
    let (path, head) = answered().await;
    path.accept(path.demo.outgoing(&head, "k1", 10, "uno")).await;
    let context =
        WriteContext { actor: Actor::user(path.demo.alba.clone()), now: path.demo.now.plus(11_000) };
    let block = |head| {
        Ok::<_, std::convert::Infallible>(conversation::block(head, context.actor.clone(), context.now))
    };
    path.demo.data().change_head(ContactId(1), &context, block).await.unwrap().unwrap();
    path.nudge().await;
    assert_eq!(only(&path).await.failure.map(|f| f.reason), Some(FailureReason::BlockedContact));

    let (path, head) = answered().await;
    path.accept(path.demo.outgoing(&head, "k1", 10, "uno")).await;
    let mut channel = path.demo.channel.clone();
    channel.state = ChannelState::Disconnected;
    path.demo.data().put_channel(&channel, None).await.unwrap();
    path.nudge().await;
    assert_eq!(only(&path).await.failure.map(|f| f.reason), Some(FailureReason::ChannelDisconnected));
    assert!(path.http.requests().is_empty());
}

#[tokio::test]
async fn a_providers_wish_to_wait_is_kept_and_is_no_attempt() {
    let (path, head) = answered().await;
    let mut busy = response(429, refused(130_429));
    busy.headers_mut().insert("retry-after", "7".parse().unwrap());
    path.http.answer_with(Ok(busy));
    path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    path.nudge().await;
    let waiting = only(&path).await;
    assert_eq!(waiting.send, Some(SendStep::Queued { due_at: Millis(path.second(17) * 1000), attempts: 0 }));
    assert_eq!(waiting.state(), Some(MessageState::Pending));
    let nudges = path.queue.all();
    assert_eq!(nudges.iter().map(|(_, n)| n.delay.as_secs()).collect::<Vec<_>>(), [7]);
    path.http.rule(|_| Ok(response(200, accepted("wamid.out"))));
    path.nudge().await;
    assert_eq!(only(&path).await.state(), Some(MessageState::Sent));
}

#[tokio::test]
async fn long_waits_go_to_the_scheduler() {
    let (path, head) = answered().await;
    let mut busy = response(429, refused(80_007));
    busy.headers_mut().insert("retry-after", "3600".parse().unwrap());
    path.http.answer_with(Ok(busy));
    path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    path.nudge().await;
    assert!(path.queue.all().is_empty());
    let wakes = path.scheduler.take();
    assert_eq!(wakes.values().map(|w| w.at.seconds().0).collect::<Vec<_>>(), [path.second(3610)]);
}

#[tokio::test]
async fn failing_servers_are_tried_again_and_then_given_up() {
    let (path, head) = answered().await;
    path.http.rule(|_| Ok(response(500, refused(131_000))));
    path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    let mut tries = 0;
    while path.nudge().await > 0 {
        tries += 1;
        assert!(tries < 20);
    }
    assert_eq!(sent(&path).len(), 6);
    let message = only(&path).await;
    assert_eq!((message.state(), message.may_retry()), (Some(MessageState::Failed), true));
}

#[tokio::test]
async fn a_connection_that_never_was_is_tried_again_a_lost_answer_is_not() {
    let (path, head) = answered().await;
    path.http.answer_with(Err(HttpError::NotSent("refused".into())));
    path.http.answer_with(Err(HttpError::AnswerLost("reset".into())));
    path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    while path.nudge().await > 0 {}
    assert_eq!(sent(&path).len(), 2);
    let message = only(&path).await;
    assert_eq!((message.state(), message.may_retry()), (Some(MessageState::Ambiguous), true));
    // The provider's report tells that it did arrive.
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    path.deliver(&report("wamid.lost", "delivered", path.second(20), ANA, Some(&reference), None)).await;
    let message = only(&path).await;
    assert_eq!(
        (message.state(), message.channel_message_id.as_deref()),
        (Some(MessageState::Delivered), Some("wamid.lost"))
    );
}

#[tokio::test]
async fn a_sender_that_died_leaves_doubt_not_a_second_message() {
    let (path, head) = answered().await;
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    let now = path.demo.now.plus(10_000);
    path.demo.data().take_send(ContactId(1), message.id, now, now.plus(60_000)).await.unwrap();
    path.nudge().await;
    assert!(sent(&path).is_empty());
    assert_eq!(only(&path).await.state(), Some(MessageState::Pending));
    // The second nudge comes when the lease has ended.
    path.nudge().await;
    assert!(sent(&path).is_empty());
    assert_eq!(only(&path).await.state(), Some(MessageState::Ambiguous));
}

#[tokio::test]
async fn a_retry_whose_first_try_turns_out_to_have_arrived_is_not_sent() {
    let (path, head) = answered().await;
    path.http.answer_with(Err(HttpError::AnswerLost("reset".into())));
    path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    path.nudge().await;
    let message = only(&path).await;
    let again = path.demo.data().queue_again(&message, path.demo.now.plus(20_000)).await.unwrap();
    path.nudge_for(&again).await;
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    path.deliver(&report("wamid.first", "sent", path.second(21), ANA, Some(&reference), None)).await;
    path.at(22);
    sent(&path);
    path.nudge().await;
    assert!(sent(&path).is_empty());
    assert_eq!(only(&path).await.state(), Some(MessageState::Sent));
}

#[tokio::test]
async fn an_account_problem_marks_the_channel() {
    let (path, head) = answered().await;
    path.http.answer(401, refused(190));
    path.accept(path.demo.outgoing(&head, "k1", 10, "hola")).await;
    path.nudge().await;
    let message = only(&path).await;
    assert_eq!(message.failure.map(|f| f.reason), Some(FailureReason::TokenInvalid));
    let channel = path.demo.data().channel(&path.demo.channel.id).await.unwrap().unwrap();
    assert_eq!(channel.state, ChannelState::Error);
    assert!(format!("{:?}", path.demo.table.changes()).contains("channel.error"));
}

#[tokio::test]
async fn one_person_gets_a_burst_and_then_one_in_six_seconds() {
    let (path, head) = answered().await;
    path.http.rule(|_| Ok(response(200, accepted("wamid.out"))));
    for n in 0..47 {
        path.accept(path.demo.outgoing(&head, &format!("k{n}"), 10, "hola")).await;
    }
    path.queue.take(QueueName::Outbound);
    path.nudge_for(&only(&path).await).await;
    // Until it says wait: a nudge sends twenty and makes room.
    let mut longest = 0;
    while longest == 0 {
        longest = path.queue.all().iter().map(|(_, n)| n.delay.as_secs()).max().unwrap_or(0);
        if longest == 0 {
            path.nudge().await;
        }
    }
    assert_eq!(sent(&path).len(), 45);
    while path.nudge().await > 0 {}
    assert_eq!(sent(&path).len(), 2);
}
