"""What every `Watches` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import CHECKOUT, FakeTable

from guardian import judge
from guardian.aws.table import Table
from guardian.errors import ConcurrentTurnError
from guardian.model import Colour, EarlierDays, History, Minute
from guardian.policy import Policy
from guardian.ports import Watches
from guardian.triggers import OpenWatch
from guardian.watch import Watch, WeightChange
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, 7, 250_000, tzinfo=UTC)
ROWS = tuple(
    Minute(minute=n, seen_at=n + 2, weight=0.5, blue=Colour(requests=100.5, latency_p50=0.08), green=Colour(requests=0))
    for n in range(3)
)  # fmt: skip


@pytest.fixture(scope="module")
def _table(aws: EmulatedAws) -> Table:
    return Table(aws.client("dynamodb"), install(aws).table)


@pytest.fixture(params=["fake", "table"])
def watches(request: pytest.FixtureRequest) -> Watches:
    """The fake, or the table as the template makes it."""
    port: Watches = FakeTable() if request.param == "fake" else request.getfixturevalue("_table")
    return port


@pytest.fixture
def fresh(new_id: Callable[[], str]) -> Watch:
    """A watch that has not been saved yet."""
    return Watch(deployment_id=new_id(), service=CHECKOUT, opened_at=NOON)


def is_open(watches: Watches, watch: Watch) -> bool:
    return OpenWatch(deployment_id=watch.deployment_id, service=watch.service) in watches.open()


def test_an_unknown_watch_is_none(watches: Watches, fresh: Watch) -> None:
    """A deployment that nobody watches has neither watch nor history."""
    assert watches.find(fresh.deployment_id) is None
    assert watches.history(fresh.deployment_id) is None


def test_each_save_counts_up(watches: Watches, fresh: Watch) -> None:
    """A saved watch comes back with the next version, and is found as it was returned."""
    first = watches.save(fresh)
    second = watches.save(first.model_copy(update={"green_requests": 12.5}))
    assert (first.version, second.version) == (1, 2)
    assert watches.find(fresh.deployment_id) == second


def test_everything_is_kept(watches: Watches, fresh: Watch) -> None:
    """The judge's state, the weights and every other field come back as they were saved."""
    state = judge.begin([row.moved(10) for row in ROWS])
    for row in ROWS:
        state = judge.step(state, row, Policy())
    weights = (WeightChange(at=NOON, weight=0.1), WeightChange(at=NOON, weight=0.2))
    changes = {
        "origin": NOON, "judged_to": 2, "judge": state, "weights": weights, "green_requests": 0.1 + 0.2,
        "per_task_cpu": False, "undoes": "d-OTHER0000",
    }  # fmt: skip
    saved = watches.save(fresh.model_copy(update=changes))
    assert watches.find(fresh.deployment_id) == saved


def test_a_stale_watch_is_not_saved(watches: Watches, fresh: Watch) -> None:
    """A watch that somebody has written since it was read is refused, and what they wrote stays."""
    read = watches.save(fresh)
    theirs = watches.save(read.model_copy(update={"judged_to": 1}))
    with pytest.raises(ConcurrentTurnError, match=fresh.deployment_id):
        watches.save(read.model_copy(update={"judged_to": 9}))
    assert watches.find(fresh.deployment_id) == theirs


def test_a_watch_is_opened_once(watches: Watches, fresh: Watch) -> None:
    """Of two turns that see a deployment for the first time, one opens the watch and the other is refused."""
    opened = watches.save(fresh)
    with pytest.raises(ConcurrentTurnError):
        watches.save(fresh)
    assert watches.find(fresh.deployment_id) == opened


def test_an_open_watch_is_listed_until_it_is_closed(watches: Watches, fresh: Watch) -> None:
    """A watch is among the open ones with its service from the first save to the one that closes it."""
    assert not is_open(watches, fresh)
    opened = watches.save(watches.save(fresh))
    assert is_open(watches, fresh)
    closed = watches.save(opened.model_copy(update={"closed": "Succeeded"}))
    assert not is_open(watches, fresh)
    assert watches.find(fresh.deployment_id) == closed


def test_a_watch_closed_from_the_start_is_never_listed(watches: Watches, fresh: Watch) -> None:
    """The watch of a rollback, closed when it is first saved, is not among the open ones."""
    watches.save(fresh.model_copy(update={"closed": "a rollback deployment is never guarded"}))
    assert not is_open(watches, fresh)


def test_a_stale_turn_cannot_close_a_watch(watches: Watches, fresh: Watch) -> None:
    """A turn that lost leaves the watch open when it wanted to close it."""
    read = watches.save(fresh)
    watches.save(read)
    with pytest.raises(ConcurrentTurnError):
        watches.save(read.model_copy(update={"closed": "Succeeded"}))
    assert is_open(watches, fresh)


def test_a_history_is_kept_and_replaced(watches: Watches, fresh: Watch) -> None:
    """Blue's history comes back as it was saved, and a newer one takes its place."""
    first = History(epoch=NOON, rows=tuple(row.moved(60) for row in ROWS), problem="unreliable baseline")
    watches.save_history(fresh.deployment_id, first)
    assert watches.history(fresh.deployment_id) == first
    second = History(epoch=NOON.replace(minute=10))
    watches.save_history(fresh.deployment_id, second)
    assert watches.history(fresh.deployment_id) == second


def test_a_history_opens_no_watch(watches: Watches, fresh: Watch) -> None:
    """A history that is saved before its watch leaves the deployment unwatched."""
    watches.save_history(fresh.deployment_id, History(epoch=NOON))
    assert watches.find(fresh.deployment_id) is None
    assert not is_open(watches, fresh)


def test_the_same_hours_of_earlier_days_are_kept_once(watches: Watches, fresh: Watch) -> None:
    """What the first turn of a clock hour kept is what every later one gets, beside blue's history."""
    hour = fresh.opened_at.replace(minute=0, second=0, microsecond=0)
    row = Minute(minute=-1440, seen_at=-1400, weight=0.0, blue=Colour(requests=600.0))
    first, second = EarlierDays(epoch=hour, rows=(row,)), EarlierDays(epoch=hour)
    assert watches.season(fresh.deployment_id, hour) is None
    assert watches.save_season(fresh.deployment_id, hour, first) == first
    assert watches.save_season(fresh.deployment_id, hour, second) == first
    assert watches.season(fresh.deployment_id, hour) == first
    assert watches.season(fresh.deployment_id, hour + timedelta(hours=1)) is None
    assert watches.history(fresh.deployment_id) is None


def test_a_closed_watch_stays_open_for_turns_until_its_end_is_told(watches: Watches, fresh: Watch) -> None:
    """Ticks go on asking for turns over a closed watch that owes people its end, and stop once it was told."""
    owing = watches.save(watches.save(fresh).closing("the bake time is over", NOON))
    assert is_open(watches, owing)
    found = watches.find(owing.deployment_id)
    assert found is not None
    told = watches.save(found.model_copy(update={"owed_since": None}))
    assert not is_open(watches, told)
    assert told.closed == "the bake time is over"
