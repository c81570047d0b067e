//! The table of contacts and search, over enough contacts that pages and steps end in their middle.

use std::collections::BTreeSet;

use colibri_domain::ContactId;
use colibri_domain::contact::{Head, Profile};
use colibri_domain::segment::{Candidates, Segment};
use colibri_store::{Among, ContactEdit, RowOrder, RowQuery, SegmentWrite, StoreError, Wanted, WriteContext};
use colibri_testing::Demo;

const NAMES: [&str; 5] = ["María López", "Ana Mariana Vega", "José María Paz", "Zoila Cruz", "Ángel Óñate"];

/// Contacts 1 to `count`, indexed; every seventh is Bruno's, every fifth is deleted.
async fn peopled(count: u64) -> Demo {
    let demo = Demo::with_quota(1_000).await;
    let data = demo.data();
    let context =
        WriteContext { actor: colibri_domain::message::Actor::user(demo.alba.clone()), now: demo.now };
    for number in 1..=count {
        let name = NAMES[usize::try_from(number).unwrap() % NAMES.len()];
        let head = demo.contact(&format!("5939{number:08}"), name).await;
        let mut head = head;
        if number % 7 == 0 {
            let bruno = Some(demo.bruno.clone());
            let rule = |head| Ok::<_, ()>(colibri_domain::conversation::assign(head, bruno.clone()));
            head = data.change_head(head.id, &context, rule).await.unwrap().unwrap();
        }
        data.index_contact(&head, &BTreeSet::new()).await.unwrap();
        if number % 5 == 0 {
            data.delete_contact(&demo.organization, head.id, &|_| true, &context).await.unwrap();
        }
    }
    demo
}

async fn walked(
    demo: &Demo,
    order: RowOrder,
    descending: bool,
    limit: u32,
    candidates: &Candidates,
    judge: &(dyn Fn(&Head, Option<&Profile>) -> bool + Send + Sync),
) -> Vec<Head> {
    let mut heads = Vec::new();
    let mut cursor = None;
    loop {
        let query = RowQuery { order, descending, limit };
        let wanted = Wanted { candidates, by_profile: false, judge };
        let page = demo.data().rows(query, cursor.as_deref(), wanted).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        assert!(page.items.iter().all(|row| row.profile.is_some()));
        heads.extend(page.items.into_iter().map(|row| row.head));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return heads,
        }
    }
}

#[tokio::test]
async fn every_order_shows_everybody_once_whatever_the_page_and_the_filter() {
    let demo = peopled(230).await;
    let alive: Vec<u64> = (1..=230).filter(|number| number % 5 != 0).collect();
    for order in [RowOrder::Created, RowOrder::Activity, RowOrder::Name] {
        for descending in [false, true] {
            let heads = walked(&demo, order, descending, 37, &Candidates::Everybody, &|_, _| true).await;
            let mut ids: Vec<u64> = heads.iter().map(|head| head.id.0).collect();
            if order == RowOrder::Created {
                assert!(ids.is_sorted_by(|a, b| if descending { a > b } else { a < b }));
            }
            if order == RowOrder::Name {
                let names: Vec<String> =
                    heads.iter().map(|head| colibri_domain::text::fold(&head.display_name())).collect();
                assert!(names.is_sorted_by(|a, b| if descending { a >= b } else { a <= b }));
            }
            ids.sort_unstable();
            assert_eq!(ids, alive, "{order:?} {descending}");
            let bruno = demo.bruno.clone();
            let rare = move |head: &Head, _: Option<&Profile>| head.assignee.as_ref() == Some(&bruno);
            let candidates = Candidates::Assigned(demo.bruno.clone());
            let mut found: Vec<u64> = walked(&demo, order, descending, 3, &candidates, &rare)
                .await
                .iter()
                .map(|head| head.id.0)
                .collect();
            found.sort_unstable();
            let expected: Vec<u64> = alive.iter().copied().filter(|number| number % 7 == 0).collect();
            assert_eq!(found, expected, "{order:?} {descending}");
        }
    }
    let bruno = demo.bruno.clone();
    let judge = move |head: &Head, _: Option<&Profile>| head.assignee.as_ref() == Some(&bruno);
    let wanted = Wanted { candidates: &Candidates::Everybody, by_profile: false, judge: &judge };
    let counted = demo.data().count_rows(ContactId(0), wanted).await.unwrap();
    assert_eq!((counted.matched, counted.seen), (26, 184));
    assert_eq!((counted.up_to, counted.last), (ContactId(230), ContactId(230)));
}

