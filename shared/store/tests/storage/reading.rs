//! Timelines, lists, search: pages meet without gap or overlap.

use colibri_domain::activity::Comment;
use colibri_domain::contact::Head;
use colibri_domain::message::{Actor, Source};
use colibri_domain::{ContactId, MessageId, NotificationId, UserId};
use colibri_store::{Entry, Inbox, InboxQuery, ListOrder, Notification, StoreErrorKind, WriteContext};
use colibri_testing::Demo;

fn id_of(entry: &Entry) -> MessageId {
    match entry {
        Entry::Message(m) => m.id,
        Entry::Comment(c) => c.id,
        Entry::Activity(a) => a.id,
    }
}

#[tokio::test]
async fn a_timeline_is_one_query_and_its_pages_never_split_a_second() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    // Three messages in each of eight seconds.
    for n in 0..24 {
        data.put_message(&demo.incoming(&ana, &format!("wamid.{n}"), 10 + n / 3, "Hola")).await.unwrap();
    }
    let comment = Comment {
        id: MessageId::derive(demo.now.plus(30_000).seconds(), "comment", "k"),
        contact_id: ana.id,
        conversation_id: None,
        author: Actor::user(demo.alba.clone()),
        text: "Llama mañana".into(),
        mentions: Vec::new(),
        at: demo.now.plus(30_000),
    };
    data.put_comment(&comment).await.unwrap();
    data.put_comment(&comment).await.unwrap();
    demo.table.calls();
    let first = data.timeline(ana.id, None, 10).await.unwrap();
    assert_eq!(demo.table.calls().len(), 1);
    assert!(first.head.is_some() && first.profile.is_some());
    let mut seen: Vec<MessageId> = first.items.iter().map(id_of).collect();
    let mut cursor = first.next_cursor;
    while let Some(token) = cursor {
        let page = data.timeline(ana.id, Some(&token), 10).await.unwrap();
        let last = seen.last().map(|id| id.second());
        assert!(
            page.items.first().is_none_or(|entry| Some(id_of(entry).second()) != last),
            "a second on two pages"
        );
        seen.extend(page.items.iter().map(id_of));
        cursor = page.next_cursor;
    }
    assert_eq!(seen.len(), 26, "24 messages, the comment once, the creation");
    let seconds: Vec<_> = seen.iter().map(|id| id.second()).collect();
    assert!(seconds.is_sorted_by(|a, b| a >= b));
    let distinct: std::collections::BTreeSet<_> = seen.into_iter().collect();
    assert_eq!(distinct.len(), 26);
}

fn query(inbox: Inbox, limit: u32) -> InboxQuery {
    InboxQuery { inbox, open: true, order: ListOrder::Newest, unreplied: false, failed: false, limit }
}

async fn busy_demo(contacts: u32) -> Demo {
    let demo = Demo::new().await;
    for n in 0..contacts {
        let head = demo.contact(&format!("5939000001{n:02}"), &format!("Cliente {n}")).await;
        let message = demo.incoming(&head, &format!("wamid.{n}"), i64::from(n), "Hola");
        demo.data().put_message(&message).await.unwrap();
        demo.data().receive_on_head(head.id, &message, None).await.unwrap();
    }
    demo
}

#[tokio::test]
async fn an_inbox_is_paged_in_order_and_hides_what_one_may_not_see() {
    let demo = busy_demo(12).await;
    let data = demo.data();
    let all = |_: &Head| true;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = data.inbox(&query(Inbox::All, 5), cursor.as_deref(), &all).await.unwrap();
        seen.extend(page.items.iter().map(|head| head.sorted_at));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 12);
    assert!(seen.is_sorted_by(|a, b| a >= b));
    let odd = |head: &Head| head.id.0 % 2 == 1;
    let page = data.inbox(&query(Inbox::All, 50), None, &odd).await.unwrap();
    assert_eq!(page.items.len(), 6);
    assert_eq!(data.count_open(&Inbox::All).await.unwrap(), 12);
    assert_eq!(data.count_open(&Inbox::Unassigned).await.unwrap(), 12);
    assert_eq!(data.count_open(&Inbox::Assignee(demo.alba.clone())).await.unwrap(), 0);
    demo.table.calls();
    data.inbox(&query(Inbox::Unassigned, 50), None, &all).await.unwrap();
    let calls = demo.table.calls();
    assert_eq!((calls.len(), calls[0].index.as_deref()), (1, Some("GSI2")));
}

