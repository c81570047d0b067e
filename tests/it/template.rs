//! What must hold for the templates, whatever is added to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use colibri_lambda::Need;
use colibri_tests::bundle::{Bundle, Resource};
use colibri_tests::root;
use serde_json::Value;

/// Folder of each function by its name.
fn folders() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for area in fs::read_dir(root().join("functions")).unwrap().filter_map(Result::ok) {
        for folder in fs::read_dir(area.path()).into_iter().flatten().filter_map(Result::ok) {
            if folder.path().join("Cargo.toml").exists() {
                found.insert(folder.file_name().into_string().unwrap(), folder.path());
            }
        }
    }
    found
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        Value::String(text) => vec![text],
        _ => Vec::new(),
    }
}

/// Statements of a role's own policies.
fn statements(role: &Value) -> Vec<&Value> {
    let policies = role["Properties"]["Policies"].as_array().into_iter().flatten();
    policies
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten())
        .collect()
}

fn role<'a>(bundle: &'a Bundle, function: &Resource<'_>) -> &'a Value {
    let reference = function.properties()["Role"]["!GetAtt"].as_str().unwrap_or_default();
    let id =
        reference.strip_suffix(".Arn").unwrap_or_else(|| panic!("{} has no role of its own", function.id));
    assert_eq!(id, format!("{}Role", function.id), "a role serves one function");
    bundle.stacks[function.stack].resource(id)
}

#[test]
fn every_function_has_its_own_role_without_bare_stars() {
    let bundle = Bundle::read();
    for function in bundle.functions().values() {
        assert!(!statements(role(&bundle, function)).is_empty(), "{}", function.id);
    }
    for role in bundle.of("AWS::IAM::Role") {
        assert!(
            role.properties().get("ManagedPolicyArns").is_none(),
            "{}: what it may stands in its own policy",
            role.id
        );
        for statement in statements(role.body) {
            for action in texts(&statement["Action"]) {
                assert!(!action.contains('*'), "{}: {action}", role.id);
            }
            for resource in texts(&statement["Resource"]) {
                let name = resource.rsplit(':').next().unwrap_or_default();
                assert!(resource != "*" && name != "*/*", "{}: {resource}", role.id);
            }
        }
    }
}

#[test]
fn access_to_the_table_is_limited_by_kind_of_key() {
    let bundle = Bundle::read();
    let kinds = ["W#*", "O#*", "I#*"];
    for role in bundle.of("AWS::IAM::Role") {
        for statement in statements(role.body) {
            let stream = texts(&statement["Resource"]).contains(&"TableStreamArn");
            if stream || !texts(&statement["Action"]).iter().any(|action| action.starts_with("dynamodb:")) {
                continue;
            }
            let keys = texts(&statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
            assert!(!keys.is_empty() && keys.iter().all(|key| kinds.contains(key)), "{}: {keys:?}", role.id);
        }
    }
}

#[test]
fn every_function_keeps_its_logs_for_a_while() {
    let bundle = Bundle::read();
    for function in bundle.functions().values() {
        let stack = &bundle.stacks[function.stack];
        let group = function.properties()["LoggingConfig"]["LogGroup"]["!Ref"].as_str().unwrap_or_default();
        let retention = &stack.resource(group)["Properties"]["RetentionInDays"];
        assert_eq!(retention["!Ref"], "LogRetentionDays", "{}", function.id);
        let logging = &stack.body["Globals"]["Function"]["LoggingConfig"];
        assert_eq!(
            (logging["LogFormat"].as_str(), logging["SystemLogLevel"].as_str()),
            (Some("JSON"), Some("WARN"))
        );
    }
}

#[test]
fn one_name_everywhere() {
    let bundle = Bundle::read();
    let (functions, folders) = (bundle.functions(), folders());
    assert_eq!(functions.keys().collect::<Vec<_>>(), folders.keys().collect::<Vec<_>>());
    for (name, function) in functions {
        let properties = function.properties();
        assert_eq!(properties["CodeUri"], format!("../../target/lambda/{name}/"));
        assert_eq!(properties["FunctionName"]["!Sub"], format!("${{Prefix}}-{name}"));
        let manifest = fs::read_to_string(folders[&name].join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("\nname = \"{name}\"\n")), "{name}: package and folder differ");
        assert!(!manifest.contains("[[bin]]"), "{name}: the binary is called like the package");
    }
}

