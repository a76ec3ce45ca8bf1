"""Cold starts: told from lasting faults by their shape."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian.judge.cold_start import MINUTES, diluted, innovation, learned, shape_at
from guardian.judge.state import ColdStart, Shift
from guardian.model import Minute

NOISE = 0.01


def surprises(ratios: list[float], every: int = 3) -> list[float]:
    """Return the surprise of each minute of a linear shift, given log ratios beyond the tolerance."""
    known, shift, found = ColdStart(), Shift(), []
    for at, ratio in enumerate(ratios):
        shift = shift.after(Minute(minute=at, seen_at=at, weight=min(1.0, 0.1 * (1 + at // every))))
        shape = shape_at(shift, at)
        shown = innovation(known, shape, ratio, NOISE)
        known = learned(known, shape, shown)
        found.append(shown.surprise)
    return found


@pytest.mark.parametrize("size", [0.4, 0.8, 1.3])
def test_a_slowness_that_decays_is_explained(size: float) -> None:
    """After the first minute has shown the size of a cold start, the next ones surprise by little."""
    found = surprises([size * math.exp(-(at + 0.5) / MINUTES) for at in range(3)])
    assert max(found[1:]) < 0.25 * size * math.exp(-0.5 / MINUTES)


def test_a_slowness_that_stays_is_not_explained() -> None:
    """Slowness that does not fall is a surprise again in the third minute, by more than half of it."""
    assert surprises([0.6] * 3)[2] > 0.3


def test_later_steps_that_slow_green_alike_are_learned() -> None:
    """A slowness that comes back at every step surprises less at the fourth step than at the first of them."""
    ratios = [0.3 * math.exp(-(at % 3 + 0.5) / MINUTES) for at in range(15)]
    found = surprises(ratios)
    assert found[12] < found[3]


def test_a_fast_first_minute_explains_nothing() -> None:
    """A green that was faster at first is not expected to have been slowed by a cold start, nor to become slower."""
    assert surprises([-0.5, 0.2])[1] == pytest.approx(0.2)


@given(ratios=st.lists(st.floats(-1, 2), min_size=1, max_size=20), new=st.floats(0, 1))
def test_what_a_lasting_fault_shows_is_never_turned_around(ratios: list[float], new: float) -> None:
    """Whatever was seen before, a larger ratio now is never counted for green, and its variance is positive."""
    known, shift = ColdStart(), Shift()
    for at, ratio in enumerate(ratios):
        shift = shift.after(Minute(minute=at, seen_at=at, weight=min(1.0, 0.1 * (1 + at // 2))))
        known, shape = diluted(known, new), shape_at(shift, at)
        shown = innovation(known, shape, ratio, NOISE)
        assert 0 <= shown.part <= 1
        assert shown.variance >= NOISE
        known = learned(known, shape, shown)
