"""What one step of the judge costs, measured on a tape of 72 hours."""

import time
from dataclasses import dataclass
from statistics import median

from benchmarks.decision_quality.generator import Order, generate
from benchmarks.decision_quality.judged import judge_of
from benchmarks.decision_quality.play import ticks
from benchmarks.decision_quality.shifts import LINEAR_3

TAPE_MINUTES = 72 * 60


@dataclass(frozen=True)
class Cost:
    """Seconds: the median tick, and the whole tape. Handing rows over as values is part of both."""

    tick: float
    tape: float


def measure(seed: int, judge: str) -> Cost:
    """Play 72 hours of a healthy deployment, without stopping at a rollback."""
    deployment = generate(seed, Order(minutes=TAPE_MINUTES, plan=LINEAR_3, nuisances=False))
    judged = judge_of(judge, deployment.header, [row for row in deployment.history if row["seen_at"] <= 0])
    took = []
    for tick, rows in ticks(deployment):
        begun = time.perf_counter()
        judged.tick(tick, rows)
        took.append(time.perf_counter() - begun)
    return Cost(median(took), sum(took))
