"""Resources: CPU per colour, the database's connections, and the total of the traffic."""

from collections.abc import Sequence

import numpy as np

from guardian.judge.state import JudgeState, attempts, latest, requests, span
from guardian.model import Baseline, Evidence, Finding, Minute, Scope
from guardian.policy import Policy

TREND_MINUTES = 6
"""Settled minutes through which the line of the connections is laid."""
FLAT = 0.02
"""Range over level below which a series counts as flat."""


def cpu_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge green's CPU against what blue's line (CPU over requests) predicts at green's volume."""
    evidence = Evidence(
        signal="cpu", finding=Finding.INCONCLUSIVE, unit="%", limit=policy.cpu.limit, sentence=""
    )
    pairs = []
    for row in latest(state.rows, policy.window.minutes):
        if row.minute < policy.window.warm_up_minutes or row.green is None or row.green.cpu is None:
            continue
        predicted = state.cpu.at(requests(row.green))
        if predicted is not None and predicted > 0:
            pairs.append((row.green.cpu, predicted))
    if len(pairs) < policy.window.confirm_minutes:
        service = [row.shared.service_cpu for row in state.rows[-1:] if row.shared.service_cpu is not None]
        mixed = (
            f"; the service-wide CPU of {service[0]:.0f} % mixes both colours and is information only"
            if service
            else ""
        )
        blind = all(
            row.green is None or row.green.cpu is None for row in state.rows[-policy.window.minutes :]
        )
        why = "CPU is not published per colour" if blind else "blue has not carried green's volume yet"
        return evidence.model_copy(update={"sentence": why + mixed})
    ratios = [green / predicted for green, predicted in pairs]
    green, blue = float(np.mean([pair[0] for pair in pairs])), float(np.mean([pair[1] for pair in pairs]))
    recent = ratios[-policy.window.confirm_minutes :]
    beyond = (
        min(recent) > policy.cpu.limit
        and green / blue > policy.cpu.limit
        and green - blue > policy.cpu.min_points
    )
    return evidence.model_copy(update={
        "finding": Finding.DIVERGED if beyond else Finding.HEALTHY,
        "blue": blue, "green": green, "effect": green / blue,
        "minutes": len(pairs), "requests": sum(requests(row.green) for row in state.rows[-len(pairs) :]),
        "sentence": (
            f"green used {green:.0f} % CPU where blue needs {blue:.0f} % for the same requests "
            f"({green / blue - 1:+.0%}, limit {policy.cpu.limit - 1:+.0%}) over {span(len(pairs))}"
        ),
    })  # fmt: skip


def connection_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge the database's connections, which both colours share, against two fleets and the maximum."""
    maximum, normal = policy.database.max_connections, state.reference.db_connections
    rows = [row for row in latest(state.rows, TREND_MINUTES) if row.shared.db_connections is not None]
    evidence = Evidence(
        signal="db_connections", finding=Finding.INCONCLUSIVE, scope=Scope.SHARED, baseline=Baseline.HISTORY,
        blue=normal, limit=None if maximum is None else float(maximum), unit="connections", minutes=len(rows),
        sentence="the policy names no database, or its connections or maximum are not known",
    )  # fmt: skip
    if maximum is None or normal is None or len(rows) < policy.window.confirm_minutes:
        return evidence
    levels = [row.shared.db_connections or 0.0 for row in rows]
    now, confirm = levels[-1], levels[-policy.window.confirm_minutes :]
    fleets = 2 * normal * max(1.0, _load(rows, state))
    exhausted = min(confirm) >= policy.database.plateau * maximum
    flat = len(levels) >= TREND_MINUTES and max(levels) - min(levels) <= FLAT * now and now >= 0.9 * maximum
    full_in = _minutes_until(maximum, levels)
    climbing = full_in is not None and full_in <= policy.database.horizon_minutes
    beyond = min(confirm) > fleets and (exhausted or flat or climbing)
    reach = (
        "at its plateau"
        if exhausted or flat
        else f"full in {full_in:.0f} minutes"
        if full_in is not None
        else "not climbing"
    )
    return evidence.model_copy(update={
        "finding": Finding.DIVERGED if beyond else Finding.HEALTHY,
        "green": now, "effect": now / maximum, "tolerance": fleets,
        "sentence": (
            f"the database has {now:.0f} connections of at most {maximum}, {reach}; {normal:.0f} before the shift, "
            f"{fleets:.0f} are normal for two fleets (shared by both colours)"
        ),
    })  # fmt: skip


def _load(rows: Sequence[Minute], state: JudgeState) -> float:
    total = float(np.mean([attempts(row.green) + attempts(row.blue) for row in rows]))
    return total / state.reference.requests if state.reference.requests else 1.0


def _minutes_until(maximum: float, levels: Sequence[float]) -> float | None:
    """Return in how many minutes a straight line through `levels` reaches `maximum`; None if it does not climb."""
    if len(levels) < TREND_MINUTES:
        return None
    slope = float(np.polyfit(np.arange(len(levels)), np.asarray(levels), 1)[0])
    return max(0.0, (maximum - levels[-1]) / slope) if slope > 0.005 * maximum else None


def traffic_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge whether the traffic of both colours together has been lost since the shift began."""
    usual = state.reference.requests
    rows = latest(state.rows, policy.traffic.lost_minutes)
    evidence = Evidence(
        signal="total_traffic", finding=Finding.INCONCLUSIVE, baseline=Baseline.HISTORY, unit="requests a minute",
        blue=usual, limit=policy.traffic.lost_limit, minutes=len(rows),
        sentence="no history of blue's traffic, or too few settled minutes",
    )  # fmt: skip
    known = [row for row in rows if row.blue is not None or row.green is not None]
    if usual < policy.latency.min_requests or len(known) < policy.traffic.lost_minutes:
        return evidence
    totals = [attempts(row.green) + attempts(row.blue) for row in rows]
    mean = float(np.mean(totals))
    lost = max(totals) < policy.traffic.lost_limit * usual
    return evidence.model_copy(update={
        "finding": Finding.DIVERGED if lost else Finding.HEALTHY, "green": mean, "effect": mean / usual,
        "sentence": (
            f"both colours together got {mean:,.0f} requests a minute against {usual:,.0f} before the shift "
            f"({mean / usual - 1:+.0%}, limit {policy.traffic.lost_limit - 1:+.0%}) over {span(len(rows))}"
        ),
    })  # fmt: skip
