//! Faults on demand, redelivery, and webhooks that are wrong on purpose.

mod support;

use colibri_simulator::whatsapp::sign::signature;
use http::StatusCode;
use serde_json::{Value, json};
use support::{ROSA, world};

const SECRET: &str = "colibri-demo-secret";

fn text() -> Value {
    json!({"customer": ROSA, "message": {"type": "text", "text": {"body": "¿Hay envío? 😀 a/b"}}})
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_repeated_with_growing_gaps_until_200() {
    let world = world();
    world.recorder.answer_with([Some(500), None, Some(401), Some(204)]);
    let (_, played) = world.post("/control/whatsapp/inbound", text()).await;
    assert_eq!(played["deliveries"][0]["first"]["status"], 500);
    world.settle().await;
    let delivered = world.recorder.all();
    assert_eq!(delivered.len(), 5, "only 200 ends it");
    let times: Vec<_> = delivered.iter().map(|one| one.at_ms).collect();
    let gaps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.windows(2).all(|pair| pair[0] < pair[1]), "{gaps:?}");
    assert!(delivered.iter().all(|one| one.body == delivered[0].body));
    let (_, journal) = world.request("GET", "/control/deliveries", &json!(null)).await;
    assert_eq!(journal[0]["state"], "done");
    assert_eq!(journal[0]["attempts"].as_array().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn bodies_are_escaped_and_signed_over_their_bytes() {
    let world = world();
    world.post("/control/whatsapp/inbound", text()).await;
    let one = world.recorder.all().remove(0);
    let body = String::from_utf8(one.body.to_vec()).unwrap();
    assert!(body.is_ascii() && body.contains(r"\u00bfHay env\u00edo? \ud83d\ude00 a\/b"), "{body}");
    assert_eq!(one.signature.unwrap(), signature(SECRET, &one.body));
    assert_eq!(one.url, "http://127.0.0.1:4600/webhooks/whatsapp/424200000000001");
}

#[tokio::test(start_paused = true)]
async fn wrong_signatures_are_wrong_and_never_repeated() {
    for flaw in ["bad", "missing", "truncated", "upper_case", "unprefixed", "other_secret", "empty"] {
        let world = world();
        world.recorder.answer_with([Some(401)]);
        let mut played = text();
        played["signature"] = json!(flaw);
        world.post("/control/whatsapp/inbound", played).await;
        world.settle().await;
        let all = world.recorder.all();
        assert_eq!(all.len(), 1, "{flaw}");
        assert_ne!(all[0].signature, Some(signature(SECRET, &all[0].body)), "{flaw}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_post_can_hold_duplicates_malformed_entries_and_megabytes() {
    let world = world();
    let played = json!({
        "items": [
            {"customer": ROSA, "message": {"type": "text", "text": {"body": "a"}}, "repeat": 2},
            {"customer": "593900000002", "message": {"type": "image", "image": {"sample": "receipt"}}},
        ],
        "extra": [{"type": 5}], "padding_bytes": 3_000_000, "copies": 2,
    });
    let (_, answer) = world.post("/control/whatsapp/inbound", played).await;
    assert_eq!(answer["deliveries"].as_array().unwrap().len(), 2);
    let all = world.recorder.all();
    assert!(all[0].body.len() > 3_000_000);
    let value = all[0].value();
    let messages = value["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[0], messages[1]);
    assert_eq!(messages[3], json!({"type": 5}));
    assert_eq!(value["contacts"].as_array().unwrap().len(), 2);
    assert!(messages[2]["image"]["id"].is_string() && messages[2]["image"]["sha256"].is_string());
}

#[tokio::test(start_paused = true)]
async fn sends_fail_the_way_the_fault_says_and_only_so_often() {
    let world = world();
    let cases = [
        (json!({"kind": "rate_limited", "retry_after": 7}), 429, json!(130_429)),
        (json!({"kind": "server_error", "status": 502}), 502, json!(null)),
        (json!({"kind": "ok_with_error", "code": 131_000}), 200, json!(131_000)),
        (json!({"kind": "error", "code": 131_031}), 403, json!(131_031)),
    ];
    for (fault, status, code) in cases {
        world.fault(fault.clone()).await;
        let (answered, body) = world.send_text(ROSA).await;
        assert_eq!((answered.as_u16(), &body["error"]["code"]), (status, &code), "{fault}");
        assert_eq!(world.send_text(ROSA).await.0, StatusCode::OK, "the fault strikes once");
    }
    let scope = json!({"customer": "593900000002", "operation": "send"});
    world.fault(json!({"kind": "error", "code": 131_026, "scope": scope, "count": 2})).await;
    assert_eq!(world.send_text(ROSA).await.0, StatusCode::OK);
    for expected in [400, 400, 200] {
        assert_eq!(world.send_text("593900000002").await.0.as_u16(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn statuses_can_fail_vanish_skip_and_come_backwards() {
    let cases: [(Value, &[&str]); 4] = [
        (json!({"kind": "fail_status", "code": 131_049}), &["failed"]),
        (json!({"kind": "no_status"}), &[]),
        (json!({"kind": "read_only"}), &["sent", "read"]),
        (json!({"kind": "statuses_reversed"}), &["read", "delivered", "sent"]),
    ];
    for (fault, statuses) in cases {
        let world = world();
        world.fault(fault).await;
        world.send_text(ROSA).await;
        world.settle().await;
        assert_eq!(world.recorder.statuses(), statuses);
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_can_arrive_before_the_send_is_answered() {
    let world = world();
    world.fault(json!({"kind": "status_first"})).await;
    world.send_text(ROSA).await;
    assert!(world.recorder.statuses().contains(&"sent".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn deliveries_can_be_doubled_dropped_and_swapped() {
    let webhook = json!({"operation": "webhook"});
    let world = world();
    world.fault(json!({"kind": "duplicate", "copies": 3, "scope": webhook})).await;
    world.post("/control/whatsapp/inbound", text()).await;
    assert_eq!(world.recorder.all().len(), 3);
    world.fault(json!({"kind": "drop"})).await;
    world.post("/control/whatsapp/inbound", text()).await;
    assert_eq!(world.recorder.all().len(), 3);
    world.fault(json!({"kind": "reorder"})).await;
    let (_, first) = world.post("/control/whatsapp/inbound", text()).await;
    let (_, second) = world.post("/control/whatsapp/inbound", text()).await;
    world.settle().await;
    let ids: Vec<_> =
        world.recorder.all()[3..].iter().map(|one| one.value()["messages"][0]["id"].clone()).collect();
    assert_eq!(ids, [second["messages"][0].clone(), first["messages"][0].clone()]);
}

#[tokio::test(start_paused = true)]
async fn a_medium_has_a_url_for_five_minutes() {
    let world = world();
    let message = json!({"type": "image", "image": {"sample": "living_room"}});
    world.post("/control/whatsapp/inbound", json!({"customer": ROSA, "message": message})).await;
    let image = world.recorder.all()[0].value()["messages"][0]["image"].clone();
    let path = format!("/graph/v25.0/{}", image["id"].as_str().unwrap());
    let (_, info) = world.request("GET", &path, &json!(null)).await;
    let url = info["url"].as_str().unwrap().split_once("4601").unwrap().1.to_owned();
    assert_eq!(world.request("GET", &url, &json!(null)).await.0, StatusCode::OK);
    world.post("/control/clock", json!({"advance_ms": 301_000})).await;
    assert_eq!(world.request("GET", &url, &json!(null)).await.0, StatusCode::NOT_FOUND);
    world.fault(json!({"kind": "expired_media", "scope": {"operation": "media_info"}})).await;
    assert_eq!(world.request("GET", &path, &json!(null)).await.1["error"]["code"], 33);
    assert_eq!(world.request("GET", &path, &json!(null)).await.0, StatusCode::OK);
    assert_eq!(world.request("DELETE", &path, &json!(null)).await.1, json!({"success": true}));
}
