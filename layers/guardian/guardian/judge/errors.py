"""Errors: 5XX answers and failed connections of green, as rates against blue's."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guardian.judge.state import JudgeState, Reference, attempts, known, latest, requests, span
from guardian.model import Baseline, Colour, Evidence, Finding, Minute
from guardian.policy import Policy

WINDOW = 10
"""Settled minutes over which errors are counted."""
TOLERATED = 1.5
"""Ratio of green's error rate to blue's that is still called chance."""
CHANCE = 1e-4
"""Probability, under the tolerated ratio, below which green's share of the errors is no chance."""
HISTORY_RATIO = 10.0
"""Ratio to blue's historical rate that a rate on green alone must reach."""
BAD_MINUTES = 2
"""Minutes in which green must have had errors: one bad minute may be a blip."""


@dataclass(frozen=True)
class _Kind:
    signal: str
    noun: str
    sent: Callable[[Colour | None], float]
    habit: Callable[[Reference], float]

    def errors(self, colour: Colour | None) -> float:
        value: float | None = getattr(colour, self.signal) if colour else None
        return value or 0.0

    def known(self, row: Minute) -> bool:
        """Tell whether both colours' errors and requests are known; nothing sent at all is known too."""
        return known(row, self.signal) and known(row, "requests")


KINDS = (
    _Kind("errors_5xx", "5XX answers", requests, lambda blue: blue.errors_5xx),
    _Kind("connection_errors", "failed connections", attempts, lambda blue: blue.connection_errors),
)


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
        if self.alone:
            return self.habit
        return self.blue_errors / self.blue_sent if self.blue_sent else 0.0


def error_evidence(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Judge green's 5XX answers and failed connections, each as a rate against blue's."""
    return tuple(_judge(kind, state, policy) for kind in KINDS)


def _judge(kind: _Kind, state: JudgeState, policy: Policy) -> Evidence:
    recent = latest(state.rows, WINDOW)
    rows = [row for row in recent if kind.known(row)]
    unknown = [str(row.minute) for row in recent if row not in rows]
    dropped = (f"minutes {', '.join(unknown)}: {kind.noun} not known",) if unknown else ()
    if not any(kind.sent(row.green) for row in rows):
        why = f"{kind.noun} are not known" if unknown else "nothing was sent to green yet"
        return Evidence(signal=kind.signal, finding=Finding.INCONCLUSIVE, dropped=dropped, sentence=why)
    tally = _tally(kind, rows, state, policy)
    return Evidence(
        signal=kind.signal, finding=_finding(tally, policy),
        baseline=Baseline.HISTORY if tally.alone else Baseline.CONCURRENT,
        blue=tally.blue_rate, green=tally.rate, unit="per request", tolerance=TOLERATED, limit=policy.errors.limit,
        effect=tally.rate / tally.blue_rate if tally.blue_rate else None, strength=tally.surprise,
        minutes=len(rows), requests=tally.green_sent, dropped=dropped,
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
    # Blue's past stands in for blue only when blue has no traffic any more, not when there is little of it.
    alone = rows[-1].weight >= 1 and blue_sent < policy.latency.min_requests
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
    many = tally.green_errors >= rules.min_errors and tally.bad_minutes >= BAD_MINUTES
    if tally.alone:
        beyond = tally.rate >= max(rules.history_rate, HISTORY_RATIO * tally.habit)
    else:
        beyond = tally.rate > rules.limit * tally.blue_rate and tally.surprise > -math.log(CHANCE)
    if many and beyond and tally.rate >= rules.min_rate:
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
