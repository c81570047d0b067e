//! Under which role a function calls AWS: each function's calls are held against the role that the templates give it.
//!
//! A handler wrapped in [`As`] acts for its function. A call to the table or the bucket that the role does not grant
//! ends the test; every use is remembered, in this process and, where [`FOLDER`] names a folder, for all tests of a run
//! together, so that one of them can look for grants that nothing needs.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use async_trait::async_trait;
use colibri_app::http::{
    Change, HttpHandler, JsonHandler, Record, RecordError, RecordHandler, Request, Response, StreamHandler,
};
use serde::{Deserialize, Serialize};
use serde_yaml_ng::Value;

use crate::locked;

tokio::task_local! {
    static FUNCTION: &'static str;
}

static USES: Mutex<BTreeSet<Use>> = Mutex::new(BTreeSet::new());

/// Environment variable: a folder that collects what all test processes of a run use, a file each.
pub const FOLDER: &str = "COLIBRI_USES";

/// One kind of call that a function made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    /// Folder name.
    pub function: String,
    /// `dynamodb:PutItem`, or the port's method (`Queue::send`): who maps ports to actions is the runtime.
    pub action: String,
    /// `table`, the index, the beginning of the object's name, or the queue.
    pub resource: String,
    /// Scope of the partition key with its `#`; empty elsewhere.
    pub scope: String,
}

/// One permission of a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Folder name of the function.
    pub function: String,
    /// `dynamodb:PutItem`.
    pub action: String,
    /// As the template names it: `TableArn`, `${TableArn}/index/GSI1`.
    pub resource: String,
    /// One pattern of leading keys, such as `W#*`; empty where there is no condition.
    pub scope: String,
}

impl Grant {
    /// Whether it allows this use. Of a port's method only the resource is compared: its action is the caller's.
    pub fn allows(&self, used: &Use, action: &str) -> bool {
        let resource = match action.split(':').next().unwrap_or_default() {
            "dynamodb" if used.resource == "table" => self.resource == "TableArn",
            "dynamodb" => self.resource.ends_with(&format!("/index/{}", used.resource)),
            "s3" if action == "s3:ListBucket" => self.resource == "BucketArn",
            "s3" => self.resource.ends_with(&format!("/{}*", used.resource)),
            "sqs" => self.resource.starts_with(&used.resource),
            _ => true,
        };
        let scope = self.scope.is_empty() || self.scope.trim_end_matches('*') == used.scope;
        self.function == used.function && self.action == action && resource && scope
    }
}

/// Every permission of every role of `infra/stacks`, one by one. Writing its own logs is part of every role.
pub fn grants() -> &'static [Grant] {
    static GRANTS: OnceLock<Vec<Grant>> = OnceLock::new();
    GRANTS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/stacks");
        let mut grants = Vec::new();
        for file in fs::read_dir(folder).expect("infra/stacks").flatten() {
            let text = fs::read_to_string(file.path()).expect("a stack");
            let stack: Value = serde_yaml_ng::from_str(&text).expect("YAML");
            for (name, resource) in stack["Resources"].as_mapping().into_iter().flatten() {
                let name = name.as_str().unwrap_or_default();
                if let (Some("AWS::IAM::Role"), Some(function)) =
                    (resource["Type"].as_str(), name.strip_suffix("Role"))
                {
                    role(&kebab(function), &resource["Properties"]["Policies"], &mut grants);
                }
            }
        }
        grants
    })
}

/// Type of every resource of `infra/stacks`.
pub fn resource_types() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/stacks");
    let mut types = Vec::new();
    for file in fs::read_dir(folder).expect("infra/stacks").flatten() {
        let text = fs::read_to_string(file.path()).expect("a stack");
        let stack: Value = serde_yaml_ng::from_str(&text).expect("YAML");
        let resources = stack["Resources"].as_mapping().into_iter().flatten();
        types.extend(resources.filter_map(|(_, resource)| resource["Type"].as_str().map(str::to_owned)));
    }
    types
}

