"""The policy's own metrics: what one minute says about a ratio of business events, or about a mean."""

import math
from collections.abc import Sequence

from guardian.judge.bets import Bet, mass_due, placed
from guardian.judge.cold_start import NOT_COLD, shape_at, uncertainty
from guardian.judge.custom_habits import MeanHabit
from guardian.judge.likelihoods import capped, portion_gains, portions_gains, shift_gains
from guardian.judge.minutes import ErrorPoint, MeanPoint, custom_of, log_mean
from guardian.judge.protections import Protections
from guardian.judge.state import ColdStart, JudgeState
from guardian.model import Colour, Minute
from guardian.policy import CustomMetric

CAP = 5.0
"""Nats that one minute may add."""
ALONE_CAP = 1.4
"""Nats that one minute may add while only history can be compared with."""
PARTS = (1.0, 1.7, 3.0)
"""Changes for the worse that are bet on, as multiples of the policy's limit."""
TOLERATED = 0.5
"""Change for the worse that is still fine, as a part of the policy's limit."""
LEAST_RATIO = 0.05
"""Smallest ratio that is bet on: none at all would have no likelihood."""
ALONE_FROM = 0.5
"""Green's weight above which it is held against blue's history as well."""
FEWEST_EVENTS = 5.0
"""Events or samples of a minute on each side that a comparison needs."""
EFFECT = 1.5
"""Design effect of business events: a user who gives up tries several times. A mean's scatter has it in it."""
LARGEST_ERROR = 0.3
"""Standard error of a minute's log mean up to which it is near enough to normal: eleven samples of an exponential."""
PERSISTENCE = 1.5
"""Factor on the variance that more samples would not reduce: a colour's own noise lasts over minutes."""


def bet_on_custom(
    metric: CustomMetric, state: JudgeState, row: Minute, on: Protections
) -> tuple[Bet | None, str]:
    """Return (bet on one of the policy's own metrics after one more minute, why the minute was left out)."""
    return (_bet_on_mean if metric.kind == "mean" else _bet_on_ratio)(metric, state, row, on)


def ratio_at(metric: CustomMetric, part: float) -> float:
    """Return the ratio of green over blue at which a part of the policy's limit is used up."""
    change = part * metric.limit
    return max(1 + change if metric.worse == "higher" else 1 - change, LEAST_RATIO)


def for_the_worse(metric: CustomMetric, ratio: float) -> float:
    """Return the logarithm of a ratio of green over blue, positive where green is worse."""
    return math.log(ratio) if metric.worse == "higher" else -math.log(ratio)


def _bet_on_ratio(
    metric: CustomMetric, state: JudgeState, row: Minute, on: Protections
) -> tuple[Bet | None, str]:
    """Bet on a ratio.

    A numerator above its denominator is no share of it: its variance is not a binomial's, so there is no bet on it.
    """
    (x_g, n_g), (x_b, n_b) = custom_of(row.green, metric.name), custom_of(row.blue, metric.name)
    if not n_g:
        return None, "none was counted on green"
    if x_g > n_g or x_b > n_b:
        return None, "its numerator is above its denominator, so it is no share of it"
    tolerated, ratios = ratio_at(metric, TOLERATED), [ratio_at(metric, part) for part in PARTS]
    effect, nothing = EFFECT if on.clusters else 1.0, [0.0] * len(PARTS)
    live = (
        portions_gains((x_g, n_g), (x_b, n_b), tolerated, ratios)
        if min(n_g, n_b) >= FEWEST_EVENTS
        else nothing
    )
    usual = state.reference.custom.get(metric.name)
    past = portion_gains(x_g, n_g, usual, tolerated, ratios) if usual and row.weight > ALONE_FROM else nothing
    gains = _limited([gain / effect for gain in live], [gain / effect for gain in past], on)
    due = mass_due(row.minute, state.shift.steps)
    bet = state.bets.get(metric.name, Bet())
    return placed(bet, due, gains, ErrorPoint(row.minute, x_g, n_g, x_b, n_b)), ""


def _bet_on_mean(
    metric: CustomMetric, state: JudgeState, row: Minute, on: Protections
) -> tuple[Bet | None, str]:
    """Bet on a mean, whose logarithm is normal once there are samples enough; blue's history tells its variance."""
    habit = state.reference.means.get(metric.name)
    if habit is None:
        return None, "blue's history has too few minutes with a positive mean to learn its noise from"
    value, why = _usable("green", row.green, metric.name, habit)
    if value is None:
        return None, why
    blue, why = _usable("blue", row.blue, metric.name, habit)
    (_, n_g), (_, n_b) = custom_of(row.green, metric.name), custom_of(row.blue, metric.name)
    noise, shape = PERSISTENCE * habit.drift, shape_at(state.shift, row.minute) if on.warm_up else NOT_COLD
    own = habit.per_sample / n_g + noise + uncertainty(ColdStart(), shape)
    beside = past = None
    if blue is not None:
        beside = MeanPoint(row.minute, value - blue, own + habit.per_sample / n_b + noise, blue, n_g, 0.0)
    if row.weight > ALONE_FROM:
        past = MeanPoint(row.minute, value - habit.level, own + habit.wander**2, habit.level, n_g, 1.0)
    point = beside or past
    if point is None:
        return None, why
    gains = _limited(_shifted(metric, beside), _shifted(metric, past), on)
    due = mass_due(row.minute, state.shift.steps)
    return placed(state.bets.get(metric.name, Bet()), due, gains, point), ""


def _usable(side: str, colour: Colour | None, name: str, habit: MeanHabit) -> tuple[float | None, str]:
    """Return (logarithm of the mean, why it cannot be used)."""
    (_, samples), value = custom_of(colour, name), log_mean(colour, name)
    needed = max(FEWEST_EVENTS, habit.per_sample / LARGEST_ERROR**2)
    if samples < needed:
        return None, f"{side} had {samples:,.0f} samples, {math.ceil(needed):,} needed"
    if value is None:
        return None, f"{side}'s mean is not above zero, and only positive means have a ratio"
    return value, ""


def _shifted(metric: CustomMetric, point: MeanPoint | None) -> Sequence[float]:
    if point is None:
        return (0.0,) * len(PARTS)
    tolerated, *shifts = (for_the_worse(metric, ratio_at(metric, part)) for part in (TOLERATED, *PARTS))
    worse = point.ratio if metric.worse == "higher" else -point.ratio
    return shift_gains(worse, point.variance, tolerated, shifts)


def _limited(live: Sequence[float], past: Sequence[float], on: Protections) -> tuple[float, ...]:
    return (
        *capped(live, CAP if on.minute_cap else 50.0),
        *capped(past, ALONE_CAP if on.alone_cap else CAP),
    )
