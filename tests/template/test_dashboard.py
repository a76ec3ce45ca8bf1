"""The dashboard of Guardian itself: it shows everything that there is, and nothing that there is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from guardian_fakes.dashboards import misplaced

from guardian.events import WidgetRequest
from guardian_rehearsal.template import load_template

ROOT = Path(__file__).parents[2]
RESOURCES = load_template()["Resources"]
DASHBOARD: dict[str, Any] = RESOURCES["Dashboard"]["Properties"]
TEXT: str = DASHBOARD["DashboardBody"]["Fn::Sub"]
WIDGETS: list[dict[str, Any]] = json.loads(TEXT)["widgets"]
REFERENCES = set(re.findall(r"\$\{([^}]+)\}", TEXT)) - {"AWS::Region"}


def of_type(kind: str) -> set[str]:
    return {name for name, one in RESOURCES.items() if one["Type"] == kind}


def shown(kind: str) -> list[dict[str, Any]]:
    """Return the properties of each widget of a kind."""
    return [one["properties"] for one in WIDGETS if one["type"] == kind]


def published() -> set[str]:
    """Return the metrics that operations.md lists."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    table = page.split("Metrics, namespace `Guardian`:", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", table, re.MULTILINE)
    return {name for names in named for name in re.findall(r"`(\w+)`", names)}


def test_what_the_dashboard_refers_to_exists() -> None:
    """Each reference in the body leads to a resource of the template."""
    assert {one.partition(".")[0] for one in REFERENCES} <= set(RESOURCES)


def test_every_widget_has_its_place() -> None:
    """No widget lies upon another one or beyond the grid."""
    assert misplaced(WIDGETS) == []


def test_every_alarm_is_shown() -> None:
    """All alarms of the template stand in one widget."""
    (alarms,) = shown("alarm")
    assert set(alarms["alarms"]) == {f"${{{name}.Arn}}" for name in of_type("AWS::CloudWatch::Alarm")}


def test_every_metric_of_guardian_is_shown() -> None:
    """Each metric that operations.md lists has a place, those of services for every service that there is."""
    series = [metric for one in shown("metric") for metric in one["metrics"]]
    own = {metric[1] for metric in series if metric[0] == "Guardian"}
    searched = {
        name
        for metric in series
        if isinstance(metric[0], dict)
        for name in re.findall(
            r"SEARCH\('\{Guardian,service,service_name\} MetricName=\"(\w+)\"'", metric[0]["expression"]
        )
    }
    assert own | searched == published()
    assert searched == {"Turns", "Diverged", "Blind", "RollbackNeeded"}


def test_every_function_and_queue_is_shown() -> None:
    """The errors of each function and the waiting messages of each queue have a line."""
    assert {f"{name}.QueueName" for name in of_type("AWS::SQS::Queue")} <= REFERENCES
    (errors,) = (one for one in shown("metric") if one["title"] == "Errors of functions")
    assert {metric[3] for metric in errors["metrics"]} == {
        f"${{{name}}}" for name in of_type("AWS::Serverless::Function")
    }


def test_the_custom_widget_calls_the_function_by_its_contract() -> None:
    """The widget's endpoint is the function with the name that CloudWatch recommends, its parameters are known ones."""
    (widget,) = shown("custom")
    assert widget["endpoint"] == "${DashboardWidget.Arn}"
    assert RESOURCES["DashboardWidget"]["Properties"]["FunctionName"]["Fn::Sub"].startswith("customWidget")
    assert WidgetRequest.read(widget["params"]) == WidgetRequest.read({})


@pytest.mark.parametrize("part", ["${AWS::StackName}", "${AWS::Region}"])
def test_two_stacks_have_two_dashboards(part: str) -> None:
    """Dashboards are global in an account: the name holds stack and Region."""
    assert part in DASHBOARD["DashboardName"]["Fn::Sub"]


def test_no_colour_is_shown_by_the_name_of_its_group() -> None:
    """The template shows no target group: which of two is green changes with every deployment."""
    assert "TargetGroup" not in TEXT
