"""What the restore runbook says, step by step, against the emulator.

Usage: restore.py stop | table <table> | start

`stop` switches off what takes work from queues, `start` switches it on again.
`table` restores a table beside the original, turns on what a restored table
lacks, and prints its name and stream.
"""

import json
import sys
import time

import boto3

functions = boto3.client("lambda")
tables = boto3.client("dynamodb")


def mappings(enabled):
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if ":sqs:" in mapping["EventSourceArn"]:
                functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def restored(source):
    target = f"{source}-restored-{int(time.time())}"
    tables.restore_table_to_point_in_time(
        SourceTableName=source, TargetTableName=target, UseLatestRestorableTime=True
    )
    tables.get_waiter("table_exists").wait(TableName=target)
    tables.update_table(
        TableName=target,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        DeletionProtectionEnabled=True,
    )
    tables.update_time_to_live(
        TableName=target, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    tables.update_continuous_backups(
        TableName=target,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    table = tables.describe_table(TableName=target)["Table"]
    original = tables.describe_table(TableName=source)["Table"]
    if table["KeySchema"] != original["KeySchema"]:
        sys.exit("error: the restored table has other keys")
    return {"table": target, "stream": table["LatestStreamArn"]}


match sys.argv[1:]:
    case ["stop"]:
        mappings(False)
    case ["start"]:
        mappings(True)
    case ["table", name]:
        print(json.dumps(restored(name)))
    case _:
        sys.exit(__doc__)
