"""One minute of latencies: drawn request by request, kept as at most 150 values with counts."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardian_rehearsal.traffic.profile import Profile

MAX_VALUES = 150  # PutMetricData takes 150 values per datum
_DECIMALS = 6  # microseconds: below what a load balancer measures, above what differs between processors
# Ranks at which the sorted requests are cut: about 1 % of the requests per value up to p95, then
# finer, so that p99 keeps its precision.
_CUTS = np.concatenate(
    [
        np.linspace(0.0, 0.95, 100, endpoint=False),
        np.linspace(0.95, 0.99, 30, endpoint=False),
        np.linspace(0.99, 1.0, 20, endpoint=False),
    ]
)


@dataclass(frozen=True)
class Histogram:
    """Latencies in seconds, ascending, and how many requests each stands for; both empty without requests."""

    values: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """Number of requests."""
        return sum(self.counts)

    @property
    def average(self) -> float:
        """Mean latency in seconds; raises ValueError without requests."""
        self._require_requests()
        return sum(v * c for v, c in zip(self.values, self.counts, strict=True)) / self.total

    def percentile(self, percent: float) -> float:
        """Return the latency in seconds that `percent` (0 to 100) of the requests do not exceed."""
        self._require_requests()
        rank = max(1, math.ceil(percent / 100.0 * self.total))
        return self.values[int(np.searchsorted(np.cumsum(self.counts), rank))]

    def _require_requests(self) -> None:
        if not self.values:
            raise ValueError("a minute without requests has no latency; look at the number of requests first")


def sample(
    rng: np.random.Generator,
    profile: Profile,
    requests: int,
    factor: float,
    slow_tails: tuple[tuple[float, float], ...] = (),
) -> Histogram:
    """Draw the latencies of `requests` requests.

    Args:
        rng: Generator of this minute and colour.
        profile: Median, sigma and tail of a healthy request.
        requests: Number of requests answered.
        factor: Multiplies every latency (noise, warm-up and faults together).
        slow_tails: Pairs of (share of the requests, factor), applied within the slower half.
    """
    if requests == 0:
        return Histogram()
    stretched = rng.random(requests) < profile.tail_fraction
    seconds = profile.latency_median * factor * np.exp(profile.latency_sigma * rng.standard_normal(requests))
    seconds[stretched] *= 1.0 + rng.pareto(profile.tail_exponent, int(stretched.sum()))
    seconds.sort()
    for fraction, slower in slow_tails:
        _slow_down(rng, seconds, fraction, slower)
    return _compress(np.minimum(seconds, profile.latency_ceiling))


def _slow_down(
    rng: np.random.Generator, seconds: npt.NDArray[np.float64], fraction: float, factor: float
) -> None:
    """Stretch random requests above the median of the sorted `seconds`, in place, and sort again."""
    first = seconds.size // 2 + 1  # everything up to here keeps its rank, so the median stays what it was
    slow = min(seconds.size - first, int(rng.binomial(seconds.size, fraction)))
    if slow > 0:
        seconds[first + rng.choice(seconds.size - first, size=slow, replace=False)] *= factor
        seconds.sort()


def _compress(ascending: npt.NDArray[np.float64]) -> Histogram:
    """Replace neighbours in rank by their mean, which keeps the average and moves percentiles little."""
    if ascending.size <= MAX_VALUES:
        values, counts = ascending, np.ones(ascending.size, dtype=np.int64)
    else:
        starts = np.unique((_CUTS * ascending.size).astype(np.int64))
        counts = np.diff(starts, append=ascending.size)
        values = np.add.reduceat(ascending, starts) / counts
    return Histogram(tuple(np.round(values, _DECIMALS).tolist()), tuple(counts.tolist()))
