//! The table of a run: the real SDK client over DynamoDB in memory, with faults at its connector and a stream.

use std::sync::{Arc, Mutex, OnceLock};

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use colibri_app::http::Change;
use colibri_domain::Millis;
use colibri_store::Store;
use dynoxide::Database;
use serde_json::{Value, json};

use super::faults::{Trouble, Troubles};
use super::random::Random;
use super::scheduler::{Scheduler, Waits};
use crate::locked;
use crate::stream::plain_item;
use crate::table::{TABLE, answer, cancelled, dispatch, dispatch_bytes, empty, response};

/// Records of a full page of the stream.
const RECORDS: usize = 1_000;

/// A change with its time.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When it was read from the stream.
    pub at: Millis,
    /// The change.
    pub change: Change,
    image: Option<Value>,
}

/// The table.
#[derive(Clone)]
pub struct SimTable {
    inner: Arc<Inner>,
    client: Client,
}

struct Inner {
    db: Database,
    scheduler: Scheduler,
    random: Random,
    troubles: Mutex<Troubles>,
    state: Mutex<State>,
    changed: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Default)]
struct State {
    /// Nothing answers until then.
    away_until: i64,
    iterator: Option<String>,
    history: Vec<Recorded>,
    /// Somebody was told to read the stream.
    awaited: bool,
    lagging: Option<(Database, usize)>,
    calls: u64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SimTable")
    }
}

#[derive(Debug)]
struct Connector(Arc<Inner>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { inner.call(&request).await })
    }
}

impl SimTable {
    /// An empty table.
    pub fn new(scheduler: &Scheduler, random: &Random, troubles: &Troubles) -> Self {
        let inner = Arc::new(Inner {
            db: empty(true),
            scheduler: scheduler.clone(),
            random: random.clone(),
            troubles: Mutex::new(troubles.clone()),
            state: Mutex::default(),
            changed: OnceLock::new(),
        });
        let connector = SharedHttpConnector::new(Connector(Arc::clone(&inner)));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            // Nobody looks at signatures, and nothing is streamed: a third of a call's work less.
            .allow_no_auth()
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .endpoint_url("http://table.invalid")
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            // What one run learns of failures must not reach the next.
            .retry_partition(RetryPartition::new(format!("sim-{:x}", random.next())))
            .sleep_impl(Waits(scheduler.clone()))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Self { inner, client: Client::from_conf(config) }
    }

    /// The store over this table, waiting by the run's clock.
    pub fn store(&self) -> Store {
        Store::new(self.client.clone(), TABLE).pausing(Arc::new(Waits(self.inner.scheduler.clone())))
    }

    /// From now on this goes wrong.
    pub fn trouble(&self, troubles: &Troubles) {
        *locked(&self.inner.troubles) = troubles.clone();
    }

    /// What shall be told of changes: once, until they were read to the end.
    pub fn on_change(&self, changed: impl Fn() + Send + Sync + 'static) {
        let _ = self.inner.changed.set(Box::new(changed));
    }

    /// Reads the changes since the last reading; none: the next ones are told of again.
    pub fn read(&self) -> Vec<Change> {
        let mut state = locked(&self.inner.state);
        let changes = self.inner.read(&mut state);
        state.awaited = !changes.is_empty();
        changes
    }

    /// Everything that was read.
    pub fn history(&self) -> Vec<Recorded> {
        locked(&self.inner.state).history.clone()
    }

    /// Calls that reached it.
    pub fn calls(&self) -> u64 {
        locked(&self.inner.state).calls
    }

    /// Every item as plain JSON.
    pub fn items(&self) -> Vec<Value> {
        self.wire_items().iter().map(plain_item).collect()
    }

    /// Every item as the table's own wire format has it.
    pub fn wire_items(&self) -> Vec<Value> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut request = json!({ "TableName": TABLE });
            if !start.is_null() {
                request["ExclusiveStartKey"] = start;
            }
            let mut page = dispatch(&self.inner.db, "Scan", &request).expect("a scan");
            if let Some(Value::Array(found)) = page.get_mut("Items").map(Value::take) {
                items.extend(found);
            }
            start = page.get_mut("LastEvaluatedKey").map(Value::take).unwrap_or_default();
            if start.is_null() {
                return items;
            }
        }
    }

    /// Puts items there, as the wire format has them.
    pub fn fill(&self, items: &[Value]) {
        for batch in items.chunks(25) {
            let puts: Vec<Value> =
                batch.iter().map(|item| json!({ "PutRequest": { "Item": item } })).collect();
            let request = json!({ "RequestItems": { TABLE: puts } });
            dispatch(&self.inner.db, "BatchWriteItem", &request).expect("items of the same table");
        }
    }
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

impl Inner {
    async fn call(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default();
        let writes = !matches!(operation.as_str(), "GetItem" | "Query" | "BatchGetItem");
        self.scheduler.sleep(self.random.between(1, 8)).await;
        if let Some(answer) = self.refuses(&operation, body, writes).await? {
            return Ok(answer);
        }
        let (status, text) = self.carry_out(&operation, body, writes);
        self.scheduler.sleep(self.random.between(0, 6)).await;
        if self.hits(Trouble::DropAfter) {
            return Err(ConnectorError::io("connection reset before the answer".into()));
        }
        Ok(answer(status, text))
    }

    fn hits(&self, trouble: Trouble) -> bool {
        let troubles = locked(&self.troubles).clone();
        troubles.hits(trouble)
    }

