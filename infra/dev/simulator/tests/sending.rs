//! What the played Graph API answers to sends, and the statuses that follow.

mod support;

use http::StatusCode;
use serde_json::json;
use support::{LUCIA, NUMBER, ROSA, world};

#[tokio::test(start_paused = true)]
async fn an_accepted_text_is_sent_delivered_and_read_within_four_seconds() {
    let world = world();
    let body = json!({"type": "text", "text": {"body": "hola"}, "biz_opaque_callback_data": "m-1"});
    let (status, answer) = world.send(ROSA, body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["messages"][0]["message_status"], "accepted");
    assert_eq!(answer["contacts"][0]["wa_id"], ROSA);
    world.settle().await;
    assert_eq!(world.recorder.statuses(), ["sent", "delivered", "read"]);
    let last = world.recorder.all().pop().unwrap();
    assert!(last.at_ms <= 4_000, "read after {} ms", last.at_ms);
    let entry = &last.value()["statuses"][0];
    assert_eq!(entry["id"], answer["messages"][0]["id"]);
    assert_eq!(entry["biz_opaque_callback_data"], "m-1");
    assert_eq!(entry["pricing"]["type"], "free_customer_service");
}

#[tokio::test(start_paused = true)]
async fn a_closed_window_fails_later_and_a_customers_message_opens_it() {
    let world = world();
    assert_eq!(world.send_text(LUCIA).await.0, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.recorder.all()[0].value()["statuses"][0]["errors"][0]["code"], 131_047);
    assert!(world.recorder.all()[0].value()["contacts"].is_null(), "failed statuses carry no contacts");

    let message = json!({"type": "text", "text": {"body": "hola"}});
    world.post("/control/whatsapp/inbound", json!({"customer": LUCIA, "message": message})).await;
    world.send_text(LUCIA).await;
    world.settle().await;
    assert_eq!(world.recorder.statuses(), ["failed", "sent", "delivered", "read"]);

    world.post("/control/clock", json!({"advance_ms": 24 * 3_600_000})).await;
    world.send_text(LUCIA).await;
    world.settle().await;
    assert_eq!(world.recorder.statuses().last().unwrap(), "failed");
}

#[tokio::test(start_paused = true)]
async fn templates_need_no_window_but_must_exist_be_approved_and_fit() {
    let world = world();
    let template = |name: &str, parameters: &[&str]| {
        let parameters: Vec<_> =
            parameters.iter().map(|text| json!({"type": "text", "text": text})).collect();
        json!({"type": "template", "template": {"name": name, "language": {"code": "es"},
               "components": [{"type": "body", "parameters": parameters}]}})
    };
    let cases = [
        (json!(null), template("pedido_listo", &["Lucía", "MC-1"])),
        (json!(132_000), template("pedido_listo", &["Lucía"])),
        (json!(132_001), template("no_such", &[])),
        (json!(132_001), template("feria_quito", &["Lucía"])),
        (json!(132_015), template("promo_navidad", &["Lucía"])),
    ];
    for (code, body) in cases {
        let (_, answer) = world.send(LUCIA, body).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
    world.settle().await;
    assert_eq!(world.recorder.statuses(), ["sent", "delivered", "read"]);
    assert_eq!(world.recorder.all()[0].value()["statuses"][0]["pricing"]["category"], "utility");
}

#[tokio::test(start_paused = true)]
async fn a_pair_may_send_45_at_once_and_then_one_per_six_seconds() {
    let world = world();
    for _ in 0..45 {
        assert_eq!(world.send_text(ROSA).await.0, StatusCode::OK);
    }
    let (status, answer) = world.send_text(ROSA).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (429, &json!(131_056)));
    assert_eq!(world.send_text(LUCIA).await.0, StatusCode::OK, "another customer is not held up");
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    assert_eq!(world.send_text(ROSA).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_number_sends_no_more_than_its_throughput() {
    let world = world();
    for place in 0..80 {
        assert_eq!(world.send_text(&format!("5939000{place:05}")).await.0, StatusCode::OK);
    }
    assert_eq!(world.send_text("593900099999").await.1["error"]["code"], 130_429);
    tokio::time::sleep(std::time::Duration::from_millis(1_001)).await;
    assert_eq!(world.send_text("593900099999").await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn bad_calls_get_graphs_errors() {
    let world = world();
    let path = format!("/graph/v25.0/{NUMBER}/messages");
    let mine = "+593 90 000 0100";
    let text = json!({"type": "text", "text": {"body": "x"}});
    assert_eq!(world.send(mine, text.clone()).await.1["error"]["code"], 131_021);
    assert_eq!(world.send("12", text).await.1["error"]["code"], 131_009);
    assert_eq!(
        world.post(&path, json!({"messaging_product": "whatsapp", "text": {"body": "x"}})).await.1["error"]["code"],
        131_008
    );
    let (status, answer) = world
        .post(
            "/graph/v25.0/1/messages",
            json!({"messaging_product": "whatsapp", "to": ROSA, "text": {"body": "x"}}),
        )
        .await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!(33)));
    world.post("/control/config", json!({"whatsapp": {"tokens": [{"token": "other", "app": "1"}]}})).await;
    let (status, answer) = world.send_text(ROSA).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (401, &json!(190)));
}

#[tokio::test(start_paused = true)]
async fn a_customer_without_a_number_is_reached_by_user_id() {
    let world = world();
    let customer = json!({"user_id": "EC.77", "name": "Sin número"});
    let (_, played) = world
        .post(
            "/control/whatsapp/inbound",
            json!({"customer": customer, "message": {"type": "text", "text": {"body": "hola"}}}),
        )
        .await;
    let value = world.recorder.all()[0].value();
    assert!(value["messages"][0].get("from").is_none() && value["contacts"][0].get("wa_id").is_none());
    assert_eq!(value["messages"][0]["id"], played["messages"][0]);
    let body = json!({"messaging_product": "whatsapp", "recipient": "EC.77", "type": "text", "text": {"body": "hola"}});
    let (_, answer) = world.post(&format!("/graph/v25.0/{NUMBER}/messages"), body).await;
    assert_eq!(answer["contacts"][0], json!({"input": "EC.77", "user_id": "EC.77"}));
    world.settle().await;
    let last = world.recorder.all().pop().unwrap().value();
    assert_eq!(last["statuses"][0]["recipient_user_id"], "EC.77");
    assert!(last["statuses"][0].get("recipient_id").is_none());
}

#[tokio::test(start_paused = true)]
async fn reading_marks_the_customers_messages_and_needs_one_of_them() {
    let world = world();
    let (_, played) = world
        .post(
            "/control/whatsapp/inbound",
            json!({"customer": ROSA, "message": {"type": "text", "text": {"body": "hola"}}}),
        )
        .await;
    let path = format!("/graph/v25.0/{NUMBER}/messages");
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": played["messages"][0],
                      "typing_indicator": {"type": "text"}});
    assert_eq!(world.post(&path, read).await.1, json!({"success": true}));
    let uri = format!("/phone/thread?provider=whatsapp&line={NUMBER}&person={ROSA}");
    assert_eq!(world.request("GET", &uri, &json!(null)).await.1["bubbles"][0]["tick"], "read");
    let other = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.other"});
    assert_eq!(world.post(&path, other).await.1["error"]["code"], 131_009);
}
