"""Latencies of one minute."""

import numpy as np
import pytest

from guardian_rehearsal.traffic import Histogram, Profile
from guardian_rehearsal.traffic.latency import MAX_VALUES, sample

LOGNORMAL = Profile(tail_fraction=0.0)
NORMAL_QUANTILE = {50: 0.0, 90: 1.2816, 99: 2.3263}


@pytest.mark.parametrize("percent", [50, 90, 99])
def test_percentiles_are_those_of_the_distribution(percent: int) -> None:
    """With many requests, p50, p90 and p99 of the histogram are within 2 % of the lognormal's."""
    drawn = sample(np.random.default_rng(1), LOGNORMAL, 100_000, 1.0)
    expected = 0.2 * np.exp(0.45 * NORMAL_QUANTILE[percent])
    assert drawn.percentile(percent) == pytest.approx(expected, rel=0.02)


def test_the_average_is_that_of_the_distribution() -> None:
    """Grouping the requests does not bias the average."""
    drawn = sample(np.random.default_rng(2), LOGNORMAL, 200_000, 1.0)
    assert drawn.average == pytest.approx(0.2 * np.exp(0.45**2 / 2), rel=0.01)


@pytest.mark.parametrize("requests", [1, 5, 149, 150, 151, 160, 1_200, 60_000])
def test_no_request_is_lost_and_cloudwatch_takes_the_values(requests: int) -> None:
    """Counts add up to the requests, in at most 150 ascending values."""
    drawn = sample(np.random.default_rng(3), Profile(), requests, 1.0)
    assert drawn.total == requests
    assert len(drawn.values) == len(drawn.counts) <= MAX_VALUES
    assert min(drawn.counts) > 0
    assert list(drawn.values) == sorted(drawn.values)


def test_the_tail_is_heavier_than_lognormal() -> None:
    """The stretched requests show far out and not in the median."""
    plain = sample(np.random.default_rng(4), LOGNORMAL, 50_000, 1.0)
    heavy = sample(np.random.default_rng(4), Profile(tail_fraction=0.03), 50_000, 1.0)
    assert heavy.percentile(99.9) > 1.1 * plain.percentile(99.9)
    assert heavy.percentile(50) == pytest.approx(plain.percentile(50), rel=0.02)


def test_no_request_outlasts_the_idle_timeout() -> None:
    """The load balancer cuts requests at its timeout."""
    drawn = sample(np.random.default_rng(5), Profile(latency_ceiling=0.3), 1_000, 1.0)
    assert max(drawn.values) == 0.3


def test_a_minute_without_requests_has_no_latency() -> None:
    """An empty histogram refuses to name an average or a percentile."""
    with pytest.raises(ValueError, match="without requests"):
        _ = Histogram().average
    with pytest.raises(ValueError, match="without requests"):
        Histogram().percentile(50)
