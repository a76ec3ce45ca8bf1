"""The deployed functions, invoked in MiniStack as AWS would invoke them.

MiniStack has no CodeDeploy, loses listener weights, and knows no metric of a target group. These, and the tasks behind
them, are the rehearsal's emulated AWS, in this machine's real time; the functions themselves, their permissions, the
table, the queue, the policies and the logs are MiniStack's.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guardian.aws.table import Table
from guardian.record import DecisionRecord
from guardian_rehearsal.emulator.deliveries import BusEvent, Delivery, LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.stage import HOOKS
from guardian_rehearsal.world import ALARMS, World, build_world, deploy

pytestmark = pytest.mark.ministack
ROOT = Path(__file__).parents[2]
ELSEWHERE = ("CODEDEPLOY", "ELASTIC_LOAD_BALANCING_V2", "ECS", "CLOUDWATCH")
Eventually = Callable[[Callable[[], Any], str], Any]


def payload(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


class Site:
    """Guardian installed in MiniStack, and beside it a service that releases one new version."""

    def __init__(self, account: Any, aws: EmulatedAws) -> None:
        self.account, self.aws = account, aws
        account.deploy("guardian", GuardedDeploymentGroups=(
            f"arn:aws:codedeploy:{aws.region}:{aws.account_id}:deploymentgroup:ecommerce-bluegreen/*"
        ))  # fmt: skip
        self.stack = account.stack("guardian")
        self.world: World = build_world(
            aws,
            hooks={hook: self.stack.resources[hook] for hook in HOOKS},
            alarm_action=self.stack.outputs["AlarmActionArn"],
        )
        self.pushed = account.guardian("policy", "push", "examples/policy.yaml")
        self.release = deploy(aws, self.world, "2")
        self.table = Table(account.client("dynamodb"), self.stack.resources["GuardianTable"])
        self.sent: list[Delivery] = []

    def called(self) -> LambdaInvocation | None:
        """Let CodeDeploy do what has come due; return the call of the first hook once there is one."""
        self.aws.codedeploy.advance()
        self.sent += self.aws.outbox.take_all()
        return next((one for one in self.sent if isinstance(one, LambdaInvocation)), None)

    def records(self, kind: str) -> list[DecisionRecord]:
        """Return the release's decisions that one kind of trigger asked for."""
        return [one for one in self.table.records(self.release) if one.trigger.kind == kind]

    def lifecycle(self, event: str) -> str:
        """Return where the deployment's lifecycle event stands."""
        target = self.aws.client("codedeploy").get_deployment_target(
            deploymentId=self.release, targetId=f"{self.world.cluster}:{self.world.service}"
        )["deploymentTarget"]["ecsTarget"]
        (found,) = [one for one in target["lifecycleEvents"] if one["lifecycleEventName"] == event]
        return str(found["status"])


@pytest.fixture(scope="module")
def site(start: Any) -> Iterator[Site]:
    """Guardian and a service, in two emulated accounts that the functions take for one."""
    with EmulatedAws() as aws:
        yield Site(start({f"AWS_ENDPOINT_URL_{name}": aws.endpoint for name in ELSEWHERE}), aws)


def test_a_policy_is_pushed_to_where_the_stack_reads_it(site: Site) -> None:
    """`guardian policy push` stores the example under the stack's PolicyPath."""
    name = f"{site.stack.outputs['PolicyPath']}/{site.world.application}/{site.world.deployment_group}"
    assert site.pushed.startswith(f"{name} stored, digest ")


@pytest.fixture(scope="module")
def answered(site: Site, eventually: Eventually) -> dict[str, str]:
    """The first hook's answer to CodeDeploy's own event; the release is under guard from there on."""
    call = eventually(site.called, "CodeDeploy's call of a hook")
    assert call.function_arn == site.stack.outputs["BeforeInstallHook"]
    assert site.lifecycle("BeforeInstall") == "InProgress"
    answer: dict[str, str] = site.stack.invoke("BeforeInstall", call.payload)
    return answer


