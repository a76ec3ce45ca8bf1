"""Statistics of published values (CloudWatch User Guide, "CloudWatch statistics definitions")."""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
from moto.cloudwatch.exceptions import InvalidParameterValue

from .metrics import Datapoints

Statistic = Callable[[Datapoints], float | None]
"""A number for one period, or nothing where the statistic is not available."""

_RANKED = re.compile(r"(?P<kind>p|tm)(?P<rank>100|\d{1,2}(\.\d{1,10})?)")
_SIMPLE: dict[str, Statistic] = {
    "Sum": lambda points: points.total,
    "Average": lambda points: points.total / points.sample_count,
    "Minimum": lambda points: points.minimum,
    "Maximum": lambda points: points.maximum,
    "SampleCount": lambda points: points.sample_count,
}


@cache
def statistic(name: str) -> Statistic:
    """Return the statistic `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, `pNN` or `tmNN`.

    Raises:
        InvalidParameterValue: For any other name.
    """
    if name in _SIMPLE:
        return _SIMPLE[name]
    ranked = _RANKED.fullmatch(name)
    if ranked is None:
        raise InvalidParameterValue(f"The value {name} for parameter Stat is not supported.")
    share = float(ranked["rank"])
    measure = percentile if ranked["kind"] == "p" else trimmed_mean
    return lambda points: measure(points, share)


def percentile(points: Datapoints, share: float) -> float | None:
    """Return the smallest value with at least `share` percent of the observations at or below it.

    CloudWatch does not document its algorithm; this is the nearest rank. Where CloudWatch gives no percentile
    (statistic sets, negative values) there is none here either.
    """
    if not points.exact or points.minimum < 0:
        return None
    values, running = points.distribution()
    rank = share * running[-1] / 100
    return float(values[min(int(np.searchsorted(running, rank - 1e-9)), len(values) - 1)])


def trimmed_mean(points: Datapoints, share: float) -> float | None:
    """Return the average of the lowest `share` percent of the observations."""
    if not points.exact or points.minimum < 0 or share == 0:
        return None
    values, running = points.distribution()
    limit = share * running[-1] / 100
    kept = np.diff(np.minimum(running, limit), prepend=0.0)
    return float(values @ kept / limit)
