"""Alarms on metric math in the emulated CloudWatch, and the history of states."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.cloudwatch.expressions import Expression, UnknownExpressionError
from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    """The machine's clock, at noon until moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cloudwatch(clock: Any, client: Callable[[str], Any]) -> Any:
    """The boto3 client."""
    del clock
    return client("cloudwatch")


def metric(name: str, stat: str, period: int = 60) -> dict[str, Any]:
    """Return the query of one metric of the shop, which returns no data."""
    return {
        "Id": name.lower(),
        "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": period, "Stat": stat},
        "ReturnData": False,
    }


def put_alarm(cloudwatch: Any, *metrics: dict[str, Any], **changes: Any) -> None:
    """Create the alarm `unserved`: more came in than went out, in each of 3 minutes; silence is as bad."""
    expression = {"Id": "unserved", "Expression": "IF(came > went, 1, 0)", "Label": "unserved"}
    cloudwatch.put_metric_alarm(**{
        "AlarmName": "unserved",
        "Metrics": list(metrics) or [expression, metric("Came", "Maximum"), metric("Went", "Sum")],
        "EvaluationPeriods": 3,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "breaching",
        **changes,
    })  # fmt: skip


def record(aws: EmulatedAws, **marks: str) -> None:
    """Record the minutes before now, newest last: a digit is a value, - is none."""
    for name, minutes in marks.items():
        begin = datetime.now(UTC).replace(second=0) - timedelta(minutes=len(minutes))
        for number, mark in enumerate(minutes):
            if mark != "-":
                aws.cloudwatch.record("Shop", name, {}, begin + timedelta(minutes=number), [float(mark)])


def state(cloudwatch: Any) -> str:
    """Return the alarm's state."""
    return str(cloudwatch.describe_alarms(AlarmNames=["unserved"])["MetricAlarms"][0]["StateValue"])


@pytest.mark.parametrize(
    ("came", "went", "expected"),
    [
        pytest.param("11111", "11111", "OK", id="all served"),
        pytest.param("22222", "11111", "ALARM", id="too few served"),
        pytest.param("22222", "11121", "OK", id="one good minute"),
        pytest.param("-----", "-----", "ALARM", id="silence"),
        pytest.param("-----", "11111", "ALARM", id="half silent"),
        pytest.param("11111", "-----", "ALARM", id="the other half silent"),
        pytest.param("----1", "----1", "OK", id="first sign of life"),
    ],
)
def test_the_expression_decides_minute_by_minute(
    aws: EmulatedAws, cloudwatch: Any, came: str, went: str, expected: str
) -> None:
    """Each minute is worked out by itself; one without a value of either metric has no result and is missing."""
    put_alarm(cloudwatch)
    record(aws, Came=came, Went=went)
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch) == expected


def test_the_state_rests_on_the_results_and_says_so(aws: EmulatedAws, cloudwatch: Any) -> None:
    """Reason and reason data hold the expression's results; like AWS's example, no statistic and no samples."""
    put_alarm(cloudwatch)
    record(aws, Came="222", Went="111")
    aws.cloudwatch.evaluate_alarms()
    alarm = cloudwatch.describe_alarms(AlarmNames=["unserved"])["MetricAlarms"][0]
    assert "greater than or equal to the threshold (1.0)" in alarm["StateReason"]
    data = json.loads(alarm["StateReasonData"])
    assert (data["recentDatapoints"], data["period"], "statistic" in data) == ([1.0, 1.0, 1.0], 60, False)
    assert data["evaluatedDatapoints"][0] == {"timestamp": "2026-11-20T11:59:00.000+0000", "value": 1.0}


def test_an_alarm_may_list_one_plain_metric(aws: EmulatedAws, cloudwatch: Any) -> None:
    """A list with one metric that returns data is an alarm on that metric."""
    put_alarm(cloudwatch, metric("Came", "Sum") | {"ReturnData": True})
    record(aws, Came="111")
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch) == "ALARM"


