//! What the frequent ways through the store cost, in calls and in units that AWS bills.

use colibri_testing::{Call, Demo};

fn bill(calls: &[Call]) -> (Vec<&str>, f64) {
    (calls.iter().map(|call| call.operation.as_str()).collect(), calls.iter().map(|call| call.units).sum())
}

#[tokio::test]
async fn an_incoming_text_costs_no_transaction() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let text = "Hola, quisiera saber si el sillón está disponible en gris. ".repeat(5);
    let first = demo.incoming(&ana, "wamid.1", 1, &text);
    data.put_message(&first).await.unwrap();
    data.receive_on_head(ana.id, &first, None).await.unwrap();
    let second = demo.incoming(&ana, "wamid.2", 2, &text);
    demo.table.calls();
    data.put_message(&second).await.unwrap();
    data.receive_on_head(ana.id, &second, None).await.unwrap();
    let calls = demo.table.calls();
    let (operations, units) = bill(&calls);
    assert_eq!(operations, ["PutItem", "GetItem", "PutItem"]);
    // Message 1 to 2, head read 1, head 3 to 4 (it carries the message as event), two indexes at two each.
    assert!(units <= 12.0, "{units} units: {calls:?}");
}

#[tokio::test]
async fn a_status_is_one_update() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.outgoing(&ana, "k1", 1, "Hola");
    data.put_message(&message).await.unwrap();
    demo.table.calls();
    let report = colibri_domain::inbound::StatusReport {
        provider_id: "wamid.1".into(),
        reference: None,
        value: colibri_domain::message::StatusValue::Delivered,
        at: colibri_domain::Seconds(1_768_478_402),
        failure: None,
        recipient: None,
        pricing: None,
    };
    data.apply_status(ana.id, message.id, &report, message.sender.clone(), demo.now).await.unwrap();
    let calls = demo.table.calls();
    assert_eq!(bill(&calls).0, ["UpdateItem"]);
}
