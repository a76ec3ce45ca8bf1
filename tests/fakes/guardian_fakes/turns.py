"""The queue of turn requests, in memory."""

from datetime import datetime, timedelta

from guardian.ports import Clock
from guardian.triggers import TurnRequest
from guardian_fakes.failing import Failing

REMEMBERED = timedelta(minutes=5)
"""How long the queue knows an equal message (SQS, "Exactly-once processing")."""


class FakeTurns(Failing):
    """Implements `Turns`.

    Attributes:
        waiting: Group and request of every message that the queue took, oldest first.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._known: dict[tuple[str, str], datetime] = {}
        self.waiting: list[tuple[str, TurnRequest]] = []

    def ask(self, request: TurnRequest, once: str) -> None:
        self._called("ask")
        key, now = (request.deployment_id, once), self._clock.now()
        if key in self._known and now - self._known[key] < REMEMBERED:
            return
        self._known[key] = now
        self.waiting.append((str(request.service), request))
