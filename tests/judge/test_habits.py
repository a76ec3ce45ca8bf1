"""What blue's history teaches of its noise."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from guardian.judge.habits import begin
from guardian.model import Colour, Minute

Logs = Callable[[np.random.Generator], np.ndarray]


def history(draw: Logs, sent: int = 600, weather: float = 0.0) -> list[Minute]:
    """Return an hour of blue whose requests take exp(draw) times 0.1 s, times the weather of its minute."""
    rng = np.random.default_rng(5)
    rows = []
    for minute in range(-60, 0):
        values = 0.1 * np.exp(draw(rng) + weather * rng.normal())
        p50, p90, p99 = (float(np.quantile(values, p)) for p in (0.5, 0.9, 0.99))
        blue = Colour(
            requests=float(sent), latency_avg=float(values.mean()), latency_p50=p50, latency_p90=p90, latency_p99=p99
        )  # fmt: skip
        rows.append(Minute(minute=minute, seen_at=minute, weight=0.0, blue=blue))
    return rows


def lognormal(sent: int) -> Logs:
    """Return requests that are lognormal with a deviation of 0.5."""
    return lambda rng: rng.normal(0, 0.5, sent)


@pytest.mark.parametrize("weather", [0.0, 0.1])
def test_weather_of_the_whole_system_is_not_taken_for_sampling_noise(weather: float) -> None:
    """The variance of one request's median is the lognormal's, however much all requests of a minute move together."""
    habit = begin(history(lognormal(600), weather=weather)).reference.latency["p50"]
    assert habit.per_request == pytest.approx(1.571 * 0.25, rel=0.5)
    assert habit.drift == pytest.approx(max(weather**2, 0.0001), rel=0.6, abs=0.0008)


def test_requests_of_two_kinds_scatter_more_than_a_lognormal() -> None:
    """Half of the requests ten times slower: the median jumps between both, and its variance says so."""

    def two_kinds(rng: np.random.Generator) -> np.ndarray:
        return np.where(rng.random(600) < 0.5, 0.0, math.log(10)) + rng.normal(0, 0.2, 600)

    mixed = begin(history(two_kinds)).reference.latency["p50"]
    assert mixed.per_request > 3


@pytest.mark.parametrize(("minutes", "run"), [((-30,), 1), ((-31, -30, -29), 3)])
def test_bursts_are_counted(minutes: tuple[int, ...], run: int) -> None:
    """Minutes half as slow again as their neighbours are a burst, of the length of the run."""
    rows = [
        one.model_copy(update={"blue": one.blue.model_copy(update={"latency_p50": 0.16})})
        if one.blue and one.minute in minutes
        else one
        for one in history(lognormal(6000), 6000)
    ]
    assert begin(rows).reference.latency["p50"].burst == run


def test_slow_weather_is_no_burst() -> None:
    """An hour in which blue slowly becomes half as slow again has no burst."""
    rows = [
        one.model_copy(
            update={"blue": one.blue.model_copy(update={"latency_p50": 0.1 * math.exp(0.4 * at / 60)})}
        )
        for at, one in enumerate(history(lognormal(6000), 6000))
        if one.blue
    ]
    assert begin(rows).reference.latency["p50"].burst == 0


def test_yesterday_is_no_part_of_blues_habits() -> None:
    """A tape that begins a day before the shift teaches the same level as its last three hours alone."""
    recent = history(lognormal(600))
    yesterday = [
        one.model_copy(update={"minute": one.minute - 1440, "blue": Colour(requests=600.0, latency_p50=0.9)})
        for one in recent
    ]
    assert begin([*yesterday, *recent]) == begin(recent)
