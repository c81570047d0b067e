//! Data of one workspace is out of reach of another.

use colibri_domain::channel::ChannelSource;
use colibri_domain::contact::Head;
use colibri_domain::{ContactId, WorkspaceId};
use colibri_store::{Inbox, InboxQuery, ListOrder, StoreErrorKind};
use colibri_testing::Demo;
use colibri_testing::demo::{ACCOUNT, channel};

#[tokio::test]
async fn every_key_begins_with_its_scope() {
    let demo = Demo::new().await;
    let data = demo.data();
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.incoming(&ana, "wamid.1", 1, "Hola");
    data.put_message(&message).await.unwrap();
    data.receive_on_head(ana.id, &message, None).await.unwrap();
    let workspace = format!("W#{}", demo.workspace);
    let organization = format!("O#{}", demo.organization);
    for item in demo.table.items() {
        let pk = item["PK"].as_str().unwrap();
        let scoped = pk == workspace
            || pk.starts_with(&format!("{workspace}#"))
            || pk == organization
            || pk.starts_with(&format!("{organization}#"))
            || pk.starts_with("I#");
        assert!(scoped, "{pk}");
        assert!(item["_t"].is_string(), "an item without a type at {pk}");
        for index in ["gs", "ga"] {
            assert!(
                item.get(index).is_none_or(|key| key.as_str().unwrap().starts_with(&format!("{workspace}#")))
            );
        }
    }
}

#[tokio::test]
async fn another_workspace_sees_nothing() {
    let demo = Demo::new().await;
    let ana = demo.contact("593900000001", "Ana").await;
    let message = demo.incoming(&ana, "wamid.1", 1, "Hola");
    demo.data().put_message(&message).await.unwrap();
    demo.data().receive_on_head(ana.id, &message, None).await.unwrap();
    // One name is the beginning of the other.
    let other = demo.store.workspace(&WorkspaceId::from_unique("cei"));
    demo.table.calls();
    assert!(other.head(ContactId(1)).await.unwrap().is_none());
    assert!(other.message(ana.id, message.id).await.unwrap().is_none());
    assert!(other.contact_by_phone(&ana.phone.unwrap()).await.unwrap().is_none());
    assert!(other.timeline(ana.id, None, 50).await.unwrap().items.is_empty());
    assert!(other.settings().await.unwrap().is_none());
    let query = InboxQuery {
        inbox: Inbox::All,
        open: true,
        order: ListOrder::Newest,
        unreplied: false,
        failed: false,
        limit: 50,
    };
    let all = |_: &Head| true;
    assert!(other.inbox(&query, None, &all).await.unwrap().items.is_empty());
    assert!(other.search("Ana", 10, None, &colibri_store::Among::All, &all).await.unwrap().items.is_empty());
    for call in demo.table.calls() {
        assert!(call.partitions.iter().all(|pk| pk.starts_with("W#ws_cei#")), "{call:?}");
    }
}

#[tokio::test]
async fn an_account_belongs_to_one_workspace() {
    let demo = Demo::new().await;
    let stranger = channel(&WorkspaceId::from_unique("otro"), "otro", ACCOUNT);
    let refused = demo.store.installation().claim_account(&stranger, None).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Conflict);
    demo.store.installation().release_account(&stranger).await.unwrap();
    let found = demo
        .store
        .installation()
        .channel_by_account(ChannelSource::WhatsappCloud, ACCOUNT)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.workspace, found.channel), (demo.workspace.clone(), demo.channel.id.clone()));
    demo.store.installation().release_account(&demo.channel).await.unwrap();
    assert!(
        demo.store
            .installation()
            .channel_by_account(ChannelSource::WhatsappCloud, ACCOUNT)
            .await
            .unwrap()
            .is_none()
    );
    demo.store.installation().claim_account(&stranger, None).await.unwrap();
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let demo = Demo::new().await;
    let data = demo.data();
    data.put_ticket("t1", &demo.alba, demo.now.plus(30_000)).await.unwrap();
    let (a, b) = futures::join!(data.take_ticket("t1", demo.now), data.take_ticket("t1", demo.now));
    let taken: Vec<_> = [a.unwrap(), b.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, std::slice::from_ref(&demo.alba));
    data.put_ticket("t2", &demo.alba, demo.now.plus(30_000)).await.unwrap();
    assert!(data.take_ticket("t2", demo.now.plus(30_001)).await.unwrap().is_none(), "too old");
}
