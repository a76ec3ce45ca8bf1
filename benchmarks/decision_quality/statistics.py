"""The few pieces of statistics that are needed, without scipy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

NORMAL = NormalDist()


def upper_bound(count: int, total: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper bound of a proportion (Clopper and Pearson 1934), by bisection.

    It is the rate at which seeing `count` or fewer of `total` has chance 1 - `confidence`.
    """
    if total == 0 or count >= total:
        return 1.0
    low, high = count / total, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(count, total, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def lower_bound(count: int, total: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided lower bound of a proportion."""
    return 1 - upper_bound(total - count, total, confidence) if total else 0.0


def ratio_lower_bound(count: int, other: int, confidence: float = 0.95) -> float:
    """Return the exact lower bound of the ratio of two rates that were counted over equally many trials.

    Given the sum of both counts, the first is binomial with p = ratio / (1 + ratio). Trials that both share make the
    counts more alike than that, so the bound is then too low rather than too high.
    """
    part = lower_bound(count, count + other, confidence)
    return part / (1 - part)


def _at_most(count: int, total: int, rate: float) -> float:
    """Return P(X <= count) for X binomial(total, rate)."""
    if rate <= 0 or rate >= 1:
        return 1.0 if rate <= 0 else 0.0
    logs = [
        math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)
        + k * math.log(rate) + (total - k) * math.log1p(-rate)
        for k in range(count + 1)
    ]  # fmt: skip
    top = max(logs)
    return math.exp(top) * sum(math.exp(value - top) for value in logs)


@dataclass(frozen=True)
class Shifted:
    """By how much a sample lies above another: Hodges and Lehmann's estimate with its interval."""

    estimate: float
    lower: float
    upper: float


def mann_whitney(sample: Sequence[float], control: Sequence[float], confidence: float) -> Shifted:
    """Return the location shift of `sample` over `control` with the asymptotic interval of R's wilcox.test.

    Kayenta (MannWhitney.scala) solves (W(mu) - mn/2 - sign/2) / sigma = z for mu, with the tie-corrected sigma. W is a
    step function that falls at each pairwise difference, so the roots are order statistics of the differences.

    Raises:
        ValueError: All observations are tied.
    """
    x, y = np.asarray(sample, dtype=float), np.asarray(control, dtype=float)
    m, n = x.size, y.size
    differences = np.sort((x[:, None] - y[None, :]).ravel())
    if differences[0] == differences[-1]:
        raise ValueError("no interval when all observations are tied")
    ties = sum(
        float((counts**3 - counts).sum())
        for counts in (np.unique(part, return_counts=True)[1] for part in (x, y))
    )
    sigma = math.sqrt(m * n / 12 * ((m + n + 1) - ties / ((m + n) * (m + n - 1))))
    z = NORMAL.inv_cdf(1 - (1 - confidence) / 2)
    total = m * n

    def root(quantile: float) -> float:
        """Return the first difference after which the statistic is at most `quantile`."""
        above = total - np.arange(1, total + 1)  # differences larger than the i-th
        centred = above - total / 2
        statistic = (centred - np.sign(centred) * 0.5) / sigma
        return float(differences[min(int(np.argmax(statistic <= quantile)), total - 1)])

    return Shifted(root(0.0), root(z), root(-z))
