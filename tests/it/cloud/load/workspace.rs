//! A workspace of its own in the running installation, with room for thousands of contacts, and what is found in it.

use std::collections::BTreeMap;

use colibri_domain::people::{ClosingNoteMode, Workspace};
use colibri_domain::{OrganizationId, WorkspaceId};
use colibri_testing::{TestTable, demo};
use serde_json::{Value, json};

use crate::cloud::place::Place;

/// Items of one batch.
const BATCH: usize = 25;
/// Id of the Meta app that signs the local installation's webhooks.
pub const APP: &str = "424200000000001";

/// Where a test's messages go.
pub struct Load<'a> {
    place: &'a Place,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its only channel.
    pub channel: String,
    /// The provider's id of that channel.
    pub account: String,
}

/// A stored message, as far as these tests ask.
pub struct Stored {
    /// Provider's id.
    pub provider_id: String,
    /// Its text.
    pub text: String,
}

impl<'a> Load<'a> {
    /// Makes it by the store's own rules and copies it into the installation.
    pub fn new(place: &'a Place) -> Self {
        let unique = place.key().replace("test-", "").replace('-', "x");
        let (workspace, organization) =
            (WorkspaceId::from_unique(&unique), OrganizationId::from_unique(&unique));
        let digits: String = unique.chars().filter(char::is_ascii_digit).collect();
        let account = format!("99{}", &digits[digits.len() - 14..]);
        let channel = demo::channel(&workspace, &unique, &account);
        let table = TestTable::without_stream();
        let store = table.store();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            store.organization(&organization).put_name("Carga").await.unwrap();
            store.organization(&organization).set_quota(100_000).await.unwrap();
            let data = store.workspace(&workspace);
            let settings = Workspace {
                id: workspace.clone(),
                organization_id: organization.clone(),
                name: "Carga".into(),
                timezone: "America/Guayaquil".into(),
                country: "EC".into(),
                closing_note_mode: ClosingNoteMode::Optional,
                consumers: Vec::new(),
            };
            data.put_workspace(&settings).await.unwrap();
            data.put_channel(&channel, None).await.unwrap();
            store.installation().claim_account(&channel, None).await.unwrap();
        });
        for batch in table.stored_items().chunks(BATCH) {
            let puts: Vec<Value> = batch.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect();
            let body = json!({"RequestItems": {place.table(): puts}});
            let answer = place.aws("DynamoDB_20120810.BatchWriteItem", &body);
            assert!(answer["UnprocessedItems"].as_object().is_none_or(serde_json::Map::is_empty), "{answer}");
        }
        Self { place, workspace, channel: channel.id.as_str().to_owned(), account }
    }

    /// Every item of the workspace, by partition.
    fn items(&self) -> Vec<Value> {
        let prefix = format!("W#{}#C#", self.workspace);
        let mut found = Vec::new();
        let mut from = Value::Null;
        loop {
            let mut body = json!({
                "TableName": self.place.table(),
                "ConsistentRead": true,
                "FilterExpression": "begins_with(PK, :p)",
                "ExpressionAttributeValues": {":p": {"S": prefix}},
            });
            if !from.is_null() {
                body["ExclusiveStartKey"] = from;
            }
            let mut page = self.place.aws("DynamoDB_20120810.Scan", &body);
            found.extend(page["Items"].as_array().cloned().unwrap_or_default());
            from = page["LastEvaluatedKey"].take();
            if from.is_null() {
                return found;
            }
        }
    }

    /// Messages of every contact in the order in which they are shown.
    pub fn timelines(&self) -> Vec<Vec<Stored>> {
        let mut contacts: BTreeMap<String, BTreeMap<(i64, i64, String), Stored>> = BTreeMap::new();
        for item in self.items() {
            let (pk, sk) = (item["PK"]["S"].as_str().unwrap(), item["SK"]["S"].as_str().unwrap());
            if let Some((_, _, id)) = colibri_store::keys::parse_message(pk, sk) {
                let message: Value = serde_json::from_str(item["d"]["S"].as_str().unwrap()).unwrap();
                let stored = Stored {
                    provider_id: item["pid"]["S"].as_str().unwrap_or_default().to_owned(),
                    text: message["content"]["text"].as_str().unwrap_or_default().to_owned(),
                };
                // As it is shown: by second, and within one by arrival.
                let place = (id.second().0, message["received_at"].as_i64().unwrap_or(0), sk.to_owned());
                contacts.entry(pk.to_owned()).or_default().insert(place, stored);
            }
        }
        contacts.into_values().map(|timeline| timeline.into_values().collect()).collect()
    }

    /// Sum of what the heads count as unread: exact however often a message was delivered.
    pub fn unread(&self) -> u64 {
        let heads = self.items().into_iter().filter(|item| item["SK"]["S"] == "Z#H");
        let unread = |head: Value| {
            let head: Value = serde_json::from_str(head["h"]["S"].as_str().unwrap()).unwrap();
            head["u"].as_u64().unwrap_or(0)
        };
        heads.map(unread).sum()
    }
}
