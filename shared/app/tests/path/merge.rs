//! Two contacts become one and two again, while everything goes on around them.

use std::collections::BTreeSet;

use colibri_app::http::RecordHandler;
use colibri_app::ports::QueueName;
use colibri_domain::ContactId;
use colibri_domain::contact::{Head, Profile};
use colibri_domain::merge::Picks;
use colibri_domain::message::Actor;
use colibri_store::{ContactEdit, Entry, MergeRefusal, Merging, WriteContext};
use colibri_testing::path::{Path, record, text};
use futures::future::join;

const ANA: &str = "593991234567";
const ANITA: &str = "593997654321";
const LUIS: &str = "593990000003";

fn anybody(_: &Head) -> bool {
    true
}

fn context(path: &Path) -> WriteContext {
    WriteContext { actor: Actor::user(path.demo.alba.clone()), now: path.demo.now }
}

async fn merge(path: &Path, primary: u64, secondary: u64) -> Result<Head, MergeRefusal> {
    let picks = Picks::new();
    let merging = Merging {
        organization: &path.demo.organization,
        primary: ContactId(primary),
        secondary: ContactId(secondary),
        picks: &picks,
    };
    path.demo.data().merge_contacts(&merging, &anybody, &context(path)).await.unwrap()
}

async fn unmerge(path: &Path, primary: u64, secondary: u64) -> Result<(Head, Head), MergeRefusal> {
    let picks = Picks::new();
    let merging = Merging {
        organization: &path.demo.organization,
        primary: ContactId(primary),
        secondary: ContactId(secondary),
        picks: &picks,
    };
    path.demo.data().unmerge_contacts(&merging, &anybody, &context(path)).await.unwrap()
}

async fn used(path: &Path) -> u64 {
    path.demo.store.organization(&path.demo.organization).quota().await.unwrap().used
}

/// What a contact shows, in order: what its messages say.
async fn said(path: &Path, contact: u64) -> Vec<String> {
    let mut texts = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = path.demo.data().timeline(ContactId(contact), cursor.as_deref(), 3).await.unwrap();
        texts.extend(page.items.into_iter().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message.content.preview()),
            _ => None,
        }));
        cursor = page.next_cursor;
        if cursor.is_none() {
            texts.reverse();
            return texts;
        }
    }
}

async fn two(path: &Path) {
    path.deliver(&text(ANA, "Ana Vera", "wamid.1", path.second(1), "uno")).await;
    path.deliver(&text(ANITA, "Anita", "wamid.2", path.second(2), "dos")).await;
    path.deliver(&text(ANA, "Ana Vera", "wamid.3", path.second(3), "tres")).await;
    path.deliver(&text(ANITA, "Anita", "wamid.4", path.second(4), "cuatro")).await;
}

/// A head without what every write changes.
fn still(mut head: Head) -> Head {
    head.version = 0;
    head
}

async fn whole(path: &Path, contact: u64) -> (Head, Profile) {
    let data = path.demo.data();
    let head = data.own_head(ContactId(contact)).await.unwrap().unwrap();
    (still(head), data.profile(ContactId(contact)).await.unwrap().unwrap())
}

#[tokio::test]
async fn one_contact_shows_both_histories_and_separating_gives_back_both() {
    let path = Path::new().await;
    two(&path).await;
    let before = (whole(&path, 1).await, whole(&path, 2).await);
    let merged = merge(&path, 1, 2).await.unwrap();
    assert_eq!((merged.id, merged.unread, merged.channels.len()), (ContactId(1), 4, 2));
    assert_eq!(said(&path, 1).await, ["uno", "dos", "tres", "cuatro"]);
    assert!(path.demo.data().own_head(ContactId(2)).await.unwrap().is_none());
    let (one, other) = unmerge(&path, 1, 2).await.unwrap();
    assert_eq!((one.id, other.id), (ContactId(1), ContactId(2)));
    assert_eq!((whole(&path, 1).await, whole(&path, 2).await), before);
    assert_eq!(said(&path, 1).await, ["uno", "tres"]);
    assert_eq!(said(&path, 2).await, ["dos", "cuatro"]);
}

#[tokio::test]
async fn messages_after_a_merge_follow_their_channel() {
    let path = Path::new().await;
    two(&path).await;
    merge(&path, 1, 2).await.unwrap();
    path.deliver(&text(ANITA, "Anita", "wamid.5", path.second(5), "cinco")).await;
    // What came before the merge comes again, and is what is there already.
    path.deliver(&text(ANITA, "Anita", "wamid.2", path.second(2), "dos")).await;
    let head = path.head(1).await;
    assert_eq!((head.unread, head.last_message.unwrap().preview.as_str()), (5, "cinco"));
    assert_eq!(said(&path, 1).await, ["uno", "dos", "tres", "cuatro", "cinco"]);
    unmerge(&path, 1, 2).await.unwrap();
    path.deliver(&text(ANITA, "Anita", "wamid.5", path.second(5), "cinco")).await;
    assert_eq!(said(&path, 1).await, ["uno", "tres"]);
    assert_eq!(said(&path, 2).await, ["dos", "cuatro", "cinco"]);
    assert_eq!(path.head(2).await.last_message.unwrap().preview, "cinco");
    assert_eq!(path.head(1).await.last_message.unwrap().preview, "tres");
}

