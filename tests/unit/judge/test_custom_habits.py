"""What blue's history teaches about the means among the policy's own metrics."""

import math

import numpy as np
import pytest

from guardian.judge.custom_habits import NOISE_FLOOR, MeanHabit, mean_habits
from guardian.model import Colour

HISTORY = 600


def blues(samples: int, shape: float = 1.0, drift: float = 0.0, level: float = 0.03) -> list[Colour]:
    """Return minutes of a mean of gamma values, whose relative variance is 1 / shape, with a drift of its own."""
    rng = np.random.default_rng([7, samples])
    rows = []
    for _ in range(HISTORY):
        count = max(1, int(rng.poisson(samples)))
        total = level * float(rng.gamma(count * shape)) / shape * math.exp(drift * float(rng.normal()))
        rows.append(Colour(custom={"query_time": (total, float(count))}))
    return rows


def habit_of(rows: list[Colour]) -> MeanHabit:
    return mean_habits(rows)["query_time"]


@pytest.mark.parametrize("samples", [100, 10_000])
@pytest.mark.parametrize("shape", [0.25, 1.0, 4.0])
def test_the_noise_is_that_of_single_samples(samples: int, shape: float) -> None:
    """Whatever the volume, the variance of one sample comes out as that of the values."""
    assert habit_of(blues(samples, shape)).per_sample == pytest.approx(1 / shape, rel=0.2)


def test_the_noise_follows_each_minutes_samples() -> None:
    """A history whose volume differs tenfold between its minutes teaches the same as one of even volume."""
    mixed = [row for pair in zip(blues(100), blues(1000), strict=True) for row in pair]
    assert habit_of(mixed).per_sample == pytest.approx(1.0, rel=0.2)


def test_noise_that_more_samples_do_not_reduce_makes_a_small_green_uncertain() -> None:
    """Drift of a mean with many samples is put down to sampling, so that fewer samples are never trusted more."""
    assert habit_of(blues(10_000, drift=0.05)).per_sample / 10_000 == pytest.approx(0.05**2, rel=0.2)


def test_one_wild_minute_teaches_little() -> None:
    """A single minute a hundred times as large does not make the mean look wild."""
    rows = blues(1000)[:60]
    rows[30] = Colour(custom={"query_time": (3000.0, 1000.0)})
    assert habit_of(rows).per_sample / 1000 < 0.5
    assert habit_of(rows).level == pytest.approx(math.log(0.03), abs=0.05)


def test_the_level_wanders_as_its_blocks_do() -> None:
    """A level that rises over the history wanders, a calm one by the least that is assumed."""
    rising = [
        Colour(custom={"query_time": (30 * math.exp(0.005 * at), 1000.0)}) for at in range(60)
    ]  # by 35 percent
    assert habit_of(rising).wander == pytest.approx(0.3 / math.sqrt(12), rel=0.2)
    assert habit_of([Colour(custom={"query_time": (30.0, 1000.0)})] * 60).wander == NOISE_FLOOR


@pytest.mark.parametrize(
    "pair", [(0.0, 1000.0), (-30.0, 1000.0), (None, 1000.0), (30.0, None), (30.0, 0.0)],
    ids=["zero", "negative", "no sum", "no count", "no samples"],
)  # fmt: skip
def test_without_positive_means_there_is_no_habit(pair: tuple[float | None, float | None]) -> None:
    """Minutes without a positive mean teach nothing, and fewer than ten others are too few."""
    rows = blues(1000)[:9] + [Colour(custom={"query_time": pair})] * 60
    assert mean_habits(rows) == {}
    assert mean_habits([]) == {}
