"""Packages infra/template.yaml with its nested stacks and deploys it.

What `aws cloudformation package` and `deploy` do on AWS, with two additions
for the emulator: nested templates pass the SAM transform before the upload
(the emulator applies it to the root only), and code is uploaded once per
content.

Usage: deploy.py <template> <stack name> <state dir> < parameters.json
Prints one line per step and, at the end, `OUTPUTS <json>`.
"""

import hashlib
import io
import json
import logging
import os
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

ARTIFACTS = "colibri-dev-artifacts"
SAM = "AWS::Serverless-2016-10-31"
# A template larger than this is not accepted inline by CloudFormation.
INLINE_LIMIT = 51_200


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as their long form."""


def _short_tag(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


Loader.add_multi_constructor("!", _short_tag)
# `2012-10-17` is a policy version, not a date.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


def load(path):
    with open(path, encoding="utf-8") as handle:
        return yaml.load(handle, Loader)


def client(name):
    return boto3.client(name, config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}))


class Packager:
    """Uploads code and templates, each once per content."""

    def __init__(self, state_dir):
        self.s3 = client("s3")
        self.used = set()
        self.uploaded = 0
        # Compressing is most of the work, and it leaves the interpreter's lock.
        self.pool = ThreadPoolExecutor(os.cpu_count())
        self.jobs = []
        try:
            self.s3.create_bucket(Bucket=ARTIFACTS)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise
        listed = self.s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS)
        self.present = {item["Key"] for page in listed for item in page.get("Contents", [])}
        self.hashes_file = Path(state_dir) / "code-hashes.json"
        try:
            self.hashes = json.loads(self.hashes_file.read_text())
        except (OSError, ValueError):
            self.hashes = {}

    def put(self, key, body):
        self.used.add(key)
        if key not in self.present:
            self.s3.put_object(Bucket=ARTIFACTS, Key=key, Body=body)
            self.present.add(key)
            self.uploaded += 1
        return key

    def code(self, path):
        """Uploads a folder or a zip; answers its key."""
        path = Path(path)
        if path.is_file():
            content = path.read_bytes()
            return self.put(f"code/{hashlib.sha256(content).hexdigest()}.zip", content)
        files = sorted(item for item in path.rglob("*") if item.is_file())
        if not files:
            sys.exit(f"error: {path} is empty: build the functions first")
        digest = self._digest(path, files)
        key = f"code/{digest}.zip"
        self.used.add(key)
        if key not in self.present:
            self.present.add(key)
            self.uploaded += 1
            self.jobs.append(self.pool.submit(self._upload, key, path, files))
        return key

    def _upload(self, key, path, files):
        self.s3.put_object(Bucket=ARTIFACTS, Key=key, Body=zipped(path, files))

    def _digest(self, root, files):
        stamp = [[str(item.relative_to(root)), item.stat().st_size, item.stat().st_mtime_ns] for item in files]
        known = self.hashes.get(str(root))
        if known and known["stamp"] == stamp:
            return known["digest"]
        digest = hashlib.sha256()
        for item in files:
            digest.update(str(item.relative_to(root)).encode() + b"\0")
            digest.update(item.read_bytes())
        self.hashes[str(root)] = {"stamp": stamp, "digest": digest.hexdigest()}
        return digest.hexdigest()

    def prune(self):
        """Removes what no function and no stack refers to any more."""
        old = sorted(self.present - self.used)
        for start in range(0, len(old), 1000):
            keys = [{"Key": key} for key in old[start : start + 1000]]
            self.s3.delete_objects(Bucket=ARTIFACTS, Delete={"Objects": keys, "Quiet": True})

    def finish(self):
        """Waits for all uploads; notes the digests for the next time."""
        for job in self.jobs:
            job.result()
        self.hashes_file.write_text(json.dumps(self.hashes))


def zipped(root, files):
    """A zip whose bytes depend on the content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for item in files:
            info = zipfile.ZipInfo(str(item.relative_to(root)))
            info.external_attr = (0o755 if item.name == "bootstrap" else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, item.read_bytes(), compresslevel=1)
    return buffer.getvalue()


def url(key):
    return f"{os.environ['AWS_ENDPOINT_URL']}/{ARTIFACTS}/{key}"


