//! The store on a file, and the process that holds it killed with -9 in the middle of its work: what was acknowledged
//! is there once when it is opened again.
//!
//! The test is the provider and the queue, which keep what they have. The killed process is everything else: webhook,
//! `message-receive` and the table.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its ground is missing")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path as FilePath, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use colibri_app::http::{Record, RecordHandler as _};
use colibri_app::ports::QueueName;
use colibri_testing::path::text;
use colibri_testing::sim::random::Random;
use colibri_testing::{Demo, Path, TestTable};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};

/// Names the file to the process that is killed.
const STORE: &str = "COLIBRI_TEST_STORE";
/// Customers, and what each writes.
const CUSTOMERS: usize = 20;
const EACH: usize = 15;
/// How often the process is killed.
const KILLS: usize = 8;
/// Deliveries on their way at a time.
const POSTS: usize = 8;

fn customer(n: usize) -> String {
    format!("5939910{n:05}")
}

async fn world(store: &FilePath) -> Path {
    let path = Path::over(Demo::on(TestTable::on_file(store), 1000).await);
    path.at(600);
    path
}

/// Carries out one line of the test's and says what came of it.
async fn carry_out(path: &Path, line: &Value) -> Value {
    if let Some(delivery) = line.get("post") {
        let status = path.post(delivery).await;
        let queued: Vec<Value> = path
            .queue
            .take(QueueName::Inbound)
            .into_iter()
            .map(|message| json!({ "group": message.group, "body": message.body }))
            .collect();
        return json!({ "answered": line["n"], "status": status, "queued": queued });
    }
    let record = Record {
        id: line["n"].to_string(),
        body: line["body"].as_str().unwrap().to_owned(),
        group: line["group"].as_str().map(str::to_owned),
        receive_count: 1,
    };
    json!({ "handled": line["n"], "well": path.receive.handle(record).await.is_ok() })
}

/// The process that is killed; started by the test below, and nothing without it.
#[tokio::test(flavor = "current_thread")]
#[ignore = "the other test starts it"]
async fn functions_over_a_store_in_a_file() {
    let Some(store) = std::env::var_os(STORE) else { return };
    let path = world(FilePath::new(&store)).await;
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut work = FuturesUnordered::new();
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => {
                    let (path, line) = (&path, serde_json::from_str(&line).unwrap());
                    work.push(async move { carry_out(path, &line).await });
                }
                None => return,
            },
            Some(answer) = work.next() => {
                let mut out = std::io::stdout().lock();
                out.write_all(format!("{answer}\n").as_bytes()).unwrap();
                out.flush().unwrap();
            }
        }
    }
}

/// The process, as the world outside sees it.
struct Functions {
    child: Child,
    input: ChildStdin,
    output: Receiver<Value>,
}

impl Functions {
    fn start(store: &FilePath) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "functions_over_a_store_in_a_file", "--ignored", "--nocapture"])
            .env(STORE, store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, output) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        std::thread::spawn(move || {
            // The test runner's own words are no answers.
            for answer in lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok()) {
                if answer.is_object() && sender.send(answer).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take().unwrap();
        Self { child, input, output }
    }

    fn say(&mut self, line: &Value) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Kills it; what it had said before is still heard.
    fn kill(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.output.iter().collect()
    }
}

/// What the provider and the queue hold.
#[derive(Default)]
struct Outside {
    unposted: VecDeque<(usize, Value)>,
    posting: BTreeMap<usize, Value>,
    acknowledged: BTreeSet<usize>,
    queue: BTreeMap<String, VecDeque<String>>,
    /// By number: group and body of what is being handled.
    flying: BTreeMap<usize, (String, String)>,
    last: usize,
}

impl Outside {
    fn done(&self) -> bool {
        let idle = self.unposted.is_empty() && self.posting.is_empty() && self.flying.is_empty();
        idle && self.queue.values().all(VecDeque::is_empty)
    }

