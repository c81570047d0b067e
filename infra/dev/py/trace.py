"""Tells what happened to one message: what the table says, what was logged, and what lies dead.

Usage: trace.py <message id | workspace/contact/message id> [--aws] [--stage <stage>] [--json]

Texts, names and numbers of people are never shown.
"""

import json
import os
import sys
import time
from datetime import datetime, timezone

SLOT_BITS = 20
# Lines are looked for from a little before the message to this long after it, in seconds.
BEFORE, AFTER = 600, 2 * 24 * 3600
STEPS = {
    "queued": "waits for its turn",
    "sending": "handed to the provider, no answer yet",
    "accepted": "the provider took it",
    "failed": "will not be sent",
    "ambiguous": "may have been sent: nobody knows",
}


def second_of(message):
    return message >> SLOT_BITS


def sort_key(message):
    return f"T#{message:014x}#m"


def parse(text):
    """Workspace and contact (or none) and the message's number."""
    parts = text.split("/")
    try:
        if len(parts) == 3:
            return parts[0], int(parts[1]), int(parts[2])
        if len(parts) == 1:
            return None, None, int(parts[0])
    except ValueError:
        pass
    sys.exit("error: a message id is a number, or <workspace>/<contact>/<number> as in a send's reference")


def ring_of(value):
    """Messages that a head has taken in: distances from the newest to the oldest, seven bits to a byte."""
    if isinstance(value, str):
        return json.loads(value)
    ids, number, shift = [], 0, 0
    for byte in bytes(value):
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            ids.append(ids[-1] - number if ids else number)
            number, shift = 0, 0
    return ids


def plain(item):
    """An item without the wrapping of its values."""

    def value(typed):
        (kind, inner), *_ = typed.items()
        if kind == "N":
            return int(inner) if inner.lstrip("-").isdigit() else float(inner)
        if kind == "M":
            return {name: value(part) for name, part in inner.items()}
        if kind == "L":
            return [value(part) for part in inner]
        return None if kind == "NULL" else inner

    return {name: value(typed) for name, typed in item.items()}


def of_item(item):
    """What the table says, as (milliseconds, text) and as facts without a time."""
    document = json.loads(item["d"])
    outgoing = document.get("traffic") == "outgoing"
    author = document.get("sender", {}).get("source", "?")
    events = [(document["at"], f"table    {'accepted from' if outgoing else 'written by'} {author}")]
    if not outgoing and document.get("received_at", 0) > document["at"]:
        events.append((document["received_at"], "table    arrived at the webhook"))
    for name, at in sorted(item.get("st", {}).items(), key=lambda pair: pair[1]):
        events.append((at, f"table    {name}, says the provider"))
    if document.get("edited_at"):
        events.append((document["edited_at"], "table    edited"))
    if document.get("revoked_at"):
        events.append((document["revoked_at"], "table    taken back"))
    facts = []
    if step := item.get("sns"):
        facts.append(f"step: {step} ({STEPS.get(step, '?')})")
        detail = json.loads(item["sn"])
        for field, word in (("due_at", "due"), ("until", "lease ends"), ("attempts", "attempts")):
            if field in detail:
                shown = stamp(detail[field]) if field != "attempts" else detail[field]
                facts.append(f"{word}: {shown}")
    if failure := item.get("fl"):
        failure = json.loads(failure)
        facts.append(f"failure: {failure.get('class')}, {failure.get('reason')}, code {failure.get('code')}")
    if item.get("gs"):
        facts.append("on the sweep's list: something is still to be done")
    return events, facts


def of_head(head, message):
    """What the contact's head knows of a message."""
    if head is None:
        return ["its contact's head is missing"]
    facts = []
    queue = [queued["message"] for queued in json.loads(head.get("q", "[]"))]
    if message in queue:
        facts.append(f"in the contact's queue: place {queue.index(message) + 1} of {len(queue)}")
    if message in ring_of(head.get("rg", "[]")):
        facts.append("taken in by the contact's head")
    return facts


