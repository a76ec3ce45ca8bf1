"""The metric store: one index from metric to minute to published values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import RLock
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINUTE = 60
"""Seconds per datapoint at standard resolution (PutMetricData, `StorageResolution`)."""

NO_UNIT = "None"
"""The unit of values that were published without one (PutMetricData, `Unit`)."""


class SeriesKey(NamedTuple):
    """What identifies a metric: its whole set of dimensions included (CloudWatch concepts, "Dimensions")."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> "SeriesKey":
        return cls(namespace, name, frozenset((dimensions or {}).items()))


def to_epoch(moment: datetime) -> int:
    """Return whole seconds since 1970; a naive datetime is UTC, as everywhere in moto."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())


class Datapoints:
    """Everything published for one metric, unit and storage interval; later records add up.

    Attributes:
        sample_count: How many observations there are.
        total: Their sum.
        minimum: The smallest.
        maximum: The largest.
        exact: Whether every observation is known, so that percentiles exist. A statistic set ends that unless
            all its observations are equal (CloudWatch concepts, "Percentiles").
        values: The known observations, in pieces.
        counts: How often each was observed, in the same pieces.
    """

    __slots__ = (
        "_distribution",
        "counts",
        "exact",
        "maximum",
        "minimum",
        "sample_count",
        "total",
        "values",
    )

    def __init__(self) -> None:
        self.sample_count = 0.0
        self.total = 0.0
        self.minimum = float("inf")
        self.maximum = float("-inf")
        self.exact = True
        self.values: list[NDArray[np.float64]] = []
        self.counts: list[NDArray[np.float64]] = []
        self._distribution: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def add_values(self, values: ArrayLike, counts: ArrayLike | None = None) -> None:
        """Add observations, each `counts[i]` times (once when `counts` is not given)."""
        observed = np.asarray(values, dtype=np.float64).ravel()
        weights = np.ones_like(observed) if counts is None else np.asarray(counts, dtype=np.float64).ravel()
        observed, weights = observed[weights > 0], weights[weights > 0]
        if not observed.size:
            return
        self.sample_count += float(weights.sum())
        self.total += float(observed @ weights)
        self.minimum = min(self.minimum, float(observed.min()))
        self.maximum = max(self.maximum, float(observed.max()))
        self.values.append(observed)
        self.counts.append(weights)
        self._distribution = None

    def add_statistic_set(self, sample_count: float, total: float, minimum: float, maximum: float) -> None:
        """Add observations of which only the summary is known."""
        if minimum == maximum:
            self.add_values([minimum], [sample_count])
            return
        self.sample_count += sample_count
        self.total += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)
        self.exact = False

    def distribution(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the known observations in ascending order and the running total of their counts."""
        if self._distribution is None:
            values, counts = np.concatenate(self.values), np.concatenate(self.counts)
            order = np.argsort(values, kind="stable")
            self.values, self.counts = [values[order]], [counts[order]]
            self._distribution = self.values[0], self.counts[0].cumsum()
        return self._distribution

    @classmethod
    def merged(cls, parts: Sequence["Datapoints"]) -> "Datapoints":
        """Return the parts as one; a single part is returned as it is."""
        if len(parts) == 1:
            return parts[0]
        whole = cls()
        for part in parts:
            whole.absorb(part)
        return whole

    def absorb(self, other: "Datapoints") -> None:
        """Add everything that another interval holds."""
        self.sample_count += other.sample_count
        self.total += other.total
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self.exact = self.exact and other.exact
        self.values += other.values
        self.counts += other.counts
        self._distribution = None


class Series:
    """One metric: by unit, then by the first second of the storage interval."""

    def __init__(self) -> None:
        self.resolution = MINUTE
        self.by_unit: dict[str, dict[int, Datapoints]] = {}

    def at(self, second: int, unit: str, resolution: int) -> Datapoints:
        """Return the datapoints to add to, made on first use."""
        self.resolution = min(self.resolution, resolution)
        interval = second - second % resolution
        return self.by_unit.setdefault(unit, {}).setdefault(interval, Datapoints())

    def between(self, start: int, end: int, unit: str | None) -> list[Datapoints]:
        """Return what was published from `start` until before `end`, in any unit if none is given."""
        wanted = self.by_unit.values() if unit is None else [self.by_unit.get(unit, {})]
        seconds = range(start, end, self.resolution)
        found = (intervals.get(second) for intervals in wanted for second in seconds)
        return [points for points in found if points is not None and points.sample_count]


class MetricStore:
    """All metrics of an account and region. Safe to use from several threads."""

    def __init__(self) -> None:
        self._series: dict[SeriesKey, Series] = {}
        self._lock = RLock()

    def __contains__(self, key: SeriesKey) -> bool:
        return key in self._series

    def add_values(
        self,
        key: SeriesKey,
        second: int,
        values: ArrayLike,
        counts: ArrayLike | None = None,
        unit: str | None = None,
        resolution: int = MINUTE,
    ) -> None:
        """Add observations made at `second` (seconds since 1970)."""
        with self._lock:
            self._at(key, second, unit, resolution).add_values(values, counts)

    def add_statistic_set(
        self, key: SeriesKey, second: int, summary: Mapping[str, float], unit: str | None, resolution: int
    ) -> None:
        """Add a statistic set with the members of PutMetricData's `StatisticValues`."""
        with self._lock:
            self._at(key, second, unit, resolution).add_statistic_set(
                float(summary["SampleCount"]),
                float(summary["Sum"]),
                float(summary["Minimum"]),
                float(summary["Maximum"]),
            )

    def periods(
        self, key: SeriesKey, start: int, end: int, period: int, unit: str | None = None
    ) -> list[tuple[int, Datapoints]]:
        """Return the periods with data that begin at `start`, `start + period`, … before `end`, oldest first."""
        series = self._series.get(key)
        if series is None:
            return []
        with self._lock:
            found = (
                (begin, series.between(begin, min(begin + period, end), unit))
                for begin in range(start, end, period)
            )
            return [(begin, Datapoints.merged(parts)) for begin, parts in found if parts]

    def _at(self, key: SeriesKey, second: int, unit: str | None, resolution: int) -> Datapoints:
        return self._series.setdefault(key, Series()).at(second, unit or NO_UNIT, resolution)
