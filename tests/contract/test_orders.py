"""What every `Orders` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import FakeOrders

from guardian.aws.orders import TableOrders
from guardian.errors import OrderUnreadableError
from guardian.model import Order
from guardian.wish_ports import Orders
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
ORDER = Order(by="anna", why="customers cannot pay", at=NOON)


@pytest.fixture(scope="module")
def table_name(aws: EmulatedAws) -> str:
    """The table as the template makes it."""
    return install(aws).table


@pytest.fixture(scope="module")
def _table(aws: EmulatedAws, table_name: str) -> TableOrders:
    return TableOrders(aws.client("dynamodb"), table_name)


@pytest.fixture(params=["fake", "table"])
def orders(request: pytest.FixtureRequest) -> Orders:
    """The fake, or the table as the template makes it."""
    port: Orders = FakeOrders() if request.param == "fake" else request.getfixturevalue("_table")
    return port


def test_a_deployment_of_which_nobody_ordered_the_rollback(orders: Orders, new_id: Callable[[], str]) -> None:
    """Without an order there is none."""
    assert orders.order(new_id()) is None


def test_the_latest_order_counts(orders: Orders, new_id: Callable[[], str]) -> None:
    """A second order takes the place of the first, of one deployment and no other."""
    one, other = new_id(), new_id()
    orders.set_order(one, ORDER)
    assert (orders.order(one), orders.order(other)) == (ORDER, None)
    again = ORDER.model_copy(update={"by": "ben"})
    orders.set_order(one, again)
    assert orders.order(one) == again


def test_a_spent_order_is_gone(orders: Orders, new_id: Callable[[], str]) -> None:
    """What was answered is not read again, however often it is spent."""
    one = new_id()
    orders.set_order(one, ORDER)
    orders.spend(one, ORDER)
    orders.spend(one, ORDER)
    assert orders.order(one) is None


def test_a_later_order_is_not_spent_with_the_first(orders: Orders, new_id: Callable[[], str]) -> None:
    """Whoever orders anew while a turn answers the first order is heard by the next turn."""
    one, later = new_id(), ORDER.model_copy(update={"at": NOON + timedelta(seconds=1)})
    orders.set_order(one, ORDER)
    orders.set_order(one, later)
    orders.spend(one, ORDER)
    assert orders.order(one) == later


def test_after_a_spent_order_a_new_one_counts(orders: Orders, new_id: Callable[[], str]) -> None:
    """A refusal does not bar the next order, not even one with the same words at the same time."""
    one = new_id()
    orders.set_order(one, ORDER)
    orders.spend(one, ORDER)
    orders.set_order(one, ORDER)
    assert orders.order(one) == ORDER


def test_spending_what_was_never_ordered_is_nothing(orders: Orders, new_id: Callable[[], str]) -> None:
    """Nothing is written, and an order that comes later counts."""
    one = new_id()
    orders.spend(one, ORDER)
    assert orders.order(one) is None
    orders.set_order(one, ORDER)
    assert orders.order(one) == ORDER


@pytest.mark.parametrize("body", ['{"by": "anna"}', "not JSON"])
def test_an_item_that_is_no_order(
    aws: EmulatedAws, table_name: str, new_id: Callable[[], str], body: str
) -> None:
    """What another version or a person wrote there is an error that names the item, not a crash of the turn."""
    one = new_id()
    key = {"pk": {"S": f"WATCH#{one}"}, "sk": {"S": "ORDER"}}
    aws.client("dynamodb").put_item(TableName=table_name, Item={**key, "body": {"S": body}})
    with pytest.raises(OrderUnreadableError, match=f"WATCH#{one} / ORDER"):
        TableOrders(aws.client("dynamodb"), table_name).order(one)
