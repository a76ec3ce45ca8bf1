"""What every `ContractNotes` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import CHECKOUT, FakeContractNotes

from guardian.aws.contract_notes import TableContractNotes
from guardian.contract_ports import ContractNotes
from guardian.errors import ContractUnreadableError, TemporaryError
from guardian.model import JobTick, Service, Snapshot
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WEEKLY = JobTick(job="weekly-report", at=NOON, by="ana", note="complete, as last week")
FIRST, SECOND, THIRD = (Snapshot(id=f"guardian-{number}", instance="shop-db") for number in (1, 2, 3))


@pytest.fixture(scope="module")
def table(aws: EmulatedAws) -> str:
    """Name of the table as the template makes it."""
    return install(aws).table


@pytest.fixture(params=["fake", "table"])
def notes(request: pytest.FixtureRequest) -> ContractNotes:
    """The fake, or the table."""
    if request.param == "fake":
        return FakeContractNotes()
    aws: EmulatedAws = request.getfixturevalue("aws")
    return TableContractNotes(aws.client("dynamodb"), request.getfixturevalue("table"))


def test_at_first_nothing_is_noted(notes: ContractNotes, new_id: Callable[[], str]) -> None:
    """A deployment begins without ticks and without a snapshot."""
    assert list(notes.ticks(CHECKOUT, new_id())) == []
    assert notes.snapshot(CHECKOUT, new_id()) is None


def test_a_tick_comes_back_as_it_was_given(notes: ContractNotes, new_id: Callable[[], str]) -> None:
    """Who, when and what they saw are kept, each job by its name."""
    release, nightly = new_id(), JobTick(job="nightly-batch", at=NOON, by="cron")
    notes.tick(CHECKOUT, release, WEEKLY)
    notes.tick(CHECKOUT, release, nightly)
    assert list(notes.ticks(CHECKOUT, release)) == [nightly, WEEKLY]


def test_the_latest_tick_of_a_job_holds(notes: ContractNotes, new_id: Callable[[], str]) -> None:
    """A job that ran again is ticked again, since the first tick may have come too early."""
    release, again = new_id(), WEEKLY.model_copy(update={"at": NOON + timedelta(hours=9), "by": "bo"})
    notes.tick(CHECKOUT, release, WEEKLY)
    notes.tick(CHECKOUT, release, again)
    assert list(notes.ticks(CHECKOUT, release)) == [again]


def test_a_tick_is_of_one_service_and_one_deployment(notes: ContractNotes, new_id: Callable[[], str]) -> None:
    """Another service, the next deployment, and one whose id begins alike have none of it."""
    release = new_id()
    notes.tick(CHECKOUT, release, WEEKLY)
    other = Service(application="other", deployment_group="group")
    assert list(notes.ticks(other, release)) == []
    assert list(notes.ticks(CHECKOUT, release[:-1])) == []
    assert list(notes.ticks(CHECKOUT, new_id())) == []


def test_one_snapshot_is_noted(notes: ContractNotes, new_id: Callable[[], str]) -> None:
    """G6: whoever comes second learns the id that stands, and no second one is kept."""
    release = new_id()
    assert notes.note_snapshot(CHECKOUT, release, FIRST) == FIRST
    assert notes.note_snapshot(CHECKOUT, release, SECOND) == FIRST
    assert notes.snapshot(CHECKOUT, release) == FIRST


def test_a_snapshot_takes_the_place_of_the_one_that_it_names(
    notes: ContractNotes, new_id: Callable[[], str]
) -> None:
    """One that aged is replaced on purpose; of two that replace the same one only the first does."""
    release = new_id()
    notes.note_snapshot(CHECKOUT, release, FIRST)
    assert notes.note_snapshot(CHECKOUT, release, SECOND, instead_of=FIRST.id) == SECOND
    assert notes.note_snapshot(CHECKOUT, release, THIRD, instead_of=FIRST.id) == SECOND
    assert notes.snapshot(CHECKOUT, release) == SECOND


def test_a_note_that_no_one_can_read_is_named(
    aws: EmulatedAws, table: str, new_id: Callable[[], str]
) -> None:
    """A broken item is an error, not a job that nobody ticked off or a snapshot that nobody took."""
    dynamodb, release = aws.client("dynamodb"), new_id()
    notes = TableContractNotes(dynamodb, table)
    for what in (f"TICK#{release}#weekly-report", f"SNAPSHOT#{release}"):
        item = {"pk": {"S": f"SERVICE#{CHECKOUT}"}, "sk": {"S": what}, "body": {"S": "{}"}}
        dynamodb.put_item(TableName=table, Item=item)
    with pytest.raises(ContractUnreadableError, match=f"TICK#{release}#weekly-report in .* cannot be read"):
        notes.ticks(CHECKOUT, release)
    with pytest.raises(ContractUnreadableError, match=f"SNAPSHOT#{release} in .* cannot be read"):
        notes.snapshot(CHECKOUT, release)


def test_nothing_that_is_noted_expires(aws: EmulatedAws, table: str, new_id: Callable[[], str]) -> None:
    """Ticks and snapshots are the reasons of a mark that is kept for ever, so they are too."""
    dynamodb, release = aws.client("dynamodb"), new_id()
    notes = TableContractNotes(dynamodb, table)
    notes.tick(CHECKOUT, release, WEEKLY)
    notes.note_snapshot(CHECKOUT, release, FIRST)
    items = [one for one in dynamodb.scan(TableName=table)["Items"] if release in one["sk"]["S"]]
    assert len(items) == 2
    assert all("expires_at" not in one for one in items)


def test_a_throttled_table_is_temporary(aws: EmulatedAws, table: str) -> None:
    """A throttled read is temporary; it does not mean that nothing was noted."""
    notes = TableContractNotes(aws.client("dynamodb"), table)
    aws.faults.throttle("dynamodb", "*")
    try:
        with pytest.raises(TemporaryError):
            notes.ticks(CHECKOUT, "d-A1B2C3D4E")
        with pytest.raises(TemporaryError):
            notes.snapshot(CHECKOUT, "d-A1B2C3D4E")
    finally:
        aws.faults.clear()
