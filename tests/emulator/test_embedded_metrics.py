"""Log lines in embedded metric format become metrics of the emulated CloudWatch."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from guardian_rehearsal.emulator.cloudwatch.embedded import EmbeddedMetricsError
from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def line(**changes: Any) -> str:
    """Return a log line that says that the shop took 3 orders at 11:58:20."""
    directive = {
        "Namespace": "Shop",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "Orders", "Unit": "Count"}],
        **changes.pop("directive", {}),
    }
    at = NOON - timedelta(seconds=100)
    document = {
        "_aws": {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "service": "checkout",
        "Orders": [3.0],
        **changes,
    }
    return json.dumps(document)


def sums(aws: EmulatedAws, name: str = "Orders", **dimensions: str) -> dict[str, float]:
    """Return what GetMetricStatistics says of a metric: the sum by minute."""
    points = aws.client("cloudwatch").get_metric_statistics(
        Namespace="Shop", MetricName=name, StartTime=NOON - timedelta(hours=1), EndTime=NOON, Period=60,
        Statistics=["Sum"], Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
    )["Datapoints"]  # fmt: skip
    return {f"{point['Timestamp']:%H:%M}": point["Sum"] for point in points}


def test_a_line_becomes_a_datapoint_of_its_own_time(aws: EmulatedAws) -> None:
    """The minute is that of the line's timestamp; lines of the same minute add up."""
    aws.cloudwatch.read_log([line(), line(Orders=4)])
    assert sums(aws, service="checkout") == {"11:58": 7.0}


def test_each_set_of_dimensions_is_a_metric(aws: EmulatedAws) -> None:
    """A directive with two sets makes two metrics of each definition."""
    directive = {
        "Dimensions": [["service"], ["service", "shop"]],
        "Metrics": [{"Name": "Orders"}, {"Name": "Lost"}],
    }
    aws.cloudwatch.read_log([line(directive=directive, shop="north", Lost=[1, 1])])
    assert sums(aws, service="checkout") == {"11:58": 3.0}
    assert sums(aws, service="checkout", shop="north") == {"11:58": 3.0}
    assert sums(aws, "Lost", service="checkout", shop="north") == {"11:58": 2.0}
    assert sums(aws, shop="north") == {}


def test_an_alarm_sees_the_metric_by_its_unit(aws: EmulatedAws) -> None:
    """The unit is part of what was published."""
    aws.cloudwatch.read_log([line()])
    points = aws.client("cloudwatch").get_metric_statistics(
        Namespace="Shop", MetricName="Orders", StartTime=NOON - timedelta(hours=1), EndTime=NOON, Period=60,
        Statistics=["Sum"], Dimensions=[{"Name": "service", "Value": "checkout"}], Unit="Seconds",
    )["Datapoints"]  # fmt: skip
    assert points == []


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 8f5",
        '{"level":"INFO","message":"nothing to count"}',
        "[1, 2]",
        '{"_aws":{"Timestamp":1}}',
    ],
)
def test_other_lines_are_only_log(aws: EmulatedAws, text: str) -> None:
    """What announces no metrics is none of CloudWatch's business."""
    aws.cloudwatch.read_log([text])
    assert aws.client("cloudwatch").list_metrics()["Metrics"] == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"Orders": "3"}, "Orders is not a number", id="text for a number"),
        pytest.param({"Orders": True}, "Orders is not a number", id="truth for a number"),
        pytest.param({"Orders": [1] * 101}, "more than 100 values", id="too many values"),
        pytest.param({"service": 7}, "dimension service is not a string", id="number for a dimension"),
        pytest.param({"directive": {"Dimensions": [["shop"]]}}, "KeyError: 'shop'", id="no such dimension"),
        pytest.param({"directive": {"Metrics": [{"Name": "Lost"}]}}, "KeyError: 'Lost'", id="no such value"),
        pytest.param({"directive": {"Dimensions": None}}, "TypeError", id="no sets of dimensions"),
        pytest.param(
            {"directive": {"Dimensions": [[str(n) for n in range(31)]]}}, "more than 30 dimensions", id="dimensions"
        ),
    ],
)  # fmt: skip
def test_metrics_that_cannot_be_read_are_an_error(
    aws: EmulatedAws, changes: dict[str, Any], problem: str
) -> None:
    """AWS would drop them and tell nobody; here the line is shown with what is wrong with it."""
    with pytest.raises(EmbeddedMetricsError, match=problem):
        aws.cloudwatch.read_log([line(**changes)])