def worked(text: str) -> float | None:
    """Work an expression out where a is 2, b is 3 and c has no value."""
    return Expression(text).value({"a": 2.0, "b": 3.0, "c": None})


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("IF(a > b, 1, 0)", 0.0),
        ("IF(b > a, 1, 0)", 1.0),
        ("a >= 2", 1.0),
        ("a < 2", 0.0),
        ("a <= 2", 1.0),
        ("a + b * 2 - 1", 7.0),
        ("(a + b) * 2", 10.0),
        ("a + c", None),
        ("c > a", None),
        ("IF(c, 1, 0)", None),
        ("IF(a, c, 0)", None),
        ("FILL(c, 0) + a", 2.0),
        ("IF(FILL(a, 0) > 1, b, 0)", 3.0),
    ],
)
def test_what_is_known_of_metric_math(text: str, result: float | None) -> None:
    """Values, comparisons as 1 and 0, conditions and fillings; what needs a missing value is missing."""
    assert worked(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "SEARCH('{Shop} Came', 'Sum')", "METRICS()", "a / b", "a && b", "RATE(a)", "IF(a > b, 1)", "a < b < 3", "'a'",
        "True", "__import__('os')", "a.b", "FILL(a, REPEAT)", "FILL(c, b)", "IF(a > b, 1,", "",
    ],
)  # fmt: skip
def test_what_is_not_known_is_an_error(text: str) -> None:
    """An expression is worked out as AWS does or refused; it is never an empty series."""
    with pytest.raises(UnknownExpressionError):
        Expression(text)


def expression(text: str) -> dict[str, Any]:
    """Return a query with an expression."""
    return {"Id": "e1", "Expression": text}


@pytest.mark.parametrize(
    ("queries", "problem"),
    [
        pytest.param((expression("RATE(came)"), metric("Came", "Sum")), "RATE", id="unknown function"),
        pytest.param((expression("went > 1"), metric("Came", "Sum")), "no metric went", id="unknown metric"),
        pytest.param((metric("Came", "Sum"),), "Exactly one element", id="nothing returned"),
        pytest.param(
            (expression("came + 1"), metric("Came", "Sum") | {"ReturnData": True}), "Exactly one", id="two returned"
        ),
        pytest.param(
            (expression("came > went"), metric("Came", "Sum"), metric("Went", "Sum", 300)), "one period", id="periods"
        ),
    ],
)  # fmt: skip
def test_an_alarm_that_cannot_be_evaluated_is_refused(
    cloudwatch: Any, queries: tuple[dict[str, Any], ...], problem: str
) -> None:
    """PutMetricAlarm is where a wrong or unknown expression shows, not the first evaluation."""
    with pytest.raises(ClientError, match=f"ValidationError.*{problem}"):
        put_alarm(cloudwatch, *queries)
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def history(cloudwatch: Any, **request: Any) -> list[str]:
    """Return time and summary of every change of state."""
    items = cloudwatch.describe_alarm_history(**request)["AlarmHistoryItems"]
    return [f"{item['Timestamp']:%H:%M} {item['HistorySummary']}" for item in items]


def test_the_history_holds_every_change_of_state(aws: EmulatedAws, cloudwatch: Any, clock: Any) -> None:
    """DescribeAlarmHistory tells the changes, newest first or oldest first, also after the alarm was put again."""
    put_alarm(cloudwatch)
    record(aws, Came="1", Went="1")
    aws.cloudwatch.evaluate_alarms()
    clock.move_to(NOON + timedelta(minutes=9))
    aws.cloudwatch.evaluate_alarms()
    cloudwatch.set_alarm_state(AlarmName="unserved", StateValue="ALARM", StateReason="the same by hand")
    put_alarm(cloudwatch, EvaluationPeriods=2)
    told = [
        "12:00 Alarm updated from INSUFFICIENT_DATA to OK",
        "12:09 Alarm updated from OK to ALARM",
    ]
    assert history(cloudwatch, ScanBy="TimestampAscending") == told
    assert history(cloudwatch) == told[::-1]
    assert history(cloudwatch, AlarmName="unserved") == told[::-1]
    assert history(cloudwatch, AlarmName="another") == []