#[tokio::test]
async fn an_answer_goes_to_the_identity_and_leaves_though_they_are_separated_meanwhile() {
    let path = Path::new().await;
    two(&path).await;
    merge(&path, 1, 2).await.unwrap();
    let head = path.head(1).await;
    let to = head.channels.iter().find(|c| c.identity == ANITA).unwrap().clone();
    assert_eq!(head.keeper(&to.id), ContactId(2));
    let queue_of = |contact: u64| {
        let data = path.demo.data();
        async move { data.stored_head(ContactId(contact)).await.unwrap().unwrap().queue.len() }
    };
    let mut answer = path.demo.outgoing(&head, "k1", 10, "respuesta");
    (answer.contact_id, answer.contact_channel_id) = (head.keeper(&to.id), to.id.clone());
    path.accept(answer).await;
    assert_eq!(queue_of(1).await, 1);
    unmerge(&path, 1, 2).await.unwrap();
    assert_eq!((queue_of(1).await, queue_of(2).await), (0, 1));
    assert_eq!(said(&path, 2).await.last().map(String::as_str), Some("respuesta"));
}

#[tokio::test]
async fn a_message_that_arrives_while_they_are_merged_is_counted_once_where_it_belongs() {
    let path = Path::new().await;
    two(&path).await;
    for n in 5..15 {
        let id = format!("wamid.{n}");
        path.post(&text(ANITA, "Anita", &id, path.second(n), &format!("m{n}"))).await;
        let inbound = path.queue.take(QueueName::Inbound);
        let (primary, secondary) = (1, 2);
        let arriving = record(&inbound[0]);
        let arrives = path.receive.handle(arriving.clone());
        if n % 2 == 1 {
            let (merged, done) = join(merge(&path, primary, secondary), arrives).await;
            merged.unwrap();
            if done.is_err() {
                path.receive.handle(arriving).await.unwrap();
            }
        } else {
            let (apart, done) = join(unmerge(&path, primary, secondary), arrives).await;
            apart.unwrap();
            if done.is_err() {
                path.receive.handle(arriving).await.unwrap();
            }
        }
    }
    let own: Vec<String> = said(&path, 2).await;
    assert_eq!(own.len(), 12, "{own:?}");
    assert_eq!(said(&path, 1).await, ["uno", "tres"]);
    assert_eq!(path.head(1).await.unread + path.head(2).await.unread, 14);
}

#[tokio::test]
async fn opposite_merges_at_once_make_one_contact() {
    let path = Path::new().await;
    two(&path).await;
    let (one, other) = join(merge(&path, 1, 2), merge(&path, 2, 1)).await;
    let (kept, gone, refused) = match (one, other) {
        (Ok(_), Err(refused)) => (1, 2, refused),
        (Err(refused), Ok(_)) => (2, 1, refused),
        both => panic!("one of two: {both:?}"),
    };
    assert_eq!(refused, MergeRefusal::MergedInto(ContactId(kept)));
    assert_eq!(path.head(gone).await.id, ContactId(kept), "everything that names one finds the other");
    assert_eq!(said(&path, kept).await.len(), 4);
}

#[tokio::test]
async fn a_chain_comes_apart_from_its_end() {
    let path = Path::new().await;
    two(&path).await;
    path.deliver(&text(LUIS, "Luis", "wamid.9", path.second(9), "nueve")).await;
    merge(&path, 2, 3).await.unwrap();
    merge(&path, 1, 2).await.unwrap();
    assert_eq!(said(&path, 1).await.len(), 5);
    path.deliver(&text(LUIS, "Luis", "wamid.10", path.second(10), "diez")).await;
    assert_eq!(unmerge(&path, 1, 3).await.unwrap_err(), MergeRefusal::NotMerged);
    assert_eq!(merge(&path, 1, 3).await.unwrap_err(), MergeRefusal::MergedInto(ContactId(2)));
    unmerge(&path, 1, 2).await.unwrap();
    assert_eq!(said(&path, 2).await, ["dos", "cuatro", "nueve", "diez"]);
    unmerge(&path, 2, 3).await.unwrap();
    assert_eq!(said(&path, 3).await, ["nueve", "diez"]);
    assert_eq!(said(&path, 1).await, ["uno", "tres"]);
    merge(&path, 1, 2).await.unwrap();
    merge(&path, 1, 3).await.unwrap();
    assert_eq!(unmerge(&path, 1, 2).await.unwrap_err(), MergeRefusal::NotLast(ContactId(3)));
}

