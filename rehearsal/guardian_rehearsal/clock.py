"""The machine's clock, moved by hand: emulator, product and logs all read the same simulated time."""

from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import time_machine


class SimulatedClock:
    """Stops this machine's clock and moves it only when told, as a context manager.

    Nothing in Guardian or in moto knows: both ask the machine for the time, and the machine gives them this one.
    """

    def __init__(self, start: datetime) -> None:
        self._journey = time_machine.travel(start, tick=False)
        self._traveller: time_machine.Traveller | None = None

    def __enter__(self) -> Self:
        self._traveller = self._journey.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journey.stop()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def move_to(self, moment: datetime) -> None:
        """Move forward to `moment`; a moment that has passed leaves the clock where it is."""
        if self._traveller is None:
            raise RuntimeError("Enter the clock's context first")
        if moment > self.now():
            self._traveller.move_to(moment, tick=False)