def package(path, packager, nested):
    """Reads a template and replaces every local path in it by its upload."""
    template = load(path)
    base = Path(path).parent
    default_code = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    for resource in template.get("Resources", {}).values():
        properties = resource.setdefault("Properties", {})
        kind = resource["Type"]
        if kind == "AWS::Serverless::Function":
            code = properties.get("CodeUri", default_code)
            if isinstance(code, str) and not code.startswith(("s3://", "http")):
                properties["CodeUri"] = {"Bucket": ARTIFACTS, "Key": packager.code(base / code)}
        elif kind == "AWS::Lambda::Function" and isinstance(properties.get("Code"), str):
            properties["Code"] = {"S3Bucket": ARTIFACTS, "S3Key": packager.code(base / properties["Code"])}
        elif kind in ("AWS::CloudFormation::Stack", "AWS::Serverless::Application"):
            field = "TemplateURL" if kind == "AWS::CloudFormation::Stack" else "Location"
            if isinstance(properties.get(field), str) and "://" not in properties[field]:
                child = package(base / properties[field], packager, nested=True)
                body = json.dumps(child, indent=1).encode()
                key = packager.put(f"templates/{hashlib.sha256(body).hexdigest()}.json", body)
                properties[field] = url(key)
    if nested and template.get("Transform"):
        template = transform(template)
    return template


def transform(template):
    from samtranslator.translator.transform import transform as translate

    # It complains that nobody asked for its usage metrics.
    logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)
    return translate(template, {}, SimpleNamespace(load=dict))


def stack_status(cloud, name):
    try:
        return cloud.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def wait(cloud, name):
    started = time.monotonic()
    while True:
        stack = stack_status(cloud, name)
        status = stack["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return stack
        if time.monotonic() - started > 600:
            sys.exit(f"error: stack {name} is still {status} after ten minutes")
        time.sleep(0.3)


def failures(cloud, name, seen=()):
    """The reasons of failed resources, those of nested stacks included."""
    lines = []
    try:
        events = cloud.describe_stack_events(StackName=name)["StackEvents"]
    except ClientError:
        return lines
    for event in events:
        if not event.get("ResourceStatus", "").endswith("FAILED"):
            continue
        lines.append(f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}")
        nested = event.get("PhysicalResourceId", "")
        if event["ResourceType"] == "AWS::CloudFormation::Stack" and nested and nested != name and nested not in seen:
            if nested != event.get("StackId"):
                lines += failures(cloud, nested, (*seen, name, nested))
    return list(dict.fromkeys(lines))


def deploy(cloud, name, template, parameters):
    declared = template.get("Parameters", {})
    missing = [key for key, value in declared.items() if "Default" not in value and key not in parameters]
    if missing:
        sys.exit(f"error: the template wants parameters that the local cloud does not give: {', '.join(missing)}")
    body = json.dumps(template, indent=1)
    request = {
        "StackName": name,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items() if key in declared
        ],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    if len(body) > INLINE_LIMIT:
        packager_key = f"templates/{hashlib.sha256(body.encode()).hexdigest()}.json"
        client("s3").put_object(Bucket=ARTIFACTS, Key=packager_key, Body=body.encode())
        request["TemplateURL"] = url(packager_key)
    else:
        request["TemplateBody"] = body
    existing = stack_status(cloud, name)
    if existing and existing["StackStatus"] in ("ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"):
        print("removing a stack that was never completed", flush=True)
        cloud.delete_stack(StackName=name)
        while stack_status(cloud, name) and "IN_PROGRESS" in stack_status(cloud, name)["StackStatus"]:
            time.sleep(0.3)
        existing = None
    if existing and existing["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        cloud.continue_update_rollback(StackName=name)
        wait(cloud, name)
    try:
        (cloud.update_stack if existing else cloud.create_stack)(**request)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return existing
        raise
    return wait(cloud, name)


def main():
    template_path, name, state_dir = sys.argv[1:4]
    parameters = json.load(sys.stdin)
    started = time.monotonic()
    packager = Packager(state_dir)
    template = package(template_path, packager, nested=False)
    packager.finish()
    print(f"packaged: {packager.uploaded} uploads, {time.monotonic() - started:.1f} s", flush=True)
    cloud = client("cloudformation")
    digest = hashlib.sha256(json.dumps([template, parameters], sort_keys=True).encode()).hexdigest()
    marker = Path(state_dir) / "deployed"
    stack = stack_status(cloud, name)
    done = stack and stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    if done and marker.exists() and marker.read_text() == digest:
        print("deployed: nothing changed", flush=True)
    else:
        marker.unlink(missing_ok=True)
        started = time.monotonic()
        try:
            stack = deploy(cloud, name, template, parameters)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            sys.exit(f"error: the template was refused: {message}\n(cargo dev reset starts from nothing)")
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            reasons = "\n".join(failures(cloud, name)) or "  " + stack.get("StackStatusReason", "no reason given")
            sys.exit(f"error: stack {name} ended as {stack['StackStatus']}:\n{reasons}")
        packager.prune()
        marker.write_text(digest)
        print(f"deployed: {stack['StackStatus']}, {time.monotonic() - started:.1f} s", flush=True)
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
    # Tells one life of the stack from the next: users and seed belong to it.
    outputs["StackId"] = stack["StackId"]
    print("OUTPUTS " + json.dumps(outputs))


if __name__ == "__main__":
    main()
