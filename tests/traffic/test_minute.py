"""The truth of healthy minutes."""

from dataclasses import replace

import numpy as np
import pytest

from guardian_rehearsal.traffic import BOTH, Colour, ColourMinute, Profile, Traffic, Weights

LINEAR = Weights.linear()
HALF = Weights(((0.0, 0.5),))
STEADY = Profile(daily_amplitude=0.0, common_sd=0.0, idiosyncratic_sd=0.0, cold_start=0.0, rewarming=0.0)
STEADY_BUSY = replace(STEADY, requests_per_minute=20_000)


def there(colour: ColourMinute | None) -> ColourMinute:
    assert colour is not None
    return colour


def test_equal_arguments_give_equal_minutes_in_any_order() -> None:
    """A second instance asked backwards gives the same minutes."""
    forwards = [Traffic(seed=7).minute(index, LINEAR) for index in range(-5, 20)]
    backwards = [Traffic(seed=7).minute(index, LINEAR) for index in range(19, -6, -1)]
    assert forwards == backwards[::-1]


def test_seeds_and_minutes_differ() -> None:
    """Another seed and another minute give other numbers."""
    minute = Traffic(seed=1).minute(4, HALF)
    assert minute.blue != Traffic(seed=2).minute(4, HALF).blue
    assert minute.blue != Traffic(seed=1).minute(5, HALF).blue


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_requests_follow_the_weight(share: float) -> None:
    """Over an hour, green's part of the requests is its weight within five standard errors."""
    weights = Weights(((0.0, share),))
    minutes = [Traffic(seed=3).minute(index, weights) for index in range(60)]
    green = sum(there(minute.green).requests for minute in minutes)
    total = green + sum(there(minute.blue).requests for minute in minutes)
    assert abs(green / total - share) <= 5 * np.sqrt(share * (1 - share) / total)


def test_a_step_inside_the_minute_splits_by_the_mean_share() -> None:
    """A minute in which the weight steps has the time-weighted share."""
    weights = Weights(((0.0, 0.1), (1.5, 0.9)))
    minute = Traffic(Profile(requests_per_minute=20_000), seed=3).minute(1, weights)
    assert minute.green_share == pytest.approx(0.5)
    assert there(minute.green).requests / there(minute.blue).requests == pytest.approx(1.0, rel=0.1)


def test_volume_follows_the_day() -> None:
    """Six hours after the mean the volume is a quarter higher, eighteen hours after it a quarter lower."""
    profile = Profile(common_sd=0.0)
    for index, factor in ((0, 1.0), (360, 1.25), (1080, 0.75)):
        requests = [
            there(Traffic(profile, seed=seed).minute(index, Weights()).blue).requests for seed in range(30)
        ]
        assert np.mean(requests) == pytest.approx(1200 * factor, rel=0.03)


