//! The table in process: the real SDK client, a connector without sockets, an emulator in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use colibri_store::Store;
use dynoxide::Database;
use dynoxide::errors::DynoxideError;
use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::{locked, role};

/// Name of the table.
pub const TABLE: &str = "colibri";

/// One call that reached the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `PutItem`, `Query`, …
    pub operation: String,
    /// Index of a query.
    pub index: Option<String>,
    /// Partition keys that the call named.
    pub partitions: Vec<String>,
    /// Capacity units that AWS bills for it, indexes included. A failed condition costs what the item that is there
    /// would cost to write.
    pub units: f64,
    /// Of these, units of indexes.
    pub index_units: f64,
    /// Whether it did what was asked.
    pub ok: bool,
}

/// A fresh table.
#[derive(Clone)]
pub struct TestTable {
    inner: Arc<Inner>,
    client: Client,
}

pub(crate) struct Inner {
    pub(crate) db: Database,
    frozen: Mutex<Option<Database>>,
    faults: Faults,
    calls: Mutex<Vec<Call>>,
    pub(crate) read_to: Mutex<usize>,
    turns: AtomicU64,
    /// Nanoseconds.
    spent: AtomicU64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TestTable")
    }
}

/// The definition of the table, as `infra/stacks/core.yaml` has it.
fn definition(stream: bool) -> Value {
    let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let keys = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let index = |name: &str, hash: &str, range: &str| {
        let projection = json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["h", "ver", "_t"] });
        json!({ "IndexName": name, "KeySchema": keys(hash, range), "Projection": projection })
    };
    let attributes = ["PK", "SK", "gs", "gsk", "ga", "gak"].map(attribute);
    let stream = if stream {
        json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" })
    } else {
        json!({ "StreamEnabled": false })
    };
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": keys("PK", "SK"),
        "GlobalSecondaryIndexes": [index("GSI1", "gs", "gsk"), index("GSI2", "ga", "gak")],
        "StreamSpecification": stream,
    })
}

pub(crate) fn empty(stream: bool) -> Database {
    let db = Database::memory().expect("a database in memory");
    dispatch(&db, "CreateTable", &definition(stream)).expect("the table's definition");
    db
}

impl TestTable {
    /// An empty table of its own.
    #[allow(clippy::new_without_default)] // a test says that it makes one
    pub fn new() -> Self {
        Self::over(empty(true))
    }

    /// A table in a file, made if it is not there: what was written stays when the process is killed.
    pub fn on_file(path: &std::path::Path) -> Self {
        let there = path.exists();
        let db = Database::new(path.to_str().expect("a path in UTF-8")).expect("a database in a file");
        if !there {
            dispatch(&db, "CreateTable", &definition(false)).expect("the table's definition");
        }
        Self::over(db)
    }

    /// A table whose writes nobody follows: for thousands of them, because the emulator looks through its whole stream
    /// at each.
    pub fn without_stream() -> Self {
        Self::over(empty(false))
    }

    fn over(db: Database) -> Self {
        let inner = Arc::new(Inner {
            db,
            frozen: Mutex::default(),
            faults: Faults::default(),
            calls: Mutex::default(),
            read_to: Mutex::default(),
            turns: AtomicU64::new(0),
            spent: AtomicU64::new(0),
        });
        let connector = SharedHttpConnector::new(Connector(Arc::clone(&inner)));
        let retries = RetryConfig::standard()
            .with_max_attempts(4)
            .with_initial_backoff(std::time::Duration::from_millis(1));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url("http://table.invalid")
            .retry_config(retries)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Self { inner, client: Client::from_conf(config) }
    }

    /// The store over this table.
    pub fn store(&self) -> Store {
        Store::new(self.client.clone(), TABLE)
    }

