"""Habits of the same hours of earlier days, taken on in the middle of a watch."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian import judge
from guardian.judge import JudgeState
from guardian.model import Finding, Minute
from guardian.policy import Policy

Rows = Callable[..., list[Minute]]
DAY = 24 * 60
NIGHT = dict.fromkeys(("latency_p50", "latency_avg", "latency_p90", "latency_p99"), 3.2)
"""A service whose nightly jobs make every answer take more than three times as long, every night."""


def nights(minutes: Rows, altered: Rows, count: int = 7, **slower: float) -> list[Minute]:
    """Return two hours of each of so many nights before."""
    found = [
        row for back in range(count, 0, -1)
        for row in minutes(120, 0.0, seed=back, first=-back * DAY + 500)
    ]  # fmt: skip
    return altered(found, ("blue",), since=-10 * DAY, **slower)


@pytest.mark.parametrize(("seasonal", "finding"), [(True, False), (False, True)])
def test_a_service_that_is_slow_every_night_is_healthy_by_earlier_nights_alone(
    minutes: Rows, altered: Rows, folded: Callable[..., JudgeState], *, seasonal: bool, finding: bool
) -> None:
    """Held against the afternoon of the shift the night is a divergence; held against other nights it is none."""
    state, policy = folded(minutes(60, 0.0, first=-60), minutes(20, 1.0)), Policy()
    if seasonal:
        state = judge.rebased(state, nights(minutes, altered, **NIGHT))
    for row in altered(minutes(60, 1.0, seed=9, first=20), **NIGHT):
        state = judge.step(state, row, policy)
    assert (judge.read(state, policy).finding is Finding.DIVERGED) is finding


def test_green_that_fails_is_found_by_earlier_nights_too(
    minutes: Rows, altered: Rows, folded: Callable[..., JudgeState]
) -> None:
    """Errors that no night had are a divergence at night."""
    state, policy = folded(minutes(60, 0.0, first=-60), minutes(20, 1.0)), Policy()
    state = judge.rebased(state, nights(minutes, altered, **NIGHT))
    for row in altered(minutes(20, 1.0, first=20), errors_5xx=(400.0,)):
        state = judge.step(state, row, policy)
    assert judge.read(state, policy).signal == "errors_5xx"


@given(count=st.integers(2, 7))
def test_the_state_stays_as_small_as_it_was(
    minutes: Rows, altered: Rows, folded: Callable[..., JudgeState], count: int
) -> None:
    """However many days are taken on, again and again, the state has one size, and what was seen stays."""
    state = folded(minutes(60, 0.0, first=-60), minutes(20, 1.0))
    rows = nights(minutes, altered, count)
    after = judge.rebased(judge.rebased(state, rows), rows)
    assert after == judge.rebased(state, rows)
    assert abs(len(after.model_dump_json()) - len(state.model_dump_json())) < 200
    kept = ("rows", "bets", "shift", "cold", "rails", "cpu", "skipped")
    assert [getattr(after, name) for name in kept] == [getattr(state, name) for name in kept]
    assert after.largest >= state.largest


def test_what_earlier_days_do_not_tell_stays(
    minutes: Rows, altered: Rows, folded: Callable[..., JudgeState]
) -> None:
    """A latency that earlier days lack keeps its habit of the hour before; no rows at all change nothing."""
    state = folded(minutes(60, 0.0, first=-60), minutes(20, 1.0))
    after = judge.rebased(state, nights(minutes, altered, latency_p99=(None,)))
    assert after.reference.latency["p99"] == state.reference.latency["p99"]
    assert after.reference.latency["p50"] != state.reference.latency["p50"]
    assert judge.rebased(state, []) == state
