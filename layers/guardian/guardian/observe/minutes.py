"""From raw points to minutes: aligned, gaps named, what a later look reads again kept apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guardian.model import Colour, Minute, Role, Shared
from guardian.observe.queries import Column, Reply, Series
from guardian.policy import WindowPolicy

COUNTERS = frozenset({"errors_5xx", "errors_4xx", "connection_errors", "latency_samples"})
"""Counts that CloudWatch reports only when they are not zero."""
COUNTING = frozenset({"Sum", "SampleCount"})
"""Statistics for which no datapoint beside a known denominator means zero; an absent average is unknown."""
TEMPORARY = frozenset({Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR})
"""Replies that a later call may complete; `Forbidden` stays until a person changes a permission."""


@dataclass(frozen=True)
class Window:
    """Which minutes are wanted.

    Attributes:
        origin: Start of minute 0 (UTC, whole minute).
        first: First minute wanted.
        now: When the points were read (UTC).
    """

    origin: datetime
    first: int
    now: datetime

    @property
    def start(self) -> datetime:
        """Start of the first minute wanted: always a whole minute, since CloudWatch rounds down."""
        return self.origin + timedelta(minutes=self.first)

    @property
    def tick(self) -> int:
        """The minute that `now` lies in."""
        return int((self.now - self.origin).total_seconds() // 60)


@dataclass(frozen=True)
class Observation:
    """What one reading of CloudWatch amounts to.

    Attributes:
        final: Minutes that no later look reads again, oldest first, without gaps between them.
        open: The newer minutes as they look now, oldest first: CloudWatch may still revise or complete them. One is
            left out until requests of each colour that gets traffic are published: half a comparison is none.
        problems: Series that did not come back whole, as sentences.
    """

    final: tuple[Minute, ...]
    open: tuple[Minute, ...]
    problems: tuple[str, ...]


def assemble(
    series: Sequence[Series], window: Window, rules: WindowPolicy, weight_at: Callable[[datetime], float]
) -> Observation:
    """Align the series to minutes and tell the final ones from those that are open.

    A minute is final once it has settled. While a series came back incomplete for a reason that may pass, it stays open
    until `patience_minutes` after its end: a gap is waited for, but not for ever.
    """
    waiting = any(one.reply in TEMPORARY for one in series)
    final: list[Minute] = []
    still_open: list[Minute] = []
    for index in range(window.first, window.tick):
        start = window.origin + timedelta(minutes=index)
        blank = Minute(minute=index, seen_at=window.tick, weight=weight_at(start + timedelta(minutes=1)))
        settled = blank.has_settled(rules.settle_seconds)
        if settled and not (waiting and window.tick - index <= rules.patience_minutes):
            final.append(_filled(blank, series, start, settled=True))
        elif settled or _is_published(series, start, blank.weight):
            still_open.append(_without_lone_counts(_filled(blank, series, start, settled=settled)))
    return Observation(tuple(final), tuple(still_open), _problems(series))


def _problems(series: Sequence[Series]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for one in series:
        if one.reply is not Reply.COMPLETE:
            detail = f": {one.message}" if one.message else ""
            seen[
                f"CloudWatch answered {one.reply} for {one.query.metric}{detail}; its values are unknown, not zero"
            ] = None
    return tuple(seen)


def _is_published(series: Sequence[Series], start: datetime, weight: float) -> bool:
    """Tell whether a minute shows requests of each colour that gets traffic, or why it cannot show them."""
    due = [role for role, share in ((Role.BLUE, 1 - weight), (Role.GREEN, weight)) if share > 0]
    shown = {one.query.column for one in series if start in one.points or one.reply is not Reply.COMPLETE}
    return all(Column(role, "requests") in shown for role in due)


def _filled(row: Minute, series: Sequence[Series], start: datetime, *, settled: bool) -> Minute:
    """Return the row with its points; only in a settled minute does absence mean anything but "not yet"."""
    by_side: dict[str, list[Series]] = {"blue": [], "green": [], "shared": []}
    for one in series:
        by_side[str(one.query.column.side)].append(one)
    blue, green = (_colour(by_side[side], start, settled=settled) for side in ("blue", "green"))
    served = any(colour is not None and colour.requests for colour in (blue, green))
    shared = _shared(by_side["shared"], start, served=served and settled)
    return row.model_copy(update={"blue": blue, "green": green, "shared": shared})


def _without_lone_counts(row: Minute) -> Minute:
    """Leave out of an open minute counts of failures where it is not known yet how many requests they are out of."""
    unknown = dict.fromkeys(COUNTERS)
    sides = {"blue": row.blue, "green": row.green}
    changed = {
        name: side.model_copy(update=unknown)
        for name, side in sides.items() if side is not None and side.requests is None
    }  # fmt: skip
    return row.model_copy(update=changed)


def _shared(series: Sequence[Series], start: datetime, *, served: bool) -> Shared:
    values = {one.query.column.field: one.points.get(start) for one in series}
    complete = {one.query.column.field for one in series if one.reply is Reply.COMPLETE}
    if served and "elb_5xx" in complete and values["elb_5xx"] is None:
        values["elb_5xx"] = 0.0  # a counter too: absent beside served requests means none
    return Shared(**values)


def _colour(series: Sequence[Series], start: datetime, *, settled: bool) -> Colour | None:
    """Build one colour's values; None when it has no datapoint at all in this minute."""
    present = {one.query.column: value for one in series if (value := one.points.get(start)) is not None}
    if not present:
        # Nothing reported is one thing, nothing readable another: unknown values are not an absent colour.
        return None if all(one.reply is Reply.COMPLETE for one in series) else Colour()
    complete = {one.query.column.field for one in series if one.reply is Reply.COMPLETE}
    values: dict[str, float] = {column.field: value for column, value in present.items() if not column.part}
    if settled and "requests" not in values and "healthy_hosts" in values and "requests" in complete:
        values["requests"] = 0.0  # the group reports, and RequestCount is absent only without requests
    if "requests" in values:
        # With requests in the same minute an absent counter means zero; without them it would mean nothing. A group
        # publishes its requests and its counters together, so that holds for a part of the minute too.
        values = dict.fromkeys(COUNTERS & complete, 0.0) | values
    cpu = [value for column, value in present.items() if column.field == "cpu"]
    if cpu:
        values["cpu"] = sum(cpu) / len(cpu)
    # The halves of a custom metric are published apart, by whom and when nobody knows: a part of it is no ratio.
    custom = _custom(series, start) if settled else {}
    return Colour.model_validate({**values, "custom": custom})


def _custom(series: Sequence[Series], start: datetime) -> dict[str, tuple[float | None, float | None]]:
    names = {
        one.query.column.field for one in series if one.query.column.part in ("numerator", "denominator")
    }
    found: dict[str, tuple[float | None, float | None]] = {}
    for name in sorted(names):
        halves = {one.query.column.part: one for one in series if one.query.column.field == name}
        top, bottom = (halves[part].points.get(start) for part in ("numerator", "denominator"))
        counted = (
            halves["numerator"].query.statistic in COUNTING and halves["numerator"].reply is Reply.COMPLETE
        )
        if top is None and bottom is not None and counted:
            top = 0.0
        if bottom is not None:
            found[name] = (top, bottom)
    return found
