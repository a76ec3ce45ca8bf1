"""The small questions that every signal asks of a minute, and what it keeps of the answers."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from guardian.model import Colour, Minute

LATENCY_FIELDS = {"p50": "latency_p50", "avg": "latency_avg", "p99": "latency_p99"}
"""Field of a colour by the short name of a statistic that is judged."""


def latest(rows: Sequence[Minute], count: int) -> tuple[Minute, ...]:
    """Return the last `count` minutes in which green has weight."""
    return tuple(row for row in rows if row.weight > 0)[-count:]


def span(minutes: int) -> str:
    """Return `1 minute`, `2 minutes` and so on."""
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def requests(colour: Colour | None) -> float:
    """Return a colour's requests, counting an absent colour as none."""
    return (colour.requests or 0.0) if colour else 0.0


def attempts(colour: Colour | None) -> float:
    """Return what was sent to a colour: answered requests and failed connections."""
    return requests(colour) + (colour.connection_errors or 0.0 if colour else 0.0)


def custom_of(colour: Colour | None, name: str) -> tuple[float, float]:
    """Return (numerator, denominator) of one of the policy's own metrics; zeros unless both are known."""
    top, bottom = colour.custom.get(name, (None, None)) if colour else (None, None)
    return (0.0, 0.0) if top is None or bottom is None else (top, bottom)


def log_mean(colour: Colour | None, name: str) -> float | None:
    """Return the logarithm of one of the policy's own means; None where it is not known, zero or negative."""
    total, samples = custom_of(colour, name)
    return math.log(total / samples) if total > 0 and samples > 0 else None


def log_latency(colour: Colour | None, name: str) -> float | None:
    """Return the logarithm of one latency statistic, by its short name; None where it is not known."""
    value: float | None = getattr(colour, f"latency_{name}") if colour else None
    return math.log(value) if value and value > 0 else None


class ErrorPoint(NamedTuple):
    """What one minute said about errors: counts on green and blue, and out of how many."""

    minute: float
    bad: float
    sent: float
    bad_blue: float
    sent_blue: float


def summed(points: Sequence[ErrorPoint]) -> ErrorPoint:
    """Return the counts of all minutes together, as of the latest."""
    totals = [sum(point[i] for point in points) for i in range(1, 5)]
    return ErrorPoint(points[-1].minute, *totals)


class LatencyPoint(NamedTuple):
    """What one minute said about latency: log ratio and its variance, seconds, requests, whether green was alone."""

    minute: float
    ratio: float
    variance: float
    green: float
    blue: float
    requests: float
    alone: float
    allowed: float


class MeanPoint(NamedTuple):
    """What one minute said about one of the policy's own means: log ratio, its variance, log of blue's mean, samples.

    `alone` is 1 where blue's mean is that of its history.
    """

    minute: float
    ratio: float
    variance: float
    blue: float
    samples: float
    alone: float


class SharePoint(NamedTuple):
    """What one minute said about green's share: requests that it got and was owed, and blue's."""

    minute: float
    got: float
    owed: float
    blue: float


class CpuPoint(NamedTuple):
    """What one minute said about CPU: log ratio and its variance, percent, requests."""

    minute: float
    ratio: float
    variance: float
    green: float
    blue: float
    requests: float


Count = Callable[[Colour | None], float]
"""Reads a count from one colour of one minute."""
