"""What every `Contracts` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import CHECKOUT, FakeContracts

from guardian.aws.contracts import TableContracts
from guardian.errors import ContractUnreadableError
from guardian.model import Contract, Service, Snapshot
from guardian.ports import Contracts
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


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
