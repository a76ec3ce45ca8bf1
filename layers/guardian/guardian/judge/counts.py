"""Counts: server errors, failed connections, and whether requests reach green at all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guardian.judge.state import Count, JudgeState, Reference, attempts, latest, requests, span, stepped
from guardian.model import Baseline, Colour, Evidence, Finding, Minute
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
    habit: Callable[[Reference], float]


def _fives(colour: Colour | None) -> float:
    return (colour.errors_5xx or 0.0) if colour else 0.0


def _failed_connections(colour: Colour | None) -> float:
    return (colour.connection_errors or 0.0) if colour else 0.0


KINDS = (
    _Kind("errors_5xx", "5XX answers", _fives, requests, lambda blue: blue.errors_5xx),
    _Kind(
        "connection_errors",
        "failed connections",
        _failed_connections,
        attempts,
        lambda blue: blue.connection_errors,
    ),
)


def error_evidence(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Judge green's 5XX answers and failed connections, each as a rate against blue's."""
    rows = latest(state.rows, ERROR_WINDOW)
    return tuple(_errors(kind, rows, state, policy) for kind in KINDS)


@dataclass(frozen=True)
class _Tally:
    """Errors and requests of both colours over the window."""

    green_errors: float
    green_sent: float
    blue_errors: float
    blue_sent: float
    bad_minutes: int
    habit: float
    surprise: float
    alone: bool

    @property
    def rate(self) -> float:
        return self.green_errors / self.green_sent

    @property
    def blue_rate(self) -> float:
        return self.habit if self.alone else self.blue_errors / self.blue_sent


def _errors(kind: _Kind, rows: Sequence[Minute], state: JudgeState, policy: Policy) -> Evidence:
    if not any(kind.sent(row.green) for row in rows):
        return Evidence(
            signal=kind.signal, finding=Finding.INCONCLUSIVE, sentence="nothing was sent to green yet"
        )
    tally = _tally(kind, rows, state, policy)
    return Evidence(
        signal=kind.signal, finding=_finding(tally, policy),
        baseline=Baseline.HISTORY if tally.alone else Baseline.CONCURRENT,
        blue=tally.blue_rate, green=tally.rate, unit="per request", tolerance=TOLERATED, limit=policy.errors.limit,
        effect=tally.rate / tally.blue_rate if tally.blue_rate else None, strength=tally.surprise,
        minutes=len(rows), requests=tally.green_sent,
        sentence=_told(kind, tally, policy, len(rows)),
    )  # fmt: skip


def _told(kind: _Kind, tally: _Tally, policy: Policy, minutes: int) -> str:
    over = f"over {span(minutes)}"
    if not tally.green_errors:
        return f"green had no {kind.noun} in {tally.green_sent:,.0f} requests {over}"
    against = f"{tally.blue_errors:.0f} of {tally.blue_sent:,.0f} ({tally.blue_rate:.2%}) on blue"
    if tally.alone:
        against = f"{tally.blue_rate:.2%} on blue before the shift"
    return (
        f"green had {tally.green_errors:.0f} {kind.noun} in {tally.green_sent:,.0f} requests ({tally.rate:.2%}) "
        f"against {against} (limit {policy.errors.limit:g} times blue) {over}"
    )


def _tally(kind: _Kind, rows: Sequence[Minute], state: JudgeState, policy: Policy) -> _Tally:
    bad = [kind.errors(row.green) for row in rows]
    blue_sent = sum(kind.sent(row.blue) for row in rows)
    alone = blue_sent < policy.latency.min_requests
    return _Tally(
        green_errors=sum(bad),
        green_sent=sum(kind.sent(row.green) for row in rows),
        blue_errors=sum(kind.errors(row.blue) for row in rows),
        blue_sent=blue_sent,
        bad_minutes=sum(1 for errors in bad if errors),
        habit=kind.habit(state.reference),
        surprise=0.0 if alone else _surprise(kind, rows),
        alone=alone,
    )


def _finding(tally: _Tally, policy: Policy) -> Finding:
    rules = policy.errors
    enough = (
        tally.green_errors >= rules.min_errors and tally.rate >= rules.min_rate and tally.bad_minutes >= 2
    )
    if tally.alone:
        convicted = enough and tally.rate >= max(rules.history_rate, HISTORY_RATIO * tally.habit)
    else:
        convicted = (
            enough and tally.rate > rules.limit * tally.blue_rate and tally.surprise > -math.log(CHANCE)
        )
    if convicted:
        return Finding.DIVERGED
    return Finding.INVESTIGATE if tally.green_errors and tally.rate > tally.blue_rate else Finding.HEALTHY


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
    if len(rows) < policy.window.confirm_minutes:
        return Evidence(
            signal="green_present",
            finding=Finding.INCONCLUSIVE,
            sentence="too few settled minutes of green's traffic yet",
        )
    answered = sum(requests(row.green) for row in rows)
    due = [_due(row, state) for row in rows]
    silent = answered == 0 and min(due) >= policy.traffic.silent_due
    sick = all(row.green is not None and row.green.healthy_hosts == 0 for row in rows)
    finding = Finding.HEALTHY if answered else Finding.INCONCLUSIVE
    sentence = f"green answered {answered:,.0f} requests over {span(len(rows))}"
    if silent or sick:
        finding = Finding.DIVERGED
        sentence = f"green is dead: {sentence.removeprefix('green ')}, {sum(due):,.0f} were due"
        sentence += ", and it has no healthy target" if sick else ""
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
    recent = latest(state.rows, ERROR_WINDOW)
    rows = [row for row in recent if not stepped(state.rows, row)]
    mixed = [str(row.minute) for row in recent if row not in rows]
    dropped = (f"minutes {', '.join(mixed)}: the weight changed beside them",) if mixed else ()
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
