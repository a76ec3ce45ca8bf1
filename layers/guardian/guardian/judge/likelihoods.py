"""What one minute is worth: log likelihood ratios of green at an alternative against green at the tolerance.

For each of them the expected likelihood ratio is at most 1 while green is within the tolerance: all families have a
monotone likelihood ratio, so that what holds at the edge holds inside.
"""

import math
from collections.abc import Callable, Sequence

from guardian.judge.bets import log_sum


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
