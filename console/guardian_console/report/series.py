"""From a deployment's minutes and evidence to what is drawn of them. Pure."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from guardian.model import Colour, Evidence, Minute

MOST_ODDS = 1e6
"""Odds at which the evidence's axis ends; the sentences say no more either."""
MOST_STRENGTH = 700.0
"""Logarithm beyond which odds are no number any more."""
LEAST_HISTORY = 10
"""Minutes of blue before the shift that are shown at least; more when the shift is longer."""
NEEDED = re.compile(r"of ([\d,]+):1 needed")
"""How a sentence of the judge names the evidence that convicts."""

Reading = Callable[[Colour], float | None]


@dataclass(frozen=True)
class Metric:
    """One metric of a colour: its title, its unit, the signals that judge it, and how it is read.

    `digits` are the decimals that people are shown.
    """

    title: str
    unit: str
    signals: frozenset[str]
    read: Reading
    digits: int = 0


@dataclass(frozen=True)
class Line:
    """One metric through time: values by minute, in the metric's unit; None where nothing is known."""

    minutes: Sequence[int]
    values: Sequence[float | None]

    @property
    def known(self) -> bool:
        """Whether there is any value."""
        return any(value is not None for value in self.values)


@dataclass(frozen=True)
class Plot:
    """What one chart of a metric shows: a line for each side, by its name.

    Attributes:
        title: The metric.
        unit: In what its values are.
        digits: Decimals that people are shown.
        signals: Who judges it.
        lines: `blue` and `green`, or `both` where no colour owns it.
    """

    title: str
    unit: str
    digits: int
    signals: Sequence[str]
    lines: Mapping[str, Line]


@dataclass(frozen=True)
class Weighing:
    """What the signals said in one turn, `minute` being its time since green first had traffic."""

    minute: float
    evidence: Sequence[Evidence]


@dataclass(frozen=True)
class Growth:
    """The evidence of one signal against green through time.

    Attributes:
        signal: Which.
        minutes: When it was weighed, in minutes since green first had traffic.
        odds: What it had come to; None while nothing spoke against green.
        needed: The odds that convict; None when no sentence names them.
    """

    signal: str
    minutes: Sequence[float]
    odds: Sequence[float | None]
    needed: float | None


def _attribute(name: str, factor: float = 1.0) -> Reading:
    def read(colour: Colour) -> float | None:
        value: float | None = getattr(colour, name)
        return None if value is None else value * factor

    return read


def _share_of_requests(name: str) -> Reading:
    def read(colour: Colour) -> float | None:
        count: float | None = getattr(colour, name)
        return 100 * count / colour.requests if count is not None and colour.requests else None

    return read


METRICS: Sequence[Metric] = (
    Metric(
        "Requests", "a minute", frozenset({"green_present", "total_traffic", "request_share"}),
        _attribute("requests"),
    ),
    Metric("Median response time", "ms", frozenset({"latency_p50"}), _attribute("latency_p50", 1000)),
    Metric("Mean response time", "ms", frozenset({"latency_avg"}), _attribute("latency_avg", 1000)),
    Metric("p99 response time", "ms", frozenset({"latency_p99"}), _attribute("latency_p99", 1000)),
    Metric("5XX answers", "% of requests", frozenset({"errors_5xx"}), _share_of_requests("errors_5xx"), 2),
    Metric("Failed connections", "a minute", frozenset({"connection_errors"}), _attribute("connection_errors")),
    Metric("4XX answers", "% of requests", frozenset({"errors_4xx"}), _share_of_requests("errors_4xx"), 2),
    Metric("CPU", "%", frozenset({"cpu"}), _attribute("cpu"), 1),
)  # fmt: skip
"""What both colours have, in the order in which it is shown."""
CONNECTIONS = "db_connections"


def rows_of(seen: Iterable[Minute], history: Iterable[Minute]) -> list[Minute]:
    """Return every minute once, as it was seen last, oldest first; blue's history as far back as the shift is long."""
    latest: dict[int, Minute] = {}
    for row in (*history, *seen):
        known = latest.get(row.minute)
        if known is None or known.seen_at <= row.seen_at:
            latest[row.minute] = row
    reach = max(LEAST_HISTORY, max(latest, default=0) + 1)
    return [latest[minute] for minute in sorted(latest) if minute >= -reach]


