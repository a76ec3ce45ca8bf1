"""What blue's history teaches about the means among the policy's own metrics: their level and their noise."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from guardian.judge.minutes import log_mean
from guardian.judge.spread import level_deviation, variance
from guardian.model import Colour, Value

FEWEST_MINUTES = 10
"""History minutes with samples that a habit needs."""
NOISE_FLOOR = 0.01
"""Noise of a minute's mean that more samples would not reduce, on the log scale: one percent."""


class MeanHabit(Value):
    """How one mean of blue behaved before the shift, on the natural logarithmic scale.

    Attributes:
        level: Median.
        per_sample: Variance that the mean of a single sample would have; divided by a minute's samples it is that
            minute's sampling variance.
        drift: Variance of a minute that more samples would not reduce.
        wander: Standard deviation of the level over the whole history.
    """

    level: float
    per_sample: float
    drift: float = NOISE_FLOOR**2
    wander: float = NOISE_FLOOR


def mean_habits(blues: Sequence[Colour]) -> dict[str, MeanHabit]:
    """Return by name the habit of each of the policy's own metrics that had a positive mean in enough minutes."""
    names = sorted({name for blue in blues for name in blue.custom})
    return {name: habit for name in names if (habit := _habit(blues, name)) is not None}


def _habit(blues: Sequence[Colour], name: str) -> MeanHabit | None:
    """Learn from what neighbouring minutes differ by, each in terms of its samples.

    All of it is put down to sampling: a history of even volume cannot tell that from drift, and it is sampling that
    makes a small green uncertain.
    """
    known = [(mean, samples) for blue in blues if (mean := log_mean(blue, name)) is not None
             and (samples := blue.custom[name][1])]  # fmt: skip
    if len(known) < FEWEST_MINUTES:
        return None
    values = [mean for mean, _ in known]
    scaled = [
        (after - before) / math.sqrt(1 / n_before + 1 / n_after)
        for (before, n_before), (after, n_after) in pairwise(known)
    ]
    wander = max(level_deviation(values), NOISE_FLOOR)
    return MeanHabit(level=median(values), per_sample=variance(scaled), wander=wander)
