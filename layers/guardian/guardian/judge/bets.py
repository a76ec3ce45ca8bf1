"""Evidence that may be read at any time: wealth from bets against "green is within the tolerance".

Every minute each alternative k multiplies its wealth by exp(l_k), where E[exp(l_k)] <= 1 while green is within the
tolerance, and new money is bet on "the fault begins now" (a Shiryaev mixture over start minutes). The sum of the wealth
and of the money not yet bet starts at 1 and cannot grow on average, so it reaches 1/alpha with chance alpha at most,
however often it is read (Ville 1939; Howard, Ramdas et al. 2021; Lindon, Sanden, Shirikian 2022).
"""

import math
from collections.abc import Callable, Sequence

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
    return math.exp(math.log(fresh) - log_sum((log_sum(bet.wealth), math.log(fresh))))


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
            max(EMPTY, log_sum((one, math.log(fresh * share) if fresh * share > 0 else EMPTY)) + gain), DIGITS
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


def log_sum(logs: Sequence[float]) -> float:
    """Return log(sum(exp(logs))) without overflow."""
    top = max(logs)
    return top + math.log(sum([math.exp(one - top) for one in logs if one > top - NEGLIGIBLE]))


def capped(gains: Sequence[float], cap: float) -> tuple[float, ...]:
    """Limit what one minute may add; what it may take away stays as it is."""
    return tuple(min(gain, cap) for gain in gains)


def shift_gains(
    value: float, variance: float, tolerated: float, alternatives: Sequence[float]
) -> tuple[float, ...]:
    """Return the Gaussian log likelihood ratios of a value with mean `alternative` against mean `tolerated`.

    For any mean up to `tolerated` the expected likelihood ratio is at most 1.
    """
    return tuple((shift - tolerated) * (value - (shift + tolerated) / 2) / variance for shift in alternatives)


Extra = Sequence[float]
"""Chance of 0, 1, 2, ... events that neither colour's rate explains, such as those of tasks that are replaced."""
NO_EXTRA: Extra = (1.0,)


def split_gains(
    green: float,
    blue: float,
    odds: float,
    tolerated: float,
    alternatives: Sequence[float],
    extra: Extra = NO_EXTRA,
) -> tuple[float, ...]:
    """Return the log likelihood ratios of how events split between the colours.

    Given green + blue events, green's part is binomial with p = r * odds / (r * odds + 1), r being the ratio of the
    colours' rates: the rate itself, which no one knows, drops out.

    Args:
        green: Events on green.
        blue: Events on blue.
        odds: Green's exposure over blue's.
        tolerated: Ratio of the rates that is still fine.
        alternatives: Ratios to bet on.
        extra: Chance of events on green that do not count, under null and alternative alike.
    """

    def log_chance(ratio: float, uncounted: int) -> float:
        left = green - uncounted
        choose = math.lgamma(left + blue + 1) - math.lgamma(left + 1)
        return choose + left * math.log(ratio * odds) - (left + blue) * math.log1p(ratio * odds)

    return _mixed(log_chance, green, tolerated, alternatives, extra)


def cluster_gains(
    green: float,
    blue: float,
    clusters: tuple[float, float],
    tolerated: float,
    alternatives: Sequence[float],
    extra: Extra = NO_EXTRA,
) -> tuple[float, ...]:
    """Return the log likelihood ratios of how events that come in clusters split between the colours.

    When both colours' counts are negative binomial with the same clustering, green's part of green + blue events is
    beta-binomial, its parameters being the clusters that each colour is due (Johnson, Kemp, Kotz 2005, section 6.2.2).
    Few clusters due: however many events there are, they may be one, and all of it on one colour.

    Args:
        green: Events on green.
        blue: Events on blue.
        clusters: Clusters due to green, at equal rates, and to blue.
        tolerated: Ratio of the rates that is still fine.
        alternatives: Ratios to bet on.
        extra: As for `split_gains`.
    """
    due, due_blue = clusters

    def log_chance(ratio: float, uncounted: int) -> float:
        left, due_green = green - uncounted, ratio * due
        choose = math.lgamma(left + blue + 1) - math.lgamma(left + 1)
        both = math.lgamma(due_green + due_blue) - math.lgamma(left + blue + due_green + due_blue)
        return choose + both + math.lgamma(left + due_green) - math.lgamma(due_green)

    return _mixed(log_chance, green, tolerated, alternatives, extra)


def rate_gains(
    events: float, expected: float, tolerated: float, alternatives: Sequence[float], extra: Extra = NO_EXTRA
) -> tuple[float, ...]:
    """Return the Poisson log likelihood ratios of a count against `tolerated` times what was expected."""

    def log_chance(ratio: float, uncounted: int) -> float:
        left = events - uncounted
        return left * math.log(ratio * expected) - ratio * expected - math.lgamma(left + 1)

    return _mixed(log_chance, events, tolerated, alternatives, extra)


def _mixed(
    log_chance: Callable[[float, int], float],
    events: float,
    tolerated: float,
    alternatives: Sequence[float],
    extra: Extra,
) -> tuple[float, ...]:
    """Return log likelihood ratios, averaged over how many of the events do not count."""
    weighed = [(uncounted, math.log(chance)) for uncounted, chance in enumerate(extra) if uncounted <= events]

    def log_mixture(ratio: float) -> float:
        return log_sum([weight + log_chance(ratio, uncounted) for uncounted, weight in weighed])

    null = log_mixture(tolerated)
    return tuple(log_mixture(ratio) - null for ratio in alternatives)


def portion_gains(
    done: float, begun: float, usual: float, tolerated: float, alternatives: Sequence[float]
) -> tuple[float, ...]:
    """Return the binomial log likelihood ratios of `done` out of `begun` against `tolerated` times the usual one."""
    null = min(max(usual * tolerated, 1e-6), 1 - 1e-6)
    others = [min(max(usual * ratio, 1e-6), 1 - 1e-6) for ratio in alternatives]
    return tuple(
        done * math.log(other / null) + (begun - done) * math.log((1 - other) / (1 - null))
        for other in others
    )


def portions_gains(
    green: tuple[float, float], blue: tuple[float, float], tolerated: float, alternatives: Sequence[float]
) -> tuple[float, ...]:
    """Return the log likelihood ratios of the ratio of two portions, each given as (done, begun).

    The logarithm of the ratio is taken as normal, with the variance that it has when both portions are alike.
    """
    (done, begun), (done_blue, begun_blue) = green, blue
    pooled = min((done + done_blue + 0.5) / (begun + begun_blue + 1), 1 - 1e-3)
    variance = (1 - pooled) / pooled * (1 / begun + 1 / begun_blue)
    ratio = math.log((done + 0.5) / (begun + 0.5)) - math.log((done_blue + 0.5) / (begun_blue + 0.5))
    sign = 1.0 if alternatives[0] > tolerated else -1.0
    shifts = [sign * math.log(one) for one in alternatives]
    return shift_gains(sign * ratio, variance, sign * math.log(tolerated), shifts)
