"""The policy's own metrics: what one minute says about a ratio of business events."""

from guardian.judge.bets import Bet, capped, mass_due, placed, portion_gains, portions_gains
from guardian.judge.minutes import ErrorPoint, custom_of
from guardian.judge.protections import Protections
from guardian.judge.state import JudgeState
from guardian.model import Minute
from guardian.policy import CustomMetric

CAP = 5.0
"""Nats that one minute may add."""
ALONE_CAP = 1.4
"""Nats that one minute may add while only history can be compared with."""
CUSTOM_PARTS = (1.0, 1.7, 3.0)
"""Changes for the worse that are bet on, as multiples of the policy's limit."""
CUSTOM_TOLERATED = 0.5
"""Change for the worse that is still fine, as a part of the policy's limit."""
LEAST_RATIO = 0.05
"""Smallest ratio that is bet on: none at all would have no likelihood."""
FEWEST_EVENTS = 5.0
"""Events of a minute on each side that a ratio needs."""
CUSTOM_EFFECT = 1.5
"""Design effect of business events: a user who gives up tries several times."""


def bet_on_custom(metric: CustomMetric, state: JudgeState, row: Minute, on: Protections) -> Bet | None:
    """Return the bet on one of the policy's own ratios after one more minute.

    A numerator above its denominator is no share of it: its variance is not a binomial's, so there is no bet on it.
    """
    (x_g, n_g), (x_b, n_b) = custom_of(row.green, metric.name), custom_of(row.blue, metric.name)
    if not n_g or x_g > n_g or x_b > n_b:
        return None
    sign = 1.0 if metric.worse == "higher" else -1.0
    ratios = [max(1 + sign * part * metric.limit, LEAST_RATIO) for part in CUSTOM_PARTS]
    tolerated = max(1 + sign * CUSTOM_TOLERATED * metric.limit, LEAST_RATIO)
    effect = CUSTOM_EFFECT if on.clusters else 1.0
    nothing = [0.0] * len(ratios)
    live = (
        portions_gains((x_g, n_g), (x_b, n_b), tolerated, ratios)
        if min(n_g, n_b) >= FEWEST_EVENTS
        else nothing
    )
    usual = state.reference.custom.get(metric.name)
    past = portion_gains(x_g, n_g, usual, tolerated, ratios) if usual and row.weight > 0.5 else nothing
    gains = (
        *capped([gain / effect for gain in live], CAP if on.minute_cap else 50.0),
        *capped([gain / effect for gain in past], ALONE_CAP if on.alone_cap else CAP),
    )
    due = mass_due(row.minute, state.shift.steps)
    return placed(state.bets.get(metric.name, Bet()), due, gains, ErrorPoint(row.minute, x_g, n_g, x_b, n_b))
