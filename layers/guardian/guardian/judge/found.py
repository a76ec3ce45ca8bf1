"""What is found about errors: estimate, evidence and sentence of each kind."""

from collections.abc import Sequence

from guardian.judge.errors import FEWEST_ON_BLUE, KINDS, Kind
from guardian.judge.minutes import ErrorPoint, span, summed
from guardian.judge.state import ErrorHabit, JudgeState
from guardian.judge.weighing import Scale, window
from guardian.model import Baseline, Evidence, Finding
from guardian.policy import Policy

HISTORY_RATIO = 10.0
"""Ratio to blue's historical rate that a rate on green alone must reach."""
FEWEST_EXPECTED = 3.0
"""Errors that blue, as the smaller side, would have had at green's rate for its own rate to count."""
STALE_MINUTES = 5
"""Minutes without a usable one after which nothing can be said of the present."""


def error_evidence(state: JudgeState, policy: Policy, scale: Scale) -> tuple[Evidence, ...]:
    """Say what was found about green's 5XX answers, failed connections and 4XX answers."""
    return tuple(_errors(kind, state, policy, scale) for kind in KINDS)


def _errors(kind: Kind, state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    bet = state.bets.get(kind.signal)
    if bet is None:
        return Evidence(
            signal=kind.signal, finding=Finding.INCONCLUSIVE, sentence="nothing was sent to green yet"
        )
    points = [ErrorPoint(*point) for point in bet.points][-window(bet, scale, kind.signal, policy) :]
    habit = state.reference.errors.get(kind.signal, ErrorHabit())
    sums, fresh = summed(points), state.rows[-1].minute - points[-1].minute <= STALE_MINUTES
    alone = _alone(sums, len(points))
    rate, blue_rate = sums.bad / sums.sent, habit.rate if alone else sums.bad_blue / sums.sent_blue
    return Evidence(
        signal=kind.signal, finding=_error_finding(kind, points, blue_rate, habit, policy, scale, fresh=fresh),
        baseline=Baseline.HISTORY if alone else Baseline.CONCURRENT,
        blue=blue_rate, green=rate, unit="per request", tolerance=policy.errors.tolerance, limit=policy.errors.limit,
        effect=rate / blue_rate if blue_rate else None, strength=scale.strength(kind.signal),
        minutes=len(points), requests=sums.sent,
        sentence=_told(kind, sums, blue_rate, alone, policy, scale, len(points)),
    )  # fmt: skip


def _alone(sums: ErrorPoint, minutes: int) -> bool:
    """Tell whether blue is too small to have shown green's rate had it been everybody's."""
    unseen = sums.bad / sums.sent * sums.sent_blue < FEWEST_EXPECTED
    return sums.sent_blue < FEWEST_ON_BLUE * minutes or (
        sums.sent_blue < sums.sent and unseen and sums.bad > 0
    )


def _error_finding(
    kind: Kind,
    points: Sequence[ErrorPoint],
    blue_rate: float,
    habit: ErrorHabit,
    policy: Policy,
    scale: Scale,
    *,
    fresh: bool,
) -> Finding:
    rules, sums = policy.errors, summed(points)
    rate, client = sums.bad / sums.sent, kind.signal == "errors_4xx"
    floor = blue_rate + rules.client_min_rate if client else rules.min_rate
    enough = sums.bad >= rules.min_errors and sum(1 for point in points if point.bad) >= 2 and rate >= floor
    if _alone(sums, len(points)):
        beyond = rate >= max(rules.history_rate, HISTORY_RATIO * habit.rate)
    else:
        beyond = rate > rules.limit * blue_rate
    if enough and beyond and scale.convicts(kind.signal):
        return Finding.DIVERGED
    if not fresh:
        return Finding.INCONCLUSIVE
    worse = sums.bad > 0 and rate > blue_rate
    if worse and (scale.interests(kind.signal) if client else True):
        return Finding.INVESTIGATE
    return Finding.HEALTHY


def _told(
    kind: Kind, sums: ErrorPoint, blue_rate: float, alone: bool, policy: Policy, scale: Scale, minutes: int
) -> str:
    over = f"over {span(minutes)}"
    if not sums.bad:
        return f"green had no {kind.noun} in {sums.sent:,.0f} requests {over}"
    against = f"{sums.bad_blue:.0f} of {sums.sent_blue:,.0f} ({blue_rate:.2%}) on blue"
    if alone:
        against = f"{blue_rate:.2%} on blue before the shift"
    return (
        f"green had {sums.bad:.0f} {kind.noun} in {sums.sent:,.0f} requests ({sums.bad / sums.sent:.2%}) "
        f"against {against} (limit {policy.errors.limit:g} times blue) {over}{scale.told(kind.signal)}"
    )
