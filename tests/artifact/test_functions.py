"""Each built function does its work under Lambda's runtime client, with what the built template gives it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guardian.aws.table import Table
from guardian.model import Service
from guardian.triggers import Trigger, TriggerKind, TurnRequest
from guardian_rehearsal.emulator.deliveries import LambdaInvocation
from guardian_rehearsal.stage import HOOKS
from guardian_rehearsal.world import ALARMS, deploy

Event = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def release(site: Any) -> str:
    """A release under guard: its first hook has answered."""
    deployment_id = deploy(site.stage.aws, site.stage.world, "2")
    answered(site, HOOKS[0])
    return deployment_id


def next_hook(site: Any) -> LambdaInvocation:
    """Let time pass until CodeDeploy calls a hook."""
    stage = site.stage
    for _ in range(1000):
        for one in stage.aws.outbox.take_all():
            if isinstance(one, LambdaInvocation):
                return one
        stage.clock.move_to(stage.clock.now() + timedelta(seconds=5))
        stage.aws.codedeploy.advance()
    raise AssertionError("CodeDeploy called no hook")


def answered(site: Any, hook: str) -> Any:
    call = next_hook(site)
    assert call.function_arn in (site.function(hook).arn, site.function(hook).name)
    return site.invoke(hook, call.payload)


def test_the_schedule_finds_the_release(site: Any, release: str, event: Event) -> None:
    """The function tick asks for a turn over the watch that the hook opened."""
    assert site.invoke("Tick", event("scheduled-event-scheduler")) == {"asked": [release], "problems": []}


def test_an_alarm_finds_the_release(site: Any, release: str, event: Event) -> None:
    """The function alarm_action asks for a turn over the service whose policy names the alarm."""
    action = event("alarm-action-metric")
    action["alarmData"]["alarmName"] = ALARMS[0]
    action["alarmArn"] = f"{action['alarmArn'].partition(':alarm:')[0]}:alarm:{ALARMS[0]}"
    assert site.invoke("AlarmAction", action) == {"asked": [release]}


def test_an_event_asks_for_a_turn(site: Any, release: str, event: Event) -> None:
    """The function deployment_event asks for a turn over the deployment of the event."""
    change = event("codedeploy-state-change-start")
    change["detail"]["deploymentId"] = release
    assert site.invoke("DeploymentEvent", change) == {"asked": [release]}


def test_a_message_becomes_a_decision(site: Any, release: str, event: Event) -> None:
    """The function turn leaves one more record in the table and sends no message back."""
    table = Table(site.stage.aws.client("dynamodb"), site.stage.installation.table)
    before = list(table.records(release))
    service = Service(
        application=site.stage.world.application, deployment_group=site.stage.world.deployment_group
    )
    request = TurnRequest(deployment_id=release, service=service, trigger=Trigger(kind=TriggerKind.TICK))
    message = {**event("sqs-batch-eventbridge")["Records"][0], "body": request.to_json()}
    assert site.invoke("Turn", {"Records": [message]}) == {"batchItemFailures": []}
    assert len(list(table.records(release))) == len(before) + 1


@pytest.fixture(scope="module")
def answers(site: Any, release: str) -> list[Any]:  # noqa: ARG001 - the hooks are those of the release
    """What the further hooks have answered; the release is over."""
    said = [answered(site, hook) for hook in HOOKS[1:]]
    site.stage.clock.move_to(site.stage.clock.now() + timedelta(minutes=10))
    site.stage.aws.codedeploy.advance()
    return said


def test_every_hook_answers_codedeploy(site: Any, release: str, answers: list[Any]) -> None:
    """Each hook function takes CodeDeploy's call, answers it, and the deployment goes on to its end."""
    assert answers == [{"answer": "Succeeded"}] * 4
    info = site.stage.aws.client("codedeploy").get_deployment(deploymentId=release)["deploymentInfo"]
    assert info["status"] == "Succeeded"


@pytest.mark.usefixtures("answers")
def test_the_gate_answers_about_the_release(site: Any, release: str) -> None:
    """The function contract_gate says what closes it for a release that has just succeeded."""
    world = site.stage.world
    event = {"application": world.application, "deployment_group": world.deployment_group}
    answer = site.invoke("ContractGate", event)
    assert (answer["open"], answer["deployment_id"]) == (False, release)
    assert {one["name"] for one in answer["items"] if one["fulfilled"] is False} >= {"snapshot"}


def test_the_widget_shows_the_release(site: Any, release: str, event: Event) -> None:
    """The function dashboard_widget lists the release and says who is blue and green in it."""
    html = site.invoke("DashboardWidget", event("dashboard-widget"))
    assert release in html
    assert "<script" not in html


def test_no_function_of_the_template_is_left_out(site: Any) -> None:
    """The tests above call every function that is deployed."""
    called = {*HOOKS, "Tick", "AlarmAction", "DeploymentEvent", "Turn", "ContractGate", "DashboardWidget"}
    assert set(site.stage.installation.functions) == called
