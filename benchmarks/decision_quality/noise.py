"""Random series over minutes."""

import numpy as np

from benchmarks.decision_quality.latency import Floats, Ints


def autoregressive(rng: np.random.Generator, length: int, memory: float) -> Floats:
    """Return AR(1) noise with mean 0, standard deviation 1 and autocorrelation `memory` per minute."""
    fresh = rng.standard_normal(length)
    fresh[1:] *= np.sqrt(1 - memory * memory)
    values, last = fresh.tolist(), 0.0
    for i, value in enumerate(values):
        last = values[i] = memory * last + value
    return np.asarray(values)


def bursts(
    rng: np.random.Generator, length: int, per_hour: float, longest: int, often_longer: float = 0.3
) -> Floats:
    """Return 0 outside and 1 inside bursts of 1 to `longest` minutes; `often_longer` is the chance of each more."""
    inside = np.zeros(length)
    for begin in np.flatnonzero(rng.random(length) < per_hour / 60):
        inside[begin : begin + min(int(rng.geometric(1 - often_longer)), longest)] = 1.0
    return inside


def clustered(rng: np.random.Generator, requests: Ints, rate: Floats, cluster: float) -> Ints:
    """Draw errors that come in geometric clusters of mean size `cluster` (compound Poisson), at most `requests`."""
    if cluster <= 1.0:
        return rng.binomial(requests, np.clip(rate, 0.0, 1.0))
    clusters = rng.poisson(requests * rate / cluster)
    more = np.where(clusters > 0, rng.negative_binomial(np.maximum(clusters, 1), 1 / cluster), 0)
    return np.minimum(clusters + more, requests)
