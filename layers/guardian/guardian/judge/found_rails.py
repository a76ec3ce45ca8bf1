"""What the guard rails say: presence, gross slowness and failure, lost traffic, and the database's connections."""

import math

from guardian.judge.found import STALE_MINUTES
from guardian.judge.minutes import attempts, latest, requests, span
from guardian.judge.rails import (
    GROSS_ERRORS_ALONE,
    GROSS_LATENCY,
    SILENT_MINUTES,
    grossly_failing,
    grossly_slow,
    is_silent,
    lost_below,
    traffic_is_lost,
    usual_traffic,
)
from guardian.judge.state import KEPT_MINUTES, JudgeState
from guardian.model import Baseline, Evidence, Finding, Minute, Scope
from guardian.policy import Policy

TREND_MINUTES = 3
"""Settled minutes through which the line of the connections is laid."""
FAILING = ("errors_5xx", "connection_errors")
"""Signals that gross failure is told on."""
FLAT = 0.02
"""Range over level below which a series counts as flat."""


def presence_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Say whether green is there at all: healthy targets, and requests when requests are due."""
    rails, rows = state.rails, latest(state.rows, policy.window.confirm_minutes)
    if len(rows) < policy.window.confirm_minutes or not all(_known(row) for row in rows):
        why = "too few settled minutes in which green's requests are known"
        return Evidence(signal="green_present", finding=Finding.INCONCLUSIVE, sentence=why)
    answered, silent = sum(requests(row.green) for row in rows), is_silent(state)
    unhealthy = all(row.green is not None and row.green.healthy_hosts == 0 for row in rows)
    sentence = f"green answered {answered:,.0f} requests over {span(len(rows))}"
    hosts = ", and it has no healthy target" if unhealthy else ""
    if silent or rails.sick >= SILENT_MINUTES:
        finding, over = Finding.DIVERGED, f" over {span(rails.silent)}" if silent else ""
        sentence = f"green is dead: {sentence.removeprefix('green ')}, {rails.due:,.0f} were due{over}{hosts}"
    elif unhealthy:
        finding, sentence = Finding.INVESTIGATE, sentence + hosts
    else:
        finding = Finding.HEALTHY if answered else Finding.INCONCLUSIVE
    return Evidence(
        signal="green_present", finding=finding, blue=rails.due, green=answered, unit="requests",
        limit=policy.traffic.silent_due, strength=rails.due if silent else None,
        minutes=max(len(rows), rails.silent), requests=answered, sentence=sentence,
    )  # fmt: skip


def _known(row: Minute) -> bool:
    return all(colour is None or colour.requests is not None for colour in (row.blue, row.green))


def with_gross(evidence: tuple[Evidence, ...], state: JudgeState) -> tuple[Evidence, ...]:
    """Let gross slowness and gross failure convict at once, on the signals that they are about."""
    slow = f"over {math.exp(GROSS_LATENCY):.1f} times the baseline for {span(state.rails.slow)}"
    gross = {"latency_p50": slow} if grossly_slow(state) else {}
    if grossly_failing(state):
        errors = max(
            (item for item in evidence if item.signal in FAILING), key=lambda item: item.green or 0.0
        )
        gross[errors.signal] = f"over {GROSS_ERRORS_ALONE:.0%} failing for {span(state.rails.failing)}"
    return tuple(
        item.model_copy(update={
            "finding": Finding.DIVERGED, "sentence": f"{item.sentence}; gross: {gross[item.signal]}",
        })
        if item.signal in gross else item
        for item in evidence
    )  # fmt: skip


def traffic_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Say whether the traffic of both colours together has been lost since the shift began."""
    usual, rails = usual_traffic(state), state.rails
    evidence = Evidence(
        signal="total_traffic", finding=Finding.INCONCLUSIVE, baseline=Baseline.HISTORY, unit="requests a minute",
        blue=usual, limit=policy.traffic.lost_limit, minutes=rails.lost,
        sentence="no history of blue's traffic, or too few settled minutes",
    )  # fmt: skip
    if usual <= 0 or len(latest(state.rows, KEPT_MINUTES)) < min(policy.traffic.lost_minutes, KEPT_MINUTES):
        return evidence
    ratio, limit = rails.total / usual, lost_below(state, policy) / usual
    lost = traffic_is_lost(state, policy)
    return evidence.model_copy(update={
        "finding": Finding.DIVERGED if lost else Finding.HEALTHY, "green": rails.total, "effect": ratio, "limit": limit,
        "sentence": (
            f"both colours together got {rails.total:,.0f} requests a minute against {usual:,.0f} usually "
            f"({ratio - 1:+.0%}, limit {limit - 1:+.0%}) over {span(max(rails.lost, 1))}"
        ),
    })  # fmt: skip


