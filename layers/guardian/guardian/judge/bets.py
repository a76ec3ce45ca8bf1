"""Evidence that may be read at any time: wealth from bets against "green is within the tolerance".

Every minute each alternative k multiplies its wealth by exp(l_k), where E[exp(l_k)] <= 1 while green is within the
tolerance, and new money is bet on "the fault begins now" (a Shiryaev mixture over start minutes). The sum of the wealth
and of the money not yet bet starts at 1 and cannot grow on average, so it reaches 1/alpha with chance alpha at most,
however often it is read (Ville 1939; Howard, Ramdas et al. 2021; Lindon, Sanden, Shirikian 2022).
"""

import math
from collections.abc import Sequence

from guardian.model import Value

KEPT_POINTS = 8
"""Latest minutes of a signal kept to estimate the effect from."""
DIGITS = 6
"""Decimals kept in the state, so that writing and reading it changes nothing."""
EMPTY = -700.0
"""Logarithm that stands for no wealth at all."""

NEGLIGIBLE = 45.0
"""Logarithm by which a term may fall short of the largest before it is lost in rounding anyway."""

FIRST = (0.55, 1.0)
"""Prior mass on a fault that is there from the first minutes, and over how many minutes it is spread."""
STEPS = (0.1, 10.0)
"""Prior mass on a fault that shows at a step of the weight, and over how many steps it is spread."""
SHIFT = (0.32, 40.0)
"""Prior mass on a fault that begins at any minute of a shift."""
PLAN = (0.03, 4320.0)
"""Prior mass on a fault that begins at any minute of 72 hours of bake."""


class Bet(Value):
    """What one signal has won and lost so far.

    Attributes:
        wealth: Logarithm of the wealth of each alternative.
        spent: Share of the prior mass that has been bet.
        since: Minutes for which the bulk of the wealth has been in the bet: about the age of a fault, if any.
        points: The latest minutes that entered, newest last; the first number of each is the minute.
    """

    wealth: tuple[float, ...] = ()
    spent: float = 0.0
    since: float = 0.0
    points: tuple[tuple[float, ...], ...] = ()


def mass_due(minute: int, steps: int) -> float:
    """Return the share of the prior mass that should be in the bet by `minute`, after `steps` steps of the weight."""
    seen = minute + 1.0
    parts = ((FIRST, seen), (STEPS, float(steps)), (SHIFT, seen), (PLAN, seen))
    return sum(mass * min(1.0, at / spread) for (mass, spread), at in parts)


def joining(bet: Bet, due: float) -> float:
    """Return the part of the wealth, after this minute's new money, that is new: 0 to 1."""
    fresh = max(0.0, due - bet.spent)
    if not bet.wealth or fresh <= 0:
        return float(fresh > 0)
    return math.exp(math.log(fresh) - log_add(log_sum(bet.wealth), math.log(fresh)))


def placed(
    bet: Bet, due: float, gains: Sequence[float], point: Sequence[float], odds: Sequence[float] = ()
) -> Bet:
    """Return the bet after one minute.

    Args:
        bet: The bet before.
        due: Share of the prior mass that should be in by now (`mass_due`).
        gains: Log evidence of this minute for each alternative, in nats.
        point: What the minute showed, for the estimate.
        odds: Part of the new money that each alternative gets; alike without.
    """
    before = bet.wealth or (EMPTY,) * len(gains)
    fresh, new = max(0.0, due - bet.spent), joining(bet, due)
    shares = odds or (1 / len(gains),) * len(gains)
    wealth = tuple(
        round(
            max(EMPTY, log_add(one, math.log(fresh * share) if fresh * share > 0 else EMPTY) + gain), DIGITS
        )
        for one, share, gain in zip(before, shares, gains, strict=True)
    )
    kept = tuple(round(value, DIGITS) for value in point)
    return Bet(
        wealth=wealth,
        spent=round(bet.spent + fresh, 9),
        since=round((1 - new) * bet.since + 1, DIGITS),
        points=(*bet.points, kept)[-KEPT_POINTS:],
    )


def log_evidence(bet: Bet | None) -> float:
    """Return the logarithm of the signal's evidence: 0 before any bet, and never more than earned."""
    if bet is None or not bet.wealth:
        return 0.0
    rest = 1.0 - bet.spent
    return log_sum((*bet.wealth, math.log(rest) if rest > 1e-12 else EMPTY))


def log_add(one: float, other: float) -> float:
    """Return log(exp(one) + exp(other)) without overflow."""
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))


def log_sum(logs: Sequence[float]) -> float:
    """Return log(sum(exp(logs))) without overflow."""
    top = max(logs)
    return top + math.log(sum([math.exp(one - top) for one in logs if one > top - NEGLIGIBLE]))
