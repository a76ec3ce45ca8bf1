"""How far a series of minutes scatters. A history has at most three hours, so the standard library is quick enough."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean, median, pstdev

BLOCK = 10
"""Minutes of history whose median is one level; how far these scatter is how far the level wanders."""


def steps(values: Sequence[float]) -> list[float]:
    """Return by how much each value differs from the one before it."""
    return [after - before for before, after in pairwise(values)]


def variance(differences: Sequence[float]) -> float:
    """Return the variance of differences whose mean is zero: robust, yet not blind to heavy tails.

    1.4826 makes the median of their sizes the standard deviation where they are normal.
    """
    calm = (1.4826 * median(abs(one) for one in differences)) ** 2
    return max(calm, fmean(one * one for one in differences) / 3)


def level_deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of the medians of blocks of about ten minutes."""
    return pstdev([median(block) for block in _blocks(values)])


def _blocks(values: Sequence[float]) -> Iterator[Sequence[float]]:
    """Yield the values in blocks of `BLOCK`; what is left over makes the first ones longer by one or more."""
    number = max(len(values) // BLOCK, 1)
    size, longer = divmod(len(values), number)
    begin = 0
    for at in range(number):
        end = begin + size + (at < longer)
        yield values[begin:end]
        begin = end
