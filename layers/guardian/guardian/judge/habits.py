"""What blue's history teaches: levels, noise and bursts of latency, error rates and how errors clump."""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, median, quantiles

from guardian.judge.custom_habits import mean_habits
from guardian.judge.errors import KINDS
from guardian.judge.minutes import LATENCY_FIELDS, custom_of, log_latency, requests
from guardian.judge.spread import level_deviation, steps, variance
from guardian.judge.state import ErrorHabit, JudgeState, LatencyHabit, Line, Reference
from guardian.model import Colour, Minute

RECENT = 180
"""Minutes of history that are used at most, as in the policy's `window.history_minutes`."""
FEWEST_MINUTES = 10
"""History minutes with a latency that a habit needs."""
NOISE_FLOOR = 0.01
"""Noise of a minute's latency that is assumed at least, on the log scale: one percent."""
LEAST_SPREAD, MOST_SPREAD = 0.05, 2.0
"""Deviation of single requests on the log scale that is believed at least and at most."""
BURST = 0.14
"""Log latency above the level (15 %) from which a minute may be a burst; at least four deviations are needed too."""
NEARBY = 7
"""Minutes on either side that a burst is held against."""
CLUMPING = (1.2, 5.0)
"""Clumping of errors that is assumed before any was seen, and how many errors that assumption is worth."""
MOST_CLUMPING = 10.0
"""Clumping that is believed at most: more is an incident of that hour, not a habit."""
UNSEEN_ERRORS = 3.0
"""Errors beyond those seen that a history does not exclude (95 %, Poisson: the rule of three)."""


def begin(history: Sequence[Minute]) -> JudgeState:
    """Return the state before the first minute of the shift, having learned blue's habits from `history`.

    Args:
        history: Blue's minutes, oldest first; what is older than three hours is another time of day and left out.
    """
    return learnt([row for row in history if row.minute >= history[-1].minute - RECENT])


def learnt(history: Sequence[Minute]) -> JudgeState:
    """Return the state of a judge who knows nothing but these minutes of blue, oldest first."""
    blues = [row.blue for row in history if row.blue is not None and requests(row.blue) > 0]
    line = Line()
    for blue in blues:
        if blue.cpu is not None:
            line = line.with_point(requests(blue), blue.cpu)
    connections = [row.shared.db_connections for row in history if row.shared.db_connections is not None]
    volumes = [requests(blue) for blue in blues]
    habits = {name: habit for name in LATENCY_FIELDS if (habit := _latency_habit(blues, name)) is not None}
    reference = Reference(
        minutes=len(blues),
        requests=fmean(volumes[-15:]) if volumes else 0.0,
        quietest=_quietest(volumes),
        errors={kind.signal: _error_habit(blues, kind.errors, kind.sent) for kind in KINDS},
        latency=habits,
        custom=_portions(blues),
        cpu=line.n > 0,
        means=mean_habits(blues),
        db_connections=max(connections, default=None),
    )
    return JudgeState(reference=reference, cpu=line, largest=max(volumes, default=0.0))


def _quietest(volumes: Sequence[float]) -> float:
    sums = [sum(volumes[at : at + 3]) / 3 for at in range(len(volumes) - 2)]
    return min(sums, default=0.0)


def _latency_habit(blues: Sequence[Colour], name: str) -> LatencyHabit | None:
    known = [(value, requests(blue)) for blue in blues if (value := log_latency(blue, name)) is not None]
    if len(known) < FEWEST_MINUTES:
        return None
    values, volume = [value for value, _ in known], 1 / fmean(1 / sent for _, sent in known)
    noise = _noise(values)
    sampling = _per_request(blues, name, noise * volume)
    drift = max(noise - sampling / volume, NOISE_FLOOR**2)
    above = max(BURST, 4 * math.sqrt(noise))
    return LatencyHabit(
        level=median(values),
        per_request=sampling,
        drift=drift,
        wander=_wander(values),
        burst=_longest_run(
            value > usual + above for value, usual in zip(values, _nearby(values), strict=True)
        ),
    )


def _nearby(values: Sequence[float]) -> list[float]:
    """Return the median of the minutes around each: what a burst stands out from, whatever the slower weather is."""
    return [median(values[max(at - NEARBY, 0) : at + NEARBY + 1]) for at in range(len(values))]


