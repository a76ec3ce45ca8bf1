"""What every `Contracts` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from guardian_fakes import CHECKOUT, FakeContracts
from hypothesis import given, settings
from hypothesis import strategies as st

from guardian.aws.contracts import TableContracts
from guardian.errors import ContractUnreadableError
from guardian.model import Contract, Service, Snapshot
from guardian.ports import Contracts
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LAW = settings(derandomize=True, deadline=None, database=None, max_examples=60)
NUMBERS = count(1)


@pytest.fixture(scope="module")
def _table(aws: EmulatedAws) -> TableContracts:
    return TableContracts(aws.client("dynamodb"), install(aws).table)


@pytest.fixture(params=["fake", "table"])
def contracts(request: pytest.FixtureRequest) -> Contracts:
    """The fake, or the table as the template makes it."""
    port: Contracts = FakeContracts() if request.param == "fake" else request.getfixturevalue("_table")
    return port


@pytest.fixture
def mark(new_id: Callable[[], str]) -> Contract:
    """A mark that nobody has written yet."""
    snapshot = Snapshot(id="pre-contract-1", instance="shop-db", taken_at=NOON - timedelta(minutes=9))
    return Contract(
        service=CHECKOUT,
        deployment_id=new_id(),
        at=NOON,
        by="pipeline",
        why="drop address",
        snapshot=snapshot,
    )


def test_an_unmarked_deployment_has_no_mark(contracts: Contracts, mark: Contract) -> None:
    """Until somebody marks it, a deployment is not contracted."""
    assert contracts.contract(CHECKOUT, mark.deployment_id) is None


def test_a_mark_comes_back_as_it_was_written(contracts: Contracts, mark: Contract) -> None:
    """The whole mark is kept, the snapshot included."""
    assert contracts.mark_contract(mark) == mark
    assert contracts.contract(CHECKOUT, mark.deployment_id) == mark


def test_a_mark_is_written_once(contracts: Contracts, mark: Contract) -> None:
    """Trap 24: a second mark changes nothing; whoever writes it learns of the one that stands."""
    contracts.mark_contract(mark)
    later = mark.model_copy(update={"at": NOON + timedelta(hours=1), "by": "somebody else"})
    assert contracts.mark_contract(later) == mark
    assert contracts.contract(CHECKOUT, mark.deployment_id) == mark


def test_a_mark_is_of_one_service_and_one_deployment(contracts: Contracts, mark: Contract) -> None:
    """Neither another service nor the next deployment is contracted by it."""
    contracts.mark_contract(mark)
    other = Service(application="other", deployment_group="group")
    assert contracts.contract(other, mark.deployment_id) is None
    assert contracts.contract(CHECKOUT, "d-NEXT00000") is None


def test_a_mark_that_no_one_can_read_is_named(
    aws: EmulatedAws, request: pytest.FixtureRequest, new_id: Callable[[], str]
) -> None:
    """Trap 24: a broken item is an error that a turn takes for contracted, not a missing mark."""
    contracts: Contracts = request.getfixturevalue("_table")
    dynamodb, deployment_id = aws.client("dynamodb"), new_id()
    (table,) = dynamodb.list_tables()["TableNames"]
    item = {"pk": {"S": f"SERVICE#{CHECKOUT}"}, "sk": {"S": f"CONTRACT#{deployment_id}"}, "body": {"S": "{}"}}
    dynamodb.put_item(TableName=table, Item=item)
    with pytest.raises(ContractUnreadableError, match="cannot be read"):
        contracts.contract(CHECKOUT, deployment_id)


class Interleaved:
    """A client of DynamoDB before each of whose calls somebody else may do what they wanted to do.

    Attributes:
        waiting: What others want to do, next one first.
        schedule: Whether one of them is let in before the next call; nobody is when it has ended.
    """

    def __init__(self, dynamodb: Any, schedule: list[bool]) -> None:
        self._dynamodb = dynamodb
        self.waiting: list[Callable[[], None]] = []
        self.schedule = schedule

    def get_item(self, **keys: Any) -> Any:
        self._let_others_in()
        return self._dynamodb.get_item(**keys)

    def put_item(self, **keys: Any) -> Any:
        self._let_others_in()
        return self._dynamodb.put_item(**keys)

    def _let_others_in(self) -> None:
        if self.waiting and self.schedule and self.schedule.pop(0):
            self.waiting.pop(0)()


def interleaved(dynamodb: Any, table: str, people: list[bool], schedule: list[bool]) -> list[Contract | None]:
    """Let people write (True) or read marks of one deployment; return what they learned, in the order they did."""
    client, release, learned = Interleaved(dynamodb, schedule), f"d-LAW{next(NUMBERS):05d}", []
    contracts = TableContracts(client, table)  # type: ignore[arg-type]

    def act(person: int, *, writes: bool) -> None:
        own = Contract(service=CHECKOUT, deployment_id=release, at=NOON, by=f"person {person}")
        learned.append(contracts.mark_contract(own) if writes else contracts.contract(CHECKOUT, release))

    for person, writes in enumerate(people):
        client.waiting.append(lambda person=person, writes=writes: act(person, writes=writes))  # type: ignore[misc]
    while client.waiting:
        client.waiting.pop(0)()
    return learned


def test_a_mark_is_monotonic_however_its_writers_interleave(
    aws: EmulatedAws, request: pytest.FixtureRequest
) -> None:
    """Trap 24: whoever has seen a mark, or set one, and everybody after them sees that one; no order undoes it."""
    request.getfixturevalue("_table")
    dynamodb = aws.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]

    @LAW
    @given(st.lists(st.booleans(), min_size=1, max_size=6), st.lists(st.booleans(), max_size=12))
    def holds(people: list[bool], schedule: list[bool]) -> None:
        learned = interleaved(dynamodb, table, people, schedule)
        assert len(learned) == len(people)
        marks = [one for one in learned if one is not None]
        assert len({mark.by for mark in marks}) <= 1
        assert bool(marks) >= any(people)
        first = next((place for place, one in enumerate(learned) if one is not None), len(learned))
        assert None not in learned[first:]

    holds()
