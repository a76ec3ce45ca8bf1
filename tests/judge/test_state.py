"""Where the shift stands, and how the budget is divided before it begins."""

from collections.abc import Callable

import pytest

from guardian import judge
from guardian.judge import JudgeState
from guardian.judge.state import Shift
from guardian.judge.weighing import weighed
from guardian.model import Colour, Minute
from guardian.policy import Policy

Rows = Callable[..., list[Minute]]


def row(minute: int, weight: float, green: float, blue: float) -> Minute:
    """Return a minute of which only the requests are known."""
    sides = {"green": Colour(requests=green), "blue": Colour(requests=blue)}
    return Minute(minute=minute, seen_at=minute, weight=weight, **sides)


@pytest.mark.parametrize(
    ("sent", "since"), [(100.0, [0.5, 1.5]), (20.0, [0.1, 0.7]), (0.0, [0.025, 0.55]), (300.0, [0.5, 1.5])]
)
def test_a_step_is_timed_by_the_requests_that_followed_it(sent: float, since: list[float]) -> None:
    """Green's share of the requests tells when within its minute the first step happened."""
    shift = Shift().after(row(0, 0.1, sent, 1000 - sent))
    assert [shift.minutes_since_began(minute) for minute in (0, 1)] == pytest.approx(since)


def test_a_later_step_is_timed_from_the_weight_before_it() -> None:
    """A step from 10 to 20 % in whose minute green got 15 % happened in the middle of it."""
    shift = Shift().after(row(0, 0.1, 100, 900)).after(row(1, 0.2, 150, 850))
    assert shift.minutes_since_step(2) == pytest.approx(1.0)
    assert shift.minutes_since_began(2) == pytest.approx(2.5)


def test_too_few_requests_time_nothing() -> None:
    """With a handful of requests the step counts as having happened when the minute began."""
    assert Shift().after(row(0, 0.5, 0, 5)).began_part == 1.0


def test_signals_that_cannot_be_judged_leave_their_stake_to_the_others(history: Rows) -> None:
    """Without custom metrics and without CPU per colour the others' stakes still sum to the whole budget."""
    rows = [
        one.model_copy(update={"blue": one.blue.model_copy(update={"cpu": None})})
        for one in history()
        if one.blue
    ]
    with_cpu, without = (weighed(judge.begin(past), Policy()) for past in (history(), rows))
    assert "cpu" in with_cpu.own
    assert "cpu" not in without.own
    assert without.own["errors_5xx"] > with_cpu.own["errors_5xx"] > -1.21  # log of 0.30, and more
    assert without.total == pytest.approx(0, abs=1e-6)


def test_a_state_of_an_older_version_is_not_read() -> None:
    """The bets of another version mean something else, so such a state is refused rather than misread."""
    with pytest.raises(ValueError, match="version"):
        JudgeState.model_validate({"version": 1, "reference": {}})
