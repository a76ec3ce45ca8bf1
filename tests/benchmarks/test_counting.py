"""The law of clustered errors that the oracle knows."""

import math
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.decision_quality.counting import Errors, log_chance
from benchmarks.decision_quality.noise import clustered

MINUTE = Errors(
    green=0,
    blue=2,
    sent_green=600,
    sent_blue=5400,
    base=4e-4,
    extra=0.05,
    cluster=1.0,
    blip=0.0,
    incident=0.01,
)


@pytest.mark.parametrize(("mean", "variance"), [(3.0, 3.0), (3.0, 12.0), (0.01, 0.05)])
def test_chances_sum_to_one(mean: float, variance: float) -> None:
    """Both laws are laws, with the mean that was asked for."""
    chances = np.exp([log_chance(k, mean, variance) for k in range(400)])
    assert chances.sum() == pytest.approx(1.0)
    assert (chances * np.arange(400)).sum() == pytest.approx(mean)


def test_clusters_keep_the_rate_and_widen_the_counts() -> None:
    """Geometric clusters of mean c have variance 2c - 1 times the mean."""
    counts = clustered(np.random.default_rng(1), np.full(40_000, 5000), np.full(40_000, 2e-3), 4.0)
    assert counts.mean() == pytest.approx(10, rel=0.03)
    assert counts.var() / counts.mean() == pytest.approx(7, rel=0.06)


def test_errors_on_green_alone_are_evidence_and_shared_ones_are_none() -> None:
    """Thirty errors in 600 requests convict beside a quiet blue, and not beside a blue that fails alike."""
    assert replace(MINUTE, green=30).log_ratio() > math.log(1000)
    assert replace(MINUTE, green=30, blue=270).log_ratio() < 0
    assert MINUTE.log_ratio() < -10


def test_without_blue_only_gross_rates_count() -> None:
    """Alone at 100 percent, a rate below five percent says nothing."""
    alone = replace(MINUTE, sent_blue=0, blue=0, green=30)
    assert replace(alone, extra=0.03).log_ratio() == 0
    assert replace(alone, extra=0.30, green=180).log_ratio() > math.log(1000)
