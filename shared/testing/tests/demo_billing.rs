//! The demo's subscription, as the seed writes it.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../examples/seed-demo/billing.rs"]
mod billing;

/// The names that the seed uses.
mod workspace {
    use colibri_domain::{OrganizationId, UserId};

    pub fn organization() -> OrganizationId {
        OrganizationId::from_unique("ceibo")
    }

    pub fn user(name: &str) -> UserId {
        UserId::from_unique(name)
    }
}

use colibri_domain::Millis;
use colibri_domain::billing::Status;
use colibri_testing::TestTable;

#[tokio::test]
async fn the_demo_has_paid_twice_and_its_card_is_kept() {
    let store = TestTable::without_stream().store();
    // 28 February: the month that follows is shorter than any other.
    let paid = billing::fill(&store, Millis(1_772_290_800_000)).await.unwrap();
    let owner = store.organization(&workspace::organization());
    let sub = owner.subscription().await.unwrap().unwrap().subscription;
    assert_eq!((sub.status, sub.todo.len(), sub.plan.as_deref()), (Status::Active, 0, Some("crm-500")));
    assert_eq!(sub.card.unwrap().provider, "stripe");
    let invoices = owner.invoices().await.unwrap();
    assert_eq!(invoices.iter().filter(|invoice| invoice.mailed).count(), 2);
    assert_eq!(paid.bucket.names().len(), 4, "a page and an electronic document each");
    assert_eq!(paid.books["payments"].as_array().unwrap().len(), 2);
    assert_eq!(owner.quota().await.unwrap().limit, 500);
    assert!(store.installation().is_operator(&workspace::user("elena")).await.unwrap());
}