async fn found(demo: &Demo, text: &str, limit: u32, among: &Among) -> Vec<u64> {
    let users = match among {
        Among::All => None,
        Among::Of(users) => Some(users.clone()),
    };
    let sees = move |head: &Head| {
        users.as_ref().is_none_or(|users| head.assignee.as_ref().is_some_and(|user| users.contains(user)))
    };
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = demo.data().search(text, limit, cursor.as_deref(), among, &sees).await.unwrap();
        ids.extend(page.items.iter().map(|head| head.id.0));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "nobody twice");
    ids
}

#[tokio::test]
async fn a_search_finds_everybody_whom_its_words_name_on_pages_of_any_size() {
    let demo = peopled(200).await;
    let named = |name: usize| -> Vec<u64> {
        (1..=200).filter(|n| n % 5 != 0 && usize::try_from(*n).unwrap() % NAMES.len() == name).collect()
    };
    let mut mari: Vec<u64> = [1, 2].into_iter().flat_map(named).collect();
    mari.sort_unstable();
    for (text, expected) in
        [("mari", mari), ("vega mari", named(1)), ("MARIA jose", named(2)), ("onate", named(4))]
    {
        for limit in [7, 25, 100] {
            assert_eq!(found(&demo, text, limit, &Among::All).await, expected, "{text} {limit}");
            let own = Among::Of(vec![demo.bruno.clone()]);
            let his: Vec<u64> = expected.iter().copied().filter(|number| number % 7 == 0).collect();
            assert_eq!(found(&demo, text, limit, &own).await, his, "{text} {limit}");
        }
    }
    assert_eq!(found(&demo, "#3", 10, &Among::All).await, [3]);
    assert!(found(&demo, "#5", 10, &Among::All).await.is_empty(), "deleted");
    assert!(found(&demo, "x", 10, &Among::All).await.is_empty());
}

#[tokio::test]
async fn a_page_reads_no_more_where_there_are_more_contacts() {
    let mut calls = Vec::new();
    for count in [120, 360] {
        let demo = peopled(count).await;
        demo.table.calls();
        let query = RowQuery { order: RowOrder::Created, descending: true, limit: 50 };
        let wanted = Wanted { candidates: &Candidates::Everybody, by_profile: false, judge: &|_, _| true };
        demo.data().rows(query, None, wanted).await.unwrap();
        let table = demo.table.calls().len();
        demo.data().search("maria lopez", 25, None, &Among::All, &|_| true).await.unwrap();
        calls.push((table, demo.table.calls().len()));
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test]
async fn a_renamed_contact_stands_in_its_new_place_only() {
    let demo = peopled(3).await;
    let data = demo.data();
    let context =
        WriteContext { actor: colibri_domain::message::Actor::user(demo.alba.clone()), now: demo.now };
    let before = data.head(ContactId(1)).await.unwrap().unwrap();
    let words = data.index_contact(&before, &BTreeSet::new()).await.unwrap();
    let edit = ContactEdit {
        first_name: Some("Abel".into()),
        last_name: Some(String::new()),
        ..ContactEdit::default()
    };
    let (head, _) = data.edit_contact(ContactId(1), edit, &context).await.unwrap();
    // Not indexed yet: the old place shows nothing that is not so any more.
    let stale = walked(&demo, RowOrder::Name, false, 10, &Candidates::Everybody, &|_, _| true).await;
    assert!(stale.iter().all(|one| one.id != ContactId(1)));
    data.index_contact(&head, &words).await.unwrap();
    let heads = walked(&demo, RowOrder::Name, false, 10, &Candidates::Everybody, &|_, _| true).await;
    assert_eq!(heads[0].id, ContactId(1));
    assert_eq!(heads.len(), 3);
}

#[tokio::test]
async fn two_segments_with_one_name_are_not_made_at_the_same_time() {
    let demo = Demo::new().await;
    let data = demo.data();
    let make = |id: &'static str| {
        let data = demo.data();
        async move {
            let rule = |all: &[Segment]| {
                if all.iter().any(|one| one.name == "VIP") {
                    return Err(StoreError::new(colibri_store::StoreErrorKind::Conflict, "test", "taken"));
                }
                let filter = colibri_domain::segment::Filter::default();
                Ok((
                    SegmentWrite::Put(Segment { id: id.into(), name: "VIP".into(), filter, version: 0 }),
                    None,
                ))
            };
            data.change_segments(rule).await
        }
    };
    let (one, two) = tokio::join!(make("sg_1"), make("sg_2"));
    assert!(one.is_ok() != two.is_ok());
    let all = data.segments().await.unwrap().items;
    assert_eq!(all.len(), 1);
    assert_eq!(data.segment(&all[0].id).await.unwrap().unwrap(), all[0]);
}
