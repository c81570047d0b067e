//! Messenger and Instagram: tokens, subscriptions, the window, reports, what people do, and what goes wrong on demand.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod support;

use colibri_simulator::whatsapp::sign::signature;
use http::StatusCode;
use serde_json::{Value, json};
use support::{World, world};

const PAGE: &str = "424200000000301";
const INSTAGRAM: &str = "424200000000401";
const VALERIA: &str = "24420000000000001";
const ANDRES: &str = "24420000000000002";
const GABRIELA: &str = "24420000000000003";
const CAMILA: &str = "17440000000000001";

const PAGE_FIELDS: &str = "messages,messaging_postbacks,message_deliveries,message_reads,message_echoes,\
                           message_reactions,message_edits,messaging_referrals,messaging_optins,\
                           messaging_handovers,standby";
const INSTAGRAM_FIELDS: &str = "messages,messaging_postbacks,messaging_seen,message_reactions,\
                                messaging_referral,messaging_optins,message_edit,standby";

async fn subscribed() -> World {
    let world = world();
    for (root, account, fields) in
        [("messenger", PAGE, PAGE_FIELDS), ("instagram", INSTAGRAM, INSTAGRAM_FIELDS)]
    {
        let path = format!("/{root}/v25.0/{account}/subscribed_apps?subscribed_fields={fields}");
        assert_eq!(world.post(&path, Value::Null).await.1, json!({"success": true}));
    }
    world
}

fn events(world: &World) -> Vec<Value> {
    let body = |one: &support::Delivered| serde_json::from_slice::<Value>(&one.body).unwrap();
    world.recorder.all().iter().map(body).map(|body| body["entry"][0]["messaging"][0].clone()).collect()
}

async fn write(world: &World, root: &str, to: &str, message: Value) -> (StatusCode, Value) {
    let body = json!({"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": message});
    world.post(&format!("/{root}/v25.0/me/messages"), body).await
}

async fn act(world: &World, provider: &str, line: &str, person: &str, act: Value) -> (StatusCode, Value) {
    world.post("/phone/act", json!({"provider": provider, "line": line, "person": person, "act": act})).await
}

fn code(answer: &Value) -> (u64, u64) {
    let number = |name: &str| answer["error"][name].as_u64().unwrap_or_default();
    (number("code"), number("error_subcode"))
}

#[tokio::test(start_paused = true)]
async fn an_account_is_asked_about_subscribed_and_left() {
    let world = world();
    let get = |path: &'static str| {
        let world = &world;
        async move { world.request("GET", path, &Value::Null).await.1 }
    };
    assert_eq!(
        get("/messenger/v25.0/424200000000301?fields=id%2Cname").await,
        json!({"id": PAGE, "name": "Ceibo Muebles"})
    );
    let own = get("/instagram/v25.0/424200000000401?fields=id,name,username").await;
    assert_eq!(own["username"], "ceibo.muebles");
    assert_eq!(get("/messenger/v25.0/424200000000301/subscribed_apps").await, json!({"data": []}));
    let world = subscribed().await;
    let (_, answer) =
        world.request("GET", &format!("/messenger/v25.0/{PAGE}/subscribed_apps"), &Value::Null).await;
    assert_eq!(answer["data"][0]["subscribed_fields"].as_array().unwrap().len(), 11);
    let path = format!("/messenger/v25.0/{PAGE}/subscribed_apps");
    let (_, answer) = world.post(&format!("{path}?subscribed_fields=messages,gossip"), Value::Null).await;
    assert_eq!(code(&answer), (100, 0), "{answer}");
    assert_eq!(world.request("DELETE", &path, &Value::Null).await.1, json!({"success": true}));
    act(&world, "facebook", PAGE, VALERIA, json!({"do": "text", "text": "hola"})).await;
    world.settle().await;
    assert!(world.recorder.all().is_empty(), "nobody listens any more");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_told_apart() {
    let world = world();
    let facts = |token: &'static str| {
        let world = &world;
        async move {
            let path = format!("/messenger/v25.0/debug_token?input_token={token}");
            world.request("GET", &path, &Value::Null).await.1["data"].clone()
        }
    };
    let good = facts("colibri-demo-token").await;
    assert_eq!(good["is_valid"], true);
    assert!(good["scopes"].as_array().unwrap().contains(&json!("pages_messaging")));
    assert_eq!(facts("colibri-expired-token").await["is_valid"], false);
    assert_eq!(facts("colibri-unpermitted-token").await["scopes"], json!([]));
    assert_eq!(facts("nobody-knows-it").await["error"]["code"], 190);
    let (status, answer) = world.request("GET", &format!("/messenger/v25.0/{INSTAGRAM}"), &Value::Null).await;
    assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, (100, 33)));
}

