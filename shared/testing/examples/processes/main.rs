//! The part of the bench that measures processes: functions as they go to AWS, driven through a Runtime API of ours,
//! with table and queues behind TLS; beside them a function that does nothing, in the same run.

#![allow(clippy::expect_used)]

mod cloud;
mod deliveries;
mod kannel;
mod lambda;
mod wire;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use colibri_testing::bench::{Row, json, markdown, table};
use colibri_testing::path::{INSTALLATION_KEY, SECRET, VERIFY_TOKEN};
use colibri_testing::table::TABLE;
use colibri_testing::{Demo, TestTable, demo};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::deliveries::{Delivery, PEOPLE, SOURCES};
use crate::lambda::Lambda;

/// Parts into which the measured deliveries are cut, functions by turns: what else the machine does meets all of them.
const ROUNDS: usize = 9;
/// Deliveries of one part.
const EACH: usize = 120;
/// Starts of each function.
const STARTS: usize = 9;
const MICRO: f64 = 1e6;

struct Bench {
    functions: PathBuf,
    nothing: PathBuf,
    variables: BTreeMap<String, String>,
    cloud: Cloud,
}

fn main() {
    let argument = |place| std::env::args().nth(place).map(PathBuf::from);
    let (Some(functions), Some(nothing), Some(folder)) = (argument(1), argument(2), argument(3)) else {
        eprintln!("processes <folder of functions> <the function that does nothing> <folder for results>");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder).expect("a folder for the result");
    let cloud = Cloud::start(prepared(), &folder);
    let variables = variables(&cloud);
    let mut rows = Bench { functions, nothing, variables, cloud }.rows();
    if std::env::args().any(|argument| argument == "--vs-kannel") {
        let ours =
            rows.iter().find(|row| row.name == SOURCES[0].rows[1]).map(|row| row.figure).unwrap_or_default();
        rows.extend(kannel::row(&folder, ours));
    }
    std::fs::write(folder.join("processes.json"), format!("{:#}\n", json(&rows)))
        .expect("the result is kept");
    std::fs::write(folder.join("processes.md"), markdown(&rows)).expect("the result is kept");
    print!("{}", table(&rows));
}

/// A workspace with a channel of every kind that is measured.
fn prepared() -> TestTable {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let demo = Demo::lifelike(TestTable::without_stream(), 100_000).await;
        demo.connect_bot().await;
        demo.connect_page().await;
        demo.connect_instagram().await;
        demo.table
    })
}

