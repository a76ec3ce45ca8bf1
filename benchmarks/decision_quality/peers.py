"""The rules that other tools decide by, small and faithful, each a pure function of what is visible at a tick.

`rows` are the newest appearance of each visible minute, oldest first, history included. Where a tool's own defaults are
absolute (500 ms, 1 s), its latency threshold is set from the service's history instead, as a careful owner would.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.decision_quality import kayenta
from benchmarks.decision_quality.rows import Row, count, shifted, value

Peer = Callable[[Mapping[str, Any], Sequence[Row], int], bool]


def _usual_latency(rows: Sequence[Row]) -> float:
    """Return the mean of blue's mean latency before the shift; infinite without history."""
    known = [v for row in rows if row["minute"] < 0 and (v := value(row, "blue", "latency_avg"))]
    return float(np.mean(known)) if known else math.inf


def _success(row: Row) -> float | None:
    """Return green's success rate in one minute (connection errors and 5XX are failures); None without requests."""
    served, refused = count(row, "green", "requests"), count(row, "green", "connection_errors")
    failed = count(row, "green", "errors_5xx") + refused
    return 1 - failed / (served + refused) if served + refused else None


def any_5xx(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """Alarm on the first 5XX of green ("zero tolerance" as an alarm: Sum >= 1 for 1 of 1 minutes)."""
    return any(count(row, "green", "errors_5xx") >= 1 for row in shifted(rows))


def _two_in_a_row(flags: Sequence[bool]) -> bool:
    return any(a and b for a, b in pairwise(flags))


def companion_alarms(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """The companion stack's own alarms: green's 5XX Sum > 10, or mean latency > 1 s, for 2 x 60 s; gaps are fine."""
    shift = shifted(rows)
    failing = [count(row, "green", "errors_5xx") > 10 for row in shift]
    slow = [(value(row, "green", "latency_avg") or 0.0) > 1.0 for row in shift]
    return _two_in_a_row(failing) or _two_in_a_row(slow)


def tuned_alarms(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """The same alarms, tuned to the service: twice the worst minute of its last hour, for 2 x 60 s."""
    history = [row for row in rows if row["minute"] < 0]
    worst_latency = max((value(row, "blue", "latency_avg") or 0.0 for row in history), default=0.0)
    worst_errors = max((count(row, "blue", "errors_5xx") for row in history), default=0.0)
    shift = shifted(rows)
    failing = [count(row, "green", "errors_5xx") > max(5.0, 2 * worst_errors) for row in shift]
    slow = [(value(row, "green", "latency_avg") or 0.0) > 1.5 * worst_latency > 0 for row in shift]
    return _two_in_a_row(failing) or _two_in_a_row(slow)


def flagger(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """Flagger: 5 failed checks in all (success rate < 99 %, mean latency > 1.5 x usual, or no value found).

    Thresholds of docs.flagger.app (interval 1m, threshold 5, success rate min 99); one check per minute, and failures
    add up over the whole analysis. The latency threshold replaces the absolute 500 ms.
    """
    limit = 1.5 * _usual_latency(rows)
    failed = 0
    for row in shifted(rows):
        success = _success(row)
        slow = (value(row, "green", "latency_avg") or 0.0) > limit
        failed += success is None or success < 0.99 or slow
    return failed >= 5


def argo(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """Argo Rollouts: more than `failureLimit: 3` failed measurements of one metric, one measurement a minute.

    Metrics: success rate >= 95 % (the documented template), mean latency <= 1.5 x usual. Measurements without data are
    errors; more than 4 in a row (`consecutiveErrorLimit`) end the analysis as an error, which aborts too.
    """
    limit = 1.5 * _usual_latency(rows)
    failing = slow = errors_in_a_row = 0
    for row in shifted(rows):
        success = _success(row)
        errors_in_a_row = errors_in_a_row + 1 if success is None else 0
        failing += success is not None and success < 0.95
        slow += (value(row, "green", "latency_avg") or 0.0) > limit
        if errors_in_a_row > 4:
            return True
    return failing > 3 or slow > 3


def kayenta_every_5(_header: Mapping[str, Any], rows: Sequence[Row], tick: int) -> bool:
    """Kayenta's judge on all minutes so far, asked every five minutes; any critical metric that is High fails."""
    return tick % 5 == 0 and kayenta.is_high(rows)


def kayenta_every_minute(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """The same judge, asked every minute."""
    return kayenta.is_high(rows)


def three_bad_minutes(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """Three minutes in a row in which green's mean latency or its error rate is over 1.2 times blue's."""
    in_a_row = 0
    for row in shifted(rows):
        green, blue = value(row, "green", "latency_avg"), value(row, "blue", "latency_avg")
        slow = green is not None and blue is not None and green > 1.2 * blue
        n_g, n_b = count(row, "green", "requests"), count(row, "blue", "requests")
        failing = n_g > 0 < n_b and (
            count(row, "green", "errors_5xx") / n_g > 1.2 * count(row, "blue", "errors_5xx") / n_b
        )
        in_a_row = in_a_row + 1 if slow or failing else 0
        if in_a_row >= 3:
            return True
    return False


MSPRT_ALPHA = 0.005
MSPRT_TAU = 0.2
"""Standard deviation of the mixing normal, on the log scale: a 20 % effect is expected."""


def msprt(_header: Mapping[str, Any], rows: Sequence[Row], _tick: int) -> bool:
    """Mixture SPRT on the log ratio of mean latency and on the difference of error rates (Johari et al. 2017).

    The textbook form: independent normal minutes with known variance (here: learned from blue's history), a normal
    mixture over the effect, half the budget for each metric, null of no difference at all.
    """
    return _latency_mixture(rows) or _error_mixture(rows)


def _mixture(mean: float, variance: float, n: int, tau: float) -> bool:
    """Tell whether the Gaussian mixture likelihood ratio of `n` values has passed 2 / alpha, for the worse."""
    if n == 0 or mean <= 0:
        return False
    spread = variance + n * tau**2
    log_ratio = 0.5 * math.log(variance / spread) + (n * tau * mean) ** 2 / (2 * variance * spread)
    return log_ratio > math.log(2 / MSPRT_ALPHA)


def _latency_mixture(rows: Sequence[Row]) -> bool:
    logs = [math.log(v) for row in rows if row["minute"] < 0 and (v := value(row, "blue", "latency_avg"))]
    if len(logs) < 10:
        return False
    variance = 2 * max(float(np.var(logs)), 1e-6)
    ratios = [
        math.log(green / blue)
        for row in shifted(rows)
        if (green := value(row, "green", "latency_avg")) and (blue := value(row, "blue", "latency_avg"))
    ]
    return _mixture(float(np.mean(ratios)) if ratios else 0.0, variance, len(ratios), MSPRT_TAU)


def _error_mixture(rows: Sequence[Row]) -> bool:
    both = [r for r in shifted(rows) if count(r, "green", "requests") and count(r, "blue", "requests")]
    if not both:
        return False
    n_g, n_b = (sum(count(row, colour, "requests") for row in both) for colour in ("green", "blue"))
    x_g, x_b = (sum(count(row, colour, "errors_5xx") for row in both) for colour in ("green", "blue"))
    pooled = (x_g + x_b + 1) / (n_g + n_b + 2)
    variance = pooled * (1 - pooled) * (1 / n_g + 1 / n_b) * len(both)
    return _mixture(x_g / n_g - x_b / n_b, variance, len(both), 0.01)


PEERS: dict[str, Peer] = {
    "any 5XX alarm": any_5xx,
    "companion stack's alarms": companion_alarms,
    "tuned alarms": tuned_alarms,
    "Flagger": flagger,
    "Argo Rollouts": argo,
    "Kayenta every 5 min": kayenta_every_5,
    "Kayenta every minute": kayenta_every_minute,
    "three bad minutes": three_bad_minutes,
    "mixture SPRT": msprt,
}
