//! The rows: what is done, what it may cost, what it costs.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};

use super::bill::Bill;
use super::world::{World, number};
use crate::{Call, TestTable};

/// One line of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Stable name, for comparisons.
    pub name: &'static str,
    /// What is done.
    pub what: String,
    /// In which unit.
    pub unit: &'static str,
    /// The figure.
    pub figure: f64,
    /// The most that it may be, where there is a limit.
    pub budget: Option<f64>,
    /// What the figure is made of, or why it is as it is.
    pub why: String,
}

impl Row {
    pub(super) fn new(
        name: &'static str,
        what: impl Into<String>,
        unit: &'static str,
        figure: f64,
        budget: Option<f64>,
        why: impl Into<String>,
    ) -> Self {
        Self { name, what: what.into(), unit, figure, budget, why: why.into() }
    }

    /// Whether it keeps its budget.
    pub fn is_met(&self) -> bool {
        self.budget.is_none_or(|budget| self.figure <= budget + 1e-6)
    }
}

/// Contacts of a busy minute.
const CONTACTS: usize = 40;

fn made_of(bill: &Bill) -> String {
    let parts: Vec<String> =
        bill.parts().iter().map(|(name, amount)| format!("{} {name}", rounded(*amount))).collect();
    parts.join(", ")
}

/// At most two digits, none that say nothing.
pub(super) fn rounded(amount: f64) -> String {
    let text = format!("{amount:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn operations(calls: &[Call]) -> String {
    let names: Vec<String> = calls
        .iter()
        .map(|call| match &call.index {
            Some(index) => format!("{} {index}", call.operation),
            None => call.operation.clone(),
        })
        .collect();
    names.join(", ")
}

/// Every row, in order.
pub async fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    inbound(&mut rows).await;
    newcomer(&mut rows).await;
    audience(&mut rows).await;
    outbound(&mut rows).await;
    reading(&mut rows).await;
    rows.push(idle());
    rows
}

/// What an installation costs in which nothing happens, by its templates.
fn idle() -> Row {
    const CENTS: [(&str, &str, f64); 4] = [
        ("AWS::CloudWatch::Alarm", "alarms", 10.0),
        ("AWS::Lambda::EventSourceMapping", "polled sources", 26.0),
        ("AWS::CloudWatch::Dashboard", "dashboards", 300.0),
        ("AWS::KMS::Key", "keys", 100.0),
    ];
    let resources = crate::role::resource_types();
    let count = |kind: &str| resources.iter().filter(|found| *found == kind).count() as f64;
    let cents = CENTS.iter().map(|(kind, _, cents)| count(kind) * cents).sum::<f64>();
    let parts: Vec<String> =
        CENTS.iter().map(|(kind, name, _)| format!("{} {name}", rounded(count(kind)))).collect();
    let what = "an installation in which nothing happens";
    Row::new("idle.dollars", what, "USD a month", cents / 100.0, Some(15.0), parts.join(", "))
}

/// A message of each contact, so many in a batch, a second apart.
async fn steady(world: &World, batch: usize) -> Bill {
    let people: Vec<String> = (0..CONTACTS).map(number).collect();
    let mut bill = Bill::default();
    for people in people.chunks(batch) {
        bill += world.inbound(people).await;
        world.path.clock.pass(1_000);
    }
    bill * (1.0 / CONTACTS as f64)
}

/// As many people as a batch has write every five seconds for two minutes.
async fn live(world: &World, batch: usize) -> Bill {
    const ROUNDS: usize = 24;
    let people: Vec<String> = (0..batch).map(number).collect();
    let mut bill = Bill::default();
    for _ in 0..ROUNDS {
        bill += world.inbound(&people).await;
        world.path.clock.pass(5_000);
    }
    bill * (1.0 / (batch * ROUNDS) as f64)
}

