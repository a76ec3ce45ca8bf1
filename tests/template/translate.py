"""Translate template.yaml as CloudFormation's SAM transform would, so that a linter sees what is really created.

Run as `make lint-template` does, with aws-sam-translator beside it and a Region in the environment. The translator is
not among the locked dependencies, because it would hold back the pydantic of the layer.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class _NoManagedPolicies:
    """The transform asks IAM for the ARNs of AWS's managed policies; this template names none."""

    def load(self) -> dict[str, str]:
        return {}


def packaged(template: dict[str, Any]) -> dict[str, Any]:
    """Put a place in S3 where `sam package` would: the transform takes no local path."""
    for resource in template["Resources"].values():
        for key in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            resource["Properties"][key] = f"s3://artifacts/{resource['Properties'][key]}.zip"
    return template


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    template = packaged(yaml_parse(source.read_text(encoding="utf-8")))
    translated = transform(template, {}, _NoManagedPolicies())
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(translated, indent=1), encoding="utf-8")
