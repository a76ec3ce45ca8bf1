"""Latency: what one minute says about green's median, mean and p99, on the log scale."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from guardian.judge.bets import Bet, joining, mass_due, placed
from guardian.judge.cold_start import NOT_COLD, diluted, innovation, learned, shape_at, uncertainty
from guardian.judge.likelihoods import capped, shift_gains
from guardian.judge.minutes import LatencyPoint, log_latency, requests
from guardian.judge.protections import Protections
from guardian.judge.state import ColdStart, JudgeState, LatencyHabit
from guardian.model import Baseline, Minute
from guardian.policy import LatencyPolicy, Policy

CAPS = {"p50": 4.3, "avg": 3.5, "p99": 3.5}
"""Nats that one minute may add: two bad minutes in a row are not enough, whatever they show. One
slow host or a few requests move the mean and the p99."""
ALONE_CAP = 1.0
"""Nats that one minute may add while only history can be compared with."""
MOST_ALONE = 1.6
"""Factor by which that grows at most, while green is slower than the history by more than any shared incident is."""
BURSTY_CAP = 7.0
"""Nats that a burst as long as blue's longest may add in all."""
PERSISTENCE = 1.0
"""Factor on the variance that more requests would not reduce: a colour's own noise lasts over minutes, which asks for
more than 1, but what blue's history shows is in part the weather of both colours, which cancels in their ratio."""
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
ODDS = (0.15, 0.4, 0.3, 0.15)
"""Part of the money that each of them gets: moderate faults are commonest, and huge ones are soon seen anyway."""


@dataclass(frozen=True)
class Rules:
    """What one statistic is held to: log ratios that are fine and that are divergence, and the requests it needs."""

    tolerance: float
    limit: float
    requests: float


class LatencyBet(NamedTuple):
    """The bet on one statistic after one more minute and what is known of cold starts; or why it was left out."""

    bet: Bet | None = None
    cold: ColdStart | None = None
    why: str = ""


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


def bet_on_latency(name: str, state: JudgeState, row: Minute, policy: Policy, on: Protections) -> LatencyBet:
    """Return the bet on one statistic after one more minute."""
    rules, habit = rules_of(policy.latency, name), state.reference.latency.get(name)
    value, sent = log_latency(row.green, name), requests(row.green)
    if habit is None:
        return LatencyBet(why="no history of blue to learn its noise from")
    if value is None or sent < rules.requests:
        return LatencyBet(why=f"green had {sent:.0f} requests, {rules.requests:.0f} needed")
    if on.largest_load and sent > LARGEST_LOAD * state.largest:
        return LatencyBet(why=f"green had {sent:,.0f} requests, blue never more than {state.largest:,.0f}")
    sample = _sample(name, row, rules, habit, policy, on)
    bet, due = state.bets.get(f"latency_{name}", Bet()), mass_due(row.minute, state.shift.steps)
    known = diluted(state.cold.get(name, ColdStart()), joining(bet, due))
    shape = shape_at(state.shift, row.minute) if on.warm_up else NOT_COLD
    shown = innovation(known, shape, sample.ratio - sample.tolerance, sample.variance)
    lasting = [shown.part * (shift - sample.tolerance) for shift in _shifts(name, sample)]
    gains = capped(
        shift_gains(shown.surprise, shown.variance, 0.0, lasting), _cap(name, sample, habit, policy, on)
    )
    point = LatencyPoint(
        row.minute, sample.ratio, sample.variance + uncertainty(ColdStart(), shape), math.exp(value),
        math.exp(sample.reference), sent, float(sample.baseline is Baseline.HISTORY), sample.allowed,
    )  # fmt: skip
    return LatencyBet(placed(bet, due, gains, point, ODDS), learned(known, shape, shown))


def _shifts(name: str, sample: _Sample) -> tuple[float, ...]:
    """Return the alternatives, moved up by as much as the tolerance was."""
    return tuple(max(shift, sample.tolerance + 0.06) for shift in SHIFTS[name])


def _cap(name: str, sample: _Sample, habit: LatencyHabit, policy: Policy, on: Protections) -> float:
    cap = CAPS[name] if on.minute_cap else 50.0
    if sample.baseline is Baseline.HISTORY:
        beyond = max(1.0, sample.ratio / math.log(policy.latency.history_limit)) ** 2
        return ALONE_CAP * min(beyond, MOST_ALONE) if on.alone_cap else cap
    return min(cap, BURSTY_CAP / (habit.burst + 2)) if on.bursts and habit.burst else cap


def _sample(
    name: str, row: Minute, rules: Rules, habit: LatencyHabit, policy: Policy, on: Protections
) -> _Sample:
    value, blue = log_latency(row.green, name) or 0.0, log_latency(row.blue, name)
    sent, sent_blue = requests(row.green), requests(row.blue)
    own = habit.per_request / sent + PERSISTENCE * habit.drift
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
