"""Whatever CloudWatch says, the judge has an answer: an exception in it would leave a deployment unguarded."""

import random

import pytest

from guardian import judge
from guardian.judge import JudgeState
from guardian.model import Colour, Minute, Shared
from guardian.policy import Policy, parse_policy

COUNTS = [None, 0, 0, 1, 3, 20, 50, 600, 5000, 1e6]
SECONDS = [None, 0, 1e-6, 0.2, 0.2, 0.3, 60]
COUNTED = (
    "requests",
    "errors_5xx",
    "errors_4xx",
    "connection_errors",
    "healthy_hosts",
    "unhealthy_hosts",
    "cpu",
)
LATENCIES = ("latency_avg", "latency_p50", "latency_p90", "latency_p99")
SUMS = [*COUNTS, -1, -5000, 1e-6]
"""A mean's sum of values may be below zero; a count is not."""
RATIOS = {"sold": "lower", "failed": "higher"}
MEANS = {"basket": "lower", "query": "higher"}


def policy() -> Policy:
    metric = {"namespace": "Shop", "metric": "Events"}
    custom = [
        {"name": name, "worse": worse, "numerator": metric, "denominator": metric}
        for name, worse in RATIOS.items()
    ]
    custom += [
        {"name": name, "worse": worse, "kind": "mean", "value": metric} for name, worse in MEANS.items()
    ]
    return parse_policy(
        {"database": {"instance": "shop-db", "max_connections": 100}, "custom": custom}, "test"
    )


def any_colour(rng: random.Random) -> Colour | None:
    if rng.random() < 0.15:
        return None
    values = {field: rng.choice(COUNTS) for field in COUNTED} | {
        field: rng.choice(SECONDS) for field in LATENCIES
    }
    custom = {name: (rng.choice(COUNTS), rng.choice(COUNTS)) for name in RATIOS if rng.random() < 0.8}
    custom |= {name: (rng.choice(SUMS), rng.choice(COUNTS)) for name in MEANS if rng.random() < 0.8}
    return Colour.model_validate({**values, "custom": custom})


def any_minute(rng: random.Random, index: int, weight: float, *, green: bool) -> Minute:
    shared = Shared(db_connections=rng.choice([None, 0, 40, 99, 100]), service_cpu=rng.choice([None, 30]))
    other = any_colour(rng) if green else None
    return Minute(
        minute=index, seen_at=index + 3, weight=weight, blue=any_colour(rng), green=other, shared=shared
    )


@pytest.mark.parametrize("block", range(4))
def test_no_minutes_whatever_make_the_judge_fail(block: int) -> None:
    """Unknown, zero, tiny and huge values in any combination give a verdict and a state that can be stored."""
    rules = policy()
    for seed in range(100 * block, 100 * (block + 1)):
        rng, weight = random.Random(seed), 0.0
        history = [any_minute(rng, index, 0.0, green=False) for index in range(-rng.choice([0, 5, 60]), 0)]
        state = judge.begin(history)
        for index in range(20):
            weight = rng.choice([weight, weight, weight, 0.1, 0.5, 1.0])
            state = judge.step(state, any_minute(rng, index, weight, green=True), rules)
            assert judge.read(state, rules).sentence
            state = JudgeState.model_validate_json(state.model_dump_json())
