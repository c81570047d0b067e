"""Does every ten seconds what CloudWatch does on AWS and the emulator does not.

Depth and age of each queue become metrics, metric lines in the logs (EMF)
become metrics, and alarms on queues are evaluated by their own dimensions.
"""

import json
import signal
import threading
import time
from datetime import datetime, timezone

import boto3
from botocore.exceptions import BotoCoreError, ClientError

PERIOD = 10
NAMESPACE = "Colibri/Local"
COMPARE = {
    "GreaterThanThreshold": lambda value, limit: value > limit,
    "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
    "LessThanThreshold": lambda value, limit: value < limit,
    "LessThanOrEqualToThreshold": lambda value, limit: value <= limit,
}

sqs = boto3.client("sqs")
logs = boto3.client("logs")
watch = boto3.client("cloudwatch")
stopped = threading.Event()


def now():
    return datetime.now(timezone.utc)


class Ages:
    """Seconds since a queue was last seen empty: the emulator does not tell the
    age of the oldest message."""

    def __init__(self):
        self.since = {}

    def of(self, name, visible):
        if not visible:
            self.since.pop(name, None)
            return 0
        return time.time() - self.since.setdefault(name, time.time())


def measure(ages):
    """Metrics of all queues, by queue and AWS's own metric name."""
    found = {}
    for url in sqs.list_queues().get("QueueUrls", []):
        name = url.rsplit("/", 1)[-1]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        visible = int(attributes.get("ApproximateNumberOfMessages", 0))
        found[name, "ApproximateNumberOfMessagesVisible"] = visible
        found[name, "ApproximateNumberOfMessagesNotVisible"] = int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0))
        found[name, "ApproximateAgeOfOldestMessage"] = ages.of(name, visible)
    return found


def put(namespace, data):
    for start in range(0, len(data), 500):
        watch.put_metric_data(Namespace=namespace, MetricData=data[start : start + 500])


def put_queues(found):
    """A metric name per queue: the emulator would mix the queues' series."""
    put(NAMESPACE, [{"MetricName": f"{name}.{metric}", "Value": value, "Timestamp": now()} for (name, metric), value in found.items()])


def judge(found):
    """Sets the state of each alarm on a queue from that queue's own value."""
    for page in watch.get_paginator("describe_alarms").paginate():
        for alarm in page.get("MetricAlarms", []):
            if alarm.get("Namespace") != "AWS/SQS":
                continue
            queue = next((item["Value"] for item in alarm.get("Dimensions", []) if item["Name"] == "QueueName"), None)
            value = found.get((queue, alarm.get("MetricName")))
            if value is None:
                continue
            state = "ALARM" if COMPARE[alarm["ComparisonOperator"]](value, alarm["Threshold"]) else "OK"
            if state != alarm.get("StateValue"):
                reason = f"{alarm['MetricName']} of {queue} is {value:g}, threshold {alarm['Threshold']:g}"
                watch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason)


def embedded(line):
    """Metric data of one log line, by namespace."""
    found = {}
    for directive in line["_aws"].get("CloudWatchMetrics", []):
        for dimensions in directive.get("Dimensions") or [[]]:
            for metric in directive.get("Metrics", []):
                value = line.get(metric["Name"])
                values = value if isinstance(value, list) else [value]
                numbers = [number for number in values if isinstance(number, (int, float))]
                if numbers:
                    found.setdefault(directive["Namespace"], []).append(
                        {
                            "MetricName": metric["Name"],
                            "Values": numbers,
                            "Unit": metric.get("Unit", "None"),
                            "Timestamp": now(),
                            "Dimensions": [{"Name": key, "Value": str(line.get(key, ""))} for key in dimensions],
                        }
                    )
    return found


def put_embedded(since):
    """Reads metric lines logged after `since` (milliseconds); answers the newest time read."""
    newest = since
    data = {}
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/"):
        for group in page["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=since + 1
            )
            for event in (event for page in pages for event in page["events"]):
                newest = max(newest, event["timestamp"])
                if '"_aws"' not in event["message"]:
                    continue
                try:
                    for namespace, metrics in embedded(json.loads(event["message"])).items():
                        data.setdefault(namespace, []).extend(metrics)
                except (ValueError, TypeError, KeyError):
                    continue
    for namespace, metrics in data.items():
        put(namespace, metrics)
    return newest


def main():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    ages = Ages()
    since = int(time.time() * 1000)
    while not stopped.wait(PERIOD):
        try:
            found = measure(ages)
            put_queues(found)
            judge(found)
            since = put_embedded(since)
        except (BotoCoreError, ClientError) as error:
            print(f"{now():%H:%M:%S} {error}", flush=True)


main()
