//! Contacts are created once, within the quota, and keep what is theirs.

use colibri_domain::contact::Head;
use colibri_domain::message::{Actor, Source};
use colibri_domain::{ContactChannelId, ContactId};
use colibri_store::{ContactEdit, CreatedContact, Identify, NewContact, StoreErrorKind, WriteContext};
use colibri_testing::Demo;
use futures::future::join_all;

fn head_of(created: CreatedContact) -> Head {
    match created {
        CreatedContact::New(head) | CreatedContact::Existing(head) => head,
    }
}

#[tokio::test]
async fn the_same_person_arriving_many_times_at_once_is_one_contact() {
    let demo = Demo::new().await;
    let data = demo.data();
    let arrivals =
        (0..8).map(|_| data.create_contact(&demo.organization, demo.newcomer("593900000001", "Ana")));
    let created: Vec<_> =
        join_all(arrivals).await.into_iter().map(|c| c.expect("created or found")).collect();
    let new = created.iter().filter(|c| matches!(c, CreatedContact::New(_))).count();
    assert_eq!(new, 1);
    let ids: std::collections::BTreeSet<_> = created.into_iter().map(|c| head_of(c).id).collect();
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), [ContactId(1)]);
    assert_eq!(demo.store.organization(&demo.organization).quota().await.unwrap().used, 1);
    assert_eq!(data.contacts_created().await.unwrap(), 1);
}