#[test]
fn every_function_has_its_cases() {
    let folders = folders();
    for name in folders.keys() {
        let cases = root().join("events").join(name);
        assert!(
            fs::read_dir(&cases).is_ok_and(|mut cases| cases.next().is_some()),
            "{name}: no cases in events/{name}"
        );
    }
    for folder in fs::read_dir(root().join("events"))
        .unwrap()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
    {
        let name = folder.file_name().into_string().unwrap();
        assert!(folders.contains_key(&name), "events/{name} belongs to no function");
    }
}

#[test]
fn a_main_only_names_its_handler_and_its_needs() {
    for (name, folder) in folders() {
        let lines = fs::read_to_string(folder.join("src/main.rs")).unwrap().lines().count();
        assert!(lines <= 25, "{name}: {lines} lines");
    }
}

/// What a function's `main` declares.
fn needs(name: &str, folder: &std::path::Path) -> Vec<Need> {
    let main = fs::read_to_string(folder.join("src/main.rs")).unwrap();
    let body = main.find("fn main").unwrap_or_default();
    let start = body + main[body..].find("&[").unwrap_or_else(|| panic!("{name}: no needs"));
    let list = &main[start + 2..start + main[start..].find(']').unwrap()];
    let named: Vec<&str> = list.split(',').map(str::trim).filter(|need| !need.is_empty()).collect();
    let need = |text: &&str| {
        Need::ALL.into_iter().find(|need| need.name() == *text).unwrap_or_else(|| panic!("{name}: {text}"))
    };
    named.iter().map(need).collect()
}

