"""What blue's history teaches about the means among the policy's own metrics: their level and their noise."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from guardian.judge.minutes import log_mean
from guardian.model import Colour, Value

Floats = npt.NDArray[np.float64]

FEWEST_MINUTES = 10
"""History minutes with samples that a habit needs."""
NOISE_FLOOR = 0.01
"""Noise of a minute's mean that more samples would not reduce, on the log scale: one percent."""
BLOCK = 10
"""Minutes of history whose median is one level; how far these scatter is how far the level wanders."""


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
    values, samples = np.array(known).T
    steps = np.diff(values) / np.sqrt(1 / samples[1:] + 1 / samples[:-1])
    return MeanHabit(level=float(np.median(values)), per_sample=_variance(steps), wander=_wander(values))


def _variance(steps: Floats) -> float:
    """Return the variance of scaled steps: robust, yet not blind to heavy tails."""
    calm = (1.4826 * float(np.median(np.abs(steps)))) ** 2
    return max(calm, float(np.mean(steps**2)) / 3)


def _wander(values: Floats) -> float:
    blocks = np.array_split(values, max(len(values) // BLOCK, 1))
    return max(float(np.std([np.median(block) for block in blocks])), NOISE_FLOOR)
