"""Latency statistics of a minute, drawn from the exact joint law of a sample's order statistics.

For a sample of n values with quantile function Q, the values at ranks k1 < k2 < ... are Q(1 - V1), Q(1 - V2), ...
where V1 is Beta(n - k1 + 1, k1) and V2 / V1 is Beta(n - k2 + 1, k2 - k1), and so on (David and Nagaraja, Order
Statistics, 3rd ed., section 2.5: order statistics are a Markov chain). The mean follows from the values between two
ranks, which are independent given both ends: their number is known, their mean is normal to a good approximation.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TIMEOUT = 60.0
"""Seconds after which the load balancer gives up on a target (its default idle timeout)."""
_LOGITS = np.linspace(-16.0, 18.0, 681)
_UPPER = 1 / (1 + np.exp(_LOGITS))  # chance of a larger value
_NORMAL = NormalDist()
_SCORES = np.array(
    [
        -_NORMAL.inv_cdf(v) if v < 0.5 else _NORMAL.inv_cdf(1 / (1 + np.exp(-x)))
        for x, v in zip(_LOGITS, _UPPER, strict=True)
    ]
)


@dataclass(frozen=True)
class Shape:
    """The law of one request's latency, as a multiple of the median.

    Attributes:
        sigma: Standard deviation on the log scale of the bulk (lognormal).
        tail: Exponent xi of the heavy tail: above `tail_from`, values grow like (1 - u) ** -xi. 0 for none.
        tail_from: Rank (0 to 1) at which the heavy tail begins.
    """

    sigma: float
    tail: float = 0.0
    tail_from: float = 0.98


class Quantiles:
    """Tables of the quantile function and of its partial integrals from the top."""

    def __init__(self, shape: Shape, slow_factor: float = 1.0, slow_share: float = 0.04) -> None:
        """Prepare the tables.

        Args:
            shape: The law of a healthy request.
            slow_factor: Multiplies the slowest requests, for faults that only the tail sees.
            slow_share: Share of the requests that are slow, 0 to 1.
        """
        heavy = shape.tail * np.maximum(0.0, np.log((1 - shape.tail_from) / _UPPER))
        ramp = np.clip((2 * slow_share - _UPPER) / slow_share, 0.0, 1.0)
        self.value: Floats = np.exp(shape.sigma * _SCORES + heavy) * (1 + (slow_factor - 1) * ramp)
        self._first = _from_top(self.value)
        self._second = _from_top(self.value**2)

    def at(self, upper: Floats) -> Floats:
        """Return the value that a share `upper` (0 to 1) of the requests exceeds."""
        value: Floats = np.interp(_logit(upper), _LOGITS, self.value)
        return value

    def moments_between(self, upper_low: Floats, upper_high: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of the values between two ranks, `upper_low` >= `upper_high`."""
        low, high = _logit(upper_low), _logit(upper_high)
        width = np.maximum(upper_low - upper_high, 1e-300)
        mean = (np.interp(low, _LOGITS, self._first) - np.interp(high, _LOGITS, self._first)) / width
        square = (np.interp(low, _LOGITS, self._second) - np.interp(high, _LOGITS, self._second)) / width
        return mean, np.maximum(square - mean**2, 0.0)


def _from_top(values: Floats) -> Floats:
    """Integrate `values` over the upper share from 0 to each grid point."""
    steps = 0.5 * (values[1:] + values[:-1]) * (_UPPER[:-1] - _UPPER[1:])
    whole: Floats = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]]) + values[-1] * _UPPER[-1]
    return whole


def _logit(upper: Floats) -> Floats:
    safe = np.clip(upper, 1e-12, 1 - 1e-12)
    logit: Floats = np.log1p(-safe) - np.log(safe)
    return logit


@dataclass(frozen=True)
class Statistics:
    """What CloudWatch would say of each minute: arrays of length T, multiples of the median; nan without requests."""

    average: Floats
    p50: Floats
    p90: Floats
    p99: Floats
    minimum: Floats
    maximum: Floats


def draw(rng: np.random.Generator, quantiles: Quantiles, requests: Ints) -> Statistics:
    """Draw the statistics of T samples of `requests` (shape T) requests each."""
    n = np.maximum(requests, 1)
    ranks = [np.ones_like(n), *(np.ceil(p * n - 1e-9).astype(np.int64) for p in (0.5, 0.9, 0.99)), n]
    upper, before, total = np.ones(n.shape), np.zeros_like(n), np.zeros(n.shape)
    values: list[Floats] = []
    for rank in ranks:
        step = rank - before
        shrink = rng.beta(n - rank + 1.0, np.maximum(step, 1))
        below, upper = upper, np.where(step > 0, upper * shrink, upper)
        value = np.where(step > 0, quantiles.at(upper), values[-1] if values else 0.0)
        total += np.where(step > 0, value, 0.0)
        inside = np.maximum(step - 1, 0)
        if values:
            total += inside * _mean_inside(rng, quantiles, (below, upper), (values[-1], value), inside)
        values.append(value)
        before = rank
    minimum, p50, p90, p99, maximum = (np.where(requests > 0, value, np.nan) for value in values)
    return Statistics(np.where(requests > 0, total / n, np.nan), p50, p90, p99, minimum, maximum)


def _mean_inside(
    rng: np.random.Generator,
    quantiles: Quantiles,
    upper: tuple[Floats, Floats],
    ends: tuple[Floats, Floats],
    count: Ints,
) -> Floats:
    """Draw the mean of `count` values that lie between two order statistics."""
    mean, variance = quantiles.moments_between(*upper)
    noise = rng.standard_normal(mean.shape) * np.sqrt(variance / np.maximum(count, 1))
    return np.clip(mean + noise, ends[0], ends[1])