#[tokio::test(start_paused = true)]
async fn a_page_hears_its_echo_then_a_watermark_of_arrival_then_of_reading() {
    let world = subscribed().await;
    let message = json!({"text": "Buenas tardes", "metadata": "ws_1/7/99"});
    let (status, answer) = write(&world, "messenger", VALERIA, message).await;
    assert_eq!((status, &answer["recipient_id"]), (StatusCode::OK, &json!(VALERIA)));
    world.settle().await;
    let events = events(&world);
    assert_eq!(events.len(), 3, "{events:#?}");
    assert_eq!(events[0]["message"]["mid"], answer["message_id"]);
    assert_eq!(events[0]["message"]["metadata"], "ws_1/7/99");
    assert_eq!((&events[0]["sender"]["id"], &events[0]["recipient"]["id"]), (&json!(PAGE), &json!(VALERIA)));
    let sent = events[0]["timestamp"].as_i64().unwrap();
    assert!(events[1]["delivery"]["watermark"].as_i64().unwrap() >= sent);
    assert!(events[2]["read"]["watermark"].as_i64().unwrap() >= sent);
    let delivered = world.recorder.all();
    assert_eq!(delivered[0].signature, Some(signature("colibri-demo-secret", &delivered[0].body)));
    assert!(delivered[0].url.ends_with("/messenger/424200000000001"));
}

#[tokio::test(start_paused = true)]
async fn instagram_names_the_message_that_was_read_and_nothing_of_its_arrival() {
    let world = subscribed().await;
    let (_, answer) = write(&world, "instagram", CAMILA, json!({"text": "Hola"})).await;
    world.settle().await;
    let events = events(&world);
    assert_eq!(events.len(), 2, "{events:#?}");
    assert_eq!(events[0]["message"]["is_echo"], true);
    assert_eq!(events[1]["read"], json!({"mid": answer["message_id"]}));
}

#[tokio::test(start_paused = true)]
async fn somebody_who_hides_reading_is_not_told_of() {
    let world = subscribed().await;
    world.post("/phone/people/facebook", json!({"wa_id": VALERIA, "receipts": false})).await;
    write(&world, "messenger", VALERIA, json!({"text": "Hola"})).await;
    world.settle().await;
    assert!(events(&world).iter().all(|event| event["read"].is_null()));
}

#[tokio::test(start_paused = true)]
async fn after_a_day_only_people_answer_and_nobody_is_written_to_first() {
    let world = subscribed().await;
    let (_, answer) = write(&world, "messenger", ANDRES, json!({"text": "Hola"})).await;
    assert_eq!(code(&answer), (10, 2_018_278));
    let tagged = |tag: &str| json!({"recipient": {"id": ANDRES}, "messaging_type": "MESSAGE_TAG", "tag": tag, "message": {"text": "Hola"}});
    let (status, _) = world.post("/messenger/v25.0/me/messages", tagged("HUMAN_AGENT")).await;
    assert_eq!(status, StatusCode::OK);
    let (_, answer) = world.post("/messenger/v25.0/me/messages", tagged("POST_PURCHASE_UPDATE")).await;
    assert_eq!(code(&answer), (100, 0));
    let (_, answer) = write(&world, "messenger", GABRIELA, json!({"text": "Hola"})).await;
    assert_eq!(code(&answer), (100, 2_018_001));
    act(&world, "facebook", PAGE, ANDRES, json!({"do": "text", "text": "¿Siguen ahí?"})).await;
    let (status, _) = write(&world, "messenger", ANDRES, json!({"text": "Sí"})).await;
    assert_eq!(status, StatusCode::OK, "who writes opens the window");
    world.post("/control/clock", json!({"advance_ms": 8 * 24 * 3_600_000_i64})).await;
    let (_, answer) = world.post("/messenger/v25.0/me/messages", tagged("HUMAN_AGENT")).await;
    assert_eq!(code(&answer), (10, 2_018_278));
}

