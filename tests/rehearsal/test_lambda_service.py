"""Functions are called as AWS would call them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guardian_rehearsal.emulator.deliveries import BusEvent, LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.host import FunctionHost
from guardian_rehearsal.installation import Asynchronous, Function, Installation, install
from guardian_rehearsal.lambda_service import LambdaService

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HANDLER = """
import json, os
def handler(event, context):
    print(json.dumps({"name": os.environ["WHO"], "event": event}))
    if event.get("fail"):
        raise ValueError("told to fail")
    return {"batchItemFailures": [
        {"itemIdentifier": one["messageId"]} for one in event.get("Records", []) if one["body"] == "bad"
    ]}
"""


@pytest.fixture
def aws() -> Iterator[EmulatedAws]:
    with EmulatedAws() as emulated:
        yield emulated


class Stage:
    """One queue, and functions whose handler prints what it gets."""

    def __init__(self, aws: EmulatedAws, code: Path) -> None:
        (code / "app.py").write_text(HANDLER)
        events = {
            "hook": {},
            "bus": {
                "E": {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["aws.codedeploy"]}}}
            },
            "clock": {"S": {"Type": "ScheduleV2", "Properties": {}}},
            "queue": {"Q": {"Type": "SQS", "Properties": {}}},
        }
        self.dead = aws.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
        once = {"clock": Asynchronous(retries=0, oldest=60, on_failure=self.dead)}
        functions = {
            name: Function(
                name, name, f"arn:{name}", code, {"WHO": name}, sources,
                asynchronous=once.get(name, Asynchronous(on_failure=self.dead)),
            )
            for name, sources in events.items()
        }  # fmt: skip
        attributes = {"FifoQueue": "true", "VisibilityTimeout": "120"}
        self.url = aws.client("sqs").create_queue(QueueName="q.fifo", Attributes=attributes)["QueueUrl"]
        self.later: list[tuple[datetime, Callable[[], None]]] = []
        self.host = FunctionHost(aws.environment())
        installation = Installation(functions, "t", self.url, "d", self.dead, "/p")
        self.service = LambdaService(aws, installation, self.host, lambda at, do: self.later.append((at, do)))
        self._aws = aws

    def send(self, body: str, group: str = "g") -> None:
        self._aws.client("sqs").send_message(
            QueueUrl=self.url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body
        )

    def left(self) -> list[dict[str, Any]]:
        """Take what was left in the queue of dead events."""
        sqs, found = self._aws.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.dead).get("Messages"):
            found.append(json.loads(messages[0]["Body"]))
            sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=messages[0]["ReceiptHandle"])
        return found


@pytest.fixture
def stage(aws: EmulatedAws, tmp_path: Path) -> Stage:
    return Stage(aws, tmp_path)


def test_an_invocation_reaches_the_function_it_names(stage: Stage) -> None:
    """A hook is known by the name or ARN that the user put into the AppSpec."""
    stage.service.carry(LambdaInvocation(NOW, "arn:hook", {"x": 1}))
    assert stage.host.log_lines() == ['{"name": "hook", "event": {"x": 1}}']


def test_an_invocation_of_somebody_elses_function_is_not_ours(stage: Stage) -> None:
    """Users have other functions in their AppSpec."""
    stage.service.carry(LambdaInvocation(NOW, "arn:other", {}))
    assert stage.host.log_lines() == []


@pytest.mark.parametrize(("source", "heard"), [("aws.codedeploy", 1), ("aws.ecs", 0)])
def test_a_rule_passes_on_only_what_its_pattern_names(stage: Stage, source: str, heard: int) -> None:
    """EventBridge compares the pattern's fields with the event's."""
    stage.service.carry(BusEvent(NOW, {"source": source}))
    assert len(stage.host.log_lines()) == heard


def test_a_failed_invocation_is_tried_twice_more(stage: Stage) -> None:
    """Lambda repeats an asynchronous call after one minute and after two more, then gives up."""
    stage.service.carry(LambdaInvocation(NOW, "hook", {"fail": True}))
    moments = []
    while stage.later:
        moment, again = stage.later.pop()
        moments.append(moment - NOW)
        again()
    assert moments == [timedelta(minutes=1), timedelta(minutes=3)]
    assert stage.service.failures == ["hook: ValueError: told to fail"] * 3


def test_the_schedule_fires_what_the_template_schedules(stage: Stage) -> None:
    """The event is EventBridge Scheduler's, whose detail is a string."""
    stage.service.tick(NOW)
    (line,) = stage.host.log_lines()
    assert '"name": "clock"' in line
    assert '"source": "aws.scheduler"' in line
    assert '"detail": "{}"' in line


