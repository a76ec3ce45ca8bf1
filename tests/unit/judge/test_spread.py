"""How far a series of minutes scatters."""

import math

import numpy as np
import pytest

from guardian.judge.spread import level_deviation, steps, variance

LENGTHS = [10, 11, 19, 20, 27, 60, 61, 180]


def series(length: int) -> list[float]:
    """Return log latencies that drift, so that blocks of them differ."""
    rng = np.random.default_rng(length)
    return [float(value) for value in rng.normal(0, 0.1, length) + np.linspace(0, 1, length)]


@pytest.mark.parametrize("length", LENGTHS)
def test_the_level_scatters_as_numpy_says_of_the_same_blocks(length: int) -> None:
    """The blocks are those of array_split and their medians' deviation is numpy's, whatever is left over."""
    values = series(length)
    medians = [np.median(block) for block in np.array_split(values, max(length // 10, 1))]
    assert level_deviation(values) == pytest.approx(float(np.std(medians)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("length", LENGTHS)
def test_steps_are_the_differences_of_neighbours(length: int) -> None:
    """One step fewer than values, each the later less the earlier."""
    assert steps(series(length)) == pytest.approx(np.diff(series(length)).tolist())


def test_the_variance_of_normal_differences_is_theirs() -> None:
    """Ten thousand normal differences have the variance that they were drawn with."""
    drawn = np.random.default_rng(1).normal(0, 0.3, 10_000)
    assert variance([float(one) for one in drawn]) == pytest.approx(0.09, rel=0.05)


def test_rare_large_differences_are_not_overlooked() -> None:
    """One difference in ten that is far out makes the variance larger than the median alone would."""
    assert variance([0.1, -0.1] * 9 + [5.0, -5.0]) == pytest.approx((18 * 0.01 + 50) / 20 / 3)
    assert math.isclose(variance([0.1, -0.1] * 10), (1.4826 * 0.1) ** 2)
