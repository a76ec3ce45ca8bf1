"""Order statistics drawn without drawing the sample."""

import numpy as np
import pytest
from benchmarks.decision_quality.latency import Quantiles, Shape, draw

SHAPE = Shape(sigma=0.6, tail=0.35, tail_from=0.98)


@pytest.mark.parametrize("requests", [1, 7, 60, 600])
@pytest.mark.parametrize(("name", "rank"), [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("average", None)])
def test_statistics_have_the_law_of_a_real_sample(requests: int, name: str, rank: float | None) -> None:
    """Mean and spread of each statistic, on the log scale, are those of sorting real draws."""
    rng, quantiles = np.random.default_rng(1), Quantiles(SHAPE)
    drawn = np.log(getattr(draw(rng, quantiles, np.full(4000, requests)), name))
    sample = np.sort(quantiles.at(rng.random((4000, requests))), axis=1)
    sorted_ = sample.mean(axis=1) if rank is None else sample[:, int(np.ceil(rank * requests - 1e-9)) - 1]
    spread = np.log(sorted_).std()
    assert drawn.mean() == pytest.approx(np.log(sorted_).mean(), abs=0.1 * spread)
    assert drawn.std() == pytest.approx(spread, rel=0.12)


def test_no_request_has_no_latency() -> None:
    """A minute without requests has no statistic at all."""
    assert np.isnan(draw(np.random.default_rng(1), Quantiles(SHAPE), np.array([0])).p50).all()


def test_a_slow_tail_leaves_the_median_alone() -> None:
    """A fault of the slowest requests moves p99 by its factor and the median not at all."""
    well, sick = Quantiles(SHAPE), Quantiles(SHAPE, slow_factor=3.0)
    upper = np.array([0.5, 0.01])
    assert sick.at(upper) / well.at(upper) == pytest.approx([1.0, 3.0])
