"""What is found about latency, CPU and green's share: estimate, evidence and sentence of each signal."""

import math
from collections.abc import Sequence

from guardian.judge.found import STALE_MINUTES
from guardian.judge.latency import rules_of
from guardian.judge.minutes import LATENCY_FIELDS, CpuPoint, LatencyPoint, SharePoint, latest, span
from guardian.judge.state import JudgeState
from guardian.judge.weighing import Scale, window
from guardian.model import Baseline, Evidence, Finding
from guardian.policy import Policy

TITLES = {"p50": "at the median", "avg": "on average", "p99": "at p99"}
SURE = 2.0
"""Standard errors by which the estimate must lie below the limit for green to be called healthy."""


def latency_evidence(state: JudgeState, policy: Policy, scale: Scale) -> tuple[Evidence, ...]:
    """Say what was found about the median, the mean and the p99 of green's response time."""
    return tuple(_latency(name, state, policy, scale) for name in LATENCY_FIELDS)


def _latency(name: str, state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    signal = f"latency_{name}"
    bet, dropped = state.bets.get(signal), _dropped(state, signal)
    if bet is None:
        why = state.skipped.get(
            signal, f"no minute yet with {policy.latency.min_requests} requests on each side"
        )
        sentence = f"green's latency {TITLES[name]} cannot be told yet: {why}"
        return Evidence(
            signal=signal, finding=Finding.INCONCLUSIVE, dropped=dropped, unit="s", sentence=sentence
        )
    recent = [LatencyPoint(*point) for point in bet.points]
    points = [point for point in recent if point.alone == recent[-1].alone][
        -window(bet, scale, signal, policy) :
    ]
    alone, limit = points[-1].alone > 0, _limit(name, points[-1], policy)
    weights = [1 / point.variance for point in points]
    effect, error = _mean([point.ratio for point in points], weights), 1 / math.sqrt(sum(weights))
    blue = math.exp(_mean([math.log(point.blue) for point in points], weights))
    sent = sum(point.requests for point in points)
    finding = _latency_finding(name, points, effect, error, state, policy, scale)
    against = "blue's history of" if alone else "blue's"
    return Evidence(
        signal=signal, finding=finding, baseline=Baseline.HISTORY if alone else Baseline.CONCURRENT,
        blue=blue, green=blue * math.exp(effect), unit="s",
        tolerance=math.exp(rules_of(policy.latency, name).tolerance), limit=math.exp(limit),
        effect=math.exp(effect), strength=scale.strength(signal),
        minutes=len(points), requests=sent, dropped=dropped,
        sentence=(
            f"green answered in {blue * math.exp(effect) * 1000:.0f} ms {TITLES[name]} against {against} "
            f"{blue * 1000:.0f} ms ({math.exp(effect) - 1:+.0%}, limit {math.exp(limit) - 1:+.0%}) "
            f"over {span(len(points))} and {sent:,.0f} requests{scale.told(signal)}"
        ),
    )  # fmt: skip


def _limit(name: str, point: LatencyPoint, policy: Policy) -> float:
    if point.alone:
        return math.log(policy.latency.history_limit)
    return rules_of(policy.latency, name).limit + point.allowed


def _latency_finding(
    name: str,
    points: Sequence[LatencyPoint],
    effect: float,
    error: float,
    state: JudgeState,
    policy: Policy,
    scale: Scale,
) -> Finding:
    signal, limit = f"latency_{name}", _limit(name, points[-1], policy)
    rules = rules_of(policy.latency, name)
    inner = math.log(policy.latency.limit) if points[-1].alone else rules.tolerance + points[-1].allowed
    confirm = points[-policy.window.confirm_minutes :]
    enough = sum(point.requests for point in points) >= policy.latency.min_requests
    lasting = (
        len(confirm) == policy.window.confirm_minutes and min(point.ratio for point in confirm[-1:]) > inner
    )
    if scale.convicts(signal) and effect > limit and enough and lasting:
        return Finding.DIVERGED
    if scale.interests(signal) and effect > inner and enough:
        return Finding.INVESTIGATE
    fresh = state.rows[-1].minute - points[-1].minute <= STALE_MINUTES
    noticed = effect + SURE * error <= limit
    return Finding.HEALTHY if fresh and noticed and enough and len(confirm) >= 2 else Finding.INCONCLUSIVE


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _dropped(state: JudgeState, signal: str) -> tuple[str, ...]:
    why = state.skipped.get(signal)
    return (f"minute {state.rows[-1].minute}: {why}",) if why else ()


def cpu_evidence(state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    """Say what was found about green's CPU against what blue's line (CPU over requests) predicts at green's volume."""
    bet, dropped = state.bets.get("cpu"), _dropped(state, "cpu")
    evidence = Evidence(
        signal="cpu", finding=Finding.INCONCLUSIVE, unit="%", tolerance=policy.cpu.tolerance, limit=policy.cpu.limit,
        dropped=dropped, sentence="",
    )  # fmt: skip
    if bet is None or state.rows[-1].minute - bet.points[-1][0] > STALE_MINUTES:
        why = state.skipped.get("cpu", "no minute with CPU per colour for too long")
        return evidence.model_copy(update={"sentence": why + _service_cpu(state)})
    points = [CpuPoint(*point) for point in bet.points][-window(bet, scale, "cpu", policy) :]
    weights = [1 / point.variance for point in points]
    effect = math.exp(_mean([point.ratio for point in points], weights))
    green, blue = (
        _mean([point.green for point in points], weights),
        _mean([point.blue for point in points], weights),
    )
    finding = Finding.HEALTHY
    if scale.convicts("cpu") and effect > policy.cpu.limit and green - blue > policy.cpu.min_points:
        finding = Finding.DIVERGED
    elif scale.interests("cpu") and effect > policy.cpu.tolerance and green - blue > policy.cpu.min_points:
        finding = Finding.INVESTIGATE
    return evidence.model_copy(update={
        "finding": finding, "blue": blue, "green": green, "effect": effect, "strength": scale.strength("cpu"),
        "minutes": len(points), "requests": sum(point.requests for point in points),
        "sentence": (
            f"green used {green:.0f} % CPU where blue needs {blue:.0f} % for the same requests "
            f"({effect - 1:+.0%}, limit {policy.cpu.limit - 1:+.0%}) over {span(len(points))}{scale.told('cpu')}"
        ),
    })  # fmt: skip


def _service_cpu(state: JudgeState) -> str:
    level = state.rows[-1].shared.service_cpu
    if level is None:
        return ""
    return f"; the service-wide CPU of {level:.0f} % mixes both colours and is information only"


def share_evidence(state: JudgeState, policy: Policy, scale: Scale) -> Evidence:
    """Say what was found about green's share of the requests, minutes of a weight step left out."""
    bet = state.bets.get("request_share")
    rows = latest(state.rows, len(state.rows))
    steps = [
        str(row.minute)
        for before, row in zip(state.rows, state.rows[1:], strict=False)
        if row.weight > before.weight
    ]
    dropped = (f"minutes beside the weight steps in {', '.join(steps)}",) if steps else ()
    if bet is None or len(bet.points) < 2 or not rows:
        return Evidence(
            signal="request_share", finding=Finding.INCONCLUSIVE, dropped=dropped,
            sentence="no two minutes between weight steps yet with requests on both sides",
        )  # fmt: skip
    points = [SharePoint(*point) for point in bet.points][-window(bet, scale, "request_share", policy) :]
    got, owed = sum(point.got for point in points), sum(point.owed for point in points)
    ratio, limit = got / owed, policy.traffic.share_limit
    finding = Finding.HEALTHY
    if scale.convicts("request_share") and ratio < limit:
        finding = Finding.DIVERGED
    elif scale.interests("request_share") and ratio < policy.traffic.share_tolerance:
        finding = Finding.INVESTIGATE
    return Evidence(
        signal="request_share", finding=finding, blue=owed, green=got, unit="requests",
        tolerance=policy.traffic.share_tolerance, limit=limit, effect=ratio, strength=scale.strength("request_share"),
        minutes=len(points), requests=got, dropped=dropped,
        sentence=(
            f"green got {got:,.0f} of the {owed:,.0f} requests that its weight owed it "
            f"({ratio:.0%}, limit {limit:.0%}) over {span(len(points))}{scale.told('request_share')}"
        ),
    )  # fmt: skip
