"""Counts: server errors, failed connections, and whether requests reach green at all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from guardian.judge.state import Count, JudgeState, attempts, latest, requests, stepped
from guardian.model import Baseline, Colour, Evidence, Finding, Minute, Role
from guardian.policy import Policy

ERROR_WINDOW = 10
"""Settled minutes over which errors are counted."""
TOLERATED = 1.5
"""Ratio of green's error rate to blue's that is still called chance."""
CHANCE = 1e-4
"""Probability, under the tolerated ratio, below which green's share of the errors is no chance."""
SHARE_SURE = 6.0
"""Standard errors by which green's share of requests must fall short."""
HISTORY_RATIO = 10.0
"""Ratio to blue's historical rate that a rate on green alone must reach."""


@dataclass(frozen=True)
class _Kind:
    signal: str
    noun: str
    errors: Count
    sent: Count


def _fives(colour: Colour | None) -> float:
    return (colour.errors_5xx or 0.0) if colour else 0.0


def _failed_connections(colour: Colour | None) -> float:
    return (colour.connection_errors or 0.0) if colour else 0.0


KINDS = (
    _Kind("errors_5xx", "5XX answers", _fives, requests),
    _Kind("connection_errors", "failed connections", _failed_connections, attempts),
)


def error_evidence(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Judge green's 5XX answers and failed connections, each as a rate against blue's."""
    rows = latest(state.rows, ERROR_WINDOW)
    return tuple(_errors(kind, rows, state, policy) for kind in KINDS)


def _errors(kind: _Kind, rows: Sequence[Minute], state: JudgeState, policy: Policy) -> Evidence:
    bad = [kind.errors(row.green) for row in rows]
    sent_green, sent_blue = (
        sum(kind.sent(row.green) for row in rows),
        sum(kind.sent(row.blue) for row in rows),
    )
    green_errors, blue_errors = sum(bad), sum(kind.errors(row.blue) for row in rows)
    if not sent_green:
        return Evidence(
            signal=kind.signal, finding=Finding.INCONCLUSIVE, sentence="nothing was sent to green yet"
        )
    habit = state.reference.errors_5xx if kind.signal == "errors_5xx" else state.reference.connection_errors
    alone = sent_blue < policy.latency.min_requests
    rate, blue_rate = green_errors / sent_green, habit if alone else blue_errors / sent_blue
    surprise = 0.0 if alone else _surprise(kind, rows)
    enough = (
        green_errors >= policy.errors.min_errors
        and rate >= policy.errors.min_rate
        and sum(1 for n in bad if n) >= 2
    )
    if alone:
        convicted = enough and rate >= policy.errors.history_rate and rate >= HISTORY_RATIO * habit
    else:
        convicted = enough and rate > policy.errors.limit * blue_rate and surprise > -math.log(CHANCE)
    finding = Finding.HEALTHY
    if convicted:
        finding = Finding.DIVERGED
    elif green_errors and rate > blue_rate:
        finding = Finding.INVESTIGATE
    against = (
        f"{blue_rate:.2%} on blue before the shift"
        if alone
        else f"{blue_errors:.0f} of {sent_blue:,.0f} ({blue_rate:.2%}) on blue"
    )
    return Evidence(
        signal=kind.signal, finding=finding, baseline=Baseline.HISTORY if alone else Baseline.CONCURRENT,
        blue=blue_rate, green=rate, unit="per request", tolerance=TOLERATED, limit=policy.errors.limit,
        effect=rate / blue_rate if blue_rate else None, strength=surprise, minutes=len(rows), requests=sent_green,
        sentence=(
            f"green had {green_errors:.0f} {kind.noun} in {sent_green:,.0f} requests ({rate:.2%}) against {against} "
            f"(limit {policy.errors.limit:g} times blue) over {len(rows)} minutes"
        ),
    )  # fmt: skip


def _surprise(kind: _Kind, rows: Sequence[Minute]) -> float:
    """Return -log of the chance that so many of the errors fell on green if its rate were 1.5 times blue's.

    Given the errors of both colours in a minute, green's part is binomial; over minutes with different weights it is
    Poisson binomial, whose upper tail the binomial with the mean probability bounds (Hoeffding 1956).
    """
    total = expected = green = 0.0
    for row in rows:
        errors = kind.errors(row.green) + kind.errors(row.blue)
        odds = TOLERATED * kind.sent(row.green)
        if errors and odds + kind.sent(row.blue) > 0:
            total += errors
            expected += errors * odds / (odds + kind.sent(row.blue))
            green += kind.errors(row.green)
    if green <= expected + 1:
        return 0.0
    return -_log_tail(round(total), min(expected / total, 1 - 1e-12), round(green))


def _log_tail(n: int, p: float, least: int) -> float:
    """Return log P(X >= least) for X binomial(n, p), summing the few terms that matter."""
    terms = []
    for k in range(least, n + 1):
        choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        terms.append(choose + k * math.log(p) + (n - k) * math.log1p(-p))
        if terms[-1] < terms[0] - 40:
            break
    top = max(terms)
    return top + math.log(sum(math.exp(term - top) for term in terms))


def presence_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge whether green is there at all: healthy targets, and requests when requests are due."""
    rows = latest(state.rows, policy.window.confirm_minutes)
    evidence = Evidence(
        signal="green_present",
        finding=Finding.INCONCLUSIVE,
        sentence="no settled minute of green's traffic yet",
    )
    if len(rows) < policy.window.confirm_minutes:
        return evidence
    due = [_due(row, state) for row in rows]
    silent = all(requests(row.green) == 0 for row in rows) and min(due) >= policy.traffic.silent_due
    sick = all(row.green is not None and row.green.healthy_hosts == 0 for row in rows)
    minutes = len(rows)
    if silent or sick:
        hosts = "no healthy target" if sick else "unknown health"
        answered = sum(requests(row.green) for row in rows)
        return evidence.model_copy(update={
            "finding": Finding.DIVERGED, "green": answered, "blue": sum(due), "unit": "requests", "minutes": minutes,
            "strength": sum(due) if silent else None, "limit": policy.traffic.silent_due,
            "sentence": f"green is dead: {answered:.0f} requests answered of {sum(due):,.0f} due, {hosts}, over {minutes} minutes",
        })  # fmt: skip
    answered = sum(requests(row.green) for row in rows)
    return evidence.model_copy(update={
        "finding": Finding.HEALTHY if answered else Finding.INCONCLUSIVE, "green": answered, "unit": "requests",
        "minutes": minutes, "requests": answered, "sentence": f"green answered {answered:,.0f} requests over {minutes} minutes",
    })  # fmt: skip


def _due(row: Minute, state: JudgeState) -> float:
    """Return how many requests the weight owed green in this minute."""
    if row.weight < 1:
        return requests(row.blue) * row.weight / (1 - row.weight)
    # Without blue's traffic beside it, silence counts only if the group still reports something.
    return state.reference.requests if row.green is not None else 0.0


def share_evidence(state: JudgeState, policy: Policy) -> Evidence:
    """Judge whether green's share of the requests follows its weight, leaving out minutes of a weight step."""
    recent = latest(state.rows, ERROR_WINDOW)
    rows = [row for row in recent if not stepped(state.rows, row)]
    dropped = tuple(f"minute {row.minute}: the weight changed beside it" for row in recent if row not in rows)
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
        signal="request_share", finding=finding, blue=expected, green=got, unit="requests", limit=limit, effect=ratio,
        strength=short, minutes=len(rows), requests=got, dropped=dropped,
        sentence=f"green got {got:,.0f} of the {expected:,.0f} requests that its weight owed it ({ratio:.0%}, limit {limit:.0%})",
    )  # fmt: skip