    fn tell(&self) {
        let Some(changed) = self.changed.get() else { return };
        let told = std::mem::replace(&mut locked(&self.state).awaited, true);
        if !told {
            changed();
        }
    }

    /// What goes wrong before anything is done.
    async fn refuses(
        &self,
        operation: &str,
        body: &[u8],
        writes: bool,
    ) -> Result<Option<HttpResponse>, ConnectorError> {
        let now = self.scheduler.now().0;
        if self.hits(Trouble::Outage) {
            locked(&self.state).away_until = now + self.random.between(500, 20_000);
        }
        if now < locked(&self.state).away_until || self.hits(Trouble::DropBefore) {
            return Err(ConnectorError::io("connection reset before the request".into()));
        }
        if self.hits(Trouble::Throttle) {
            let kind = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
            return Ok(Some(response(400, &json!({ "__type": kind, "message": "Rate exceeded" }))));
        }
        if writes && self.hits(Trouble::Conflict) {
            if operation == "TransactWriteItems" {
                return Ok(Some(response(400, &cancelled(&parsed(body)))));
            }
            let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
            let answer = json!({ "__type": kind, "message": "Transaction is ongoing for the item" });
            return Ok(Some(response(400, &answer)));
        }
        if self.hits(Trouble::Stall) {
            self.scheduler.sleep(self.random.between(20_000, 400_000)).await;
        }
        if writes && self.hits(Trouble::Storm) {
            self.write_first(&parsed(body));
        }
        Ok(None)
    }

    /// Somebody else writes the same versioned items, leaving what they say as it is. A head is always written whole,
    /// without the events of the write before.
    fn write_first(&self, body: &Value) {
        let single = [&body["Item"], &body["Key"]];
        let several = body["TransactItems"].as_array().into_iter().flatten();
        let several = several.flat_map(|item| [&item["Put"]["Item"], &item["Update"]["Key"]]);
        for place in single.into_iter().chain(several) {
            let sort = place["SK"]["S"].as_str().unwrap_or_default();
            let head = sort == colibri_store::keys::HEAD;
            let (version, change) =
                if head { ("ver", "ADD #v :one REMOVE ev") } else { ("mver", "ADD #v :one") };
            if version == "mver" && !sort.starts_with("T#") {
                continue;
            }
            let update = json!({
                "TableName": TABLE,
                "Key": { "PK": place["PK"], "SK": place["SK"] },
                "UpdateExpression": change,
                "ConditionExpression": "attribute_exists(#v)",
                "ExpressionAttributeNames": { "#v": version },
                "ExpressionAttributeValues": { ":one": { "N": "1" } },
            });
            // One that is not there yet stays away.
            let _ = dispatch(&self.db, "UpdateItem", &update);
        }
        self.tell();
    }

    fn carry_out(&self, operation: &str, body: &[u8], writes: bool) -> (u16, String) {
        locked(&self.state).calls += 1;
        let stale = matches!(operation, "Query" | "Scan")
            && parsed(body).get("IndexName").is_some()
            && self.hits(Trouble::StaleIndex);
        let answer =
            if stale { self.lagging(operation, body) } else { dispatch_bytes(&self.db, operation, body) };
        if writes {
            self.tell();
        }
        match answer {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    /// An index as it was a while ago.
    fn lagging(&self, operation: &str, body: &[u8]) -> Result<String, dynoxide::errors::DynoxideError> {
        let seen = self.scheduler.now().0 - self.random.between(300, 2_000);
        let mut state = locked(&self.state);
        let state = &mut *state;
        let (db, applied) = state.lagging.get_or_insert_with(|| (empty(false), 0));
        while let Some(recorded) = state.history.get(*applied).filter(|recorded| recorded.at.0 <= seen) {
            if let Some(image) = recorded.image.as_ref().filter(|image| image.get("h").is_some()) {
                dispatch(db, "PutItem", &json!({ "TableName": TABLE, "Item": image }))?;
            }
            *applied += 1;
        }
        dispatch_bytes(db, operation, body)
    }

    fn read(&self, state: &mut State) -> Vec<Change> {
        let call = |operation: &str, body: Value| dispatch(&self.db, operation, &body).expect("the stream");
        let mut iterator = state.iterator.take().unwrap_or_else(|| {
            let streams = call("ListStreams", json!({}));
            let arn = &streams["Streams"][0]["StreamArn"];
            let stream = call("DescribeStream", json!({ "StreamArn": arn }));
            let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
            let start = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
            call("GetShardIterator", start)["ShardIterator"].as_str().unwrap_or_default().to_owned()
        });
        let mut changes = Vec::new();
        loop {
            let mut page = call("GetRecords", json!({ "ShardIterator": iterator }));
            if let Some(next) = page["NextShardIterator"].as_str() {
                next.clone_into(&mut iterator);
            }
            let Some(Value::Array(records)) = page.get_mut("Records").map(Value::take) else { break };
            let last = records.len() < RECORDS;
            for mut record in records {
                let image = record["dynamodb"].get_mut("NewImage").map(Value::take);
                let change = Change {
                    sequence: record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned(),
                    new: image.as_ref().map(plain_item),
                    old: record["dynamodb"].get("OldImage").map(plain_item),
                };
                state.history.push(Recorded { at: self.scheduler.now(), change: change.clone(), image });
                changes.push(change);
            }
            if last {
                break;
            }
        }
        state.iterator = Some(iterator);
        changes
    }
}
