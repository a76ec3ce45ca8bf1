"""Guardian installed into an emulated AWS as its template says, beside a service that releases."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.model import Service
from guardian.policy import parse_policy
from guardian.triggers import Trigger, TriggerKind, TurnRequest
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.deliveries import LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.host import FunctionHost
from guardian_rehearsal.installation import Function, Installation, install
from guardian_rehearsal.lambda_service import LambdaService
from guardian_rehearsal.stage import HOOKS
from guardian_rehearsal.world import World, build_world, deploy

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVENTS = Path(__file__).parents[2] / "events"


class Site:
    """An account with Guardian in it, and what tests do there."""

    def __init__(self, aws: EmulatedAws, clock: SimulatedClock) -> None:
        self.aws, self.clock = aws, clock
        self.installation: Installation = install(aws)
        functions = self.installation.functions
        self.world: World = build_world(
            aws,
            hooks={hook: functions[hook].name for hook in HOOKS},
            alarm_action=functions["AlarmAction"].arn,
        )
        self.service = Service(
            application=self.world.application, deployment_group=self.world.deployment_group
        )
        self.table = Table(aws.client("dynamodb"), self.installation.table)
        self.host = FunctionHost(aws.environment())
        self.lambdas = LambdaService(aws, self.installation, self.host, lambda _at, _do: None)

    def invoke(self, name: str, event: Any, **environment: str | None) -> Any:
        """Invoke a function by its logical id; a variable given as None is missing."""
        function = self.installation.functions[name]
        if environment:
            kept = {key: value for key, value in function.environment.items() if key not in environment}
            given = {key: value for key, value in environment.items() if value is not None}
            function = replace(function, environment=kept | given, name=f"{function.name}-changed")
        return self.host.invoke(function, event)

    def function(self, name: str) -> Function:
        return self.installation.functions[name]

    def log(self) -> list[dict[str, Any]]:
        """Return and forget what the functions have logged."""
        return [json.loads(line) for line in self.host.log_lines()]

    def push_policy(self, **keys: Any) -> None:
        store = ParameterStorePolicies(self.aws.client("ssm"), self.installation.policy_path)
        store.push(self.service, parse_policy(keys, "test"))

    def push_text(self, text: str) -> None:
        """Store a policy's text as it is, valid or not."""
        name = f"{self.installation.policy_path}/{self.service}"
        self.aws.client("ssm").put_parameter(Name=name, Value=text, Type="String", Overwrite=True)

    def release(self) -> str:
        return deploy(self.aws, self.world, "2")

    def status(self, deployment_id: str) -> str:
        info = self.aws.client("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        return str(info["status"])

    def run(self, **span: float) -> None:
        """Let time pass."""
        self.clock.move_to(self.clock.now() + timedelta(**span))
        self.aws.codedeploy.advance()

    def next_hook(self) -> LambdaInvocation:
        """Let time pass until CodeDeploy calls a hook."""
        for _ in range(500):
            for one in self.aws.outbox.take_all():
                if isinstance(one, LambdaInvocation):
                    return one
            self.run(seconds=5)
        raise AssertionError("CodeDeploy called no hook")

    def queued(self) -> list[dict[str, Any]]:
        """Take the messages that wait, as bodies."""
        sqs, url, found = self.aws.client("sqs"), self.installation.queue_url, []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages"):
            found.append(json.loads(messages[0]["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
        return found

    def waiting(self, url: str) -> int:
        """Return how many messages a queue holds, those in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counted = self.aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)[
            "Attributes"
        ]
        return sum(int(counted[name]) for name in names)

    def message(self, deployment_id: str, number: int = 1) -> dict[str, Any]:
        """Return a queue message that asks for a turn, as the event source mapping passes it on."""
        request = TurnRequest(
            deployment_id=deployment_id, service=self.service, trigger=Trigger(kind=TriggerKind.TICK)
        )
        record = payload("sqs-batch-eventbridge")["Records"][0]
        return {**record, "messageId": f"message-{number}", "body": request.to_json()}


def payload(name: str) -> dict[str, Any]:
    """Return a fresh copy of a payload of events/."""
    data: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return data


@pytest.fixture(scope="session")
def event() -> Callable[[str], dict[str, Any]]:
    """Return a fresh copy of a payload of events/, by name without `.json`."""
    return payload


@pytest.fixture
def site() -> Iterator[Site]:
    """An account at noon in which nothing is released and no policy is stored."""
    with SimulatedClock(NOON) as clock, EmulatedAws() as aws:
        yield Site(aws, clock)


@pytest.fixture(scope="module")
def _shared() -> Iterator[Site]:
    with SimulatedClock(NOON) as clock, EmulatedAws() as aws:
        yield Site(aws, clock)


@pytest.fixture
def shared_site(_shared: Site) -> Site:
    """One account for a module whose tests release nothing, with an empty queue that remembers nothing."""
    _shared.aws.faults.clear()
    _shared.run(minutes=6)
    _shared.queued()
    _shared.log()
    return _shared