    /// The SDK's client of this table.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// What shall go wrong.
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// Calls since the last asking.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *locked(&self.inner.calls))
    }

    /// Time that the table has taken since the last asking: what is left of a call is its caller's own.
    pub fn spent(&self) -> Duration {
        Duration::from_nanos(self.inner.spent.swap(0, Ordering::Relaxed))
    }

    /// Puts many items at once, in the wire's own form.
    pub fn fill(&self, items: &[Value]) {
        for chunk in items.chunks(25) {
            let puts: Vec<Value> =
                chunk.iter().map(|item| json!({ "PutRequest": { "Item": item } })).collect();
            dispatch(&self.inner.db, "BatchWriteItem", &json!({ "RequestItems": { TABLE: puts } }))
                .expect("a batch of items");
        }
    }

    /// From now on indexes, and reads that may be old, answer as of this moment, until [`Self::thaw_indexes`].
    pub fn freeze_indexes(&self) {
        let copy = empty(false);
        for item in self.scan() {
            dispatch(&copy, "PutItem", &json!({ "TableName": TABLE, "Item": item }))
                .expect("an item of the same table");
        }
        *locked(&self.inner.frozen) = Some(copy);
    }

    /// Indexes answer as of now again.
    pub fn thaw_indexes(&self) {
        *locked(&self.inner.frozen) = None;
    }

    /// Every item as the table's own wire format has it.
    pub fn stored_items(&self) -> Vec<Value> {
        self.scan()
    }

    /// Every item as plain JSON, in the order of keys.
    pub fn items(&self) -> Vec<Value> {
        let mut items: Vec<Value> = self.scan().iter().map(crate::stream::plain_item).collect();
        let place = |item: &Value| {
            (
                item["PK"].as_str().unwrap_or_default().to_owned(),
                item["SK"].as_str().unwrap_or_default().to_owned(),
            )
        };
        items.sort_by_key(place);
        items
    }

    fn scan(&self) -> Vec<Value> {
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

    /// Carries out one operation as it comes over the wire: status and body of the answer.
    pub fn over_the_wire(&self, operation: &str, body: &[u8]) -> (u16, String) {
        match dispatch_bytes(&self.inner.db, operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

#[derive(Debug)]
struct Connector(Arc<Inner>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            // Parallel callers meet between their calls, as they do on a network.
            for _ in 0..=inner.turns.fetch_add(1, Ordering::Relaxed) % 3 {
                tokio::task::yield_now().await;
            }
            let started = Instant::now();
            let answer = inner.answer(&request);
            let took = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            inner.spent.fetch_add(took, Ordering::Relaxed);
            answer
        })
    }
}

impl Inner {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut body: Value = request
            .body()
            .bytes()
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or(Value::Null);
        body["ReturnConsumedCapacity"] = json!("INDEXES");
        for (action, partition) in permissions(&operation, &body) {
            role::call(&action, body["IndexName"].as_str().unwrap_or("table"), scope(&partition));
        }
        let fault = self.faults.take(&operation);
        match fault {
            Some(Fault::Throttle) => {
                return Ok(response(
                    400,
                    &json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Rate exceeded" }),
                ));
            }
            Some(Fault::Conflict) if operation == "TransactWriteItems" => {
                return Ok(response(400, &cancelled(&body)));
            }
            Some(Fault::Conflict) => {
                let conflict = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
                return Ok(response(
                    400,
                    &json!({ "__type": conflict, "message": "Transaction is ongoing for the item" }),
                ));
            }
            Some(Fault::DropBefore) => {
                return Err(ConnectorError::io("connection reset before the request".into()));
            }
            Some(Fault::DropAfter) | None => {}
        }
        let index = body.get("IndexName").and_then(Value::as_str).map(str::to_owned);
        let frozen = locked(&self.frozen);
        let cheap = operation == "GetItem" && body["ConsistentRead"] != true;
        let db = match (&index, &*frozen) {
            (Some(_), Some(old)) => old,
            (None, Some(old)) if cheap => old,
            _ => &self.db,
        };
        let (status, answer) = match dispatch(db, &operation, &body) {
            Ok(answer) => (200, answer),
            Err(error) => {
                (error.status_code(), serde_json::from_str(&error.to_json()).unwrap_or(Value::Null))
            }
        };
        let (mut units, index_units) = units(&answer);
        if status != 200 && is_condition(&answer) {
            units = refused_units(db, &body);
        }
        locked(&self.calls).push(Call {
            partitions: partitions(&body),
            units,
            index_units,
            ok: status == 200,
            operation,
            index,
        });
        if fault == Some(Fault::DropAfter) {
            return Err(ConnectorError::io("connection reset before the answer".into()));
        }
        Ok(response(status, &answer))
    }
}

pub(crate) fn cancelled(body: &Value) -> Value {
    let count = body["TransactItems"].as_array().map_or(1, Vec::len);
    let reasons: Vec<Value> = (0..count)
        .map(|place| json!({ "Code": if place == 0 { "TransactionConflict" } else { "None" } }))
        .collect();
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]",
        "CancellationReasons": reasons,
    })
}

pub(crate) fn response(status: u16, body: &Value) -> HttpResponse {
    answer(status, body.to_string())
}

