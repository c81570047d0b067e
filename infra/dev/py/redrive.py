"""Moves dead messages back to where each came from.

The emulator has no StartMessageMoveTask. Dead-letter queues are shared, and
each message names its source: a queue by the attribute that the service sets,
an asynchronous invocation by the function in its record.

Usage: redrive.py <queue>
"""

import json
import os
import sys
from collections import Counter

import boto3
from botocore.exceptions import ClientError

sqs = boto3.client("sqs")
functions = boto3.client("lambda")
prefix = os.environ["COLIBRI_PREFIX"]


def queue_url(name):
    for candidate in (name, f"{prefix}-{name}", f"{prefix}-{name}.fifo"):
        try:
            return sqs.get_queue_url(QueueName=candidate)["QueueUrl"]
        except ClientError:
            continue
    known = [url.rsplit("/", 1)[-1] for url in sqs.list_queues().get("QueueUrls", [])]
    sys.exit(f"error: no queue {name}; there are: {', '.join(sorted(known))}")


def to_queue(message, source):
    system = message.get("Attributes", {})
    name = source.rsplit(":", 1)[-1]
    request = {
        "QueueUrl": sqs.get_queue_url(QueueName=name)["QueueUrl"],
        "MessageBody": message["Body"],
        "MessageAttributes": message.get("MessageAttributes", {}),
    }
    if "MessageGroupId" in system:
        request["MessageGroupId"] = system["MessageGroupId"]
    if name.endswith(".fifo"):
        # A new id: within five minutes the old one would be taken for a repetition.
        request["MessageDeduplicationId"] = f"redrive-{message['MessageId']}"
    sqs.send_message(**request)
    return name


def to_function(record):
    arn = record["requestContext"]["functionArn"]
    name = arn.split(":function:")[1].split(":")[0]
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(record["requestPayload"]).encode())
    return name


def put_back(message):
    source = message.get("Attributes", {}).get("DeadLetterQueueSourceArn")
    if source:
        return to_queue(message, source)
    named = message.get("MessageAttributes", {}).get("source", {}).get("StringValue", "")
    if named.startswith("arn:aws:sqs:"):
        return to_queue(message, named)
    try:
        record = json.loads(message["Body"])
        if "requestPayload" in record:
            return to_function(record)
    except (ValueError, KeyError, TypeError):
        pass
    if named:
        functions.invoke(FunctionName=f"{prefix}-{named}", InvocationType="Event", Payload=message["Body"].encode())
        return named
    return None


def main():
    url = queue_url(sys.argv[1])
    moved, left = Counter(), 0
    seen = set()
    while True:
        batch = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=60,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        fresh = [message for message in batch if message["MessageId"] not in seen]
        if not fresh:
            break
        for message in fresh:
            seen.add(message["MessageId"])
            target = put_back(message)
            if target is None:
                left += 1
                print(f"left: {message['MessageId']} names no source")
                continue
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            moved[target] += 1
    for target, count in sorted(moved.items()):
        print(f"{count} moved to {target}")
    if not moved and not left:
        print("nothing is dead there")


main()