def connection_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Say what was found about the database's connections, which both colours share."""
    maximum, normal = policy.database.max_connections, state.reference.db_connections
    known = [row for row in latest(state.rows, KEPT_MINUTES) if row.shared.db_connections is not None]
    rows = known[-TREND_MINUTES:]
    evidence = Evidence(
        signal="db_connections", finding=Finding.INCONCLUSIVE, scope=Scope.SHARED, baseline=Baseline.HISTORY,
        blue=normal, limit=None if maximum is None else float(maximum), unit="connections", minutes=len(rows),
        sentence="the policy names no database, or its connections or maximum are not known",
    )  # fmt: skip
    stale = not rows or state.rows[-1].minute - rows[-1].minute > STALE_MINUTES
    if maximum is None or normal is None or stale or len(rows) < policy.window.confirm_minutes:
        return evidence
    levels = [row.shared.db_connections or 0.0 for row in rows]
    confirm, fleets = levels[-policy.window.confirm_minutes :], 2 * normal * max(1.0, _load(state))
    reach = _reach(levels, maximum, policy)
    beyond = min(confirm) > fleets and reach.startswith(("at its", "full in"))
    return evidence.model_copy(update={
        "finding": Finding.DIVERGED if beyond else Finding.HEALTHY,
        "green": levels[-1], "effect": levels[-1] / maximum, "tolerance": fleets,
        "sentence": (
            f"the database has {levels[-1]:.0f} connections of at most {maximum}, {reach}; {normal:.0f} before the "
            f"shift, {fleets:.0f} are normal for two fleets (shared by both colours)"
        ),
    })  # fmt: skip


def _reach(levels: list[float], maximum: int, policy: Policy) -> str:
    """Say whether the connections are at their maximum, on the way to it, or neither."""
    confirm = levels[-policy.window.confirm_minutes :]
    exhausted = min(confirm) >= policy.database.plateau * maximum
    flat = len(levels) >= TREND_MINUTES and max(levels) - min(levels) <= FLAT * levels[-1]
    if exhausted or (flat and levels[-1] >= 0.9 * maximum):
        return "at its plateau"
    full_in = _minutes_until(maximum, levels)
    if full_in is None:
        return "not climbing"
    return (
        f"full in {full_in:.0f} minutes" if full_in <= policy.database.horizon_minutes else "climbing slowly"
    )


def _load(state: JudgeState) -> float:
    rows = latest(state.rows, TREND_MINUTES)
    total = sum(attempts(row.green) + attempts(row.blue) for row in rows) / len(rows)
    return total / state.reference.requests if state.reference.requests else 1.0


def _minutes_until(maximum: float, levels: list[float]) -> float | None:
    """Return in how many minutes a straight line through `levels` reaches `maximum`; None if it does not climb."""
    if len(levels) < TREND_MINUTES:
        return None
    # A line through a single step climbs too, but not any more at its end.
    slope = min(_slope(levels), _slope(levels[-TREND_MINUTES // 2 :]))
    return max(0.0, (maximum - levels[-1]) / slope) if slope > 0.005 * maximum else None


def _slope(levels: list[float]) -> float:
    """Return the least-squares growth per minute."""
    middle = (len(levels) - 1) / 2
    spread = sum((at - middle) ** 2 for at in range(len(levels)))
    return sum((at - middle) * level for at, level in enumerate(levels)) / spread