pub(crate) fn answer(status: u16, body: String) -> HttpResponse {
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::new(status.into(), SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

/// Partition keys anywhere in a request.
fn partitions(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![body];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("PK").and_then(|pk| pk["S"].as_str()).map(str::to_owned));
                for name in [":pk", ":h"] {
                    found.extend(fields.get(name).and_then(|pk| pk["S"].as_str()).map(str::to_owned));
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The permissions that a request needs, with the partition key of each.
fn permissions(operation: &str, body: &Value) -> Vec<(String, String)> {
    let named = |operation: &str, part: &Value| -> Vec<(String, String)> {
        let action = format!("dynamodb:{operation}");
        partitions(part).into_iter().map(|partition| (action.clone(), partition)).collect()
    };
    let items = body["TransactItems"].as_array().into_iter().flatten();
    match operation {
        "TransactWriteItems" => items
            .filter_map(|item| item.as_object()?.iter().next())
            .flat_map(|(kind, part)| match kind.as_str() {
                "ConditionCheck" => named("ConditionCheckItem", part),
                kind => named(&format!("{kind}Item"), part),
            })
            .collect(),
        "TransactGetItems" => named("GetItem", body),
        operation => named(operation, body),
    }
}

/// `W#` of `W#ws_ceibo#S`.
fn scope(partition: &str) -> &str {
    partition.find('#').map_or(partition, |end| &partition[..=end])
}

/// Units of an answer, and those of them that are an index's.
fn units(answer: &Value) -> (f64, f64) {
    let one = |table: &Value| {
        let indexes = table["GlobalSecondaryIndexes"].as_object().into_iter().flatten();
        let indexes = indexes.filter_map(|(_, index)| index["CapacityUnits"].as_f64()).sum::<f64>();
        (table["CapacityUnits"].as_f64().unwrap_or(0.0), indexes)
    };
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => {
            tables.iter().map(one).fold((0.0, 0.0), |(all, indexes), (a, i)| (all + a, indexes + i))
        }
        table => one(table),
    }
}

fn is_condition(answer: &Value) -> bool {
    let kind = answer["__type"].as_str().unwrap_or_default();
    kind.ends_with("ConditionalCheckFailedException") || kind.ends_with("TransactionCanceledException")
}

/// What a refused write costs: its item as it is, a kilobyte at least; in a transaction each of them, twice.
fn refused_units(db: &Database, body: &Value) -> f64 {
    let there = |part: &Value| {
        let at = if part["Key"].is_object() { &part["Key"] } else { &part["Item"] };
        let key = json!({ "PK": at["PK"], "SK": at["SK"] });
        let request = json!({ "TableName": TABLE, "Key": key, "ConsistentRead": true });
        let found = dispatch(db, "GetItem", &request).unwrap_or_default();
        let item: dynoxide::types::Item = serde_json::from_value(found["Item"].clone()).unwrap_or_default();
        dynoxide::types::write_capacity_units(dynoxide::types::item_size(&item))
    };
    match body["TransactItems"].as_array() {
        Some(items) => {
            let parts = items.iter().filter_map(|item| item.as_object()?.values().next());
            parts.map(|part| 2.0 * there(part)).sum()
        }
        None => there(body),
    }
}

/// Carries out one operation.
pub(crate) fn dispatch(db: &Database, operation: &str, body: &Value) -> Result<Value, DynoxideError> {
    let answer = dispatch_bytes(db, operation, body.to_string().as_bytes())?;
    serde_json::from_str(&answer).map_err(|e| DynoxideError::InternalServerError(e.to_string()))
}

/// Carries out one operation as it comes over the wire.
pub(crate) fn dispatch_bytes(db: &Database, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
    macro_rules! run {
        ($method:ident) => {{
            let request = serde_json::from_slice(body)
                .map_err(|e| DynoxideError::ValidationException(e.to_string()))?;
            let answer = db.$method(request)?;
            serde_json::to_string(&answer).map_err(|e| DynoxideError::InternalServerError(e.to_string()))
        }};
    }
    match operation {
        "CreateTable" => run!(create_table),
        "DescribeTable" => run!(describe_table),
        "PutItem" => run!(put_item),
        "GetItem" => run!(get_item),
        "DeleteItem" => run!(delete_item),
        "UpdateItem" => run!(update_item),
        "BatchGetItem" => run!(batch_get_item),
        "BatchWriteItem" => run!(batch_write_item),
        "Query" => run!(query),
        "Scan" => run!(scan),
        "TransactWriteItems" => run!(transact_write_items),
        "TransactGetItems" => run!(transact_get_items),
        "ListStreams" => run!(list_streams),
        "DescribeStream" => run!(describe_stream),
        "GetShardIterator" => run!(get_shard_iterator),
        "GetRecords" => run!(get_records),
        other => Err(DynoxideError::ValidationException(format!("operation {other} is not there in tests"))),
    }
}
