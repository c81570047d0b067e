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

#[tokio::test]
async fn a_list_reads_only_those_last_messages_that_may_still_move() {
    use colibri_domain::message::StatusValue;
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let bea = demo.contact("593900000002", "Bea").await;
    let theirs = demo.incoming(&bea, "wamid.2", 1, "Hola");
    data.put_message(&theirs).await.unwrap();
    data.receive_on_head(bea.id, &theirs, None).await.unwrap();
    let ours = demo.outgoing(&ana, "k1", 1, "Buenas");
    data.put_message(&ours).await.unwrap();
    data.echo_on_head(ana.id, &ours).await.unwrap();
    let report = colibri_domain::inbound::StatusReport {
        provider_id: "wamid.1".into(),
        reference: None,
        value: StatusValue::Read,
        at: colibri_domain::Seconds(1_768_478_402),
        failure: None,
        recipient: None,
        pricing: None,
    };
    data.apply_status(ana.id, ours.id, &report, ours.sender.clone(), demo.now).await.unwrap();
    let heads = vec![data.head(ana.id).await.unwrap().unwrap(), data.head(bea.id).await.unwrap().unwrap()];
    assert_ne!(
        heads[0].last_message.as_ref().unwrap().state,
        Some(colibri_domain::message::MessageState::Read)
    );
    demo.table.calls();
    let shown = data.with_states(heads).await.unwrap();
    assert_eq!(bill(&demo.table.calls()).0, ["GetItem"]);
    let states: Vec<_> = shown.iter().map(|head| head.last_message.as_ref().unwrap().state).collect();
    assert_eq!(states, [Some(colibri_domain::message::MessageState::Read), None]);
    demo.table.calls();
    data.with_states(shown).await.unwrap();
    assert!(demo.table.calls().is_empty(), "read is the end");
}
