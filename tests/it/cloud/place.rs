//! The installation as a test sees it: the console's API as Alba, the customer's phone, and the queues.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::http::{Answer, call};

/// Longest wait for anything to happen; far above what it takes.
const LIMIT: Duration = Duration::from_secs(45);
static CUSTOMERS: AtomicU32 = AtomicU32::new(0);

/// Asks again until there is an answer.
pub fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    until_within(LIMIT, what, ask)
}

/// The same with a patience of one's own.
pub fn until_within<T>(patience: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < patience, "waited in vain: {what}");
        sleep(Duration::from_millis(200));
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this by `cargo dev test cloud`"))
}

/// The installation's own secrets.
fn demo() -> Value {
    serde_json::from_slice(&std::fs::read(variable("COLIBRI_DEMO")).unwrap()).unwrap()
}

/// The running installation, signed in to the demo workspace.
pub struct Place {
    console: String,
    simulator: String,
    emulator: String,
    outputs: BTreeMap<String, String>,
    token: String,
    workspace: String,
    seed: u128,
}

impl Place {
    /// Signs in as the demo's owner.
    pub fn signed_in() -> Self {
        let demo = demo();
        #[allow(clippy::disallowed_methods, reason = "each run uses ids of its own")]
        let mut place = Self {
            console: variable("COLIBRI_CONSOLE_URL"),
            simulator: variable("COLIBRI_SIMULATOR_URL"),
            emulator: variable("AWS_ENDPOINT_URL"),
            outputs: serde_json::from_str(&variable("COLIBRI_OUTPUTS")).unwrap(),
            token: String::new(),
            workspace: String::new(),
            seed: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos(),
        };
        let credentials = json!({"email": "alba@ceibo.example", "password": demo["password"]}).to_string();
        let answer = place.anonymous("POST", "/session/sign-in", &credentials);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().clone_into(&mut place.token);
        let me = place.raw("GET", "/me", "").json();
        let workspace = me["workspaces"][0]["id"].as_str().unwrap_or_else(|| panic!("no workspace: {me}"));
        workspace.clone_into(&mut place.workspace);
        place
    }