#[tokio::test]
async fn a_place_is_free_on_the_first_and_separating_takes_one_back() {
    let path = Path::with_quota(2).await;
    two(&path).await;
    merge(&path, 1, 2).await.unwrap();
    assert_eq!(used(&path).await, 2, "not before the first of the month");
    unmerge(&path, 1, 2).await.unwrap();
    assert_eq!(used(&path).await, 2, "its place was kept");
    merge(&path, 1, 2).await.unwrap();
    let installation = path.demo.store.installation();
    assert!(installation.due_places(path.demo.now).await.unwrap().is_empty());
    let first = path.demo.now.next_month();
    let due = installation.due_places(first).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(installation.release_places(&due[0]).await.unwrap(), 1);
    assert_eq!(installation.release_places(&due[0]).await.unwrap(), 0, "once");
    assert_eq!(used(&path).await, 1);
    path.deliver(&text(LUIS, "Luis", "wamid.9", path.second(9), "nueve")).await;
    assert_eq!(used(&path).await, 2);
    assert_eq!(unmerge(&path, 1, 2).await.unwrap_err(), MergeRefusal::Quota);
    assert_eq!(path.head(2).await.id, ContactId(1), "nothing changed");
}

#[tokio::test]
async fn phone_and_email_have_one_owner_all_the_way() {
    let path = Path::new().await;
    two(&path).await;
    let data = path.demo.data();
    let phone = |digits: &str| colibri_domain::phone::E164::from_digits(digits).unwrap();
    let picks: Picks = [("phone".to_owned(), colibri_domain::merge::Side::Secondary)].into();
    let merging = Merging {
        organization: &path.demo.organization,
        primary: ContactId(1),
        secondary: ContactId(2),
        picks: &picks,
    };
    let head = data.merge_contacts(&merging, &anybody, &context(&path)).await.unwrap().unwrap();
    assert_eq!(head.phone, Some(phone(ANITA)));
    for digits in [ANA, ANITA] {
        assert_eq!(data.contact_by_phone(&phone(digits)).await.unwrap(), Some(ContactId(1)), "{digits}");
    }
    // An edit later stays with the primary; the secondary gets back what it had.
    let new = phone("593995555555");
    let edit = ContactEdit { phone: Some(Some(new.clone())), ..ContactEdit::default() };
    data.edit_contact(ContactId(1), edit, &context(&path)).await.unwrap();
    let (one, other) = unmerge(&path, 1, 2).await.unwrap();
    assert_eq!((one.phone, other.phone), (Some(new), Some(phone(ANITA))));
    assert_eq!(data.contact_by_phone(&phone(ANITA)).await.unwrap(), Some(ContactId(2)));
}

#[tokio::test]
async fn who_shows_the_same_number_is_suggested_from_both_sides() {
    let path = Path::new().await;
    two(&path).await;
    let data = path.demo.data();
    let typed = ContactEdit {
        phone: Some(Some(colibri_domain::phone::E164::from_digits(ANA).unwrap())),
        ..ContactEdit::default()
    };
    let (_, profile) = data.edit_contact(ContactId(2), typed, &context(&path)).await.unwrap();
    assert_eq!(profile.foreign_phone.map(String::from), Some(format!("+{ANA}")));
    for (one, other) in [(1, 2), (2, 1)] {
        let head = path.head(one).await;
        let found: BTreeSet<u64> =
            data.merge_suggestions(&head).await.unwrap().iter().map(|s| s.head.id.0).collect();
        assert_eq!(found, BTreeSet::from([other]));
    }
    merge(&path, 1, 2).await.unwrap();
    assert!(data.merge_suggestions(&path.head(1).await).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_merge_costs_the_same_whatever_the_history() {
    let mut costs = Vec::new();
    for messages in [2, 60] {
        let path = Path::new().await;
        two(&path).await;
        for n in 10..10 + messages {
            let id = format!("wamid.{n}");
            path.deliver(&text(ANITA, "Anita", &id, path.second(n), "m")).await;
        }
        path.demo.table.calls();
        merge(&path, 1, 2).await.unwrap();
        let calls = path.demo.table.calls();
        costs.push(calls.len());
        path.demo.data().timeline(ContactId(1), None, 50).await.unwrap();
        let reads = path.demo.table.calls();
        assert_eq!(reads.len(), 2, "a page of a merged contact is one Query for each part: {reads:?}");
    }
    assert_eq!(costs[0], costs[1]);
}