    /// Hands over what may go: a few deliveries, and of each group one message.
    fn feed(&mut self, functions: &mut Functions) {
        while self.posting.len() < POSTS {
            let Some((n, delivery)) = self.unposted.pop_front() else { break };
            functions.say(&json!({ "n": n, "post": delivery }));
            self.posting.insert(n, delivery);
        }
        let busy: BTreeSet<String> = self.flying.values().map(|(group, _)| group.clone()).collect();
        for (group, waiting) in self.queue.iter_mut().filter(|(group, _)| !busy.contains(*group)) {
            let Some(body) = waiting.pop_front() else { continue };
            self.last += 1;
            functions.say(&json!({ "n": self.last, "group": group, "body": body }));
            self.flying.insert(self.last, (group.clone(), body));
        }
    }

    fn hear(&mut self, answer: &Value) {
        let number = |name: &str| answer[name].as_u64().and_then(|n| usize::try_from(n).ok());
        if let Some(n) = number("answered") {
            for message in answer["queued"].as_array().unwrap() {
                let text = |name: &str| message[name].as_str().unwrap().to_owned();
                self.queue.entry(text("group")).or_default().push_back(text("body"));
            }
            let delivery = self.posting.remove(&n).unwrap();
            if answer["status"] == 200 {
                self.acknowledged.insert(n);
            } else {
                self.unposted.push_back((n, delivery));
            }
        }
        if let Some(n) = number("handled") {
            let (group, body) = self.flying.remove(&n).unwrap();
            if answer["well"] != true {
                self.queue.entry(group).or_default().push_front(body);
            }
        }
    }

    /// Nobody answers any more: deliveries are repeated, messages become visible again.
    fn lost(&mut self) {
        self.unposted.extend(std::mem::take(&mut self.posting));
        for (_, (group, body)) in std::mem::take(&mut self.flying) {
            self.queue.entry(group).or_default().push_front(body);
        }
    }
}

fn fresh_file(name: &str) -> PathBuf {
    let folder = FilePath::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("store.db")
}

#[tokio::test(flavor = "current_thread")]
async fn x04_nothing_acknowledged_is_missing_after_the_store_was_killed_and_opened_again() {
    let store = fresh_file("crash");
    let random = Random::new(4);
    let mut outside = Outside::default();
    for n in 0..CUSTOMERS * EACH {
        let (who, place) = (customer(n % CUSTOMERS), n / CUSTOMERS);
        let id = format!("wamid.{}.{place:02}", n % CUSTOMERS);
        let second = 1_768_478_400 + i64::try_from(place).unwrap();
        outside.unposted.push_back((n, text(&who, "Eva", &id, second, &format!("{place:02}"))));
    }
    let (mut kills, mut repeated, mut heard) = (0, 0, 0_usize);
    let mut functions = Functions::start(&store);
    let mut fatal = 40;
    while !outside.done() {
        outside.feed(&mut functions);
        let answer = functions.output.recv().expect("the functions live until they are killed");
        outside.hear(&answer);
        heard += 1;
        if heard >= fatal && kills < KILLS {
            outside.feed(&mut functions);
            kills += 1;
            fatal = heard + 30 + random.below(50);
            functions.kill().iter().for_each(|answer| outside.hear(answer));
            repeated += outside.posting.len() + outside.flying.len();
            outside.lost();
            functions = Functions::start(&store);
        }
    }
    functions.kill();
    assert_eq!((kills, outside.acknowledged.len()), (KILLS, CUSTOMERS * EACH));
    assert!(repeated > 0, "something was under way when the process died");
    println!("{kills} kills, {repeated} deliveries and messages under way were repeated, 0 missing");

    let path = world(&store).await;
    let data = path.demo.data();
    assert_eq!(data.contacts_created().await.unwrap(), CUSTOMERS as u64);
    let mut names = BTreeSet::new();
    for contact in 1..=CUSTOMERS as u64 {
        let shown = path.messages(contact).await;
        let texts: Vec<String> = shown.iter().map(|message| message.content.preview().clone()).collect();
        let wanted: Vec<String> = (0..EACH).map(|place| format!("{place:02}")).collect();
        assert_eq!(texts, wanted, "contact {contact}");
        names.extend(shown.into_iter().filter_map(|message| message.channel_message_id));
        assert_eq!(path.head(contact).await.unread as usize, EACH, "contact {contact}");
    }
    assert_eq!(names.len(), CUSTOMERS * EACH);
    let _ = std::fs::remove_dir_all(store.parent().unwrap());
}
