//! What follows from a change, on bad days: publishing, sockets, notifications, search, templates, health.

use std::sync::Arc;

use colibri_app::channel_check::ChannelCheck;
use colibri_app::channel_health::ChannelHealth;
use colibri_app::contact_index::ContactIndex;
use colibri_app::http::{Change, JsonHandler, StreamHandler};
use colibri_app::notify::Notify;
use colibri_app::ports::{HttpError, QueueName};
use colibri_app::publish::EventPublish;
use colibri_app::realtime::{SCREENS_OF_ONE, SocketConnect, SocketDisconnect};
use colibri_app::settings::MetaApps;
use colibri_app::template_sync::TemplateSync;
use colibri_domain::UserId;
use colibri_domain::billing::machine::Access;
use colibri_domain::channel::ChannelState;
use colibri_domain::failure::FailureReason;
use colibri_store::Socket;
use colibri_testing::path::{Path, installation_key, text};
use colibri_testing::ports::response;
use colibri_testing::{As, Fault, RecordingBus, RecordingPush};
use serde_json::{Value, json};

const ANA: &str = "593991234567";

struct Published {
    path: Path,
    bus: RecordingBus,
    push: RecordingPush,
    publish: As<EventPublish>,
}

/// A publisher, with Alba's screen open.
async fn publisher() -> Published {
    let path = Path::new().await;
    let (bus, push) = (RecordingBus::default(), RecordingPush::default());
    let socket = Socket {
        connection: "c1".into(),
        user: path.demo.alba.clone(),
        viewing: None,
        opened_at: path.demo.now,
    };
    path.demo.data().put_socket(&socket).await.unwrap();
    path.demo.table.changes();
    let publish = EventPublish::new(
        path.demo.store.clone(),
        Arc::new(push.clone()),
        Arc::new(bus.clone()),
        Arc::new(path.queue.clone()),
        Arc::new(path.clock.clone()),
    );
    Published { path, bus, push, publish: As::new("event-publish", publish) }
}

impl Published {
    /// What one message of Ana's leaves in the stream.
    async fn changes(&self) -> Vec<Change> {
        self.path.deliver(&text(ANA, "Ana", "wamid.1", self.path.second(1), "hola")).await;
        self.path.demo.table.changes()
    }

    fn buried(&self) -> Vec<Value> {
        let letters = self.path.queue.take(QueueName::Dead);
        letters.iter().map(|letter| serde_json::from_str(&letter.body).unwrap()).collect()
    }
}

fn poison() -> Change {
    let new = json!({ "PK": "W#ws_other#C#1", "SK": "H", "ev": "no list" });
    Change { sequence: "0".into(), new: Some(new), old: None }
}

#[tokio::test]
async fn one_tenants_poison_is_buried_whole_and_holds_nobody_up() {
    let world = publisher().await;
    let mut changes = vec![poison()];
    changes.extend(world.changes().await);
    changes.push(poison());
    assert_eq!(world.publish.handle(changes).await, None, "the batch is never repeated for one record");
    assert!(!world.bus.take().is_empty() && !world.push.take().is_empty());
    let buried = world.buried();
    assert_eq!(buried.len(), 2);
    assert_eq!(
        buried[0]["new"]["PK"], "W#ws_other#C#1",
        "with everything that is needed to publish it later"
    );
}

#[tokio::test]
async fn what_the_bus_does_not_take_is_buried_whole() {
    let world = publisher().await;
    let changes = world.changes().await;
    world.bus.fail(100);
    assert_eq!(world.publish.handle(changes.clone()).await, None);
    assert!(!world.buried().is_empty());
    world.bus.fail(0);
    world.bus.refuse([0]);
    world.publish.handle(changes).await;
    assert_eq!(world.buried().len(), 1, "a part of a batch that was refused");
}

#[tokio::test]
async fn a_change_that_carries_what_it_carried_before_is_no_news() {
    let world = publisher().await;
    let repeated: Vec<Change> =
        world.changes().await.into_iter().map(|c| Change { old: c.new.clone(), ..c }).collect();
    world.publish.handle(repeated).await;
    assert!(world.bus.take().is_empty() && world.push.take().is_empty());
}