def of_line(name, line):
    """A log line's fields in one line of text, and the ids that it names."""
    try:
        fields = json.loads(line)
    except ValueError:
        return f"{name:8} {line.strip()[:160]}", []
    if "_aws" in fields:
        named = fields.get("correlation", [])
        counted = " ".join(f"{key}={value}" for key, value in fields.items() if key not in ("_aws", "stage", "correlation"))
        return f"{name:8} {counted}", named
    span = fields.get("span", {}).get("correlation")
    hidden = ("timestamp", "level", "message", "span", "target", "request")
    rest = " ".join(f"{key}={value}" for key, value in fields.items() if key not in hidden)
    return f"{name:8} {fields.get('level', '')} {fields.get('message', '')} {rest}".rstrip(), [span] if span else []


def stamp(millis):
    return datetime.fromtimestamp(millis / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def gap(millis):
    if millis < 60_000:
        return f"+{millis / 1000:.3f} s"
    minutes, seconds = divmod(millis // 1000, 60)
    return f"+{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"+{minutes} min {seconds} s"


def story(events):
    """Events in the order of their times, each with what passed since the one before."""
    lines, last = [], None
    for at, text in sorted(events, key=lambda event: event[0]):
        passed = "" if last is None or at == last else gap(at - last)
        lines.append(f"{stamp(at)}  {passed:>16}  {text}")
        last = at
    return lines


class Cloud:
    """The same questions to the emulator and to AWS."""

    def __init__(self, stack):
        import boto3

        self.table = boto3.client("dynamodb")
        self.queues = boto3.client("sqs")
        self.logs = boto3.client("logs")
        described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        self.outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])}

    def get(self, partition, sort):
        key = {"PK": {"S": partition}, "SK": {"S": sort}}
        item = self.table.get_item(TableName=self.outputs["TableName"], Key=key).get("Item")
        return plain(item) if item else None

    def find(self, message):
        """A message by its number alone: the whole table is read."""
        pages = self.table.get_paginator("scan").paginate(
            TableName=self.outputs["TableName"],
            FilterExpression="SK = :sk",
            ExpressionAttributeValues={":sk": {"S": sort_key(message)}},
        )
        return [plain(item) for page in pages for item in page["Items"]]

    def dead(self, ids, words):
        """Dead letters that carry one of these ids or words, without their bodies."""
        found = []
        for name in ("DeadStandardUrl", "DeadFifoUrl", "DeadAsyncUrl"):
            seen = set()
            for _ in range(10):
                batch = self.queues.receive_message(
                    QueueUrl=self.outputs[name], MaxNumberOfMessages=10, VisibilityTimeout=1,
                    MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"],
                ).get("Messages", [])
                fresh = [message for message in batch if message["MessageId"] not in seen]
                if not fresh:
                    break
                for message in fresh:
                    seen.add(message["MessageId"])
                    label = message.get("MessageAttributes", {}).get("correlation", {}).get("StringValue")
                    if label in ids or any(word in message["Body"] for word in words):
                        sent = int(message.get("Attributes", {}).get("SentTimestamp", 0))
                        source = message.get("Attributes", {}).get("DeadLetterQueueSourceArn", "").rsplit(":", 1)[-1]
                        found.append((sent, f"dead     in {name.removesuffix('Url')}, from {source or 'a function'}"))
        return found

    def depths(self):
        for name in ("InboundQueueUrl", "StatusQueueUrl", "MediaQueueUrl", "OutboundQueueUrl"):
            wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
            found = self.queues.get_queue_attributes(QueueUrl=self.outputs[name], AttributeNames=wanted)["Attributes"]
            waiting, held, delayed = (int(found.get(attribute, 0)) for attribute in wanted)
            if waiting or held or delayed:
                yield f"queue {name.removesuffix('QueueUrl').lower()}: {waiting} wait, {held} in hand, {delayed} delayed"

    def groups(self):
        prefix = f"/aws/lambda/{self.outputs['Prefix']}-"
        pages = self.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        return prefix, [group["logGroupName"] for page in pages for group in page["logGroups"]]

    def read(self, ids, start, end):
        """Lines that name one of these ids: (milliseconds, function, line)."""
        prefix, groups = self.groups()
        for group in groups:
            pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start, endTime=end)
            for event in (event for page in pages for event in page["events"]):
                if any(one in event["message"] for one in ids):
                    yield event["timestamp"], group.removeprefix(prefix), event["message"]


