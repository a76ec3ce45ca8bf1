"""Metric alarms of the emulated CloudWatch: states, and what a change of state sends."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.deliveries import BusEvent, LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVENTS = Path(__file__).parents[2] / "events"
TARGET = {"LoadBalancer": "app/shop-alb/50dc6c495c0c9188", "TargetGroup": "targetgroup/checkout-tg-2/0996"}


def function(name: str) -> str:
    """Return a Lambda ARN."""
    return f"arn:aws:lambda:eu-west-1:123456789012:function:{name}"


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


def put_alarm(cloudwatch: Any, **changes: Any) -> None:
    """Create the alarm `errors`: more than 10 errors in each of 3 minutes."""
    alarm = {
        "AlarmName": "errors",
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Dimensions": [{"Name": name, "Value": value} for name, value in TARGET.items()],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [function("guard"), "arn:aws:sns:eu-west-1:123456789012:people"],
        "OKActions": [function("calm")],
        "InsufficientDataActions": [function("blind")],
        **changes,
    }
    cloudwatch.put_metric_alarm(**{name: value for name, value in alarm.items() if value is not None})


def record(aws: EmulatedAws, minutes: str) -> None:
    """Record the minutes before now, newest last: X breaches, 0 does not, - has no data."""
    begin = datetime.now(UTC).replace(second=0) - timedelta(minutes=len(minutes))
    for number, mark in enumerate(minutes):
        if mark != "-":
            observed = [1.0] * (42 if mark == "X" else 3)
            moment = begin + timedelta(minutes=number)
            aws.cloudwatch.record("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", TARGET, moment, observed)


def state(cloudwatch: Any) -> Any:
    """Return what DescribeAlarms says about the alarm."""
    return cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]


def invoked(aws: EmulatedAws) -> list[str]:
    """Take everything sent and return the functions invoked."""
    sent = list(aws.outbox.take_all())
    return [each.function_arn.rpartition(":")[2] for each in sent if isinstance(each, LambdaInvocation)]


def test_a_new_alarm_knows_nothing(cloudwatch: Any) -> None:
    """An alarm starts in INSUFFICIENT_DATA, without reason data."""
    put_alarm(cloudwatch)
    alarm = state(cloudwatch)
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert "StateReasonData" not in alarm


def test_a_changed_alarm_keeps_its_state(aws: EmulatedAws, cloudwatch: Any) -> None:
    """Putting an existing alarm again changes its settings only."""
    put_alarm(cloudwatch)
    record(aws, "XXX")
    aws.cloudwatch.evaluate_alarms()
    put_alarm(cloudwatch, Threshold=99.0)
    assert (state(cloudwatch)["StateValue"], state(cloudwatch)["Threshold"]) == ("ALARM", 99.0)


GUIDE = [
    # range, datapoints to alarm, then what missing, ignore, breaching and notBreaching make of it
    ("0-X-X", 3, ("OK", "OK", "OK", "OK")),
    ("----0", 3, ("OK", "OK", "OK", "OK")),
    ("-----", 3, ("INSUFFICIENT_DATA", "kept", "ALARM", "OK")),
    ("0XX-X", 3, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("--X--", 3, ("ALARM", "kept", "ALARM", "OK")),
    ("0-X-X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("00X0X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0-X--", 2, ("OK", "OK", "ALARM", "OK")),
    ("----0", 2, ("OK", "OK", "ALARM", "OK")),
    ("----X", 3, ("kept", "kept", "ALARM", "OK")),
    ("---X-", 3, ("kept", "kept", "ALARM", "OK")),
]


@pytest.mark.parametrize("current", ["OK", "ALARM"])
@pytest.mark.parametrize("number", range(4), ids=["missing", "ignore", "breaching", "notBreaching"])
@pytest.mark.parametrize(("minutes", "needed", "expected"), GUIDE, ids=[f"{a}-{b}" for a, b, _ in GUIDE])
def test_missing_data_is_treated_as_the_guide_says(
    aws: EmulatedAws, cloudwatch: Any, minutes: str, needed: int, expected: Any, number: int, current: str
) -> None:
    """The examples of "Configuring how CloudWatch alarms treat missing data", for three evaluation periods."""
    treatment = ["missing", "ignore", "breaching", "notBreaching"][number]
    put_alarm(cloudwatch, DatapointsToAlarm=needed, TreatMissingData=treatment)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=current, StateReason="given")
    record(aws, minutes)
    aws.cloudwatch.evaluate_alarms()
    wanted = current if expected[number] == "kept" else expected[number]
    assert state(cloudwatch)["StateValue"] == wanted


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("GreaterThanThreshold", "OK"),
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM"),
    ],
)
def test_a_value_at_the_threshold_breaches_only_or_equal(
    aws: EmulatedAws, cloudwatch: Any, comparison: str, expected: str
) -> None:
    """42 against a threshold of 42 decides between the strict and the other comparisons."""
    put_alarm(cloudwatch, ComparisonOperator=comparison, Threshold=42.0)
    record(aws, "XXX")
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch)["StateValue"] == expected


def test_percentile_alarms_are_evaluated(aws: EmulatedAws, cloudwatch: Any) -> None:
    """An alarm on an extended statistic compares that statistic."""
    put_alarm(cloudwatch, Statistic=None, ExtendedStatistic="p99", Threshold=0.5, EvaluationPeriods=1)
    record(aws, "X")
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch)["StateValue"] == "ALARM"


def test_only_closed_periods_count(aws: EmulatedAws, cloudwatch: Any, clock: Any) -> None:
    """A breach in the running minute is seen when the minute is over."""
    put_alarm(cloudwatch, EvaluationPeriods=1, TreatMissingData="notBreaching")
    errors = "HTTPCode_Target_5XX_Count"
    aws.cloudwatch.record("AWS/ApplicationELB", errors, TARGET, NOON + timedelta(seconds=5), [1.0] * 42)
    clock.move_to(NOON + timedelta(seconds=59))
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch)["StateValue"] == "OK"
    clock.move_to(NOON + timedelta(seconds=60))
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch)["StateValue"] == "ALARM"


def test_actions_follow_changes_of_state_only(aws: EmulatedAws, cloudwatch: Any, clock: Any) -> None:
    """Each change invokes the functions of its new state once; staying in a state sends nothing."""
    put_alarm(cloudwatch, EvaluationPeriods=1)
    record(aws, "X")
    aws.cloudwatch.evaluate_alarms()
    assert invoked(aws) == ["guard"]
    aws.cloudwatch.evaluate_alarms()
    assert list(aws.outbox.take_all()) == []
    clock.move_to(NOON + timedelta(minutes=1))
    record(aws, "0")
    aws.cloudwatch.evaluate_alarms()
    assert invoked(aws) == ["calm"]
    clock.move_to(NOON + timedelta(minutes=30))
    aws.cloudwatch.evaluate_alarms()
    assert invoked(aws) == ["blind"]


def test_disabled_actions_leave_the_event(aws: EmulatedAws, cloudwatch: Any) -> None:
    """With actions disabled a change is put on the bus and invokes nothing, until they are enabled again."""
    put_alarm(cloudwatch, ActionsEnabled=False)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="by hand")
    assert [type(each) for each in aws.outbox.take_all()] == [BusEvent]
    cloudwatch.enable_alarm_actions(AlarmNames=["errors"])
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="by hand")
    assert invoked(aws) == ["calm"]


def test_a_state_set_by_hand_acts_without_reason_data(aws: EmulatedAws, cloudwatch: Any) -> None:
    """SetAlarmState acts on a change, carries reason data only if given, and does nothing when repeated."""
    put_alarm(cloudwatch)
    change = {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "drill"}
    cloudwatch.set_alarm_state(**change)
    invocation = next(each for each in aws.outbox.take_all() if isinstance(each, LambdaInvocation))
    assert invocation.payload["alarmData"]["state"] == {
        "value": "ALARM",
        "reason": "drill",
        "timestamp": "2026-11-20T12:00:00.000+0000",
    }
    aws.outbox.clear()
    cloudwatch.set_alarm_state(**change)
    assert list(aws.outbox.take_all()) == []
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="done", StateReasonData="{}")
    event = next(each for each in aws.outbox.take_all() if isinstance(each, BusEvent)).event
    assert event["detail"]["state"]["reasonData"] == "{}"


def test_the_state_of_an_unknown_alarm_cannot_be_set(aws: EmulatedAws, cloudwatch: Any) -> None:
    """SetAlarmState on a missing alarm is ResourceNotFound and sends nothing."""
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="why")
    assert list(aws.outbox.take_all()) == []


def shape(value: Any) -> Any:
    """Return keys and types of an event, JSON strings opened."""
    if isinstance(value, str) and value.startswith("{"):
        return shape(json.loads(value))
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def alarm_once(aws: EmulatedAws, cloudwatch: Any) -> list[Any]:
    """Alarm after a first evaluation without data, and return what that second change sent."""
    put_alarm(cloudwatch, EvaluationPeriods=1, AlarmDescription="Target 5XX on checkout-tg-2")
    cloudwatch.set_alarm_state(
        AlarmName="errors", StateValue="OK", StateReason="given", StateReasonData='{"version":"1.0"}'
    )
    aws.outbox.clear()
    record(aws, "X")
    aws.cloudwatch.evaluate_alarms()
    return list(aws.outbox.take_all())


@pytest.mark.parametrize(
    ("position", "document", "inside"),
    [
        (0, "alarm-action-metric.json", "alarmData"),
        (1, "eventbridge-alarm-state-change-metric.json", "detail"),
    ],
)
def test_deliveries_have_the_documented_shape(
    aws: EmulatedAws, cloudwatch: Any, position: int, document: str, inside: str
) -> None:
    """The invocation's payload and the bus event have the keys and types of AWS's examples."""
    sent = alarm_once(aws, cloudwatch)[position]
    made = sent.payload if isinstance(sent, LambdaInvocation) else sent.event
    example = json.loads((EVENTS / document).read_text())
    for event in (made, example):
        del event[inside]["previousState"]["reasonData"]
    assert shape(made) == shape(example)


def test_the_reason_carries_the_numbers(aws: EmulatedAws, cloudwatch: Any) -> None:
    """Reason and reason data tell the value, its minute, its samples, the threshold and what was needed."""
    invocation = alarm_once(aws, cloudwatch)[0]
    new = invocation.payload["alarmData"]["state"]
    assert new["reason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoint [42.0 (20/11/26 11:59:00)] was greater than the "
        "threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(new["reasonData"])
    assert data["recentDatapoints"] == [42.0]
    assert data["evaluatedDatapoints"] == [
        {"timestamp": "2026-11-20T11:59:00.000+0000", "sampleCount": 42.0, "value": 42.0}
    ]
    assert (data["threshold"], data["statistic"], data["period"]) == (10.0, "Sum", 60)
    assert invocation.payload["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"] == {
        "namespace": "AWS/ApplicationELB",
        "name": "HTTPCode_Target_5XX_Count",
        "dimensions": TARGET,
    }


@pytest.mark.parametrize(
    ("minutes", "treatment", "reason"),
    [
        ("---", "missing", "Insufficient Data: 3 datapoints were unknown."),
        (
            "---",
            "breaching",
            (
                "Threshold Crossed: no datapoints were received for 3 periods and "
                "3 missing datapoints were treated as [Breaching]."
            ),
        ),
        ("--0", "breaching", "Threshold Crossed: 2 missing datapoints were treated as [Breaching]."),
    ],
)
def test_the_reason_tells_what_was_missing(
    aws: EmulatedAws, cloudwatch: Any, minutes: str, treatment: str, reason: str
) -> None:
    """A state that rests on missing data says so."""
    put_alarm(cloudwatch, TreatMissingData=treatment, DatapointsToAlarm=2)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="given")
    record(aws, minutes)
    aws.cloudwatch.evaluate_alarms()
    assert state(cloudwatch)["StateReason"] == reason
