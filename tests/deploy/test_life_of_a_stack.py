"""One stack from its first deployment to its removal, by nothing but SAM CLI's own commands.

MiniStack is alone here: there is no CodeDeploy at all, and what Guardian says then is part of what is looked at.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.ministack
ROOT = Path(__file__).parents[2]
NAME = "guardian-life"
GROUPS = "arn:aws:codedeploy:eu-west-1:000000000000:deploymentgroup:shop/*"
RECORDS = {"AWS::DynamoDB::Table", "AWS::Logs::LogGroup"}
EVIDENCE = {"DeadTurns", "DeadEvents"}


@dataclass(frozen=True)
class Life:
    """What was seen at each point of the stack's life.

    Attributes:
        asked: What `sam deploy --guided` printed.
        saved: The configuration file that it wrote.
        made: The stack after it.
        blind: What became of a hook's event, and the log of turns, in an account without CodeDeploy.
        updated: The stack after its update.
        levels: The functions' log levels, before and after the update.
        again: What the same deployment said when nothing had changed.
        before: What existed in the account before the removal, as names by kind.
        after: And after it.
    """

    asked: str
    saved: str
    made: Any
    blind: tuple[dict[str, Any], list[str]]
    updated: Any
    levels: tuple[set[str], set[str]]
    again: str
    before: Mapping[str, set[str]]
    after: Mapping[str, set[str]]


def log_levels(account: Any) -> set[str]:
    functions = account.client("lambda").list_functions()["Functions"]
    return {one["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] for one in functions}


def existing(account: Any) -> dict[str, set[str]]:
    """Return what there is in the account, by kind of resource."""
    functions = account.client("lambda")
    return {
        "tables": set(account.client("dynamodb").list_tables()["TableNames"]),
        "log groups": {
            one["logGroupName"] for one in account.client("logs").describe_log_groups()["logGroups"]
        },
        "functions": {one["FunctionName"] for one in functions.list_functions()["Functions"]},
        "layer versions": {
            version["LayerVersionArn"]
            for layer in functions.list_layers()["Layers"]
            for version in functions.list_layer_versions(LayerName=layer["LayerName"])["LayerVersions"]
        },
        "mappings": {one["UUID"] for one in functions.list_event_source_mappings()["EventSourceMappings"]},
        "roles": {one["RoleName"] for one in account.client("iam").list_roles()["Roles"]},
        "policies": {one["Arn"] for one in account.client("iam").list_policies(Scope="Local")["Policies"]},
        "queues": set(account.client("sqs").list_queues().get("QueueUrls", [])),
        "schedules": {one["Name"] for one in account.client("scheduler").list_schedules()["Schedules"]},
        "rules": {one["Name"] for one in account.client("events").list_rules()["Rules"]},
        "alarms": {
            one["AlarmName"] for one in account.client("cloudwatch").describe_alarms()["MetricAlarms"]
        },
        "topics": {one["TopicArn"] for one in account.client("sns").list_topics()["Topics"]},
    }


@pytest.fixture(scope="module")
def life(start: Any, artifact: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Deploy by answering questions, update one parameter, deploy again without a change, remove."""
    account = start()
    config = tmp_path_factory.mktemp("config") / "samconfig.toml"
    config.write_text((ROOT / "samconfig.toml").read_text())
    template = ["--template-file", str(ROOT / ".aws-sam" / "here" / "accepted.yaml")]
    asked = account.sam(
        "deploy",
        "--guided",
        *template,
        "--config-file",
        str(config),
        answers=account.answers(NAME, artifact, GROUPS),
    )
    made = account.stack(NAME)
    levels = log_levels(account)
    blind = what_it_says_without_codedeploy(made)
    changed = {"GuardedDeploymentGroups": GROUPS, "LogLevel": "DEBUG"}
    account.deploy(NAME, **changed)
    updated, before = account.stack(NAME), existing(account)
    updated_levels = log_levels(account)
    again = account.deploy(NAME, **changed)
    account.sam("delete", "--stack-name", NAME, "--region", "eu-west-1", "--no-prompts")
    return Life(
        asked=asked, saved=config.read_text(), made=made, blind=blind, updated=updated,
        levels=(levels, updated_levels), again=again, before=before, after=existing(account),
    )  # fmt: skip