async fn inbound(rows: &mut Vec<Row>) {
    for (batch, units, dollars) in [(10, 12.0, 7.2), (1, 15.5, 8.5)] {
        let world = World::new().await;
        world.known(CONTACTS).await;
        // Every function has met the workspace before.
        world.inbound(&[number(0)]).await;
        world.path.clock.pass(60_000);
        world.inbound(&[number(1)]).await;
        world.path.clock.pass(31_000);
        let bill = steady(&world, batch).await;
        let what = format!("one inbound text, steady, queue batch {batch}");
        let (unit_row, dollar_row) = if batch == 10 {
            ("inbound.units.10", "inbound.dollars.10")
        } else {
            ("inbound.units.1", "inbound.dollars.1")
        };
        rows.push(Row::new(unit_row, &what, "billed units", bill.units(), Some(units), made_of(&bill)));
        rows.push(Row::new(dollar_row, &what, "USD a million", bill.dollars(), Some(dollars), ""));
        world.path.clock.pass(120_000);
        let bill = live(&world, batch).await;
        let what = format!("the same in a live chat, queue batch {batch}");
        let (name, budget) =
            if batch == 10 { ("live.dollars.10", Some(6.0)) } else { ("live.dollars.1", None) };
        rows.push(Row::new(name, &what, "USD a million", bill.dollars(), budget, made_of(&bill)));
    }
    for (batch, budget) in [(10.0, 0.2), (1.0, 1.5)] {
        let one = Bill { queue: 3.0, ..Bill::invocation() } * (1.0 / batch);
        rows.push(Row::new(
            if batch > 1.0 { "consumer.dollars.10" } else { "consumer.dollars.1" },
            format!("each consumer of messages that is switched on, batch {batch}"),
            "USD a million",
            one.dollars(),
            Some(budget),
            "reckoned from send, receive, delete and invocation: nothing consumes messages yet, so three of them cost nothing today",
        ));
    }
}

async fn newcomer(rows: &mut Vec<Row>) {
    let world = World::new().await;
    world.known(2).await;
    let known = world.inbound(&[number(0)]).await;
    world.path.clock.pass(1_000);
    let new = world.first(&number(900)).await;
    let (receiving, all) = new;
    let extra = receiving.writes - known.writes;
    rows.push(Row::new(
        "newcomer.writes",
        "a new contact, beyond a known one's message",
        "write units",
        extra,
        Some(10.0),
        format!("message and creation: {}", made_of(&receiving)),
    ));
    let search = all.writes;
    rows.push(Row::new(
        "newcomer.search",
        "search words of a new contact",
        "write units",
        search,
        Some(12.0),
        "written by contact-index from the bus",
    ));
}

async fn audience(rows: &mut Vec<Row>) {
    const ROUNDS: usize = 10;
    for (agents, name) in [(1, "agents.1"), (10, "agents.10"), (50, "agents.50")] {
        let world = World::new().await;
        world.agents(agents - 1).await;
        world.known(1).await;
        let mut pushes = 0.0;
        // A burst: ten messages within two seconds.
        for _ in 0..ROUNDS {
            pushes += world.inbound(&[number(0)]).await.pushes;
            world.path.clock.pass(200);
        }
        // Whole to the assignee, a hint a second to each of the others.
        let budget = if agents == 1 { 1.0 } else { 1.0 + 2.0 * (agents - 1) as f64 / ROUNDS as f64 };
        rows.push(Row::new(
            name,
            format!("pushes of one inbound text, {agents} agents online, burst of ten in two seconds"),
            "pushes",
            pushes / ROUNDS as f64,
            Some(budget),
            "whole to viewers and assignee, else a hint a second",
        ));
    }
}

async fn outbound(rows: &mut Vec<Row>) {
    let world = World::new().await;
    world.known(2).await;
    world.warm().await;
    let (bill, [accepted, sent], reference) = world.answer(1).await;
    let writes = |calls: &[Call], name: &str| calls.iter().filter(|call| call.operation == name).count();
    let transactions = writes(&accepted, "TransactWriteItems");
    rows.push(Row::new(
        "answer.accept",
        "an agent's text, accepted by the API",
        "transactions",
        transactions as f64,
        Some(1.0),
        operations(&accepted),
    ));
    let steps = sent.iter().filter(|c| !matches!(c.operation.as_str(), "GetItem" | "Query")).count();
    rows.push(Row::new(
        "answer.send",
        "the same, handed to the provider",
        "writes",
        steps as f64,
        Some(3.0),
        operations(&sent),
    ));
    rows.push(Row::new(
        "answer.dollars",
        "the same, API to provider and screens",
        "USD a million",
        bill.dollars(),
        None,
        made_of(&bill),
    ));
    world.path.clock.pass(2_000);
    let batch: Vec<_> = vec![(number(0), "delivered".to_owned(), Some(reference))];
    let with = world.reports(&batch).await;
    rows.push(Row::new(
        "status.writes",
        "a status, provider that returns our reference",
        "write units",
        with.writes + with.index_writes,
        Some(1.0),
        made_of(&with),
    ));
    world.path.clock.pass(2_000);
    let batch: Vec<_> = vec![(number(0), "read".to_owned(), None)];
    let without = world.reports(&batch).await;
    rows.push(Row::new(
        "status.reads",
        "a status, provider that does not: beyond that",
        "read units",
        without.reads - with.reads,
        Some(1.0),
        "reads the newest entries of the contact; every channel that reports statuses today returns our reference",
    ));
}

