"""What people wish about one deployment: that Guardian holds still, or that it rolls back."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from guardian.errors import AwsRefusedError, OrderUnreadableError, PauseUnreadableError, TemporaryError
from guardian.model import Order, Pause
from guardian.wish_ports import Orders, Pauses


class Kept(Protocol):
    """Where wishes are kept; `Ports` has both."""

    @property
    def pauses(self) -> Pauses: ...

    @property
    def orders(self) -> Orders: ...


@dataclass(frozen=True)
class Wishes:
    """The wishes that hold.

    Attributes:
        pause: Who holds Guardian back.
        order: Who ordered the rollback.
        notes: What could not be read, as sentences.
    """

    pause: Pause | None = None
    order: Order | None = None
    notes: tuple[str, ...] = ()


def heard(deployment_id: str, ports: Kept, now: datetime) -> Wishes:
    """Return the wishes that hold now; one that cannot be read is none.

    An unreadable pause must not blind a guardian by accident, and nothing is rolled back on what nobody can read.
    """
    pause, no_pause = _pause(deployment_id, ports)
    order, no_order = _order(deployment_id, ports)
    return Wishes(
        pause if pause and pause.holds(now) else None,
        order if order and order.holds(now) else None,
        (*no_pause, *no_order),
    )


def spend(deployment_id: str, order: Order, ports: Kept) -> None:
    """Mark an order as answered, so that no later turn answers it again.

    That it cannot be written now changes nothing in production: the fence in the ledger lets no change be made twice,
    and a refusal is said once more a minute later.
    """
    with suppress(TemporaryError, AwsRefusedError):
        ports.orders.spend(deployment_id, order)


def _pause(deployment_id: str, ports: Kept) -> tuple[Pause | None, tuple[str, ...]]:
    try:
        return ports.pauses.pause(deployment_id), ()
    except (TemporaryError, AwsRefusedError, PauseUnreadableError) as error:
        return None, (f"whether somebody paused Guardian cannot be read, so it acts: {error}",)


def _order(deployment_id: str, ports: Kept) -> tuple[Order | None, tuple[str, ...]]:
    try:
        return ports.orders.order(deployment_id), ()
    except (TemporaryError, AwsRefusedError, OrderUnreadableError) as error:
        return None, (f"whether somebody ordered a rollback cannot be read, so nobody did: {error}",)
