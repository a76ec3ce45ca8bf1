"""What every `Turns` does: the fake and the FIFO queue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import CHECKOUT, FakeTurns, HandClock

from guardian.aws.queue import FifoTurns
from guardian.model import Service
from guardian.ports import Turns
from guardian.triggers import Trigger, TriggerKind, TurnRequest, parse_turn_request
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import Installation, install

ODD = Service(application="Käse & Brot", deployment_group="x" * 100)
"""A name that CodeDeploy takes and that no message group can have."""


@dataclass
class Queue:
    """A queue, what waits in it, and how a test lets time pass."""

    turns: Turns
    waiting: Callable[[], list[tuple[str, TurnRequest]]]
    wait: Callable[[timedelta], None]


def _fake() -> Queue:
    clock = HandClock()
    fake = FakeTurns(clock)

    def waiting() -> list[tuple[str, TurnRequest]]:
        taken, fake.waiting = fake.waiting, []
        return taken

    return Queue(fake, waiting, lambda span: clock.wait(seconds=span.total_seconds()))


@pytest.fixture(scope="module")
def _installed(aws: EmulatedAws) -> Installation:
    return install(aws)


@pytest.fixture
def _fifo(aws: EmulatedAws, clock: SimulatedClock, _installed: Installation) -> Queue:
    sqs, url = aws.client("sqs"), _installed.queue_url
    clock.move_to(clock.now() + timedelta(minutes=10))  # nothing that an earlier test sent is remembered

    def waiting() -> list[tuple[str, TurnRequest]]:
        taken = []
        while found := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
            taken.append((found[0]["Attributes"]["MessageGroupId"], parse_turn_request(found[0]["Body"])))
        return taken

    return Queue(FifoTurns(sqs, url), waiting, lambda span: clock.move_to(clock.now() + span))


@pytest.fixture(params=["fake", "fifo"])
def queue(request: pytest.FixtureRequest) -> Queue:
    """The fake, or the queue as the template makes it."""
    made: Queue = _fake() if request.param == "fake" else request.getfixturevalue("_fifo")
    return made


def request_for(deployment_id: str, service: Service = CHECKOUT, detail: str = "") -> TurnRequest:
    at = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)
    trigger = Trigger(kind=TriggerKind.EVENT, detail=detail, at=at)
    return TurnRequest(deployment_id=deployment_id, service=service, trigger=trigger)


def test_a_request_arrives_as_it_was_sent(queue: Queue) -> None:
    """A request is handed out as it was asked, trigger and time included."""
    request = request_for("d-AAA000001", detail="START — läuft")
    queue.turns.ask(request, once="event 1")
    assert [got for _, got in queue.waiting()] == [request]


def test_the_same_request_counts_once(queue: Queue) -> None:
    """Requests for one deployment with the same `once` are one."""
    for _ in range(3):
        queue.turns.ask(request_for("d-AAA000001"), once="tick 12:00")
    assert len(queue.waiting()) == 1


def test_another_reason_or_deployment_is_another_request(queue: Queue) -> None:
    """A request with another `once`, or for another deployment, is not the same."""
    queue.turns.ask(request_for("d-AAA000001"), once="tick 12:00")
    queue.turns.ask(request_for("d-AAA000001"), once="tick 12:01")
    queue.turns.ask(request_for("d-AAA000002"), once="tick 12:00")
    assert len(queue.waiting()) == 3


def test_a_request_is_forgotten_after_five_minutes(queue: Queue) -> None:
    """After five minutes the same request counts again."""
    queue.turns.ask(request_for("d-AAA000001"), once="alarm")
    queue.wait(timedelta(minutes=4, seconds=50))
    queue.turns.ask(request_for("d-AAA000001"), once="alarm")
    queue.wait(timedelta(seconds=11))
    queue.turns.ask(request_for("d-AAA000001"), once="alarm")
    assert len(queue.waiting()) == 2


def test_requests_are_grouped_by_service(queue: Queue) -> None:
    """Requests for deployments of one service share a group, those of another service have another."""
    queue.turns.ask(request_for("d-AAA000001"), once="1")
    queue.turns.ask(request_for("d-AAA000002"), once="1")
    queue.turns.ask(request_for("d-BBB000001", ODD), once="1")
    groups = {got.deployment_id: group for group, got in queue.waiting()}
    assert groups["d-AAA000001"] == groups["d-AAA000002"] != groups["d-BBB000001"]


def test_requests_of_a_service_keep_their_order(queue: Queue) -> None:
    """Requests of one service are handed out in the order in which they were asked."""
    for number in range(5):
        queue.turns.ask(request_for("d-AAA000001", detail=str(number)), once=str(number))
    assert [got.trigger.detail for _, got in queue.waiting()] == list("01234")