#[tokio::test]
async fn a_quota_is_used_up_to_the_last_place_and_never_beyond() {
    let demo = Demo::with_quota(5).await;
    let data = demo.data();
    let mut waiting: Vec<u32> = (0..9).collect();
    let (mut created, mut refused) = (0, 0);
    // Contention sends an arrival round again, as its queue would; only "full" is an answer.
    while !waiting.is_empty() {
        let arrivals = waiting.iter().map(|n| {
            data.create_contact(&demo.organization, demo.newcomer(&format!("59390000010{n}"), "Ana"))
        });
        let answers = join_all(arrivals).await;
        let mut again = Vec::new();
        for (n, answer) in waiting.iter().zip(answers) {
            match answer {
                Ok(_) => created += 1,
                Err(error) if error.kind == StoreErrorKind::Quota => refused += 1,
                Err(error) if error.kind == StoreErrorKind::Conflict => again.push(*n),
                Err(error) => panic!("{error}"),
            }
        }
        waiting = again;
    }
    assert_eq!((created, refused), (5, 4));
    let quota = demo.store.organization(&demo.organization).quota().await.unwrap();
    assert_eq!((quota.used, quota.limit), (5, 5));
    // Numbers are dense: every one from 1 is there.
    for id in 1..=5 {
        assert!(data.head(ContactId(id)).await.unwrap().is_some(), "{id}");
    }
    assert!(data.head(ContactId(6)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_full_quota_still_finds_those_who_are_there() {
    let demo = Demo::with_quota(1).await;
    let ana = demo.contact("593900000001", "Ana").await;
    let again =
        demo.data().create_contact(&demo.organization, demo.newcomer("593900000001", "Ana")).await.unwrap();
    assert_eq!(again, CreatedContact::Existing(ana));
}

#[tokio::test]
async fn every_form_of_an_identity_leads_to_the_same_contact() {
    let demo = Demo::new().await;
    let data = demo.data();
    let mut new = demo.newcomer("593900000001", "Ana");
    new.head.channels[0].aliases = vec!["EC.123456".into()];
    let ana = head_of(data.create_contact(&demo.organization, new).await.unwrap());
    for form in ["593900000001", "EC.123456"] {
        let forms = [form.to_owned()];
        let who = Identify { channel: &demo.channel.id, forms: &forms, phone: None };
        assert_eq!(data.find_contact(who).await.unwrap(), Some(ana.id), "{form}");
    }
    let stranger = ["593900000002".to_owned()];
    let who = Identify { channel: &demo.channel.id, forms: &stranger, phone: ana.phone.as_ref() };
    assert_eq!(data.find_contact(who).await.unwrap(), Some(ana.id), "a vouched phone leads to its owner");
}

#[tokio::test]
async fn a_phone_has_one_owner_and_others_keep_it_as_text() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let mut new = demo.newcomer("593900000002", "Beto");
    new.head.phone.clone_from(&ana.phone);
    let beto = head_of(data.create_contact(&demo.organization, new).await.unwrap());
    assert_ne!(beto.id, ana.id);
    assert_eq!(beto.phone, None);
    let profile = data.profile(beto.id).await.unwrap().unwrap();
    assert_eq!(profile.foreign_phone, ana.phone);
    let phone = ana.phone.clone().unwrap();
    assert_eq!(data.contact_by_phone(&phone).await.unwrap(), Some(ana.id));

    // Once its owner gives it up, somebody else may have it.
    let context = WriteContext { actor: Actor::user(demo.alba.clone()), now: demo.now };
    data.edit_contact(ana.id, ContactEdit { phone: Some(None), ..ContactEdit::default() }, &context)
        .await
        .unwrap();
    assert_eq!(data.contact_by_phone(&phone).await.unwrap(), None);
    let edit = ContactEdit { phone: Some(Some(phone.clone())), ..ContactEdit::default() };
    let (head, _) = data.edit_contact(beto.id, edit, &context).await.unwrap();
    assert_eq!(head.phone, Some(phone.clone()));
    assert_eq!(data.contact_by_phone(&phone).await.unwrap(), Some(beto.id));
}

#[tokio::test]
async fn writing_first_to_a_known_phone_makes_no_second_contact() {
    let demo = Demo::new().await;
    let ana = demo.contact("593900000001", "Ana").await;
    let mut head = Head::new(ContactId(0), demo.now);
    head.phone.clone_from(&ana.phone);
    let typed = NewContact {
        head,
        profile: colibri_testing::demo::profile(Source::User),
        actor: Actor::user(demo.alba.clone()),
        now: demo.now,
    };
    let found = demo.data().create_contact(&demo.organization, typed).await.unwrap();
    assert_eq!(found, CreatedContact::Existing(ana));
}

#[tokio::test]
async fn an_identity_of_somebody_else_cannot_be_taken() {
    let demo = Demo::new().await;
    let data = demo.data();
    demo.contact("593900000001", "Ana").await;
    let beto = demo.contact("593900000002", "Beto").await;
    let context = WriteContext { actor: Actor::source(Source::System), now: demo.now };
    let taken =
        data.connect_identity(beto.id, demo.identity("593900000001"), &[], &context).await.unwrap_err();
    assert_eq!(taken.kind, StoreErrorKind::Conflict);
    let fresh = data
        .connect_identity(beto.id, demo.identity("593900000003"), &["EC.3".to_owned()], &context)
        .await
        .unwrap();
    assert_eq!(fresh.channels.len(), 2);
    let forms = ["EC.3".to_owned()];
    let who = Identify { channel: &demo.channel.id, forms: &forms, phone: None };
    assert_eq!(data.find_contact(who).await.unwrap(), Some(beto.id));
    assert!(fresh.channel(&ContactChannelId::derive(&demo.channel.id, "593900000003")).is_some());
}

#[tokio::test]
async fn edits_are_logged_and_announced_once() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "ana").await;
    demo.table.changes();
    let context = WriteContext { actor: Actor::user(demo.alba.clone()), now: demo.now.plus(5_000) };
    let edit = ContactEdit {
        first_name: Some("Ana".into()),
        add_tags: vec!["vip".into()],
        ..ContactEdit::default()
    };
    let (head, _) = data.edit_contact(ana.id, edit.clone(), &context).await.unwrap();
    assert_eq!((head.first_name.as_str(), head.tags.len()), ("Ana", 1));
    let names: Vec<_> = events(&demo);
    assert!(
        names.contains(&"contact.updated".to_owned()) && names.contains(&"contact.tag_updated".to_owned()),
        "{names:?}"
    );
    let log = data.activities(ana.id, None, 50).await.unwrap().items;
    assert_eq!(log.len(), 3, "created, renamed, tagged");
}

/// Names of the events published since the last asking.
pub fn events(demo: &Demo) -> Vec<String> {
    let written = demo.table.all_changes();
    let message = |id| {
        written.iter().find_map(|change| match colibri_store::carried_entry(change.new.as_ref()?) {
            Ok(Some(colibri_store::Entry::Message(message))) if message.id == id => Some(message),
            _ => None,
        })
    };
    let changes = demo.table.changes();
    changes
        .iter()
        .flat_map(|change| {
            colibri_store::carried_events(change.new.as_ref().unwrap(), change.old.as_ref(), &message)
                .unwrap()
        })
        .map(|event| event.kind.name().to_owned())
        .collect()
}
