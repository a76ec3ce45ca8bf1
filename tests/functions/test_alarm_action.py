"""The function alarm_action, as CloudWatch calls it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from guardian.errors import MalformedEventError
from guardian_rehearsal.world import ALARMS

Event = Callable[[str], dict[str, Any]]


@pytest.fixture
def guarded(site: Any) -> tuple[Any, str]:
    """A release under guard whose policy names the stack's alarms, and its id."""
    site.push_policy(alarms=list(ALARMS))
    release = site.release()
    site.invoke("BeforeInstall", site.next_hook().payload)
    site.log()
    return site, release


def fired(event: Event, alarm: str) -> dict[str, Any]:
    action = event("alarm-action-metric")
    action["alarmData"]["alarmName"] = alarm
    action["alarmArn"] = f"{action['alarmArn'].partition(':alarm:')[0]}:alarm:{alarm}"
    return action


def test_an_alarm_wakes_the_release_that_names_it(guarded: tuple[Any, str], event: Event) -> None:
    """An alarm that the policy names asks for a turn, with the alarm as trigger."""
    site, release = guarded
    assert site.invoke("AlarmAction", fired(event, ALARMS[0])) == {"asked": [release]}
    (message,) = site.queued()
    assert (message["trigger"]["kind"], message["trigger"]["detail"]) == ("alarm", ALARMS[0])


@pytest.mark.parametrize(
    "name", ["alarm-action-metric", "alarm-action-metric-math", "alarm-action-composite"]
)
def test_an_alarm_that_nobody_names_is_logged(guarded: tuple[Any, str], event: Event, name: str) -> None:
    """An alarm that no policy names wakes nobody, and the log says which one it was."""
    site, _ = guarded
    assert site.invoke("AlarmAction", event(name)) == {"asked": []}
    (line,) = site.log()
    assert line["alarm"] == event(name)["alarmArn"]
    assert site.queued() == []


def test_an_alarm_that_goes_back_to_ok_wakes_nobody(guarded: tuple[Any, str], event: Event) -> None:
    """Only an alarm that fires asks for a turn."""
    site, _ = guarded
    action = fired(event, ALARMS[0])
    action["alarmData"]["state"]["value"] = "OK"
    assert site.invoke("AlarmAction", action) == {"asked": []}


@pytest.mark.parametrize(
    "name", ["eventbridge-alarm-state-change-metric", "codedeploy-state-change-start", "custom-widget"]
)
def test_an_event_that_is_no_alarm_action_is_refused(site: Any, event: Event, name: str) -> None:
    """An event of another kind is refused as malformed."""
    with pytest.raises(MalformedEventError, match="not the event of a CloudWatch alarm action"):
        site.invoke("AlarmAction", event(name))


def test_an_alarm_cannot_name_its_deployment(guarded: tuple[Any, str], event: Event) -> None:
    """Which deployments an alarm wakes is read from watches and policies, not from the alarm."""
    site, release = guarded
    planted = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/planted/0/0"
    action = fired(event, ALARMS[0]) | {"deploymentId": "d-PLANTED99"}
    action["alarmData"] |= {"deploymentId": "d-PLANTED99", "listenerArn": planted}
    assert site.invoke("AlarmAction", action) == {"asked": [release]}
    (message,) = site.queued()
    assert message["deployment_id"] == release
    assert "PLANTED" not in json.dumps(message)
    assert planted not in json.dumps(message)
