"""What is taken out of AWS's replies."""

import json

import pytest

from guardian_console.preflight.ask import IncompleteError
from guardian_console.preflight.replies import appspec_hooks, without_values

YAML = """
version: 0.0
Resources:
  - TargetService: {Type: "AWS::ECS::Service"}
Hooks:
  - AfterInstall: CodeDeployHook_a
  - AfterAllowTestTraffic: arn:aws:lambda:eu-west-1:1:function:CodeDeployHook_b
"""
HOOKS = {
    "AfterInstall": "CodeDeployHook_a",
    "AfterAllowTestTraffic": "arn:aws:lambda:eu-west-1:1:function:CodeDeployHook_b",
}


@pytest.mark.parametrize(
    ("content", "hooks"),
    [
        (YAML, HOOKS),
        (json.dumps({"version": 0.0, "hooks": [{"AfterInstall": "f"}]}), {"AfterInstall": "f"}),
        ('{"version": 0.0, "Hooks": null}', {}),
        ('{"version": 0.0}', {}),
    ],
    ids=["yaml", "json, small letters", "empty", "none"],
)
def test_hooks_are_read_in_either_form(content: str, hooks: dict[str, str]) -> None:
    """An AppSpec is YAML or JSON, its keys in any case, and may have no hooks."""
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    assert appspec_hooks(revision) == hooks


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ({"revisionType": "S3", "s3Location": {"bucket": "b"}}, "type S3 is not in CodeDeploy's answer"),
        ({"revisionType": "AppSpecContent", "appSpecContent": {"content": "["}}, "cannot be read"),
        ({"revisionType": "AppSpecContent", "appSpecContent": {"content": "text"}}, "cannot be read"),
    ],
    ids=["elsewhere", "no yaml", "no mapping"],
)
def test_an_appspec_that_cannot_be_read_is_not_one_without_hooks(
    revision: dict[str, object], words: str
) -> None:
    """A revision in S3 or one that does not parse is told, since silence would read as no hooks."""
    with pytest.raises(IncompleteError, match=words):
        appspec_hooks(revision)


def test_values_of_variables_are_dropped() -> None:
    """Only the names of environment variables are kept; all else stays as it was."""
    container = {"name": "app", "environment": [{"name": "DB_PASSWORD", "value": "planted"}]}
    kept = without_values({"family": "shop", "containerDefinitions": [container, {"name": "sidecar"}]})
    assert "planted" not in json.dumps(kept)
    assert kept["family"] == "shop"
    assert [one["environment"] for one in kept["containerDefinitions"]] == [[{"name": "DB_PASSWORD"}], []]