#[tokio::test]
async fn a_dead_socket_is_forgotten_and_the_living_ones_hear_all() {
    let world = publisher().await;
    let living = Socket {
        connection: "c2".into(),
        user: world.path.demo.alba.clone(),
        viewing: None,
        opened_at: world.path.demo.now,
    };
    world.path.demo.data().put_socket(&living).await.unwrap();
    world.push.lose("c1");
    world.publish.handle(world.changes().await).await;
    let pushed = world.push.take();
    assert!(!pushed.is_empty() && pushed.iter().all(|(connection, _)| connection == "c2"));
    let left = world.path.demo.data().sockets().await.unwrap();
    assert_eq!(left.iter().map(|s| s.connection.as_str()).collect::<Vec<_>>(), ["c2"]);
}

#[tokio::test]
async fn a_throttled_table_costs_screens_and_not_events() {
    let world = publisher().await;
    let changes = world.changes().await;
    for _ in 0..200 {
        world.path.demo.table.faults().next("Query", Fault::Throttle);
    }
    assert_eq!(world.publish.handle(changes).await, None);
    assert!(!world.bus.take().is_empty());
    assert!(world.buried().is_empty(), "what a screen misses it reads");
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let path = Path::new().await;
    let ticket = format!("{}.secret", path.demo.workspace);
    path.demo.data().put_ticket(&ticket, &path.demo.alba, path.demo.now.plus(30_000)).await.unwrap();
    let connect = SocketConnect {
        store: path.demo.store.clone(),
        push: Arc::new(RecordingPush::default()),
        clock: Arc::new(path.clock.clone()),
    };
    let connect = As::new("socket-connect", connect);
    let open = |connection: &str, ticket: &str| {
        connect.handle(json!({ "requestContext": { "connectionId": connection }, "queryStringParameters": { "ticket": ticket } }))
    };
    let (one, two) = tokio::join!(open("c1", &ticket), open("c2", &ticket));
    let mut codes = [one.unwrap()["statusCode"].as_u64(), two.unwrap()["statusCode"].as_u64()];
    codes.sort_unstable();
    assert_eq!(codes, [Some(200), Some(401)], "of two at once one gets in");
    let late = format!("{}.late", path.demo.workspace);
    path.demo.data().put_ticket(&late, &path.demo.alba, path.demo.now.plus(-1)).await.unwrap();
    assert_eq!(open("c3", &late).await.unwrap()["statusCode"], 401);

    let disconnect = As::new("socket-disconnect", SocketDisconnect { store: path.demo.store.clone() });
    for connection in ["c1", "c2", "c1", "never"] {
        let closed = disconnect.handle(json!({ "requestContext": { "connectionId": connection } })).await;
        assert_eq!(closed.unwrap()["statusCode"], 200, "closing what is closed changes nothing");
    }
    assert!(path.demo.data().sockets().await.unwrap().is_empty());
}

#[tokio::test]
async fn x42_who_opens_sockets_without_end_keeps_the_newest() {
    let path = Path::new().await;
    let push = RecordingPush::default();
    let connect = SocketConnect {
        store: path.demo.store.clone(),
        push: Arc::new(push.clone()),
        clock: Arc::new(path.clock.clone()),
    };
    let connect = As::new("socket-connect", connect);
    let data = path.demo.data();
    let of = |connection: &str, user: &UserId| Socket {
        connection: connection.into(),
        user: user.clone(),
        viewing: None,
        opened_at: path.demo.now.plus(-60_000),
    };
    data.put_socket(&of("brunos", &UserId::from_unique("bruno"))).await.unwrap();
    for screen in 0..3 * SCREENS_OF_ONE {
        let ticket = format!("{}.{screen}", path.demo.workspace);
        data.put_ticket(&ticket, &path.demo.alba, path.demo.now.plus(300_000)).await.unwrap();
        let event = json!({ "requestContext": { "connectionId": format!("c{screen:02}") },
            "queryStringParameters": { "ticket": ticket } });
        assert_eq!(connect.handle(event).await.unwrap()["statusCode"], 200);
        path.clock.pass(1_000);
    }
    let sockets = data.sockets().await.unwrap();
    let mut own: Vec<_> =
        sockets.iter().filter(|s| s.user == path.demo.alba).map(|s| s.connection.clone()).collect();
    own.sort();
    let newest: Vec<_> =
        (2 * SCREENS_OF_ONE..3 * SCREENS_OF_ONE).map(|screen| format!("c{screen:02}")).collect();
    assert_eq!(own, newest);
    assert_eq!(push.closed().len(), 2 * SCREENS_OF_ONE, "the others are told");
    assert_eq!(sockets.len(), SCREENS_OF_ONE + 1, "nobody loses a screen to somebody else's");
}