    /// Id of the workspace.
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// A call without a token.
    pub fn anonymous(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("Content-Type", "application/json"), ("Origin", self.console.as_str())];
        call(method, &format!("{}{path}", self.console), &headers, body)
    }

    /// A call to any path.
    pub fn raw(&self, method: &str, path: &str, body: &str) -> Answer {
        self.with(method, path, body, &[])
    }

    fn with(&self, method: &str, path: &str, body: &str, more: &[(&str, &str)]) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
        headers.extend_from_slice(more);
        call(method, &format!("{}{path}", self.console), &headers, body)
    }

    /// Reads a resource of the workspace.
    pub fn get(&self, path: &str) -> Value {
        let answer = self.raw("GET", &format!("/console/{}/{path}", self.workspace), "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// Posts to a resource of the workspace.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.post_with(path, body, &[]);
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text);
        answer.json()
    }

    /// The same with more headers, whatever comes back.
    pub fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        self.with("POST", &format!("/console/{}/{path}", self.workspace), &body.to_string(), headers)
    }

    /// A new idempotency key.
    pub fn key(&self) -> String {
        format!("test-{}-{}", self.seed, CUSTOMERS.fetch_add(1, Ordering::Relaxed))
    }

    /// The number of somebody who has never written.
    pub fn customer(&self) -> String {
        let number =
            u128::from(CUSTOMERS.fetch_add(1, Ordering::Relaxed)) + self.seed / 1_000_000 % 9_000_000;
        format!("5939{number:08}")
    }

    /// Somebody writes a text.
    pub fn write(&self, customer: &str, text: &str) {
        let outcome = self.play(
            "inbound",
            &json!({"customer": customer, "message": {"type": "text", "text": {"body": text}}}),
        );
        assert!(outcome.to_string().contains("200"), "{outcome}");
    }

    /// Makes the provider do something.
    pub fn play(&self, what: &str, body: &Value) -> Value {
        let headers = [("Content-Type", "application/json")];
        let answer =
            call("POST", &format!("{}/control/whatsapp/{what}", self.simulator), &headers, &body.to_string());
        assert!(answer.status < 300, "{what}: {}", answer.text);
        answer.json()
    }

    /// The contact with a number, once there is one.
    pub fn find(&self, number: &str) -> Option<Value> {
        let list = self.get("contacts?inbox=all&status=open&order=newest&limit=50");
        let fits = |head: &&Value| {
            head["channels"]
                .as_array()
                .is_some_and(|channels| channels.iter().any(|channel| channel["identity"] == number))
        };
        list["items"].as_array()?.iter().find(fits).cloned()
    }

    /// An output of the deployment.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("no output {name}"))
    }

    /// A call of an AWS service with the JSON protocol. The emulator checks no signature.
    pub fn aws(&self, target: &str, body: &Value) -> Value {
        let service = match target.split(['.', '_']).next() {
            Some("AmazonSQS") => "sqs",
            Some("DynamoDB") => "dynamodb",
            Some("Logs") => "logs",
            _ => "monitoring",
        };
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("X-Amz-Target", target),
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Authorization", signed.as_str()),
        ];
        let answer = call("POST", &format!("{}/", self.emulator), &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{target}: {}", answer.text);
        answer.json()
    }

    /// Puts a text on a queue.
    pub fn queue(&self, output: &str, text: &str) {
        let mut body =
            json!({"QueueUrl": self.output(output), "MessageBody": text, "MessageGroupId": "test"});
        if self.output(output).ends_with(".fifo") {
            body["MessageDeduplicationId"] = self.key().into();
        }
        self.aws("AmazonSQS.SendMessage", &body);
    }

    /// Lets a failed message come back after a second instead of minutes, or sets that back.
    pub fn receive_at_once(&self, output: &str, on: bool) {
        let seconds = if on { "1" } else { "190" };
        let body = json!({"QueueUrl": self.output(output), "Attributes": {"VisibilityTimeout": seconds}});
        self.aws("AmazonSQS.SetQueueAttributes", &body);
    }

    /// Messages that wait in a queue.
    pub fn depth(&self, output: &str) -> u64 {
        self.count(output, "ApproximateNumberOfMessages")
    }

    /// Messages that a queue has not got rid of: those that wait and those in work.
    pub fn pending(&self, output: &str) -> u64 {
        self.depth(output) + self.count(output, "ApproximateNumberOfMessagesNotVisible")
    }

    fn count(&self, output: &str, attribute: &str) -> u64 {
        let body = json!({"QueueUrl": self.output(output), "AttributeNames": ["All"]});
        let attributes = self.aws("AmazonSQS.GetQueueAttributes", &body);
        attributes["Attributes"][attribute].as_str().unwrap().parse().unwrap()
    }

    /// Name of the table.
    pub fn table(&self) -> &str {
        self.output("TableName")
    }

    /// Where a browser and a provider reach the installation.
    pub fn console(&self) -> &str {
        &self.console
    }

    /// What signs deliveries of the installation's Meta app.
    pub fn app_secret() -> String {
        demo()["app_secret"].as_str().unwrap().to_owned()
    }

    /// Cuts the functions off from the table, resets their connections, or lets them back: `cut`, `reset`, `open`.
    pub fn table_way(&self, way: &str) {
        let answer = call("POST", &format!("{}/_local/table", self.console), &[], way);
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Ends every running function process without warning; answers whether there were any.
    pub fn kill_functions(&self) -> bool {
        let port = self.emulator.rsplit_once(':').map_or("", |(_, port)| port);
        let code = format!("ministack-provided-code-{port}/");
        Command::new("pkill").args(["-KILL", "-f", &code]).status().is_ok_and(|status| status.success())
    }

    /// State of the alarm of a queue.
    pub fn alarm(&self, name: &str) -> String {
        let name = format!("{}-{name}", self.output("Prefix"));
        let found = self.aws("GraniteServiceVersion20100801.DescribeAlarms", &json!({"AlarmNames": [name]}));
        found["MetricAlarms"][0]["StateValue"].as_str().unwrap_or_default().to_owned()
    }
}

/// What `cargo dev redrive` says.
pub fn redrive(queue: &str) -> String {
    dev(&["redrive", queue])
}

/// What a `cargo dev` command says.
pub fn dev(words: &[&str]) -> String {
    let output =
        Command::new("cargo").arg("dev").args(words).current_dir(colibri_tests::root()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
