"""Alarms on Guardian itself are explained, and the alarm for a deployment group fits what Guardian publishes."""

import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file

from guardian_rehearsal.template import load_template

ROOT = Path(__file__).parents[2]
TEMPLATE = load_template()
ALARMS = [name for name, one in TEMPLATE["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm"]
EXAMPLE = ROOT / "examples/rollback-needed-alarm.yaml"
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def explained() -> list[str]:
    """Return the alarms that operations.md has a row for, in its order."""
    section = OPERATIONS.split("## Alarms of Guardian itself", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)


def test_each_alarm_is_explained_for_whoever_it_wakes() -> None:
    """operations.md has one row for each alarm of the template, and none for an alarm that does not exist."""
    assert sorted(explained()) == sorted(ALARMS)


@pytest.mark.parametrize("alarm", ["DeadTurnsArrive", "DeadEventsArrive"])
def test_one_dead_letter_is_enough(alarm: str) -> None:
    """The first message in a queue of dead letters rings, and each queue has its alarm."""
    properties = TEMPLATE["Resources"][alarm]["Properties"]
    queue = alarm.removesuffix("Arrive")
    assert properties["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": f"{queue}.QueueName"}}]
    assert (properties["Threshold"], properties["EvaluationPeriods"]) == (1, 1)


def test_the_example_has_no_finding() -> None:
    """cfn-lint reads the alarm for a deployment group without a single finding."""
    assert [str(finding) for finding in lint_file(EXAMPLE)] == []


def test_the_example_watches_the_rollbacks_of_one_service() -> None:
    """The alarm is in alarm in the very minute in which a rollback is needed, and in no minute without turns."""
    (alarm,) = load_template(EXAMPLE)["Resources"].values()
    properties: dict[str, Any] = alarm["Properties"]
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert (properties["Namespace"], properties["MetricName"]) == (
        shared["POWERTOOLS_METRICS_NAMESPACE"],
        "RollbackNeeded",
    )
    assert properties["Dimensions"] == [
        {"Name": "service", "Value": shared["POWERTOOLS_SERVICE_NAME"]},
        {"Name": "service_name", "Value": {"Fn::Sub": "${Application}/${DeploymentGroup}"}},
    ]
    assert (properties["Statistic"], properties["Period"], properties["EvaluationPeriods"]) == (
        "Maximum",
        60,
        1,
    )
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (
        1,
        "GreaterThanOrEqualToThreshold",
    )
    assert properties["TreatMissingData"] == "notBreaching"
