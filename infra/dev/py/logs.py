"""Prints what functions have logged, oldest first.

Usage: logs.py [function] [--follow]
"""

import json
import os
import sys
import time
from datetime import datetime

import boto3

follow = any(word in ("--follow", "-f") for word in sys.argv[1:])
names = [word for word in sys.argv[1:] if not word.startswith("-")]
prefix = f"/aws/lambda/{os.environ['COLIBRI_PREFIX']}-"
logs = boto3.client("logs")


def groups():
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    found = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    if not names:
        return found
    wanted = [prefix + name for name in names]
    missing = [name for name in names if prefix + name not in found]
    if missing:
        known = ", ".join(sorted(group.removeprefix(prefix) for group in found))
        sys.exit(f"error: no logs of {', '.join(missing)}; there are: {known}")
    return wanted


def events(group, since):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
    for page in pages:
        yield from page["events"]


def show(group, event):
    # The functions ask for WARN from the platform; the emulator logs these all the same.
    if event["message"].startswith(("START RequestId", "END RequestId", "REPORT RequestId")):
        return
    at = datetime.fromtimestamp(event["timestamp"] / 1000).strftime("%H:%M:%S.%f")[:-3]
    message = event["message"].rstrip()
    try:
        line = json.loads(message)
        fields = line.get("fields", line)
        text = fields.pop("message", "")
        rest = " ".join(f"{key}={value}" for key, value in fields.items() if key not in ("timestamp", "level", "target"))
        message = f"{line.get('level', ''):5} {text} {rest}".rstrip() if "_aws" not in line else message
    except (ValueError, AttributeError):
        pass
    print(f"{at} {group.removeprefix(prefix):18} {message}", flush=True)


seen = set()
since = 0
try:
    while True:
        found = [(event["timestamp"], group, event) for group in groups() for event in events(group, since)]
        for stamp, group, event in sorted(found, key=lambda item: item[0]):
            # The emulator gives events no id.
            identity = (stamp, group, event.get("logStreamName"), event["message"])
            if identity not in seen:
                seen.add(identity)
                show(group, event)
                since = max(since, stamp)
        if not follow:
            break
        time.sleep(1)
except KeyboardInterrupt:
    pass