fn assigned(path: &Path, id: &str, by: &str) -> Value {
    json!({ "detail": { "id": id, "workspace_id": path.demo.workspace, "contact_id": 1, "at": path.demo.now,
        "actor": { "source": "user", "user_id": by }, "version": 1, "type": "contact.assignee_updated", "old": null,
        "new": path.demo.alba } })
}

#[tokio::test]
async fn an_event_notifies_once_whatever_goes_wrong() {
    let path = Path::new().await;
    path.demo.contact(ANA, "Ana").await;
    let notify =
        As::new("notify", Notify { store: path.demo.store.clone(), invoke: Arc::new(path.invoke.clone()) });
    let event = assigned(&path, "evt_1", "usr_bruno");
    for _ in 0..4 {
        path.demo.table.faults().next("PutItem", Fault::Throttle);
    }
    assert!(notify.handle(event.clone()).await.is_err(), "a throttled table is told: the runtime repeats");
    path.demo.table.faults().next("PutItem", Fault::DropAfter);
    for _ in 0..3 {
        notify.handle(event.clone()).await.unwrap();
    }
    notify.handle(assigned(&path, "evt_2", "usr_alba")).await.unwrap();
    let told = path.demo.data().notifications(&path.demo.alba, 10).await.unwrap();
    assert_eq!(told.len(), 1, "once, and never of one's own deed");
}

#[tokio::test]
async fn search_follows_the_name_in_any_order_of_events() {
    let path = Path::new().await;
    let head = path.demo.contact(ANA, "Ana Vera").await;
    let index = As::new("contact-index", ContactIndex { store: path.demo.store.clone() });
    let event = |kind: &str, version: u64| {
        json!({ "detail": { "id": "evt_1", "workspace_id": path.demo.workspace,
        "contact_id": 1, "at": path.demo.now, "actor": { "source": "system" }, "version": version, "type": kind, "changed": [] } })
    };
    // The later event first, and under a table that refuses now and then.
    path.demo.table.faults().next("PutItem", Fault::DropBefore);
    index.handle(event("contact.updated", 2)).await.unwrap();
    index.handle(event("contact.created", 1)).await.unwrap();
    let found =
        path.demo.data().search("vera", 10, None, &colibri_store::Among::All, &|_| true).await.unwrap();
    assert_eq!(found.items.iter().map(|h| h.id).collect::<Vec<_>>(), [head.id]);
    assert!(index.handle(json!({ "detail": { "id": "x" } })).await.is_err());
}

fn template(name: &str) -> Value {
    json!({ "name": name, "language": "es", "status": "APPROVED", "category": "UTILITY", "components": [{ "type": "BODY", "text": "Hola" }] })
}

#[tokio::test]
async fn templates_are_replaced_by_a_whole_list_only() {
    let path = Path::new().await;
    let sync = As::new(
        "template-sync",
        TemplateSync {
            store: path.demo.store.clone(),
            providers: path.providers.clone(),
            invoke: Arc::new(path.invoke.clone()),
        },
    );
    let job =
        json!({ "detail": { "workspace_id": path.demo.workspace, "channel_id": path.demo.channel.id } });
    let names = || async { path.demo.data().templates(&path.demo.channel.id).await.unwrap().len() };
    let page = |data: Value, next: bool| {
        let paging = if next {
            json!({ "cursors": { "after": "QVFI" }, "next": "https://graph.example/next" })
        } else {
            json!({})
        };
        json!({ "data": data, "paging": paging }).to_string()
    };
    path.http.answer(200, page(json!([template("a"), template("b")]), false));
    sync.handle(job.clone()).await.unwrap();
    assert_eq!(names().await, 2);
    // The second page does not come: nothing of the first list is taken for deleted.
    path.http.answer(200, page(json!([template("c")]), true));
    path.http.answer(429, json!({ "error": { "code": 4, "message": "too many" } }).to_string());
    assert!(sync.handle(job.clone()).await.is_err());
    assert_eq!(names().await, 2);
    path.http.answer(200, page(json!([template("a")]), false));
    sync.handle(job).await.unwrap();
    assert_eq!(names().await, 1);
}