#[tokio::test(start_paused = true)]
async fn each_product_measures_texts_in_its_own_unit() {
    let world = subscribed().await;
    let accents = |count: usize| json!({"text": "ñ".repeat(count)});
    assert_eq!(write(&world, "messenger", VALERIA, accents(2000)).await.0, StatusCode::OK);
    assert_eq!(code(&write(&world, "messenger", VALERIA, accents(2001)).await.1), (100, 0));
    assert_eq!(write(&world, "instagram", CAMILA, accents(500)).await.0, StatusCode::OK);
    assert_eq!(code(&write(&world, "instagram", CAMILA, accents(501)).await.1), (100, 0));
}

#[tokio::test(start_paused = true)]
async fn wrong_shapes_are_refused_and_leave_nothing_behind() {
    let world = subscribed().await;
    let reply = |title: &str| json!({"content_type": "text", "title": title, "payload": "a"});
    let long = "x".repeat(21);
    for message in [
        json!({}),
        json!({"text": "  "}),
        json!({"text": "a", "attachment": {"type": "image", "payload": {"url": "https://x.example/a.png"}}}),
        json!({"text": "a", "quick_replies": vec![reply("a"); 14]}),
        json!({"text": "a", "quick_replies": [reply(&long)]}),
        json!({"attachment": {"type": "hologram", "payload": {"url": "https://x.example/a"}}}),
        json!({"attachment": {"type": "image", "payload": {}}}),
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "a", "buttons": []}}}),
        json!({"text": "a", "metadata": "x".repeat(1001)}),
    ] {
        let (status, answer) = write(&world, "messenger", VALERIA, message.clone()).await;
        assert_eq!((status, code(&answer).0), (StatusCode::BAD_REQUEST, 100), "{message}");
    }
    world.settle().await;
    assert!(world.recorder.all().is_empty());
    let (_, sent) = world.request("GET", "/control/facebook/messages", &Value::Null).await;
    assert_eq!(sent, json!([]));
}

#[tokio::test(start_paused = true)]
async fn somebody_who_blocked_the_business_is_away() {
    let world = subscribed().await;
    world.post("/phone/people/facebook", json!({"wa_id": VALERIA, "reachable": false})).await;
    world.post("/phone/people/instagram", json!({"wa_id": CAMILA, "reachable": false})).await;
    let text = json!({"text": "Hola"});
    assert_eq!(code(&write(&world, "messenger", VALERIA, text.clone()).await.1), (551, 1_545_041));
    assert_eq!(code(&write(&world, "instagram", CAMILA, text).await.1), (551, 0));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_fetched_is_refused() {
    let world = subscribed().await;
    world.recorder.answer_with([Some(404)]);
    let picture = json!({"attachment": {"type": "image", "payload": {"url": "http://127.0.0.1:9/a.png"}}});
    assert_eq!(code(&write(&world, "messenger", VALERIA, picture.clone()).await.1), (100, 2_018_047));
    assert_eq!(write(&world, "messenger", VALERIA, picture).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn what_people_do_arrives_as_the_provider_tells_it() {
    let world = subscribed().await;
    let replies = json!({"text": "¿Cuál?", "quick_replies": [{"content_type": "text", "title": "Rojo", "payload": "RED"}]});
    let (_, asked) = write(&world, "messenger", VALERIA, replies).await;
    let to = asked["message_id"].as_str().unwrap();
    world.settle().await;
    let before = world.recorder.all().len();
    let (_, said) =
        act(&world, "facebook", PAGE, VALERIA, json!({"do": "text", "text": "Hola", "quote": to})).await;
    let mine = said["id"].as_str().unwrap().to_owned();
    for done in [
        json!({"do": "press", "to": to, "id": "RED", "title": "Rojo", "on": "button"}),
        json!({"do": "react", "to": to, "emoji": "❤"}),
        json!({"do": "react", "to": to, "emoji": ""}),
        json!({"do": "edit", "to": mine, "text": "Hola, buenas"}),
        json!({"do": "revoke", "to": mine}),
        json!({"do": "location", "latitude": -0.18, "longitude": -78.48, "name": "Casa"}),
        json!({"do": "media", "media": "sticker", "sample": "sticker"}),
        json!({"do": "share", "what": "link", "url": "https://ceibo.example/"}),
    ] {
        assert_eq!(act(&world, "facebook", PAGE, VALERIA, done.clone()).await.0, StatusCode::OK, "{done}");
        world.settle().await;
    }
    let events = &events(&world)[before..];
    assert_eq!(events[0]["message"]["reply_to"]["mid"], to);
    assert_eq!(events[1]["message"]["quick_reply"]["payload"], "RED");
    assert_eq!(
        (&events[2]["reaction"]["action"], &events[2]["reaction"]["reaction"]),
        (&json!("react"), &json!("love"))
    );
    assert_eq!(events[3]["reaction"]["action"], "unreact");
    assert_eq!(events[4]["message_edit"]["text"], "Hola, buenas");
    assert_eq!(events[5]["message"], json!({"mid": mine, "is_deleted": true}));
    assert_eq!(events[6]["message"]["attachments"][0]["payload"]["coordinates"]["lat"], -0.18);
    assert!(events[7]["message"]["attachments"][0]["payload"]["sticker_id"].is_u64());
    assert_eq!(events[8]["message"]["attachments"][0]["type"], "fallback");
}

#[tokio::test(start_paused = true)]
async fn a_button_of_a_template_is_told_as_a_postback() {
    let world = subscribed().await;
    let message = json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "¿Sí?",
        "buttons": [{"type": "postback", "title": "Sí", "payload": "YES"}]}}});
    let (_, asked) = write(&world, "messenger", VALERIA, message).await;
    world.settle().await;
    let press = json!({"do": "press", "to": asked["message_id"], "id": "YES", "title": "Sí", "on": "button"});
    act(&world, "facebook", PAGE, VALERIA, press).await;
    world.settle().await;
    let last = events(&world).pop().unwrap();
    assert_eq!((&last["postback"]["payload"], &last["postback"]["title"]), (&json!("YES"), &json!("Sí")));
}