def test_a_message_that_was_handled_is_gone(stage: Stage) -> None:
    """The queue is empty afterwards."""
    stage.send("good")
    stage.service.pump()
    assert len(stage.host.log_lines()) == 1
    stage.service.pump()
    assert stage.host.log_lines() == []


def test_a_message_that_failed_comes_again_and_holds_back_its_group(stage: Stage) -> None:
    """A later message of the same group waits; another group's does not."""
    stage.send("bad")
    stage.send("later")
    stage.send("elsewhere", group="h")
    stage.service.pump()
    bodies = [line.split('"body": "')[1].split('"')[0] for line in stage.host.log_lines()]
    assert bodies == ["bad", "elsewhere"]
    assert len(stage.service.failures) == 1


def test_a_handler_does_not_see_the_users_aws_configuration(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A rehearsal on a machine with real credentials never uses them."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    code = tmp_path / "spy"
    code.mkdir()
    (code / "app.py").write_text(
        "import os\ndef handler(event, context):\n    return os.environ.get('AWS_PROFILE')\n"
    )
    spy = Function("spy", "spy", "arn:spy", code, {}, {})
    assert stage.host.invoke(spy, {}) is None


def test_every_function_of_the_template_is_installed_with_its_variables(aws: EmulatedAws) -> None:
    """Names of the table and the queue are resolved to what was created."""
    installation = install(aws)
    assert {"BeforeInstall", "Tick", "Turn", "AlarmAction", "DeploymentEvent"} <= set(installation.functions)
    turn = installation.functions["Turn"]
    assert turn.environment["GUARDIAN_TABLE"] == installation.table
    assert (
        aws.client("dynamodb").describe_table(TableName=installation.table)["Table"]["TableStatus"]
        == "ACTIVE"
    )
    hook = installation.functions["AfterAllowTraffic"]
    assert hook.name == "CodeDeployHook_guardian_AfterAllowTraffic"
    assert hook.environment["GUARDIAN_HOOK"] == "AfterAllowTraffic"


def test_an_event_that_no_attempt_could_take_is_left_whole(stage: Stage) -> None:
    """After the last attempt the event lies in the queue of dead events, with the error and the number of attempts."""
    stage.service.carry(LambdaInvocation(NOW, "hook", {"fail": 1}))
    while stage.later:
        assert stage.left() == []
        stage.later.pop()[1]()
    (record,) = stage.left()
    assert record["requestPayload"] == {"fail": 1}
    assert record["responsePayload"] == {"errorMessage": "told to fail", "errorType": "ValueError"}
    context = record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 3)


def test_a_function_without_retries_leaves_its_event_at_once(stage: Stage) -> None:
    """Where the template allows no retry, the first failure is the last."""
    stage.service.carry(LambdaInvocation(NOW, "clock", {"fail": 1}))
    assert stage.later == []
    assert [one["requestContext"]["approximateInvokeCount"] for one in stage.left()] == [1]


def test_nothing_is_left_of_what_was_taken(stage: Stage) -> None:
    """An event that a later attempt takes leaves nothing behind."""
    stage.service.carry(LambdaInvocation(NOW, "hook", {"x": 1}))
    assert (stage.later, stage.left()) == ([], [])
