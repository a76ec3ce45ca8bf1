"""Cold starts: green is slow after its first traffic and, less so, after each later step, and gets over it.

How slow is not known beforehand; the shape is: slowness that decays within minutes and comes back, smaller, with every
step of the weight. So a cold start is a random effect of that shape whose size is learned from green itself:

    log ratio = lasting fault + first * shape_1 + later * shape_2 + noise

Evidence is taken from what a minute shows beyond what the minutes before it let a cold start explain: the innovations
of a Kalman filter (Harvey 1989, Forecasting, Structural Time Series Models and the Kalman Filter, section 3.2). A fault
stays at its level while the shape falls, and that is what tells one from the other.
"""

import math
from typing import NamedTuple

from guardian.judge.state import ColdStart, Shift

MINUTES = 1.1
"""Time constant of the decay."""
IRREGULAR_FIRST, IRREGULAR_LATER = 0.20, 0.11
"""Deviation of a minute from the shape, on the log scale per unit of shape, that says nothing of the next one."""
DIGITS = 9
"""Decimals kept in the state, so that writing and reading it changes nothing."""

Shape = tuple[float, float]
"""How much of the first size, and of a later one, a minute shows: 0 to about 1."""
NOT_COLD: Shape = (0.0, 0.0)


class Innovation(NamedTuple):
    """What a minute shows beyond a cold start.

    Attributes:
        surprise: Log ratio beyond the tolerance and beyond what a cold start explains.
        variance: Of the surprise while green is at the tolerance.
        part: Part of a lasting fault that a cold start cannot mimic in this minute: 1 all of it, 0 none.
    """

    surprise: float
    variance: float
    part: float


def shape_at(shift: Shift, minute: int) -> Shape:
    """Return the shape of a cold start in one minute of the shift."""
    first = math.exp(-shift.minutes_since_began(minute) / MINUTES)
    later = math.exp(-shift.minutes_since_step(minute) / MINUTES) if shift.steps > 1 else 0.0
    return first, later


def diluted(known: ColdStart, new: float) -> ColdStart:
    """Return what is known when a part `new` (0 to 1) of the money bets on a fault that only begins now.

    Such a fault has not been mistaken for a cold start yet.
    """
    first, later = known.mimicry
    return known.model_copy(update={"mimicry": ((1 - new) * first, (1 - new) * later)})


def uncertainty(known: ColdStart, shape: Shape) -> float:
    """Return the variance that a cold start brings into one minute's log ratio."""
    (a, b), (p, q, r) = shape, known.spread
    irregular = (IRREGULAR_FIRST * a) ** 2 + (IRREGULAR_LATER * b) ** 2
    return a * a * p + 2 * a * b * q + b * b * r + irregular


def innovation(known: ColdStart, shape: Shape, excess: float, variance: float) -> Innovation:
    """Return what one minute shows beyond a cold start.

    Args:
        known: What the minutes before it say of the sizes.
        shape: Of this minute.
        excess: The minute's log ratio beyond the tolerance.
        variance: Of the log ratio without any cold start.
    """
    (a, b), (first, later), (like_first, like_later) = shape, known.sizes, known.mimicry
    explained = max(0.0, a * first + b * later)  # a cold start never made anything faster
    part = max(0.0, 1.0 - a * like_first - b * like_later)
    return Innovation(excess - explained, variance + uncertainty(known, shape), part)


def learned(known: ColdStart, shape: Shape, shown: Innovation) -> ColdStart:
    """Return what is known of the sizes after one more minute."""
    (a, b), (p, q, r) = shape, known.spread
    with_first, with_later = a * p + b * q, a * q + b * r
    first, later = with_first / shown.variance, with_later / shown.variance
    return ColdStart(
        sizes=(
            round(known.sizes[0] + first * shown.surprise, DIGITS),
            round(known.sizes[1] + later * shown.surprise, DIGITS),
        ),
        spread=(
            round(p - first * with_first, DIGITS),
            round(q - first * with_later, DIGITS),
            round(r - later * with_later, DIGITS),
        ),
        mimicry=(
            round(known.mimicry[0] + first * shown.part, DIGITS),
            round(known.mimicry[1] + later * shown.part, DIGITS),
        ),
    )