#[tokio::test(start_paused = true)]
async fn instagram_has_stories_and_hearts_but_no_places() {
    let world = subscribed().await;
    let story = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1";
    for what in ["story_mention", "story_reply", "post", "reel", "heart"] {
        let share = json!({"do": "share", "what": what, "url": story, "text": "lindo"});
        assert_eq!(act(&world, "instagram", INSTAGRAM, CAMILA, share).await.0, StatusCode::OK, "{what}");
    }
    for refused in [
        json!({"do": "location", "latitude": 0.0, "longitude": 0.0}),
        json!({"do": "media", "media": "document", "sample": "document"}),
        json!({"do": "contact", "name": "Ana", "phone": "+593900000001"}),
        json!({"do": "share", "what": "link", "url": "https://ceibo.example/"}),
    ] {
        let (status, _) = act(&world, "instagram", INSTAGRAM, CAMILA, refused.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    }
    world.settle().await;
    let events = events(&world);
    assert_eq!(events[0]["message"]["attachments"][0]["type"], "story_mention");
    assert_eq!(events[1]["message"]["reply_to"]["story"]["url"], story);
    assert_eq!(events.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn who_a_person_is_is_told_unless_they_forbid_it() {
    let world = world();
    let path = format!("/messenger/v25.0/{VALERIA}?fields=first_name%2Clast_name%2Cname");
    let (_, answer) = world.request("GET", &path, &Value::Null).await;
    assert_eq!(
        answer,
        json!({"id": VALERIA, "first_name": "Valeria", "last_name": "Ponce", "name": "Valeria Ponce"})
    );
    let (_, answer) =
        world.request("GET", &format!("/instagram/v25.0/{CAMILA}?fields=name,username"), &Value::Null).await;
    assert_eq!(answer["username"], "cami.rivas");
    let (_, answer) = world.request("GET", &format!("/messenger/v25.0/{GABRIELA}"), &Value::Null).await;
    assert_eq!(code(&answer), (100, 33), "she has never written");
    world.post("/control/facebook/customers", json!({"id": VALERIA, "private": true})).await;
    let (_, answer) = world.request("GET", &path, &Value::Null).await;
    assert_eq!(code(&answer), (100, 33));
}

#[tokio::test(start_paused = true)]
async fn faults_strike_sends_and_deliveries() {
    let world = subscribed().await;
    let send = |kind: Value| json!({"scope": {"provider": "facebook", "operation": "send"}, "kind": kind});
    world.fault(send(json!("rate_limited"))).await;
    let (status, answer) = write(&world, "messenger", VALERIA, json!({"text": "a"})).await;
    assert_eq!((status, code(&answer).0), (StatusCode::TOO_MANY_REQUESTS, 613));
    world.fault(send(json!("server_error"))).await;
    assert_eq!(
        write(&world, "messenger", VALERIA, json!({"text": "a"})).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    world.fault(send(json!("malformed"))).await;
    assert_eq!(write(&world, "messenger", VALERIA, json!({"text": "a"})).await.1, Value::Null);
    world.fault(send(json!("no_status"))).await;
    world.settle().await;
    let before = world.recorder.all().len();
    write(&world, "messenger", VALERIA, json!({"text": "a"})).await;
    world.settle().await;
    assert_eq!(world.recorder.all().len(), before, "no report");
    world.fault(send(json!("status_first"))).await;
    write(&world, "messenger", VALERIA, json!({"text": "a"})).await;
    assert_eq!(world.recorder.all().len(), before + 1, "the echo is there before the answer");
    world.settle().await;
    let hook = |kind: &str| json!({"scope": {"provider": "facebook", "operation": "webhook"}, "kind": kind});
    world.fault(hook("duplicate")).await;
    let before = world.recorder.all().len();
    act(&world, "facebook", PAGE, VALERIA, json!({"do": "text", "text": "dos"})).await;
    world.settle().await;
    assert_eq!(world.recorder.all().len(), before + 2);
    let mut bad = hook("signature");
    bad["flaw"] = json!("bad");
    world.fault(bad).await;
    act(&world, "facebook", PAGE, VALERIA, json!({"do": "text", "text": "tres"})).await;
    world.settle().await;
    let last = world.recorder.all().pop().unwrap();
    assert_ne!(last.signature, Some(signature("colibri-demo-secret", &last.body)));
}

#[tokio::test(start_paused = true)]
async fn more_than_an_account_may_send_in_a_second_is_refused() {
    let world = subscribed().await;
    let (_, mut config) = world.request("GET", "/control/config", &Value::Null).await;
    config["facebook"]["per_second"] = json!(2);
    world.request("PUT", "/control/config", &json!({"facebook": config["facebook"]})).await;
    for wanted in [0, 0, 613] {
        assert_eq!(code(&write(&world, "messenger", VALERIA, json!({"text": "a"})).await.1).0, wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn seeing_and_typing_reach_the_phone_and_are_no_messages() {
    let world = subscribed().await;
    act(&world, "facebook", PAGE, VALERIA, json!({"do": "text", "text": "Hola"})).await;
    for action in ["mark_seen", "typing_on"] {
        let body = json!({"recipient": {"id": VALERIA}, "sender_action": action});
        let (status, answer) = world.post("/messenger/v25.0/me/messages", body).await;
        assert_eq!((status, answer), (StatusCode::OK, json!({"recipient_id": VALERIA})));
    }
    let path = format!("/phone/thread?provider=facebook&line={PAGE}&person={VALERIA}");
    let (_, thread) = world.request("GET", &path, &Value::Null).await;
    assert_eq!(thread["bubbles"][0]["tick"], "read");
    assert_eq!(thread["bubbles"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_of_a_person_is_behind_a_link_until_it_expires() {
    let world = subscribed().await;
    let picture = json!({"do": "media", "media": "image", "sample": "receipt", "caption": "Listo"});
    act(&world, "instagram", INSTAGRAM, CAMILA, picture).await;
    world.settle().await;
    let event = events(&world).remove(0);
    assert_eq!(event["message"]["text"], "Listo");
    let link = event["message"]["attachments"][0]["payload"]["url"].as_str().unwrap().to_owned();
    let path = link.split_once("4601").unwrap().1.to_owned();
    assert_eq!(world.request("GET", &path, &Value::Null).await.0, StatusCode::OK);
    world.fault(json!({"kind": "expired_media", "scope": {"provider": "instagram"}})).await;
    assert_eq!(world.request("GET", &path, &Value::Null).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(start_paused = true)]
async fn what_was_subscribed_outlives_a_reset_and_what_was_said_does_not() {
    let world = subscribed().await;
    write(&world, "messenger", VALERIA, json!({"text": "a"})).await;
    world.settle().await;
    world.post("/control/reset", json!({})).await;
    let (_, sent) = world.request("GET", "/control/facebook/messages", &Value::Null).await;
    assert_eq!(sent, json!([]));
    let before = world.recorder.all().len();
    act(&world, "facebook", PAGE, VALERIA, json!({"do": "text", "text": "hola"})).await;
    world.settle().await;
    assert_eq!(world.recorder.all().len(), before + 1);
}
