"""The simulated deployments: reproducible, shaped like tapes, and as awkward as CloudWatch."""

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.decision_quality import shifts
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import DRAWN, Deployment, Order, generate
from benchmarks.decision_quality.tasks import NOTHING, check_seeds


def as_text(deployment: Deployment) -> str:
    """Return the tape as it would be written."""
    return json.dumps([deployment.header, *deployment.history, *deployment.shift])


@pytest.mark.parametrize("fault", [None, DRAWN], ids=["healthy", "faulty"])
def test_a_seed_is_a_deployment(fault: str | None) -> None:
    """Equal seeds give equal tapes to the byte, different seeds different ones."""
    tapes = [as_text(generate(seed, Order(fault=fault))) for seed in (7, 7, 8)]
    assert tapes[0] == tapes[1]
    assert tapes[0] != tapes[2]


def test_history_comes_before_the_shift() -> None:
    """Negative minutes hold blue alone without weight; the shift begins at minute 0 with weight."""
    deployment = generate(1, Order(plan=shifts.LINEAR_3, nuisances=False))
    assert [row["minute"] for row in deployment.history] == list(range(-60, 0))
    assert all(row["green"] is None and row["weight"] == 0 for row in deployment.history)
    assert [row["minute"] for row in deployment.shift] == list(range(36))
    assert all(row["weight"] > 0 for row in deployment.shift)


def test_a_settled_minute_is_seen_two_ticks_after_its_start() -> None:
    """Without nuisances every row comes once, at the tick after the minute's end."""
    deployment = generate(2, Order(nuisances=False))
    assert {row["seen_at"] - row["minute"] for row in deployment.shift} == {2}


def test_revised_rows_come_again_with_more_requests() -> None:
    """A partial minute is seen first and comes again later, complete."""
    grown = 0
    for seed in range(40):
        first: dict[int, dict[str, float]] = {}
        for row in generate(seed).shift:
            side = row["blue"] or {}
            before = first.setdefault(row["minute"], {"seen_at": row["seen_at"], **side})
            if side.get("requests", 0) > before.get("requests", 0) > 0:
                assert row["seen_at"] > before["seen_at"]
                grown += 1
    assert grown > 20


def test_rows_come_in_the_order_of_being_seen() -> None:
    """A player may hand rows over as it reads them."""
    for seed in range(20):
        seen = [row["seen_at"] for row in generate(seed).shift]
        assert seen == sorted(seen)


def test_percentiles_are_in_order_and_the_mean_is_between_the_extremes() -> None:
    """Minimum <= p50 <= p90 <= p99 <= maximum in every complete minute, at any volume."""
    for seed in range(30):
        for row in generate(seed, Order(nuisances=False)).shift:
            side = row["green"]
            if side and side["requests"]:
                low, p50, p90, p99, high = (
                    side[f"latency_{name}"] for name in ("min", "p50", "p90", "p99", "max")
                )
                assert low <= p50 <= p90 <= p99 <= high
                assert low - 1e-6 <= side["latency_avg"] <= high + 1e-6


@pytest.mark.parametrize("plan", shifts.PLANS, ids=lambda plan: plan.name)
def test_requests_follow_the_weights(plan: shifts.Plan) -> None:
    """Green's share of the requests is its mean weight over the minute, also where a step falls into it."""
    deployment = generate(3, Order(plan=plan, requests=50_000, nuisances=False))
    green, blue = (side.requests[60:] for side in (deployment.traffic.green, deployment.traffic.blue))
    assert green / (green + blue) == pytest.approx(deployment.weights.share, abs=0.02)
    assert deployment.weights.at_end[-1] == 1.0


def test_a_slow_green_is_slower_by_its_size() -> None:
    """A latency fault of 2 doubles the median from its start on and leaves blue alone."""
    order = Order(
        fault=Fault(Kind.LATENCY, 2.0, start=10), plan=shifts.CANARY_15, requests=30_000, nuisances=False
    )
    sick, well = generate(4, order).traffic, generate(4, replace(order, fault=None)).traffic
    ratio = sick.green.latency.p50[60:] / well.green.latency.p50[60:]
    assert ratio[1:10] == pytest.approx(1.0)
    assert ratio[10:] == pytest.approx(2.0)
    assert np.array_equal(sick.blue.requests, well.blue.requests)


def test_a_dead_green_answers_nothing() -> None:
    """Requests to a dead green are failed connections, and no host is healthy."""
    deployment = generate(5, Order(fault=Fault(Kind.DEAD, 1.0), requests=600, nuisances=False))
    last = deployment.shift[-1]["green"]
    assert last["requests"] == 0
    assert last["healthy_hosts"] == 0
    assert last["connection_errors"] > 0


def test_harm_counts_up_to_the_rollback() -> None:
    """An earlier rollback harms fewer requests, and none harms all of them."""
    deployment = generate(6, Order(fault=Fault(Kind.ERRORS, 0.1), requests=6000))
    assert 0 < deployment.harmed_until(5) < deployment.harmed_until(15) < deployment.harmed_until(None)


@pytest.mark.parametrize(
    ("first", "count", "allowed"),
    [(0, 100_000, True), (1, 100_000, False), (100_000, 1, False), (1_000_000, 6000, True)],
)
def test_seeds_are_for_development_or_for_reports(first: int, count: int, allowed: bool) -> None:
    """A run may not reach from one range of seeds beyond it."""
    size = replace(NOTHING, healthy=count)
    if allowed:
        check_seeds(first, size)
    else:
        with pytest.raises(ValueError, match="develop with seeds below"):
            check_seeds(first, size)
