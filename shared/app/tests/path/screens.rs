//! What screens tell each other.

use std::sync::Arc;

use colibri_app::http::JsonHandler;
use colibri_app::realtime::SocketMessage;
use colibri_app::webchat::deliver::Visitors;
use colibri_domain::conversation;
use colibri_domain::message::Actor;
use colibri_domain::{ContactId, UserId};
use colibri_store::{Socket, WriteContext};
use colibri_testing::{Demo, FixedClock, RecordingPush};
use serde_json::json;

async fn opened(demo: &Demo, connection: &str, user: &UserId, viewing: Option<ContactId>) {
    let socket = Socket { connection: connection.into(), user: user.clone(), viewing, opened_at: demo.now };
    demo.data().put_socket(&socket).await.unwrap();
}

fn typing(connection: &str) -> serde_json::Value {
    let body = json!({ "type": "typing", "contact_id": 1 }).to_string();
    json!({ "requestContext": { "connectionId": connection }, "body": body })
}

#[tokio::test]
async fn who_types_is_shown_to_others_who_look_at_the_contact_and_may_see_it() {
    let demo = Demo::new().await;
    let ana = demo.contact("593900000001", "Ana").await;
    let (push, clock) = (RecordingPush::default(), FixedClock::at(demo.now));
    let visitors =
        Visitors { push: Arc::new(RecordingPush::default()), base_url: "https://hooks.example".into() };
    let screens =
        SocketMessage::new(demo.store.clone(), Arc::new(push.clone()), visitors, Arc::new(clock.clone()));
    opened(&demo, "mine", &demo.alba, Some(ana.id)).await;
    opened(&demo, "mine-too", &demo.alba, Some(ana.id)).await;
    opened(&demo, "his", &demo.bruno, Some(ana.id)).await;
    opened(&demo, "elsewhere", &demo.bruno, None).await;

    screens.handle(typing("mine")).await.unwrap();
    assert!(push.take().is_empty(), "Bruno sees his own contacts only, and Ana is nobody's");

    let context = WriteContext { actor: Actor::user(demo.alba.clone()), now: demo.now };
    let to = Some(demo.bruno.clone());
    let assign = |head| Ok::<_, ()>(conversation::assign(head, to.clone()));
    demo.data().change_head(ana.id, &context, assign).await.unwrap().unwrap();
    clock.pass(2_000);
    screens.handle(typing("mine")).await.unwrap();
    let frame = json!({ "type": "typing", "contact_id": 1, "user_id": demo.alba }).to_string();
    assert_eq!(push.take(), [("his".to_owned(), frame)], "not to herself, not to who looks elsewhere");

    screens.handle(typing("mine")).await.unwrap();
    assert!(push.take().is_empty(), "every key would be too many");
    clock.pass(2_000);
    screens.handle(typing("mine")).await.unwrap();
    assert_eq!(push.take().len(), 1);
}
