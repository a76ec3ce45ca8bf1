"""Green's weight over time."""

import pytest

from guardian_rehearsal.traffic import Weights


def test_a_step_inside_a_minute_counts_for_the_part_it_had() -> None:
    """A weight that changes at three quarters of a minute counts for the last quarter."""
    weights = Weights(((0.0, 0.1), (2.75, 0.5)))
    assert weights.share(1) == pytest.approx(0.1)
    assert weights.share(2) == pytest.approx(0.1 * 0.75 + 0.5 * 0.25)
    assert weights.share(3) == pytest.approx(0.5)


def test_green_has_nothing_before_the_first_change() -> None:
    """History has no green share."""
    assert Weights.linear().share(-1) == 0.0
    assert Weights().share(5) == 0.0


def test_a_linear_shift_ends_with_everything_on_green() -> None:
    """Ten steps of 10 % every three minutes reach full weight at minute 27 and stay there."""
    weights = Weights.linear()
    assert [weights.share(minute) for minute in (0, 3, 26, 27, 4000)] == pytest.approx([0.1, 0.2, 0.9, 1, 1])


def test_a_rollback_drops_what_was_planned() -> None:
    """After a change by hand the later steps of the plan no longer come."""
    weights = Weights.linear().then(4.0, 0.0)
    assert weights.at(3.9) == 0.2
    assert weights.share(4) == weights.share(30) == 0.0


def test_rises_exclude_falls_and_the_future() -> None:
    """Only moments at which green gained weight, up to the end of the minute, are rises."""
    weights = Weights(((0.0, 0.1), (1.0, 0.0), (2.5, 0.3), (6.0, 1.0)))
    assert weights.rises(2) == (0.0, 2.5)


@pytest.mark.parametrize(
    "changes",
    [((1.0, 0.1), (0.5, 0.2)), ((1.0, 0.1), (1.0, 0.2)), ((0.0, 1.1),), ((0.0, -0.1),)],
    ids=["out of order", "twice at once", "more than all", "negative"],
)
def test_nonsense_is_refused(changes: tuple[tuple[float, float], ...]) -> None:
    """Weights that no listener can have raise."""
    with pytest.raises(ValueError, match="weight"):
        Weights(changes)
