"""What every `Pauses` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import FakePauses

from guardian.aws.pauses import TablePauses
from guardian.errors import PauseUnreadableError
from guardian.model import Pause
from guardian.wish_ports import Pauses
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAUSE = Pause(by="anna", why="load test", at=NOON, until=NOON + timedelta(minutes=30))


@pytest.fixture(scope="module")
def table_name(aws: EmulatedAws) -> str:
    """The table as the template makes it."""
    return install(aws).table


@pytest.fixture(scope="module")
def _table(aws: EmulatedAws, table_name: str) -> TablePauses:
    return TablePauses(aws.client("dynamodb"), table_name)


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


def test_a_close_is_kept(pauses: Pauses, new_id: Callable[[], str]) -> None:
    """A wish to close the watch comes back as one, and holds without end."""
    one = new_id()
    pauses.set_pause(one, PAUSE.model_copy(update={"closes": True}))
    kept = pauses.pause(one)
    assert kept is not None
    assert kept.holds(PAUSE.until + timedelta(days=1))


@pytest.mark.parametrize("body", ['{"by": "anna"}', "not JSON"])
def test_an_item_that_is_no_pause(
    aws: EmulatedAws, table_name: str, new_id: Callable[[], str], body: str
) -> None:
    """What another version or a person wrote there is an error that names the item, not a crash of the turn."""
    one = new_id()
    key = {"pk": {"S": f"WATCH#{one}"}, "sk": {"S": "PAUSE"}}
    aws.client("dynamodb").put_item(TableName=table_name, Item={**key, "body": {"S": body}})
    with pytest.raises(PauseUnreadableError, match=f"WATCH#{one} / PAUSE"):
        TablePauses(aws.client("dynamodb"), table_name).pause(one)