def what_it_says_without_codedeploy(stack: Any) -> tuple[dict[str, Any], list[str]]:
    """Return what became of a hook that cannot answer, and what the log of turns says of a deployment event."""
    stack.send("BeforeInstall", payload("codedeploy-hook"))
    stack.invoke("DeploymentEvent", payload("codedeploy-state-change-start"))
    lines = stack.eventually_logged("TurnLogs")
    return stack.received("DeadEvents"), [line["message"] for line in lines]


def payload(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def test_the_questions_are_the_templates_parameters(life: Life, artifact: Mapping[str, Any]) -> None:
    """`sam deploy --guided` asks for every parameter, and keeps the answers for the next deployment."""
    for name in artifact["Parameters"]:
        assert f"Parameter {name}" in life.asked
    assert f"Successfully created/updated stack - {NAME}" in life.asked
    assert life.made.parameters["GuardedDeploymentGroups"] == GROUPS
    saved = tomllib.loads(life.saved)["default"]["deploy"]["parameters"]
    assert GROUPS in saved["parameter_overrides"]
    assert saved["resolve_s3"] is True


def test_every_output_has_a_value(life: Life, artifact: Mapping[str, Any]) -> None:
    """The stack says everything that the template promises to say."""
    assert set(life.made.outputs) == set(artifact["Outputs"])
    assert all(life.made.outputs.values())


def test_without_codedeploy_nothing_is_dropped_in_silence(life: Life) -> None:
    """A hook that cannot answer is tried again and its event kept; a turn that cannot look goes back to the queue."""
    dead, turns = life.blind
    assert dead["requestPayload"] == payload("codedeploy-hook")
    assert dead["requestContext"]["condition"] == "RetriesExhausted"
    assert (
        "codedeploy:PutLifecycleEventHookExecutionStatus was refused"
        in dead["responsePayload"]["errorMessage"]
    )
    assert set(turns) == {"the message goes back to the queue"}


def test_an_update_changes_what_it_names_and_keeps_the_table(life: Life) -> None:
    """A new log level reaches every function, and no record is lost on the way."""
    assert life.levels == ({"INFO"}, {"DEBUG"})
    assert life.updated.resources["GuardianTable"] == life.made.resources["GuardianTable"]
    assert life.updated.resources["Turns"] == life.made.resources["Turns"]


def test_a_deployment_without_a_change_does_nothing(life: Life) -> None:
    """A pipeline may deploy after every commit: SAM finds nothing to do and succeeds."""
    assert "No changes to deploy" in life.again


def test_what_is_recorded_outlives_the_stack_and_nothing_else_does(
    life: Life, artifact: Mapping[str, Any]
) -> None:
    """After `sam delete` there are the retained resources of the template, and layer versions, which SAM keeps."""
    stays = {
        life.made.resources[name]
        for name, resource in artifact["Resources"].items()
        if resource["Type"] in RECORDS or name in EVIDENCE
    }
    layers = life.after["layer versions"]
    assert set().union(*life.after.values()) == stays | layers
    assert layers == life.before["layer versions"] != set()
    assert [kind for kind, names in life.before.items() if not names] == []


def test_only_alarms_on_metric_math_and_saved_queries_are_refused(start: Any) -> None:
    """The whole built template fails in MiniStack for these reasons; once it does not, nothing need be left out."""
    account, whole = start(), ROOT / ".aws-sam" / "here" / "template.yaml"

    def refused(template: Path, match: str) -> None:
        with pytest.raises(AssertionError, match=match):
            account.sam(
                "deploy", "--template-file", str(template),
                "--config-file", str(ROOT / "samconfig.toml"), "--no-confirm-changeset", "--no-progressbar",
                "--parameter-overrides", f"GuardedDeploymentGroups={GROUPS}",
            )  # fmt: skip

    refused(whole, re.escape("Unrecognized resource types: [AWS::Logs::QueryDefinition]"))
    refused(account.knows(whole), "ROLLBACK_COMPLETE")
    events = account.client("cloudformation").describe_stack_events(StackName="guardian")["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert {one["ResourceType"] for one in failed} == {"AWS::CloudWatch::Alarm"}
    assert all("metric math" in one["ResourceStatusReason"] for one in failed)