#[tokio::test]
async fn only_a_clear_refusal_breaks_a_channel() {
    let path = Path::new().await;
    let health = ChannelHealth {
        providers: path.providers.clone(),
        clock: Arc::new(path.clock.clone()),
        webhook_url: "https://hooks.example".into(),
    };
    let check = As::new("channel-check", check_of(&path, health));
    let job =
        json!({ "detail": { "workspace_id": path.demo.workspace, "channel_id": path.demo.channel.id } });
    let channel = || async { path.demo.data().channel(&path.demo.channel.id).await.unwrap().unwrap() };
    path.http.rule(|_| Err(HttpError::AnswerLost("time out".into())));
    check.handle(job.clone()).await.unwrap();
    assert_eq!(channel().await.state, ChannelState::Connected, "an unreachable provider proves nothing");
    path.http
        .rule(|_| Ok(response(401, json!({ "error": { "code": 190, "message": "expired" } }).to_string())));
    check.handle(job.clone()).await.unwrap();
    let broken = channel().await;
    assert_eq!(broken.state, ChannelState::Error);
    assert_eq!(broken.error.as_ref().map(|e| e.reason), Some(FailureReason::TokenInvalid));
    path.clock.pass(3_600_000);
    check.handle(job).await.unwrap();
    assert_eq!(channel().await.error.map(|e| e.at), broken.error.map(|e| e.at), "since when stays as it was");
}

fn check_of(path: &Path, health: ChannelHealth) -> ChannelCheck {
    ChannelCheck {
        store: path.demo.store.clone(),
        health,
        invoke: Arc::new(path.invoke.clone()),
        apps: MetaApps::parse("{}").unwrap(),
        key: installation_key(),
    }
}

#[tokio::test]
async fn channels_rest_when_the_service_has_ended_and_come_back_with_it() {
    let path = Path::new().await;
    let bot = path.demo.connect_bot().await;
    let health = ChannelHealth {
        providers: path.providers.clone(),
        clock: Arc::new(path.clock.clone()),
        webhook_url: "https://hooks.example".into(),
    };
    let check = As::new("channel-check", check_of(&path, health));
    let job = json!({ "detail": { "workspace_id": path.demo.workspace, "channel_id": bot.id } });
    let (data, installation) = (path.demo.data(), path.demo.store.installation());
    let organization = path.demo.store.organization(&path.demo.organization);
    path.http.rule(|_| {
        Ok(response(200, json!({ "ok": true, "result": { "id": 7_000_001, "url": "" } }).to_string()))
    });
    let asked = |word: &str| {
        path.http.requests().iter().filter(|request| request.uri().to_string().contains(word)).count()
    };
    for (order, access) in [(1, Access::Frozen), (2, Access::Setup)] {
        organization.put_access(access, order).await.unwrap();
        check.handle(job.clone()).await.unwrap();
        assert_eq!(
            data.channel(&bot.id).await.unwrap().unwrap().state,
            ChannelState::Connected,
            "{access:?}"
        );
    }
    organization.put_access(Access::Ended, 3).await.unwrap();
    for _ in 0..2 {
        check.handle(job.clone()).await.unwrap();
    }
    let resting = data.channel(&bot.id).await.unwrap().unwrap();
    assert_eq!(resting.state, ChannelState::Disconnected);
    assert_eq!(resting.error.map(|error| error.reason), Some(FailureReason::ServiceEnded));
    assert_eq!(asked("deleteWebhook"), 1, "released once");
    assert!(installation.channel(&bot.id).await.unwrap().is_none(), "deliveries find nobody");
    assert!(data.channel_secret(&bot.id).await.unwrap().is_some(), "kept until the data go");
    let before = asked("setWebhook");
    organization.put_access(Access::Full, 4).await.unwrap();
    for _ in 0..2 {
        check.handle(job.clone()).await.unwrap();
    }
    let back = data.channel(&bot.id).await.unwrap().unwrap();
    assert_eq!((back.state, back.error), (ChannelState::Connected, None));
    assert_eq!(asked("setWebhook"), before + 1);
    assert!(installation.channel(&bot.id).await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_person_disconnected_stays_disconnected() {
    let path = Path::new().await;
    let health = ChannelHealth {
        providers: path.providers.clone(),
        clock: Arc::new(path.clock.clone()),
        webhook_url: "https://hooks.example".into(),
    };
    let check = As::new("channel-check", check_of(&path, health));
    let mut channel = path.demo.channel.clone();
    channel.state = ChannelState::Disconnected;
    path.demo.data().put_channel(&channel, None).await.unwrap();
    let job = json!({ "detail": { "workspace_id": path.demo.workspace, "channel_id": channel.id } });
    check.handle(job).await.unwrap();
    let still = path.demo.data().channel(&channel.id).await.unwrap().unwrap();
    assert_eq!(still.state, ChannelState::Disconnected);
    assert!(path.http.requests().is_empty());
}
