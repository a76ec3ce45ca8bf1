"""The worker: one message, one turn."""

import io
import json
from itertools import count
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from guardian_fakes import CHECKOUT, Shop

from guardian.errors import AwsRefusedError, ConcurrentTurnError, MalformedEventError, TemporaryError
from guardian.record import DecisionRecord
from guardian.triggers import Trigger, TriggerKind, TurnRequest
from guardian.worker import Worker

NUMBERS = count()


class Queue:
    """Hands messages about the shop's release to a worker."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._logged = shop, io.StringIO()
        self._worker = Worker(shop.ports, Logger(service=f"worker-{next(NUMBERS)}", stream=self._logged))

    def deliver(self, body: str = "") -> DecisionRecord | None:
        trigger = Trigger(kind=TriggerKind.EVENT, detail="START")
        request = TurnRequest(deployment_id=self._shop.release, service=CHECKOUT, trigger=trigger)
        return self._worker.take(body or request.to_json())

    def log(self) -> list[dict[str, Any]]:
        """Return what was logged."""
        return [json.loads(line) for line in self._logged.getvalue().splitlines()]


@pytest.fixture
def queue(shifting: Shop) -> Queue:
    """A queue and its worker."""
    return Queue(shifting)


def test_a_message_becomes_one_turn(queue: Queue, shifting: Shop) -> None:
    """A message takes one turn with the message's trigger."""
    written = len(shifting.records)
    record = queue.deliver()
    assert record == shifting.records[-1]
    assert len(shifting.records) == written + 1
    assert (record.trigger.kind, record.trigger.detail) == (TriggerKind.EVENT, "START")


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "{}",
        '{"schema":"guardian.turn/2"}',
        '{"deployment_id":"x","service":{"application":"a","deployment_group":"g"},"trigger":{"kind":"tick"}}',
    ],
    ids=["not json", "empty", "a later schema", "not an id"],
)
def test_a_malformed_message_is_raised(queue: Queue, shifting: Shop, body: str) -> None:
    """A message that is no request is raised, so that it ends in the dead-letter queue, and no turn is taken."""
    written = len(shifting.records)
    with pytest.raises(MalformedEventError, match="not a turn request"):
        queue.deliver(body)
    assert len(shifting.records) == written


def test_an_unknown_deployment_is_logged_and_not_asked_again(queue: Queue, shifting: Shop) -> None:
    """A message about a deployment that does not exist is logged and taken off the queue."""
    shifting.release = "d-NOWHERE00"
    assert queue.deliver() is None
    (line,) = queue.log()
    assert (line["level"], line["message"], line["correlation_id"]) == (
        "WARNING",
        "no such deployment",
        "d-NOWHERE00",
    )


def test_another_platform_is_logged_and_not_asked_again(queue: Queue, shifting: Shop) -> None:
    """A message about a deployment that is not of ECS is logged and taken off the queue."""
    shifting.release = shifting.codedeploy.create(CHECKOUT, "d-SERVER000", platform="Server")
    assert queue.deliver() is None
    (line,) = queue.log()
    assert line["message"] == "not guarded"
    assert "Server" in line["reason"]


def test_a_turn_that_lost_is_taken_again_once(queue: Queue, shifting: Shop) -> None:
    """A turn that lost to another one is taken again at once, from what the other one has written."""
    shifting.table.overtaken = 1
    record = queue.deliver()
    assert record is not None
    assert record == shifting.records[-1]
    assert len({one.id for one in shifting.records}) == len(shifting.records)


def test_a_turn_that_lost_twice_goes_back_to_the_queue(queue: Queue, shifting: Shop) -> None:
    """A turn that lost twice is raised, so that its message comes again."""
    shifting.table.overtaken = 2
    with pytest.raises(ConcurrentTurnError):
        queue.deliver()


@pytest.mark.parametrize(
    "error", [TemporaryError("throttled"), AwsRefusedError("not allowed"), RuntimeError("a defect")], ids=repr
)
def test_a_failing_table_sends_the_message_back(queue: Queue, shifting: Shop, error: Exception) -> None:
    """When the watch cannot be read the message is not lost: the error is raised and the message comes again."""
    shifting.table.fail("find", error, times=1)
    with pytest.raises(type(error)):
        queue.deliver()
    assert queue.deliver() is not None


def test_a_message_after_the_end_does_nothing(queue: Queue, shifting: Shop) -> None:
    """A message that arrives after the watch was closed is taken off the queue without a turn."""
    shifting.codedeploy.end(shifting.release, "Succeeded")
    queue.deliver()
    written = len(shifting.records)
    assert queue.deliver() is None
    assert len(shifting.records) == written
