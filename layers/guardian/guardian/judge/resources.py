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
NEAR = 0.9
"""Share of the maximum from which a flat series counts as a plateau at it."""
CLIMB = 0.005
"""Share of the maximum by which connections must grow each minute to be climbing."""


def cpu_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge green's CPU against what blue's line (CPU over requests) predicts at green's volume."""
    pairs = _cpu_pairs(state, policy)
    if len(pairs) < policy.window.confirm_minutes:
        why = _why_no_cpu(state, policy)
        return Evidence(
            signal="cpu", finding=Finding.INCONCLUSIVE, unit="%", limit=policy.cpu.limit, sentence=why
        )
    green, blue = (float(np.mean(values)) for values in zip(*pairs, strict=True))
    recent = [one / predicted for one, predicted in pairs[-policy.window.confirm_minutes :]]
    beyond = min(*recent, green / blue) > policy.cpu.limit and green - blue > policy.cpu.min_points
    return Evidence(
        signal="cpu", finding=Finding.DIVERGED if beyond else Finding.HEALTHY, unit="%", limit=policy.cpu.limit,
        blue=blue, green=green, effect=green / blue, minutes=len(pairs),
        requests=sum(requests(row.green) for row in state.rows[-len(pairs) :]),
        sentence=(
            f"green used {green:.0f} % CPU where blue needs {blue:.0f} % for the same requests "
            f"({green / blue - 1:+.0%}, limit {policy.cpu.limit - 1:+.0%}) over {span(len(pairs))}"
        ),
    )  # fmt: skip


def _cpu_pairs(state: JudgeState, policy: Policy) -> list[tuple[float, float]]:
    """Return green's CPU and the line's prediction for each minute in which both are known."""
    pairs = []
    for row in latest(state.rows, policy.window.minutes):
        if row.minute < policy.window.warm_up_minutes or row.green is None or row.green.cpu is None:
            continue
        predicted = state.cpu.at(requests(row.green))
        if predicted is not None and predicted > 0:
            pairs.append((row.green.cpu, predicted))
    return pairs


def _why_no_cpu(state: JudgeState, policy: Policy) -> str:
    recent = state.rows[-policy.window.minutes :]
    if any(row.green is not None and row.green.cpu is not None for row in recent):
        return "blue has not carried green's volume yet, or green still warms up"
    service = state.rows[-1].shared.service_cpu
    mixed = (
        f"; {service:.0f} % for the service mixes both colours and is information only"
        if service is not None
        else ""
    )
    return f"CPU is not published per colour{mixed}"


def connection_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge the database's connections, which both colours share, against two fleets and the maximum."""
    maximum, normal = policy.database.max_connections, state.reference.db_connections
    rows = [row for row in latest(state.rows, TREND_MINUTES) if row.shared.db_connections is not None]
    if maximum is None or normal is None or len(rows) < policy.window.confirm_minutes:
        unknown = "the policy names no database, or its connections or maximum are not known"
        return Evidence(
            signal="db_connections", finding=Finding.INCONCLUSIVE, scope=Scope.SHARED, sentence=unknown
        )
    levels = [row.shared.db_connections or 0.0 for row in rows]
    fleets = 2 * normal * max(1.0, _load(rows, state))
    reach = _reach(levels, maximum, policy)
    beyond = min(levels[-policy.window.confirm_minutes :]) > fleets and reach is not None
    return Evidence(
        signal="db_connections", finding=Finding.DIVERGED if beyond else Finding.HEALTHY, scope=Scope.SHARED,
        baseline=Baseline.HISTORY, unit="connections", blue=normal, green=levels[-1], tolerance=fleets, limit=maximum,
        effect=levels[-1] / maximum, minutes=len(rows),
        sentence=(
            f"the database has {levels[-1]:.0f} connections of at most {maximum}, {reach or 'not climbing'}; "
            f"{normal:.0f} before the shift, {fleets:.0f} are normal for two fleets (shared by both colours)"
        ),
    )  # fmt: skip


def _reach(levels: Sequence[float], maximum: int, policy: Policy) -> str | None:
    """Say how the connections reach their maximum: a plateau, or a line that ends there; None if they do not."""
    if min(levels[-policy.window.confirm_minutes :]) >= policy.database.plateau * maximum:
        return "exhausted"
    if len(levels) < TREND_MINUTES:
        return None
    if max(levels) - min(levels) <= FLAT * levels[-1] and levels[-1] >= NEAR * maximum:
        return "flat below it"
    whole, late = (_slope(levels[-count:]) for count in (TREND_MINUTES, TREND_MINUTES // 2))
    slope = min(whole, late)  # a line through one step climbs too, but not any more at its end
    if slope <= CLIMB * maximum or (maximum - levels[-1]) / slope > policy.database.horizon_minutes:
        return None
    return f"full in {max(0.0, (maximum - levels[-1]) / slope):.0f} minutes"


def _slope(levels: Sequence[float]) -> float:
    """Return the least-squares growth per minute."""
    return float(np.polyfit(np.arange(len(levels)), np.asarray(levels), 1)[0])


def _load(rows: Sequence[Minute], state: JudgeState) -> float:
    """Return the traffic of these minutes over what was usual before the shift."""
    total = float(np.mean([attempts(row.green) + attempts(row.blue) for row in rows]))
    return total / state.reference.requests if state.reference.requests else 1.0