fn variables(cloud: &Cloud) -> BTreeMap<String, String> {
    let apps =
        serde_json::json!({ demo::APP: { "secret": SECRET, "verify_token": VERIFY_TOKEN } }).to_string();
    let queue = |name: &str| format!("{}/1/{name}", cloud.url);
    [
        ("STAGE", "bench".to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("BUCKET_NAME", "files".to_owned()),
        ("KMS_KEY_ID", "key".to_owned()),
        ("INBOUND_QUEUE_URL", queue("inbound.fifo")),
        ("STATUS_QUEUE_URL", queue("status")),
        ("MEDIA_QUEUE_URL", queue("media")),
        ("META_APPS_SECRET", apps),
        ("INSTALLATION_KEY", INSTALLATION_KEY.to_owned()),
        ("AWS_ENDPOINT_URL", cloud.url.clone()),
        ("SSL_CERT_FILE", cloud.authority.display().to_string()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "x".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "x".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Processor time of one invocation, in millionths of a second, in each round.
#[derive(Default)]
struct Spent(Vec<f64>);

impl Spent {
    fn median(&self) -> f64 {
        median(self.0.clone())
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

impl Bench {
    fn start(&self, binary: &Path, clients: bool) -> Lambda {
        let mut variables = self.variables.clone();
        if clients {
            variables.insert("CLIENTS".to_owned(), "1".to_owned());
        }
        Lambda::start(binary, &variables).expect("the function starts")
    }

    fn function(&self, name: &str) -> Lambda {
        self.start(&self.functions.join(name).join("bootstrap"), false)
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = self.warm();
        rows.extend(["webhook-whatsapp", "message-receive"].map(|name| self.beginning(name)));
        rows
    }

    /// A delivery of every channel from its webhook to the table, again and again.
    fn warm(&self) -> Vec<Row> {
        let nothing = self.start(&self.nothing, false);
        let receive = self.function("message-receive");
        let webhooks: Vec<Lambda> = SOURCES.iter().map(|source| self.function(source.function)).collect();
        let mut turn = 0;
        let mut idle = Spent::default();
        let mut posted: Vec<Spent> = SOURCES.iter().map(|_| Spent::default()).collect();
        let mut filed: Vec<Spent> = SOURCES.iter().map(|_| Spent::default()).collect();
        // In the first round everybody becomes known and every connection is made.
        for round in 0..=ROUNDS {
            let deliveries: Vec<Delivery> = (0..EACH)
                .map(|place| {
                    turn += 1;
                    Delivery { person: place % PEOPLE, turn }
                })
                .collect();
            let event = SOURCES[0].event(&deliveries[0]);
            let spent = spent(&nothing, deliveries.iter().map(|_| event.clone()));
            if round > 0 {
                idle.0.push(spent);
            }
            for (place, source) in SOURCES.iter().enumerate() {
                // Filing sends on too: profiles that are to be fetched.
                self.cloud.take();
                let events = deliveries.iter().map(|delivery| source.event(delivery));
                let webhook = self::spent(&webhooks[place], events);
                let records = self.cloud.take();
                assert_eq!(records.len(), EACH, "{}: every delivery is on the queue", source.function);
                let receive = self::spent(&receive, records.iter().map(deliveries::received));
                if round > 0 {
                    posted[place].0.push(webhook);
                    filed[place].0.push(receive);
                }
            }
        }
        let mut rows = Vec::new();
        let base = idle.median();
        for (place, source) in SOURCES.iter().enumerate() {
            let (webhook, receive) = (posted[place].median(), filed[place].median());
            rows.push(Row {
                name: source.rows[0],
                what: format!("{}, own processor time of a warm request", source.function),
                unit: "times a function that does nothing",
                figure: webhook / base,
                budget: Some(1.5),
                why: format!("{webhook:.0} µs against {base:.0} µs: one call to a queue over TLS is in it"),
            });
            rows.push(Row {
                name: source.rows[1],
                what: format!("{} and message-receive together, batch 1, TLS included", source.function),
                unit: "ms of own processor time",
                figure: (webhook + receive) / 1_000.0,
                budget: Some(0.5),
                why: format!("{webhook:.0} µs and {receive:.0} µs"),
            });
        }
        let all = webhooks.iter().chain([&receive]);
        let peaks = all.map(|lambda| lambda.usage().expect("a running process").peak);
        let peak = peaks.max().unwrap_or_default() >> 10;
        let peak = f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1_024.0;
        rows.push(Row {
            name: "process.memory",
            what: "most memory of a webhook or of message-receive".to_owned(),
            unit: "MiB",
            figure: peak,
            budget: Some(40.0),
            why: format!("after {} invocations each", (ROUNDS + 1) * EACH),
        });
        rows
    }

    /// Starts, beside those of a function that makes the same clients and does nothing.
    fn beginning(&self, name: &'static str) -> Row {
        let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
        let mut own: Vec<(f64, f64)> = Vec::new();
        let mut idle: Vec<(f64, f64)> = Vec::new();
        for _ in 0..STARTS {
            let function = self.function(name);
            own.push((millis(function.ready_after), millis(function.at_start.cpu)));
            let nothing = self.start(&self.nothing, true);
            idle.push((millis(nothing.ready_after), millis(nothing.at_start.cpu)));
        }
        let of = |all: &[(f64, f64)]| {
            let (wall, cpu): (Vec<f64>, Vec<f64>) = all.iter().copied().unzip();
            (median(wall), median(cpu))
        };
        let ((own, own_cpu), (idle, idle_cpu)) = (of(&own), of(&idle));
        Row {
            name: if name == "message-receive" { "process.start.receive" } else { "process.start.webhook" },
            what: format!("{name}, start to the first question for an event"),
            unit: "times a function that does nothing with the same clients",
            figure: own / idle,
            budget: Some(1.5),
            why: format!(
                "{own:.1} ms against {idle:.1} ms; processor {own_cpu:.1} ms against {idle_cpu:.1} ms"
            ),
        }
    }
}

/// Processor time of each of these events, in millionths of a second.
fn spent(lambda: &Lambda, events: impl Iterator<Item = Value>) -> f64 {
    let before = lambda.usage().expect("a running process").cpu;
    let mut count = 0.0;
    for event in events {
        let answer = lambda.invoke(event.to_string()).expect("an answer");
        deliveries::accepted(&answer);
        count += 1.0;
    }
    let after = lambda.usage().expect("a running process").cpu;
    after.saturating_sub(before).as_secs_f64() * MICRO / count
}