#[tokio::test]
async fn the_contacts_of_several_are_one_list() {
    let demo = busy_demo(13).await;
    let data = demo.data();
    let context = WriteContext { actor: Actor::source(Source::System), now: demo.now };
    for id in 1..=12_u64 {
        // The last one is nobody's, every third somebody else's.
        let owner = match id % 3 {
            0 => demo.alba.clone(),
            1 => demo.bruno.clone(),
            _ => UserId::from_unique("carla"),
        };
        let assign = |head| Ok::<_, ()>(colibri_domain::conversation::assign(head, Some(owner.clone())));
        data.change_head(ContactId(id), &context, assign).await.unwrap().unwrap();
    }
    let theirs = Inbox::AnyOf(vec![demo.alba.clone(), demo.bruno.clone()]);
    for order in [ListOrder::Newest, ListOrder::Oldest] {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = InboxQuery { order, ..query(theirs.clone(), 3) };
            let page = data.inbox(&query, cursor.as_deref(), &|_| true).await.unwrap();
            assert!(page.items.len() <= 3);
            seen.extend(page.items.iter().map(|head| head.id.0));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let mut expected: Vec<u64> = (1..=12).filter(|id| id % 3 != 2).collect();
        if order == ListOrder::Newest {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{order:?}");
    }
    assert_eq!(data.count_open(&theirs).await.unwrap(), 8);
}

#[tokio::test]
async fn a_page_token_works_for_its_own_list_only() {
    let demo = busy_demo(3).await;
    let data = demo.data();
    let all = |_: &Head| true;
    let token = data.inbox(&query(Inbox::All, 2), None, &all).await.unwrap().next_cursor.unwrap();
    let elsewhere = data.inbox(&query(Inbox::Unassigned, 2), Some(&token), &all).await.unwrap_err();
    assert_eq!(elsewhere.kind, StoreErrorKind::CursorInvalid);
    let forged = data.inbox(&query(Inbox::All, 2), Some("AAAA"), &all).await.unwrap_err();
    assert_eq!(forged.kind, StoreErrorKind::CursorInvalid);
}

#[tokio::test]
async fn a_list_that_lags_behind_is_only_late() {
    let demo = busy_demo(2).await;
    let data = demo.data();
    demo.table.freeze_indexes();
    let head = demo.contact("593900000999", "Nueva").await;
    let message = demo.incoming(&head, "wamid.n", 60, "Hola");
    data.put_message(&message).await.unwrap();
    data.receive_on_head(head.id, &message, None).await.unwrap();
    assert_eq!(data.count_open(&Inbox::All).await.unwrap(), 2);
    demo.table.thaw_indexes();
    assert_eq!(data.count_open(&Inbox::All).await.unwrap(), 3);
}

#[tokio::test]
async fn people_are_found_by_name_without_accents_by_phone_and_by_number() {
    let demo = Demo::new().await;
    let data = demo.data();
    let mut ids = Vec::new();
    let people =
        [("593991234567", "María José Núñez"), ("593987654321", "Mario Paz"), ("593990000042", "Zoe Paz")];
    for (digits, name) in people {
        let head = demo.contact(digits, name).await;
        data.index_contact(&head, &std::collections::BTreeSet::new()).await.unwrap();
        ids.push(head.id);
    }
    let all = |_: &Head| true;
    for (text, expected) in [
        ("nunez", vec![ids[0]]),
        ("mari", ids[..2].to_vec()),
        ("jose maria", vec![ids[0]]),
        ("1234567", vec![ids[0]]),
        ("098 765 4321", vec![ids[1]]),
        ("0042", vec![ids[2]]),
        ("0990000042", vec![ids[2]]),
        ("+593 99 123", vec![ids[0]]),
        ("#2", vec![ids[1]]),
        ("nadie", vec![]),
    ] {
        let mut found: Vec<_> = data
            .search(text, 25, None, &colibri_store::Among::All, &all)
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|h| h.id)
            .collect();
        found.sort();
        assert_eq!(found, expected, "{text}");
    }
    let nobody = |_: &Head| false;
    assert!(
        data.search("mari", 25, None, &colibri_store::Among::All, &nobody).await.unwrap().items.is_empty()
    );
}

#[tokio::test]
async fn a_notification_comes_once_and_stays_read() {
    let demo = Demo::new().await;
    let data = demo.data();
    let notification = Notification {
        id: NotificationId::from_unique("n1"),
        kind: "assigned".into(),
        contact_id: None,
        args: std::collections::BTreeMap::new(),
        at: demo.now,
        read: false,
    };
    assert!(data.put_notification(&demo.alba, &notification).await.unwrap());
    assert!(!data.put_notification(&demo.alba, &notification).await.unwrap());
    data.mark_notifications_read(&demo.alba, &[]).await.unwrap();
    assert!(data.notifications(&demo.alba, 10).await.unwrap().iter().all(|n| n.read));
    assert!(data.notifications(&demo.bruno, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn settings_are_one_query() {
    let demo = Demo::new().await;
    demo.table.calls();
    let settings = demo.data().settings().await.unwrap().unwrap();
    assert_eq!(demo.table.calls().len(), 1);
    assert_eq!((settings.members.len(), settings.channels.len()), (2, 1));
    demo.data().put_member(&settings.members[0]).await.unwrap();
    assert!(demo.data().settings().await.unwrap().unwrap().version > settings.version);
}

#[tokio::test]
async fn in_a_live_chat_the_lists_stay_as_they_are_and_a_page_is_in_order_all_the_same() {
    let demo = Demo::new().await;
    let data = demo.data();
    let (ana, bea) = (demo.contact("593900000001", "Ana").await, demo.contact("593900000002", "Bea").await);
    let take = async |head: &colibri_domain::contact::Head, id: &str, second: i64| {
        let message = demo.incoming(head, id, second, "hola");
        data.put_message(&message).await.unwrap();
        demo.table.calls();
        data.receive_on_head(head.id, &message, None).await.unwrap();
        demo.table.calls().iter().map(|call| call.index_units).sum::<f64>()
    };
    take(&ana, "a1", 10).await;
    take(&bea, "b1", 15).await;
    let live = take(&ana, "a2", 20).await;
    assert!(live <= 2.0, "one write in each list: {live}");
    let page = data.inbox(&query(Inbox::All, 50), None, &|_| true).await.unwrap();
    let shown: Vec<_> = page.items.iter().map(|head| head.id).collect();
    assert_eq!(shown, [ana.id, bea.id], "Ana wrote last");
    let later = take(&ana, "a3", 45).await;
    assert!(later >= 4.0, "after half a minute she moves: {later}");
    let first = data.inbox(&query(Inbox::All, 1), None, &|_| true).await.unwrap();
    assert_eq!(first.items[0].id, ana.id);
}
