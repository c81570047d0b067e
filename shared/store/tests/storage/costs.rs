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
    let shown = data.with_states(heads, |_, _| true).await.unwrap();
    assert_eq!(bill(&demo.table.calls()).0, ["BatchGetItem"]);
    let states: Vec<_> = shown.iter().map(|head| head.last_message.as_ref().unwrap().state).collect();
    assert_eq!(states, [Some(colibri_domain::message::MessageState::Read), None]);
    demo.table.calls();
    data.with_states(shown, |_, _| true).await.unwrap();
    assert!(demo.table.calls().is_empty(), "read is the end");
}

/// What the bench stands on: units as AWS reckons them.
#[tokio::test]
async fn units_follow_the_rules_of_the_service() {
    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
    let table = colibri_testing::TestTable::new();
    let (client, name) = (table.client(), colibri_testing::table::TABLE);
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let item = |size: usize, place: Option<&str>| {
        let mut item = std::collections::HashMap::from([
            ("PK".to_owned(), text("W#ws_1#C#1")),
            ("SK".to_owned(), text("Z#H")),
            ("h".to_owned(), text(&"x".repeat(size))),
        ]);
        if let Some(place) = place {
            item.insert("gs".to_owned(), text("list"));
            item.insert("gsk".to_owned(), text(place));
        }
        item
    };
    let billed = || {
        let calls = table.calls();
        (
            calls.iter().map(|c| c.units - c.index_units).sum::<f64>(),
            calls.iter().map(|c| c.index_units).sum::<f64>(),
        )
    };
    let put = |size, place| client.put_item().table_name(name).set_item(Some(item(size, place)));
    put(900, None).send().await.unwrap();
    assert_eq!(billed(), (1.0, 0.0), "a kilobyte, rounded up");
    put(1_100, Some("1")).send().await.unwrap();
    assert_eq!(billed(), (2.0, 2.0), "new in an index");
    put(500, Some("1")).send().await.unwrap();
    assert_eq!(billed(), (2.0, 2.0), "the larger of before and after, where it stays in its place");
    put(500, Some("2")).send().await.unwrap();
    assert_eq!(billed(), (1.0, 2.0), "another place in an index is a deletion and a write");
    put(500, Some("2")).item("q", text("not projected")).send().await.unwrap();
    assert_eq!(billed(), (1.0, 0.0), "what an index does not show does not touch it");
    let refused = put(500, Some("2")).condition_expression("attribute_not_exists(PK)").send().await;
    assert!(refused.is_err());
    assert_eq!(billed(), (1.0, 0.0), "a refused write costs too");
    let whole = Put::builder().table_name(name).set_item(Some(item(500, Some("3")))).build().unwrap();
    let write = TransactWriteItem::builder().put(whole).build();
    client.transact_write_items().transact_items(write).send().await.unwrap();
    assert_eq!(billed(), (2.0, 2.0), "a transaction costs the table twice, its indexes follow by themselves");
    let get = || client.get_item().table_name(name).key("PK", text("W#ws_1#C#1")).key("SK", text("Z#H"));
    get().consistent_read(true).send().await.unwrap();
    assert_eq!(billed(), (1.0, 0.0));
    get().send().await.unwrap();
    assert_eq!(billed(), (0.5, 0.0), "half where it may be old");
}
