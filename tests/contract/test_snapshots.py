"""What every `Snapshots` does: the fake and RDS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from guardian_fakes import FakeSnapshots, HandClock

from guardian.aws.snapshots import RdsSnapshots
from guardian.contract_ports import Snapshots
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.model import Snapshot
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws

WANTED = Snapshot(id="guardian-d-a1b2c3d4e-20261120120000", instance="shop-db")


@dataclass
class Stage:
    """An account with the database `shop-db`.

    Attributes:
        snapshots: What is tested.
        fail: Answer every call as AWS does then: `throttle` or `deny`.
    """

    snapshots: Snapshots
    fail: Callable[[str], None]


def _fake() -> Stage:
    snapshots = FakeSnapshots(HandClock())

    def fail(how: str) -> None:
        error = TemporaryError("Rate exceeded") if how == "throttle" else AwsRefusedError("is not allowed")
        for method in ("create", "find"):
            snapshots.fail(method, error)

    return Stage(snapshots, fail)


def _real(aws: EmulatedAws) -> Stage:
    rds = aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="shop-db", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="app", MasterUserPassword="long-enough-password",
    )  # fmt: skip

    def fail(how: str) -> None:
        if how == "throttle":
            aws.faults.throttle("rds", "*")
        else:
            aws.faults.fail("rds", "*", "AccessDenied", "not authorized")

    return Stage(RdsSnapshots(rds), fail)


@pytest.fixture(params=["fake", "rds"])
def stage(request: pytest.FixtureRequest, clock: SimulatedClock) -> Iterator[Stage]:  # noqa: ARG001 - time stands still
    """A database's snapshots, in memory or of an emulated RDS."""
    if request.param == "fake":
        yield _fake()
        return
    with EmulatedAws() as aws:
        yield _real(aws)


def test_a_snapshot_that_nobody_took_is_none(stage: Stage) -> None:
    """An id that RDS does not know is not a snapshot."""
    assert stage.snapshots.find(WANTED.id) is None


def test_a_snapshot_is_found_by_the_id_it_was_asked_for_by(stage: Stage) -> None:
    """G6: the id is the caller's; of which database it is, of when, and its state are AWS's."""
    stage.snapshots.create(WANTED)
    found = stage.snapshots.find(WANTED.id)
    assert found is not None
    assert (found.snapshot.id, found.snapshot.instance) == (WANTED.id, WANTED.instance)
    assert found.available
    assert found.snapshot.taken_at is not None


def test_asking_twice_is_asking_once(stage: Stage) -> None:
    """Whoever goes on after an interruption asks again by the same id, and that is success."""
    stage.snapshots.create(WANTED)
    stage.snapshots.create(WANTED)
    assert stage.snapshots.find(WANTED.id) is not None


@pytest.mark.parametrize(("how", "error"), [("throttle", TemporaryError), ("deny", AwsRefusedError)])
def test_what_cannot_be_read_is_an_error(stage: Stage, how: str, error: type[Exception]) -> None:
    """A call that fails is an error and never a snapshot that is missing or made."""
    stage.fail(how)
    with pytest.raises(error):
        stage.snapshots.find(WANTED.id)
    with pytest.raises(error):
        stage.snapshots.create(WANTED)