fn role(function: &str, policies: &Value, grants: &mut Vec<Grant>) {
    let policies = policies.as_sequence().into_iter().flatten();
    for statement in
        policies.flat_map(|p| p["PolicyDocument"]["Statement"].as_sequence().into_iter().flatten())
    {
        let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let mut scopes = texts(keys);
        if scopes.is_empty() {
            scopes.push(String::new());
        }
        for action in texts(&statement["Action"]).iter().filter(|action| !action.starts_with("logs:")) {
            for resource in texts(&statement["Resource"]) {
                for scope in &scopes {
                    grants.push(Grant {
                        function: function.into(),
                        action: action.clone(),
                        resource: resource.clone(),
                        scope: scope.clone(),
                    });
                }
            }
        }
    }
}

/// One text or a list of them; `!Ref` and its like as what they name.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Tagged(tagged) => texts(&tagged.value),
        Value::Sequence(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn kebab(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Every use so far in this process.
pub fn uses() -> BTreeSet<Use> {
    locked(&USES).clone()
}

/// Every use that the test processes of this run have left in a folder.
///
/// # Panics
/// When the folder cannot be read: without it there is nothing to compare with.
pub fn collected(folder: &Path) -> BTreeSet<Use> {
    let files = fs::read_dir(folder).expect("a folder of uses").flatten();
    files.map(|file| serde_json::from_slice(&fs::read(file.path()).expect("a use")).expect("a use")).collect()
}

/// Leaves a use for the other processes. The file's name follows from the use: whoever comes second writes the same.
fn leave(used: &Use) {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut hasher = DefaultHasher::new();
    used.hash(&mut hasher);
    let file = Path::new(&folder).join(format!("{:016x}.json", hasher.finish()));
    let own = file.with_extension(std::process::id().to_string());
    let text = serde_json::to_vec(used).expect("plain texts");
    fs::write(&own, text).and_then(|()| fs::rename(&own, &file)).expect("a folder for uses");
}

/// Runs as a function: what it calls is held against its role.
pub async fn acting<F: Future>(function: &'static str, run: F) -> F::Output {
    FUNCTION.scope(function, run).await
}

/// Remembers a use of the function that acts, if one does.
fn noted(action: &str, resource: &str, scope: &str) -> Option<Use> {
    let function = FUNCTION.try_with(|function| *function).ok()?;
    let used = Use {
        function: function.into(),
        action: action.into(),
        resource: resource.into(),
        scope: scope.into(),
    };
    if locked(&USES).insert(used.clone()) {
        leave(&used);
    }
    Some(used)
}

/// A port's method was called.
pub(crate) fn port(method: &str, resource: &str) {
    noted(method, resource, "");
}

/// A call to the table or the bucket.
///
/// # Panics
/// When the acting function's role does not grant it.
pub(crate) fn call(action: &str, resource: &str, scope: &str) {
    if let Some(used) = noted(action, resource, scope) {
        let granted = grants().iter().any(|grant| grant.allows(&used, action));
        assert!(granted, "no role allows {used:?}");
    }
}

/// Whether the acting function may find out that an object is missing; whoever acts for nobody may.
pub(crate) fn may_list() -> bool {
    noted("s3:ListBucket", "", "")
        .is_none_or(|used| grants().iter().any(|grant| grant.allows(&used, &used.action)))
}

/// A handler under the role of its function.
pub struct As<H> {
    function: &'static str,
    handler: H,
}

impl<H> As<H> {
    /// This function's handler.
    pub fn new(function: &'static str, handler: H) -> Self {
        Self { function, handler }
    }
}

impl<H> Deref for As<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.handler
    }
}

impl<H> DerefMut for As<H> {
    fn deref_mut(&mut self) -> &mut H {
        &mut self.handler
    }
}

#[async_trait]
impl<H: RecordHandler> RecordHandler for As<H> {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        acting(self.function, self.handler.handle(record)).await
    }
}

#[async_trait]
impl<H: HttpHandler> HttpHandler for As<H> {
    async fn handle(&self, request: Request) -> Response {
        acting(self.function, self.handler.handle(request)).await
    }
}

#[async_trait]
impl<H: JsonHandler> JsonHandler for As<H> {
    async fn handle(&self, payload: serde_json::Value) -> Result<serde_json::Value, RecordError> {
        acting(self.function, self.handler.handle(payload)).await
    }
}

#[async_trait]
impl<H: StreamHandler> StreamHandler for As<H> {
    async fn handle(&self, changes: Vec<Change>) -> Option<String> {
        acting(self.function, self.handler.handle(changes)).await
    }
}
