//! Every alarm rings and falls silent: those on queues by real messages, those on our own counters by real log lines,
//! the others by the value that AWS would measure, because the emulator measures nothing itself.

use serde_json::{Value, json};

use super::place::{Place, until};

const METRIC: &str = "GraniteServiceVersion20100801";
/// Covered by `poison_is_kept_alarmed_and_brought_back`, whose messages must not meet ours.
const ELSEWHERE: &str = "dead-standard";

fn alarms(place: &Place) -> Vec<Value> {
    let body = json!({ "AlarmNamePrefix": format!("{}-", place.output("Prefix")), "MaxRecords": 100 });
    let found = place.aws(&format!("{METRIC}.DescribeAlarms"), &body);
    found["MetricAlarms"].as_array().unwrap().clone()
}

fn short<'a>(place: &Place, alarm: &'a Value) -> &'a str {
    let name = alarm["AlarmName"].as_str().unwrap();
    name.strip_prefix(place.output("Prefix")).unwrap().trim_start_matches('-')
}

#[allow(clippy::disallowed_methods, reason = "the cloud's own clock")]
fn now() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Puts a value that counts for a few seconds more.
fn measure(place: &Place, alarm: &Value, value: f64) {
    let window = alarm["Period"].as_f64().unwrap() * alarm["EvaluationPeriods"].as_f64().unwrap();
    let point = json!({
        "MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value,
        "Timestamp": now() - window + 4.0,
    });
    let body = json!({ "Namespace": alarm["Namespace"], "MetricData": [point] });
    place.aws(&format!("{METRIC}.PutMetricData"), &body);
}

/// Writes a metric line into the log of a function, as the function does.
fn log(place: &Place, counts: &[(&str, i64)]) {
    let names: Vec<Value> = counts.iter().map(|(name, _)| json!({ "Name": name })).collect();
    let mut line = json!({
        "_aws": { "CloudWatchMetrics": [{ "Namespace": "Colibri", "Dimensions": [["stage"]], "Metrics": names }] },
        "stage": "local",
    });
    for (name, count) in counts {
        line[*name] = json!(count);
    }
    let group = format!("/aws/lambda/{}-message-send", place.output("Prefix"));
    let stream = place.key();
    place.aws("Logs_20140328.CreateLogStream", &json!({ "logGroupName": group, "logStreamName": stream }));
    #[allow(clippy::cast_possible_truncation, reason = "milliseconds of this century")]
    let millis = (now() * 1000.0) as i64;
    let events = json!([{ "timestamp": millis, "message": line.to_string() }]);
    let body = json!({ "logGroupName": group, "logStreamName": stream, "logEvents": events });
    place.aws("Logs_20140328.PutLogEvents", &body);
}

/// Takes our own message off a queue.
fn take_back(place: &Place, output: &str, text: &str) {
    until("our message comes", || {
        let body =
            json!({ "QueueUrl": place.output(output), "MaxNumberOfMessages": 10, "VisibilityTimeout": 1 });
        let found = place.aws("AmazonSQS.ReceiveMessage", &body);
        let ours = found["Messages"].as_array()?.iter().find(|message| message["Body"] == text)?.clone();
        let handle = json!({ "QueueUrl": place.output(output), "ReceiptHandle": ours["ReceiptHandle"] });
        place.aws("AmazonSQS.DeleteMessage", &handle);
        Some(())
    });
}

#[test]
#[ignore = "needs the running installation"]
fn every_alarm_rings_and_falls_silent() {
    let place = Place::signed_in();
    let (text, own) = (place.key(), [("send.ambiguous", 4), ("status.orphaned", 21), ("sweep.found", 1)]);
    let queues = [("dead-fifo", "DeadFifoUrl"), ("dead-async", "DeadAsyncUrl")];
    for (_, output) in queues {
        place.queue(output, &text);
    }
    log(&place, &own);

    let alarms = alarms(&place);
    let counted: Vec<&str> = alarms
        .iter()
        .filter(|alarm| alarm["Namespace"] == "Colibri")
        .map(|alarm| short(&place, alarm))
        .collect();
    assert_eq!(counted.len(), own.len(), "{counted:?}");
    let by_message = |name: &str| name == ELSEWHERE || queues.iter().any(|(queue, _)| *queue == name);
    let measured: Vec<&Value> = alarms
        .iter()
        .filter(|alarm| !by_message(short(&place, alarm)) && alarm["Namespace"] != "Colibri")
        .collect();
    assert_eq!(measured.len() + own.len() + queues.len() + 1, alarms.len());
    for alarm in &measured {
        let name = short(&place, alarm);
        until(name, || {
            measure(&place, alarm, alarm["Threshold"].as_f64().unwrap() + 1.0);
            (place.alarm(name) == "ALARM").then_some(())
        });
    }
    for name in counted.iter().copied().chain(queues.map(|(name, _)| name)) {
        until(&format!("{name} rings"), || (place.alarm(name) == "ALARM").then_some(()));
    }

    for (_, output) in queues {
        take_back(&place, output, &text);
    }
    log(&place, &own.map(|(name, count)| (name, -count)));
    for alarm in &measured {
        let name = short(&place, alarm);
        until(&format!("{name} falls silent"), || {
            measure(&place, alarm, 0.0);
            (place.alarm(name) == "OK").then_some(())
        });
    }
    for name in &counted {
        until(&format!("{name} falls silent"), || (place.alarm(name) == "OK").then_some(()));
    }
    for (name, output) in queues {
        until(&format!("{name} falls silent"), || {
            (place.depth(output) > 0 || place.alarm(name) == "OK").then_some(())
        });
    }
}