def latency_logs(profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    minutes = [Traffic(profile, seed=5).minute(index, HALF) for index in range(10, 210)]
    blue = np.log([there(minute.blue).latency.percentile(50) for minute in minutes])
    green = np.log([there(minute.green).latency.percentile(50) for minute in minutes])
    return blue, green


def test_common_noise_is_common() -> None:
    """Both colours' medians move together, and much less apart than each moves alone."""
    blue, green = latency_logs(replace(STEADY, requests_per_minute=12_000, common_sd=0.03))
    assert np.corrcoef(blue, green)[0, 1] > 0.9
    assert np.std(blue) == pytest.approx(0.03, rel=0.4)
    assert np.std(green - blue) < 0.5 * np.std(blue)


def test_common_noise_has_a_memory() -> None:
    """A slow minute is followed by a slow minute."""
    blue, _ = latency_logs(replace(STEADY, requests_per_minute=12_000, common_sd=0.03))
    assert np.corrcoef(blue[:-1], blue[1:])[0, 1] > 0.5


def test_each_colour_has_noise_of_its_own() -> None:
    """With only the colours' own noise, the medians do not move together."""
    blue, green = latency_logs(replace(STEADY, requests_per_minute=12_000, idiosyncratic_sd=0.05))
    assert abs(np.corrcoef(blue, green)[0, 1]) < 0.3


def test_green_starts_cold_and_warms_up() -> None:
    """Green's first minute is slower by part of 25 %, the fifth hardly, and blue not at all."""
    cold = replace(STEADY, requests_per_minute=20_000, cold_start=0.25)
    ratios = []
    for index in (0, 1, 5):
        with_cold, without = Traffic(cold).minute(index, HALF), Traffic(STEADY_BUSY).minute(index, HALF)
        ratios.append(there(with_cold.green).latency.average / there(without.green).latency.average)
        assert with_cold.blue == without.blue
    assert 1.10 < ratios[0] < 1.25
    assert 1.02 < ratios[1] < ratios[0]
    assert ratios[2] < 1.005


def test_a_rise_of_the_weight_cools_green_a_little() -> None:
    """The minute of a later step is slower by less than the cold start."""
    weights = Weights(((0.0, 0.1), (10.0, 0.5)))
    rewarming = replace(STEADY_BUSY, rewarming=0.05)
    step = Traffic(rewarming).minute(10, weights), Traffic(STEADY_BUSY).minute(10, weights)
    ratio = there(step[0].green).latency.average / there(step[1].green).latency.average
    assert 1.02 < ratio < 1.05
    before = [there(Traffic(p).minute(9, weights).green).latency.average for p in (rewarming, STEADY_BUSY)]
    assert before[0] == pytest.approx(before[1], rel=1e-4)


def test_cpu_is_a_line_in_the_requests_of_a_task() -> None:
    """Each task's CPU is the idle part plus its share of the requests."""
    minute = Traffic(STEADY).minute(3, HALF)
    green = there(minute.green)
    assert green.task_cpu == pytest.approx([5.0 + 0.05 * green.requests / 2] * 2)
    assert minute.service_cpu == pytest.approx(np.mean([*green.task_cpu, *there(minute.blue).task_cpu]))


def test_each_fleet_keeps_a_pool() -> None:
    """A second fleet without a request adds exactly its idle connections."""
    alone = Traffic().minute(-1, Weights(), frozenset({Colour.BLUE}))
    both = Traffic().minute(-1, Weights(), BOTH)
    assert both.db_connections - alone.db_connections == 2 * 8


def test_database_cpu_follows_the_volume() -> None:
    """Twice the requests take about twice the database CPU above idle."""
    one = Traffic(STEADY).minute(0, Weights()).db_cpu
    two = Traffic(replace(STEADY, requests_per_minute=2400)).minute(0, Weights()).db_cpu
    assert (two - 8.0) / (one - 8.0) == pytest.approx(2.0, rel=0.1)


def test_history_has_only_blue() -> None:
    """The minutes before the shift are negative, in order, and without green."""
    history = Traffic().history(60)
    assert [minute.index for minute in history] == list(range(-60, 0))
    assert all(minute.green is None and minute.blue is not None for minute in history)


def test_traffic_to_an_absent_colour_ends_at_the_load_balancer() -> None:
    """Weight on a colour without tasks becomes load balancer 5XX, not requests."""
    minute = Traffic(seed=1).minute(5, HALF, frozenset({Colour.GREEN}))
    assert minute.blue is None
    assert minute.elb_errors_5xx == pytest.approx(600, rel=0.2)
    assert there(minute.green).requests == there(Traffic(seed=1).minute(5, HALF).green).requests


def test_a_healthy_service_has_client_errors_only() -> None:
    """By default there are some 4XX, and no 5XX or connection error anywhere."""
    minutes = [Traffic().minute(index, HALF) for index in range(60)]
    colours = [there(colour) for minute in minutes for colour in (minute.blue, minute.green)]
    assert sum(colour.errors_4xx for colour in colours) / sum(
        colour.requests for colour in colours
    ) == pytest.approx(0.005, rel=0.2)
    assert {colour.errors_5xx + colour.connection_errors for colour in colours} == {0}


def test_baseline_errors_are_of_both_colours() -> None:
    """A baseline error probability shows as that rate on each colour."""
    minutes = [Traffic(Profile(error_probability=0.02)).minute(index, HALF) for index in range(60)]
    for name in Colour:
        colours = [there(minute.of(name)) for minute in minutes]
        rate = sum(colour.errors_5xx for colour in colours) / sum(colour.requests for colour in colours)
        assert rate == pytest.approx(0.02, rel=0.15)


@pytest.mark.parametrize("volume", [5, 60, 600, 6_000, 60_000])
def test_a_sized_service_is_busy_but_not_full(volume: float) -> None:
    """At any volume a profile sized for it has CPU and connections with room for a second fleet."""
    profile = Profile.sized_for(volume)
    minute = Traffic(profile).minute(-1, Weights())
    assert minute.db_connections < 0.8 * profile.max_connections
    assert minute.db_cpu < 80
    assert max(there(minute.blue).task_cpu) < 95


def test_impossible_profiles_are_refused() -> None:
    """A fleet that CloudWatch could not describe in one datum, and noise that never forgets, raise."""
    with pytest.raises(ValueError, match="tasks_per_colour"):
        Profile(tasks_per_colour=76)
    with pytest.raises(ValueError, match="common_memory"):
        Profile(common_memory=1.0)
