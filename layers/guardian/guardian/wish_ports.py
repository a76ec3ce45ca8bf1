"""Where people's wishes about one deployment are kept; see `ports.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # As in `ports.py`: a port is a type and nothing more.
    from guardian.model import Order, Pause


class Pauses(Protocol):
    """Keeps the pauses that people ask for."""

    def pause(self, deployment_id: str) -> Pause | None:
        """Return the latest pause, whether or not it still holds; PauseUnreadableError when what is stored is none."""
        ...

    def set_pause(self, deployment_id: str, pause: Pause) -> None:
        """Write a pause over the one before."""
        ...


class Orders(Protocol):
    """Keeps people's orders to roll back."""

    def order(self, deployment_id: str) -> Order | None:
        """Return the latest order, whether or not it still holds, unless it is spent.

        Raises:
            OrderUnreadableError: What is stored is none.
        """
        ...

    def set_order(self, deployment_id: str, order: Order) -> None:
        """Write an order over the one before."""
        ...

    def spend(self, deployment_id: str, order: Order) -> None:
        """Mark an order as answered; a later one that has taken its place stands."""
        ...