def custom_evidence(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Judge the policy's own ratios, green against blue in the same minutes (two-proportion z test)."""
    rows = latest(state.rows, ERROR_WINDOW)
    found = []
    for metric in policy.custom:
        (x_g, n_g), (x_b, n_b) = (_custom(rows, role, metric.name) for role in (Role.GREEN, Role.BLUE))
        if min(n_g, n_b) < policy.latency.min_requests or not x_b:
            found.append(
                Evidence(
                    signal=metric.name,
                    finding=Finding.INCONCLUSIVE,
                    sentence=f"{metric.name}: too few on one side",
                )
            )
            continue
        rate_g, rate_b, pooled = x_g / n_g, x_b / n_b, (x_g + x_b) / (n_g + n_b)
        error = math.sqrt(max(pooled * (1 - min(pooled, 1)), 1e-12) * (1 / n_g + 1 / n_b))
        worse = (rate_b - rate_g) if metric.worse == "lower" else (rate_g - rate_b)
        beyond = worse / rate_b > metric.limit and worse / error > SHARE_SURE - 2
        found.append(Evidence(
            signal=metric.name, finding=Finding.DIVERGED if beyond else Finding.HEALTHY, blue=rate_b, green=rate_g, unit="ratio",
            limit=metric.limit, effect=rate_g / rate_b, strength=worse / error, minutes=len(rows), requests=n_g,
            sentence=f"{metric.name} is {rate_g:.1%} on green against {rate_b:.1%} on blue ({rate_g / rate_b - 1:+.0%}, limit {metric.limit:.0%} {metric.worse}) over {len(rows)} minutes",
        ))  # fmt: skip
    return tuple(found)


def _custom(rows: Sequence[Minute], role: Role, name: str) -> tuple[float, float]:
    sides = [side for row in rows if (side := row.green if role is Role.GREEN else row.blue) is not None]
    pairs = [pair for side in sides if (pair := side.custom.get(name)) is not None and None not in pair]
    return sum(top or 0.0 for top, _ in pairs), sum(bottom or 0.0 for _, bottom in pairs)
