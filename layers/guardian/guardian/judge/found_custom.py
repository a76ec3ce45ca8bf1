"""What is found about the policy's own metrics: estimate, evidence and sentence of each."""

import math
from collections.abc import Sequence

from guardian.judge.bets import Bet
from guardian.judge.custom import TOLERATED, for_the_worse, ratio_at
from guardian.judge.found import STALE_MINUTES
from guardian.judge.minutes import ErrorPoint, MeanPoint, span, summed
from guardian.judge.state import JudgeState
from guardian.judge.weighing import Scale, odds, window
from guardian.model import Baseline, Evidence, Finding
from guardian.policy import CustomMetric, Policy

MANY = 50
"""Events on green from which a ratio is known well enough to be called healthy."""
SURE = 2.0
"""Standard errors by which a mean must lie within the limit to be called healthy."""
ALONE_RATIO = 2.0
"""Ratio to blue's history, or its inverse, that a mean must reach to diverge alone: by day and night means move too."""
ALONE_LIMITS = 2.0
"""How many times its limit a ratio must have changed to diverge alone, for the same reason."""


def custom_evidence(state: JudgeState, policy: Policy, scale: Scale) -> tuple[Evidence, ...]:
    """Say what was found about the policy's own metrics.

    A policy may make a mean of what was a ratio while a deployment is under way: minutes of another shape are left out.
    """
    return tuple(
        (_mean if metric.kind == "mean" else _ratio)(metric, state, policy, scale) for metric in policy.custom
    )


def _ratio(metric: CustomMetric, state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    bet, least = state.bets.get(metric.name), policy.latency.min_requests
    kept = bet.points[-window(bet, scale, metric.name, policy) :] if bet else ()
    points = [ErrorPoint(*point) for point in kept if len(point) == len(ErrorPoint._fields)]
    sums = summed(points) if points else ErrorPoint(0, 0, 0, 0, 0)
    usual = state.reference.custom.get(metric.name)
    alone = usual is not None and sums.sent_blue < least <= sums.sent
    if not alone and (
        min(sums.sent, sums.sent_blue) < least or (metric.worse == "lower" and not sums.bad_blue)
    ):
        return _untold(metric, state, f"fewer than {least} on one side, or none of blue's counted")
    rate = sums.bad / sums.sent
    blue_rate = usual if alone and usual is not None else sums.bad_blue / sums.sent_blue
    effect, where = rate / blue_rate if blue_rate else None, "before the shift" if alone else "on blue"
    change = f"{effect - 1:+.0%}" if effect is not None else "blue has none"
    limit = ALONE_LIMITS * metric.limit if alone else metric.limit
    return Evidence(
        signal=metric.name, finding=_ratio_finding(metric, rate, effect, sums, limit, scale),
        baseline=Baseline.HISTORY if alone else Baseline.CONCURRENT,
        blue=blue_rate, green=rate,
        unit="ratio", limit=limit, effect=effect, strength=scale.strength(metric.name),
        minutes=len(points), requests=sums.sent,
        sentence=(
            f"{metric.name} is {rate:.1%} on green against {blue_rate:.1%} {where} ({change}, "
            f"limit {limit:.0%} {metric.worse}) over {span(len(points))}{_told(metric, scale)}"
        ),
    )  # fmt: skip


def _ratio_finding(
    metric: CustomMetric, rate: float, effect: float | None, sums: ErrorPoint, limit: float, scale: Scale
) -> Finding:
    # Without any on blue every one of green's is beyond all limits; the evidence decides whether it is chance.
    nothing_like_it = math.inf if rate else 0.0
    worse = nothing_like_it if effect is None else effect - 1 if metric.worse == "higher" else 1 - effect
    if scale.convicts(metric.name) and worse > limit:
        return Finding.DIVERGED
    if scale.interests(metric.name) and worse > TOLERATED * limit:
        return Finding.INVESTIGATE
    return Finding.HEALTHY if sums.bad >= MANY else Finding.INCONCLUSIVE


def _mean(metric: CustomMetric, state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    bet = state.bets.get(metric.name, Bet())
    recent = [MeanPoint(*point) for point in bet.points if len(point) == len(MeanPoint._fields)]
    fresh = recent and state.rows[-1].minute - recent[-1].minute <= STALE_MINUTES
    if not recent or not (fresh or scale.interests(metric.name)):
        return _untold(metric, state, "no minute yet with samples on both sides")
    alike = [point for point in recent if point.alone == recent[-1].alone]
    points = alike[-window(bet, scale, metric.name, policy) :]
    weights = [1 / point.variance for point in points]
    effect = math.exp(_weighed([point.ratio for point in points], weights))
    blue = math.exp(_weighed([point.blue for point in points], weights))
    alone, samples = points[-1].alone > 0, sum(point.samples for point in points)
    tolerance, limit = _edges(metric, alone=alone)
    where, why = "before the shift" if alone else "on blue", state.skipped.get(metric.name)
    return Evidence(
        signal=metric.name, finding=_mean_finding(metric, points, effect, (tolerance, limit), scale),
        baseline=Baseline.HISTORY if alone else Baseline.CONCURRENT,
        blue=blue, green=blue * effect, unit="mean", tolerance=tolerance, limit=limit, effect=effect,
        strength=scale.strength(metric.name), minutes=len(points), requests=samples,
        dropped=(f"minute {state.rows[-1].minute}: {why}",) if why else (),
        sentence=(
            f"{metric.name} is {blue * effect:.3g} on green against {blue:.3g} {where} ({effect - 1:+.0%}, "
            f"limit {limit - 1:+.0%}) over {span(len(points))} and {samples:,.0f} samples{_told(metric, scale)}"
        ),
    )  # fmt: skip


def _edges(metric: CustomMetric, *, alone: bool) -> tuple[float, float]:
    """Return (ratio of green over blue up to which a mean is fine, ratio beyond which it has diverged)."""
    tolerance, limit = ratio_at(metric, TOLERATED), ratio_at(metric, 1)
    if not alone:
        return tolerance, limit
    return limit, max(limit, ALONE_RATIO) if metric.worse == "higher" else min(limit, 1 / ALONE_RATIO)


def _mean_finding(
    metric: CustomMetric, points: Sequence[MeanPoint], effect: float, edges: Sequence[float], scale: Scale
) -> Finding:
    worse, tolerance, limit = (for_the_worse(metric, ratio) for ratio in (effect, *edges))
    if scale.convicts(metric.name) and worse > limit:
        return Finding.DIVERGED
    if scale.interests(metric.name) and worse > tolerance:
        return Finding.INVESTIGATE
    error = 1 / math.sqrt(sum(1 / point.variance for point in points))
    return Finding.HEALTHY if worse + SURE * error <= limit else Finding.INCONCLUSIVE


def _weighed(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _untold(metric: CustomMetric, state: JudgeState, otherwise: str) -> Evidence:
    """Return the evidence of a metric of which nothing can be said yet, with the reason of the latest minute."""
    why = state.skipped.get(metric.name, otherwise)
    return Evidence(
        signal=metric.name, finding=Finding.INCONCLUSIVE, sentence=f"{metric.name} cannot be told yet: {why}"
    )


def _told(metric: CustomMetric, scale: Scale) -> str:
    """Return the evidence, ready to follow a sentence: against the budget, or for a person's look alone."""
    if metric.action == "diverge":
        return scale.told(metric.name)
    earned = scale.plain.get(metric.name, 0.0)
    return f"; evidence {odds(earned)}, only reported" if earned > 0 else ""
