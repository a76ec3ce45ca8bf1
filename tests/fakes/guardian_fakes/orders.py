"""Orders to roll back, in memory."""

from guardian.model import Order
from guardian_fakes.failing import Failing


class FakeOrders(Failing):
    """Implements `Orders`."""

    def __init__(self) -> None:
        super().__init__()
        self._orders: dict[str, Order] = {}
        self._spent: set[str] = set()

    def order(self, deployment_id: str) -> Order | None:
        self._called("order")
        return None if deployment_id in self._spent else self._orders.get(deployment_id)

    def set_order(self, deployment_id: str, order: Order) -> None:
        self._called("set_order")
        self._orders[deployment_id] = order
        self._spent.discard(deployment_id)

    def spend(self, deployment_id: str, order: Order) -> None:
        self._called("spend")
        if self._orders.get(deployment_id) == order:
            self._spent.add(deployment_id)
