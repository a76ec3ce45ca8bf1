"""Latency: green over blue in the same minutes, on the log scale, weighed by what each minute can tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guardian.judge.fold import LATENCY_FIELDS
from guardian.judge.state import JudgeState, LatencyHabit, latest, requests, span
from guardian.model import Baseline, Evidence, Finding, Minute
from guardian.policy import Policy

TITLES = {"p50": "at the median", "avg": "on average", "p99": "at p99"}
SURE = 3.0
"""Standard errors by which an effect must lie beyond the tolerance: one-sided chance 0.13 % in one look."""
LIKELY = 1.5
"""Standard errors by which an effect must lie beyond the limit: an estimate swings around an effect just below it."""
P99_REQUESTS = 100
"""Requests a minute that a p99 needs to be more than the slowest single request."""


@dataclass(frozen=True)
class _Limits:
    tolerance: float
    limit: float
    min_requests: int


@dataclass(frozen=True)
class _Pooled:
    effect: float
    error: float
    recent: tuple[float, ...]
    blue: float
    green: float
    minutes: int
    requests: float


def latency_evidence(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Judge the median, the mean and the p99 of green's response time."""
    return tuple(_judge(state, policy, name) for name in LATENCY_FIELDS)


def _judge(state: JudgeState, policy: Policy, name: str) -> Evidence:
    limits = _limits(policy, name)
    habit = state.reference.latency.get(name)
    rows, dropped = _usable(state, policy, name, limits)
    if habit is None:
        return _unknown(name, f"no latency history of blue to learn its noise from ({TITLES[name]})", dropped)
    concurrent = [row for row in rows if requests(row.blue) >= limits.min_requests]
    if concurrent:
        return _compare(
            name, _pool(concurrent, habit, state, name), limits, policy, Baseline.CONCURRENT, dropped
        )
    if rows and rows[-1].weight >= 1:
        gross = _Limits(
            policy.latency.limit, max(policy.latency.limit, policy.latency.history_limit), limits.min_requests
        )
        return _compare(name, _pool_history(rows, habit, name), gross, policy, Baseline.HISTORY, dropped)
    why = dropped[-1] if dropped else f"no minute yet with {limits.min_requests} requests on each side"
    return _unknown(name, f"green's latency {TITLES[name]} cannot be told yet: {why}", dropped)


def _limits(policy: Policy, name: str) -> _Limits:
    rules = policy.latency
    if name == "p99":
        return _Limits(rules.p99_tolerance, rules.p99_limit, max(P99_REQUESTS, rules.min_requests))
    return _Limits(rules.tolerance, rules.limit, rules.min_requests)


def _usable(
    state: JudgeState, policy: Policy, name: str, limits: _Limits
) -> tuple[list[Minute], tuple[str, ...]]:
    kept, dropped = [], []
    for row in latest(state.rows, policy.window.minutes):
        if row.minute < policy.window.warm_up_minutes:
            dropped.append(f"minute {row.minute}: green warms up")
        elif requests(row.green) < limits.min_requests or _value(row, "green", name) is None:
            dropped.append(
                f"minute {row.minute}: green had {requests(row.green):.0f} requests, {limits.min_requests} needed"
            )
        else:
            kept.append(row)
    return kept, tuple(dropped)


def _value(row: Minute, colour: str, name: str) -> float | None:
    side = getattr(row, colour)
    value: float | None = getattr(side, LATENCY_FIELDS[name]) if side else None
    return value if value and value > 0 else None


def _pool(rows: Sequence[Minute], habit: LatencyHabit, state: JudgeState, name: str) -> _Pooled:
    """Pool the log ratios by inverse variance; noise shrinks with the square root of the requests."""
    known = [row for row in rows if _value(row, "blue", name)]
    greens = np.array([_value(row, "green", name) for row in known], dtype=float)
    blues = np.array([_value(row, "blue", name) for row in known], dtype=float)
    n_green = np.array([requests(row.green) for row in known])
    n_blue = np.array([requests(row.blue) for row in known])
    ratios = np.log(greens / blues)
    variance = habit.log_noise**2 * state.reference.mean_requests * (1 / n_green + 1 / n_blue)
    weights = 1 / np.maximum(variance, 2 * habit.log_noise**2 / 10)
    return _Pooled(
        effect=float(np.average(ratios, weights=weights)) if len(known) else 0.0,
        error=float(1 / math.sqrt(weights.sum())) if len(known) else math.inf,
        recent=tuple(float(ratio) for ratio in ratios),
        blue=float(np.exp(np.average(np.log(blues), weights=weights))) if len(known) else 0.0,
        green=float(np.exp(np.average(np.log(greens), weights=weights))) if len(known) else 0.0,
        minutes=len(known),
        requests=float(n_green.sum()),
    )


def _pool_history(rows: Sequence[Minute], habit: LatencyHabit, name: str) -> _Pooled:
    logs = np.log(np.array([_value(row, "green", name) for row in rows], dtype=float))
    ratios = logs - habit.log_level
    return _Pooled(
        effect=float(ratios.mean()),
        error=habit.log_noise,  # not divided by the minutes: the level itself may have moved since the history
        recent=tuple(float(ratio) for ratio in ratios),
        blue=math.exp(habit.log_level),
        green=float(np.exp(logs.mean())),
        minutes=len(rows),
        requests=sum(requests(row.green) for row in rows),
    )


def _compare(
    name: str, pooled: _Pooled, limits: _Limits, policy: Policy, baseline: Baseline, dropped: tuple[str, ...]
) -> Evidence:
    tolerance, limit = math.log(limits.tolerance), math.log(limits.limit)
    confirm = pooled.recent[-policy.window.confirm_minutes :]
    confirmed = len(confirm) >= policy.window.confirm_minutes and min(confirm) > tolerance
    beyond = (pooled.effect - tolerance) / pooled.error
    if confirmed and pooled.effect - LIKELY * pooled.error > limit and beyond > SURE:
        finding = Finding.DIVERGED
    elif confirmed and pooled.effect > tolerance and pooled.effect > SURE * pooled.error:
        finding = Finding.INVESTIGATE
    elif pooled.minutes >= policy.window.confirm_minutes and SURE * pooled.error < limit:
        finding = Finding.HEALTHY
    else:
        finding = Finding.INCONCLUSIVE
    against = "blue's" if baseline is Baseline.CONCURRENT else "blue's history of"
    return Evidence(
        signal=f"latency_{name}", finding=finding, baseline=baseline,
        blue=pooled.blue, green=pooled.green, unit="s",
        tolerance=limits.tolerance, limit=limits.limit, effect=math.exp(pooled.effect), strength=beyond,
        minutes=pooled.minutes, requests=pooled.requests, dropped=dropped,
        sentence=(
            f"green answered in {pooled.green * 1000:.0f} ms {TITLES[name]} against {against} "
            f"{pooled.blue * 1000:.0f} ms ({math.exp(pooled.effect) - 1:+.0%}, limit {limits.limit - 1:+.0%}) "
            f"over {span(pooled.minutes)} and {pooled.requests:,.0f} requests"
        ),
    )  # fmt: skip


def _unknown(name: str, why: str, dropped: tuple[str, ...]) -> Evidence:
    return Evidence(
        signal=f"latency_{name}", finding=Finding.INCONCLUSIVE, dropped=dropped, unit="s", sentence=why
    )
