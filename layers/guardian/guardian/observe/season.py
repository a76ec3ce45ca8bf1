"""The same hours of earlier days: which windows to ask for, and the service as a whole out of both target groups."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from guardian.model import Colour, Minute
from guardian.observe.minutes import Window, assemble
from guardian.observe.queries import Series
from guardian.policy import WindowPolicy

DAYS = 7
"""Earlier days that are asked for; CloudWatch keeps values of a minute for 15 (user guide, "Metrics retention")."""
MARGIN = timedelta(minutes=30)
"""Time on both sides of the clock hour that is read too, so that its edges have neighbours."""
ALMOST_ALL = 0.95
"""Share of a minute's requests from which on one target group stood for the service; less, and a shift was going on."""


def windows(hour: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return (start, end) of the same clock hour of each earlier day with its margins, oldest first. Pure."""
    ends = (hour + timedelta(hours=1) + MARGIN - timedelta(days=back) for back in range(DAYS, 0, -1))
    return tuple((end - timedelta(hours=1) - 2 * MARGIN, end) for end in ends)


def earlier(
    series: Sequence[Series], start: datetime, end: datetime, origin: datetime, rules: WindowPolicy
) -> tuple[Minute, ...]:
    """Return the minutes of one window in which one group served the service, as blue's, counted from `origin`. Pure.

    Minutes from `origin` on are green's own and left out: nothing may be its own reference.
    """
    length = round((end - start).total_seconds() / 60)
    settled = end + timedelta(seconds=rules.settle_seconds + 60, minutes=rules.patience_minutes)
    by = round((origin - end).total_seconds() / 60)
    rows = assemble(series, Window(end, -length, settled), rules, lambda _: 0.0).final
    whole = (_whole(row) for row in rows if row.minute < min(by, 0))
    return tuple(row.moved(by) for row in whole if row is not None)


def days_of(rows: Sequence[Minute], origin: datetime, hour: datetime) -> int:
    """Return how many earlier days rows counted from `origin` are of, for the windows of `hour`. Pure."""
    begin = hour - MARGIN
    return len({(origin + timedelta(minutes=row.minute) - begin) // timedelta(days=1) for row in rows})


def _whole(row: Minute) -> Minute | None:
    """Return the row with the group that had almost all requests as blue; None when none had, or it is not known."""
    sides = [side for side in (row.blue, row.green) if side is not None]
    if any(side.requests is None for side in sides):
        return None
    total = sum(_sent(side) for side in sides)
    served = max(sides, key=_sent, default=None)
    if served is None or not total or _sent(served) < ALMOST_ALL * total:
        return None
    return row.model_copy(update={"blue": served, "green": None})


def _sent(side: Colour) -> float:
    return side.requests or 0.0
