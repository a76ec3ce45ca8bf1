"""Kayenta's judge: outliers removed, then Mann and Whitney's test with a tolerance, on all minutes so far."""

from collections.abc import Sequence

import numpy as np

from benchmarks.decision_quality.rows import Row, count, shifted, value
from benchmarks.decision_quality.statistics import mann_whitney

LEAST = 5
"""Minutes on each side before it is asked; fewer cannot reach its confidence."""


def _pairs(rows: Sequence[Row], field: str) -> tuple[list[float], list[float]]:
    """Return green's and blue's values of the minutes of the shift; latency in milliseconds, errors in percent."""
    sides: tuple[list[float], list[float]] = ([], [])
    for row in shifted(rows):
        for values, colour in zip(sides, ("green", "blue"), strict=True):
            if field == "errors":
                if count(row, colour, "requests"):
                    values.append(100 * count(row, colour, "errors_5xx") / count(row, colour, "requests"))
            elif (found := value(row, colour, field)) is not None:
                values.append(1000 * found)
    return sides


def _without_outliers(values: Sequence[float]) -> list[float]:
    """Drop what lies beyond three interquartile ranges and beyond the 1st and 99th percentile (IQRDetector.scala)."""
    first, low, high, last = np.percentile(values, [1, 25, 75, 99])
    fence = 3.0 * (high - low)
    return [v for v in values if min(first, low - fence) <= v <= max(last, high + fence)]


def kayenta_class(
    sample: Sequence[float], control: Sequence[float], tolerance: float = 0.25, confidence: float = 0.98
) -> str:
    """Return `High`, `Low` or `Pass` as Kayenta's Mann-Whitney classifier does (MannWhitneyClassifier.scala)."""
    if not sample or not control or list(sample) == list(control):
        return "Pass"
    try:
        shifted = mann_whitney(sample, control, confidence)
    except ValueError:
        return "Pass"
    bound = tolerance * abs(shifted.estimate)
    return "High" if shifted.lower > bound else "Low" if shifted.upper < -bound else "Pass"


def _cleaned(pair: tuple[list[float], list[float]]) -> tuple[list[float], list[float]]:
    return _without_outliers(pair[0]), _without_outliers(pair[1])


def is_high(rows: Sequence[Row]) -> bool:
    """Tell whether latency or error rate is High over all minutes so far, `LEAST` on each side."""
    pairs = [_pairs(rows, field) for field in ("latency_avg", "errors")]
    enough = [pair for pair in pairs if min(map(len, pair)) >= LEAST]
    return any(kayenta_class(*_cleaned(pair)) == "High" for pair in enough)