async fn reading(rows: &mut Vec<Row>) {
    let world = World::new().await;
    world.known(1).await;
    for _ in 0..55 {
        world.inbound(&[number(0)]).await;
        world.path.clock.pass(1_000);
    }
    world.warm().await;
    let (calls, shown) = world.page("messages/1?limit=50").await;
    rows.push(Row::new(
        "open.queries",
        format!("open a conversation: contact and its last {shown} messages"),
        "calls",
        calls.len() as f64,
        Some(1.0),
        format!("{}: {} read units", operations(&calls), rounded(Bill::calls(&calls).reads)),
    ));
    let sizes: [(usize, &str); 3] =
        [(100, "list.queries.100"), (1_000, "list.queries.1000"), (20_000, "list.queries.20000")];
    for (contacts, name) in sizes {
        let world = World::on(TestTable::without_stream()).await;
        world.known(1).await;
        world.warm().await;
        let (_, _, _) = world.answer(1).await;
        crowd(&world, contacts).await;
        world.quiet();
        let (calls, shown) = world.page("contacts?limit=50").await;
        rows.push(Row::new(
            name,
            format!("an inbox list of {shown}, of {contacts} contacts, last messages ours"),
            "calls",
            calls.len() as f64,
            Some(1.0),
            format!("{}: {} read units", counted(&calls), rounded(Bill::calls(&calls).reads)),
        ));
    }
}

/// Operations with how often each was called.
fn counted(calls: &[Call]) -> String {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for call in calls {
        *counts.entry(operations(std::slice::from_ref(call))).or_default() += 1;
    }
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    words.join(", ")
}

/// Copies of the first contact's head and message under other numbers.
async fn crowd(world: &World, contacts: usize) {
    let demo = &world.path.demo;
    let client = demo.table.client();
    let first = colibri_domain::ContactId(1);
    let partition = colibri_store::keys::contact(&demo.workspace, first);
    let all = client
        .query()
        .table_name(crate::table::TABLE)
        .key_condition_expression("PK = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
        .send()
        .await
        .expect("a partition")
        .items
        .unwrap_or_default();
    let text =
        |value: Option<&AttributeValue>| value.and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
    let kept: Vec<_> = all
        .into_iter()
        .filter(|item| {
            let place = text(item.get("SK"));
            place == colibri_store::keys::HEAD || place.ends_with("#m")
        })
        .collect();
    let mut requests = Vec::new();
    for number in 2..=contacts {
        let id = colibri_domain::ContactId(number as u64);
        for item in &kept {
            let mut copy = item.clone();
            copy.insert("PK".into(), AttributeValue::S(colibri_store::keys::contact(&demo.workspace, id)));
            if text(item.get("SK")) == colibri_store::keys::HEAD {
                let head = text(item.get("h")).replacen("\"i\":1,", &format!("\"i\":{number},"), 1);
                copy.insert("h".into(), AttributeValue::S(head));
                for name in ["gsk", "gak"] {
                    let place = text(item.get(name)).replace("#0000000001", &format!("#{number:010}"));
                    copy.insert(name.into(), AttributeValue::S(place));
                }
            }
            let put = PutRequest::builder().set_item(Some(copy)).build().expect("an item");
            requests.push(WriteRequest::builder().put_request(put).build());
        }
    }
    for chunk in requests.chunks(25) {
        client
            .batch_write_item()
            .request_items(crate::table::TABLE, chunk.to_vec())
            .send()
            .await
            .expect("a batch of items");
    }
}
