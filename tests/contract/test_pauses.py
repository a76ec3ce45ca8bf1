"""What every `Pauses` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import FakePauses

from guardian.aws.pauses import TablePauses
from guardian.model import Pause
from guardian.ports import Pauses
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAUSE = Pause(by="anna", why="load test", at=NOON, until=NOON + timedelta(minutes=30))


@pytest.fixture(scope="module")
def _table(aws: EmulatedAws) -> TablePauses:
    return TablePauses(aws.client("dynamodb"), install(aws).table)


@pytest.fixture(params=["fake", "table"])
def pauses(request: pytest.FixtureRequest) -> Pauses:
    """The fake, or the table as the template makes it."""
    port: Pauses = FakePauses() if request.param == "fake" else request.getfixturevalue("_table")
    return port


def test_a_deployment_that_nobody_paused(pauses: Pauses, new_id: Callable[[], str]) -> None:
    """Without a wish there is no pause."""
    assert pauses.pause(new_id()) is None


def test_the_latest_pause_counts(pauses: Pauses, new_id: Callable[[], str]) -> None:
    """A second pause takes the place of the first, of one deployment and no other."""
    one, other = new_id(), new_id()
    pauses.set_pause(one, PAUSE)
    assert (pauses.pause(one), pauses.pause(other)) == (PAUSE, None)
    ended = PAUSE.model_copy(update={"until": NOON})
    pauses.set_pause(one, ended)
    assert pauses.pause(one) == ended
