"""What is found about the policy's own metrics: estimate, evidence and sentence of each."""

import math

from guardian.judge.minutes import ErrorPoint, span, summed
from guardian.judge.state import JudgeState
from guardian.judge.weighing import Scale, window
from guardian.model import Baseline, Evidence, Finding
from guardian.policy import CustomMetric, Policy

MANY = 50
"""Events on green from which a ratio is known well enough to be called healthy."""


def custom_evidence(state: JudgeState, policy: Policy, scale: Scale) -> tuple[Evidence, ...]:
    """Say what was found about the policy's own ratios."""
    return tuple(_custom(metric, state, policy, scale) for metric in policy.custom)


def _custom(metric: CustomMetric, state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    bet, least = state.bets.get(metric.name), policy.latency.min_requests
    kept = bet.points[-window(bet, scale, metric.name, policy) :] if bet else ()
    points = [ErrorPoint(*point) for point in kept]
    sums = summed(points) if points else ErrorPoint(0, 0, 0, 0, 0)
    usual = state.reference.custom.get(metric.name)
    alone = usual is not None and sums.sent_blue < least <= sums.sent
    if not alone and (
        min(sums.sent, sums.sent_blue) < least or (metric.worse == "lower" and not sums.bad_blue)
    ):
        few = f"{metric.name}: fewer than {least} on one side, none of blue's counted, or no share of its denominator"
        return Evidence(signal=metric.name, finding=Finding.INCONCLUSIVE, sentence=few)
    rate, blue_rate = (
        sums.bad / sums.sent,
        usual if alone and usual is not None else sums.bad_blue / sums.sent_blue,
    )
    effect, where = rate / blue_rate if blue_rate else None, "before the shift" if alone else "on blue"
    change = f"{effect - 1:+.0%}" if effect is not None else "blue has none"
    # Without any on blue every one of green's is beyond all limits; the evidence decides whether it is chance.
    nothing_like_it = math.inf if rate else 0.0
    worse = nothing_like_it if effect is None else effect - 1 if metric.worse == "higher" else 1 - effect
    finding = Finding.HEALTHY if sums.bad >= MANY else Finding.INCONCLUSIVE
    if scale.convicts(metric.name) and worse > metric.limit:
        finding = Finding.DIVERGED
    elif scale.interests(metric.name) and worse > metric.limit / 2:
        finding = Finding.INVESTIGATE
    return Evidence(
        signal=metric.name, finding=finding, baseline=Baseline.HISTORY if alone else Baseline.CONCURRENT,
        blue=blue_rate, green=rate,
        unit="ratio", limit=metric.limit, effect=effect, strength=scale.strength(metric.name),
        minutes=len(points), requests=sums.sent,
        sentence=(
            f"{metric.name} is {rate:.1%} on green against {blue_rate:.1%} {where} ({change}, "
            f"limit {metric.limit:.0%} {metric.worse}) over {span(len(points))}{scale.told(metric.name)}"
        ),
    )  # fmt: skip