class Aws(Cloud):
    """AWS has a query language for logs: one question over all groups."""

    def read(self, ids, start, end):
        prefix, groups = self.groups()
        words = " or ".join(f'@message like "{one}"' for one in ids)
        for place in range(0, len(groups), 50):
            query = self.logs.start_query(
                logGroupNames=groups[place : place + 50], startTime=start // 1000, endTime=end // 1000, limit=1000,
                queryString=f"fields @timestamp, @log, @message | filter {words} | sort @timestamp",
            )["queryId"]
            answer = self.logs.get_query_results(queryId=query)
            while answer["status"] in ("Scheduled", "Running"):
                time.sleep(1)
                answer = self.logs.get_query_results(queryId=query)
            for row in answer["results"]:
                fields = {field["field"]: field["value"] for field in row}
                at = datetime.strptime(fields["@timestamp"], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
                yield int(at.timestamp() * 1000), fields["@log"].split(":", 1)[-1].removeprefix(prefix), fields["@message"]


def logged(cloud, born, start, end):
    """Lines about the work that the message was born in, and about all work that names it."""
    ids, known, lines = {born}, set(), {}
    # A report has an id of its own, which stands beside the message's in one line: a second look finds the rest.
    for _ in range(2):
        fresh = ids - known
        if not fresh:
            break
        for at, function, line in cloud.read(fresh, start, end):
            text, named = of_line(function, line)
            lines[at, text] = None
            if born in named and len(named) <= 3:
                ids.update(named)
        known |= fresh
    return list(lines), ids


def tell(cloud, item, now):
    """All about one message, as lines."""
    _, workspace, _, contact = item["PK"].split("#")
    message = int(item["SK"][2:16], 16)
    events, facts = of_item(item)
    facts += of_head(cloud.get(item["PK"], "Z#H"), message)
    born = item.get("ci")
    start, end = (second_of(message) - BEFORE) * 1000, min(now, second_of(message) + AFTER) * 1000
    ids = set()
    if born:
        lines, ids = logged(cloud, born, start, end)
        events += lines
    words = [f"/{int(contact)}/{message}", f'"message_id":{message}'] + ([item["pid"]] if item.get("pid") else [])
    events += cloud.dead(ids, words)
    yield f"message {message} of contact {int(contact)} in {workspace}, found in the logs under {born or 'nothing'}"
    yield ""
    yield from story(events)
    yield ""
    yield from facts
    yield from cloud.depths()


def main(words):
    flags = {word for word in words if word.startswith("--")}
    stage = words[words.index("--stage") + 1] if "--stage" in words[:-1] else "dev"
    texts = [word for place, word in enumerate(words) if not word.startswith("--") and words[max(place - 1, 0)] != "--stage"]
    if len(texts) != 1 or flags - {"--aws", "--stage"}:
        sys.exit("usage: cargo dev trace <message id> [--aws [--stage <stage>]]")
    workspace, contact, message = parse(texts[0])
    cloud = Aws(f"colibri-{stage}") if "--aws" in flags else Cloud(os.environ["COLIBRI_STACK"])
    if workspace:
        found = [item for item in [cloud.get(f"W#{workspace}#C#{contact:010}", sort_key(message))] if item]
    else:
        found = cloud.find(message)
    if not found:
        sys.exit(f"error: there is no message {message} in the table; it may wait in a queue, in quarantine, or in another installation")
    for item in found:
        print("\n".join(tell(cloud, item, int(time.time()))))


if __name__ == "__main__":
    main(sys.argv[1:])