def _noise(values: Sequence[float]) -> float:
    """Return the variance of one minute, from the steps between minutes, which hold two."""
    return variance(steps(values)) / 2


def _wander(values: Sequence[float]) -> float:
    """Return the standard deviation of the level: medians of ten minutes, at least the spread of their middle."""
    low, *_, high = quantiles(values, n=10, method="inclusive")
    return max(level_deviation(values), (high - low) / 2.563, NOISE_FLOOR)


def _per_request(blues: Sequence[Colour], name: str, otherwise: float) -> float:
    """Return the variance that the statistic of a single request would have, from the spread of the percentiles.

    For a lognormal with deviation s on the log scale: s^2 pi / 2 for the median, exp(s^2) - 1 for the mean, and for the
    p99 s^2 p (1 - p) / phi(z_p)^2 = 13.9 s^2, with s taken from the tail (David and Nagaraja, Order Statistics, 10.2).
    Requests that are not lognormal scatter more: by as much as the contrast of two statistics of the same minutes does,
    in which everything that moves both (the weather of the whole system) cancels.
    """
    bulk = _spread(blues, "latency_p50", "latency_p99", 2.326) or _spread(
        blues, "latency_p50", "latency_p90", 1.282
    )
    tail = _spread(blues, "latency_p90", "latency_p99", 1.045) or bulk
    if bulk is None or tail is None:
        return otherwise
    bulk = min(max(bulk, LEAST_SPREAD), MOST_SPREAD)
    tail = min(max(tail, bulk), MOST_SPREAD)
    mean = math.exp(bulk**2) - 1
    twice_their_covariance = math.sqrt(2 * math.pi) * bulk * math.erf(bulk / math.sqrt(2))  # mean and median
    expected, contrast, other = {
        "p50": (1.571 * bulk**2, 3.065 * bulk**2, "p90"),
        "avg": (mean, mean + 1.571 * bulk**2 - twice_their_covariance, "p50"),
        "p99": (13.9 * tail**2, 12.97 * tail**2, "p90"),
    }[name]
    return expected * max(1.0, _contrast(blues, name, other) / contrast)


def _contrast(blues: Sequence[Colour], name: str, other: str) -> float:
    """Return the variance, per request, of the difference of two statistics' logarithms; 0 where it is not known."""
    pairs = [
        (mine - theirs, requests(blue))
        for blue in blues
        if (mine := log_latency(blue, name)) is not None and (theirs := log_latency(blue, other)) is not None
    ]
    if len(pairs) < FEWEST_MINUTES:
        return 0.0
    return _noise([value for value, _ in pairs]) / fmean(1 / sent for _, sent in pairs)


def _spread(blues: Sequence[Colour], low: str, high: str, scores: float) -> float | None:
    pairs = [(getattr(blue, low), getattr(blue, high)) for blue in blues]
    ratios = [math.log(top / bottom) for bottom, top in pairs if bottom and top and top >= bottom > 0]
    return median(ratios) / scores if len(ratios) >= FEWEST_MINUTES else None


def _error_habit(
    blues: Sequence[Colour], errors: Callable[[Colour | None], float], sent: Callable[[Colour | None], float]
) -> ErrorHabit:
    counts = [errors(blue) for blue in blues]
    total, exposure = sum(counts), sum(sent(blue) for blue in blues)
    if not exposure:
        return ErrorHabit(clumping=CLUMPING[0])
    assumed, worth = CLUMPING
    scatter = sum(step * step for step in steps(counts)) / 2
    return ErrorHabit(
        rate=total / exposure,
        rate_high=(total + UNSEEN_ERRORS) / exposure,
        clumping=min(max(1.0, (scatter + assumed * worth) / (total + worth)), MOST_CLUMPING),
        usual=median(counts),
    )


def _portions(blues: Sequence[Colour]) -> dict[str, float]:
    names = sorted({name for blue in blues for name in blue.custom})
    sums = {
        name: [sum(part) for part in zip(*(custom_of(blue, name) for blue in blues), strict=True)]
        for name in names
    }
    return {name: top / bottom for name, (top, bottom) in sums.items() if bottom}


def _longest_run(marks: Iterable[bool]) -> int:
    longest = run = 0
    for mark in marks:
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest
