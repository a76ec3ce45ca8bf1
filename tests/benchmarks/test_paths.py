"""The way that the evidence takes through a deployment."""

import pytest
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import Order
from benchmarks.decision_quality.paths import path_of, typical
from benchmarks.decision_quality.shifts import LINEAR_3

GROSS = Order(fault=Fault(Kind.ERRORS, 0.5), plan=LINEAR_3, requests=6000, phase=0.0, nuisances=False)
QUIET = Order(plan=LINEAR_3, requests=6000, nuisances=False)


def test_evidence_begins_at_even_odds_and_ends_at_the_rollback() -> None:
    """Before the first minute nothing speaks against green; a gross fault is decided soon, and there the path ends."""
    path = path_of(3, GROSS)
    assert (path.ends[0], path.evidence[0]) == (0, 0.0)
    assert path.rollback
    assert path.evidence[-1] > 0
    assert path.decided == path.ends[-1] < 36


def test_evidence_against_a_healthy_green_runs_to_the_end() -> None:
    """A quiet deployment is followed for all its minutes and is never decided."""
    path = path_of(3, QUIET)
    assert path.ends == tuple(range(37))
    assert not path.crosses
    assert path.decided == float("inf")


def test_a_minute_that_came_twice_is_folded_once() -> None:
    """Late and revised rows count as they were seen last, in the order of the minutes."""
    for seed in range(10):
        minutes = [row.minute for row in path_of(seed, Order()).rows]
        assert minutes == sorted(set(minutes))


@pytest.mark.parametrize("seeds", [range(5), range(6)], ids=["odd", "even"])
def test_the_typical_path_has_the_median_delay(seeds: range) -> None:
    """As many deployments are decided before the one that is shown as after it, give or take one."""
    order = Order(fault=Fault(Kind.LATENCY, 2.0), plan=LINEAR_3, requests=600)
    delays = sorted(path_of(seed, order).decided for seed in seeds)
    assert typical(seeds, order).decided == delays[(len(delays) - 1) // 2]
