"""Sends the event part of a golden case to the deployed function.

Usage: invoke.py <function> <case file>
"""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

function, path = sys.argv[1:3]
with open(path, encoding="utf-8") as handle:
    case = json.load(handle)
if "event" not in case:
    sys.exit(f"error: {path} has no part named event")
try:
    answer = boto3.client("lambda").invoke(
        FunctionName=f"{os.environ['COLIBRI_PREFIX']}-{function}", Payload=json.dumps(case["event"]).encode()
    )
except ClientError as error:
    sys.exit(f"error: {error.response['Error']['Message']}")
body = answer["Payload"].read().decode()
try:
    body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
except ValueError:
    pass
print(body)
if "FunctionError" in answer:
    sys.exit(f"error: {function} failed")
