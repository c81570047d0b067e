//! The demo's script, and the same ids for the same seed.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{ROSA, World, world};

/// Messages that the customer sent so far.
fn written(world: &World) -> Vec<Value> {
    world
        .recorder
        .all()
        .iter()
        .map(|one| one.value()["messages"][0].clone())
        .filter(|one| !one.is_null())
        .collect()
}

async fn signed_in(world: &World) {
    world.post("/control/demo/signed-in", Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn rosa_writes_eight_seconds_after_sign_in_and_answers_to_the_end() {
    let world = world();
    signed_in(&world).await;
    tokio::time::sleep(Duration::from_millis(7_900)).await;
    assert!(written(&world).is_empty());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(written(&world)[0]["text"]["body"], "¿Y cuánto sería el envío a Riobamba?");
    for turn in 2..=6 {
        world.send_text(ROSA).await;
        tokio::time::sleep(Duration::from_secs(8)).await;
        assert_eq!(written(&world).len(), turn);
    }
    let all = written(&world);
    assert_eq!(all[1]["text"]["body"], "¡De una! ¿Me ayuda con la cuenta?");
    assert_eq!(all[2]["type"], "image");
    assert_eq!(all[5]["reaction"]["emoji"], "❤️");
    let (_, state) = world.request("GET", "/control/demo", &Value::Null).await;
    assert_eq!(state, json!({"quiet": false, "running": false, "turn": 6, "turns": 6}));
}

#[tokio::test(start_paused = true)]
async fn quiet_mode_keeps_the_script_silent() {
    let world = world();
    world.post("/control/demo/quiet", json!({"on": true})).await;
    signed_in(&world).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(written(&world).is_empty());
    world.post("/control/demo/quiet", json!({"on": false})).await;
    signed_in(&world).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.post("/control/demo/quiet", json!({"on": true})).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(written(&world).is_empty(), "quiet mode also stops a script that has begun");
}

#[tokio::test(start_paused = true)]
async fn signing_in_twice_plays_the_script_once() {
    let world = world();
    signed_in(&world).await;
    signed_in(&world).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(written(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_ids() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let world = world();
        ids.push(world.send_text(ROSA).await.1);
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_was_off_gets_its_messages_when_it_is_on_again() {
    let world = world();
    let off = json!({"wa_id": ROSA, "reachable": false});
    world.post("/phone/people/whatsapp", off).await;
    world.send_text(ROSA).await;
    world.settle().await;
    assert_eq!(world.recorder.statuses(), ["sent"]);
    world.post("/phone/people/whatsapp", json!({"wa_id": ROSA, "reachable": true, "receipts": false})).await;
    world.settle().await;
    assert_eq!(world.recorder.statuses(), ["sent", "delivered"]);
}
