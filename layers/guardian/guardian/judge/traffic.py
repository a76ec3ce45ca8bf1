"""Traffic: whether green answers, whether its share follows its weight, and whether the total is still there."""

import math

import numpy as np

from guardian.judge.state import JudgeState, attempts, known, latest, requests, span, stepped
from guardian.model import Baseline, Evidence, Finding, Minute
from guardian.policy import Policy

SHARE_WINDOW = 10
"""Settled minutes over which green's share is taken."""
SHARE_SURE = 6.0
"""Standard errors by which green's share of requests must fall short."""
ANSWERING = 0.5
"""Share of the due requests that a green without healthy targets must answer to count as alive all the same."""


def presence_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge whether green is there at all: healthy targets, and requests when requests are due.

    Health checks of an all-at-once shift begin only with the traffic, and a load balancer without any healthy target
    sends traffic to all: a green that answers is not dead, whatever its health checks say.
    """
    rows = latest(state.rows, policy.window.confirm_minutes)
    if len(rows) < policy.window.confirm_minutes or not all(known(row, "requests") for row in rows):
        why = "too few settled minutes in which green's requests are known"
        return Evidence(signal="green_present", finding=Finding.INCONCLUSIVE, sentence=why)
    answered = sum(requests(row.green) for row in rows)
    due = [_due(row, state) for row in rows]
    silent = answered == 0 and min(due) >= policy.traffic.silent_due
    unhealthy = all(row.green is not None and row.green.healthy_hosts == 0 for row in rows)
    sick = unhealthy and answered < ANSWERING * sum(due)
    sentence = f"green answered {answered:,.0f} requests over {span(len(rows))}"
    hosts = ", and it has no healthy target" if unhealthy else ""
    if silent or sick:
        finding = Finding.DIVERGED
        sentence = f"green is dead: {sentence.removeprefix('green ')}, {sum(due):,.0f} were due{hosts}"
    elif unhealthy:
        finding, sentence = Finding.INVESTIGATE, sentence + hosts
    else:
        finding = Finding.HEALTHY if answered else Finding.INCONCLUSIVE
    return Evidence(
        signal="green_present", finding=finding, blue=sum(due), green=answered, unit="requests",
        limit=policy.traffic.silent_due, strength=sum(due) if silent else None, minutes=len(rows), requests=answered,
        sentence=sentence,
    )  # fmt: skip


def _due(row: Minute, state: JudgeState) -> float:
    """Return how many requests the weight owed green in this minute."""
    if row.weight < 1:
        return requests(row.blue) * row.weight / (1 - row.weight)
    # Without blue's traffic beside it, silence counts only if the group still reports something.
    return state.reference.requests if row.green is not None else 0.0


def share_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge whether green's share of the requests follows its weight, leaving out minutes of a weight step."""
    recent = latest(state.rows, SHARE_WINDOW)
    rows = [row for row in recent if known(row, "requests") and not stepped(state.rows, row)]
    mixed = [str(row.minute) for row in recent if row not in rows]
    dropped = (
        (f"minutes {', '.join(mixed)}: the weight changed beside them, or requests are not known",)
        if mixed
        else ()
    )
    totals = [attempts(row.green) + attempts(row.blue) for row in rows]
    expected = sum(row.weight * total for row, total in zip(rows, totals, strict=True))
    variance = sum(row.weight * (1 - row.weight) * total for row, total in zip(rows, totals, strict=True))
    if len(rows) < 2 or variance <= 0:
        return Evidence(
            signal="request_share", finding=Finding.INCONCLUSIVE, dropped=dropped,
            sentence="no two minutes between weight steps yet with requests on both sides",
        )  # fmt: skip
    got = sum(attempts(row.green) for row in rows)
    ratio, short = got / expected, (expected - got) / math.sqrt(variance)
    limit = policy.traffic.share_limit
    finding = Finding.HEALTHY
    if short > SHARE_SURE and ratio < limit:
        finding = Finding.DIVERGED
    elif short > SHARE_SURE and ratio < (1 + limit) / 2:
        finding = Finding.INVESTIGATE
    return Evidence(
        signal="request_share", finding=finding, blue=expected, green=got, unit="requests",
        limit=limit, effect=ratio, strength=short, minutes=len(rows), requests=got, dropped=dropped,
        sentence=(
            f"green got {got:,.0f} of the {expected:,.0f} requests that its weight owed it "
            f"({ratio:.0%}, limit {limit:.0%})"
        ),
    )  # fmt: skip


def traffic_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge whether the traffic of both colours together has been lost since the shift began."""
    usual, limit = state.reference.requests, policy.traffic.lost_limit
    rows = latest(state.rows, policy.traffic.lost_minutes)
    counted = [row for row in rows if known(row, "requests") and (row.blue or row.green)]
    if usual < policy.latency.min_requests or len(counted) < policy.traffic.lost_minutes:
        unknown = "no history of blue's traffic, or too few settled minutes"
        return Evidence(signal="total_traffic", finding=Finding.INCONCLUSIVE, limit=limit, sentence=unknown)
    totals = [attempts(row.green) + attempts(row.blue) for row in counted]
    mean, lost = float(np.mean(totals)), max(totals) < limit * usual
    return Evidence(
        signal="total_traffic", finding=Finding.DIVERGED if lost else Finding.HEALTHY, baseline=Baseline.HISTORY,
        unit="requests a minute", blue=usual, green=mean, effect=mean / usual, limit=limit, minutes=len(rows),
        sentence=(
            f"both colours together got {mean:,.0f} requests a minute against {usual:,.0f} before the shift "
            f"({mean / usual - 1:+.0%}, limit {limit - 1:+.0%}) over {span(len(rows))}"
        ),
    )  # fmt: skip
