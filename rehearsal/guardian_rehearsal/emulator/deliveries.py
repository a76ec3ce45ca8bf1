"""What the emulated AWS sends out by itself: invocations and events, waiting for somebody to carry them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class LambdaInvocation:
    """An asynchronous invocation that a service makes, for example CodeDeploy calling a lifecycle hook.

    Attributes:
        at: When the service made it (UTC).
        function_arn: The function, by the ARN or the name that the user configured.
        payload: The event, as documented by the service.
    """

    at: datetime
    function_arn: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class BusEvent:
    """An event that a service puts on the account's default EventBridge bus.

    Attributes:
        at: When the service put it (UTC).
        event: The whole envelope (`source`, `detail-type`, `detail`, …).
    """

    at: datetime
    event: dict[str, Any]


Delivery = LambdaInvocation | BusEvent


class Outbox:
    """Deliveries in the order in which the services made them."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()

    def put(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)

    def take_all(self) -> Iterator[Delivery]:
        """Yield and remove deliveries, those included that are put while the loop runs."""
        while self._waiting:
            yield self._waiting.popleft()

    def clear(self) -> None:
        self._waiting.clear()


outbox = Outbox()
"""The one outbox of this process: moto's backends are per process too."""