def test_a_hook_takes_a_turn_and_answers_codedeploy(
    site: Site, answered: dict[str, str], eventually: Eventually
) -> None:
    """The first hook writes a decision to table and log, and CodeDeploy hears that the release may go on."""
    assert answered == {"answer": "Succeeded"}
    eventually(lambda: site.lifecycle("BeforeInstall") == "Succeeded", "CodeDeploy's next step")
    (record,) = site.records("hook")
    assert (record.phase, record.weight, record.decision) == ("preparing", 0.0, "wait")
    (line,) = [one for one in site.stack.log("HookLogs") if "decision" in one]
    assert DecisionRecord.model_validate(line["decision"]) == record


@pytest.mark.usefixtures("answered")
def test_a_deployment_event_becomes_a_turn_through_the_queue(site: Site, eventually: Eventually) -> None:
    """CodeDeploy's event ends in a message, the event source mapping hands it on, and the turn is recorded."""
    (event,) = [one.event for one in site.sent if isinstance(one, BusEvent)]
    assert site.stack.invoke("DeploymentEvent", event) == {"asked": [site.release]}
    (record,) = eventually(lambda: site.records("event"), "a turn")
    assert record.trigger.detail == event["detail"]["state"]
    eventually(lambda: empty(site), "the message's deletion")


@pytest.mark.usefixtures("answered")
def test_an_alarm_of_the_policy_asks_for_a_turn(site: Site, eventually: Eventually) -> None:
    """CloudWatch's event of an alarm that the pushed policy names ends in a turn."""
    event = payload("alarm-action-metric")
    event["alarmData"]["alarmName"] = ALARMS[0]
    event["alarmArn"] = f"arn:aws:cloudwatch:{site.aws.region}:{site.aws.account_id}:alarm:{ALARMS[0]}"
    assert site.stack.invoke("AlarmAction", event) == {"asked": [site.release]}
    (record,) = eventually(lambda: site.records("alarm"), "a turn")
    assert record.trigger.detail == ALARMS[0]


@pytest.mark.usefixtures("answered")
def test_an_alarm_that_no_policy_names_is_refused(site: Site) -> None:
    """An alarm of somebody else's asks for nothing and is logged."""
    event = payload("alarm-action-metric")
    assert site.stack.invoke("AlarmAction", event) == {"asked": []}
    assert event["alarmArn"] in [one.get("alarm") for one in site.stack.log("AlarmActionLogs")]


@pytest.mark.usefixtures("answered")
def test_a_tick_asks_for_a_turn_of_each_open_watch(site: Site, eventually: Eventually) -> None:
    """A tick finds the watch in the table, and says what it may not look up.

    MiniStack holds GetParametersByPath against `*`, AWS against the path that the role names.
    """
    said = site.stack.invoke("Tick", payload("scheduled-event-scheduler"))
    assert said["asked"] == [site.release]
    (problem,) = said["problems"]
    assert "not authorized to perform: ssm:GetParametersByPath on resource: *" in problem
    eventually(lambda: site.records("tick"), "a turn")


def test_the_schedule_ticks_by_itself(site: Site, eventually: Eventually) -> None:
    """Within a minute or so the tick runs once more than it was invoked here."""
    eventually(lambda: len(site.stack.started("TickLogs")) > site.stack.invoked["Tick"], "a tick")


def test_an_unknown_deployment_is_not_asked_for_again(site: Site, eventually: Eventually) -> None:
    """An event of a deployment that CodeDeploy does not know is logged once and leaves nothing in the queue."""
    event = payload("codedeploy-state-change-start")
    assert site.stack.invoke("DeploymentEvent", event) == {"asked": [event["detail"]["deploymentId"]]}
    said = eventually(
        lambda: [one for one in site.stack.log("TurnLogs") if one["message"] == "no such deployment"],
        "a log line",
    )
    assert [one["correlation_id"] for one in said] == [event["detail"]["deploymentId"]]
    eventually(lambda: empty(site), "the message's deletion")


def empty(site: Site) -> bool:
    """Tell whether the queue of turns holds nothing, in flight included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = site.account.client("sqs").get_queue_attributes(
        QueueUrl=site.stack.resources["Turns"], AttributeNames=names
    )["Attributes"]
    return all(found[name] == "0" for name in names)
