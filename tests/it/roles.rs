//! The calls that functions make, held against the roles that the templates give them.

use std::collections::{BTreeMap, BTreeSet};

use colibri_lambda::ACTIONS;
use colibri_testing::role::{FOLDER, Grant, Use, collected, grants, uses};
use colibri_tests::bundle::Bundle;
use serde_json::Value;

use crate::{golden, golden_other};

/// What the runtime does for a function by itself: it polls queues and the stream, and buries what failed for good.
fn by_the_runtime() -> BTreeSet<(String, String, String)> {
    let bundle = Bundle::read();
    let functions = bundle.functions();
    let kebab = colibri_tests::bundle::kebab;
    let mut does = BTreeSet::new();
    let mut add = |function: &str, actions: &[&str], resource: &Value| {
        let resource = resource["!Ref"].as_str().unwrap_or_default();
        for action in actions {
            does.insert((function.to_owned(), (*action).to_owned(), resource.to_owned()));
        }
    };
    for source in bundle.of("AWS::Lambda::EventSourceMapping") {
        let properties = source.properties();
        let function = kebab(properties["FunctionName"]["!Ref"].as_str().unwrap_or_default());
        let from = &properties["EventSourceArn"];
        let stream = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"]
            .map(|a| format!("dynamodb:{a}"));
        let queue = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map(|a| format!("sqs:{a}"));
        let polls = if from["!Ref"] == "TableStreamArn" { stream.as_slice() } else { queue.as_slice() };
        add(&function, &polls.iter().map(String::as_str).collect::<Vec<_>>(), from);
        add(&function, &["sqs:SendMessage"], &properties["DestinationConfig"]["OnFailure"]["Destination"]);
    }
    for (name, function) in functions {
        let buried =
            &function.properties()["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"];
        add(&name, &["sqs:SendMessage"], buried);
    }
    does
}

/// A call as it asks for permission: a port's method asks for what the runtime does in it.
fn asked(used: &Use) -> Vec<(Use, String)> {
    if !used.action.contains("::") {
        return vec![(used.clone(), used.action.clone())];
    }
    let actions =
        ACTIONS.iter().find(|(method, _)| *method == used.action).map_or(&[][..], |(_, actions)| actions);
    actions.iter().map(|action| (used.clone(), (*action).to_owned())).collect()
}

fn listed<T: std::fmt::Debug>(what: &BTreeMap<String, Vec<T>>) -> String {
    what.iter().map(|(function, all)| format!("{function}:\n{}", lines(all))).collect()
}

fn lines<T: std::fmt::Debug>(all: &[T]) -> String {
    all.iter().map(|one| format!("    {one:?}\n")).collect()
}

#[tokio::test]
async fn every_function_does_what_its_cases_say_and_may() {
    for function in golden::ON_THE_PATH {
        golden::cases(function).await;
    }
    golden_other::cases().await;

    let asked: Vec<(Use, String)> = uses().iter().flat_map(asked).collect();
    let mut refused: BTreeMap<String, Vec<_>> = BTreeMap::new();
    // Without the right to list, a missing object answers 403: that is no call of its own.
    for (used, action) in asked.iter().filter(|(_, action)| action != "s3:ListBucket") {
        if !grants().iter().any(|grant| grant.allows(used, action)) {
            refused.entry(used.function.clone()).or_default().push((used, action));
        }
    }
    assert!(refused.is_empty(), "used, but not granted:\n{}", listed(&refused));
}

/// What every test of a run has used, golden cases and journeys alike.
#[test]
#[ignore = "compares with what all other tests have left: cargo dev test unit"]
fn every_grant_is_used() {
    let folder = std::env::var_os(FOLDER).unwrap();
    let asked: Vec<(Use, String)> = collected(folder.as_ref()).iter().flat_map(asked).collect();
    let runtime = by_the_runtime();
    let needed = |grant: &Grant| {
        runtime.contains(&(grant.function.clone(), grant.action.clone(), grant.resource.clone()))
            || asked.iter().any(|(used, action)| grant.allows(used, action))
    };
    let functions: BTreeSet<String> = Bundle::read().functions().into_keys().collect();
    let mut unused: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for grant in grants().iter().filter(|grant| functions.contains(&grant.function) && !needed(grant)) {
        let what = (&grant.action, &grant.resource, &grant.scope);
        unused.entry(grant.function.clone()).or_default().push(what);
    }
    assert!(unused.is_empty(), "granted, but used by no test:\n{}", listed(&unused));
}
