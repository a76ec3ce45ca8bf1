"""Events of AWS, read from recorded payloads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from guardian.errors import MalformedEventError
from guardian.events import AlarmAction, DeploymentStateChange, GateRequest, HookEvent
from guardian.model import Service

Payload = Callable[[str], dict[str, Any]]


def test_a_hook_event_names_deployment_and_execution(payload: Payload) -> None:
    """A hook's event holds the deployment and the id under which CodeDeploy waits for the answer."""
    event = payload("codedeploy-hook")
    hook = HookEvent.read(event)
    assert hook.deployment_id == "d-A1B2C3D4E"
    assert hook.execution_id == event["LifecycleEventHookExecutionId"]


@pytest.mark.parametrize(
    ("name", "state", "deployment_id"),
    [
        ("start", "START", "d-A1B2C3D4E"),
        ("ready", "READY", "d-A1B2C3D4E"),
        ("stop", "STOP", "d-A1B2C3D4E"),
        ("success", "SUCCESS", "d-A1B2C3D4E"),
        ("failure", "FAILURE", "d-A1B2C3D4E"),
        ("start-rollback-deployment", "START", "d-Z9Y8X7W6V"),
    ],
    ids=lambda value: value if value.islower() else None,
)
def test_every_state_change_is_read(payload: Payload, name: str, state: str, deployment_id: str) -> None:
    """Each of CodeDeploy's state changes names deployment, service, state and time."""
    event = DeploymentStateChange.read(payload(f"codedeploy-state-change-{name}"))
    assert (event.detail.deployment_id, event.detail.state) == (deployment_id, state)
    assert event.service == Service(
        application="AppECS-shop-checkout", deployment_group="DgpECS-shop-checkout"
    )
    assert event.time.tzinfo is not None
    assert event.time.date() == datetime(2026, 11, 20, tzinfo=UTC).date()


@pytest.mark.parametrize(
    ("name", "alarm"),
    [
        ("alarm-action-metric", "checkout-tg-2-5xx"),
        ("alarm-action-metric-math", "checkout-tg-2-error-rate"),
        ("alarm-action-composite", "checkout-green-bad"),
    ],
    ids=["metric", "metric-math", "composite"],
)
def test_every_kind_of_alarm_is_read(payload: Payload, name: str, alarm: str) -> None:
    """Metric, metric math and composite alarms are read alike: name, state and ARN."""
    action = AlarmAction.read(payload(name))
    assert (action.alarm.name, action.alarm.state.value) == (alarm, "ALARM")
    assert action.arn.endswith(f":alarm:{alarm}")


def test_an_alarm_that_is_called_two_things_is_refused(payload: Payload) -> None:
    """Policies name alarms by name, so a name that is not the ARN's is not believed."""
    event = payload("alarm-action-metric")
    event["alarmData"]["alarmName"] = "another"
    with pytest.raises(MalformedEventError, match="name two different alarms"):
        AlarmAction.read(event)


@pytest.mark.parametrize("value", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_the_three_alarm_states_are_known(payload: Payload, value: str) -> None:
    """An alarm is in one of three states; missing data is neither fine nor firing."""
    event = payload("alarm-action-metric")
    event["alarmData"]["state"]["value"] = value
    assert AlarmAction.read(event).alarm.state.value == value


def test_new_fields_of_aws_are_ignored(payload: Payload) -> None:
    """AWS adds fields over time, and an event that has one more is still read."""
    assert HookEvent.read(payload("codedeploy-hook") | {"Added": {"later": 1}}).deployment_id == "d-A1B2C3D4E"


@pytest.mark.parametrize(
    ("kind", "name", "path", "value"),
    [
        (HookEvent, "codedeploy-hook", "DeploymentId", "not-a-deployment"),
        (HookEvent, "codedeploy-hook", "DeploymentId", None),
        (HookEvent, "codedeploy-hook", "LifecycleEventHookExecutionId", ""),
        (DeploymentStateChange, "codedeploy-state-change-start", "detail-type", "Something else"),
        (DeploymentStateChange, "codedeploy-state-change-start", "time", "2026-11-20T12:00:05"),
        (DeploymentStateChange, "codedeploy-state-change-start", "detail.deploymentId", "d-1; drop"),
        (DeploymentStateChange, "codedeploy-state-change-start", "source", "my.app"),
        (DeploymentStateChange, "codedeploy-state-change-start", "detail.application", "a" * 101),
        (DeploymentStateChange, "codedeploy-state-change-start", "detail.deploymentGroup", ""),
        (AlarmAction, "alarm-action-metric", "source", "aws.ec2"),
        (AlarmAction, "alarm-action-metric", "alarmArn", "arn:aws:sns:eu-west-1:111122223333:topic"),
        (AlarmAction, "alarm-action-metric", "alarmData.alarmName", ""),
        (AlarmAction, "alarm-action-metric", "alarmData.state.value", "FIRING"),
    ],
    ids=[
        "hook-id-shape", "hook-id-null", "hook-execution-empty", "event-kind", "event-time-naive",
        "event-id-shape", "event-source", "event-application", "event-group",
        "alarm-source", "alarm-arn", "alarm-name-empty", "alarm-state-unknown",
    ],
)  # fmt: skip
def test_a_malformed_event_is_refused_with_its_path(
    payload: Payload, kind: Any, name: str, path: str, value: object
) -> None:
    """A field of another shape than documented is refused, and the message says which event and which field."""
    event = payload(name)
    inner, *keys = event, *path.split(".")
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    with pytest.raises(MalformedEventError) as raised:
        kind.read(event)
    assert f"not the event of a {kind.KIND}: {path}" in str(raised.value)


def test_a_missing_field_is_named() -> None:
    """An empty event is refused by the name of the first field that it lacks."""
    with pytest.raises(MalformedEventError, match="DeploymentId: Field required"):
        HookEvent.read({})


def test_another_services_event_is_not_taken_for_an_alarm(payload: Payload) -> None:
    """A deployment event is not an alarm action."""
    with pytest.raises(MalformedEventError):
        AlarmAction.read(payload("codedeploy-state-change-start"))


def test_a_question_to_the_gate_names_a_service(payload: Payload) -> None:
    """A pipeline names application and deployment group, and may add what it likes."""
    request = GateRequest.read(payload("contract-gate") | {"build": 4711})
    assert request.service == Service(
        application="AppECS-shop-checkout", deployment_group="DgpECS-shop-checkout"
    )


@pytest.mark.parametrize("key", ["application", "deployment_group"])
@pytest.mark.parametrize("value", [None, "", 1, ["a"], "x" * 101], ids=repr)
def test_a_question_about_no_service_is_malformed(payload: Payload, key: str, value: Any) -> None:
    """A question that does not name both is refused, so that the pipeline fails and does not read an answer."""
    with pytest.raises(MalformedEventError, match=f"not the event of a question to the contract gate: {key}"):
        GateRequest.read(payload("contract-gate") | {key: value})