#[test]
fn every_variable_that_is_read_is_set_and_none_besides() {
    let bundle = Bundle::read();
    let folders = folders();
    for (name, function) in bundle.functions() {
        let set: BTreeSet<&str> = function.properties()["Environment"]["Variables"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut read: BTreeSet<&str> =
            needs(&name, &folders[&name]).into_iter().flat_map(Need::variables).copied().collect();
        read.insert("STAGE");
        assert_eq!(set, read, "{name}");
    }
}

#[test]
fn every_queue_ends_in_a_dead_letter_queue_and_each_of_those_has_an_alarm() {
    let bundle = Bundle::read();
    let core = &bundle.stacks["core"];
    let alarmed: Vec<String> = bundle
        .of("AWS::CloudWatch::Alarm")
        .iter()
        .filter(|alarm| alarm.properties()["MetricName"] == "ApproximateNumberOfMessagesVisible")
        .flat_map(|alarm| {
            texts(&alarm.properties()["Dimensions"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    for queue in bundle.of("AWS::SQS::Queue") {
        let name = queue.properties()["QueueName"]["!Sub"].as_str().unwrap();
        if queue.id.starts_with("Dead") {
            assert!(alarmed.iter().any(|dimension| dimension == name), "{name} has no alarm");
            continue;
        }
        let dead = queue.properties()["RedrivePolicy"]["deadLetterTargetArn"]["!GetAtt"].as_str().unwrap();
        let dead = core.resource(dead.strip_suffix(".Arn").unwrap());
        assert_eq!(dead["Properties"]["FifoQueue"], queue.properties()["FifoQueue"], "{name}: kinds differ");
    }
}

#[test]
fn queue_readers_report_single_failures_and_have_time() {
    let bundle = Bundle::read();
    let functions = bundle.functions();
    let mut polled = 0;
    for source in bundle.of("AWS::Lambda::EventSourceMapping") {
        let properties = source.properties();
        assert_eq!(properties["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{}", source.id);
        let target = bundle.core_resource(&properties["EventSourceArn"]).unwrap();
        if target == "Table" {
            assert_eq!(properties["BisectBatchOnFunctionError"], true);
            assert!(
                properties["MaximumRetryAttempts"].is_u64()
                    && properties["DestinationConfig"]["OnFailure"].is_object()
            );
            assert!(
                properties["FilterCriteria"]["Filters"][0]["Pattern"].as_str().unwrap().contains("\"ev\"")
            );
            continue;
        }
        polled += 1;
        assert!(
            properties["ScalingConfig"]["MaximumConcurrency"].as_u64().is_some_and(|most| most >= 2),
            "{}",
            source.id
        );
        let reader =
            functions.values().find(|function| properties["FunctionName"]["!Ref"] == function.id).unwrap();
        let timeout = reader.properties()["Timeout"].as_u64().unwrap();
        let window = properties["MaximumBatchingWindowInSeconds"].as_u64().unwrap_or(0);
        let visibility =
            bundle.stacks["core"].resource(target)["Properties"]["VisibilityTimeout"].as_u64().unwrap();
        assert!(visibility >= 6 * timeout + window, "{target}: {visibility} s for {timeout} s");
    }
    let budget = 24;
    assert!((1..=budget).contains(&polled), "{polled} polled queues");
}

#[test]
fn what_is_started_without_waiting_leaves_its_failures_in_a_queue() {
    let bundle = Bundle::read();
    let functions = bundle.functions();
    let started: BTreeSet<&str> = bundle
        .resources()
        .iter()
        .filter(|resource| matches!(resource.kind(), "AWS::Events::Rule" | "AWS::Scheduler::Schedule"))
        .filter_map(|resource| {
            let target = resource.properties()["Targets"].get(0).unwrap_or(&resource.properties()["Target"]);
            assert!(target["DeadLetterConfig"]["Arn"].is_object(), "{}: no dead-letter queue", resource.id);
            target["Arn"]["!GetAtt"].as_str()
        })
        .collect();
    for function in
        functions.values().filter(|function| started.contains(format!("{}.Arn", function.id).as_str()))
    {
        let failure =
            &function.properties()["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"];
        assert_eq!(bundle.core_resource(failure), Some("DeadAsyncQueue"), "{}", function.id);
    }
    assert!(!started.is_empty());
}

#[test]
fn every_alarm_has_its_page_in_the_runbook() {
    let bundle = Bundle::read();
    let named: BTreeSet<String> = bundle
        .of("AWS::CloudWatch::Alarm")
        .iter()
        .map(|alarm| {
            let name = alarm.properties()["AlarmName"]["!Sub"].as_str().unwrap();
            name.strip_prefix("${Prefix}-").unwrap_or_else(|| panic!("{name}")).to_owned()
        })
        .collect();
    let runbook = fs::read_to_string(root().join("infra/README.md")).unwrap();
    let pages: BTreeSet<String> =
        runbook.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect();
    assert_eq!(named, pages);
    for page in runbook.split("\n### ").skip(1) {
        let name = page.lines().next().unwrap();
        for part in ["**Means.**", "**Look.**", "**Do.**"] {
            assert!(page.contains(part), "{name} lacks {part}");
        }
    }
}

/// Every name that a use case counts under.
fn own_metrics() -> BTreeSet<String> {
    fn sources(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            if entry.path().is_dir() {
                sources(&entry.path(), found);
            } else {
                found.push(entry.path());
            }
        }
    }
    let mut files = Vec::new();
    sources(&root().join("shared/app/src"), &mut files);
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for call in ["metrics.count(", "metrics.worst("] {
            for rest in text.split(call).skip(1) {
                let arguments = rest.split(';').next().unwrap_or_default();
                names.extend(arguments.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }
    names
}

#[test]
fn own_metrics_stay_few_and_the_dashboard_shows_what_is_lost_or_late() {
    let names = own_metrics();
    assert!(names.contains("send.ambiguous") && names.len() <= 20, "{} names: {names:?}", names.len());
    let bundle = Bundle::read();
    let watch = &bundle.stacks["watch"];
    let text = watch.resource("Dashboard")["Properties"]["DashboardBody"]["!Sub"].as_str().unwrap();
    let body: Value = serde_json::from_str(text).unwrap();
    for widget in body["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
            if metric[0] == "Colibri" {
                assert!(names.contains(metric[1].as_str().unwrap()), "{metric} is counted nowhere");
            }
        }
    }
    for shown in [
        "ingest.lag",
        "realtime.lag",
        "send.ambiguous",
        "status.orphaned",
        "sweep.found",
        "Throttles",
        "Errors",
    ] {
        assert!(text.contains(&format!("\"{shown}\"")), "{shown}");
    }
    for queue in bundle.of("AWS::SQS::Queue") {
        let name = queue.properties()["QueueName"]["!Sub"].as_str().unwrap();
        assert!(text.contains(&format!("\"{name}\"")), "{name} is not on the dashboard");
    }
    for alarm in bundle.of("AWS::CloudWatch::Alarm") {
        if alarm.properties()["Namespace"] == "Colibri" {
            let metric = alarm.properties()["MetricName"].as_str().unwrap();
            assert!(names.contains(metric), "{}: {metric} is counted nowhere", alarm.id);
            assert_eq!(alarm.properties()["Dimensions"][0]["Value"]["!Ref"], "Stage", "{}", alarm.id);
        }
    }
}

#[test]
fn what_holds_data_survives_a_mistake() {
    let bundle = Bundle::read();
    let kinds = ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Cognito::UserPool"];
    let mut seen = BTreeSet::new();
    for resource in bundle.resources() {
        if !kinds.contains(&resource.kind()) && !resource.id.starts_with("Dead")
            || resource.kind() == "AWS::SQS::QueuePolicy"
        {
            continue;
        }
        if resource.kind() == "AWS::CloudWatch::Alarm" {
            continue;
        }
        seen.insert(resource.kind());
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(resource.body[policy], "Retain", "{} {policy}", resource.id);
        }
    }
    assert_eq!(seen.len(), kinds.len() + 1);
    let core = &bundle.stacks["core"];
    assert_eq!(core.resource("Table")["Properties"]["DeletionProtectionEnabled"], true);
    assert_eq!(
        core.resource("Table")["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
    assert_eq!(core.resource("UserPool")["Properties"]["DeletionProtection"], "ACTIVE");
    assert_eq!(bundle.root.resource("Core")["DeletionPolicy"], "Retain");
}

#[test]
fn stacks_stay_far_from_their_limit_and_the_idle_bill_small() {
    let bundle = Bundle::read();
    for (name, stack) in &bundle.stacks {
        let resources = stack.resources();
        let expanded = resources
            .iter()
            .filter(|resource| resource.properties().get("EventInvokeConfig").is_some())
            .count();
        assert!(resources.len() + expanded <= 350, "{name}: {}", resources.len() + expanded);
    }
    let (alarms, queues) =
        (bundle.of("AWS::CloudWatch::Alarm").len(), bundle.of("AWS::Lambda::EventSourceMapping").len());
    let (dashboards, keys) =
        (bundle.of("AWS::CloudWatch::Dashboard").len(), bundle.of("AWS::KMS::Key").len());
    assert!(alarms <= 20, "{alarms} alarms");
    // US cents a month: an alarm 10, a polled queue 26, a dashboard 300, a key 100.
    let idle = alarms * 10 + queues * 26 + dashboards * 300 + keys * 100;
    assert!(idle <= 1500, "{idle} cents a month");
}

#[test]
fn the_root_has_its_parameters_and_passes_each_stack_what_it_declares() {
    let bundle = Bundle::read();
    let parameters = bundle.root.body["Parameters"].as_object().unwrap();
    for name in [
        "Stage",
        "Architecture",
        "DomainName",
        "CertificateArn",
        "AlarmEmail",
        "LogRetentionDays",
        "InstallationKey",
        "MetaApps",
        "TelegramBaseUrl",
        "WhatsAppBaseUrl",
    ] {
        assert!(parameters.contains_key(name), "{name}");
    }
    for secret in ["MetaApps", "InstallationKey"] {
        assert_eq!(parameters[secret]["NoEcho"], true);
    }
    assert!(
        parameters.values().all(|parameter| parameter.get("Default").is_some()),
        "a first deploy asks nothing"
    );
    for nested in bundle.root.resources() {
        let file = nested.properties()["TemplateURL"].as_str().unwrap();
        let name = file.strip_prefix("stacks/").and_then(|file| file.strip_suffix(".yaml")).unwrap();
        let keys = |value: &Value| {
            value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>()
        };
        assert_eq!(
            keys(&nested.properties()["Parameters"]),
            keys(&bundle.stacks[name].body["Parameters"]),
            "{name}"
        );
    }
    assert_eq!(bundle.root.resources().len(), bundle.stacks.len());
}

/// Routes of the templates: the key and the function.
fn template_routes(bundle: &Bundle, api: &str) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for (name, function) in bundle.functions() {
        for suffix in ["Route", "RouteBelow"] {
            let route = bundle.stacks[function.stack].resource(&format!("{}{suffix}", function.id));
            if route["Properties"]["ApiId"]["!Ref"] == api {
                routes.push((route["Properties"]["RouteKey"].as_str().unwrap().to_owned(), name.clone()));
            }
        }
    }
    routes
}

/// Whether a key of API Gateway leads a path of the route table to its function.
fn leads(key: &str, path: &str) -> bool {
    let pattern = key.split_once(' ').unwrap_or_default().1;
    match pattern.strip_suffix("/{proxy+}") {
        Some(prefix) => path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1),
        None => pattern == path,
    }
}

#[test]
fn routes_are_those_of_the_route_table() {
    let bundle = Bundle::read();
    let declared = template_routes(&bundle, "ConsoleApiId");
    let table = colibri_app::api::routes();
    for route in &table {
        let found = declared.iter().any(|(key, name)| name == route.function && leads(key, route.path));
        assert!(found, "{} {} has no route to {}", route.method, route.path, route.function);
    }
    for (key, name) in declared.iter().filter(|(_, name)| name != "console-serve") {
        let used = table.iter().any(|route| route.function == name && leads(key, route.path));
        assert!(used, "{key} leads to {name}, which knows no such path");
    }
}

#[test]
fn sockets_and_webhooks_have_their_routes() {
    let bundle = Bundle::read();
    let keys = |api| template_routes(&bundle, api).into_iter().map(|(key, _)| key).collect::<BTreeSet<_>>();
    assert_eq!(keys("SocketApiId").into_iter().collect::<Vec<_>>(), ["$connect", "$default", "$disconnect"]);
    assert!(keys("WebhookApiId").contains("ANY /whatsapp/{app}"));
    assert!(keys("WebhookApiId").contains("ANY /webchat/{channel}/messages"));
    assert!(keys("VisitorSocketApiId").contains("$default"));
}

#[test]
fn every_api_function_lets_its_api_call_it() {
    let bundle = Bundle::read();
    for integration in bundle.of("AWS::ApiGatewayV2::Integration") {
        let function = integration.id.strip_suffix("Integration").unwrap();
        let permission = bundle.stacks[integration.stack].resource(&format!("{function}Permission"));
        assert_eq!(permission["Properties"]["Principal"], "apigateway.amazonaws.com", "{function}");
        assert_eq!(permission["Properties"]["FunctionName"]["!Ref"], function);
        let timeout =
            bundle.stacks[integration.stack].resource(function)["Properties"]["Timeout"].as_u64().unwrap();
        assert!(timeout <= 29, "{function}: API Gateway gives up after 30 s");
    }
}

#[test]
fn cfn_lint_finds_nothing() {
    let linter = root().join(".dev/venv/bin/cfn-lint");
    if !linter.exists() {
        eprintln!("cfn-lint is not there: `cargo dev test` installs it and runs this");
        return;
    }
    let stacks = Bundle::read().stacks.into_keys().map(|name| format!("stacks/{name}.yaml"));
    let run = Command::new(linter.canonicalize().unwrap())
        .current_dir(root().join("infra"))
        .arg("template.yaml")
        .args(stacks)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

/// `UPDATE=1 cargo nextest run -p colibri-tests openapi` writes it again.
#[test]
fn openapi_is_what_the_route_table_says() {
    let path = root().join("infra/openapi.json");
    let document = format!("{:#}\n", colibri_app::api::openapi::document());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == document, "infra/openapi.json is not what the route table says: run this with UPDATE=1");
}
