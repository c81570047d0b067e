//! What a run left behind, read once for all invariants.

use std::collections::BTreeMap;

use colibri_app::http::Change;
use colibri_domain::ContactId;
use colibri_domain::contact::Head;
use colibri_domain::message::{Message, Traffic};
use colibri_store::{Entry, Inbox, InboxQuery, ListOrder, carried_entry, carried_head};
use serde_json::Value;

use super::faults::Trouble;
use super::ledger::Ledger;
use super::tenant::Tenant;
use super::world::World;
use crate::locked;

/// A contact of a tenant.
pub type Place = (usize, ContactId);

/// Everything.
#[allow(missing_docs)]
pub struct Facts {
    pub tenants: Vec<Tenant>,
    /// Every item as plain JSON.
    pub items: Vec<Value>,
    /// Every change, in order.
    pub history: Vec<Change>,
    pub heads: BTreeMap<Place, Head>,
    /// In the order in which the screen shows them.
    pub messages: BTreeMap<Place, Vec<Message>>,
    /// Contacts of each tenant's lists, open and closed, as the index has them.
    pub listed: Vec<[Vec<ContactId>; 2]>,
    pub ledger: Ledger,
    pub waiting: Vec<(&'static str, usize)>,
    /// Clocks were wrong: what arrived when is not known.
    pub skewed: bool,
}

impl Facts {
    /// Collects them when nothing goes on any more.
    pub async fn of(world: &World) -> Self {
        let items = world.table.items();
        let tenant_of = |item: &Value| {
            let scope = item["PK"].as_str()?.strip_prefix("W#")?.split('#').next()?.to_owned();
            world.tenants.iter().position(|tenant| tenant.workspace.as_str() == scope)
        };
        let mut heads = BTreeMap::new();
        for item in items.iter().filter(|item| item["SK"] == colibri_store::keys::HEAD) {
            if let (Some(tenant), Some(carried)) = (tenant_of(item), carried_head(item)) {
                heads.insert((tenant, carried.head.id), carried.head);
            }
        }
        let mut messages = BTreeMap::new();
        let mut listed = Vec::new();
        for tenant in &world.tenants {
            let store = world.store().workspace(&tenant.workspace);
            for place in heads.keys().filter(|(of, _)| *of == tenant.place) {
                let page = store.timeline(place.1, None, 500).await.expect("a timeline");
                let mut shown: Vec<Message> = page
                    .items
                    .into_iter()
                    .filter_map(|entry| if let Entry::Message(m) = entry { Some(m) } else { None })
                    .collect();
                shown.reverse();
                messages.insert(*place, shown);
            }
            let mut lists = [Vec::new(), Vec::new()];
            for (list, open) in lists.iter_mut().zip([true, false]) {
                let query = InboxQuery {
                    inbox: Inbox::All,
                    open,
                    order: ListOrder::Newest,
                    unreplied: false,
                    failed: false,
                    limit: 100,
                };
                let page = store.inbox(&query, None, &|_| true).await.expect("a list");
                *list = page.items.into_iter().map(|head| head.id).collect();
                list.sort();
            }
            listed.push(lists);
        }
        Self {
            tenants: world.tenants.clone(),
            history: world.table.history().into_iter().map(|recorded| recorded.change).collect(),
            ledger: locked(&world.ledger).clone(),
            waiting: world.waiting(),
            skewed: world.troubles.fired()[Trouble::Skew as usize] > 0,
            items,
            heads,
            messages,
            listed,
        }
    }

    /// All messages with their contacts.
    pub fn all(&self) -> impl Iterator<Item = (Place, &Message)> {
        self.messages.iter().flat_map(|(place, messages)| messages.iter().map(move |m| (*place, m)))
    }

    /// What contacts wrote.
    pub fn incoming(&self) -> impl Iterator<Item = (Place, &Message)> {
        self.all().filter(|(_, message)| message.traffic == Traffic::Incoming)
    }

    /// The items of one tenant's workspace whose partition begins so after its name.
    pub fn items_of<'a>(&'a self, tenant: usize, part: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let begin = format!("W#{}{part}", self.tenants[tenant].workspace);
        self.items.iter().filter(move |item| item["PK"].as_str().is_some_and(|pk| pk.starts_with(&begin)))
    }

    /// Changes of heads, in order: before and after.
    pub fn head_changes(&self) -> impl Iterator<Item = (Option<Head>, Head, &Change)> {
        self.history.iter().filter_map(|change| {
            let new = change.new.as_ref().and_then(carried_head)?.head;
            let old = change.old.as_ref().and_then(carried_head).map(|carried| carried.head);
            Some((old, new, change))
        })
    }

    /// Changes of messages, in order: before and after.
    pub fn message_changes(&self) -> impl Iterator<Item = (Option<Message>, Message)> {
        let message = |image: &Value| match carried_entry(image) {
            Ok(Some(Entry::Message(message))) => Some(message),
            _ => None,
        };
        self.history.iter().filter_map(move |change| {
            let new = change.new.as_ref().and_then(message)?;
            Some((change.old.as_ref().and_then(message), new))
        })
    }
}
