"""What the local cloud deploys is what `sam deploy` takes, but for parameters and code."""

import json
import unittest
from pathlib import Path

import deploy

ROOT = Path(__file__).resolve().parents[2] / "template.yaml"


class Recorder:
    """Stands in for the bucket: keeps templates, gives code a name."""

    def __init__(self):
        self.templates = {}

    def code(self, path):
        return f"code/{Path(path).name}.zip"

    def put(self, key, body):
        self.templates[deploy.url(key)] = json.loads(body)
        return key


def without_code(resource):
    """A resource less the place of its code, which packaging sets."""
    properties = {key: value for key, value in resource.get("Properties", {}).items() if key not in ("Code", "CodeUri")}
    return {**resource, "Properties": properties}


class Packaging(unittest.TestCase):
    def setUp(self):
        deploy.os.environ.setdefault("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        deploy.os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        self.bucket = Recorder()
        self.packaged = deploy.package(ROOT, self.bucket, nested=False)
        self.source = deploy.load(ROOT)

    def stacks(self):
        for name, resource in self.source["Resources"].items():
            if resource["Type"] == "AWS::CloudFormation::Stack":
                yield name, resource["Properties"]["TemplateURL"]

    def test_root_differs_in_the_place_of_its_stacks_only(self):
        packaged = json.loads(json.dumps(self.packaged))
        for name, url in self.stacks():
            packaged["Resources"][name]["Properties"]["TemplateURL"] = url
        self.assertEqual(packaged, json.loads(json.dumps(self.source)))

    def test_every_stack_keeps_its_resources(self):
        for name, path in self.stacks():
            deployed = self.bucket.templates[self.packaged["Resources"][name]["Properties"]["TemplateURL"]]
            source = deploy.load(ROOT.parent / path)
            for resource in source["Resources"].values():
                if resource["Type"] == "AWS::Serverless::Function":
                    # Any place will do: the transform wants one that exists on S3.
                    resource["Properties"]["CodeUri"] = {"Bucket": "b", "Key": "k"}
            if "Transform" in source:
                source = deploy.transform(source)
            source = json.loads(json.dumps(source))
            with self.subTest(stack=name):
                self.assertEqual(set(deployed["Resources"]), set(source["Resources"]))
                for logical, resource in source["Resources"].items():
                    self.assertEqual(without_code(deployed["Resources"][logical]), without_code(resource), logical)
                for section in ("Parameters", "Outputs", "Conditions"):
                    self.assertEqual(deployed.get(section), source.get(section), section)

    def test_every_function_gets_its_own_code(self):
        seen = {}
        for url, template in self.bucket.templates.items():
            for logical, resource in template["Resources"].items():
                if resource["Type"] == "AWS::Lambda::Function":
                    seen.setdefault(resource["Properties"]["Code"]["S3Key"], []).append(logical)
        shared = {key: names for key, names in seen.items() if len(names) > 1}
        self.assertEqual(shared, {})
        self.assertGreater(len(seen), 0)


class Loading(unittest.TestCase):
    def test_short_tags_become_their_long_form(self):
        text = "a: !Ref X\nb: !GetAtt Y.Outputs.Z\nc: !Sub 'q-${X}'\nd: !Equals [!Ref X, '']\ne: 2012-10-17\n"
        expected = {
            "a": {"Ref": "X"},
            "b": {"Fn::GetAtt": ["Y", "Outputs.Z"]},
            "c": {"Fn::Sub": "q-${X}"},
            "d": {"Fn::Equals": [{"Ref": "X"}, ""]},
            "e": "2012-10-17",
        }
        self.assertEqual(deploy.yaml.load(text, deploy.Loader), expected)


if __name__ == "__main__":
    unittest.main()
