"""Latency: what one minute says about green's median, mean and p99, on the log scale."""

import math
from dataclasses import dataclass

from guardian.judge.bets import Bet, capped, mass_due, placed, shift_gains
from guardian.judge.minutes import LatencyPoint, log_latency, requests
from guardian.judge.protections import Protections
from guardian.judge.state import JudgeState, LatencyHabit
from guardian.model import Baseline, Minute
from guardian.policy import LatencyPolicy, Policy

CAP = 4.5
"""Nats that one minute may add: two bad minutes in a row are not enough, whatever they show."""
ALONE_CAP = 1.0
"""Nats that one minute may add while only history can be compared with."""
BURSTY_CAP = 9.0
"""Nats that a burst as long as blue's longest may add in all."""
PERSISTENCE = 1.5
"""Factor on the variance that more requests would not reduce: a colour's own noise lasts over minutes."""
FIRST_COLD, STEP_COLD, COLD_MINUTES = 0.8, 0.30, 1.4
"""Uncertainty of green's log latency after its first traffic and after each later step, and how long it lasts."""
SHARED_PART = 0.5
"""Part of blue's own slowness against its history by which the tolerance grows."""
FEWEST_SHARE = 0.4
"""Share of the policy's `min_requests` that a single minute needs; a judgement needs all of them."""
P99_REQUESTS = 100
"""Requests a minute that a p99 needs to be more than the slowest single request."""
LARGEST_LOAD = 1.25
"""Requests a minute on green, over the most that blue ever carried, up to which it is judged."""
SHIFTS = {
    "p50": tuple(math.log(ratio) for ratio in (1.17, 1.45, 2.0, 3.5)),
    "avg": tuple(math.log(ratio) for ratio in (1.17, 1.45, 2.0, 3.5)),
    "p99": tuple(math.log(ratio) for ratio in (1.6, 2.0, 3.0, 5.0)),
}
"""Log ratios that are bet on."""


@dataclass(frozen=True)
class Rules:
    """What one statistic is held to: log ratios that are fine and that are divergence, and the requests it needs."""

    tolerance: float
    limit: float
    requests: float


@dataclass(frozen=True)
class _Sample:
    """One minute of one statistic.

    Attributes:
        ratio: Log ratio of green over the reference.
        variance: Of that ratio, in health.
        tolerance: Log ratio that is fine.
        baseline: What the reference is.
        reference: Log seconds.
        allowed: Part of the tolerance that is due to blue's own slowness.
    """

    ratio: float
    variance: float
    tolerance: float
    baseline: Baseline
    reference: float
    allowed: float = 0.0


def rules_of(policy: LatencyPolicy, name: str) -> Rules:
    """Return the rules of one statistic while blue is there to compare with."""
    if name == "p99":
        needed = max(P99_REQUESTS, policy.min_requests)
        return Rules(math.log(policy.p99_tolerance), math.log(policy.p99_limit), needed)
    share = 1.0 if name == "avg" else FEWEST_SHARE
    return Rules(math.log(policy.tolerance), math.log(policy.limit), share * policy.min_requests)


def bet_on_latency(
    name: str, state: JudgeState, row: Minute, policy: Policy, on: Protections
) -> tuple[Bet | None, str]:
    """Return (bet after one more minute, why the minute was left out); one of the two is empty."""
    rules, habit = rules_of(policy.latency, name), state.reference.latency.get(name)
    value, sent = log_latency(row.green, name), requests(row.green)
    if habit is None:
        return None, "no history of blue to learn its noise from"
    if value is None or sent < rules.requests:
        return None, f"green had {sent:.0f} requests, {rules.requests:.0f} needed"
    if on.largest_load and sent > LARGEST_LOAD * state.largest:
        return None, f"green had {sent:,.0f} requests, blue never more than {state.largest:,.0f}"
    sample = _sample(name, state, row, rules, habit, policy, on)
    cap = _cap(sample, habit, on)
    gains = capped(shift_gains(sample.ratio, sample.variance, sample.tolerance, _shifts(name, sample)), cap)
    due = mass_due(row.minute, state.shift.steps)
    alone = 1.0 if sample.baseline is Baseline.HISTORY else 0.0
    point = LatencyPoint(
        row.minute, sample.ratio, sample.variance, math.exp(value), math.exp(sample.reference), sent, alone,
        sample.allowed,
    )  # fmt: skip
    return placed(state.bets.get(f"latency_{name}", Bet()), due, gains, point), ""


def _shifts(name: str, sample: _Sample) -> tuple[float, ...]:
    """Return the alternatives, moved up by as much as the tolerance was."""
    return tuple(max(shift, sample.tolerance + 0.06) for shift in SHIFTS[name])


def _cap(sample: _Sample, habit: LatencyHabit, on: Protections) -> float:
    if sample.baseline is Baseline.HISTORY:
        return ALONE_CAP if on.alone_cap else CAP
    cap = CAP if on.minute_cap else 50.0
    return min(cap, BURSTY_CAP / (habit.burst + 2)) if on.bursts and habit.burst else cap


def _sample(
    name: str,
    state: JudgeState,
    row: Minute,
    rules: Rules,
    habit: LatencyHabit,
    policy: Policy,
    on: Protections,
) -> _Sample:
    value, blue = log_latency(row.green, name) or 0.0, log_latency(row.blue, name)
    sent, sent_blue = requests(row.green), requests(row.blue)
    own = (
        habit.per_request / sent + PERSISTENCE * habit.drift + (cold(state, row) ** 2 if on.warm_up else 0.0)
    )
    if blue is None or sent_blue < rules.requests:
        variance = own + habit.wander**2
        floor = math.log(policy.latency.p99_limit if name == "p99" else policy.latency.limit)
        return _Sample(value - habit.level, variance, floor, Baseline.HISTORY, habit.level)
    variance = own + habit.per_request / sent_blue + PERSISTENCE * habit.drift
    reference = max(blue, habit.level) if on.busy_blue and row.weight > 0.5 else blue
    slower = max(0.0, blue - habit.level - 2 * habit.wander) if on.shared_incident else 0.0
    allowed = SHARED_PART * slower
    return _Sample(
        value - reference, variance, rules.tolerance + allowed, Baseline.CONCURRENT, reference, allowed
    )


def cold(state: JudgeState, row: Minute) -> float:
    """Return how uncertain green's log latency is while it warms up after a step of the weight."""
    shift = state.shift
    size = FIRST_COLD if shift.steps <= 1 else STEP_COLD
    first = FIRST_COLD * math.exp(-(row.minute - (shift.began or 0) + 0.5) / COLD_MINUTES)
    return max(first, size * math.exp(-(row.minute - shift.step + 0.5) / COLD_MINUTES))
