"""What every `Board` does: the fake and what the adapter reads of the DynamoDB table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, FakeTable

from guardian.aws.board import TableBoard
from guardian.aws.table import Table
from guardian.decide import Decision, DecisionKind
from guardian.errors import RecordUnreadableError
from guardian.listed import Listed
from guardian.model import Finding, Pair, Verdict
from guardian.policy import Policy
from guardian.record import DecisionRecord, write_record
from guardian.triggers import OpenWatch, Trigger, TriggerKind
from guardian.watch import Watch, WeightChange
from guardian.widget_ports import Board
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Both:
    """Who writes, and who reads what was written."""

    table: FakeTable | Table
    board: Board


@pytest.fixture(scope="module")
def _both(aws: EmulatedAws) -> Both:
    name = install(aws).table
    return Both(Table(aws.client("dynamodb"), name), TableBoard(aws.client("dynamodb"), name))


@pytest.fixture(params=["fake", "table"])
def both(request: pytest.FixtureRequest) -> Both:
    """The fake, or the table as the template makes it."""
    if request.param == "table":
        real: Both = request.getfixturevalue("_both")
        return real
    fake = FakeTable()
    return Both(fake, fake)


def watch(deployment_id: str, minutes: int = 0) -> Watch:
    return Watch(deployment_id=deployment_id, service=CHECKOUT, opened_at=NOON + timedelta(minutes=minutes))


def record(deployment_id: str, version: int, kind: DecisionKind = DecisionKind.WAIT) -> DecisionRecord:
    """Return the record of a watch's turn."""
    verdict = Verdict(finding=Finding.NO_DATA, sentence=f"turn {version}")
    return write_record(
        watch(deployment_id).model_copy(update={"version": version}), Trigger(kind=TriggerKind.TICK),
        NOON + timedelta(minutes=version), Policy(), verdict, Decision(kind=kind, why="a test"), deployment=None,
    )  # fmt: skip


def listed(both: Both) -> list[OpenWatch]:
    return list(both.board.closed(1000))


def test_a_watch_is_among_the_closed_ones_from_its_end_on(both: Both, new_id: Callable[[], str]) -> None:
    """A watch moves from the list of open ones to that of closed ones with the save that closes it."""
    opened = both.table.save(watch(new_id()))
    entry = OpenWatch(deployment_id=opened.deployment_id, service=CHECKOUT)
    assert entry in both.board.open()
    assert entry not in listed(both)
    both.table.save(opened.model_copy(update={"closed": "Succeeded"}))
    assert entry not in both.board.open()
    assert listed(both).count(entry) == 1


def test_a_watch_closed_from_the_start_is_listed_too(both: Both, new_id: Callable[[], str]) -> None:
    """The watch of a rollback, closed when it is first saved, is among the closed ones."""
    saved = both.table.save(watch(new_id()).model_copy(update={"closed": "a rollback"}))
    assert saved.deployment_id in [one.deployment_id for one in listed(both)]


def test_a_watch_that_is_saved_again_after_its_end_is_listed_once(
    both: Both, new_id: Callable[[], str]
) -> None:
    """A later turn over a closed watch adds no second entry."""
    closed = both.table.save(watch(new_id()).model_copy(update={"closed": "Succeeded"}))
    both.table.save(closed)
    assert [one.deployment_id for one in listed(both)].count(closed.deployment_id) == 1


def test_the_closed_ones_come_newest_first_and_end(both: Both, new_id: Callable[[], str]) -> None:
    """The watch that was opened last comes first, whichever was closed first; no more than asked for are given."""
    ids = [new_id() for _ in range(3)]
    for deployment_id, minutes in ((ids[0], 9002), (ids[1], 9003), (ids[2], 9001)):
        both.table.save(watch(deployment_id, minutes).model_copy(update={"closed": "Succeeded"}))
    assert [one.deployment_id for one in both.board.closed(2)] == [ids[1], ids[0]]


def test_a_glance_shows_roles_and_weight(both: Both, new_id: Callable[[], str]) -> None:
    """Of a watch its service, its target groups by role and green's last weight are told; of an unknown one nothing."""
    changes = {
        "pair": Pair(blue=BLUE, green=GREEN),
        "weights": (WeightChange(at=NOON, weight=0.1), WeightChange(at=NOON, weight=0.3)),
    }
    saved = both.table.save(watch(new_id()).model_copy(update=changes))
    glance = both.board.glance(saved.deployment_id)
    assert glance is not None
    assert (glance.service, glance.pair, glance.weight) == (CHECKOUT, saved.pair, 0.3)
    assert both.board.glance(new_id()) is None


def test_the_latest_decisions_come_newest_first_and_end(both: Both, new_id: Callable[[], str]) -> None:
    """A deployment's last turns are told, newest first, as their records say it, and no more than asked for."""
    deployment_id = new_id()
    records = [record(deployment_id, turn, DecisionKind.NOTIFY) for turn in range(8, 13)]
    for one in records:
        both.table.write(one)
    latest = both.board.latest(deployment_id, 3)
    assert latest == [Listed.read(one.to_json(), "") for one in records[:-4:-1]]
    assert [(one.at, one.sentence, one.decision) for one in latest] == [
        (one.at, one.sentence, one.decision) for one in records[:-4:-1]
    ]
    assert both.board.latest(new_id(), 3) == []


def test_what_cannot_be_shown_is_named(_both: Both, aws: EmulatedAws, new_id: Callable[[], str]) -> None:  # noqa: PT019 - its value is used
    """An item that this version cannot read fails with a sentence that says which one it is."""
    deployment_id = new_id()
    (name,) = aws.client("dynamodb").list_tables()["TableNames"]
    for kind in ("WATCH", "TURN#x"):
        item = {"pk": {"S": f"WATCH#{deployment_id}"}, "sk": {"S": kind}, "body": {"S": "{}"}}
        aws.client("dynamodb").put_item(TableName=name, Item=item)
    with pytest.raises(RecordUnreadableError, match="TURN#x"):
        _both.board.latest(deployment_id, 3)
    with pytest.raises(RecordUnreadableError, match=deployment_id):
        _both.board.glance(deployment_id)