def plots_of(rows: Sequence[Minute], weighings: Sequence[Weighing]) -> Iterator[Plot]:
    """Yield a chart for each metric that any signal judges and of which any value is known."""
    judged = {one.signal: one.unit for weighing in weighings for one in weighing.evidence}
    for metric in (*METRICS, *_custom(rows, judged)):
        signals = [one for one in judged if one in metric.signals]
        lines = {
            "blue": _line(rows, [row.blue for row in rows], metric.read),
            "green": _line(rows, [row.green for row in rows], metric.read),
        }
        if signals and any(line.known for line in lines.values()):
            yield Plot(metric.title, metric.unit, metric.digits, signals, lines)
    connections = _unbroken([row.minute for row in rows], [row.shared.db_connections for row in rows])
    if CONNECTIONS in judged and connections.known:
        yield Plot("Database connections", "of both colours", 0, [CONNECTIONS], {"both": connections})


def growths_of(weighings: Sequence[Weighing]) -> Iterator[Growth]:
    """Yield the evidence of each signal that ever had any against green, in the order of the records' signals."""
    needed = needed_odds(weighings)
    names = dict.fromkeys(
        one.signal for each in weighings for one in each.evidence if one.strength is not None
    )
    for name in names:
        odds: list[float | None] = []
        for each in weighings:
            strength = next((one.strength for one in each.evidence if one.signal == name), None)
            odds.append(None if strength is None else math.exp(min(strength, MOST_STRENGTH)))
        yield Growth(name, [each.minute for each in weighings], odds, needed)


def needed_odds(weighings: Sequence[Weighing]) -> float | None:
    """Return the odds that convict, as the sentences name them: the budget's 1/alpha, on the scale of `strength`.

    `strength` already holds the signal's stake, so that one limit serves all signals (docs/judge.md).
    """
    for each in reversed(weighings):
        for one in each.evidence:
            told = NEEDED.search(one.sentence) if one.strength is not None else None
            if told:
                return float(told.group(1).replace(",", ""))
    return None


def steps_of(
    rows: Sequence[Minute], readings: Iterable[tuple[float, float]] = ()
) -> list[tuple[float, float]]:
    """Return (minute, green's share from 0 to 1) for each moment from which on the share is another than before.

    Args:
        rows: The minutes, which tell it best.
        readings: (minute, share) as turns have read it, for what came after the last row.
    """
    end = rows[-1].minute + 1 if rows else 0
    told = [(float(row.minute), row.weight) for row in rows if row.minute >= 0]
    steps: list[tuple[float, float]] = []
    for minute, share in (*told, *(one for one in readings if one[0] >= end)):
        if not steps or steps[-1][1] != share:
            steps.append((minute, share))
    return steps


def _line(rows: Sequence[Minute], colours: Sequence[Colour | None], read: Reading) -> Line:
    return _unbroken([row.minute for row in rows], [read(one) if one else None for one in colours])


def _unbroken(minutes: Sequence[int], values: Sequence[float | None]) -> Line:
    """Return a line with a place for every minute, so that a minute nobody saw is a gap and not a slope."""
    known = dict(zip(minutes, values, strict=True))
    through = range(minutes[0], minutes[-1] + 1) if minutes else range(0)
    return Line(through, [known.get(minute) for minute in through])


def _custom(rows: Sequence[Minute], judged: Mapping[str, str]) -> Iterator[Metric]:
    """Yield the policy's own metrics: portions in percent, means as they are."""
    sides = [side for row in rows for side in (row.blue, row.green) if side]
    for name in dict.fromkeys(name for side in sides for name in side.custom):
        mean = judged.get(name) == "mean"
        yield Metric(name, "mean" if mean else "%", frozenset({name}), _quotient(name, 1 if mean else 100), 2)


def _quotient(name: str, factor: float) -> Reading:
    def read(colour: Colour) -> float | None:
        above, below = colour.custom.get(name, (None, None))
        return factor * above / below if above is not None and below else None

    return read
