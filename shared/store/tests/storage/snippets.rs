//! Snippets: unique ids, changes of the version that was read, and an exact count.

use colibri_domain::snippet::{SNIPPETS, Snippet};
use colibri_store::SnippetChange;
use colibri_testing::Demo;

fn snippet(id: &str, text: &str) -> Snippet {
    Snippet { id: id.into(), name: id.to_uppercase(), text: text.into(), files: Vec::new(), version: 0 }
}

#[tokio::test]
async fn of_two_changes_to_one_version_the_second_learns_what_is_there() {
    let demo = Demo::new().await;
    let store = demo.data();
    assert_eq!(store.put_snippet(&snippet("saludo", "Hola")).await.unwrap(), SnippetChange::Done);
    let taken = store.put_snippet(&snippet("saludo", "Otro")).await.unwrap();
    assert!(matches!(taken, SnippetChange::Stale(Some(known)) if known.text == "Hola"));

    let read = store.snippet("saludo").await.unwrap().unwrap();
    assert_eq!(read.version, 1);
    let change = |text: &str| Snippet { text: text.into(), ..read.clone() };
    assert_eq!(store.put_snippet(&change("Buenos días")).await.unwrap(), SnippetChange::Done);
    let stale = store.put_snippet(&change("Buenas tardes")).await.unwrap();
    assert!(
        matches!(stale, SnippetChange::Stale(Some(known)) if known.text == "Buenos días" && known.version == 2)
    );
    assert!(matches!(store.delete_snippet("saludo", 1).await.unwrap(), SnippetChange::Stale(Some(_))));
    assert_eq!(store.delete_snippet("saludo", 2).await.unwrap(), SnippetChange::Done);
    assert_eq!(store.delete_snippet("saludo", 2).await.unwrap(), SnippetChange::Stale(None));
    assert!(store.snippets(None).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn pages_hold_every_snippet_once_in_the_order_of_ids() {
    let demo = Demo::new().await;
    let store = demo.data();
    let mut ids: Vec<String> = (0..620).map(|n| format!("s-{n:04}")).collect();
    ids.push("s".into());
    for id in &ids {
        store.put_snippet(&snippet(id, "x")).await.unwrap();
    }
    let first = store.snippets(None).await.unwrap();
    let second = store.snippets(first.next_cursor.as_deref()).await.unwrap();
    assert_eq!(second.next_cursor, None);
    let read: Vec<String> = first.items.into_iter().chain(second.items).map(|one| one.id).collect();
    ids.sort();
    assert_eq!(read, ids);
    assert!(store.snippets(Some("forged")).await.is_err());
}

#[tokio::test]
async fn a_workspace_takes_as_many_as_it_may_and_a_deletion_makes_room() {
    let demo = Demo::new().await;
    let store = demo.data();
    store.put_snippet(&snippet("one", "x")).await.unwrap();
    let at = colibri_store::keys::snippet_count(&demo.workspace);
    let count = aws_sdk_dynamodb::types::AttributeValue::N(SNIPPETS.to_string());
    let (pk, sk) = (
        aws_sdk_dynamodb::types::AttributeValue::S(at.pk),
        aws_sdk_dynamodb::types::AttributeValue::S(at.sk),
    );
    let full = demo.table.client().put_item().table_name(colibri_testing::table::TABLE);
    full.item("PK", pk).item("SK", sk).item("n", count).send().await.unwrap();
    assert_eq!(store.put_snippet(&snippet("two", "x")).await.unwrap(), SnippetChange::Full);
    assert_eq!(store.delete_snippet("one", 1).await.unwrap(), SnippetChange::Done);
    assert_eq!(store.put_snippet(&snippet("two", "x")).await.unwrap(), SnippetChange::Done);
}
