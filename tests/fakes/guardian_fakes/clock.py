"""A clock that a test moves."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 12, 0, 23, tzinfo=UTC)
"""When tests begin: not on a whole minute, as no schedule fires on one."""


class HandClock:
    """Implements `Clock`; time passes only in `wait`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def wait(self, **span: float) -> None:
        """Let time pass, given as for `timedelta`."""
        self._now += timedelta(**span)
